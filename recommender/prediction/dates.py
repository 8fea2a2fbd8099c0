"""The predictor of the next order: in how many days somebody orders again, if they do within the window.

Who is less likely than not to order within a year is told no date (`is_known` is False): a date for somebody who has
left would pretend.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from recommender.interactions import Float64s, Int32s
from recommender.prediction.features import NAMES, features_at
from recommender.prediction.histories import Purchases
from recommender.prediction.predictor import Arrays, Estimate, Reason, strongest
from recommender.prediction.returning import Returning
from recommender.prediction.trees import Trees
from recommender.prediction.waits import Rhythm, person_gap, shop_gap, shrunken_gap, usual_wait

LEAST_CHANCE: Final = 0.5  # of an order within a year, below which no date is told

RULES: Final[Mapping[str, Callable[[Rhythm, Float64s], Float64s]]] = {
    "usual_wait": usual_wait,
    "person_gap": person_gap,
    "shop_gap": shop_gap,
    "shrunken_gap": shrunken_gap,
}
TREES: Final = "boosted_waits"


@dataclass(frozen=True)
class NextOrder:
    """One method with what it learned. margin: days added on both sides of the interval, so that it holds 80 %.

    typical: float64 [len(NAMES)], medians of the shop. trees: for the three quantiles; empty for a rule.
    """

    method: str
    rhythm: Rhythm
    returning: Returning
    typical: Float64s
    margin: float = 0.0
    trees: tuple[Trees, ...] = ()

    @property
    def name(self) -> str:
        """Name the method, the same in reports and artifacts."""
        return self.method

    def waits(self, table: Float64s) -> Float64s:
        """Return low, middle and high, in days from now, of who orders within the window: float64 [people, 3].

        table: float64 [people, len(NAMES)], as `features_at` counts it. The middle is left as the method says it.
        """
        if self.trees:
            window = self.rhythm.window_days
            told = np.stack([np.clip(one.predict(table), 0.0, window) for one in self.trees], axis=1)
        else:
            told = np.array(RULES[self.method](self.rhythm, table))
        low = np.maximum(np.minimum(told[:, 0], told[:, 1]) - self.margin, 0.0)
        high = np.maximum(told[:, 2], told[:, 1]) + self.margin
        low, high = np.minimum(low, told[:, 1]), np.maximum(high, told[:, 1])
        return np.stack([low, told[:, 1], high], axis=1)

    def predict(self, purchases: Purchases, now: float) -> Estimate:
        """Estimate days from `now` until each customer's next order: float64 [customer_count]."""
        found = features_at(purchases, now)
        told = np.tile(self.rhythm.usual, (purchases.customer_count, 1))
        is_known = np.zeros(purchases.customer_count, np.bool_)
        told[found.rows], is_known[found.rows] = self._tell(found.table)
        return Estimate(told[:, 1], told[:, 0], told[:, 2], is_known)

    def explain(self, purchases: Purchases, now: float, customers: Int32s) -> list[tuple[Reason, ...]]:
        """Return what moves each customer's days most: each feature in turn replaced by what is typical here."""
        found = features_at(purchases, now)
        place = np.full(purchases.customer_count, -1)
        place[found.rows] = np.arange(len(found.rows))
        return [self._reasons(found.table[at]) if at >= 0 else () for at in place[customers].tolist()]

    def _tell(self, table: Float64s) -> tuple[Float64s, npt.NDArray[np.bool_]]:
        is_known = self.returning.chance_in_a_year(table) >= LEAST_CHANCE
        return np.where(is_known[:, None], self.waits(table), self.rhythm.usual), is_known

    def _reasons(self, row: Float64s) -> tuple[Reason, ...]:
        rows = np.tile(row, (len(NAMES) + 1, 1))
        rows[np.arange(len(NAMES)), np.arange(len(NAMES))] = self.typical
        days = self._tell(rows)[0][:, 1]
        told = zip(NAMES, row.tolist(), self.typical.tolist(), (days[-1] - days[:-1]).tolist(), strict=True)
        return strongest([Reason(*one) for one in told if np.isfinite(one[1])])

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return everything it is made of, for an artifact."""
        rhythm, bend = self.rhythm, self.returning.bend
        numbers = [rhythm.window_days, rhythm.mean_gap, rhythm.middle, rhythm.within, rhythm.between, bend, self.margin]
        trees = {f"{n}/{name}": array for n, one in enumerate(self.trees) for name, array in one.arrays().items()}
        return {
            "method": np.array(self.method),
            "numbers": np.array(numbers),
            "usual": rhythm.usual,
            "weights": self.returning.weights,
            "typical": self.typical,
            **trees,
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "NextOrder":
        """Put together again what `arrays` took apart. Raises KeyError or ValueError where something is missing."""
        method = str(arrays["method"])
        window, mean_gap, middle, within, between, bend, margin = arrays["numbers"].astype(np.float64).tolist()
        usual, weights, typical = (arrays[name].astype(np.float64) for name in ("usual", "weights", "typical"))
        if method not in (*RULES, TREES) or len(typical) != len(NAMES):
            raise ValueError(f"The predictor {method} is not one that is known here.")
        numbers = range(3) if method == TREES else ()
        trees = tuple(
            Trees.from_arrays({k.removeprefix(f"{n}/"): v for k, v in arrays.items() if k.startswith(f"{n}/")})
            for n in numbers
        )
        rhythm = Rhythm(window, mean_gap, middle, within, between, usual)
        return cls(method, rhythm, Returning(weights, bend, window), typical, margin, trees)
