"""A letter as mail servers carry it."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Envelope:
    """One letter, ready to be handed over."""

    from_address: str
    to_address: str
    message_key: str  # Message-ID without its brackets
    data: bytes = field(repr=False)
