"""The proof of the messages: thousands of shoppers, disturbed webhooks, and death at any point.

The real code from the inbox to the hand-off runs on a real PostgreSQL, at the pace of a clock of our own. Everything
comes from the seed: the same seed, the same table.
"""

import argparse
import heapq
import itertools
import json
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any, cast

from sqlalchemy import text

from app.consent import Stop, suppress
from app.db import make_engine
from app.ingest import inbox
from app.jobs import messages as message_jobs
from app.jobs.campaigns import plan_campaigns
from app.jobs.deliveries import drain_deliveries
from app.jobs.messages import send_messages
from app.local import postgres
from app.messaging.texts import DEFAULT_TEXTS
from app.models import Campaign, MailSender
from app.queues import Queues
from app.settings import Settings
from app.wiring import Wiring, wire
from plugins import PLATFORMS
from plugins.demo.signature import sign
from plugins.events import SuppressionReason
from plugins.platform import Delivery
from tests.app.cast import SECRET, share_secret
from tests.conftest import add_shop, migrate
from tests.prove.invariants import Fault, find_faults, note_arrival
from tests.prove.rehearsal import Bells, Clock, Death, Points, Post, RehearsedDatabase
from tests.prove.shoppers import BASICS, START, TICK, Hook, Journey, Truth, item_data, make_journey

DELAY = timedelta(minutes=60)
A_DAY = 20_000  # journeys
SHOPS = 4  # side by side, each with its own share of the journeys
DEATHS = 0.004  # at each point
LEFT_ALONE = 10  # in a hundred people
NEXT = text("""
    SELECT (SELECT min(greatest(due_at, coalesce(claimed_until, due_at))) FROM messages WHERE state = 'planned'),
        (SELECT min(claimed_until) FROM messages WHERE state = 'sending'),
        EXISTS (SELECT FROM deliveries WHERE state = 'waiting')
""")
SENDING = text("SELECT id FROM messages WHERE state = 'sending'")


@dataclass
class Result:
    """What came of a rehearsal."""

    journeys: int
    hooks: Counter[str] = field(default_factory=Counter)
    messages: Counter[tuple[str, str]] = field(default_factory=Counter)
    deferrals: Counter[str] = field(default_factory=Counter)
    deaths: Counter[str] = field(default_factory=Counter)
    points: int = 0
    faults: list[Fault] = field(default_factory=list)
    purchases: int = 0
    letters: int = 0


class Rehearsal:
    """One shop, its shoppers, and the processes that work for it."""

    def __init__(
        self,
        settings: Settings,
        journeys: Sequence[Journey],
        *,
        name: str,
        points: Points,
        items: Sequence[str] = BASICS,
        left_alone: int = 0,
    ) -> None:
        plain = wire(settings, pool_size=2)
        self.plain = plain
        self.shop_id = add_shop(plain.db, name, platform="demo")
        share_secret(plain, self.shop_id)
        self.dice = random.Random(f"world:{name}")
        self.points = points
        self.clock = Clock(START - timedelta(hours=1))
        self.db = RehearsedDatabase(settings.database_url, self.clock, points)
        self.post = Post(plain.db, self.shop_id, self.clock, points, random.Random(f"post:{name}"))
        self.bells = Bells()
        self.wiring: Wiring = replace(plain, db=self.db, queues=cast("Queues", self.bells), sender=self.post)
        self.truths = {cart: one.truth for one in journeys for cart in one.truth.carts}
        self.people: dict[int, Truth] = {one.truth.number: one.truth for one in journeys}
        self.waiting: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self.order = itertools.count()
        self.result = Result(len(journeys))
        self.is_waiting = self.is_due = False
        self._open(items, left_alone)
        for journey in journeys:
            self._expect(journey)
        self.clock.arrive = self._arrive

    def run(self) -> Result:
        """Let the days pass, until nothing is open any more."""
        self.points.is_armed = True
        away_until, tick = START, self._next(START)
        while tick is not None:
            self.clock.to(tick)
            if self.dice.random() < 0.0007:
                away_until = tick + timedelta(minutes=10)  # the worker is down; deliveries pile up
            if self.is_waiting and tick >= away_until and self.dice.random() < 0.9:
                self._live(drain_deliveries, recovers=True)
            self._live(plan_campaigns)
            if self.bells.has_rung or self.is_due:
                self.bells.has_rung = False
                self._live(send_messages)
            tick = self._next(tick)
        self.points.is_armed = False
        self._look()
        return self.result

    def close(self) -> None:
        self.db.close()
        self.plain.close()

    def _open(self, items: Sequence[str], left_alone: int) -> None:
        """Open the shop: its items, whom it writes as, and its campaign, switched on."""
        for item in items:
            self._put(
                Hook(self.clock.now, f"open-{item}", "item.changed", item_data(item, START - timedelta(days=9)), -1)
            )
        with self.db.of_shop(self.shop_id) as session:
            session.add(MailSender(shop_id=self.shop_id, name="Tea", email="tea@shop.example.com", accepted_at=START))
            texts = DEFAULT_TEXTS["en"].__dict__
            on = {"is_on": True, "on_since": START - timedelta(days=1), "delay_minutes": DELAY.total_seconds() // 60}
            alone = {"control_percent": left_alone, "control_since": START - timedelta(days=1) if left_alone else None}
            session.add(Campaign(shop_id=self.shop_id, kind="abandoned_cart", **on, **alone, **texts))
        drain_deliveries(self.shop_id, wiring=self.wiring)

    def _expect(self, journey: Journey) -> None:
        truth = journey.truth
        for hook in journey.hooks:
            self._later(hook.at, lambda at, hook=hook: self._deliver(hook, at))
            if hook.kind == "cart.changed":  # then somebody has to look whether it was left
                due_at = datetime.fromisoformat(hook.data["changed_at"]) + DELAY
                self._later(max(hook.at, due_at) + TICK * 3, lambda _at: None)
        if journey.unsubscribes_at is not None:
            self._later(journey.unsubscribes_at, lambda at: self._unsubscribe(truth, at))
        counts = {"lost": truth.hooks_lost, "doubled": truth.hooks_doubled, "late": truth.hooks_late}
        self.result.hooks.update({"delivered": len(journey.hooks), **counts})
        self.result.purchases += len(truth.purchases)

    def _later(self, at: datetime, act: Callable[[datetime], None]) -> None:
        heapq.heappush(self.waiting, (at, next(self.order), act))

    def _arrive(self, until: datetime) -> None:
        while self.waiting and self.waiting[0][0] <= until:
            at, _, act = heapq.heappop(self.waiting)
            self.clock.now = max(self.clock.now, at)
            act(self.clock.now)

    def _deliver(self, hook: Hook, at: datetime) -> None:
        """Let one message reach our door; where the process dies before it is kept, the shop sends it again."""
        try:
            self._put(hook)
        except Death as death:
            if str(death) == "before a commit":
                self._later(at + timedelta(seconds=5), lambda again: self._deliver(hook, again))
                return
        if hook.journey in self.people:
            note_arrival(self.people[hook.journey], hook.kind, hook.data, at)

    def _put(self, hook: Hook) -> None:
        body = json.dumps({"type": hook.kind, "data": hook.data}).encode()
        headers = _signed(hook.webhook_id, body, self.clock.now)
        delivery = Delivery(headers=headers, body=body, received_at=self.clock.now)
        receipt = PLATFORMS["demo"].verify(delivery, [SECRET])
        inbox.receive(self.db, self.shop_id, "demo", delivery, receipt)

    def _unsubscribe(self, truth: Truth, at: datetime) -> None:
        """Follow the link in an earlier letter: committed at once, through no inbox."""
        with self.plain.db.of_shop(self.shop_id) as session:
            email = f"p{truth.number}@example.com"
            suppress(session, self.shop_id, Stop(email, SuppressionReason.UNSUBSCRIBED, "link", at))
        truth.no_known = truth.no_known or at

    def _live(self, work: Callable[..., None], *, recovers: bool = False) -> None:
        """Let a process do one piece of work; where it dies, the next one carries on."""
        try:
            cast("Any", work).__wrapped__(self.wiring, self.shop_id)
        except Death:
            with self.plain.db.of_shop(self.shop_id) as session:
                self.post.doubtful.update(session.execute(SENDING).scalars())
                session.execute(text("UPDATE deliveries SET claimed_until = NULL WHERE state = 'waiting'"))
            if (
                recovers
            ):  # three deaths over one delivery would set it aside as poison: another promise, proven elsewhere
                self.points.is_armed = False
                cast("Any", work).__wrapped__(self.wiring, self.shop_id)
                self.points.is_armed = True

    def _next(self, tick: datetime) -> datetime | None:
        """Return the next minute at which anything can happen; None when all is over."""
        with self.plain.db.of_shop(self.shop_id) as session:
            due_at, lost_at, is_waiting = session.execute(NEXT).one()
        self.is_waiting = is_waiting or bool(self.waiting)
        moments = [due_at, lost_at, tick if is_waiting else None, self.waiting[0][0] if self.waiting else None]
        known = [one for one in moments if one is not None]
        if not known:
            return None
        following = max(tick + TICK, START + TICK * -(-(min(known) - START) // TICK))
        self.is_due = any(one is not None and one <= following for one in (due_at, lost_at))
        return following

    def _look(self) -> None:
        result = self.result
        with self.plain.db.of_shop(self.shop_id) as session:
            rows = session.execute(text("SELECT state, reason, decisions FROM messages WHERE NOT is_test")).all()
            for row in rows:
                result.messages[row.state, row.reason] += 1
                result.deferrals.update(one["reason"] for one in row.decisions if one["what"] == "deferred")
            result.faults = find_faults(session, self.shop_id, self.truths, self.post)
            quarantined = session.execute(text("SELECT count(*) FROM deliveries WHERE state = 'quarantined'")).scalar()
        if quarantined:
            result.faults.append(("deliveries set aside", str(quarantined)))
        result.deaths, result.points, result.letters = self.points.deaths, self.points.passed, len(self.post.letters)


def rehearse(settings: Settings, *, journeys: int, seed: int, share: tuple[int, int] = (0, 1)) -> Result:
    """Run many shoppers with death by chance, a control group, and a mail server that is away for six hours.

    share: which of how many equal parts of the journeys.
    """
    days = max(journeys / A_DAY, 0.25)
    place, parts = share
    made = [make_journey(seed, number, days, DELAY) for number in range(place, journeys, parts)]
    points = Points(random.Random(f"death:{seed}:{place}"), chance=DEATHS)
    name = f"rehearsal-{seed}-{place}"
    rehearsal = Rehearsal(settings, made, name=name, points=points, left_alone=LEFT_ALONE)
    noon = START + timedelta(days=days / 2)
    rehearsal.post.away = (noon, noon + timedelta(hours=6))
    with _endless():
        rehearsal.run()
    rehearsal.close()
    return rehearsal.result


def rehearse_side_by_side(settings: Settings, *, journeys: int, seed: int, shops: int) -> Result:
    """Run a rehearsal as several shops on one database, each in a process of its own."""
    with ProcessPoolExecutor(shops, mp_context=get_context("spawn")) as pool:
        runs = [
            pool.submit(rehearse, settings, journeys=journeys, seed=seed, share=(place, shops))
            for place in range(shops)
        ]
        results = [one.result() for one in runs]
    whole = Result(sum(one.journeys for one in results))
    for one in results:
        for counted in ("hooks", "messages", "deferrals", "deaths"):
            getattr(whole, counted).update(getattr(one, counted))
        for number in ("points", "purchases", "letters", "faults"):
            setattr(whole, number, getattr(whole, number) + getattr(one, number))
    return whole


def die_everywhere(
    settings: Settings, journey: Callable[[], Journey], *, first: int = 1, step: int = 1
) -> tuple[int, list[Fault]]:
    """Run one journey again and again, dying at its first, second, ... point, until none is left.

    Returns at how many points it died, and every promise that was broken. first, step: not at every one.
    """
    faults: list[Fault] = []
    for died, nth in enumerate(itertools.count(first, step)):
        points = Points(random.Random(0), nth=nth)
        rehearsal = Rehearsal(settings, [journey()], name=f"dying-at-{nth}", points=points, items=())
        rehearsal.post.moods = False
        with _endless():
            result = rehearsal.run()
        rehearsal.close()
        faults += [(f"{fault}, dying at point {nth}", cart) for fault, cart in result.faults]
        if not points.deaths:
            return died, faults
    raise AssertionError("a journey has an end")


def patient_journey() -> Journey:
    """Return a journey that nothing disturbs: left, with a yes, and nothing against a letter."""
    made = (make_journey(7, number, 0.01, DELAY) for number in itertools.count())
    return next(one for one in made if one.truth.must_be_sent and one.truth.story == "left")


@contextmanager
def _endless() -> Iterator[None]:
    """Take the machine's clock out of the rehearsal: a batch ends when nothing is due, not when it took long."""
    kept = message_jobs.MOST_SECONDS
    message_jobs.MOST_SECONDS = float("inf")
    try:
        yield
    finally:
        message_jobs.MOST_SECONDS = kept


def _signed(webhook_id: str, body: bytes, at: datetime) -> dict[str, str]:
    stamp = int(at.timestamp())
    return {"webhook-id": webhook_id, "webhook-timestamp": str(stamp),
            "webhook-signature": sign(SECRET, webhook_id, stamp, body)}  # fmt: skip


def table(result: Result) -> str:
    """Write what came of a rehearsal as a table."""
    sent = sum(count for (state, _), count in result.messages.items() if state == "sent")
    lines = [
        ("journeys", result.journeys),
        ("webhooks delivered", result.hooks["delivered"]),
        *((f"  {what}", result.hooks[what]) for what in ("lost", "doubled", "late")),
        ("purchases", result.purchases),
        ("messages", sum(result.messages.values())),
        ("  sent", sent),
        *_by_reason(result, "skipped"),
        *_by_reason(result, "failed"),
        *_by_reason(result, "in_doubt"),
        ("deferred", sum(result.deferrals.values())),
        *((f"  {reason}", count) for reason, count in sorted(result.deferrals.items())),
        ("points passed at which a process could die", result.points),
        ("deaths survived", sum(result.deaths.values())),
        *((f"  {place}", count) for place, count in sorted(result.deaths.items())),
        ("broken promises", len(result.faults)),
        *((f"  {fault}", count) for fault, count in sorted(Counter(fault for fault, _ in result.faults).items())),
    ]
    return "\n".join(f"{name:52}{count:>10,}" for name, count in lines)


def _by_reason(result: Result, state: str) -> list[tuple[str, int]]:
    found = {reason: count for (one, reason), count in result.messages.items() if one == state}
    return [(f"  {state}", sum(found.values())), *((f"    {reason}", found[reason]) for reason in sorted(found))]


@contextmanager
def own_server() -> Iterator[Settings]:
    """Start a PostgreSQL of our own; a lost second of it would cost nothing, so it need not wait for the disk."""
    folder = Path(tempfile.mkdtemp(prefix="regulars-prove-"))
    place = postgres.find_place(folder)
    process = postgres.start(place, folder / "postgresql.log")
    try:
        migrate(place.url)
        engine = make_engine(place.url)
        with engine.begin() as connection:
            connection.execute(text("ALTER DATABASE regulars SET synchronous_commit = off"))
        engine.dispose()
        yield Settings(
            data_dir=folder, database_url=place.url, redis_url="redis://localhost:1", secret_key="test-" * 10
        )
    finally:
        postgres.stop(process)
        shutil.rmtree(place.data.parent, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments: Sequence[str]) -> int:
    """Run the proof and print its table; the exit code is 1 where a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.prove messages")
    parser.add_argument("--journeys", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shops", type=int, default=SHOPS)
    asked = parser.parse_args(arguments)
    with own_server() as settings:
        started = time.perf_counter()
        result = rehearse_side_by_side(settings, journeys=asked.journeys, seed=asked.seed, shops=asked.shops)
        seconds = time.perf_counter() - started
        print(table(result))
        for fault, cart in result.faults[:20]:
            print(f"  {fault}: {cart}")
        print(f"\n{seconds:.0f} seconds; seed {asked.seed}")
        points, faults = die_everywhere(settings, patient_journey)
        print(f"one journey, dying at each of its {points} points in turn: {len(faults)} broken promises")
    return 1 if result.faults or faults else 0
