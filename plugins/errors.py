"""What can go wrong with a platform.

PlatformError
├── BadSignature   the sender did not prove who they are
├── Malformed      signed, but it cannot be read; kept for a human (or a better parser) to look at
└── Unsupported    the platform cannot do this at all
"""


class PlatformError(Exception):
    """A platform said something we cannot use."""

    is_transient = False

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class BadSignature(PlatformError):
    """The signature does not match. Check that the shop and Regulars hold the same webhook secret."""


class Malformed(PlatformError):
    """The delivery is signed but cannot be read."""


class Unsupported(PlatformError):
    """This platform cannot do that."""
