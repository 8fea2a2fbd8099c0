"""The words for what was decided about a message, and why. Each is kept in `messages.reason` and in its decisions.

A decision is `{"at", "what", "reason"}`, `what` being a MessageState, `deferred`, or `word` for what a person said of a
message in doubt. One that repeats the one before it is counted instead: `times`, `last_at`. A deferral carries `until`.
"""

from enum import StrEnum
from typing import Final

DEFERRED: Final = "deferred"  # planned, and put off: a state in words only
WORD: Final = "word"  # of a person


class Skip(StrEnum):
    """Why a message was never sent. Final."""

    NEVER_ASKED = "never_asked"  # nobody of this address ever said yes to marketing
    WITHDRAWN = "withdrawn"
    SUPPRESSED = "suppressed"
    ORDERED = "ordered"  # since then, under any name we know, or this very cart
    EMPTIED = "emptied"
    CART_DELETED = "cart_deleted"
    NOTHING_LEFT = "nothing_left"  # everything in the cart is gone or sold out
    NEWER_CART = "newer_cart"  # the same person left another one later; that one counts
    TOO_OLD = "too_old"  # it would have come so late that it makes no sense any more
    TOO_MANY = "too_many"  # the person was written to often enough, until it was too late for this one
    SWITCHED_OFF = "switched_off"
    UNINSTALLED = "uninstalled"
    FORGOTTEN = "forgotten"  # the person asked to be forgotten
    CONTROL_GROUP = "control_group"  # it might have gone, and was kept back, so that one sees what letters bring


class Defer(StrEnum):
    """Why a message waits for later."""

    CART_CHANGED = "cart_changed"  # they came back; the delay begins anew
    NEWS_WAITING = "news_waiting"  # deliveries lie in the inbox that may tell of an order
    NEWS_UNREAD = "news_unread"  # something that may be an order came since, and could not be read
    QUIET_HOURS = "quiet_hours"
    CAPPED = "capped"  # written to a short while ago
    NOT_TAKEN = "not_taken"  # the mail server asked to come again
    SERVER_AWAY = "server_away"
    NO_SERVER = "no_server"  # SMTP_URL is not set
    NO_SENDER = "no_sender"  # the shop has not said as whom it writes, or nobody has looked at its domain's records


class Note(StrEnum):
    """Why a message stands where it does otherwise."""

    DUE = "due"  # planned
    HANDED_OVER = "handed_over"  # sending
    ACCEPTED = "accepted"  # sent
    ADDRESS_DEAD = "address_dead"  # failed: there is no such mailbox; the address is never written to again
    REFUSED = "refused"  # failed
    UNREADABLE = "unreadable"  # failed: the campaign's text could not be written for this cart
    LINE_BROKE = "line_broke"  # in doubt: the mail server fell silent after it had everything
    WORKER_DIED = "worker_died"  # in doubt: whoever handed it over never said what came of it
    SAID_ARRIVED = "said_arrived"  # sent: a person looked, and it had arrived
    SAID_AGAIN = "said_again"  # planned: a person looked, and it had not
