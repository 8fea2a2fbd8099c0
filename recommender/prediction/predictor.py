"""What every predictor of people is, and what comes out of training one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from recommender.interactions import Float64s, Int32s
from recommender.prediction.histories import Purchases

Arrays = Mapping[str, npt.NDArray[np.generic]]
REASONS = 3


class Kind(StrEnum):
    """Everything that is predicted of people. orders and value: how many, and how much money, in that many days."""

    CHURN = "churn"
    ORDERS_90 = "orders_90"
    ORDERS_365 = "orders_365"
    VALUE_90 = "value_90"
    VALUE_365 = "value_365"
    NEXT_ORDER = "next_order"
    INTENT = "intent"


@dataclass(frozen=True)
class Estimate:
    """One number per customer, with an 80 % interval: float64 [customer_count] each. A probability's may be narrow.

    is_known: bool [n], False where nothing sensible can be said: value, low and high are then of the shop as a whole.
    """

    value: Float64s
    low: Float64s
    high: Float64s
    is_known: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Reason:
    """What moved one person's number most. Words are made of it elsewhere.

    feature: a name of the predictor's own closed list. value: what it is for this person. typical: what it usually is
    here. effect: the number with the person's value minus the number with the typical one; taking the reason away moves
    the number by so much.
    """

    feature: str
    value: float
    typical: float
    effect: float


class Predictor(Protocol):
    """A fitted predictor of people, a frozen value. `now`: days since 1970-01-01; later orders are not looked at."""

    @property
    def name(self) -> str:
        """Name the method, the same in reports and artifacts."""
        ...

    def predict(self, purchases: Purchases, now: float) -> Estimate:
        """Estimate for every customer of `purchases`: arrays [customer_count]."""
        ...

    def explain(self, purchases: Purchases, now: float, customers: Int32s) -> list[tuple[Reason, ...]]:
        """Return up to three reasons for each of these customers, the strongest first."""
        ...

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return everything it is made of, for an artifact; never an object that could hold code."""
        ...


@dataclass(frozen=True)
class Trained:
    """What one training of one kind of predictor came to.

    predictor: who serves from now on; None when nothing can be said at all. outcome: "promoted" (the new one), "kept"
    (what serves now stays), "simple" (a plain rule, because nothing better was shown) or "none". sentence: why, in a
    shopkeeper's words. report, for JSON: methods compared with their figures, comparisons, reliability, coverage,
    people.
    """

    kind: str
    predictor: Predictor | None
    outcome: str
    sentence: str
    report: dict[str, Any] = field(default_factory=dict)

    @property
    def is_promoted(self) -> bool:
        return self.outcome == "promoted"


def strongest(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    """Return the REASONS that move the number most, without those that do not move it."""
    moving = [one for one in reasons if one.effect != 0]
    return tuple(sorted(moving, key=lambda one: -abs(one.effect))[:REASONS])
