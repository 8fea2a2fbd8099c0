"""Items that are described alike: the arm for items nobody has bought yet."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from recommender.interactions import Float32s, Int32s, Int64s
from recommender.ranking.ranker import Arrays, Query, Reason, Why

LONGEST_HISTORY = 20
HISTORY_HALF_LIFE_DAYS = 30.0


@dataclass(frozen=True)
class Content:
    """Cosine of weighted descriptions (title words, categories, price band) between asked items and all others.

    indptr int64 [item_count + 1], indices int32 [n], data float32 [n]: rows of unit length over features, where a rare
    feature weighs more (inverse document frequency, Spärck Jones 1972).
    """

    indptr: Int64s
    indices: Int32s
    data: Float32s
    feature_count: int
    name: str = "content"

    def score(self, query: Query) -> Float32s:
        asked, weights = query.asking(LONGEST_HISTORY, HISTORY_HALF_LIFE_DAYS)
        if not len(asked):
            return np.zeros(len(self.indptr) - 1, np.float32)
        whose, places = self._told_of(asked)
        wanted = np.bincount(self.indices[places], weights[whose] * self.data[places], self.feature_count)
        scores = np.asarray(self._rows @ wanted.astype(np.float32), np.float32)
        scores[asked] = 0  # an item resembles itself, which says nothing
        return scores

    def explain(self, query: Query, item: int) -> Reason | None:
        asked, weights = query.asking(LONGEST_HISTORY, HISTORY_HALF_LIFE_DAYS)
        own = np.zeros(self.feature_count, np.float32)
        row = slice(int(self.indptr[item]), int(self.indptr[item + 1]))
        own[self.indices[row]] = self.data[row]
        whose, places = self._told_of(asked)
        closeness = weights * np.bincount(whose, own[self.indices[places]] * self.data[places], len(asked))
        if closeness.max(initial=0) <= 0:
            return None
        return Reason(Why.SIMILAR, int(asked[int(np.argmax(closeness))]))

    def _told_of(self, asked: Int32s) -> tuple[Int64s, Int64s]:
        """Return the places of all features of the asked items, and which of the asked each belongs to."""
        starts, lengths = self.indptr[asked], self.indptr[asked + 1] - self.indptr[asked]
        whose = np.repeat(np.arange(len(asked)), lengths)
        first = np.cumsum(lengths) - lengths
        return whose, np.arange(len(whose)) - first[whose] + starts[whose]

    @cached_property
    def _rows(self) -> sp.csr_array:
        shape = (len(self.indptr) - 1, self.feature_count)
        return sp.csr_array((self.data, self.indices, self.indptr), shape=shape, copy=False)

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        shape = np.array([self.feature_count], np.int64)
        return {"indptr": self.indptr, "indices": self.indices, "data": self.data, "shape": shape}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "Content":
        return cls(arrays["indptr"], arrays["indices"], arrays["data"], int(arrays["shape"][0]))  # type: ignore[arg-type]


def fit_content(features: sp.csr_array) -> Content:
    """Weigh descriptions as `build_item_features` made them: csr float32 [item_count, item_count + words]."""
    item_count = features.shape[0]
    told = sp.csr_array(features[:, item_count:])  # without the identity
    told.data = np.ones_like(told.data)
    often = np.maximum(np.asarray(told.sum(axis=0)).ravel(), 1)
    weighted = told @ sp.diags_array(np.log(1 + item_count / often))
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    unit = sp.csr_array(sp.diags_array(1 / np.maximum(length, 1e-9)) @ weighted, dtype=np.float32)
    return Content(unit.indptr.astype(np.int64), unit.indices.astype(np.int32), unit.data, unit.shape[1])
