"""Orders or money to come of each person, with an interval and reasons: what serves, and what an artifact keeps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from recommender.interactions import Float64s, Int32s
from recommender.prediction.buytilldie import BuyTillDie
from recommender.prediction.features import NAMES, features_at
from recommender.prediction.gammagamma import GammaGamma
from recommender.prediction.histories import Purchases
from recommender.prediction.lifetime_bounds import Bounds
from recommender.prediction.lifetime_expectation import Expectation
from recommender.prediction.predictor import Estimate, Reason, strongest
from recommender.prediction.trees import Trees

WIDER: Final = 1.5  # the upper end, where nobody has seen the horizon end yet
NORMAL_90: Final = 1.2816


@dataclass(frozen=True)
class Lifetime:
    """A fitted expectation, brought to the right sum.

    learned_days: the horizon that was judged. asked_days: the one that is told; longer where history is too short to
    judge it, and then the interval is wider. level: what all are multiplied with. typical: float64
    [features], the median of each. usual: float64 [3], value, low and high of the shop as a whole.
    """

    expectation: Expectation
    learned_days: float
    asked_days: float
    level: float
    bounds: Bounds
    typical: Float64s
    usual: Float64s

    @property
    def name(self) -> str:
        """Name the method."""
        return f"lifetime_{self.expectation.name}"

    def predict(self, purchases: Purchases, now: float) -> Estimate:
        """Estimate for every customer: arrays [customer_count]. Who never ordered gets what is usual, as not known."""
        seen = features_at(purchases, now)
        count = purchases.customer_count
        value, low, high = (np.full(count, one) for one in self.usual.tolist())
        is_known = np.zeros(count, np.bool_)
        if len(seen.rows):
            is_known[seen.rows] = True
            value[seen.rows], low[seen.rows], high[seen.rows] = self.told(seen.table)
        return Estimate(value, low, high, is_known)

    def told(self, table: Float64s) -> tuple[Float64s, Float64s, Float64s]:
        """Return value, low and high of people, float64 [people] each, from their features."""
        value = self.learned(table)
        low, high = self.bounds.around(value)
        if self.asked_days == self.learned_days:
            return value, low, high
        longer = self.expectation.stretch(table, self.learned_days, self.asked_days)
        value, low, high = value * longer, low * longer / WIDER, high * longer
        unit = 1.0 if self.expectation.of == "orders" else max(self.expectation.amount, 1e-9)
        chance = value + NORMAL_90 * np.sqrt(2 * value * np.maximum(unit, value / 4))
        return value, low, WIDER * np.maximum(high, chance)

    def learned(self, table: Float64s) -> Float64s:
        """Return what is expected within the horizon that was judged: float64 [people]."""
        raw = self.expectation.expected(table, self.learned_days)
        told: Float64s = self.level * np.maximum(raw, 0.0)
        return told

    def explain(self, purchases: Purchases, now: float, customers: Int32s) -> list[tuple[Reason, ...]]:
        """Return up to three reasons for each customer; who never ordered has none."""
        table = self._rows_of(purchases, now, customers)
        is_known = ~np.isnan(table[:, 0])
        reasons: list[list[Reason]] = [[] for _ in customers]
        here = np.flatnonzero(is_known)
        if not len(here):
            return [() for _ in customers]
        value = self.told(table[here])[0]
        for column, name in enumerate(NAMES):
            typical = float(self.typical[column])
            if np.isnan(typical):
                continue
            other = table[here].copy()
            mine = other[:, column].copy()
            other[:, column] = np.where(np.isnan(mine), np.nan, typical)
            effect = value - self.told(other)[0]
            for place, own, moved in zip(here, mine, effect, strict=True):
                if np.isfinite(own) and own != typical:
                    reasons[place].append(Reason(name, float(own), typical, float(moved)))
        return [strongest(one) for one in reasons]

    def _rows_of(self, purchases: Purchases, now: float, customers: Int32s) -> Float64s:
        asked = np.zeros(purchases.customer_count, np.bool_)
        asked[customers] = True
        seen = features_at(purchases.where(asked[purchases.customer]), now)
        table = np.full((purchases.customer_count, len(NAMES)), np.nan)
        table[seen.rows] = seen.table
        return table[customers]

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return everything it is made of, for an artifact."""
        held: dict[str, npt.NDArray[np.generic]] = {
            "of": np.array([self.expectation.of]),
            "numbers": np.array([
                self.learned_days, self.asked_days, self.level, self.bounds.offset, self.expectation.rate,
                self.expectation.amount, self.expectation.offset,
            ]),
            "edges": self.bounds.edges,
            "bounds": np.stack([self.bounds.low, self.bounds.high]),
            "typical": self.typical,
            "usual": self.usual,
        }  # fmt: skip
        timing, amounts, trees = self.expectation.timing, self.expectation.amounts, self.expectation.trees
        if timing is not None:
            held["timing"] = np.array([timing.r, timing.alpha, timing.a, timing.b, float(timing.may_leave_at_once)])
        if amounts is not None:
            held["amounts"] = np.array([amounts.p, amounts.q, amounts.v])
        if trees is not None:
            held |= {f"trees/{name}": one for name, one in trees.arrays().items()}
        return held

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> "Lifetime":
        """Put together again what `arrays` took apart. Raises KeyError or ValueError where something is missing."""
        learned, asked, level, margin, rate, amount, offset = arrays["numbers"].tolist()
        timing, amounts, trees = None, None, None
        if "timing" in arrays:
            r, alpha, a, b, at_once = arrays["timing"].tolist()
            timing = BuyTillDie(r, alpha, a, b, may_leave_at_once=bool(at_once))
        if "amounts" in arrays:
            amounts = GammaGamma(*arrays["amounts"].tolist())
        nodes = {name.removeprefix("trees/"): one for name, one in arrays.items() if name.startswith("trees/")}
        if nodes:
            trees = Trees.from_arrays(nodes)
        expectation = Expectation(
            "orders" if str(arrays["of"][0]) == "orders" else "value", rate, amount, timing, amounts, trees, offset
        )
        low, high = arrays["bounds"]
        bounds = Bounds(arrays["edges"], low, high, margin)
        return cls(expectation, learned, asked, level, bounds, arrays["typical"], arrays["usual"])
