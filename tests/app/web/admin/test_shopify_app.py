"""Hosting Regulars oneself at Shopify: the app's id and secret are kept, and its files written for it."""

import io
import zipfile

import pytest
from sqlalchemy import select

from app.models import AuditEntry, PersonRole, Shop
from app.shops import connections
from app.shops.secrets import CLIENT, current_secrets
from app.web import create_app
from app.wiring import wire
from tests.app.web.admin.conftest import sign_in
from tests.conftest import add_shop

ID = "0123456789abcdef0123456789abcdef"
SECRET = "shpss_0123456789abcdef"


@pytest.fixture
def shop(wiring):
    return add_shop(wiring.db, "quince", platform="shopify")


@pytest.fixture
def quinn(wiring, settings, shop):
    """Quinn owns a shop at Shopify, on a server with a public https address."""
    secure = wire(settings.model_copy(update={"public_url": "https://regulars.example"}), pool_size=2)
    app = create_app(wiring=secure)
    app.testing = False
    app.config["SESSION_COOKIE_SECURE"] = False  # the client here speaks http
    yield sign_in(app, secure, shop, "quince", "Quinn", PersonRole.OWNER)
    secure.close()


def enter(browser, client_id=ID, secret=SECRET):
    told = {"client_id": client_id, "client_secret": secret}
    return browser.post("/connection/shopify-app", told, page="/connection/shopify-app")


def test_the_connection_leads_to_the_five_steps_until_there_is_an_app(quinn):
    assert "Make the app" in quinn.get("/connection").text
    assert "in five steps" in quinn.get("/connection/shopify-app").text

    enter(quinn)
    page = quinn.get("/connection").text
    assert "Make the app" not in page
    assert 'name="address"' in page


def test_id_and_secret_are_kept_sealed_and_the_secret_is_shown_nowhere(quinn, wiring, shop):
    answer = enter(quinn)

    assert answer.status_code == 303
    with wiring.db.of_shop(shop) as session:
        app = connections.app_of(session, session.get_one(Shop, shop), wiring.settings)
        entries = session.scalars(select(AuditEntry)).all()
    assert (app.client_id, app.client_secrets) == (ID, (SECRET.encode(),))
    assert [(one.action, one.detail) for one in entries] == [("shopify_app_kept", {})]
    for path in ("/connection/shopify-app", "/connection", "/history"):
        assert SECRET not in quinn.get(path).text
    assert ID in quinn.get("/connection/shopify-app").text


def test_a_new_secret_takes_over_and_the_old_one_holds_for_a_day(quinn, wiring, shop):
    enter(quinn)
    enter(quinn, secret="shpss_another_one_0000")

    with wiring.db.of_shop(shop) as session:
        found = current_secrets(session, shop, CLIENT, secret_key=wiring.settings.secret_key)
    assert found == [b"shpss_another_one_0000", SECRET.encode()]


@pytest.mark.parametrize(
    ("client_id", "secret"),
    [
        ("", SECRET),
        ("short", SECRET),
        (f'{ID}"\nscopes = ""', SECRET),
        (ID, ""),
        (ID, "two words of it here"),
        (ID, "x"),
    ],
)
def test_what_is_no_id_or_secret_is_said_beside_its_field(quinn, wiring, shop, client_id, secret):
    answer = enter(quinn, client_id, secret)

    assert answer.status_code == 400
    assert 'class="fault"' in answer.text
    with wiring.db.of_shop(shop) as session:
        assert connections.connection_of(session, shop) is None


def test_the_files_are_made_for_this_app_and_address_and_hold_no_secret(quinn):
    assert quinn.get("/connection/shopify-app.zip").status_code == 400
    enter(quinn)
    answer = quinn.get("/connection/shopify-app.zip")

    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    configuration = next(text for name, text in files.items() if name.endswith("shopify.app.toml")).decode()
    assert ID in configuration
    assert 'application_url = "https://regulars.example/shopify/quince"' in configuration
    assert all(SECRET.encode() not in text for text in files.values())
    assert answer.data == quinn.get("/connection/shopify-app.zip").data


def test_without_a_public_address_there_are_no_files_and_it_is_said(app, wiring, shop):
    quinn = sign_in(app, wiring, shop, "quince", "Quinn", PersonRole.OWNER)
    enter(quinn)

    assert "First give this server a public https address" in quinn.get("/connection/shopify-app").text
    answer = quinn.get("/connection/shopify-app.zip")
    assert answer.status_code == 400
    assert "https" in answer.text


def test_the_page_is_for_shops_at_shopify_and_their_owners(app, wiring, olive, quinn, shop):
    vic = sign_in(app, wiring, shop, "quince", "Vic", PersonRole.EDITOR)

    assert olive.get("/connection/shopify-app").status_code == 404
    assert vic.get("/connection/shopify-app").status_code == 200
    assert vic.get("/connection/shopify-app.zip").status_code == 403
    assert enter(vic).status_code == 403


def test_a_connected_shop_is_led_to_the_theme_editor(quinn, wiring, shop):
    enter(quinn)
    with wiring.db.of_shop(shop) as session:
        connections.connection_of(session, shop).state = "connected"
        session.get_one(Shop, shop).address = "quince.myshopify.com"

    page = quinn.get("/connection").text
    assert f"https://quince.myshopify.com/admin/themes/current/editor?context=apps&amp;activateAppId={ID}/embed" in page
