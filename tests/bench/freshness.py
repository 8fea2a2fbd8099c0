"""How long after a webhook an item's price and stock are seen in the widget's answer: real processes, one by one."""

import json
import shutil
import socket
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from app.local import postgres
from app.settings import Settings
from app.wiring import Wiring, wire
from tests.app.cast import buyers, share_secret, tell, woocommerce_headers
from tests.conftest import add_shop, migrate
from tests.journeys.processes import House

SHOP = "harbour-tea"
WEBHOOKS = 40
PAUSE_SECONDS = 0.7  # no fixed beat with anything that looks twice a second
PATIENCE_SECONDS = 30.0


def main() -> None:
    """Change a price and what is in stock by turns, and wait until the shelf says so."""
    folder = Path(tempfile.mkdtemp(prefix="regulars-bench-"))
    place = postgres.find_place(folder)
    database = postgres.start(place, folder / "postgresql.log")
    house = House(folder, place.url, _free_port())
    try:
        migrate(place.url)
        house.start("valkey", "web", "fast", "clock")
        house.wait_for_web()
        took = _measure(place.url, house)
        print(f"{len(took)} webhooks, from the post to the widget's answer, s: ", end="")
        print(f"median {statistics.median(took):.2f}, 90 % {statistics.quantiles(took, n=10)[-1]:.2f}, ", end="")
        print(f"longest {max(took):.2f}")
    finally:
        house.stop()
        postgres.stop(database)
        shutil.rmtree(place.data.parent, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def _measure(url: str, house: House) -> list[float]:
    wiring = wire(Settings(DATABASE_URL=url, REDIS_URL=house.environment["REDIS_URL"], SECRET_KEY="test-" * 10))
    try:
        _furnish(wiring)
        return [_once(house, number) for number in range(WEBHOOKS)]
    finally:
        wiring.close()


def _furnish(wiring: Wiring) -> None:
    shop_id = add_shop(wiring.db, SHOP)
    tell(wiring, shop_id, *buyers(10, 8, until=datetime.now(UTC) - timedelta(days=1)))
    share_secret(wiring, shop_id)


def _once(house: House, number: int) -> float:
    time.sleep(PAUSE_SECONDS)
    price, is_there = f"{10 + number}.00", number % 2 == 0
    body = json.dumps(_product(price, is_there=is_there)).encode()
    base = f"http://127.0.0.1:{house.port}"
    headers = woocommerce_headers(body, "product.updated", delivery_id=f"d{number}")
    started = time.monotonic()
    requests.post(f"{base}/webhooks/woocommerce/{SHOP}", data=body, headers=headers, timeout=10).raise_for_status()
    while not _is_seen(base, price, is_there=is_there):
        if time.monotonic() - started > PATIENCE_SECONDS:
            raise TimeoutError(f"Webhook {number} was not seen on the shelf.")
        time.sleep(0.02)
    return time.monotonic() - started


def _is_seen(base: str, price: str, *, is_there: bool) -> bool:
    asked = {"shop": SHOP, "placement": "home", "limit": "24"}
    shown = requests.get(f"{base}/v1/recommendations", params=asked, timeout=10).json()["items"]
    prices = {one["id"]: one["price"] for one in shown}
    return prices.get("green0") == price if is_there else "green0" not in prices


def _product(price: str, *, is_there: bool) -> dict[str, Any]:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return {
        "id": "green0",
        "name": "green number 0",
        "status": "publish",
        "type": "simple",
        "price": price,
        "permalink": "https://harbour-tea.example/green0",
        "stock_status": "instock" if is_there else "outofstock",
        "date_created_gmt": now,
        "date_modified_gmt": now,
    }


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port
