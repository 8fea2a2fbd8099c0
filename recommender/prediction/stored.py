"""Several predictors in one artifact, by kind: `{kind}/{array}`, and in the header which method each kind is."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from recommender import artifact
from recommender.errors import ArtifactCorrupt, ArtifactIncompatible
from recommender.prediction.churn_predictor import AVERAGE, SINGLE, Churn
from recommender.prediction.dates import RULES, TREES, NextOrder
from recommender.prediction.intent_methods import METHODS as INTENT_METHODS
from recommender.prediction.intent_predictor import Intent
from recommender.prediction.lifetime_predictor import Lifetime
from recommender.prediction.predictor import Arrays, Kind, Predictor

METHODS: Mapping[str, Callable[[Arrays], Predictor]] = {
    **dict.fromkeys((*SINGLE, AVERAGE), Churn.from_arrays),
    **dict.fromkeys((*RULES, TREES), NextOrder.from_arrays),
    **dict.fromkeys(INTENT_METHODS, Intent.from_arrays),
    "lifetime_historic_rate": Lifetime.from_arrays,
    "lifetime_buy_till_die": Lifetime.from_arrays,
    "lifetime_mended_buy_till_die": Lifetime.from_arrays,
}
"""Every method there is, by its name, and the way back from its arrays."""


def save(path: Path, predictors: Mapping[Kind, Predictor], header: Mapping[str, Any] | None = None) -> None:
    """Write predictors, by kind, and the writer's own JSON words to `path`, or nothing.

    Raises ValueError for a method that could not be read back, and for arrays of objects.
    """
    strangers = [one.name for one in predictors.values() if one.name not in METHODS]
    if strangers:
        raise ValueError(f"No artifact can hold {strangers[0]}: it is not in METHODS.")
    arrays = {f"{kind}/{name}": array for kind, one in predictors.items() for name, array in one.arrays().items()}
    methods = {str(kind): one.name for kind, one in predictors.items()}
    artifact.save(path, arrays, {"methods": methods, "header": dict(header or {})})


def load(path: Path) -> dict[Kind, Predictor]:
    """Map what `save` wrote, read-only. Raises FileNotFoundError, ArtifactIncompatible or ArtifactCorrupt."""
    arrays, said = artifact.load(path)
    try:
        methods = said["methods"]
        if not (set(methods) <= set(Kind) and set(methods.values()) <= set(METHODS)):
            raise ArtifactIncompatible
        return {Kind(kind): METHODS[name](_under(f"{kind}/", arrays)) for kind, name in methods.items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ArtifactCorrupt from error


def header_of(path: Path) -> dict[str, Any]:
    """Return the words the writer of `path` gave it. Raises as `load` does."""
    _, said = artifact.load(path)
    words = said.get("header")
    if not isinstance(words, dict):
        raise ArtifactCorrupt
    return words


def _under(prefix: str, arrays: Arrays) -> Arrays:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
