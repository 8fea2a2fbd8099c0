"""A shop at Shopify is in trouble while its past is read: a sentence says so, and nothing that was read is lost."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.ingest.backfills import INSTALL, start_backfills
from app.jobs.backfills import run_backfill
from app.models import Backfill, Order, Shop, WorkState
from app.shops import connections
from app.wiring import wire
from plugins.shopify import bulk
from plugins.talking import Kind
from tests.conftest import add_shop
from tests.plugins.shopify.fake import nodes
from tests.plugins.shopify.fake.server import BASE_URL, CLIENT_ID, CLIENT_SECRET, Fake


@pytest.fixture
def shopify() -> Iterator[Fake]:
    with Fake() as fake:
        yield fake


@pytest.fixture
def server(settings, wiring, shopify):
    told = {"shopify_client_id": CLIENT_ID, "shopify_client_secret": CLIENT_SECRET, "public_url": BASE_URL}
    wired = wire(settings.model_copy(update=told), pool_size=3)
    yield replace(wired, client=shopify.client(), clock=shopify.now)
    wired.close()


def begin(server, shopify, slug="quince"):
    """Connect a shop with forty orders in its past, and put them in line."""
    shop = shopify.add_shop(f"{slug}.myshopify.com")
    shop.rows["orders"] = [nodes.order(number) for number in range(1, 41)]
    shop_id = add_shop(server.db, slug, platform="shopify", currency="EUR")
    with server.db.of_shop(shop_id) as session:
        session.get_one(Shop, shop_id).address = shop.domain
        kept = shopify.credentials(shop)
        key = server.settings.secret_key
        connections.keep_credentials(session, shop_id, kept, secret_key=key, now=shopify.now())
        (row_id,) = start_backfills(session, shop_id, [Kind.ORDERS], cause=INSTALL, until=shopify.now())
    return shop, shop_id, row_id


def go_on(server, shop_id, row_id, *, most=12):
    """Do what the importer does at its next turns, without waiting for what was put off."""
    for _ in range(most):
        with server.db.of_shop(shop_id) as session:
            session.execute(update(Backfill).values(claimed_until=None))
        run_backfill(shop_id, row_id, wiring=server)
        row, connection, orders = look(server, shop_id)
        if row.state != WorkState.WAITING or row.reason:
            break
    return row, connection, orders


def look(server, shop_id):
    with server.db.of_shop(shop_id) as session:
        row = session.scalars(select(Backfill)).one()
        orders = len(session.scalars(select(Order.id)).all())
        connection = connections.connection_of(session, shop_id)
        session.expunge_all()
    return row, connection, orders


def test_an_api_that_throttles_for_ten_minutes_is_waited_for_and_everything_is_there(server, shopify):
    shop, shop_id, row_id = begin(server, shopify)
    shop.bucket.shut_until = shopify.now() + timedelta(minutes=10)

    run_backfill(shop_id, row_id, wiring=server)

    row, connection, orders = look(server, shop_id)
    assert (row.state, orders) == (WorkState.WAITING, 0)
    assert "slow down" in row.reason
    assert row.claimed_until is not None
    assert connection.state == "connected"  # no person is needed
    shopify.pass_time(timedelta(minutes=11))
    row, connection, orders = go_on(server, shop_id, row_id)
    assert (row.state, orders, connection.trouble) == (WorkState.DONE, 40, "")


def test_rights_lost_mid_way_are_said_and_given_again_the_reading_goes_on(server, shopify, monkeypatch):
    monkeypatch.setattr(bulk, "PAGE", 10)
    shop, shop_id, row_id = begin(server, shopify)
    eve, eve_id, eve_row = begin(server, shopify, "eve")
    run_backfill(shop_id, row_id, wiring=server)  # Shopify has begun to write
    shop.is_installed = False  # the merchant took the app out, or lost the right to it

    row, connection, orders = go_on(server, shop_id, row_id)
    assert (row.state, orders, connection.state) == (WorkState.WAITING, 0, "broken")
    assert "Open Regulars in the Shopify admin" in connection.trouble
    assert go_on(server, eve_id, eve_row)[2] == 40
    assert eve.asked != []

    shop.is_installed = True
    row, connection, orders = go_on(server, shop_id, row_id)
    assert (row.state, orders, len(shop.bulk)) == (WorkState.DONE, 40, 1)


def test_a_token_that_ends_while_reading_is_renewed_and_nothing_is_read_twice(server, shopify):
    shop, shop_id, row_id = begin(server, shopify)
    run_backfill(shop_id, row_id, wiring=server)
    shopify.pass_time(timedelta(hours=5))

    row, _connection, orders = go_on(server, shop_id, row_id)

    assert (row.state, orders, row.rows_read) == (WorkState.DONE, 40, 40)
    assert len(shopify.tokens.pairs) == 2
    assert shop.asked.count("bulk_start") == 1
