"""How fast a platform's past comes in, and with how much memory: 100,000 orders that are made up, over loopback.

The platform is a process of its own, and so is the reading, whose memory is told as it was before and at its highest.
What the platform asks us to wait for is not waited for.
"""

import json
import multiprocessing
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import update

from app.ingest import backfills
from app.jobs.backfills import run_backfill
from app.local import postgres, valkey
from app.models import Backfill, Order, OrderLine, Shop
from app.models.work import OPEN
from app.settings import Settings
from app.shops import connections
from app.wiring import Wiring, wire
from plugins.http import Client, PoliteClient, Reply
from plugins.shopify.scopes import ALL_ORDERS
from plugins.talking import Credentials, Kind
from tests.conftest import add_shop, migrate
from tests.plugins.captured import captured
from tests.plugins.loopback import Answer, Asked, serve
from tests.plugins.shopify.fake import nodes
from tests.plugins.shopify.fake.server import CLIENT_ID, CLIENT_SECRET, Fake, Led

ORDERS, ITEMS, PEOPLE = 100_000, 500, 20_000
START = datetime(2024, 1, 1, tzinfo=UTC)
PREPARING_SECONDS = 300.0
SECRET_KEY = "test-" * 10


@dataclass(frozen=True)
class Told:
    """What the reading needs to know of a platform that was started for it."""

    platform: str
    address: str
    url: str
    secrets: dict[str, str]


def main() -> None:
    """Read everything from each platform, and print a table."""
    folder = Path(tempfile.mkdtemp(prefix="regulars-bench-"))
    place = postgres.find_place(folder)
    database = postgres.start(place, folder / "postgresql.log")
    doorbell = valkey.start(folder, folder / "valkey.log")
    try:
        migrate(place.url)
        print(f"{'':20}{'rows':>10}{'seconds':>10}{'rows/s':>10}{'our CPU s':>12}{'MB before':>12}{'MB at most':>12}")
        for platform in (shopify, woocommerce):
            with _apart(platform) as told:
                _measure(folder, place.url, told)
    finally:
        doorbell.terminate()
        doorbell.wait(timeout=10)
        postgres.stop(database)
        shutil.rmtree(place.data.parent, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def shopify(pipe: Pipe) -> None:
    """Be a Shopify with one shop."""
    with Fake() as fake:
        shop = fake.add_shop()
        shop.scopes.add(ALL_ORDERS)
        shop.rows["products"] = [nodes.product(number, at=START) for number in range(1, ITEMS + 1)]
        shop.rows["orders"] = _orders
        told = Told("shopify", shop.domain, fake.url, dict(fake.credentials(shop, is_expiring=False).secrets))
        pipe.send(told)
        pipe.recv()


def woocommerce(pipe: Pipe) -> None:
    """Be a WooCommerce that lists its products and orders, each as long as captured ones are."""
    rows = {"products": _items(), "orders": _sales()}

    def answer(asked: Asked) -> Answer:
        parts = urlsplit(asked.target)
        told = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        name, offset, most = parts.path.rsplit("/", 1)[-1], int(told.get("offset", 0)), int(told["per_page"])
        body = b"[" + b",".join(rows[name][offset : offset + most]) + b"]"
        return Answer(body=body, headers={"x-wp-total": str(len(rows[name]))})

    with serve(answer) as url:
        pipe.send(Told("woocommerce", url, url, {"consumer_key": "ck_1", "consumer_secret": "cs_1"}))
        pipe.recv()


def _items() -> list[bytes]:
    product = json.loads(captured("00021_product_updated.json")[0].delivery.body)
    return [json.dumps({**product, "id": number, "type": "simple"}).encode() for number in range(1, ITEMS + 1)]


def _sales() -> list[bytes]:
    order = json.loads(captured("00043_order_updated.json")[0].delivery.body)
    (line, *_) = order["line_items"]
    found = []
    for number in range(1, ORDERS + 1):
        at = (START + timedelta(minutes=10 * number)).strftime("%Y-%m-%dT%H:%M:%S")
        times = {name: at for name in order if name.startswith("date_") and order[name]}
        lines = [{**line, "id": step, "product_id": (number * 7 + step * step) % ITEMS + 1} for step in range(3)]
        whose = {"customer_id": number * 31 % PEOPLE + 1, "status": "completed", "line_items": lines, "refunds": []}
        found.append(json.dumps({**order, **times, **whose, "id": number + ITEMS}).encode())
    return found


def _orders() -> Iterator[nodes.Node]:
    for number in range(1, ORDERS + 1):
        first = number * 7 % ITEMS + 1
        lines = [nodes.line(number * 10 + step, (first + step * step) % ITEMS + 1) for step in range(3)]
        at = START + timedelta(minutes=10 * number)
        yield nodes.order(number, at=at, customer=number * 31 % PEOPLE + 1, lineItems=lines)


@contextmanager
def _apart(platform: Callable[[Pipe], None]) -> Iterator[Told]:
    """Start a platform in a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=platform, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send("that is all")
        process.join(timeout=30)


def _measure(folder: Path, database_url: str, told: Told) -> None:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=read_all, args=(theirs, folder, database_url, told))
    process.start()
    theirs.close()  # so that a reading which fails ends this too
    for kind, rows, seconds, cpu, before, most in ours.recv():
        rate = rows / seconds if seconds else 0.0
        name = f"{told.platform} {kind}"
        print(f"{name:20}{rows:>10,}{seconds:>10.1f}{rate:>10,.0f}{cpu:>12.1f}{before:>12.0f}{most:>12.0f}", flush=True)
    process.join(timeout=60)


def read_all(pipe: Pipe, folder: Path, database_url: str, told: Told) -> None:
    """Read a shop whole, and send back how long each kind took."""
    doorbell = f"unix://{valkey.socket_path(folder)}"
    settings = Settings(
        data_dir=folder, database_url=database_url, redis_url=doorbell, secret_key=SECRET_KEY,
        shopify_client_id=CLIENT_ID, shopify_client_secret=CLIENT_SECRET,
    )  # fmt: skip
    wiring = wire(settings, pool_size=4)
    wiring = replace(wiring, client=_client(told))
    shop_id = _connect(wiring, told)
    found = [_read(wiring, shop_id, kind) for kind in (Kind.ITEMS, Kind.ORDERS)]
    with wiring.db.of_shop(shop_id) as session:
        orders = session.query(Order).count()
        lines = session.query(OrderLine).count()
    assert (orders, lines) == (ORDERS, 3 * ORDERS), (found, orders, lines)
    pipe.send(found)
    wiring.close()


class Patient(Led):
    """A client for the stand-in, which writes the whole of a file before it says that it has begun."""

    def ask(self, method: str, url: str, **more: Any) -> Reply:
        return super().ask(method, url, **{**more, "timeout_seconds": PREPARING_SECONDS})


def _client(told: Told) -> Client:
    polite = PoliteClient(may_reach_private=True)
    return Patient(told.url, polite) if told.platform == "shopify" else polite


def _connect(wiring: Wiring, told: Told) -> int:
    shop_id = add_shop(wiring.db, told.platform, platform=told.platform, currency="EUR")
    with wiring.db.of_nobody() as session:
        session.get_one(Shop, shop_id).address = told.address
    kept: dict[str, Any] = {"secret_key": wiring.settings.secret_key, "now": wiring.clock()}
    with wiring.db.of_shop(shop_id) as session:
        connections.prepare(session, shop_id)
        connections.keep_credentials(session, shop_id, Credentials(secrets=told.secrets), **kept)
    return shop_id


def _read(wiring: Wiring, shop_id: int, kind: Kind) -> tuple[str, int, float, float, float, float]:
    before, seconds, cpu, read = _peak_mb(), 0.0, 0.0, 0
    with wiring.db.of_shop(shop_id) as session:
        (one,) = backfills.start_backfills(session, shop_id, [kind], cause=backfills.INSTALL, until=wiring.clock())
    while True:
        started, spent = time.perf_counter(), time.process_time()
        run_backfill(shop_id, one, wiring=wiring)
        took = time.perf_counter() - started, time.process_time() - spent
        with wiring.db.of_shop(shop_id) as session:
            row = session.get_one(Backfill, (shop_id, one))
            session.execute(update(Backfill).values(claimed_until=None))
        if row.rows_read > read:  # else the platform was still preparing
            seconds, cpu, read = seconds + took[0], cpu + took[1], row.rows_read
        if row.state not in OPEN:
            assert (row.state, row.reason) == ("done", ""), row.reason
            return str(kind), read, seconds, cpu, before, _peak_mb()


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
