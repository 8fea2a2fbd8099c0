"""A running server with people signed in: Olive owns Harbour Tea, Vic may only look, Eve owns the other shop."""

import re

import pytest

from app.models import Person, PersonRole
from app.shops import people
from app.web import create_app
from plugins import PLATFORMS
from tests.app.web.admin.gate import Gate

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def app(wiring):
    app = create_app(wiring=wiring)
    app.testing = False  # errors are answered, not raised
    return app


class Browser:
    """A client that reads the form's token off the page before it sends the form, as people's browsers do."""

    def __init__(self, app, shop):
        self.client = app.test_client()
        self.shop = shop

    def get(self, path="/", **kwargs):
        return self.client.get(self._path(path), **kwargs)

    def post(self, path, data=None, *, page="/settings", **kwargs):
        token = TOKEN.search(self.get(page).text)
        values = {"csrf_token": token.group(1) if token else "", **(data or {})}
        return self.client.post(self._path(path), data=values, **kwargs)

    def _path(self, path):
        return path if path.startswith(("/admin", "/setup")) else f"/admin/{self.shop}{path}"


def sign_in(app, wiring, shop_id, slug, name, role):
    now = wiring.clock()
    with wiring.db.of_nobody() as session:
        person_id, token = people.invite(session, shop_id, name, role, now=now)
    browser = Browser(app, slug)
    answer = browser.post(f"/setup/{token}", page=f"/setup/{token}")
    assert answer.status_code == 303
    browser.person_id = person_id
    return browser


@pytest.fixture
def olive(app, wiring, harbour):
    return sign_in(app, wiring, harbour, "harbour-tea", "Olive", PersonRole.OWNER)


@pytest.fixture
def ed(app, wiring, harbour):
    return sign_in(app, wiring, harbour, "harbour-tea", "Ed", PersonRole.EDITOR)


@pytest.fixture
def vic(app, wiring, harbour):
    return sign_in(app, wiring, harbour, "harbour-tea", "Vic", PersonRole.VIEWER)


@pytest.fixture
def eve(app, wiring, linden):
    return sign_in(app, wiring, linden, "linden-loom", "Eve", PersonRole.OWNER)


@pytest.fixture
def stranger(app):
    return Browser(app, "harbour-tea")


def session_version(wiring, person_id):
    with wiring.db.of_nobody() as session:
        return session.get(Person, person_id).session_version


@pytest.fixture
def gate(monkeypatch):
    """WooCommerce, as far as connecting to it goes, without a shop behind it."""
    gate = Gate()
    monkeypatch.setattr(PLATFORMS["woocommerce"], "talks", gate)
    return gate
