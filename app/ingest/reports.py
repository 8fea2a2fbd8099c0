"""What came in, for the merchant's pages. Reads only; every question is one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, desc, func, select, text
from sqlalchemy.orm import Session

from app.models import BrowsingCount, Delivery, DeliveryState, Import, SetAsideRow, WorkState
from app.models.work import OPEN

R = TypeVar("R", Import, Delivery)

ARRIVED = text("""
    SELECT
        (SELECT count(*) FROM orders
            WHERE shop_id = :shop AND state = 'placed' AND placed_at >= :today) AS orders_today,
        (SELECT count(*) FROM orders
            WHERE shop_id = :shop AND state = 'placed' AND placed_at >= :week) AS orders_week,
        (SELECT count(*) FROM orders WHERE shop_id = :shop AND state = 'placed') AS orders,
        (SELECT count(DISTINCT customer_external_id) FROM orders
            WHERE shop_id = :shop AND state = 'placed' AND placed_at >= :today) AS customers_today,
        (SELECT count(DISTINCT customer_external_id) FROM orders
            WHERE shop_id = :shop AND state = 'placed' AND placed_at >= :week) AS customers_week,
        (SELECT count(*) FROM customers WHERE shop_id = :shop) AS customers,
        (SELECT count(*) FROM items WHERE shop_id = :shop AND parent_external_id IS NULL
            AND updated_at >= :today) AS items_today,
        (SELECT count(*) FROM items WHERE shop_id = :shop AND parent_external_id IS NULL
            AND updated_at >= :week) AS items_week,
        (SELECT count(*) FROM items WHERE shop_id = :shop AND parent_external_id IS NULL) AS items
""")
DELIVERED = text("""
    SELECT count(*) FILTER (WHERE received_at >= :today) AS today,
        count(*) FILTER (WHERE received_at >= :week) AS week,
        count(*) AS total,
        count(*) FILTER (WHERE state = 'quarantined') AS quarantined,
        count(*) FILTER (WHERE state = 'waiting') AS waiting,
        min(received_at) FILTER (WHERE state = 'waiting') AS waiting_since,
        max(received_at) AS last_at
    FROM deliveries WHERE shop_id = :shop
""")
ORDERS_BY_DAY = text("""
    SELECT (placed_at AT TIME ZONE :zone)::date AS day, count(*) AS orders
    FROM orders WHERE shop_id = :shop AND state = 'placed' AND placed_at >= :since AND placed_at < :until
    GROUP BY 1
""")


@dataclass(frozen=True)
class Span:
    """How many today, in the last seven days, and altogether."""

    today: int
    week: int
    total: int


@dataclass(frozen=True)
class Arrived:
    """What is known of a shop."""

    orders: Span
    customers: Span  # who ordered today and this week; all we know of
    items: Span  # heard of today and this week; all
    browsing: Span
    dropped: dict[str, int]  # browsing events of the last seven days that were not kept, by reason


@dataclass(frozen=True)
class Delivered:
    """How the inbox stands."""

    received: Span
    quarantined: int
    waiting: int
    waiting_since: datetime | None
    last_at: datetime | None


class Part(NamedTuple):
    """Which part of a list is wanted. order: a column's name, with a minus for descending."""

    order: str
    offset: int
    most: int


@dataclass(frozen=True)
class Page(Generic[R]):
    """One page of a list, and how long the whole list is."""

    rows: Sequence[R]
    total: int


def arrived(session: Session, shop_id: int, *, today: datetime, week: datetime) -> Arrived:
    """Count what came in since the shop's midnight, since a week ago, and ever."""
    row = session.execute(ARRIVED, {"shop": shop_id, "today": today, "week": week}).one()
    kept, dropped = _browsing(session, shop_id, today.date(), week.date())
    return Arrived(
        orders=Span(row.orders_today, row.orders_week, row.orders),
        customers=Span(row.customers_today, row.customers_week, row.customers),
        items=Span(row.items_today, row.items_week, row.items),
        browsing=kept,
        dropped=dropped,
    )


def delivered(session: Session, shop_id: int, *, today: datetime, week: datetime) -> Delivered:
    """Count deliveries, and those that wait or could not be read."""
    row = session.execute(DELIVERED, {"shop": shop_id, "today": today, "week": week}).one()
    received = Span(row.today, row.week, row.total)
    return Delivered(received, row.quarantined, row.waiting, row.waiting_since, row.last_at)


def last_heard(session: Session, shop_id: int) -> datetime | None:
    """Return when the newest delivery came."""
    return session.scalar(select(func.max(Delivery.received_at)).where(Delivery.shop_id == shop_id))


def orders_by_day(session: Session, shop_id: int, *, midnight: datetime, days: int) -> list[tuple[date, int]]:
    """Count the orders of each of the last days before `midnight`, in its time zone; days without one are zero."""
    zone = getattr(midnight.tzinfo, "key", "UTC")
    first = midnight - timedelta(days=days)  # wall time: a day with a clock change is one day too
    how = {"shop": shop_id, "zone": zone, "since": first, "until": midnight}
    found = {row.day: row.orders for row in session.execute(ORDERS_BY_DAY, how)}
    return [(day, found.get(day, 0)) for day in (first.date() + timedelta(days=n) for n in range(days))]


def open_imports(session: Session, shop_id: int) -> list[Import]:
    """Return imports that wait or run, oldest first."""
    wanted = select(Import).where(Import.shop_id == shop_id, Import.state.in_(OPEN)).order_by(Import.id)
    return list(session.scalars(wanted))


def last_import_of(session: Session, shop_id: int, file_name: str) -> Import | None:
    """Return the newest import of a file by this name."""
    wanted = (Import.shop_id == shop_id, Import.file_name == file_name)
    return session.scalars(select(Import).where(*wanted).order_by(Import.id.desc()).limit(1)).one_or_none()


def last_failed_import(session: Session, shop_id: int) -> Import | None:
    """Return the newest import when it failed; an import that went well afterwards mends it."""
    newest = session.scalars(
        select(Import).where(Import.shop_id == shop_id, Import.state.not_in(OPEN)).order_by(Import.id.desc()).limit(1)
    ).one_or_none()
    return newest if newest is not None and newest.state == WorkState.FAILED else None


IMPORT_COLUMNS = {
    "file_name": Import.file_name,
    "state": Import.state,
    "created_at": Import.created_at,
    "rows_read": Import.rows_read,
    "rows_accepted": Import.rows_accepted,
    "rows_set_aside": Import.rows_set_aside,
}
DELIVERY_COLUMNS = {
    "received_at": Delivery.received_at,
    "topic": Delivery.topic,
    "state": Delivery.state,
    "reason": Delivery.reason,
}


def list_imports(session: Session, shop_id: int, part: Part) -> Page[Import]:
    """Return a page of the imports."""
    return _page(session, Import, [Import.shop_id == shop_id], IMPORT_COLUMNS[part.order.removeprefix("-")], part)


def find_import(session: Session, shop_id: int, import_id: int) -> Import | None:
    """Return one import."""
    return session.get(Import, (shop_id, import_id))


def reasons_set_aside(session: Session, shop_id: int, import_id: int, *, most: int = 20) -> list[tuple[str, int]]:
    """Return why rows of an import were set aside and how many each, the most frequent first."""
    count = func.count()
    rows = session.execute(
        select(SetAsideRow.reason, count)
        .where(SetAsideRow.shop_id == shop_id, SetAsideRow.import_id == import_id)
        .group_by(SetAsideRow.reason)
        .order_by(count.desc(), SetAsideRow.reason)
        .limit(most)
    )
    return [(reason, number) for reason, number in rows]


def set_aside_after(
    session: Session, shop_id: int, import_id: int, row_number: int, *, most: int
) -> Sequence[SetAsideRow]:
    """Return the next rows set aside after a row number, in the order of the file."""
    return session.scalars(
        select(SetAsideRow)
        .where(SetAsideRow.shop_id == shop_id, SetAsideRow.import_id == import_id, SetAsideRow.row_number > row_number)
        .order_by(SetAsideRow.row_number)
        .limit(most)
    ).all()


def list_deliveries(session: Session, shop_id: int, part: Part, *, state: str, topic: str) -> Page[Delivery]:
    """Return a page of the deliveries, of one state and topic or of all."""
    wanted: list[ColumnElement[bool]] = [Delivery.shop_id == shop_id]
    if state:
        wanted.append(Delivery.state == state)
    if topic:
        wanted.append(Delivery.topic == topic)
    return _page(session, Delivery, wanted, DELIVERY_COLUMNS[part.order.removeprefix("-")], part)


def find_delivery(session: Session, shop_id: int, delivery_id: int) -> Delivery | None:
    """Return one delivery."""
    return session.get(Delivery, (shop_id, delivery_id))


def delivery_states(session: Session, shop_id: int) -> dict[str, int]:
    """Count the deliveries of each state."""
    count = func.count().label("number")
    rows = session.execute(select(Delivery.state, count).where(Delivery.shop_id == shop_id).group_by(Delivery.state))
    found = {row.state: row.number for row in rows}
    return {state: found.get(state, 0) for state in DeliveryState}


def delivery_topics(session: Session, shop_id: int) -> list[str]:
    """Return the topics that were delivered."""
    return list(
        session.scalars(select(Delivery.topic).where(Delivery.shop_id == shop_id).distinct().order_by(Delivery.topic))
    )


def _browsing(session: Session, shop_id: int, today: date, week: date) -> tuple[Span, dict[str, int]]:
    kept = Span(0, 0, 0)
    dropped: dict[str, int] = {}
    rows = session.execute(
        select(
            BrowsingCount.outcome,
            func.coalesce(func.sum(BrowsingCount.count).filter(BrowsingCount.day >= today), 0),
            func.coalesce(func.sum(BrowsingCount.count).filter(BrowsingCount.day >= week), 0),
            func.sum(BrowsingCount.count),
        )
        .where(BrowsingCount.shop_id == shop_id)
        .group_by(BrowsingCount.outcome)
    )
    for outcome, of_today, of_week, ever in rows:
        if outcome == "kept":
            kept = Span(int(of_today), int(of_week), int(ever))
        elif of_week:
            dropped[outcome] = int(of_week)
    return kept, dropped


def _page(session: Session, row: type[R], wanted: Sequence[ColumnElement[bool]], column: Any, part: Part) -> Page[R]:
    total = session.scalar(select(func.count()).select_from(row).where(*wanted)) or 0
    order = desc(column) if part.order.startswith("-") else column
    listed = select(row).where(*wanted).order_by(order, row.id.desc())
    return Page(session.scalars(listed.offset(part.offset).limit(part.most)).all(), total)
