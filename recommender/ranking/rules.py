"""What may be shown, as pure functions on scores."""

import numpy as np
import numpy.typing as npt

from recommender.interactions import Float32s, Int32s


def top_k(scores: Float32s, k: int, forbidden: npt.NDArray[np.bool_]) -> Int32s:
    """Return the k best permitted items, int32 [<= k], best first; of equals the lower index first.

    scores: float32 [item_count]; items at 0 or below have nothing to say for themselves and are left out. forbidden:
    bool [item_count].
    """
    usable = np.where(forbidden, np.float32(0), scores)
    k = max(0, min(k, len(usable)))
    least = np.partition(usable, len(usable) - k)[len(usable) - k] if k else np.inf
    candidates = np.flatnonzero((usable >= least) & (usable > 0))
    order = np.argsort(-usable[candidates], kind="stable")[:k]
    return candidates[order].astype(np.int32)
