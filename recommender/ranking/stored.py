"""Rankers as they are stored: all arms and the weights of every purpose in one artifact. Never needs lightfm."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.artifact import load, save
from recommender.errors import ArtifactCorrupt, ArtifactIncompatible
from recommender.ranking.baselines import PersonalFrequency, RecentPopularity
from recommender.ranking.blend import Blend, Weights
from recommender.ranking.content import Content
from recommender.ranking.factorization import Factorization
from recommender.ranking.ranker import Arrays, Ranker
from recommender.ranking.together import BoughtTogether

ARMS: Mapping[str, Callable[[Arrays], Ranker]] = {
    "recent_popularity": RecentPopularity.from_arrays,
    "bought_together": BoughtTogether.from_arrays,
    "personal_frequency": PersonalFrequency.from_arrays,
    "content": Content.from_arrays,
    "factorization": Factorization.from_arrays,
}
"""Every arm there is, and the way back from its arrays."""

RANKERS, EXTRAS = "ranker", "extra"
PER_USER = (f"{RANKERS}/factorization/users",)
"""The arrays of arms that hold a row for each user; a new arm that learns of users adds its own."""


@dataclass(frozen=True)
class StoredRanker:
    """What an artifact held: a blend and its weights for each purpose, the writer's own arrays and words."""

    blends: Mapping[str, Blend]
    weights: Mapping[str, Weights]
    extras: Mapping[str, npt.NDArray[np.generic]]
    header: Mapping[str, Any]


def save_ranker(
    path: Path,
    arms: Sequence[Ranker],
    weights: Mapping[str, Weights],
    *,
    extras: Mapping[str, npt.NDArray[np.generic]] | None = None,
    header: Mapping[str, Any] | None = None,
) -> None:
    """Write arms, the weights of each purpose, and the writer's own arrays and JSON words to `path`, or nothing.

    Raises ValueError for an arm that could not be read back, and for arrays of objects.
    """
    strangers = [arm.name for arm in arms if arm.name not in ARMS]
    if strangers:
        raise ValueError(f"No artifact can hold {strangers[0]}: it is not in ARMS.")
    arrays = {f"{RANKERS}/{arm.name}/{name}": array for arm in arms for name, array in arm.arrays().items()}
    arrays |= {f"{EXTRAS}/{name}": array for name, array in (extras or {}).items()}
    told = {purpose: dict(each) for purpose, each in weights.items()}
    save(path, arrays, {"arms": [arm.name for arm in arms], "weights": told, "header": dict(header or {})})


def keep_users(path: Path, keep: npt.NDArray[np.bool_], *, extras: Sequence[str] = ()) -> None:
    """Write the artifact at `path` anew without some of its users, whole or not at all; the others keep their order.

    keep: bool [user_count]. extras: the writer's own arrays that have a row for each user. What the arms learned of all
    users together stays. Raises as `load_ranker` does, and ValueError where an array has another number of rows.
    """
    arrays, said = load(path)
    rows = {*PER_USER, *(f"{EXTRAS}/{name}" for name in extras)}
    wrong = [name for name in rows & set(arrays) if len(arrays[name]) != len(keep)]
    if wrong:
        raise ValueError(f"The array {wrong[0]} has {len(arrays[wrong[0]])} rows, not one for each of {len(keep)}.")
    save(path, {name: array[keep] if name in rows else array for name, array in arrays.items()}, said)


def load_ranker(path: Path) -> StoredRanker:
    """Map what `save_ranker` wrote, read-only. Raises FileNotFoundError, ArtifactIncompatible or ArtifactCorrupt."""
    arrays, said = load(path)
    try:
        names, weights, header = said["arms"], said["weights"], said["header"]
        if not set(names) <= set(ARMS):
            raise ArtifactIncompatible
        arms = tuple(ARMS[name](_under(f"{RANKERS}/{name}/", arrays)) for name in names)
        blends = {purpose: Blend(arms, each) for purpose, each in weights.items()}
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactCorrupt from error
    return StoredRanker(blends, weights, _under(f"{EXTRAS}/", arrays), header)


def _under(prefix: str, arrays: Arrays) -> dict[str, npt.NDArray[np.generic]]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
