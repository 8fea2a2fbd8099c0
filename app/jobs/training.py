"""The journey of a training: rows become arrays, arrays a ranker; promoted or refused, with the report kept.

What is learned about people is a training too, of a kind of its own: `predicting.py`.
"""

from collections.abc import Sequence

from app.errors import NotFound
from app.jobs.doorbell import job
from app.jobs.progress import Progress, beating
from app.learning import fitting, forgotten, promote, trainings
from app.learning.dataset import Dataset, read_dataset
from app.models import Shop, WorkState
from app.queues import SLOW
from app.wiring import Wiring
from recommender.errors import RecommenderError


def ask_for_training(wiring: Wiring, shop_id: int, *, cause: str) -> None:
    """Ask for the simple rules at once, for everything right after, and then for what can be said of people."""
    with wiring.db.of_shop(shop_id) as session:
        simple = ("simple",) if promote.serving_version(session, shop_id) is None else ()
    _ask(wiring, shop_id, (*simple, "full", trainings.PEOPLE), cause)


def ask_about_people(wiring: Wiring, shop_id: int, *, cause: str) -> None:
    """Ask for what can be said of people alone: it changes with each day, also where nothing is sold."""
    _ask(wiring, shop_id, (trainings.PEOPLE,), cause)


def _ask(wiring: Wiring, shop_id: int, kinds: Sequence[str], cause: str) -> None:
    with wiring.db.of_shop(shop_id) as session:
        asked = [trainings.request_training(session, shop_id, kind=kind, cause=cause) for kind in kinds]
    for training_id in asked:
        wiring.queues.nudge(SLOW, "training.run_training", shop_id, training_id)


@job
def run_training(wiring: Wiring, shop_id: int, training_id: int) -> None:
    """Train one shop's ranker, or learn about its people."""
    with wiring.db.of_shop(shop_id) as session:
        claimed = trainings.claim_training(session, shop_id, training_id)
    if claimed is None:
        return
    with beating(wiring, shop_id, claimed) as progress:
        if claimed.kind == trainings.PEOPLE:
            from app.jobs.predicting import learn_about_people  # noqa: PLC0415 - only whoever fits pays for scikit-learn

            learn_about_people(wiring, shop_id, claimed, progress)
            return
        try:
            outcome = _train(wiring, shop_id, claimed, progress)
        except RecommenderError as error:
            values = {"reason": str(error)}
            with wiring.db.of_shop(shop_id) as session:
                trainings.end_training(session, shop_id, claimed, WorkState.DONE, values)
            return
    _keep(wiring, shop_id, claimed, outcome)


def _train(wiring: Wiring, shop_id: int, claimed: trainings.Claimed, progress: Progress) -> promote.Outcome:
    with wiring.db.of_nobody() as session:
        shop = session.get(Shop, shop_id)
    if shop is None:
        raise NotFound
    with wiring.db.of_shop(shop_id) as session:
        serving = promote.serving_version(session, shop_id)
        dataset = read_dataset(session, shop_id, is_unasked_allowed=shop.learns_from_imported)
    current = wiring.artifacts.path(shop_id, serving.artifact) if serving else None
    fitted = fitting.fit(dataset, claimed.kind, fitting.weights_in_service(current), progress.tell)
    name = f"ranker-{claimed.id}-{claimed.token.hex[:8]}"
    _save(wiring, shop_id, name, dataset, fitted)
    return promote.Outcome(
        training_id=claimed.id,
        artifact=name,
        is_promoted=fitted.trained.is_promoted,
        is_judged=fitted.is_judged,
        reason=fitted.reason,
        report=fitted.trained.report,
    )


def _save(wiring: Wiring, shop_id: int, name: str, dataset: Dataset, fitted: fitting.Fitted) -> None:
    """Write the artifact, without whoever was forgotten while we learned from what they had bought."""
    path = wiring.artifacts.path(shop_id, name)
    with wiring.artifacts.being_rewritten(shop_id):
        fitting.save(path, dataset, fitted)
        with wiring.db.of_shop(shop_id) as session:
            seals = forgotten.forgotten_seals(session, shop_id)
        forgotten.drop_forgotten(path, shop_id, seals, wiring.seals)


def _keep(wiring: Wiring, shop_id: int, claimed: trainings.Claimed, outcome: promote.Outcome) -> None:
    with wiring.db.of_shop(shop_id) as session:
        values = {"reason": outcome.reason, "stage": ""}
        is_ours = trainings.end_training(session, shop_id, claimed, WorkState.DONE, values)
        version_id = promote.keep_outcome(session, shop_id, outcome) if is_ours else None
        if version_id is not None:
            trainings.point_at(session, shop_id, claimed.id, version_id)
        unused = promote.unused_artifacts(session, shop_id)
    if version_id is None:
        unused.append(outcome.artifact)
    for name in unused:
        wiring.artifacts.path(shop_id, name).unlink(missing_ok=True)
