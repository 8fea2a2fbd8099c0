"""A connected shop is kept up with over its API: what no webhook told, what is gone, and what goes wrong on the way."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from app import consent
from app.jobs.backfills import run_backfill
from app.jobs.connecting import set_up_shop
from app.jobs.reconciling import reconcile_shop, sweep_shop
from app.jobs.watching import watch_shop
from app.jobs.writing_back import collect_answers, write_back
from app.messaging.unsubscribe import SOURCE
from app.models import Backfill, Connection, Item, Order, Review, Shop, WriteBack
from app.shops import connections
from app.wiring import Wiring
from plugins.events import Purpose
from plugins.http import PoliteClient
from plugins.talking import Credentials
from tests.conftest import add_shop
from tests.plugins.loopback import Answer
from tests.plugins.shopify.fake import nodes
from tests.plugins.shopify.fake.server import CLIENT_ID, CLIENT_SECRET, Fake
from tests.plugins.woocommerce.store import KEY, SECRET, Store, customer, order, product, review

NOT_RUN_OUT = {"claimed_until": text("clock_timestamp() - interval '1 second'")}


@pytest.fixture
def store(wiring: Wiring) -> Iterator[Store]:
    with Store() as store:
        long_ago = wiring.clock() - timedelta(days=2)
        store.products = [product(number, long_ago) for number in range(1, 31)]
        store.orders = [order(number, long_ago) for number in range(101, 361)]
        store.customers = [customer(1, long_ago)]
        yield store


@pytest.fixture
def woo(wiring: Wiring, harbour: int, store: Store) -> Wiring:
    """Harbour Tea, connected to the store and set up."""
    keys = Credentials(secrets={"consumer_key": KEY, "consumer_secret": SECRET})
    wired = replace(wiring, client=PoliteClient(may_reach_private=True))
    connect(wired, harbour, store.url, keys)
    return wired


def connect(wiring: Wiring, shop_id: int, address: str, credentials: Credentials) -> None:
    with wiring.db.of_nobody() as session:
        session.get_one(Shop, shop_id).address = address
    kept: dict[str, Any] = {"secret_key": wiring.settings.secret_key, "now": wiring.clock()}
    with wiring.db.of_shop(shop_id) as session:
        connections.keep_credentials(session, shop_id, credentials, **kept)
    set_up_shop(shop_id, wiring=wiring)
    run_all(wiring, shop_id)


def run_all(wiring: Wiring, shop_id: int) -> None:
    """Run what waits, not waiting for what is put off."""
    for _ in range(30):
        with wiring.db.of_shop(shop_id) as session:
            session.execute(update(Backfill).where(Backfill.state == "waiting").values(**NOT_RUN_OUT))
            waiting = session.scalars(
                select(Backfill.id).where(Backfill.state == "waiting").order_by(Backfill.id)
            ).all()
        if not waiting:
            return
        for one in waiting:
            run_backfill(shop_id, one, wiring=wiring)


def ids(wiring: Wiring, shop_id: int, kind: Any) -> set[str]:
    with wiring.db.of_shop(shop_id) as session:
        return set(session.scalars(select(kind.external_id)))


def found(wiring: Wiring, shop_id: int) -> dict[str, Any]:
    with wiring.db.of_shop(shop_id) as session:
        return session.get_one(Connection, shop_id).found


def test_an_order_no_webhook_told_of_is_there_within_the_hour_and_counted(woo, harbour, store):
    assert len(ids(woo, harbour, Order)) == 260
    store.orders.append(order(400, woo.clock() - timedelta(minutes=1)))

    reconcile_shop(woo, harbour)
    run_all(woo, harbour)

    assert "400" in ids(woo, harbour, Order)
    assert found(woo, harbour)["reconciled"]["orders"]["new"] == 1


def test_a_product_deleted_without_a_word_is_found_gone(woo, harbour, store):
    store.products = [one for one in store.products if one["id"] != 7]
    sweep_shop(woo, harbour)
    run_all(woo, harbour)
    assert found(woo, harbour)["reconciled"]["items_swept"]["deleted"] == 1
    with woo.db.of_shop(harbour) as session:
        assert session.execute(text("SELECT kind, external_id FROM deletion_reports")).all() == [("item", "7")]
    assert "7" in ids(woo, harbour, Item)  # hidden, until a newer version of it is heard of


def test_a_webhook_that_was_switched_off_is_made_anew(woo, harbour, store):
    store.webhooks[0]["status"] = "disabled"
    topic = store.webhooks[0]["topic"]
    watch_shop(harbour, wiring=woo)
    assert found(woo, harbour)["webhooks"]["mended"] == [topic]


def test_a_review_is_read_and_a_deleted_one_goes(woo, harbour, store):
    store.reviews = [review(1, woo.clock()), review(2, woo.clock())]
    reconcile_shop(woo, harbour)
    run_all(woo, harbour)
    assert len(ids(woo, harbour, Review)) == 2

    store.reviews.pop()
    sweep_shop(woo, harbour)
    run_all(woo, harbour)
    assert len(ids(woo, harbour, Review)) == 1


def test_rights_lost_in_the_middle_of_reading_lose_nothing_that_was_read(wiring, harbour, store):
    lost = Answer(status=401, body=json.dumps({"code": "woocommerce_rest_cannot_view"}).encode())
    store.fault = lambda asked: lost if "/orders" in asked.target and "offset" in asked.target else None
    keys = Credentials(secrets={"consumer_key": KEY, "consumer_secret": SECRET})
    wired = replace(wiring, client=PoliteClient(may_reach_private=True))
    connect(wired, harbour, store.url, keys)
    with wired.db.of_shop(harbour) as session:
        row = session.get_one(Connection, harbour)
        assert (row.state, "administrator" in row.trouble) == ("broken", True)
    assert len(ids(wired, harbour, Order)) == 100

    store.fault = lambda _asked: None
    connect(wired, harbour, store.url, keys)

    assert len(ids(wired, harbour, Order)) == 260
    with wired.db.of_shop(harbour) as session:
        assert (session.get_one(Connection, harbour).state, session.get_one(Connection, harbour).trouble) == (
            "connected",
            "",
        )


def test_a_no_said_here_is_told_to_shopify(wiring):
    with Fake() as fake:
        shop = fake.add_shop()
        shop.rows["products"] = [nodes.product(1)]
        shop.rows["customers"] = [nodes.customer(1)]
        settings = wiring.settings.model_copy(
            update={"shopify_client_id": CLIENT_ID, "shopify_client_secret": CLIENT_SECRET}
        )
        wired = replace(wiring, settings=settings, client=fake.client(), clock=fake.now)
        shop_id = add_shop(wired.db, "linden", platform="shopify", currency="EUR")
        connect(wired, shop_id, shop.domain, fake.credentials(shop))
        assert ids(wired, shop_id, Item) >= {"1"}

        say_no(wired, shop_id, "shopper1@example.com")
        collect_answers(wired, shop_id)
        with wired.db.of_shop(shop_id) as session:
            waiting = session.scalars(select(WriteBack.id)).all()
        for one in waiting:
            write_back(shop_id, one, wiring=wired)

        assert [state for state, _ in shop.consents.values()] == ["UNSUBSCRIBED"]


def say_no(wiring: Wiring, shop_id: int, email: str) -> None:
    with wiring.db.of_shop(shop_id) as session:
        at = consent.moment_of_own_word(session, shop_id, email)
        purpose = Purpose.EMAIL_MARKETING
        word = consent.Word(purpose=purpose, is_given=False, source=SOURCE, email=email, occurred_at=at)
        consent.record(session, shop_id, word)
