"""A WooCommerce shop is connected by one click, its past read, and each thing that goes wrong meanwhile is told."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import func, select, update

from app.jobs.backfills import run_backfill
from app.jobs.connecting import set_up_shop
from app.models import Backfill, Customer, Item, Order, PersonRole, Shop, WorkState
from app.settings import Settings
from app.shops import connections
from app.web import create_app
from app.wiring import Wiring, wire
from tests.app.web.admin.conftest import Browser, sign_in
from tests.conftest import add_shop
from tests.plugins.loopback import Answer, Asked
from tests.plugins.woocommerce.store import KEY, SECRET, Store, customer, order, product

LEADS_TO = re.compile(r'<a class="button first" href="([^"]+)"')
OURS = "https://regulars.example"


@pytest.fixture
def server(settings: Settings, wiring: Wiring) -> Iterator[Wiring]:
    """Our side at a public address, allowed to reach a shop on its own network."""
    wired = wire(settings.model_copy(update={"public_url": OURS, "private_shops": True}), pool_size=3)
    yield wired
    wired.close()


@pytest.fixture
def store(wiring: Wiring) -> Iterator[Store]:
    with Store() as store:
        now = wiring.clock() - timedelta(days=1)
        store.products = [product(n, now) for n in range(1, 4)]
        store.orders = [order(n, now) for n in range(10, 260)]
        store.customers = [customer(n, now) for n in range(1, 3)]
        yield store


@pytest.fixture
def olive(server: Wiring, harbour: int) -> Browser:
    app = create_app(wiring=server)
    app.testing = False
    app.config["SESSION_COOKIE_SECURE"] = False  # the client here speaks http
    return sign_in(app, server, harbour, "harbour-tea", "Olive", PersonRole.OWNER)


def leave_for_the_shop(olive: Browser, store: Store) -> dict[str, str]:
    """Press Connect; return what the shop's page is asked."""
    page = olive.post("/connection", {"address": store.url}, page="/connection").text
    place = LEADS_TO.search(page).group(1).replace("&amp;", "&")
    assert place.startswith(f"{store.url}/wc-auth/v1/authorize?")
    return dict(parse_qsl(urlsplit(place).query))


def hand_keys_over(olive: Browser, asked: dict[str, str], key: str = KEY) -> int:
    """Post the keys as WooCommerce does, and return the status of the answer."""
    told = {"key_id": 3, "user_id": asked["user_id"], "consumer_key": key, "consumer_secret": SECRET}
    place = asked["callback_url"].removeprefix(OURS)
    return olive.client.post(place, json={**told, "key_permissions": "read_write"}).status_code


def read_all(server: Wiring, shop_id: int, *, rounds: int = 20) -> None:
    """Do what the importer does, without waiting for anything that was put off."""
    for _ in range(rounds):
        with server.db.of_shop(shop_id) as session:
            waits = Backfill.state == WorkState.WAITING
            session.execute(update(Backfill).where(waits).values(claimed_until=None))
            waiting = session.scalars(select(Backfill.id).where(waits).order_by(Backfill.id)).all()
        for one in waiting:
            run_backfill(shop_id, one, wiring=server)


def count(server: Wiring, shop_id: int, row: type) -> int:
    with server.db.of_shop(shop_id) as session:
        return session.scalar(select(func.count()).select_from(row)) or 0


def standing(server: Wiring, shop_id: int) -> tuple[str, str | None]:
    with server.db.of_shop(shop_id) as session:
        return connections.connection_of(session, shop_id).state, session.get_one(Shop, shop_id).address


def failing(path: str, answer: Answer) -> Any:
    def fault(asked: Asked) -> Answer | None:
        return answer if urlsplit(asked.target).path.endswith(path) else None

    return fault


def test_one_click_connects_the_shop_makes_its_webhooks_and_reads_its_past(server, harbour, olive, store):
    asked = leave_for_the_shop(olive, store)
    assert (asked["scope"], asked["app_name"]) == ("read_write", "Regulars")
    assert hand_keys_over(olive, asked) == 200
    back = olive.client.get(asked["return_url"].removeprefix(OURS) + f"?success=1&user_id={asked['user_id']}")
    assert back.location == "/admin/harbour-tea/connection"
    assert standing(server, harbour) == ("connected", store.url)

    set_up_shop(harbour, wiring=server)
    read_all(server, harbour)
    page = olive.get("/connection").text
    counted = tuple(count(server, harbour, row) for row in (Item, Order, Customer))
    assert counted[:2] == (3, 250)
    assert counted[2] >= 2
    assert {row["delivery_url"] for row in store.webhooks} == {f"{OURS}/webhooks/woocommerce/harbour-tea"}
    assert "in order" in page
    assert "250" in page
    assert all(SECRET not in told for told in (page, olive.get("/history").text))


def test_a_shop_that_asks_for_ten_minutes_of_quiet_is_waited_for_and_loses_nothing(server, harbour, olive, store):
    assert hand_keys_over(olive, leave_for_the_shop(olive, store)) == 200
    store.fault = failing("/orders", Answer(429, b"", {"Retry-After": "600"}))
    set_up_shop(harbour, wiring=server)
    read_all(server, harbour, rounds=3)
    page = olive.get("/connection").text

    assert "It is tried again by itself; nothing that was read is lost." in page
    assert count(server, harbour, Item) == 3
    store.fault = lambda _asked: None
    read_all(server, harbour)
    assert count(server, harbour, Order) == 250
    assert "It is tried again by itself" not in olive.get("/connection").text


def test_keys_taken_back_midway_are_said_and_connecting_again_goes_on(server, harbour, olive, store, wiring):
    eves = add_shop(wiring.db, "eves")
    assert hand_keys_over(olive, leave_for_the_shop(olive, store)) == 200
    refusal = Answer(401, b'{"code": "woocommerce_rest_cannot_view", "message": "x"}', {})
    store.fault = failing("/orders", refusal)
    set_up_shop(harbour, wiring=server)
    read_all(server, harbour, rounds=3)

    for page in (olive.get("/connection").text, olive.get("/").text):
        assert "Connect the shop as an administrator." in page
    assert standing(server, harbour)[0] == "broken"
    store.fault = lambda _asked: None
    assert hand_keys_over(olive, leave_for_the_shop(olive, store)) == 200
    set_up_shop(harbour, wiring=server)
    read_all(server, harbour)
    assert standing(server, harbour)[0] == "connected"
    assert count(server, harbour, Order) == 250
    assert count(server, eves, Order) == 0


def test_keys_that_may_only_read_or_were_made_up_are_not_kept(server, harbour, olive, store):
    for wrong in ("ck_" + "c3" * 20, "ck_" + "00" * 20, "nonsense"):
        assert hand_keys_over(olive, leave_for_the_shop(olive, store), wrong) == 403
        assert "The last try to connect did not work." in olive.get("/connection").text
    assert standing(server, harbour) == ("new", None)
