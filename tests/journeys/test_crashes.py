"""kill -9 of anything, at any time: the same rows as an undisturbed run, and work goes on within seconds."""

import json
import socket
import threading
import time

import pytest
import requests
from sqlalchemy import insert, text

from app.ingest.digest import digest
from app.ingest.imports import request_import
from app.jobs.deliveries import drain_deliveries
from app.jobs.imports import run_import
from app.models import Delivery, Import, WorkState
from app.queues import FAST, FILES
from tests.app.cast import MONDAY, demo_message, share_secret
from tests.conftest import add_shop
from tests.journeys.processes import House, wait_until

DELIVERIES = 10_000
RESUMED_SECONDS = 15
DONE_SECONDS = 180  # no promise: what died with its worker is tried one by one, and a machine may be busy


@pytest.fixture
def house(owner_url, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    house = House(tmp_path, owner_url, port)
    yield house
    house.stop()


def order_message(number):
    data = {
        "id": str(number % 4000), "changed_at": f"2026-11-16T10:{number % 60:02}:{number // 60 % 60:02}Z",
        "placed_at": "2026-11-16T10:00:00Z", "state": "placed", "customer_id": f"c{number % 50}", "currency": "GBP",
        "total": "4.50", "lines": [{"id": "1", "item_id": f"i{number % 300}", "quantity": 1, "total": "4.50"}],
    }  # fmt: skip
    return json.dumps({"type": "order.changed", "data": data}).encode()


def fill_inbox(wiring, shop_id):
    same = {"shop_id": shop_id, "platform": "demo", "topic": "order.changed", "headers": {}, "received_at": MONDAY}
    rows = [{**same, "idempotency_key": str(number), "body": order_message(number)} for number in range(DELIVERIES)]
    with wiring.db.of_shop(shop_id) as session:
        session.execute(insert(Delivery), rows)


def settled(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return session.execute(text("SELECT count(*) FROM deliveries WHERE state <> 'waiting'")).scalar()


def digest_of(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return digest(session)


def test_ten_thousand_deliveries_survive_the_death_of_worker_and_valkey(wiring, house):
    undisturbed = add_shop(wiring.db, "undisturbed", platform="demo")
    disturbed = add_shop(wiring.db, "disturbed", platform="demo")
    for shop_id in (undisturbed, disturbed):
        fill_inbox(wiring, shop_id)
    while settled(wiring, undisturbed) < DELIVERIES:
        drain_deliveries(undisturbed, wiring=wiring)
    house.start("valkey", "fast", "clock")

    for victim in ("fast", "valkey", "fast"):
        before = settled(wiring, disturbed)
        wait_until(lambda before=before: settled(wiring, disturbed) > before, RESUMED_SECONDS)
        house.kill(victim)
        house.start(victim)
    before = settled(wiring, disturbed)
    wait_until(lambda: settled(wiring, disturbed) > before or before == DELIVERIES, RESUMED_SECONDS)
    wait_until(lambda: settled(wiring, disturbed) == DELIVERIES, DONE_SECONDS)

    assert digest_of(wiring, disturbed) == digest_of(wiring, undisturbed)


def test_an_import_survives_the_death_of_worker_and_valkey(wiring, house, tmp_path):
    lines = (
        f"{n // 4},2026-0{1 + n // 9000}-11 10:00,c{n % 97},I{n % 701},Cup {n % 701},1,1.50\n" for n in range(60_000)
    )
    path = tmp_path / "orders.csv"
    path.write_text("order_id,ordered_at,customer_id,item_id,item_title,quantity,unit_price\n" + "".join(lines))
    undisturbed, disturbed = add_shop(wiring.db, "undisturbed"), add_shop(wiring.db, "disturbed")
    ids = {}
    for shop_id in (undisturbed, disturbed):
        with wiring.db.of_shop(shop_id) as session:
            ids[shop_id] = request_import(session, shop_id, path)
    run_import(undisturbed, ids[undisturbed], wiring=wiring)
    house.start("valkey", "files", "clock")

    def rows_read():
        with wiring.db.of_shop(disturbed) as session:
            return session.get(Import, (disturbed, ids[disturbed])).rows_read

    for victims in (("files",), ("valkey", "files")):
        before = rows_read()
        wait_until(lambda before=before: rows_read() > before, RESUMED_SECONDS)
        for victim in victims:
            house.kill(victim)
        house.start(*victims)
    before = rows_read()
    wait_until(lambda: rows_read() > before, RESUMED_SECONDS)
    wait_until(lambda: rows_read() == 60_000, DONE_SECONDS)

    def state():
        with wiring.db.of_shop(disturbed) as session:
            return session.get(Import, (disturbed, ids[disturbed])).state

    wait_until(lambda: state() == WorkState.DONE, 15)
    assert digest_of(wiring, disturbed) == digest_of(wiring, undisturbed)


def send_until_accepted(url, numbers, accepted):
    for number in numbers:
        data = {"id": str(number), "changed_at": "2026-11-16T10:00:00Z", "stock": number}
        while number not in accepted:
            body, headers = demo_message("stock.changed", data)
            try:
                if requests.post(url, data=body, headers=headers, timeout=5).status_code == 200:
                    accepted.append(number)
            except requests.RequestException:
                time.sleep(0.1)


def test_what_the_door_accepted_survives_the_death_of_web(wiring, house):
    shop_id = add_shop(wiring.db, "disturbed", platform="demo")
    share_secret(wiring, shop_id)
    house.start("valkey", "web", "fast", "clock")
    house.wait_for_web()
    accepted = []
    url = f"http://127.0.0.1:{house.port}/webhooks/demo/disturbed"
    senders = [
        threading.Thread(target=send_until_accepted, args=(url, range(part, 400, 4), accepted)) for part in range(4)
    ]
    for sender in senders:
        sender.start()
    for _ in range(2):
        before = len(accepted)
        wait_until(lambda before=before: len(accepted) > before + 20, 20)
        house.kill("web")
        house.start("web")
        house.wait_for_web()
    for sender in senders:
        sender.join()

    def known():
        with wiring.db.of_shop(shop_id) as session:
            return session.execute(text("SELECT count(*) FROM items")).scalar()

    wait_until(lambda: known() == 400, RESUMED_SECONDS)
    assert sorted(accepted) == list(range(400))


def test_losing_every_bell_costs_seconds_and_no_work(wiring, house):
    shop_id = add_shop(wiring.db, "disturbed", platform="demo")
    fill_inbox(wiring, shop_id)
    house.start("valkey")
    wiring.queues.nudge(FAST, "deliveries.drain_deliveries", shop_id)
    wiring.queues.nudge(FILES, "imports.run_import", shop_id, 1)
    wiring.queues.redis.flushall()

    house.start("fast", "clock")

    wait_until(lambda: settled(wiring, shop_id) > 0, RESUMED_SECONDS)
