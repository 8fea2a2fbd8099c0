"""Planted people: each in every place where somebody can stand, each with a neighbour at the same phone and browser."""

import gzip
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app import consent
from app.identity import known
from app.ingest import inbox
from app.ingest.browsing import Happening, keep_happenings
from app.ingest.imports import request_import
from app.models import Click, Impression, MailLink, Message, Suppression
from app.models.browsing import visitor_key
from app.privacy.wishes import request_erasure
from app.profiles import stitching
from app.shops import audit
from app.wiring import Wiring
from plugins.events import Purpose
from plugins.platform import Delivery, Receipt
from tests.app.profiled import keep_profile

GONE, STAYS = "zquorvexalin", "bramthuskelo"  # in everything that is a person's, of those forgotten and of those not
GONE_PHONE, STAYS_PHONE = "4930718264", "4930935517"
GONE_BROWSER, STAYS_BROWSER = "d1cafe5eed9ab7c3e0f24681", "0ddba11feed5c0a17e9b3d52"
AT = "2026-11-20T10:{:02}:00Z"
# What is made of people names nobody, and jobs make it anew.
MADE = {"profiles", "profile_names", "profile_merges", "profile_news", "predictions", "said_predictions", "due_again",
        "segments", "segment_members", "segment_moves", "shop_rhythms", "stage_days", "cohort_months", "backtests",
        "predictor_versions", "item_forecasts", "shop_forecasts"}  # fmt: skip
FOUND = ("profiles", "profile_names", "joined_profiles", "predictions", "said_predictions", "due_again", "segments",
         "segment_moves", "interests")  # fmt: skip


@dataclass(frozen=True)
class Planted:
    """One person of a group. Every second is a guest."""

    number: int
    is_gone: bool

    @property
    def marker(self) -> str:
        return GONE if self.is_gone else STAYS

    @property
    def letter(self) -> str:
        return "g" if self.is_gone else "s"

    @property
    def email(self) -> str:
        return f"{self.marker}.{self.number:02}@example.com"

    @property
    def phone(self) -> str:
        return f"+{GONE_PHONE if self.is_gone else STAYS_PHONE}{self.number:02}"

    @property
    def customer(self) -> str | None:
        return f"customer-{self.marker}-{self.number:02}" if self.number % 2 == 0 else None

    @property
    def visitor(self) -> str:
        return f"{GONE_BROWSER if self.is_gone else STAYS_BROWSER}{self.number:08x}"

    @property
    def key(self) -> bytes:
        key = visitor_key(self.visitor)
        assert key is not None
        return key

    @property
    def name(self) -> str:
        return f"{self.marker.capitalize()} the {self.number}th"


def pairs(count: int) -> list[tuple[Planted, Planted]]:
    """Return people to forget, each with the neighbour who stays."""
    return [(Planted(number, is_gone=True), Planted(number, is_gone=False)) for number in range(count)]


def deliveries(one: Planted, neighbour: Planted) -> Iterator[tuple[str, Any]]:
    """Yield what the platform tells of one person."""
    n = one.number
    who = {"customer_id": one.customer, "email": one.email, "phone": one.phone, "visitor_id": one.visitor}
    lines = [{"id": "1", "item_id": f"tea{n % 5}", "title": "Tea", "quantity": 1, "total": "4.50"}]
    buys = {"currency": "GBP", "total": "4.50", "changed_at": AT.format(n), "lines": lines}
    bought = {**buys, "placed_at": AT.format(n), "state": "placed"}
    cart_id, order_id = f"cart-{one.marker}-{n}", f"order-{one.letter}{n:03}"  # an order's own number stays
    shared = {"phone": neighbour.phone, "address": f"{n} Quay Street, Bristol", "visitor_id": neighbour.visitor}
    if one.customer:
        named = {"first_name": one.name, "last_name": "x" * 3000, "country": "DE"}
        called = {"id": one.customer, "email": one.email, "phone": one.phone}
        yield "customer.changed", {**called, **named, "changed_at": AT.format(n)}
        yield "customer.merged", {"from_id": f"old-{one.customer}", "into_id": one.customer, "merged_at": AT.format(n)}
        yield (
            "visitor.recognized",
            {"visitor_id": one.visitor, "customer_id": one.customer, "recognized_at": AT.format(n)},
        )
    said = {"is_given": True, "occurred_at": AT.format(n), "source": "checkout", "wording": f"Yes, write to {one.name}"}
    yield "consent.changed", {"purpose": "email_marketing", "email": one.email, **said}
    yield "cart.changed", {"id": cart_id, "stage": "checkout", **who, **buys}
    yield "order.changed", {"id": order_id, "cart_id": cart_id, **who, **bought}
    if one.is_gone:  # in the neighbour's browser, with the neighbour's phone, to the neighbour's address
        yield "order.changed", {"id": f"{order_id}-shared", **who, **shared, **bought}
    yield "refund.made", {"id": "r", "order_id": order_id, "amount": "1.00", "currency": "GBP",
                          "reason": f"{one.name} was unhappy", "made_at": AT.format(n)}  # fmt: skip
    yield "order.note", {"note": f"unknown words about {one.email}", "phone": one.phone}  # stays in quarantine


def plant(wiring: Wiring, shop_id: int, people: list[Planted], neighbours: dict[int, Planted]) -> set[str]:
    """Put people into every place, all but what workers make of it; return the ids of what was shown to those to go."""
    shown: set[str] = set()
    for one in people:
        tell(wiring, shop_id, one, neighbours[one.number], "first")
        with wiring.db.of_shop(shop_id) as session:
            word = consent.Word(purpose=Purpose.PERSONALIZATION, is_given=True, source="test", visitor_key=one.key)
            consent.record(session, shop_id, word)
            looked = [Happening("search_made", query=f"present for {one.name}"), Happening("item_viewed", item_id=1)]
            keep_happenings(session, shop_id, one.key, looked)
            seen = Impression(shop_id=shop_id, id=uuid.uuid4(), placement="home", source="ranker", visitor_key=one.key,
                              item_ids=[1])  # fmt: skip
            session.add(seen)
            session.add_all(_written_to(wiring, shop_id, one))
            session.flush()
            session.add(Click(shop_id=shop_id, impression_id=seen.id, item_id=1))
            _know(session, shop_id, one, wiring.clock())
            audit.record(session, shop_id, None, "customer_corrected", customer=one.customer or "", email=one.email)
            shown |= {str(seen.id)} if one.is_gone else set()
        _catch(wiring, one)
    return shown


def tell(wiring: Wiring, shop_id: int, one: Planted, neighbour: Planted, key: str, *, most: int = 99) -> None:
    """Let the platform tell of a person, as often as one likes."""
    for place, (kind, data) in enumerate(deliveries(one, neighbour)):
        if place < most:
            body = json.dumps({"type": kind, "data": data}).encode()
            name = f"{key}-{one.letter}{one.number}-{place}"  # a number of the platform's own, as all of them write it
            delivery = Delivery(headers={"webhook-id": name}, body=body, received_at=wiring.clock())
            receipt = Receipt(topic=kind, idempotency_key=name)
            inbox.receive(wiring.db, shop_id, "demo", delivery, receipt)


def write_file(folder: Path, people: list[Planted]) -> Path:
    """Write an order history of people, with rows that cannot be read, packed as shops send it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "history.csv.gz"
    head = "order_id,ordered_at,item_id,quantity,unit_price,customer_id,email\n"
    row = "file-{0.letter}{0.number:03},{1},tea1,1,4.50,{2},{0.email}\n"
    good = [row.format(one, f"2026-10-0{1 + one.number % 9} 10:00", one.customer or "") for one in people]
    bad = [row.format(one, "never", one.customer or "") for one in people]
    with gzip.open(path, "wt") as file:
        file.write(head + "".join(good) + "".join(bad))
    return path


def import_file(wiring: Wiring, shop_id: int, people: list[Planted]) -> int:
    """Send the file in, as the merchant's page does."""
    path = write_file(wiring.settings.data_dir / "uploads" / str(shop_id) / uuid.uuid4().hex, people)
    with wiring.db.of_shop(shop_id) as session:
        import_id = request_import(session, shop_id, path)
    wiring.queues.nudge("files", "imports.run_import", shop_id, import_id)
    return import_id


def lose_file(wiring: Wiring, shop_id: int, people: list[Planted], os_utime: Any) -> None:
    """Leave a file behind that was sent in long ago and never put in line."""
    path = write_file(wiring.settings.data_dir / "uploads" / str(shop_id) / "lost", people)
    old = (wiring.clock() - timedelta(days=2)).timestamp()
    os_utime(path, (old, old))


def ask(wiring: Wiring, shop_id: int, one: Planted) -> int:
    """Let a person ask to be forgotten, by the least that names them."""
    with wiring.db.of_shop(shop_id) as session:
        wish_id = request_erasure(session, shop_id, known(emails=one.email), "merchant")
    wiring.queues.nudge("fast", "forgetting.fulfil_wish", shop_id, wish_id)
    return wish_id


def _know(session: Session, shop_id: int, one: Planted, at: datetime) -> None:
    stitching.hold(session, shop_id)
    names = [("customer", one.customer)] if one.customer else []
    told = [*names, ("email", one.email), ("visitor", one.key.hex())]
    keep_profile(session, shop_id, at, *told, answer=one.email)


def _written_to(wiring: Wiring, shop_id: int, one: Planted) -> list[Any]:
    now, cart_id = wiring.clock(), f"cart-{one.marker}-{one.number}"
    sent = {"shop_id": shop_id, "campaign_id": 1, "cart_version_at": now, "email": one.email}
    content = {"first_name": one.name, "items": ["Tea " * 800]}
    link = {"digest": uuid.uuid4().bytes, "purpose": "recover", "cart_external_id": cart_id, "expires_at": now}
    stopped = {"channel": "email", "address": one.email, "reason": "unsubscribed", "occurred_at": now}
    later = now + timedelta(days=9)
    return [
        Message(
            **sent, due_at=now, cart_external_id=cart_id, state="sent", subject=f"{one.name}: tea", content=content
        ),
        Message(**sent, due_at=later, cart_external_id=f"{cart_id}-2", state="planned"),
        MailLink(shop_id=shop_id, email=one.email, **link),
        Suppression(shop_id=shop_id, source=one.name, **stopped),
    ]


def _catch(wiring: Wiring, one: Planted) -> None:
    letter = EmailMessage()
    letter["To"], letter["From"], letter["Subject"] = one.email, "shop@example.com", f"{one.name}, your tea"
    letter["X-Regulars-Shop"] = "harbour-tea"
    letter.set_content(f"Dear {one.name}")
    folder = wiring.settings.data_dir / "mail"
    folder.mkdir(exist_ok=True)
    number = f"{int(wiring.clock().timestamp() * 1e6):020}-{one.number:07x}{int(one.is_gone)}"
    (folder / f"{number}.eml").write_bytes(letter.as_bytes())
