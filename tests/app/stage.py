"""A shop whose abandoned-cart campaign is on, at a time of our own, with a mail server that keeps what it is handed."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.campaigns.campaigns import Post, open_campaign, switch_on
from app.jobs.campaigns import plan_campaigns
from app.jobs.deliveries import drain_deliveries
from app.jobs.messages import send_messages
from app.messaging.envelope import Envelope
from app.messaging.senders import Outcome, Verdict
from app.messaging.texts import DEFAULT_TEXTS
from app.models import Delivery, MailSender, Message
from app.settings import Settings
from app.wiring import Wiring
from plugins.events import Event
from tests.app.cast import MONDAY, cart, subscribe, tell
from tests.prove.rehearsal import Clock, Points, RehearsedDatabase

ANN = "ann@example.com"
HOUR = timedelta(hours=1)
LATER = MONDAY + timedelta(minutes=90)


@dataclass
class Box:
    """A mail server that keeps what it takes and answers as told."""

    answers: list[Outcome] = field(default_factory=list)
    letters: list[Envelope] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None
    closed: int = 0

    def hand_over(self, envelope: Envelope) -> Outcome:
        self.meanwhile()
        outcome = self.answers.pop(0) if self.answers else Outcome(Verdict.ACCEPTED, "250 taken")
        if outcome.verdict in (Verdict.ACCEPTED, Verdict.IN_DOUBT):
            self.letters.append(envelope)
        return outcome

    def close(self) -> None:
        self.closed += 1

    @property
    def to(self) -> list[str]:
        return [one.to_address for one in self.letters]


@dataclass
class Stage:
    """One shop, its clock, and the two jobs."""

    wiring: Wiring
    shop_id: int
    clock: Clock
    box: Box

    def leave(self, cart_id: str = "c1", items: str = "1 2", email: str | None = ANN, **more: Any) -> None:
        """Hear of a cart that was left at nine."""
        self.tell(cart(cart_id, items, email, **more))

    def tell(self, *events: Event) -> None:
        tell(self.wiring, self.shop_id, *events, heard_at=self.clock.now)

    def subscribe(self, email: str = ANN, *, is_given: bool = True, at: datetime = MONDAY) -> None:
        subscribe(self.wiring, self.shop_id, email, is_given=is_given, at=at)

    def deliver(self, topic: str = "order.changed", body: bytes = b"{}") -> None:
        """Take a delivery into the inbox, where it waits."""
        with self.wiring.db.of_shop(self.shop_id) as session:
            told = {"platform": "demo", "topic": topic, "idempotency_key": topic, "headers": {}, "body": body}
            session.add(Delivery(shop_id=self.shop_id, **told))

    def read_inbox(self) -> None:
        drain_deliveries.__wrapped__(self.wiring, self.shop_id)  # type: ignore[attr-defined]

    def plan(self) -> None:
        plan_campaigns.__wrapped__(self.wiring, self.shop_id)  # type: ignore[attr-defined]

    def send(self) -> None:
        send_messages.__wrapped__(self.wiring, self.shop_id)  # type: ignore[attr-defined]

    def run(self) -> Message:
        """Plan and send, and return what became of the one message."""
        self.plan()
        self.send()
        return self.only()

    def messages(self) -> list[Message]:
        with self.wiring.db.of_shop(self.shop_id) as session:
            return list(session.scalars(select(Message).order_by(Message.id)))

    def only(self) -> Message:
        (message,) = self.messages()
        return message

    def pairs(self) -> list[tuple[str, str]]:
        return [(one.state, one.reason) for one in self.messages()]


def set_campaign(wiring: Wiring, shop_id: int, *, is_on: bool = True, **values: Any) -> None:
    """Open the campaign and set it, without quiet hours unless they are asked for."""
    with wiring.db.of_shop(shop_id) as session:
        if session.get(MailSender, shop_id) is None:
            session.add(
                MailSender(shop_id=shop_id, name="Harbour Tea", email="tea@harbour.example.com", accepted_at=MONDAY)
            )
            session.flush()
        campaign = open_campaign(session, shop_id, **DEFAULT_TEXTS["en"].__dict__)
        if is_on:
            switch_on(session, shop_id, Post(has_server=True))
        for name, value in {"quiet_from": 0, "quiet_until": 0, **values}.items():
            setattr(campaign, name, value)


@contextmanager
def on_stage(settings: Settings, wiring: Wiring, shop_id: int) -> Iterator[Stage]:
    """Set the stage: switched on at six on MONDAY, and eleven o'clock now."""
    clock = Clock(datetime(2026, 11, 16, 6, tzinfo=UTC))
    db = RehearsedDatabase(settings.database_url, clock, Points(random.Random(0)))
    box = Box()
    stage = Stage(replace(wiring, db=db, sender=box), shop_id, clock, box)
    set_campaign(stage.wiring, shop_id)
    clock.to(MONDAY + 2 * HOUR)
    yield stage
    db.close()
