"""The LightFM hybrid as plain vectors. This is the only file that imports lightfm, and only inside fit."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from recommender.errors import EngineUnavailable
from recommender.interactions import Float32s, Int32s, Interactions
from recommender.ranking.ranker import Arrays, Query, Reason, Why

COMPONENTS = 48
EPOCHS = 20
LEARNING_RATE = 0.05
SESSION_WEIGHT = 0.5  # what this session says, next to the taste learned from all orders


@dataclass(frozen=True)
class Factorization:
    """Users and items as vectors whose dot product is the score.

    users: float32 [user_count, k + 1], last column 1, all 0 for somebody nothing was learned about. items: float32
    [item_count, k + 1], last column the item's bias. directions: float32 [item_count, k], the items' vectors at unit
    length. Scores are standardized over the items and cut off at 0, so that they may be added to other arms'. Somebody
    unknown is the mean of the items of their history and session; a session moves somebody known in the same way.
    """

    users: Float32s
    items: Float32s
    directions: Float32s
    name: str = "factorization"

    def score(self, query: Query) -> Float32s:
        if len(query.context):
            raw = self.directions @ self.directions[query.context].sum(axis=0)
        else:
            who = self._who(query)
            if who is None:
                return np.zeros(len(self.items), np.float32)
            raw = self.items @ who
        scores = np.maximum((raw - raw.mean()) / max(float(raw.std()), 1e-6), 0)
        scores[query.context] = 0  # an item is closest to itself, which says nothing
        return np.asarray(scores, np.float32)

    def explain(self, query: Query, item: int) -> Reason | None:
        """Go back to what this item is closest to of all that asked."""
        asked = query.context if len(query.context) else np.concatenate([query.history_items, query.viewed])
        if not len(asked):
            return Reason(Why.TASTE)
        closeness = self.directions[asked] @ self.directions[item]
        nearest = int(asked[int(np.argmax(closeness))])
        return Reason(Why.TASTE, -1 if nearest == item else nearest)

    def _who(self, query: Query) -> Float32s | None:
        is_known = 0 <= query.user < len(self.users) and self.users[query.user, -1] > 0
        if not is_known:
            items = np.concatenate([query.history_items, query.viewed])
            return self._mean(items, np.concatenate([query.history_weights, np.ones(len(query.viewed), np.float32)]))
        session = self._mean(query.viewed, np.ones(len(query.viewed), np.float32))
        own: Float32s = self.users[query.user]
        return own if session is None else np.asarray(own + np.float32(SESSION_WEIGHT) * session, np.float32)

    def _mean(self, items: Int32s, weights: Float32s) -> Float32s | None:
        if not len(items):
            return None
        mean = (weights @ self.items[items]) / np.maximum(weights.sum(), np.float32(1e-9))
        mean[-1] = 1.0  # the weight of the item's bias
        return np.asarray(mean, np.float32)

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        return {"users": self.users, "items": self.items, "directions": self.directions}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "Factorization":
        return cls(arrays["users"], arrays["items"], arrays["directions"])  # type: ignore[arg-type]


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
    more it varies slightly, because threads race on purpose (Hogwild; Niu et al. 2011).
    """
    engine = load_engine()
    model = engine.LightFM(no_components=COMPONENTS, loss="warp", learning_rate=LEARNING_RATE, random_state=seed)
    bought = sp.coo_matrix(interactions.matrix())
    weights = sp.coo_matrix((np.log1p(bought.data).astype(np.float32), (bought.row, bought.col)), shape=bought.shape)
    bought.data = np.ones_like(bought.data)
    described = sp.csr_matrix(features)
    described.indices, described.indptr = described.indices.astype(np.int32), described.indptr.astype(np.int32)
    for epoch in range(EPOCHS):
        model.fit_partial(bought, item_features=described, sample_weight=weights, num_threads=threads)
        progress((epoch + 1) / EPOCHS)
    item_biases, item_vectors = model.get_item_representations(described)
    _, user_vectors = model.get_user_representations()
    users = np.column_stack([user_vectors, np.ones(len(user_vectors))]).astype(np.float32)
    users[np.bincount(bought.row, minlength=len(users)) == 0] = 0  # their vectors are where chance began
    return factorization(users, np.column_stack([item_vectors, item_biases]).astype(np.float32))


def factorization(users: Float32s, items: Float32s) -> Factorization:
    """Make a Factorization of users float32 [user_count, k + 1] and items float32 [item_count, k + 1]."""
    vectors = items[:, :-1]
    length = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return Factorization(users, items, np.asarray(vectors / length, np.float32))


def load_engine() -> ModuleType:
    """Import lightfm. Raises EngineUnavailable with the reason."""
    try:
        import lightfm  # noqa: PLC0415 - only training pays for it
    except (ImportError, OSError) as error:
        raise EngineUnavailable(f"{EngineUnavailable.__doc__} ({error})") from error
    return lightfm  # type: ignore[no-any-return]
