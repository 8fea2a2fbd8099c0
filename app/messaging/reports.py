"""What became of messages, for the merchant's pages. Reads only; every question is one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, desc, func, literal, select, text
from sqlalchemy.orm import Session

from app.models import Defer, Message, MessageState
from app.models.decisions import DEFERRED

_is_deferred = (Message.state == MessageState.PLANNED) & Message.reason.in_(list(Defer))
_standing = case((_is_deferred, literal(DEFERRED)), else_=Message.state)
STATES = (
    MessageState.SENT,
    MessageState.SKIPPED,
    DEFERRED,
    MessageState.PLANNED,
    MessageState.SENDING,
    MessageState.FAILED,
    MessageState.IN_DOUBT,
)
LONGEST_WAIT = timedelta(days=14)
MESSAGE_COLUMNS = {
    "planned_at": Message.planned_at,
    "email": Message.email,
    "state": _standing,
    "reason": Message.reason,
}

# Nothing waits longer than a week and three days (a delay, and how stale it may become): older rows need no look.
WEEK = text("""
    SELECT
        count(DISTINCT email) FILTER (WHERE state = 'sent' AND sent_at >= :week) AS reminded,
        count(DISTINCT email) FILTER (WHERE state = 'skipped' AND settled_at >= :week) AS skipped,
        count(*) FILTER (WHERE state IN ('planned', 'sending')) AS waiting
    FROM messages WHERE shop_id = :shop AND NOT is_test AND planned_at >= :before
""")
WHY_NOT = text("""
    SELECT reason, count(*) OVER () AS kinds FROM messages
    WHERE shop_id = :shop AND NOT is_test AND planned_at >= :before AND state = 'skipped' AND settled_at >= :week
    GROUP BY reason ORDER BY count(DISTINCT email) DESC, reason LIMIT 1
""")
STANDING = text("""
    SELECT m.*, coalesce(c.is_on, false), coalesce(s.email, ''), s.accepted_at
    FROM (
        SELECT count(*) FILTER (WHERE state = 'in_doubt') AS in_doubt,
            min(sending_at) FILTER (WHERE state = 'in_doubt') AS in_doubt_since,
            count(*) FILTER (WHERE state = 'planned' AND reason = 'server_away') AS away,
            min((decisions -> -1 ->> 'at')::timestamptz)
                FILTER (WHERE state = 'planned' AND reason = 'server_away') AS away_since
        FROM messages WHERE shop_id = :shop AND state IN ('in_doubt', 'planned')
    ) AS m
    LEFT JOIN (SELECT bool_or(is_on) AS is_on FROM campaigns WHERE shop_id = :shop) AS c ON true
    LEFT JOIN mail_senders s ON s.shop_id = :shop
""")
PEOPLE = text("""
    SELECT m.id, CASE WHEN p.id IS NULL THEN 'cart' ELSE 'customer' END AS kind, coalesce(p.id, c.id) AS row_id
    FROM messages m
    LEFT JOIN customers p ON p.shop_id = m.shop_id AND p.external_id = m.customer_external_id
    LEFT JOIN carts c ON c.shop_id = m.shop_id AND c.external_id = m.cart_external_id
    WHERE m.shop_id = :shop AND m.id = ANY(:ids) AND NOT m.is_test AND coalesce(p.id, c.id) IS NOT NULL
""")


class Part(NamedTuple):
    """Which part of a list is wanted. order: a column's name, with a minus for descending."""

    order: str
    offset: int
    most: int


@dataclass(frozen=True)
class Tally:
    """How many messages stand where, and why."""

    counts: Mapping[tuple[str, str], int]  # of a standing and a reason

    def total(self, state: str = "", reason: str = "") -> int:
        """Return how many there are of one standing, one reason, both or all."""
        return sum(
            count
            for (standing_, reason_), count in self.counts.items()
            if state in ("", standing_) and reason in ("", reason_)
        )

    @property
    def states(self) -> dict[str, int]:
        """Every standing with its count."""
        return {str(state): self.total(state=state) for state in STATES}

    @property
    def reasons(self) -> list[str]:
        """The reasons that occur, the most frequent first."""
        found = {reason for _state, reason in self.counts if reason}
        return sorted(found, key=lambda reason: (-self.total(reason=reason), reason))


@dataclass(frozen=True)
class Week:
    """How the last seven days went. People, not messages; tests left out."""

    reminded: int
    skipped: int
    main_reason: str  # why most of the skipped were
    is_one_reason: bool  # why all of them were
    waiting: int


@dataclass(frozen=True)
class Standing:
    """How mail stands: what waits for a person's word or for the mail server, and who the shop writes as."""

    in_doubt: int = 0
    in_doubt_since: datetime | None = None
    away: int = 0
    away_since: datetime | None = None
    is_on: bool = False  # a campaign is
    email: str = ""
    accepted_at: datetime | None = None


def standing(message: Message) -> str:
    """Name where a message stands, a deferred one as such."""
    is_deferred = message.state == MessageState.PLANNED and message.reason in set(Defer)
    return DEFERRED if is_deferred else message.state


def week(session: Session, shop_id: int, since: datetime) -> Week:
    """Count who was reminded since a moment and who was not, with the main reason."""
    asked = {"shop": shop_id, "week": since, "before": since - LONGEST_WAIT}
    row = session.execute(WEEK, asked).one()
    why = session.execute(WHY_NOT, asked).one_or_none()
    return Week(
        reminded=row.reminded,
        skipped=row.skipped,
        main_reason=why.reason if why else "",
        is_one_reason=why is not None and why.kinds == 1,
        waiting=row.waiting,
    )


def mail_standing(session: Session, shop_id: int) -> Standing:
    """Return how mail stands in a shop."""
    return Standing(*session.execute(STANDING, {"shop": shop_id}).one())


@dataclass(frozen=True)
class Decision:
    """One step of a message. times: how often it was decided in a row, the last time at last_at."""

    at: datetime
    what: str
    reason: str
    until: datetime | None
    times: int
    last_at: datetime | None


def decisions(message: Message) -> list[Decision]:
    """Return what was decided about a message, in order."""
    return [_decision(one) for one in message.decisions]


def _decision(told: Mapping[str, Any]) -> Decision:
    return Decision(
        at=datetime.fromisoformat(told["at"]),
        what=told["what"],
        reason=told.get("reason", ""),
        until=_moment(told.get("until")),
        times=told.get("times", 1),
        last_at=_moment(told.get("last_at")),
    )


def _moment(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None


def tally(session: Session, shop_id: int) -> Tally:
    """Count the messages of each standing and reason."""
    groups = (_standing, Message.reason)
    rows = session.execute(select(*groups, func.count()).where(Message.shop_id == shop_id).group_by(*groups))
    return Tally({(state, reason): count for state, reason, count in rows})


def list_messages(session: Session, shop_id: int, part: Part, *, state: str, reason: str) -> Sequence[Message]:
    """Return a page of the messages, of one standing and reason or of all."""
    wanted: list[ColumnElement[bool]] = [Message.shop_id == shop_id]
    if state:
        wanted.append(_standing == state)
    if reason:
        wanted.append(Message.reason == reason)
    column = MESSAGE_COLUMNS[part.order.removeprefix("-")]
    order = (desc(column), Message.id.desc()) if part.order.startswith("-") else (column, Message.id)
    listed = select(Message).where(*wanted).order_by(*order)
    return session.scalars(listed.offset(part.offset).limit(part.most)).all()


def find_message(session: Session, shop_id: int, message_id: int) -> Message | None:
    """Return one message."""
    return session.get(Message, (shop_id, message_id))


def people_of(session: Session, shop_id: int, ids: Sequence[int]) -> dict[int, tuple[str, int]]:
    """Return which row names the person of a message: their account, else the cart. Tests go to nobody."""
    rows = session.execute(PEOPLE, {"shop": shop_id, "ids": list(ids)})
    return {row.id: (row.kind, row.row_id) for row in rows}
