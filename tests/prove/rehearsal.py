"""The stage of a rehearsal: the real database and the real code, a clock of our own, and death at any point.

Nothing in the product knows of it: transactions, the inbox and the mail server are wrapped from outside.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import APP_ROLE, SHOP_SETTING, Database, make_engine
from app.messaging.envelope import Envelope
from app.messaging.senders import Outcome, Verdict

ENTER = text(f"SELECT set_config('{SHOP_SETTING}', :shop, true), set_config('regulars.now', :now, true)")
WHICH = text("""
    SELECT id, state, cart_external_id, step, email, content FROM messages
    WHERE shop_id = :shop_id AND message_key = :key AND NOT is_test
""")


class Death(BaseException):
    """The process ends here, as kill -9 ends it: nothing after this happens."""


@dataclass
class Points:
    """Where a process can die. chance: at each point; nth: at exactly this one, counted from one."""

    dice: random.Random
    chance: float = 0.0
    nth: int = 0
    passed: int = 0
    is_armed: bool = False
    deaths: Counter[str] = field(default_factory=Counter)

    def reach(self, place: str) -> None:
        """Pass a point, or die there."""
        if not self.is_armed:
            return
        self.passed += 1
        if self.passed == self.nth or (self.chance and self.dice.random() < self.chance):
            self.deaths[place] += 1
            raise Death(place)


@dataclass
class Clock:
    """The time of the rehearsal. `arrive` delivers what is due whenever it moves."""

    now: datetime
    arrive: Callable[[datetime], None] = lambda _now: None

    def step(self, seconds: float) -> None:
        """Let a moment pass."""
        self.to(self.now + timedelta(seconds=seconds))

    def to(self, moment: datetime) -> None:
        """Move on, never back."""
        target = max(self.now, moment)
        self.arrive(target)
        self.now = max(self.now, target)


class RehearsedDatabase(Database):
    """A database whose transactions live at the clock's time, and where a process can die around every commit."""

    def __init__(self, url: str, clock: Clock, points: Points) -> None:
        super().__init__(url, pool_size=2)
        self.engine = make_engine(url, role=APP_ROLE, is_checked=False)
        self.clock, self.points = clock, points

    @contextmanager
    def of_shop(self, shop_id: int) -> Iterator[Session]:
        if self.points.is_armed:
            self.clock.step(0.02)  # between two transactions the world goes on
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            session.execute(ENTER, {"shop": str(shop_id), "now": self.clock.now.isoformat()})
            yield session
            session.flush()
            self.points.reach("before a commit")
        self.points.reach("after a commit")

    def at_once(self, shop_id: int, statement: str, parameters: Mapping[str, object]) -> Sequence[Any]:
        self.points.reach("before a commit")
        answer = super().at_once(shop_id, statement, parameters)
        self.points.reach("after a commit")
        return answer


class Bells:
    """A doorbell that only the rehearsal hears."""

    has_rung = False

    def nudge(self, *_told: object) -> bool:
        self.has_rung = True
        return True


@dataclass(frozen=True)
class Letter:
    """One letter that a mail server took."""

    at: datetime
    message_key: str
    to: str
    message_id: int
    cart: str
    step: int
    items: tuple[str, ...]


@dataclass
class Post:
    """A mail server that keeps what it took, and is in a bad mood now and then."""

    db: Database  # plain, to look which message a letter is
    shop_id: int
    clock: Clock
    points: Points
    dice: random.Random
    moods: bool = True
    away: tuple[datetime, datetime] | None = None
    letters: list[Letter] = field(default_factory=list)
    doubtful: set[int] = field(default_factory=set)
    dead_addresses: set[str] = field(default_factory=set)
    not_sending: list[str] = field(default_factory=list)

    def hand_over(self, envelope: Envelope) -> Outcome:
        self.points.reach("before a hand-off")
        if self.away and self.away[0] <= self.clock.now < self.away[1]:
            return Outcome(Verdict.LATER, "nobody there", is_server_away=True)
        mood = self.dice.random() if self.moods else 1.0
        if mood < 0.02:
            return Outcome(Verdict.LATER, "451 come again")
        if mood < 0.03:
            self.dead_addresses.add(envelope.to_address)
            return Outcome(Verdict.REFUSED, "550 5.1.1 nobody here", is_address_dead=True)
        if mood < 0.035:
            return Outcome(Verdict.REFUSED, "554 not this letter")
        letter = self._read(envelope)
        if mood < 0.045:
            self.doubtful.add(letter.message_id)
            if mood < 0.04:
                self.letters.append(letter)
            return Outcome(Verdict.IN_DOUBT, "the line broke")
        self.letters.append(letter)
        try:
            self.points.reach("after a hand-off, unanswered")
        except Death:
            self.doubtful.add(letter.message_id)
            raise
        self.clock.step(0.1)
        return Outcome(Verdict.ACCEPTED, "250 taken")

    def close(self) -> None:
        pass

    def _read(self, envelope: Envelope) -> Letter:
        with self.db.of_shop(self.shop_id) as session:
            row = session.execute(WHICH, {"shop_id": self.shop_id, "key": envelope.message_key}).one()
        if row.state != "sending":
            self.not_sending.append(envelope.message_key)
        items = tuple(str(one["item"]) for one in row.content["items"])
        return Letter(
            self.clock.now,
            envelope.message_key,
            envelope.to_address,
            row.id,
            row.cart_external_id,
            row.step,
            items,
        )
