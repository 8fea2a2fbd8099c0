"""What a day costs: 100,000 browsing events and 1,000 carts left or bought, as CPU seconds and memory of each process.

All of it comes through the real doors as fast as they take it, and every mail goes to a real SMTP server. The carts
were left two hours ago, so that what has to be written about them is written now; four in ten were bought after all.
"""

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from aiosmtpd.controller import Controller
from sqlalchemy import text

from app.local import postgres
from app.messaging.letter import DEFAULT_TEXTS
from app.models import Campaign, MailSender
from app.settings import Settings
from app.wiring import Wiring, wire
from tests.app.cast import demo_message, item, share_secret, tell
from tests.bench.server import SECRET_KEY, Request, _free_port, _send
from tests.conftest import add_shop, migrate
from tests.journeys.processes import COMMANDS, House, wait_until

VISITORS, PAGES, ON_A_PAGE = 2_500, 10, 4  # 100,000 events
CARTS, BOUGHT = 1_000, 400
ITEMS = 500
PROCESSES = ("web", "fast", "mail", "clock", "valkey")
COMMANDS.setdefault("mail", ["-m", "app.jobs.worker", "mail"])


class Counting:
    """An SMTP server's other half: takes everything, keeps only how many."""

    def __init__(self) -> None:
        self.taken = 0

    async def handle_DATA(self, _server: object, _session: object, _envelope: object) -> str:  # noqa: N802 - aiosmtpd's name
        self.taken += 1
        return "250 OK"


def main() -> None:
    """Measure and print."""
    folder = Path(tempfile.mkdtemp(prefix="regulars-bench-"))
    place = postgres.find_place(folder)
    database = postgres.start(place, folder / "postgresql.log")
    house = House(folder, place.url, _free_port())
    house.environment["TRUSTED_PROXIES"] = "1"
    try:
        migrate(place.url)
        house.start("valkey")
        with _mailbox(house) as mailbox, _wired(house, place.url) as wiring:
            _prepare(wiring)
            house.start("web", "fast", "mail")
            house.wait_for_web()
            _measure(house, database.pid, wiring, mailbox)
    finally:
        house.stop()
        postgres.stop(database)
        shutil.rmtree(place.data.parent, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _mailbox(house: House) -> Iterator[Counting]:
    mailbox = Counting()
    server = Controller(mailbox, hostname="127.0.0.1", port=_free_port())
    server.start()
    house.environment["SMTP_URL"] = f"smtp://127.0.0.1:{server.port}"
    yield mailbox
    server.stop()


@contextmanager
def _wired(house: House, url: str) -> Iterator[Wiring]:
    told = {"redis_url": house.environment["REDIS_URL"], "smtp_url": house.environment["SMTP_URL"]}
    wiring = wire(Settings(data_dir=house.folder, database_url=url, secret_key=SECRET_KEY, **told))
    yield wiring
    wiring.close()


def _prepare(wiring: Wiring) -> None:
    shop_id = add_shop(wiring.db, "demo", platform="demo")
    share_secret(wiring, shop_id)
    tell(wiring, shop_id, *(item(f"i{n}", f"Item number {n}") for n in range(ITEMS)))
    now = datetime.now(UTC)
    with wiring.db.of_shop(shop_id) as session:
        told = DEFAULT_TEXTS["en"].__dict__
        session.add(
            Campaign(shop_id=shop_id, kind="abandoned_cart", is_on=True, on_since=now - timedelta(days=1), quiet_from=0,
                     quiet_until=0, **told)
        )  # fmt: skip
        session.add(MailSender(shop_id=shop_id, name="Demo", email="shop@demo.example", accepted_at=now))


def _measure(house: House, database: int, wiring: Wiring, mailbox: Counting) -> None:
    named = {name: house.running[name].pid for name in PROCESSES if name in house.running} | {"postgresql": database}
    before = {name: _cpu(pid) for name, pid in named.items()}
    peaks, is_over = dict.fromkeys(named, 0.0), threading.Event()
    watcher = threading.Thread(target=_watch, args=(named, peaks, is_over))
    watcher.start()
    started = time.perf_counter()
    _send(house.port, list(_visits()))
    visits = time.perf_counter() - started
    _send(house.port, list(_carts()))
    wait_until(lambda: _count(wiring, "SELECT count(*) FROM deliveries WHERE state = 'waiting'") == 0, 300)
    house.start("clock")
    named["clock"] = house.running["clock"].pid
    before["clock"] = 0.0
    wait_until(lambda: mailbox.taken >= CARTS - BOUGHT, 600)
    time.sleep(5)
    is_over.set()
    watcher.join()
    seconds = time.perf_counter() - started
    print(f"{VISITORS * PAGES * ON_A_PAGE:,} browsing events in {visits:.0f} s, everything in {seconds:.0f} s")
    print(f"{CARTS:,} carts left, {BOUGHT} of them bought, {mailbox.taken} mails taken by the server")
    states = _rows(wiring, "SELECT state, reason, count(*) FROM messages GROUP BY 1, 2 ORDER BY 3 DESC")
    print("  " + ", ".join(f"{row[0]} {row[1]}: {row[2]}" for row in states))
    spent = {name: _cpu(pid) - before[name] for name, pid in named.items()}
    for name, cost in spent.items():
        print(f"{name:12} {cost:7.1f} s of CPU   {peaks.get(name, 0):6.0f} MB at most")
    print(f"{'all':12} {sum(spent.values()):7.1f} s of CPU   {sum(peaks.values()):6.0f} MB")


def _visits() -> Iterator[Request]:
    yes = '{"type":"consent_given"},'
    for visitor in range(VISITORS):
        address = {"X-Forwarded-For": f"10.{visitor // 62500}.{visitor // 250 % 250}.{visitor % 250}"}
        for page in range(PAGES):
            views = ",".join(
                f'{{"type":"item_viewed","item":"i{(visitor * 7 + page * 3 + n) % ITEMS}"}}' for n in range(ON_A_PAGE)
            )
            told = f'{{"shop":"demo","visitor":"{visitor:032x}","events":[{yes if page == 0 else ""}{views}]}}'
            yield "POST", "/v1/events", told.encode(), address


def _carts() -> Iterator[Request]:
    left = datetime.now(UTC) - timedelta(hours=2)
    for number in range(CARTS):
        email = f"person{number}@mail.example"
        lines = [{"id": str(n), "item_id": f"i{(number + n * 11) % ITEMS}", "quantity": 1, "total": "4.50"}
                 for n in range(3)]  # fmt: skip
        cart = {"id": f"cart{number}", "stage": "checkout", "email": email, "currency": "GBP", "total": "13.50",
                "visitor_id": f"{number:032x}", "locale": "en"}  # fmt: skip
        agreed = {"purpose": "email_marketing", "is_given": True, "email": email, "source": "checkout",
                  "wording": "Remind me.", "wording_version": "1", "locale": "en"}  # fmt: skip
        yield _message("consent.changed", **agreed, occurred_at=left.isoformat())
        for step in range(3):
            at = (left + timedelta(minutes=step)).isoformat()
            yield _message("cart.changed", **cart, changed_at=at, lines=lines[: step + 1])
        if number < BOUGHT:
            at = (left + timedelta(minutes=30)).isoformat()
            yield _message("order.changed", id=f"o{number}", changed_at=at, placed_at=at, state="placed", email=email,
                           cart_id=f"cart{number}", currency="GBP", total="13.50", lines=lines)  # fmt: skip


def _message(kind: str, **data: object) -> Request:
    body, headers = demo_message(kind, data)
    return "POST", "/webhooks/demo/demo", body, dict(headers)


def _rows(wiring: Wiring, query: str) -> list[tuple[object, ...]]:
    with wiring.db.of_shop(1) as session:
        return [tuple(row) for row in session.execute(text(query))]


def _count(wiring: Wiring, query: str) -> int:
    return int(str(_rows(wiring, query)[0][0]))


def _family(pid: int) -> list[psutil.Process]:
    master = psutil.Process(pid)
    return [master, *master.children(recursive=True)]


def _cpu(pid: int) -> float:
    """Return what a process and its children spent, those that ended included."""
    times = [one.cpu_times() for one in _family(pid)]
    return sum(one.user + one.system for one in times) + times[0].children_user + times[0].children_system


def _watch(named: dict[str, int], peaks: dict[str, float], is_over: threading.Event) -> None:
    while not is_over.wait(1):
        for name, pid in list(named.items()):
            try:
                size = sum(one.memory_full_info().uss for one in _family(pid)) / 2**20
            except psutil.NoSuchProcess:
                continue
            peaks[name] = max(peaks.get(name, 0.0), size)
