"""The journey of what is learned about people: orders become predictors, and these say what to expect of everybody.

People are written in batches, each with the segments it moves them into, so that nobody stands in a segment by what
was expected of them before.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.errors import NotFound
from app.jobs.profiles import refresh_profiles
from app.jobs.progress import Progress
from app.learning import forgotten, predictions, predictors, trainings
from app.learning.people_dataset import People, Wanted, read_people
from app.learning.predictions import Part, Said
from app.models import Shop, WorkState
from app.profiles import segments
from app.wiring import Wiring
from recommender.prediction.predictor import Trained

BATCH = 5_000
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Facts:
    """What is known at one moment: who bought what, and the last order that each profile speaks of."""

    people: People
    last_orders: dict[int, datetime]
    now: datetime

    @property
    def day(self) -> float:
        """The moment, in days since 1970-01-01."""
        return self.now.timestamp() / DAY_SECONDS

    def parts(self) -> Iterator[Part]:
        """Go through everybody, a batch at a time."""
        ids = self.people.profile_ids.tolist()
        for start in range(0, len(ids), BATCH):
            some = ids[start : start + BATCH]
            yield Part(start, some, [self.last_orders.get(one) for one in some])


def learn_about_people(wiring: Wiring, shop_id: int, claimed: trainings.Claimed, progress: Progress) -> None:
    """Learn about the people of a shop, keep what came of it, and say what to expect of each of them."""
    refresh_profiles(shop_id, wiring=wiring)  # whoever was told of a moment ago is a person too
    facts = _read(wiring, shop_id)
    with wiring.db.of_shop(shop_id) as session:
        before = predictions.serving_artifact(session, shop_id)
    serving = predictors.in_service(wiring.artifacts.path(shop_id, before) if before else None)
    trained = predictors.fit_families(facts.people, facts.day, serving, progress.tell)
    name = predictors.artifact_name(claimed.id, claimed.token.hex)
    predictors.save(wiring.artifacts.path(shop_id, name), trained)
    with wiring.db.of_shop(shop_id) as session:
        is_ours = trainings.tell_progress(session, shop_id, claimed, progress.stage, progress.share)
        versions = predictions.keep_versions(session, shop_id, claimed.id, name, trained) if is_ours else {}
    if is_ours:
        said = _say(facts, trained, versions, progress)
        is_ours = _write(wiring, shop_id, claimed, facts, said, progress)
        is_ours = is_ours and _end(wiring, shop_id, claimed, facts, said)
    _drop_unused(wiring, shop_id, lost="" if is_ours else name)


def _read(wiring: Wiring, shop_id: int) -> Facts:
    now = wiring.clock()
    with wiring.db.of_nobody() as session:
        shop = session.get(Shop, shop_id)
    if shop is None:
        raise NotFound
    with wiring.db.of_shop(shop_id) as session:
        last_orders = predictions.last_orders(session, shop_id)
        wanted = Wanted(shop.currency, now, shop.learns_from_imported)
        return Facts(read_people(session, shop_id, wanted), last_orders, now)


def _say(facts: Facts, trained: Sequence[Trained], versions: Mapping[str, int], progress: Progress) -> list[Said]:
    progress.tell("Asking what to expect of everybody", predictors.SHARE_OF_FITTING)
    return [
        predictions.say(one, versions[one.kind], facts.people.purchases, facts.day, facts.now)
        for one in trained
        if one.kind in versions
    ]


def _write(
    wiring: Wiring, shop_id: int, claimed: trainings.Claimed, facts: Facts, said: Sequence[Said], progress: Progress
) -> bool:
    """Write what is said of everybody, and let go of what was said before; False when the claim is lost."""
    count = len(facts.people.profile_ids)
    for part in facts.parts() if said else ():
        share = predictors.SHARE_OF_FITTING + (1 - predictors.SHARE_OF_FITTING) * part.start / count
        progress.tell("Writing down what to expect of each person", share)
        with wiring.db.of_shop(shop_id) as session:
            if not trainings.tell_progress(session, shop_id, claimed, progress.stage, share):
                return False
            for one in said:
                predictions.write(session, shop_id, one, part)
            segments.keep_memberships(session, shop_id, part.profile_ids)
    outdated = BATCH
    while outdated == BATCH:
        with wiring.db.of_shop(shop_id) as session:
            whom = predictions.drop_outdated(session, shop_id, most=BATCH)
            segments.keep_memberships(session, shop_id, sorted(set(whom)))
            outdated = len(whom)
    return True


def _end(wiring: Wiring, shop_id: int, claimed: trainings.Claimed, facts: Facts, said: Sequence[Said]) -> bool:
    count = len(facts.people.profile_ids)
    reason = f"What to expect of {count:,} people was said anew." if said else "Nothing can be said of anybody yet."
    with wiring.db.of_shop(shop_id) as session:
        return trainings.end_training(session, shop_id, claimed, WorkState.DONE, {"reason": reason, "stage": ""})


def _drop_unused(wiring: Wiring, shop_id: int, *, lost: str) -> None:
    """Delete artifacts of predictors that serve no more. lost: one of a training that is another's now."""
    for name in wiring.artifacts.names(shop_id):
        if name.startswith(trainings.PREDICTORS):
            with wiring.db.of_shop(shop_id) as session:
                is_wanted = name != lost and forgotten.is_wanted(session, shop_id, name)
            if not is_wanted:
                wiring.artifacts.path(shop_id, name).unlink(missing_ok=True)
