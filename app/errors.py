"""What can go wrong in the server, and whether waiting helps.

AppError
├── SettingsError      a setting is missing or malformed; names the variable
├── NotFound           no such shop, item, import, ...; nobody learns whether another shop has one
├── NotAllowed         known person, but not theirs to do
├── BadRequest         what was sent cannot be used; says what to send instead
│   └── TooLarge       more than is accepted in one go
├── TooMany            more often than is accepted; transient
└── Unavailable        a store or a service does not answer; transient

Translated in exactly two places: `app/web/errors.py` and `app/jobs/`.
"""


class AppError(Exception):
    """Something went wrong."""

    is_transient = False

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class SettingsError(AppError):
    """A setting is missing or malformed."""


class NotFound(AppError):
    """There is nothing here by that name."""


class NotAllowed(AppError):
    """You are signed in, but this is not yours to do."""


class BadRequest(AppError):
    """What was sent cannot be used."""


class TooLarge(BadRequest):
    """More was sent than is accepted in one go."""


class TooMany(AppError):
    """Too many requests came from this address. Wait a minute."""

    is_transient = True


class Unavailable(AppError):
    """A part of Regulars does not answer right now. Try again in a moment."""

    is_transient = True
