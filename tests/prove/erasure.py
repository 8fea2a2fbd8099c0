"""The proof of forgetting: people planted everywhere, half of them forgotten, and every byte of every file looked at.

Before, the same scanner finds them in each of those places, so that finding nothing afterwards means something. Texts
and bytes too long for a row are stored unpacked here (STORAGE EXTERNAL), because a search sees through no packing; the
rows are looked at as text as well.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine, select, text

from app.db import make_engine
from app.jobs import cleaning, deliveries, forgetting, imports, training
from app.jobs.training import ask_for_training
from app.local import postgres, valkey
from app.models import Delivery, Erasure, RankerVersion, Training
from app.settings import Settings
from app.wiring import Wiring, wire
from recommender.ranking.factorization import factorization
from recommender.ranking.stored import load_ranker, save_ranker
from tests.app.cast import item
from tests.app.cast import tell as tell_facts
from tests.conftest import add_shop, migrate
from tests.prove import erasure_people as people_
from tests.prove import erasure_scan as scan
from tests.prove.erasure_people import GONE, GONE_BROWSER, GONE_PHONE, STAYS, Planted

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = {"worker": ["app.jobs.worker", "fast"], "importer": ["app.jobs.worker", "files"],
             "trainer": ["app.jobs.worker", "slow"], "clock": ["app.jobs.clock"]}  # fmt: skip
ARRIVING = "SELECT FROM deliveries WHERE state = 'waiting'"
READING = "SELECT FROM imports WHERE state IN ('waiting', 'running')"
TRAINING = "SELECT FROM trainings WHERE state IN ('waiting', 'running')"
PATIENCE_SECONDS = 180.0
LARGE = (
    """
    INSERT INTO deliveries (shop_id, platform, topic, idempotency_key, headers, body, state, processed_at)
    SELECT :shop, 'demo', 'order.changed', 'large-' || n, '{}', convert_to(
        '{"type": "order.changed", "data": {"id": "' || n || '", "email": "person' || n || '@example.com", "note": "'
        || repeat(md5(n::text), 60) || '"}}', 'UTF8'), 'applied', now()
    FROM generate_series(1, :deliveries) AS n
    """,
    """
    INSERT INTO browsing_events (shop_id, occurred_at, visitor_key, kind, query)
    SELECT :shop, now() - make_interval(secs => n), decode(md5((n % 50000)::text), 'hex'), 'search_made', md5(n::text)
    FROM generate_series(1, :events) AS n
    """,
    """
    INSERT INTO orders (shop_id, external_id, customer_external_id, email, state, currency, total_minor, placed_at,
        version_at, version_digest)
    SELECT :shop, 'large-' || n, 'large-' || n % 20000, 'person' || n % 20000 || '@example.com', 'placed', 'GBP', 450,
        now() - make_interval(hours => n % 5000), now(), ''
    FROM generate_series(1, :deliveries) AS n
    """,
)
RESTLESS = {"public.ticks", "public.trainings", "public.ranker_versions", "public.erasures", "public.tombstones",
            "public.imports", "pg_catalog.pg_statistic", "public.alembic_version"}  # fmt: skip


@dataclass
class Proof:
    """What came of it: lines of the table, times in seconds, and what is wrong."""

    before: dict[str, Counter[str]] = field(default_factory=dict)
    after: dict[str, Counter[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def hold(self, is_true: bool, sentence: str) -> None:  # noqa: FBT001
        if not is_true:
            self.faults.append(sentence)


class House:
    """Everything of one installation, in a folder of its own. Without processes its jobs run right here."""

    def __init__(self, folder: Path, *, has_processes: bool) -> None:
        self.folder = folder
        (folder / "logs").mkdir(parents=True)
        self.place = postgres.find_place(folder)
        self._postgres = postgres.start(self.place, folder / "logs" / "postgresql.log")
        self._valkey = valkey.start(folder, folder / "logs" / "valkey.log")
        migrate(self.place.url)
        self.settings = Settings(data_dir=folder, database_url=self.place.url, secret_key="prove-" * 8,
                                 redis_url=f"unix://{valkey.socket_path(folder)}")  # fmt: skip
        self.wiring: Wiring = wire(self.settings, pool_size=4)
        self.engine: Engine = make_engine(self.place.url).execution_options(isolation_level="AUTOCOMMIT")
        self.has_processes = has_processes
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        if has_processes:
            for name in PROCESSES:
                self.begin(name)

    @property
    def folders(self) -> list[Path]:
        home = self.place.data.parent
        return [self.folder] if home.is_relative_to(self.folder) else [self.folder, home]

    def begin(self, name: str) -> None:
        told = {"DATA_DIR": str(self.folder), "DATABASE_URL": self.settings.database_url,
                "REDIS_URL": self.settings.redis_url, "SECRET_KEY": self.settings.secret_key}  # fmt: skip
        with (self.folder / "logs" / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", *PROCESSES[name]],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                env={**os.environ, **told},
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """Kill a process as kill -9 does, and start it again."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.begin(name)

    def work(self, shop_id: int, is_done: Callable[[], bool], what: str) -> float:
        """Wait until something is done, doing it ourselves where there are no processes; return the seconds."""
        started = time.monotonic()
        while not is_done():
            if time.monotonic() - started > PATIENCE_SECONDS:
                raise TimeoutError(f"{what}: not within {PATIENCE_SECONDS:.0f} seconds")
            if not self.has_processes:
                self._work_here(shop_id)
            time.sleep(0.05)
        return time.monotonic() - started

    def _work_here(self, shop_id: int) -> None:
        deliveries.drain_deliveries(shop_id, wiring=self.wiring)
        for kind, verb in ((Training, training.run_training), (Erasure, forgetting.fulfil_wish)):
            for row_id in self.ids(shop_id, kind):
                verb(shop_id, row_id, wiring=self.wiring)
        with self.wiring.db.of_shop(shop_id) as session:
            waiting = session.execute(text("SELECT id FROM imports WHERE state = 'waiting'")).scalars().all()
        for import_id in waiting:
            imports.run_import(shop_id, import_id, wiring=self.wiring)
        cleaning.finish_wishes(shop_id, wiring=self.wiring)

    def ids(self, shop_id: int, kind: Any) -> list[int]:
        with self.wiring.db.of_shop(shop_id) as session:
            return list(session.scalars(select(kind.id).where(kind.state.in_(("waiting", "running")))))

    def has_none(self, shop_id: int, query: str) -> Callable[[], bool]:
        def ask() -> bool:
            with self.wiring.db.of_shop(shop_id) as session:
                return session.execute(text(query)).first() is None

        return ask

    def settle(self) -> None:
        """Have the database write everything down, so that a search of its files sees it."""
        with self.engine.connect() as connection:
            connection.execute(text("CHECKPOINT"))
        time.sleep(1.2)  # Valkey writes once a second

    def close(self) -> None:
        for process in self.running.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.wiring.close()
        self.engine.dispose()
        self._valkey.terminate()
        self._valkey.wait(timeout=10)
        postgres.stop(self._postgres)
        shutil.rmtree(self.place.data.parent, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def prove(house: House, *, count: int, is_hurt: bool = False) -> Proof:
    """Plant, look, forget, look again. is_hurt: the workers are killed meanwhile."""
    proof = Proof()
    scan.self_test(GONE)
    wiring, shop_id = house.wiring, add_shop(house.wiring.db, "harbour-tea", platform="demo")
    _unpack_storage(house)
    pairs = people_.pairs(count)
    shown = _plant(house, shop_id, pairs)
    needles = _needles([gone for gone, _ in pairs])
    others = _others(house, needles, shown)
    proof.before = _look(house, needles)

    started = time.monotonic()
    wishes = [people_.ask(wiring, shop_id, gone) for gone, _ in pairs]
    if is_hurt:
        time.sleep(0.2)
        house.kill("worker")
        time.sleep(1.0)
        house.kill("importer")
    house.work(shop_id, house.has_none(shop_id, "SELECT FROM erasures WHERE live_erased_at IS NULL"), "live stores")
    proof.seconds["live stores, all who asked"] = time.monotonic() - started
    house.work(shop_id, house.has_none(shop_id, "SELECT FROM erasures WHERE state <> 'done'"), "rankers and disk")
    proof.seconds["rankers and disk too"] = time.monotonic() - started
    house.work(shop_id, house.has_none(shop_id, TRAINING), "training")
    proof.seconds["the next training too"] = time.monotonic() - started
    proof.after = _look(house, needles)
    _judge(proof, house, shop_id, wishes, others, needles)
    _come_back(proof, house, shop_id, pairs, needles)
    return proof


def _plant(house: House, shop_id: int, pairs: list[tuple[Planted, Planted]]) -> set[str]:
    wiring = house.wiring
    tell_facts(wiring, shop_id, *(item(f"tea{n}") for n in range(5)))
    everybody = [one for pair in pairs for one in pair]
    shown = people_.plant(wiring, shop_id, everybody, {gone.number: stays for gone, stays in pairs})
    people_.lose_file(wiring, shop_id, everybody, os.utime)
    people_.import_file(wiring, shop_id, everybody)
    house.work(shop_id, house.has_none(shop_id, ARRIVING), "deliveries")
    house.work(shop_id, house.has_none(shop_id, READING), "the file")
    ask_for_training(wiring, shop_id, cause="asked")
    house.work(shop_id, house.has_none(shop_id, TRAINING), "training")
    people_.write_file(wiring.settings.data_dir / "uploads" / str(shop_id) / "lost", everybody)
    people_.lose_file(wiring, shop_id, everybody, os.utime)
    _keep_a_refused_ranker(wiring, shop_id)
    return shown


def _keep_a_refused_ranker(wiring: Wiring, shop_id: int) -> None:
    """Keep a second ranker, one that learned a vector for each customer."""
    path = wiring.artifacts.path(shop_id, min(wiring.artifacts.names(shop_id), key=lambda one: "ranker" not in one))
    stored = load_ranker(path)
    users, items = len(stored.extras["user_ids"]), len(stored.extras["item_ids"])
    arm = factorization(np.ones((users, 3), np.float32), np.ones((items, 3), np.float32))
    refused = wiring.artifacts.path(shop_id, "ranker-refused")
    save_ranker(refused, [arm], {"home": {"factorization": 1.0}}, extras=stored.extras)
    with wiring.db.of_shop(shop_id) as session:
        session.add(RankerVersion(shop_id=shop_id, training_id=1, artifact="ranker-refused", method="blend",
                                  state="refused", reason="", report={}))  # fmt: skip


def _needles(gone: list[Planted]) -> dict[bytes, str]:
    named = [name for one in gone for name in (one.email, one.phone, one.visitor, one.customer or one.email)]
    told = scan.forms(GONE) | scan.forms(GONE_PHONE) | scan.forms(GONE_BROWSER)
    return told | scan.digests(named) | scan.of_keys(one.key for one in gone)


def _look(house: House, needles: scan.Needles) -> dict[str, Counter[str]]:
    house.settle()
    found = scan.scan_files(house.folders, needles)
    with house.engine.connect() as connection:
        found["rows, as text"] = scan.scan_rows(connection, needles)
    return found


def _others(house: House, needles: scan.Needles, shown: set[str]) -> Counter[str]:
    """Return every row that is not of those who are to be forgotten."""
    with house.engine.connect() as connection:
        return Counter(
            f"{table} {row}"
            for table, row in scan.rows(connection)
            if table not in RESTLESS
            and table.removeprefix("public.") not in people_.MADE
            and not scan.seen(row.encode(), needles)
            and not (table == "public.clicks" and any(one in row for one in shown))
        )


def _judge(
    proof: Proof, house: House, shop_id: int, wishes: list[int], others: Counter[str], needles: scan.Needles
) -> None:
    for place in ("tables and indexes", "write-ahead log", "rankers", "files sent in", "caught mail", "rows, as text"):
        proof.hold(bool(proof.before.get(place)), f"Nothing had been found in {place} before: the proof is empty.")
    for place in ("Valkey", "logs"):
        proof.hold(not proof.before.get(place), f"{place} named somebody even before.")
    for place, found in proof.after.items():
        proof.hold(not found, f"Still in {place}: {dict(found)}")
    missing = others - _others(house, needles, set())
    proof.hold(not missing, f"Rows of others changed: {[row[:200] for row in list(missing)[:3]]}")
    neighbours = scan.scan_files(house.folders, scan.forms(STAYS))
    proof.hold(bool(neighbours.get("tables and indexes")), "The neighbours are gone.")
    with house.wiring.db.of_shop(shop_id) as session:
        for wish_id in wishes:
            wish = session.get_one(Erasure, (shop_id, wish_id))
            proof.hold((wish.state, wish.subject, wish.reason) == ("done", None, ""), f"Wish {wish_id}: {wish.reason}")
            is_whole = wish.found.get("orders", 0) >= 2 and all(wish.found.get(name, 0) for name in people_.FOUND)
            proof.hold(is_whole, f"Wish {wish_id} found too little: {wish.found}")
        stay = text(f"SELECT count(*) FROM profile_names WHERE kind = 'email' AND starts_with(name, '{STAYS}')")
        proof.hold(session.execute(stay).scalar_one() >= len(wishes), "The neighbours' profiles are gone.")


def _come_back(
    proof: Proof, house: House, shop_id: int, pairs: list[tuple[Planted, Planted]], needles: scan.Needles
) -> None:
    """The same webhooks and the same file again bring nobody back; somebody's own yes does."""
    wiring = house.wiring
    for gone, stays in pairs:
        people_.tell(wiring, shop_id, gone, stays, "again")
    people_.import_file(wiring, shop_id, [gone for gone, _ in pairs])
    house.work(shop_id, house.has_none(shop_id, ARRIVING), "deliveries again")
    house.work(shop_id, house.has_none(shop_id, READING), "the file again")
    with house.engine.connect() as connection:
        left = scan.scan_rows(connection, needles)
    proof.hold(not left, f"Came back with the same webhooks and file: {dict(left)}")
    first = pairs[0][0]
    said = {"type": "consent.changed", "data": {"purpose": "email_marketing", "email": first.email, "is_given": True,
            "occurred_at": wiring.clock().isoformat(), "source": "checkout"}}  # fmt: skip
    with wiring.db.of_shop(shop_id) as session:
        body = json.dumps(said).encode()
        session.add(Delivery(shop_id=shop_id, platform="demo", topic="consent.changed", idempotency_key="own-yes",
                             headers={}, body=body))  # fmt: skip
    house.work(shop_id, house.has_none(shop_id, ARRIVING), "their own yes")
    with wiring.db.of_shop(shop_id) as session:
        yes = session.execute(
            text("SELECT count(*) FROM consent_records WHERE email = :e"), {"e": first.email}
        ).scalar()
    proof.hold(yes == 1, "Their own later yes did not bring them back.")


def _unpack_storage(house: House) -> None:
    with house.engine.connect() as connection:
        columns = connection.execute(
            text("""
                SELECT format('ALTER TABLE %I ALTER COLUMN %I SET STORAGE EXTERNAL', c.relname, a.attname)
                FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0
                    AND a.attstorage = 'x'
            """)
        ).scalars()
        for statement in list(columns):
            connection.execute(text(statement))


def measure(house: House, *, deliveries_count: int, events_count: int) -> dict[str, float]:
    """Forget one person of a large shop and return how long it took, in seconds."""
    wiring, shop_id = house.wiring, add_shop(house.wiring.db, "harbour-tea", platform="demo")
    ((gone, stays),) = people_.pairs(1)
    with house.engine.connect() as connection:
        for statement in LARGE:
            connection.execute(
                text(statement), {"shop": shop_id, "deliveries": deliveries_count, "events": events_count}
            )
        connection.execute(text("ANALYZE"))
    _plant(house, shop_id, [(gone, stays)])
    started = time.monotonic()
    wish_id = people_.ask(wiring, shop_id, gone)
    house.work(shop_id, house.has_none(shop_id, "SELECT FROM erasures WHERE live_erased_at IS NULL"), "live stores")
    seconds = {"live stores": time.monotonic() - started}
    house.work(shop_id, house.has_none(shop_id, "SELECT FROM erasures WHERE subject IS NOT NULL"), "rankers and files")
    seconds["rankers and files too"] = time.monotonic() - started
    while (done := _wish(house, shop_id, wish_id)).state != "done" and not done.reason.startswith("Still"):
        time.sleep(0.2)
    seconds["disk too" if done.state == "done" else f"disk for now ({done.reason})"] = time.monotonic() - started
    return seconds


def _wish(house: House, shop_id: int, wish_id: int) -> Erasure:
    with house.wiring.db.of_shop(shop_id) as session:
        return session.get_one(Erasure, (shop_id, wish_id))


def tabulate(proof: Proof) -> str:
    """Return the proof as people read it."""
    lines = [f"{'place':<22}{'before':>8}{'after':>8}  found before as"]
    for place in sorted({*proof.before, *proof.after}):
        before, after = proof.before.get(place, Counter()), proof.after.get(place, Counter())
        lines.append(f"{place:<22}{before.total():>8}{after.total():>8}  {', '.join(sorted(before)) or '-'}")
    lines += [f"{what:<40}{seconds:>8.1f} s" for what, seconds in proof.seconds.items()]
    lines += [f"FAULT: {fault}" for fault in proof.faults] or ["Nothing is left of them, and nobody else is missing."]
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Run the proof in a folder of its own, with processes of its own."""
    parser = argparse.ArgumentParser(prog="python -m tests.prove erasure", description=__doc__)
    parser.add_argument("--people", type=int, default=10, help="how many are forgotten; as many stay")
    parser.add_argument("--unhurt", action="store_true", help="do not kill the workers meanwhile")
    parser.add_argument("--large", action="store_true", help="measure instead: 100,000 deliveries, a million events")
    told = parser.parse_args(arguments)
    house = House(Path(tempfile.mkdtemp(prefix="regulars-prove-")), has_processes=True)
    try:
        if told.large:
            for what, seconds in measure(house, deliveries_count=100_000, events_count=1_000_000).items():
                print(f"{what:<40}{seconds:>8.1f} s")
            return 0
        proof = prove(house, count=told.people, is_hurt=not told.unhurt)
    finally:
        house.close()
    print(tabulate(proof))
    return 1 if proof.faults else 0
