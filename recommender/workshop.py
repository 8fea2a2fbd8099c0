"""Where arms are fitted, with an eye on progress, seconds and memory."""

import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.errors import EngineUnavailable
from recommender.interactions import Interactions
from recommender.ranking.baselines import simple_arms
from recommender.ranking.content import fit_content
from recommender.ranking.factorization import fit_factorization
from recommender.ranking.ranker import Ranker

Tell = Callable[[str, float], None]


def silent(_stage: str, _share: float) -> None:
    """Tell nobody."""


class Workshop:
    """One training: what is fitted on, and what it has cost so far."""

    def __init__(
        self, interactions: Interactions, features: sp.csr_array, *, seed: int, threads: int, tell: Tell
    ) -> None:
        self.interactions = interactions
        self._features = features
        self._seed = seed
        self._threads = threads
        self._tell = tell
        self._told = 0.0
        self._started = time.perf_counter()
        self._seconds: dict[str, float] = {}
        self._absent = ""
        with self.timed("simple_rules"):
            self._content = fit_content(features)

    def tell(self, stage: str, share: float) -> None:
        """Say how far the training is; a share lower than one told before is not believed."""
        self._told = max(self._told, min(share, 1.0))
        self._tell(stage, self._told)

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Add the seconds spent inside to the cost of `what`."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[what] = self._seconds.get(what, 0.0) + time.perf_counter() - started

    def simple_arms(self, end: int) -> tuple[Ranker, ...]:
        """Fit the arms that need no engine on what happened before `end`, unix seconds."""
        with self.timed("simple_rules"):
            return (*simple_arms(self.interactions.between(0, end), now=end), self._content)

    def arms(
        self, end: int, stage: str, shares: tuple[float, float], *, is_lightfm_used: bool = True
    ) -> tuple[Ranker, ...]:
        """Fit every arm on what happened before `end`; LightFM is an absent arm where it cannot be loaded."""
        first, last = shares
        self.tell(stage, first)
        arms = self.simple_arms(end)
        if self._absent or not is_lightfm_used:
            return arms
        try:
            with self.timed("lightfm"):
                learned = fit_factorization(
                    self.interactions.between(0, end),
                    self._features,
                    seed=self._seed,
                    threads=self._threads,
                    progress=lambda share: self.tell(stage, first + share * (last - first)),
                )
        except EngineUnavailable as error:
            self._absent = str(error)
            return arms
        return (*arms, learned)

    def costs(self) -> dict[str, Any]:
        """Return seconds by kind of work, peak memory in MB of this process, and whether LightFM was absent."""
        seconds = {**self._seconds, "total": time.perf_counter() - self._started}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return {
            "seconds": {name: round(each, 2) for name, each in seconds.items()},
            "peak_memory_mb": round(peak / (2**20 if sys.platform == "darwin" else 2**10)),  # macOS counts bytes
            "lightfm": {"is_absent": bool(self._absent), "reason": self._absent},
        }


def sizes_of(interactions: Interactions) -> dict[str, int]:
    """Count what was learned from."""
    return {
        "interactions": len(interactions),
        "people": len(np.unique(interactions.user[interactions.user >= 0])),
        "items": len(np.unique(interactions.item)),
        "baskets": len(np.unique(interactions.basket[interactions.basket >= 0])),
        "guest_baskets": len(np.unique(interactions.basket[(interactions.basket >= 0) & (interactions.user < 0)])),
    }
