"""The LightFM hybrid as plain vectors. This is the only file that imports lightfm, and only inside fit."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from recommender.errors import EngineUnavailable
from recommender.interactions import Float32s, Interactions
from recommender.ranking.ranker import Arrays, Query, Reason, Why

COMPONENTS = 48
EPOCHS = 20
SESSION_DAYS = 1.0


@dataclass(frozen=True)
class Factorization:
    """Users and items as vectors whose dot product is the score.

    users: float32 [user_count, k + 1], last column 1. items: float32 [item_count, k + 1], last column the item's bias.
    Scores are standardized over the items and cut off at 0, so that they may be added to other arms'. Somebody unknown
    is the mean of the items of their history; a session moves somebody known in the same way.
    """

    users: Float32s
    items: Float32s
    name: str = "factorization"

    def score(self, query: Query) -> Float32s:
        if len(query.context):
            raw = self._directions()[query.context].sum(axis=0) @ self._directions().T
        else:
            who = self._who(query)
            if who is None:
                return np.zeros(len(self.items), np.float32)
            raw = self.items @ who
        return np.asarray(np.maximum((raw - raw.mean()) / max(float(raw.std()), 1e-6), 0), np.float32)

    def explain(self, query: Query, item: int) -> Reason | None:
        if self.score(query)[item] <= 0:
            return None
        asked = query.context if len(query.context) else query.history_items
        if not len(asked):
            return Reason(Why.TASTE)
        closeness = self._directions()[asked] @ self._directions()[item]
        nearest = int(asked[int(np.argmax(closeness))])
        if nearest == item:
            return Reason(Why.TASTE)
        return Reason(Why.SIMILAR if len(query.context) else Why.TASTE, nearest)

    def _who(self, query: Query) -> Float32s | None:
        known = 0 <= query.user < len(self.users)
        recent = query.history_ages < SESSION_DAYS if known else np.ones(len(query.history_items), bool)
        session = self._mean_item(query, recent)
        if known:
            own = self.users[query.user]
            return np.asarray(own if session is None else own + np.float32(0.5) * session, np.float32)
        return session

    def _mean_item(self, query: Query, chosen: npt.NDArray[np.bool_]) -> Float32s | None:
        if not chosen.any():
            return None
        mean = np.average(self.items[query.history_items[chosen]], axis=0, weights=query.history_weights[chosen])
        mean[-1] = 1.0  # the weight of the item's bias
        return np.asarray(mean, np.float32)

    def _directions(self) -> Float32s:
        vectors = self.items[:, :-1]
        return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), np.float32)

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        return {"users": self.users, "items": self.items}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "Factorization":
        return cls(arrays["users"], arrays["items"])  # type: ignore[arg-type] # the header vouches for dtypes


def fit_factorization(
    interactions: Interactions,
    features: sp.csr_array,
    *,
    seed: int,
    threads: int = 2,
    progress: Callable[[float], None] = lambda _: None,
) -> Factorization:
    """Fit LightFM with WARP (Weston, Bengio and Usunier 2011) on known users' interactions.

    features: csr float32 [item_count, feature_count]. `progress` hears the finished share, 0 to 1, after each epoch.
    Raises EngineUnavailable where LightFM cannot be loaded. With one thread the outcome depends on the seed alone; with
    more it varies slightly, because threads race on purpose (Hogwild).
    """
    engine = load_engine()
    model = engine.LightFM(no_components=COMPONENTS, loss="warp", learning_rate=0.05, random_state=seed)
    bought = interactions.of_known_users().matrix()
    weights = bought.copy()
    weights.data = np.log1p(weights.data).astype(np.float32)
    ones = bought.copy()
    ones.data = np.ones_like(ones.data)
    described = sp.csr_matrix(features)
    described.indices, described.indptr = described.indices.astype(np.int32), described.indptr.astype(np.int32)
    for epoch in range(EPOCHS):
        model.fit_partial(
            sp.coo_matrix(ones), item_features=described, sample_weight=sp.coo_matrix(weights), num_threads=threads
        )
        progress((epoch + 1) / EPOCHS)
    item_biases, item_vectors = model.get_item_representations(described)
    _, user_vectors = model.get_user_representations()
    return Factorization(
        np.column_stack([user_vectors, np.ones(len(user_vectors))]).astype(np.float32),
        np.column_stack([item_vectors, item_biases]).astype(np.float32),
    )


def load_engine() -> ModuleType:
    """Import lightfm. Raises EngineUnavailable with the reason."""
    try:
        import lightfm  # noqa: PLC0415 - only training pays for it
    except (ImportError, OSError) as error:
        raise EngineUnavailable(f"{EngineUnavailable.__doc__} ({error})") from error
    return lightfm  # type: ignore[no-any-return]
