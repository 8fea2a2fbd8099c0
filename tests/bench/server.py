"""What the doors cost, as CPU time of the web process for each request, against a bare Flask reply in the same run.

Rounds of bare, webhook and recommendation alternate, so a busy machine disturbs all alike; a ratio is of one round.
The demo's whole history is imported first, and its rate and memory told. Requests come from many addresses, because one
alone would meet the limit.
"""

import http.client
import shutil
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from sqlalchemy import text

from app.ingest.imports import request_import
from app.jobs.imports import run_import
from app.jobs.training import run_training
from app.learning.trainings import request_training
from app.local import postgres
from app.models import Import
from app.settings import Settings
from app.wiring import Wiring, wire
from tests.app.cast import ALICE, demo_message, share_secret
from tests.bench.shop import HISTORY
from tests.conftest import add_shop, migrate
from tests.journeys.processes import COMMANDS, House, wait_until

ROUNDS = 5
REQUESTS = 400  # of each kind in a round
CLIENTS = 4
SECRET_KEY = "test-" * 10

Request = tuple[str, str, bytes, dict[str, str]]  # method, path, body, headers


def main() -> None:
    """Measure and print."""
    folder = Path(tempfile.mkdtemp(prefix="regulars-bench-"))
    place = postgres.find_place(folder)
    database = postgres.start(place, folder / "postgresql.log")
    house = House(folder, place.url, _free_port())
    house.environment["TRUSTED_PROXIES"] = "1"
    COMMANDS["bare"] = ["-m", "gunicorn", "--worker-class", "gthread", "--threads", "4", "--log-level", "warning",
                        "--bind", f"127.0.0.1:{(bare := _free_port())}", "tests.bench.bare:create_app()"]  # fmt: skip
    try:
        migrate(place.url)
        house.start("valkey")
        with _wired(house, place.url) as wiring:
            shop_id = _prepare(wiring)
            house.start("web", "bare")
            house.wait_for_web()
            wait_until(lambda: _is_listening(bare), 20)
            _measure(house, bare, wiring, shop_id)
            _memory(house)
    finally:
        house.stop()
        postgres.stop(database)
        shutil.rmtree(place.data.parent, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _wired(house: House, url: str) -> Iterator[Wiring]:
    settings = Settings(
        data_dir=house.folder, database_url=url, redis_url=house.environment["REDIS_URL"], secret_key=SECRET_KEY
    )
    wiring = wire(settings)
    yield wiring
    wiring.close()


def _prepare(wiring: Wiring) -> int:
    shop_id = add_shop(wiring.db, "demo", platform="demo")
    share_secret(wiring, shop_id)
    with wiring.db.of_shop(shop_id) as session:
        import_id = request_import(session, shop_id, HISTORY)
    started, cpu = time.perf_counter(), time.process_time()
    run_import(shop_id, import_id, wiring=wiring)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    with wiring.db.of_shop(shop_id) as session:
        row = session.get(Import, (shop_id, import_id))
        assert row is not None
        peak = psutil.Process().memory_info().rss / 2**20
        print(f"import: {row.rows_read:,} rows in {seconds:.1f} s, {row.rows_read / seconds:,.0f} rows/s")
        print(f"        {cpu:.1f} s of CPU in the importing process, {peak:.0f} MB afterwards")
        training_id = request_training(session, shop_id, kind="simple", cause="asked")
        session.execute(text("UPDATE trainings SET state = 'done' WHERE kind = 'full'"))  # measured elsewhere
    started = time.perf_counter()
    run_training(shop_id, training_id, wiring=wiring)
    print(f"simple rules fitted and serving in {time.perf_counter() - started:.1f} s")
    return shop_id


def _measure(house: House, bare: int, wiring: Wiring, shop_id: int) -> None:
    kinds: dict[str, tuple[int, str, Callable[[int], Request]]] = {
        "bare Flask reply": (bare, "bare", lambda _n: ("POST", "/", b"x" * 700, {})),
        "webhook accepted durably": (house.port, "web", _webhook),
        "recommendation, product page": (house.port, "web", _asking("product", "&item=85123A")),
        "recommendation, home, a stranger": (house.port, "web", _asking("home", "")),
        "recommendation, home, a known visitor": (house.port, "web", _asking("home", f"&visitor={ALICE}")),
    }
    _introduce(house.port)
    for port, _, make in kinds.values():
        _send(port, [make(n) for n in range(40)])  # warm
    spent: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(ROUNDS):
        for name, (port, process, make) in kinds.items():
            requests = [make(n) for n in range(REQUESTS)]
            before = _cpu(house, process)
            _send(port, requests)
            spent[name].append((_cpu(house, process) - before) / REQUESTS * 1e6)
    first = spent["bare Flask reply"]
    for name, costs in spent.items():
        ratios = [cost / base for cost, base in zip(costs, first, strict=True)]
        low, middle, high = min(ratios), statistics.median(ratios), max(ratios)
        cost = statistics.median(costs)
        print(f"{name:40} {cost:6.0f} µs CPU   {middle:.2f} times bare (between {low:.2f} and {high:.2f})")


def _introduce(port: int) -> None:
    """Let a visitor agree, sign in as a regular and look at some things."""
    views = ",".join(f'{{"type":"item_viewed","item":"{item}"}}' for item in ("85123A", "22423", "47566"))
    told = f'{{"shop":"demo","visitor":"{ALICE}","events":[{{"type":"consent_given"}},{views}]}}'
    _send(port, [("POST", "/v1/events", told.encode(), {})])
    moment = "2026-11-16T10:00:00Z"
    _send(port, [_message("visitor.recognized", visitor_id=ALICE, customer_id="17850", recognized_at=moment)])


def _webhook(number: int) -> Request:
    return _message("stock.changed", id=f"i{number}", changed_at="2026-11-16T10:00:00Z", stock=number, note="x" * 500)


def _message(kind: str, **data: object) -> Request:
    body, headers = demo_message(kind, data)
    return "POST", "/webhooks/demo/demo", body, dict(headers)


def _asking(placement: str, more: str) -> Callable[[int], Request]:
    path = f"/v1/recommendations?shop=demo&placement={placement}&limit=8{more}"
    return lambda n: ("GET", path, b"", {"X-Forwarded-For": f"10.0.{n // 250}.{n % 250}"})


def _send(port: int, requests: list[Request]) -> None:
    clients = [threading.Thread(target=_one_client, args=(port, requests[part::CLIENTS])) for part in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()


def _one_client(port: int, requests: list[Request]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for method, path, body, headers in requests:
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status >= 400:
            raise SystemExit(f"{path} answered {answer.status}")
    connection.close()


def _cpu(house: House, name: str) -> float:
    master = psutil.Process(house.running[name].pid)
    times = [process.cpu_times() for process in [master, *master.children(recursive=True)]]
    return sum(one.user + one.system for one in times)


def _memory(house: House) -> None:
    for name in ("fast", "files", "slow", "clock"):
        COMMANDS.setdefault("slow", ["-m", "app.jobs.worker", "slow"])
        house.start(name)
    time.sleep(5)
    print("\nmemory (unique to the process and its children, MB):")
    for name, process in house.running.items():
        master = psutil.Process(process.pid)
        parts = [one.memory_full_info().uss for one in [master, *master.children(recursive=True)]]
        print(f"  {name:8} {sum(parts) / 2**20:6.0f}")


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
