"""What happened: users did something to items, at a time, with a weight. Validated once, at birth; frozen after."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]
Float32s = npt.NDArray[np.float32]
Float64s = npt.NDArray[np.float64]

PRICE_BANDS = 10
KINDS = {"user": np.int32, "item": np.int32, "weight": np.float32, "occurred_at": np.int64, "basket": np.int32}


@dataclass(frozen=True)
class Interactions:
    """Parallel arrays, sorted by time. Ids are dense: users in [0, user_count), items in [0, item_count).

    user: int32, -1 for somebody unknown (a guest), who counts for baskets only. item: int32. weight: float32 > 0.
    occurred_at: int64, unix seconds. basket: int32, the order or session an interaction belongs to, -1 for none.
    An array that may be written to is copied. Raises ValueError when the arrays do not fit together, TypeError when
    they hold another kind of number.
    """

    user: Int32s
    item: Int32s
    weight: Float32s
    occurred_at: Int64s
    basket: Int32s
    user_count: int
    item_count: int

    def __post_init__(self) -> None:
        for name, kind in KINDS.items():
            object.__setattr__(self, name, _read_only(name, getattr(self, name), np.dtype(kind)))
        if len({len(getattr(self, name)) for name in KINDS}) != 1:
            raise ValueError("The arrays of interactions differ in length.")
        if len(self):
            self._check()
        if np.any(self.occurred_at[1:] < self.occurred_at[:-1]):
            order = np.argsort(self.occurred_at, kind="stable")
            for name, kind in KINDS.items():
                object.__setattr__(self, name, _read_only(name, getattr(self, name)[order], np.dtype(kind)))

    def _check(self) -> None:
        if self.user.min() < -1 or self.user.max() >= self.user_count:
            raise ValueError("A user lies outside [-1, user_count).")
        if self.item.min() < 0 or self.item.max() >= self.item_count:
            raise ValueError("An item lies outside [0, item_count).")
        if self.basket.min() < -1:
            raise ValueError("A basket lies below -1.")
        if not np.isfinite(self.weight).all() or self.weight.min() <= 0:
            raise ValueError("A weight is not a positive, finite number.")

    def __len__(self) -> int:
        return len(self.user)

    def where(self, mask: npt.NDArray[np.bool_]) -> "Interactions":
        """Return those interactions for which the boolean mask [n] holds; ids keep their meaning."""
        return self._part(mask)

    def between(self, start: int, end: int) -> "Interactions":
        """Return what happened in [start, end), unix seconds; a view, not a copy."""
        first, last = np.searchsorted(self.occurred_at, [start, end])
        return self._part(slice(int(first), int(max(first, last))))

    def of_known_users(self) -> "Interactions":
        """Return what people did whom we can tell apart."""
        return self.where(self.user >= 0)

    def matrix(self) -> sp.csr_array:
        """Return the sum of weights as csr float32 [user_count, item_count] of known users."""
        known = self.user >= 0
        places = (self.user[known], self.item[known])
        return sp.coo_array((self.weight[known], places), shape=(self.user_count, self.item_count)).tocsr()

    def _part(self, chosen: npt.NDArray[np.bool_] | slice) -> "Interactions":
        arrays = {name: getattr(self, name)[chosen] for name in KINDS}
        for array in arrays.values():
            array.setflags(write=False)  # ours alone, so that it need not be copied again
        return Interactions(**arrays, user_count=self.user_count, item_count=self.item_count)


class IdMap:
    """Foreign ids as dense integers, in the order first seen."""

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids: tuple[str, ...] = tuple(dict.fromkeys(ids))
        self._index = {one: place for place, one in enumerate(self.ids)}

    def __len__(self) -> int:
        return len(self.ids)

    def index(self, ids: Iterable[str]) -> Int32s:
        """Return the dense index of each id, int32, -1 where it is unknown."""
        return np.fromiter((self._index.get(one, -1) for one in ids), dtype=np.int32)


def build_item_features(
    titles: Sequence[str], categories: Sequence[Sequence[str]], prices: Float64s, *, least_items: int = 2
) -> sp.csr_array:
    """Describe items by identity, title words, categories and price band: csr float32 [item_count, feature_count].

    prices: float64 [item_count], any one currency, nan where unknown. Rows are normalized to sum to one, as LightFM
    takes them (Kula 2015, "Metadata embeddings for user and item cold-start recommendations", arXiv:1507.08439).
    A word or category counts when at least `least_items` items carry it.
    """
    count = len(titles)
    words = [{f"word:{word}" for word in title_words(title)} for title in titles]
    shelves = [{f"category:{name}" for name in names} for names in categories]
    bands = _price_bands(prices)
    told = [words[n] | shelves[n] | ({f"price:{bands[n]}"} if bands[n] >= 0 else set()) for n in range(count)]
    often: dict[str, int] = {}
    for names in told:
        for name in names:
            often[name] = often.get(name, 0) + 1
    columns = {
        name: count + place for place, name in enumerate(sorted(n for n, k in often.items() if k >= least_items))
    }
    rows = [n for n in range(count) for name in told[n] if name in columns]
    places = [columns[name] for n in range(count) for name in sorted(told[n]) if name in columns]
    rows += range(count)
    places += range(count)
    shape = (count, count + len(columns))
    features = sp.coo_array((np.ones(len(rows), np.float32), (rows, places)), shape=shape).tocsr()
    scale = sp.diags_array(1.0 / np.maximum(np.asarray(features.sum(axis=1)).ravel(), 1e-9), dtype=np.float32)
    return sp.csr_array(scale @ features, dtype=np.float32)


def title_words(title: str) -> list[str]:
    """Return the words of a title, lower case, of three letters or more."""
    return re.findall(r"[^\W\d_]{3,}", title.lower())


def _read_only(name: str, array: npt.NDArray[Any], kind: np.dtype[Any]) -> npt.NDArray[Any]:
    if not np.can_cast(array.dtype, kind, "same_kind"):
        raise TypeError(f"{name} holds {array.dtype}, not {kind}.")
    may_stay = array.dtype == kind and not array.flags.writeable and array.flags.c_contiguous
    kept = array if may_stay else np.array(array, kind, order="C")
    kept.setflags(write=False)
    return kept


def _price_bands(prices: Float64s) -> npt.NDArray[np.int64]:
    known = np.isfinite(prices)
    bands = np.full(len(prices), -1)
    if known.any():
        edges = np.unique(np.quantile(prices[known], np.linspace(0, 1, PRICE_BANDS + 1)[1:-1]))
        bands[known] = np.searchsorted(edges, prices[known])
    return bands
