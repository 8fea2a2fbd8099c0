"""What can go wrong in the mathematics.

RecommenderError
├── TooFewInteractions    not enough was learned from yet; wait for more orders
├── EngineUnavailable     an optional engine (LightFM) cannot be loaded here; train without it
├── Unreadable            a file of transactions cannot be used as it is; the sentence says what to change
├── ArtifactIncompatible  written by another version; train again
└── ArtifactCorrupt       not the bytes that were written; train again
"""


class RecommenderError(Exception):
    """Something went wrong in the mathematics."""

    is_transient = False

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class TooFewInteractions(RecommenderError):
    """There are too few interactions to learn from yet."""


class EngineUnavailable(RecommenderError):
    """LightFM cannot be loaded here (it needs a C compiler on this Python). Training goes on without it."""


class Unreadable(RecommenderError):
    """This file of transactions cannot be used as it is."""


class ArtifactIncompatible(RecommenderError):
    """This artifact was written by another version of Regulars. Train again."""


class ArtifactCorrupt(RecommenderError):
    """This artifact is damaged. Train again."""
