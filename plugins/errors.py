"""What can go wrong with a platform.

PlatformError
├── BadSignature   the sender did not prove who they are
├── Malformed      signed, but it cannot be read; kept for a human (or a better parser) to look at
├── Unsupported    the platform cannot do this at all
├── WrongAddress   the address is no shop of this platform, or leads where we do not go; a person corrects it
├── Refused        the platform knows us and says no: rights are missing, or were taken back; a person gives them again
├── Rejected       it read what we sent and will not do it: this very request, not the connection
└── Unreachable    no usable answer right now; transient
    └── Throttled  asked too often; transient, and says how long to wait
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


class WrongAddress(PlatformError):
    """There is no shop at this address. Check it, and connect again."""


class Refused(PlatformError):
    """The shop refuses us: a permission is missing or was taken back. Connect the shop again."""


class Rejected(PlatformError):
    """The shop did not accept what we sent."""


class Unreachable(PlatformError):
    """The shop does not answer right now. Regulars keeps trying."""

    is_transient = True


class Throttled(Unreachable):
    """The shop asks us to slow down."""

    def __init__(self, message: str | None = None, *, wait_seconds: float = 2.0) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds
