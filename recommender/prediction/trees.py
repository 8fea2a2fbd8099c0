"""Boosted trees as plain arrays: fitted by scikit-learn, kept, mapped and asked without it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.interactions import Float64s, Int32s

CHUNK = 1 << 18  # rows times trees walked at once: some megabytes


@dataclass(frozen=True)
class Trees:
    """A sum of regression trees over rows of numbers (Friedman 2001).

    All nodes of all trees lie in one row of arrays [nodes]: `feature` and `threshold` (at most the threshold goes
    left; NaN goes left where `is_missing_left`), `left`, `right` (a leaf points to itself) and `value` (of a leaf).
    roots: int32 [trees]. depth: steps from any root to any leaf. base: what is said before any tree.
    """

    feature: Int32s
    threshold: Float64s
    is_missing_left: npt.NDArray[np.bool_]
    left: Int32s
    right: Int32s
    value: Float64s
    roots: Int32s
    depth: int
    base: float

    @classmethod
    def from_sklearn(cls, model: Any) -> "Trees":
        """Take over a fitted HistGradientBoostingClassifier (two classes) or -Regressor, without categorical features.

        Raises ValueError for more classes or categorical splits. The fitted nodes are no public part of scikit-learn:
        a test holds the answers of both together, so that an upgrade which moves them is noticed.
        """
        stages = model._predictors  # noqa: SLF001  there is no public way to the nodes
        if any(len(stage) != 1 for stage in stages):
            raise ValueError("Only one tree a stage can be kept: a number, or one of two classes.")
        trees = [stage[0].nodes for stage in stages]
        base = float(np.ravel(model._baseline_prediction)[0])  # noqa: SLF001
        sizes = np.array([len(nodes) for nodes in trees], np.int64)
        roots = np.cumsum(sizes) - sizes
        nodes, offset = np.concatenate(trees), np.repeat(roots, sizes)
        if nodes["is_categorical"].any():
            raise ValueError("Trees with categorical splits are not kept.")
        itself, is_leaf = np.arange(len(nodes)), nodes["is_leaf"].astype(bool)
        return cls(
            np.where(is_leaf, 0, nodes["feature_idx"]).astype(np.int32),
            np.where(is_leaf, np.inf, nodes["num_threshold"]).astype(np.float64),
            nodes["missing_go_to_left"].astype(bool),
            np.where(is_leaf, itself, nodes["left"] + offset).astype(np.int32),
            np.where(is_leaf, itself, nodes["right"] + offset).astype(np.int32),
            np.where(is_leaf, nodes["value"], 0.0).astype(np.float64),
            roots.astype(np.int32),
            int(nodes["depth"].max()),
            base,
        )

    def predict(self, rows: Float64s) -> Float64s:
        """Return the raw score of each row: float64 [n] from float64 [n, features].

        On the scale the trees were fitted on: log-odds for two classes, the logarithm for Poisson and gamma losses,
        the number itself for the others.
        """
        rows = np.asarray(rows, np.float64)
        step = max(1, CHUNK // len(self.roots))
        parts = [self._sums(rows[start : start + step]) for start in range(0, len(rows), step)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _sums(self, rows: Float64s) -> Float64s:
        at = np.broadcast_to(self.roots, (len(rows), len(self.roots)))
        each = np.arange(len(rows))[:, None]
        has_gaps = bool(np.isnan(rows).any())
        for _ in range(self.depth):
            seen = rows[each, self.feature[at]]
            is_left = seen <= self.threshold[at]
            if has_gaps:
                is_left |= np.isnan(seen) & self.is_missing_left[at]
            at = np.where(is_left, self.left[at], self.right[at])
        sums: Float64s = self.base + self.value[at].sum(axis=1)
        return sums

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return everything it is made of, for an artifact."""
        return {
            "feature": self.feature,
            "threshold": self.threshold,
            "is_missing_left": self.is_missing_left,
            "left": self.left,
            "right": self.right,
            "value": self.value,
            "roots": self.roots,
            "depth": np.array(self.depth, np.int64),
            "base": np.array(self.base, np.float64),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> "Trees":
        """Put together again what `arrays` took apart. Raises KeyError when one is missing."""
        return cls(
            arrays["feature"].astype(np.int32, copy=False),
            arrays["threshold"].astype(np.float64, copy=False),
            arrays["is_missing_left"].astype(np.bool_, copy=False),
            arrays["left"].astype(np.int32, copy=False),
            arrays["right"].astype(np.int32, copy=False),
            arrays["value"].astype(np.float64, copy=False),
            arrays["roots"].astype(np.int32, copy=False),
            int(arrays["depth"].item()),
            float(arrays["base"].item()),
        )
