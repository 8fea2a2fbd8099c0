"""The chance that a visit ends in an order, at any moment of it, and what moves that chance."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.interactions import Float64s, Int32s
from recommender.prediction.histories import Purchases
from recommender.prediction.intent_methods import METHODS, TREES, Linear, Scorer, spread
from recommender.prediction.intent_trial import chances
from recommender.prediction.predictor import Arrays, Estimate, Reason, strongest
from recommender.prediction.session import FEATURES
from recommender.prediction.trees import Trees


@dataclass(frozen=True)
class Intent:
    """Says the chance that a visit ends in an order, at any moment of it.

    scorer: what has learned, answering log-odds; slope and offset move these to what came true on held-out time.
    typical: float64 [len(FEATURES)], the usual visit. rate: the share of the moments learned from whose visit did.
    until: the last day learned from, days since 1970-01-01: only later visits can judge it.
    """

    method: str
    scorer: Scorer
    slope: float
    offset: float
    typical: Float64s
    rate: float
    until: float

    @property
    def name(self) -> str:
        """Name the method, the same in reports and artifacts."""
        return self.method

    def chance(self, features: Float64s) -> Float64s:
        """Return the probability of an order: float64 [n] for Session.features, float64 [n, len(FEATURES)]."""
        return self.tell(spread(features))

    def tell(self, rows: Float64s) -> Float64s:
        """Return the same for columns that `spread` has laid out already: float64 [n, columns]."""
        return chances(self.scorer.predict(rows) * self.slope + self.offset)

    def why(self, features: Float64s) -> tuple[Reason, ...]:
        """Return what moves one visit's chance most, float64 [len(FEATURES)].

        Each value is really put back to the usual one, all else as it is, and the chance said again.
        """
        changed = np.tile(features, (len(FEATURES) + 1, 1))
        places = np.arange(len(FEATURES))
        changed[places + 1, places] = self.typical
        told = self.chance(changed)
        effects = np.where(features == self.typical, 0.0, told[0] - told[1:])
        reasons = zip(FEATURES, features.tolist(), self.typical.tolist(), effects.tolist(), strict=True)
        return strongest([Reason(*one) for one in reasons])

    def predict(self, purchases: Purchases, now: float) -> Estimate:  # noqa: ARG002  orders tell nothing of a visit
        """Return the shop's own rate for everybody, as not known: only a visit can be told, by `chance`."""
        rate = np.full(purchases.customer_count, self.rate)
        return Estimate(rate, rate, rate, np.zeros(purchases.customer_count, np.bool_))

    def explain(self, purchases: Purchases, now: float, customers: Int32s) -> list[tuple[Reason, ...]]:  # noqa: ARG002
        """Return no reason for anybody: only a visit has some, told by `why`."""
        return [() for _ in customers]

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return everything it is made of, for an artifact."""
        numbers = np.array([self.slope, self.offset, self.rate, self.until], np.float64)
        own = {"method": np.array(self.method), "typical": self.typical, "numbers": numbers}
        return {**own, **{f"scorer/{name}": array for name, array in self.scorer.arrays().items()}}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "Intent":
        """Put together again what `arrays` took apart. Raises KeyError or ValueError when that cannot be."""
        inner = {name.removeprefix("scorer/"): array for name, array in arrays.items() if name.startswith("scorer/")}
        method, typical = str(arrays["method"]), arrays["typical"].astype(np.float64, copy=False)
        if method not in METHODS or len(typical) != len(FEATURES):
            raise ValueError(f"The predictor {method} is not one that is known here.")
        scorer: Scorer = Trees.from_arrays(inner) if method == TREES else Linear.from_arrays(inner)
        slope, offset, rate, until = arrays["numbers"].astype(np.float64).tolist()
        return cls(method, scorer, slope, offset, typical, rate, until)
