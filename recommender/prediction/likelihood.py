"""Find the parameters that make what was seen most likely."""

from collections.abc import Callable, Iterable

import numpy as np
from scipy.optimize import minimize

from recommender.interactions import Float64s

REACH = 12.0  # how far from a start the logarithm of a parameter is sought


def least_loss(loss: Callable[[Float64s], tuple[float, Float64s]], starts: Iterable[Float64s]) -> Float64s | None:
    """Return the point of the least loss found from any of the starts (L-BFGS-B, Byrd et al. 1995), or None.

    loss: point, float64 [n], to its value and slope, float64 [n]. None: no start led to finite numbers.
    """
    best, lowest = None, np.inf
    for start in starts:
        found = minimize(
            loss,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=[(one - REACH, one + REACH) for one in start.tolist()],
            options={"maxiter": 300, "ftol": 1e-12, "gtol": 1e-7},
        )
        if np.isfinite(found.x).all() and found.fun < lowest:
            best, lowest = found.x.astype(np.float64), float(found.fun)
    return best
