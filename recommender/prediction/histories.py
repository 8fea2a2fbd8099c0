"""Who bought when, and for how much: what every predictor of people reads. Validated at birth; frozen after."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.interactions import Float64s, Int32s

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Purchases:
    """Parallel arrays of orders, sorted by customer and time. Customers are dense: [0, customer_count).

    customer: int32 [n]. day: float64 [n], days since 1970-01-01 UTC, with fractions. amount: float64 [n], in the shop's
    currency, refunds taken off; below 0 where more was given back than paid. A customer may have no order at all.
    Raises ValueError when the arrays do not fit together or hold what is not a number.
    """

    customer: Int32s
    day: Float64s
    amount: Float64s
    customer_count: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "customer", np.asarray(self.customer, np.int32))
        object.__setattr__(self, "day", np.asarray(self.day, np.float64))
        object.__setattr__(self, "amount", np.asarray(self.amount, np.float64))
        if not len(self.customer) == len(self.day) == len(self.amount):
            raise ValueError("The arrays of purchases differ in length.")
        if not (np.isfinite(self.day).all() and np.isfinite(self.amount).all()):
            raise ValueError("A day or an amount is not a finite number.")
        if len(self) and (self.customer.min() < 0 or self.customer.max() >= self.customer_count):
            raise ValueError("A customer lies outside [0, customer_count).")
        order = np.lexsort((self.day, self.customer))
        if not np.array_equal(order, np.arange(len(order))):
            for name in ("customer", "day", "amount"):
                object.__setattr__(self, name, getattr(self, name)[order])
        for name in ("customer", "day", "amount"):
            getattr(self, name).flags.writeable = False

    def __len__(self) -> int:
        return len(self.customer)

    def where(self, mask: Bools) -> "Purchases":
        """Return the orders for which the boolean mask [n] holds; customers keep their numbers."""
        return Purchases(self.customer[mask], self.day[mask], self.amount[mask], self.customer_count)

    def before(self, day: float) -> "Purchases":
        """Return what was bought strictly before `day` (days since 1970-01-01)."""
        return self.where(self.day < day)

    def between(self, start: float, end: float) -> "Purchases":
        """Return what was bought in [start, end)."""
        return self.where((self.day >= start) & (self.day < end))

    def counts(self) -> Int32s:
        """Return how many orders each customer has: int32 [customer_count]."""
        return np.bincount(self.customer, minlength=self.customer_count).astype(np.int32)

    def spent(self) -> Float64s:
        """Return how much each customer spent: float64 [customer_count]."""
        return np.bincount(self.customer, self.amount, self.customer_count).astype(np.float64)
