"""Everything that is predicted of people, family by family: fitted, kept in one artifact, and asked about everybody.

A new family is one line of FAMILIES. One that stumbles says why, and stops none of the others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.learning.people_dataset import People
from app.learning.trainings import PREDICTORS
from recommender.errors import RecommenderError
from recommender.prediction import lifetime, stored
from recommender.prediction.churn import fit_churn, horizon_of
from recommender.prediction.histories import Purchases
from recommender.prediction.next_order import fit_next_order
from recommender.prediction.predictor import Kind, Predictor, Trained

SEED: Final = 7
SHARE_OF_FITTING: Final = 0.6  # of the whole work; the rest is asking about everybody

Serving = Mapping[Kind, Predictor]
Tell = Callable[[str, float], None]


@dataclass(frozen=True)
class Family:
    """Kinds that are fitted together. stage: what is learned, in words. fit: purchases, now, and what serves now."""

    kinds: tuple[Kind, ...]
    stage: str
    fit: Callable[[Purchases, float, Serving], Sequence[Trained]]


def _next_order(purchases: Purchases, now: float, serving: Serving) -> Sequence[Trained]:
    return [fit_next_order(purchases, now, serving=serving.get(Kind.NEXT_ORDER), seed=SEED)]


def _lifetime(purchases: Purchases, now: float, serving: Serving) -> Sequence[Trained]:
    return list(lifetime.fit_lifetime(purchases, now, serving=serving, seed=SEED).values())


def _churn(purchases: Purchases, now: float, serving: Serving) -> Sequence[Trained]:
    horizon_days = horizon_of(purchases, now)
    return [fit_churn(purchases, now, horizon_days=horizon_days, serving=serving.get(Kind.CHURN), seed=SEED)]


FAMILIES: Final = (
    Family((Kind.CHURN,), "Learning who may not come back", _churn),
    Family((Kind.NEXT_ORDER,), "Learning when people order next", _next_order),
    Family(tuple(lifetime.KINDS), "Learning how much people order", _lifetime),
)
KINDS: Final = tuple(kind for family in FAMILIES for kind in family.kinds)


def fit_families(people: People, now: float, serving: Serving, tell: Tell) -> list[Trained]:
    """Fit every family on what lies before `now` (days since 1970-01-01). A kind each, whatever came of it."""
    found: list[Trained] = []
    for done, family in enumerate(FAMILIES):
        tell(family.stage, SHARE_OF_FITTING * done / len(FAMILIES))
        try:
            found += family.fit(people.purchases, now, serving)
        except RecommenderError as error:
            found += [_stumbled(kind, serving.get(kind), str(error)) for kind in family.kinds]
    return found


def _stumbled(kind: Kind, before: Predictor | None, reason: str) -> Trained:
    """Go on with what served before, where something did."""
    if before is None:
        return Trained(kind, None, "none", reason)
    return Trained(kind, before, "kept", f"{reason} What served before goes on.")


def artifact_name(training_id: int, token: str) -> str:
    """Name the artifact of one attempt at one training."""
    return f"{PREDICTORS}{training_id}-{token[:8]}"


def save(path: Path, trained: Sequence[Trained]) -> None:
    """Write all that serve to one artifact. It says what orders teach, and names nobody."""
    stored.save(path, {Kind(one.kind): one.predictor for one in trained if one.predictor is not None})


def in_service(path: Path | None) -> Serving:
    """Return the predictors that serve; none when there are none, or they cannot be read any more."""
    try:
        return stored.load(path) if path else {}
    except (FileNotFoundError, RecommenderError):
        return {}
