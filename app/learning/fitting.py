"""Arrays become a ranker in a file: simple rules in seconds, or everything, judged on the shop's own last weeks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.learning.dataset import Dataset
from recommender.errors import ArtifactCorrupt, ArtifactIncompatible, TooFewInteractions
from recommender.ranking.blend import Weights
from recommender.ranking.stored import load_ranker, save_ranker
from recommender.train import Trained, fit_simple, train

Tell = Callable[[str, float], None]


@dataclass(frozen=True)
class Fitted:
    """What fitting came to. `is_judged`: whether it was compared on weeks nobody had learned from."""

    trained: Trained
    is_judged: bool
    reason: str


def fit(dataset: Dataset, kind: str, in_service: Mapping[str, Weights], tell: Tell) -> Fitted:
    """Fit what `kind` asks for; a shop too small to judge gets the simple rules and a sentence saying what is missing.

    Raises TooFewInteractions when nothing at all was sold yet.
    """
    if kind == "full":
        try:
            trained = train(dataset.interactions, dataset.features, in_service=in_service, tell=tell)
            return Fitted(trained, is_judged=True, reason=trained.reason)
        except TooFewInteractions as missing:
            simple = fit_simple(dataset.interactions, dataset.features, tell=tell)
            return Fitted(simple, is_judged=False, reason=str(missing))
    simple = fit_simple(dataset.interactions, dataset.features, tell=tell)
    return Fitted(simple, is_judged=False, reason=simple.reason)


def save(path: Path, dataset: Dataset, fitted: Fitted) -> None:
    """Write a fitted ranker with the ids its arrays speak of."""
    extras = {"item_ids": dataset.item_ids, "user_ids": dataset.user_ids, "repeat_days": dataset.repeat_days}
    save_ranker(
        path, fitted.trained.arms, fitted.trained.weights, extras=extras, header={"is_judged": fitted.is_judged}
    )


def weights_in_service(path: Path | None) -> Mapping[str, Weights]:
    """Return the weights of the artifact that serves; none when there is none, or it cannot be read any more."""
    try:
        return load_ranker(path).weights if path else {}
    except (FileNotFoundError, ArtifactCorrupt, ArtifactIncompatible):
        return {}
