"""Facts become rows, a batch at a time. Applying a fact twice, or after a newer one, changes nothing.

Facts come as `Heard`: what was said, and when we heard of it, which dates those that carry no time of their own.
Every statement takes a whole batch as one JSON array. Rows are touched in the order of their keys, so that two workers
never wait for each other in a circle. Of two facts with the same version the one that is
further on stands (`FURTHER`), else the one with the larger digest of its content, whatever came first.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import TextClause
from sqlalchemy.orm import Session

from app.identity import Kind, Seals, clean_email, clean_phone, plain_address
from app.ingest import statements
from app.ingest.forgotten import without_forgotten
from app.ingest.people import note_people
from app.ingest.standins import settle, under_known_ids
from app.models.browsing import visitor_key
from plugins.events import (
    CartChanged,
    CartDeleted,
    CartStage,
    CustomerChanged,
    CustomerDeleted,
    Event,
    ItemChanged,
    ItemDeleted,
    OrderChanged,
    OrderDeleted,
    OrderState,
    RefundMade,
    ReviewDeleted,
    ReviewPosted,
    StockChanged,
    StockCounted,
    VisitorRecognized,
)

Versioned = TypeVar("Versioned", ItemChanged, StockChanged, CustomerChanged, OrderChanged, CartChanged, ReviewPosted)
Fields = dict[str, Any]
Heard = tuple[datetime, Event]

DELETIONS: dict[type, str] = {
    ItemDeleted: "item",
    OrderDeleted: "order",
    CustomerDeleted: "customer",
    CartDeleted: "cart",
    ReviewDeleted: "review",
}


# Shops' clocks know whole seconds, and a checkout may be sent off and paid within one. Of two versions of one moment
# the one that is further on stands, so that no purchase hides behind what it was before.
FURTHER: dict[str, int] = {
    OrderState.UNPAID: 0,
    OrderState.CANCELLED: 1,
    OrderState.PENDING: 2,
    OrderState.PLACED: 3,
    OrderState.REFUNDED: 4,
    CartStage.CART: 0,
    CartStage.CHECKOUT: 1,
    CartStage.EMPTIED: 2,
    CartStage.ORDERED: 3,
}


def apply_events(session: Session, shop_id: int, heard: Sequence[Heard], seals: Seals) -> frozenset[int]:
    """Write facts into the rows of a shop. Returns the places in `heard` of facts that named somebody forgotten.

    Those are written without the person.
    """
    heard, named_forgotten = without_forgotten(session, shop_id, heard, seals)
    heard = under_known_ids(session, shop_id, heard)
    events = tuple(fact for _, fact in heard)
    _items(session, shop_id, _newest(events, ItemChanged))
    _write(session, statements.STOCK, shop_id, [_stock(one) for one in _newest(events, StockChanged)])
    _counts(session, shop_id, events)
    _write(session, statements.CUSTOMERS, shop_id, [_customer(one) for one in _newest(events, CustomerChanged)])
    orders = _newest(events, OrderChanged)
    _orders(session, shop_id, orders, seals)
    _write(session, statements.CARTS, shop_id, _carts(events, shop_id, seals))
    _write(session, statements.LINKS, shop_id, _links([*orders, *events]))
    _write(session, statements.REFUNDS, shop_id, _refunds(events))
    _write(session, statements.REVIEWS, shop_id, [_review(one) for one in _newest(events, ReviewPosted)])
    settle(session, shop_id, events, seals)
    _deletions(session, shop_id, heard)
    note_people(session, shop_id, heard)
    return named_forgotten


def content_digest(fact: object) -> str:
    """Return the SHA-256 of a fact's content in hex: the same content, the same digest, on any machine."""
    return hashlib.sha256(repr(fact).encode()).hexdigest()


def _newest(events: Sequence[Event], kind: type[Versioned]) -> list[Versioned]:
    best: dict[str, Versioned] = {}
    for one in events:
        if isinstance(one, kind):
            known = best.get(one.external_id)
            if known is None or _rank(one) > _rank(known):
                best[one.external_id] = one
    return [best[key] for key in sorted(best)]


def _rank(fact: Versioned) -> tuple[datetime, str]:
    return fact.version_at, _version_digest(fact)


def _version_digest(fact: Versioned) -> str:
    step = FURTHER.get(str(getattr(fact, "state", "") or getattr(fact, "stage", "")), 0)
    return f"{step:02x}{content_digest(fact)}"


def _items(session: Session, shop_id: int, items: list[ItemChanged]) -> None:
    rows = [_item(item) for item in items]
    _write(session, statements.ITEMS, shop_id, rows)
    _write(session, statements.STOCK, shop_id, [row for row in rows if row["is_in_stock"] is not None])


def _counts(session: Session, shop_id: int, events: Sequence[Event]) -> None:
    """Write counted pieces, and what they and earlier counts say of the items that just came."""
    best: dict[tuple[str, str], StockCounted] = {}
    keys = {key for one in events if isinstance(one, ItemChanged) for key in one.stock_keys}
    for one in events:
        if isinstance(one, StockCounted):
            place = (one.stock_key, one.location)
            best[place] = max(one, best.get(place, one), key=lambda count: (count.version_at, count.quantity))
    _write(session, statements.COUNTS, shop_id, [best[place].__dict__ for place in sorted(best)])
    keys |= {key for key, _ in best}
    if keys:
        session.execute(statements.COUNTED, {"shop_id": shop_id, "keys": sorted(keys)})


def _orders(session: Session, shop_id: int, orders: list[OrderChanged], seals: Seals) -> None:
    if not orders:
        return
    rows = [_order(order, shop_id, seals) for order in orders]
    written = session.execute(statements.ORDERS, _parameters(shop_id, rows)).all()
    ids = {row.external_id: row.id for row in written}
    session.execute(statements.FORGET_LINES, {"shop_id": shop_id, "ids": sorted(ids.values())})
    lines = [
        _line(ids[order.external_id], line) for order in orders if order.external_id in ids for line in order.lines
    ]
    _write(session, statements.LINES, shop_id, lines)


def _write(session: Session, statement: TextClause, shop_id: int, rows: list[Fields]) -> None:
    if rows:
        session.execute(statement, _parameters(shop_id, rows))


def _parameters(shop_id: int, rows: list[Fields]) -> Fields:
    return {"shop_id": shop_id, "rows": json.dumps(rows, default=_as_json)}


def _as_json(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()


def _item(item: ItemChanged) -> Fields:
    return {
        **item.__dict__,
        "categories": list(item.categories),
        "stock_keys": list(item.stock_keys),
        "names": list(item.names),
        "digest": content_digest(item),
        "stock_digest": content_digest((item.is_in_stock, item.stock_quantity)),
    }


def _stock(stock: StockChanged) -> Fields:
    return {**stock.__dict__, "stock_digest": content_digest((stock.is_in_stock, stock.stock_quantity))}


def _customer(customer: CustomerChanged) -> Fields:
    names = {
        "email": clean_email(customer.email),
        "phone": clean_phone(customer.phone, customer.country),
    }
    return {**customer.__dict__, **names, "digest": content_digest(customer)}


def _order(order: OrderChanged, shop_id: int, seals: Seals) -> Fields:
    fields = {name: value for name, value in order.__dict__.items() if name not in ("lines", "visitor_id", "address")}
    return {**fields, **_names(order, order.country, shop_id, seals), "digest": _version_digest(order)}


def _carts(events: Sequence[Event], shop_id: int, seals: Seals) -> list[Fields]:
    """Return one row a cart: the newest version's content, and of each name the newest version that gives it."""
    rows: dict[str, Fields] = {}
    for cart in sorted((one for one in events if isinstance(one, CartChanged)), key=_rank):
        names = {
            "customer_external_id": cart.customer_external_id,
            "locale": cart.locale,
            "recovery_url": cart.recovery_url,
        }
        names |= _names(cart, cart.country, shop_id, seals)
        earlier = rows.get(cart.external_id, {"named_at": {}})
        given = {name: value for name, value in names.items() if _is_newer(name, value, cart.version_at, earlier)}
        rows[cart.external_id] = {
            **cart.__dict__,
            **{name: earlier.get(name) for name in names},
            **given,
            "named_at": {**earlier["named_at"], **dict.fromkeys(given, cart.version_at)},
            "lines": [
                {name: value for name, value in line.__dict__.items() if name != "external_id"} for line in cart.lines
            ],
            "digest": _version_digest(cart),
        }
    return [rows[key] for key in sorted(rows)]


def _is_newer(name: str, value: str | None, version_at: datetime, earlier: Fields) -> bool:
    """Tell whether a name takes the place of an earlier one; of the same moment the larger, as in the statement."""
    return value is not None and (
        name not in earlier["named_at"] or (version_at, value) > (earlier["named_at"][name], earlier[name])
    )


def _names(fact: OrderChanged | CartChanged, country: str | None, shop_id: int, seals: Seals) -> Fields:
    """Return the names of a person in an order or a cart, as they are compared."""
    key = visitor_key(fact.visitor_id) if fact.visitor_id else None
    address = plain_address(fact.address)
    return {
        "visitor_key": key.hex() if key else None,
        "email": clean_email(fact.email),
        "phone": clean_phone(fact.phone, country),
        "address_key": seals.seal(shop_id, Kind.ADDRESS, address).hex() if address else None,
    }


def _line(order_id: int, line: Any) -> Fields:
    return {**line.__dict__, "order_id": order_id}


def _review(review: ReviewPosted) -> Fields:
    return {**review.__dict__, "email": clean_email(review.email), "digest": content_digest(review)}


def _refunds(events: Sequence[Event]) -> list[Fields]:
    refunds = {(one.order_external_id, one.external_id): one for one in events if isinstance(one, RefundMade)}
    return [refunds[key].__dict__ for key in sorted(refunds)]


def _links(events: Sequence[Event]) -> list[Fields]:
    best: dict[str, tuple[datetime, str]] = {}
    for one in events:
        if isinstance(one, VisitorRecognized):
            link = (one.visitor_id, one.version_at, one.customer_external_id)
        elif isinstance(one, OrderChanged) and one.visitor_id and one.customer_external_id:
            link = (one.visitor_id, one.placed_at, one.customer_external_id)
        else:
            continue
        key = visitor_key(link[0])
        if key is not None:
            best[key.hex()] = max(link[1:], best.get(key.hex(), link[1:]))
    return [
        {"visitor_key": key, "version_at": moment, "customer_external_id": customer}
        for key, (moment, customer) in sorted(best.items())
    ]


def _deletions(session: Session, shop_id: int, heard: Sequence[Heard]) -> None:
    last: dict[tuple[str, str], datetime] = {}
    for heard_at, one in heard:
        if isinstance(one, ItemDeleted | OrderDeleted | CustomerDeleted | CartDeleted | ReviewDeleted):
            key = (DELETIONS[type(one)], one.external_id)
            last[key] = max(heard_at, last.get(key, heard_at))
    rows: list[Fields] = [
        {"kind": kind, "external_id": external_id, "reported_at": last[kind, external_id]}
        for kind, external_id in sorted(last)
    ]
    _write(session, statements.DELETIONS, shop_id, rows)
    gone = [external_id for kind, external_id in sorted(last) if kind == "item"]
    if gone:
        session.execute(statements.TOUCH_ITEMS, {"shop_id": shop_id, "ids": gone})
    _write(session, statements.FORGET_REVIEWS, shop_id, [row for row in rows if row["kind"] == "review"])
