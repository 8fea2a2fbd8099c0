"""What hands a letter over, and what can come of it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

SHOP_HEADER: Final = "X-Regulars-Shop"
"""Whose letter it is, for whoever catches letters instead of sending them."""


@dataclass(frozen=True)
class Envelope:
    """One letter, ready to be handed over. Both addresses with their domain as the domain name system writes it."""

    from_address: str
    to_address: str
    message_key: str  # left of the @ in its Message-ID
    data: bytes = field(repr=False)


class Verdict(StrEnum):
    """What became of one hand-over."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # for good: this letter will never be taken
    LATER = "later"  # certainly not taken; it may be tried again
    IN_DOUBT = "in_doubt"  # the line broke after the whole letter was out: it may have been taken


@dataclass(frozen=True)
class Outcome:
    """What became of one hand-over, and what the server said. The reply is never logged: it may name the person."""

    verdict: Verdict
    reply: str = ""
    is_address_dead: bool = False  # the refusal was about the recipient: never write there again
    is_server_away: bool = False  # nobody was there to speak to: the next letter would fare no better


class Sender(Protocol):
    """Whoever hands letters over, outside of any transaction."""

    def hand_over(self, envelope: Envelope) -> Outcome:
        """Hand one letter over and say what became of it. Never raises for what a mail server does."""
        ...

    def close(self) -> None:
        """End the conversation that a batch of letters was handed over in."""
        ...
