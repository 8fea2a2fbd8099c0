"""Facts, visitors and signed deliveries that tests speak of, spelled once."""

import base64
import hashlib
import hmac
import itertools
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app import consent
from app.campaigns.campaigns import open_campaign
from app.ingest.apply import apply_events
from app.messaging.texts import DEFAULT_TEXTS
from app.models import Message
from app.shops.secrets import WEBHOOK, add_secret
from app.wiring import Wiring
from plugins.demo.signature import sign
from plugins.events import (
    CartChanged,
    CartStage,
    CustomerChanged,
    Event,
    ItemChanged,
    Line,
    OrderChanged,
    OrderState,
    Purpose,
    ReviewPosted,
)

MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
ALICE = "a11ce" + "0" * 27  # a visitor who said yes
BOB = "b0b" + "0" * 29  # a visitor who never did
SECRET = b"a-webhook-secret"
_numbers = itertools.count(1)


def item(external_id: str, title: str = "", *, at: datetime = MONDAY, **more: Any) -> ItemChanged:
    return ItemChanged(
        external_id=external_id,
        version_at=at,
        title=title or f"Tea {external_id}",
        url=f"https://harbour-tea.example/{external_id}",
        price_minor=more.pop("price_minor", 450),
        currency="GBP",
        **more,
    )


def order(
    external_id: str, items: str, customer: str | None = None, *, at: datetime = MONDAY, **more: Any
) -> OrderChanged:
    lines = tuple(
        Line(external_id=str(n), item_external_id=one, quantity=1, total_minor=450)
        for n, one in enumerate(items.split(), start=1)
    )
    return OrderChanged(
        external_id=external_id,
        version_at=more.pop("version_at", at),
        placed_at=at,
        state=more.pop("state", OrderState.PLACED),
        customer_external_id=customer,
        currency="GBP",
        total_minor=450 * len(lines),
        lines=lines,
        **more,
    )


def customer(external_id: str, *, at: datetime = MONDAY, **more: Any) -> CustomerChanged:
    return CustomerChanged(external_id=external_id, version_at=at, email=f"{external_id}@example.com", **more)


def tell(wiring: Wiring, shop_id: int, *events: Event, heard_at: datetime = MONDAY) -> None:
    """Apply facts as if they had been heard."""
    with wiring.db.of_shop(shop_id) as session:
        apply_events(session, shop_id, [(heard_at, event) for event in events], wiring.seals)


def agree(session: Session, shop_id: int, key: bytes | None, *, is_given: bool = True) -> None:
    """Keep a browser's yes or no to being remembered."""
    word = consent.Word(purpose=Purpose.PERSONALIZATION, is_given=is_given, source="test", visitor_key=key)
    consent.record(session, shop_id, word)


def subscribe(wiring: Wiring, shop_id: int, email: str, *, is_given: bool = True, at: datetime = MONDAY) -> None:
    """Keep an address's yes or no to marketing by e-mail."""
    word = consent.Word(purpose=Purpose.EMAIL_MARKETING, is_given=is_given, source="test", email=email, occurred_at=at)
    with wiring.db.of_shop(shop_id) as session:
        consent.record(session, shop_id, word)


def cart(external_id: str, items: str, email: str | None = None, *, at: datetime = MONDAY, **more: Any) -> CartChanged:
    lines = order(external_id, items).lines
    return CartChanged(
        external_id=external_id,
        version_at=at,
        stage=more.pop("stage", CartStage.CHECKOUT),
        email=email,
        currency="GBP",
        total_minor=450 * len(lines),
        lines=lines,
        **more,
    )


def review(external_id: str, item: str = "1", *, at: datetime = MONDAY, **more: Any) -> ReviewPosted:
    return ReviewPosted(
        external_id=external_id,
        version_at=at,
        item_external_id=item,
        rating=more.pop("rating", 5),
        words=more.pop("words", "A good cup."),
        is_public=more.pop("is_public", True),
        posted_at=MONDAY,
        **more,
    )


def share_secret(wiring: Wiring, shop_id: int, secret: bytes = SECRET) -> None:
    with wiring.db.of_shop(shop_id) as session:
        add_secret(session, shop_id, WEBHOOK, secret, secret_key=wiring.settings.secret_key)


def woocommerce_headers(
    body: bytes, topic: str, *, secret: bytes = SECRET, delivery_id: str = "d1"
) -> Mapping[str, str]:
    return {
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-ID": "7",
        "X-WC-Webhook-Delivery-ID": delivery_id,
        "X-WC-Webhook-Signature": base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest()).decode(),
        "Content-Type": "application/json",
    }


def demo_message(
    kind: str, data: Mapping[str, Any], *, at: datetime | None = None, secret: bytes = SECRET
) -> tuple[bytes, Mapping[str, str]]:
    """Return body and headers of a signed message of the demo shop, each with an id of its own."""
    body = json.dumps({"type": kind, "data": data}).encode()
    webhook_id, moment = f"m{next(_numbers)}", int((at or datetime.now(UTC)).timestamp())
    headers = {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(moment),
        "webhook-signature": sign(secret, webhook_id, moment, body),
    }
    return body, headers


def keep_test(wiring: Wiring, shop_id: int, email: str) -> int:
    """Keep a test of a letter that was sent to an address, and return its id."""
    with wiring.db.of_shop(shop_id) as session:
        campaign = open_campaign(session, shop_id, **DEFAULT_TEXTS["en"].__dict__)
        told = {"email": email, "cart_external_id": "c1", "cart_version_at": MONDAY, "due_at": MONDAY}
        message = Message(shop_id=shop_id, campaign_id=campaign.id, is_test=True, **told)
        session.add(message)
        session.flush()
        return message.id


def buyers(count: int, weeks: int, *, until: datetime) -> list[Event]:
    """Return a small shop's history: people who come every week or two, each with a taste for one of two shelves."""
    facts: list[Event] = [item(f"{shelf}{n}", f"{shelf} number {n}") for shelf in ("green", "black") for n in range(10)]
    for person in range(count):
        shelf = ("green", "black")[person % 2]
        for week in range(0, weeks, 1 + person % 2):
            at = until - timedelta(weeks=weeks - week, hours=person % 24)
            first = (person + week) % 10
            chosen = " ".join(f"{shelf}{(first + step) % 10}" for step in (0, 1, 3))
            facts.append(order(f"{person}-{week}", chosen, f"customer{person}", at=at))
    return facts
