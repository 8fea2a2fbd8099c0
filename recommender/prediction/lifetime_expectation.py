"""How many orders, or how much money, to expect of each person: a plain rate, buy till you die, and trees that mend it.

All of them read one table of features (`features.py`) and nothing else, so that replacing a feature changes everything
that rests on it. Orders of one day count once.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

from recommender.interactions import Float64s
from recommender.prediction.buytilldie import WEEK, BuyTillDie, Rhythms, fit_buy_till_die
from recommender.prediction.features import NAMES
from recommender.prediction.gammagamma import GammaGamma, fit_gamma_gamma
from recommender.prediction.trees import Trees

Of = Literal["orders", "value"]
OF: Final[tuple[Of, ...]] = ("orders", "value")
SINCE, AGE, COUNT, AMOUNT = (
    NAMES.index(name) for name in ("days_since_last", "days_since_first", "occasions", "mean_amount")
)
OFFSET: Final = 0.3  # quantile of expectations that is added to all, so that nobody's correction divides by nothing
MOST_CORRECTION: Final = 0.95  # quantile of corrections seen; the few beyond are cut off to it, they do not come again
WEIGHT: Final = 0.75  # a person weighs as much as their expectation to this power
MOST_ROWS: Final = 20_000


@dataclass(frozen=True)
class Expectation:
    """What to expect of people in a horizon. Always has the plain rate; timing and trees are there in better methods.

    rate: days with an order a day of being known, over everybody; amount: money of such a day, over everybody.
    offset: added to the expectation before the trees mend it, and in the same unit.
    """

    of: Of
    rate: float
    amount: float
    timing: BuyTillDie | None = None
    amounts: GammaGamma | None = None
    trees: Trees | None = None
    offset: float = 0.0

    @property
    def name(self) -> str:
        """Name the method."""
        if self.trees is not None:
            return "mended_buy_till_die"
        return "historic_rate" if self.timing is None else "buy_till_die"

    def expected(self, table: Float64s, horizon_days: float) -> Float64s:
        """Return one number a person: float64 [people] from float64 [people, features]."""
        plain = self._plain(table, horizon_days)
        if self.trees is None:
            return plain
        mended: Float64s = np.exp(self.trees.predict(_with(table, plain))) * (plain + self.offset)
        return mended

    def stretch(self, table: Float64s, learned_days: float, asked_days: float) -> Float64s:
        """Return how many times more is expected in `asked_days` than in `learned_days`: float64 [people].

        That people leave bends the curve where timing is known; the plain rate knows no leaving.
        """
        if self.timing is None:
            return np.full(len(table), asked_days / learned_days)
        people = rhythms_of(table)
        less = np.maximum(self.timing.expected(people, learned_days), 1e-300)
        longer: Float64s = self.timing.expected(people, asked_days) / less
        return np.clip(longer, 1.0, asked_days / learned_days)

    def _plain(self, table: Float64s, horizon_days: float) -> Float64s:
        count, mean = table[:, COUNT], table[:, AMOUNT]
        if self.timing is None:
            days = count / (table[:, AGE] + 1 / max(self.rate, 1e-9)) * horizon_days
        else:
            days = self.timing.expected(rhythms_of(table), horizon_days)
        if self.of == "orders":
            return days
        if self.amounts is not None:
            return days * self.amounts.expected(count, mean)
        return days * (count * mean + 2 * self.amount) / (count + 2)


def rhythms_of(table: Float64s) -> Rhythms:
    """Read off a table of features what buy till you die needs: float64 [people, features]."""
    age = np.maximum(table[:, AGE], 1.0)
    last = np.clip(age - table[:, SINCE], 0.0, age)
    repeats = np.maximum(table[:, COUNT] - 1, 0.0)
    return Rhythms(repeats, np.where(repeats > 0, last, 0.0) / WEEK, age / WEEK, np.ones(len(table), np.bool_))


def fit_simple(table: Float64s) -> dict[Of, list[Expectation]]:
    """Fit the plain rate and, where it converges, buy till you die, to everybody; the plainest first.

    The plain rule: everybody at their own pace so far, drawn towards everybody's by one order. Buy till you die:
    MBG/NBD, and for money Gamma-Gamma.
    """
    count = table[:, COUNT]
    rate = float((count.sum() - len(count) + 0.5) / max(float(table[:, AGE].sum()), 1.0))
    amount = float((count * table[:, AMOUNT]).sum() / count.sum())
    fitted: dict[Of, list[Expectation]] = {of: [Expectation(of, rate, amount)] for of in OF}
    timing = fit_buy_till_die(rhythms_of(table), may_leave_at_once=True)
    if timing is None:
        return fitted
    fitted["orders"].append(Expectation("orders", rate, amount, timing))
    amounts = fit_gamma_gamma(count, table[:, AMOUNT])
    if amounts is not None:
        fitted["value"].append(Expectation("value", rate, amount, timing, amounts))
    return fitted


def fit_mended(
    now: Expectation, past: list[tuple[Expectation, Float64s, Float64s]], horizon_days: float, *, seed: int
) -> Expectation:
    """Mend what `now` expects by what became of earlier expectations.

    past: of earlier days the expectation fitted then, the table, float64 [people, features], and what came, float64
    [people]. Boosted trees (Friedman 2001; Poisson deviance) learn the ratio of what came to what was expected: people
    who spend a hundred times as much as others then count as people, not as everything there is to learn.
    """
    plain = np.concatenate([one.expected(table, horizon_days) for one, table, _ in past])
    came = np.concatenate([one for *_, one in past])
    rows = _with(np.concatenate([table for _, table, _ in past]), plain)
    offset = max(float(np.quantile(plain, OFFSET)), 1e-6)
    ratio = came / (plain + offset)
    ratio = np.minimum(ratio, max(float(np.quantile(ratio, MOST_CORRECTION)), 1e-6))
    step = -(-len(rows) // MOST_ROWS)
    weight = (plain + offset) ** WEIGHT
    least = int(np.clip(len(rows) // step // 60, 5, 100))
    model = HistGradientBoostingRegressor(
        loss="poisson", learning_rate=0.05, max_iter=100, max_leaf_nodes=8, min_samples_leaf=least,
        l2_regularization=10, early_stopping=False, random_state=seed,
    )  # fmt: skip
    model.fit(rows[::step], ratio[::step], sample_weight=weight[::step] / weight.mean())
    return Expectation(now.of, now.rate, now.amount, now.timing, now.amounts, Trees.from_sklearn(model), offset)


def _with(table: Float64s, plain: Float64s) -> Float64s:
    return np.column_stack([table, plain])
