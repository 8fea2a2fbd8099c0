"""One address for all shops of an app: signed bodies only, each for the one shop it is of."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.jobs.deliveries import drain_deliveries
from app.models import ConnectionState, Delivery, Shop
from app.shops import connections
from app.shops.heard import forget_heard
from app.shops.secrets import CLIENT, add_secret
from app.web import create_app
from plugins.talking import Credentials
from tests.app.cast import MONDAY
from tests.conftest import add_shop
from tests.plugins.shopify.bodies import ORDER, PRODUCT, REDACTION, SECRET, SHOP_DETAILS, headers

APP, OLD = b"the-apps-newest-secret", b"the-apps-older-secret"
GARN, EVE = "linden-und-garn.myshopify.com", "eves-wolle.myshopify.com"


@pytest.fixture
def wiring(wiring):
    """An installation that runs an app in Shopify's store, while its secret is being rotated."""
    told = {"shopify_client_id": "the-app", "shopify_client_secret": f"{APP.decode()} {OLD.decode()}"}
    object.__setattr__(wiring, "settings", wiring.settings.model_copy(update=told))
    wiring.shops._settings = wiring.settings
    return wiring


@pytest.fixture
def garn(wiring):
    return at_address(wiring, "garn-und-gut", GARN)


@pytest.fixture
def eve(wiring):
    return at_address(wiring, "eves-wolle", EVE)


@pytest.fixture
def client(wiring):
    return create_app(wiring=wiring).test_client()


def at_address(wiring, slug, address):
    shop_id = add_shop(wiring.db, slug, platform="shopify", currency="EUR")
    with wiring.db.of_shop(shop_id) as session:
        session.get_one(Shop, shop_id).address = address
        kept = Credentials(secrets={"access_token": "shpat_1"})
        connections.keep_credentials(session, shop_id, kept, secret_key=wiring.settings.secret_key, now=MONDAY)
    return shop_id


def post(client, topic, body, domain=GARN, *, secret=APP, door="/webhooks/shopify", **more):
    raw = json.dumps(body).encode()
    told = {**headers(topic, raw, secret=secret), "X-Shopify-Shop-Domain": domain, **more}
    return client.post(door, data=raw, headers=told)


def topics(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return [one.topic for one in session.query(Delivery).order_by(Delivery.id)]


def test_a_delivery_finds_its_shop_and_twice_is_once(client, wiring, garn, eve):
    assert post(client, "orders/create", ORDER).status_code == 200
    assert post(client, "orders/create", ORDER).status_code == 200
    assert post(client, "products/update", PRODUCT, EVE, secret=OLD).status_code == 200

    assert topics(wiring, garn) == ["orders/create"]
    assert topics(wiring, eve) == ["products/update"]


@pytest.mark.parametrize("secret", [b"another", SECRET, b""])
def test_a_forged_one_is_refused_before_anything_is_said_of_a_shop(client, wiring, garn, secret):
    for domain in (GARN, "nobody.myshopify.com", "", "evil.example"):
        assert post(client, "orders/create", ORDER, domain, secret=secret).status_code == 401
    assert client.post("/webhooks/shopify", data=b"{}").status_code == 401
    assert client.post("/webhooks/shopify").status_code == 401

    assert topics(wiring, garn) == []


def test_a_body_replayed_under_another_shop_is_refused(client, wiring, garn, eve):
    assert post(client, "orders/create", ORDER).status_code == 200

    again = post(client, "orders/create", ORDER, EVE)
    assert (again.status_code, "another shop before" in again.text) == (401, True)
    other_topic = post(client, "orders/updated", ORDER, EVE, **{"X-Shopify-Webhook-Id": "fresh"})
    assert other_topic.status_code == 401
    assert topics(wiring, eve) == []


def test_a_body_that_names_its_shop_is_held_to_it(client, wiring, garn, eve):
    for topic, body in (("customers/redact", REDACTION), ("app/uninstalled", SHOP_DETAILS)):
        assert post(client, topic, body, EVE).status_code == 401
        assert post(client, topic, body, GARN).status_code == 200

    assert topics(wiring, eve) == []
    assert topics(wiring, garn) == ["customers/redact", "app/uninstalled"]


def test_the_apps_secret_does_not_open_a_shops_own_address(client, wiring, garn):
    assert post(client, "orders/create", ORDER, door="/webhooks/shopify/garn-und-gut").status_code == 401


def test_a_shop_with_an_app_of_its_own_is_signed_for_by_that_alone(client, wiring, garn):
    with wiring.db.of_shop(garn) as session:
        connections.prepare(session, garn, client_id="own-app")
        add_secret(session, garn, CLIENT, b"the-shops-own-secret", secret_key=wiring.settings.secret_key)
    wiring.shops.forget()

    assert post(client, "orders/create", ORDER).status_code == 401
    assert post(client, "orders/create", ORDER, secret=b"the-shops-own-secret").status_code == 200
    own_door = post(client, "orders/updated", ORDER, secret=b"the-shops-own-secret",
                    door="/webhooks/shopify/garn-und-gut")  # fmt: skip
    assert own_door.status_code == 200
    other_shop = post(client, "orders/updated", {**ORDER, "id": 1}, EVE, secret=b"the-shops-own-secret",
                      door="/webhooks/shopify/garn-und-gut")  # fmt: skip
    assert other_shop.status_code == 401  # the same app, in another shop of its merchant's
    assert topics(wiring, garn) == ["orders/create", "orders/updated"]


def test_a_signed_word_about_a_shop_that_is_gone_is_taken_and_changes_nothing(client, wiring, garn):
    assert post(client, "orders/create", ORDER, "long-gone.myshopify.com").status_code == 200

    assert topics(wiring, garn) == []


def test_an_uninstalled_shop_keeps_no_credentials_and_eves_keeps_hers(client, wiring, garn, eve):
    assert post(client, "app/uninstalled", SHOP_DETAILS).status_code == 200
    drain_deliveries(garn, wiring=wiring)

    assert states(wiring, garn) == (ConnectionState.GONE, None, True)
    assert states(wiring, eve)[0] == ConnectionState.CONNECTED


def test_an_uninstall_that_comes_after_the_reinstall_takes_nothing_away(client, wiring, garn):
    late = {"X-Shopify-Triggered-At": "2026-11-16T08:59:00.123Z"}  # a minute before the shop was connected
    assert post(client, "app/uninstalled", SHOP_DETAILS, **late).status_code == 200
    drain_deliveries(garn, wiring=wiring)

    state, credentials, has_left = states(wiring, garn)
    assert (state, has_left) == (ConnectionState.CONNECTED, False)
    assert credentials is not None


def test_an_uninstall_that_comes_after_the_shop_was_connected_once_more_takes_nothing_away(client, wiring, garn):
    kept = Credentials(secrets={"access_token": "shpat_2"})
    with wiring.db.of_shop(garn) as session:
        told = {"secret_key": wiring.settings.secret_key, "now": MONDAY + timedelta(hours=2)}
        connections.keep_credentials(session, garn, kept, **told, is_anew=True)
    late = {"X-Shopify-Triggered-At": (MONDAY + timedelta(hours=1)).isoformat()}  # of the time before
    assert post(client, "app/uninstalled", SHOP_DETAILS, **late).status_code == 200
    drain_deliveries(garn, wiring=wiring)

    state, credentials, has_left = states(wiring, garn)
    assert (state, has_left) == (ConnectionState.CONNECTED, False)
    assert credentials is not None


def states(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        row = connections.connection_of(session, shop_id)
        return row.state, row.credentials, session.get_one(Shop, shop_id).uninstalled_at is not None


def test_what_was_heard_long_ago_is_let_go(client, wiring, garn):
    assert post(client, "orders/create", ORDER).status_code == 200
    with wiring.db.of_nobody() as session:
        forget_heard(session, wiring.clock())
        assert session.execute(text("SELECT count(*) FROM heard_bodies")).scalar() == 0
