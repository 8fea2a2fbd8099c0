"""Inside Shopify's admin: a token lets its person into its shop, in that admin's frame alone, and leaves no cookie."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from app.models import Connection, ConnectionState, Membership, PersonRole, Shop
from app.queues import FILES
from app.shops import connections, people
from app.shops.directory import Directory
from app.shops.secrets import CLIENT, add_secret
from app.web import create_app
from tests.conftest import add_shop
from tests.plugins.shopify.fake.server import CLIENT_ID, Fake

SHOP, EVES = "harbour-tea.myshopify.com", "eves-wolle.myshopify.com"
SECRET = "shpss_of_the_app_that_the_tests_run"
OWN_SECRET = "shpss_of_the_shops_own_app_entirely"
FRAME = f"frame-ancestors https://{SHOP} https://admin.shopify.com;"


@pytest.fixture
def fake() -> Iterator[Fake]:
    with Fake() as fake:
        fake.tokens.client_secrets = [SECRET]
        fake.add_shop(SHOP)
        fake.add_shop(EVES)
        yield fake


@pytest.fixture
def wiring(wiring, fake):
    """An installation that runs an app at the Shopify on loopback, in whose time it lives."""
    told = {
        "shopify_client_id": CLIENT_ID,
        "shopify_client_secret": SECRET,
        "public_url": "https://regulars.example",
    }
    settings = wiring.settings.model_copy(update=told)
    return replace(
        wiring, settings=settings, shops=Directory(wiring.db, settings), client=fake.client(), clock=fake.now
    )


@pytest.fixture
def client(wiring):
    app = create_app(wiring=wiring)
    app.testing = False
    return app.test_client()


@pytest.fixture
def admin(client, fake):
    return Admin(client, fake)


class Admin:
    """Shopify's admin with our app in a frame: it knows its shop and who sits there, and hands out tokens."""

    def __init__(self, client, fake, shop=SHOP, user="42"):
        self.client, self.fake, self.shop, self.user = client, fake, shop, user

    def token(self, **changes):
        return self.fake.tokens.session_token(self.shop, self.fake.now(), sub=self.user, **changes)

    def open(self, token=None, path="/shopify", **more):
        query = {"embedded": "1", "shop": self.shop, "host": "aG9zdA", "id_token": token or self.token(), **more}
        return self.client.get(path, query_string={name: value for name, value in query.items() if value is not None})

    def get(self, path, **more):
        return self.client.get(path, query_string={"id_token": self.token(), "embedded": "1", **more})

    def post(self, path, data=None):
        return self.client.post(path, query_string={"id_token": self.token(), "embedded": "1"}, data=data or {})


def shops(wiring):
    with wiring.db.of_nobody() as session:
        return list(session.execute(select(Shop).order_by(Shop.id)).scalars())


def connection(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return session.get(Connection, shop_id)


def roles(wiring, shop_id):
    with wiring.db.of_nobody() as session:
        found = session.execute(select(Membership).where(Membership.shop_id == shop_id).order_by(Membership.person_id))
        return {one.external_id: one.role for one in found.scalars()}


def query_of(location):
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def test_opening_the_app_the_first_time_opens_the_shop_and_connects_it(admin, wiring):
    answer = admin.open()

    (shop,) = shops(wiring)
    assert (shop.slug, shop.name, shop.address, shop.currency) == ("harbour-tea", "Harbour Tea", SHOP, "EUR")
    assert answer.status_code == 303
    assert urlsplit(answer.location).path == "/admin/harbour-tea/connection"  # where one sees it being read
    assert query_of(answer.location)["host"] == "aG9zdA"
    row = connection(wiring, shop.id)
    assert (row.state, row.expires_at is not None) == (ConnectionState.CONNECTED, True)
    assert roles(wiring, shop.id) == {"42": PersonRole.OWNER}
    assert not wiring.queues.is_quiet(FILES)
    page = admin.client.get(answer.location)
    assert page.status_code == 200
    assert f'<meta name="shopify-api-key" content="{CLIENT_ID}">' in page.text
    assert page.text.index("app-bridge.js") < page.text.index("embedded.js") < page.text.index("admin.css")
    assert "Sign out" not in page.text


def test_opening_it_twice_finds_the_same_shop_and_person_and_asks_shopify_nothing(admin, wiring, fake):
    admin.open()
    asked = len(fake.requests)
    answer = admin.open()

    assert urlsplit(answer.location).path == "/admin/harbour-tea/"
    assert len(shops(wiring)) == 1
    assert len(roles(wiring, shops(wiring)[0].id)) == 1
    assert len(fake.requests) == asked


def test_colleagues_come_as_editors_and_others_shops_are_theirs(admin, client, fake, wiring):
    admin.open()
    Admin(client, fake, user="43").open()
    Admin(client, fake, EVES, user="42").open()

    harbour, eves = shops(wiring)
    assert roles(wiring, harbour.id) == {"42": PersonRole.OWNER, "43": PersonRole.EDITOR}
    assert roles(wiring, eves.id) == {"42": PersonRole.OWNER}


def test_eves_token_does_not_open_the_other_shops_pages(admin, client, fake):
    admin.open()
    eve = Admin(client, fake, EVES, user="42")
    eve.open()

    answer = eve.get("/admin/harbour-tea/")
    assert answer.status_code == 404
    assert "Harbour" not in answer.text
    assert eve.post("/admin/harbour-tea/trainings").status_code == 404


def test_somebody_shopify_never_sent_here_is_a_stranger(admin, client, fake):
    admin.open()

    assert Admin(client, fake, user="44").get("/admin/harbour-tea/").status_code == 404


def test_pages_stand_in_the_frame_of_exactly_their_shop_and_leave_no_cookie(admin, client, fake):
    for answer in (admin.open(), admin.get("/admin/harbour-tea/"), admin.get("/admin/harbour-tea/nothing-here"),
                   admin.get("/admin/harbour-tea/settings"), admin.open("forged")):  # fmt: skip
        assert FRAME in answer.headers["Content-Security-Policy"]
        assert "X-Frame-Options" not in answer.headers
        assert "Set-Cookie" not in answer.headers
    sign_in = client.get("/admin/harbour-tea/", follow_redirects=True)
    assert "frame-ancestors 'none'" in sign_in.headers["Content-Security-Policy"]
    assert sign_in.headers["X-Frame-Options"] == "DENY"


def test_a_form_with_a_token_needs_no_other_proof_and_its_words_come_along(admin, client):
    admin.open()

    answer = admin.post("/admin/harbour-tea/trainings")
    assert answer.status_code == 303
    told = query_of(answer.location)
    assert {"id_token", "shop", "embedded"} <= set(told)
    assert "Set-Cookie" not in answer.headers


def test_what_a_change_had_to_say_is_said_on_the_next_page_once_and_only_if_we_said_it(admin):
    admin.open()
    answer = admin.post("/admin/harbour-tea/people", {"name": "", "role": "editor"})
    if "said" not in query_of(answer.location or ""):
        answer = admin.post("/admin/harbour-tea/settings", {"name": "Harbour Tea House", "currency": "EUR",
                                                            "time_zone": "Europe/Berlin", "origins": ""})  # fmt: skip
    said = query_of(answer.location)["said"]

    page = admin.client.get(answer.location)
    assert 'class="notes"' in page.text
    forged = admin.get("/admin/harbour-tea/", said=said[:-4] + "AAAA")
    assert 'class="notes"' not in forged.text


def test_a_form_without_a_token_still_needs_its_own(admin, client):
    admin.open()

    assert client.post("/admin/harbour-tea/trainings?embedded=1").status_code == 401
    assert client.post("/admin/harbour-tea/trainings").status_code == 303  # to the sign-in


def test_a_token_that_is_over_asks_for_a_fresh_one_on_the_same_page(admin, client, fake):
    admin.open()
    old = admin.token()
    fake.pass_time(timedelta(minutes=2))

    answer = client.get("/admin/harbour-tea/settings", query_string={"id_token": old, "tab": "x", "host": "aG9zdA"})
    assert answer.status_code == 303
    assert urlsplit(answer.location).path == "/shopify/bounce"
    back = query_of(answer.location)["shopify-reload"]
    assert back.startswith("https://regulars.example/admin/harbour-tea/settings?")
    assert ("id_token" in query_of(back), query_of(back)["tab"]) == (False, "x")
    page = client.get(answer.location)
    assert (page.status_code, FRAME in page.headers["Content-Security-Policy"]) == (200, True)
    assert "app-bridge.js" in page.text
    assert "embedded.js" not in page.text


def test_a_fetch_with_a_token_that_is_over_is_told_to_try_again(admin, client, fake):
    admin.open()
    old = admin.token()
    fake.pass_time(timedelta(minutes=2))

    for ask, path in ((client.get, ""), (client.post, "trainings")):
        answer = ask(f"/admin/harbour-tea/{path}", headers={"Authorization": f"Bearer {old}"})
        assert answer.status_code == 401
        assert answer.headers["X-Shopify-Retry-Invalid-Session-Request"] == "1"


def test_a_fetch_with_a_sound_token_is_answered(admin, client):
    admin.open()

    answer = client.get("/admin/harbour-tea/", headers={"Authorization": f"Bearer {admin.token()}"})
    assert answer.status_code == 200


def test_a_page_reloaded_inside_the_frame_fetches_a_token(admin, client):
    admin.open()

    answer = client.get("/admin/harbour-tea/?embedded=1")
    assert urlsplit(answer.location).path == "/shopify/bounce"


@pytest.mark.parametrize(
    "changes",
    [{"aud": "another"}, {"exp": None}, {"iss": f"https://{EVES}/admin"}, {"dest": "https://evil.example"}, {"exp": 1}],
)
def test_a_token_that_is_not_sound_opens_nothing_and_goes_round_once(admin, wiring, changes):
    answer = admin.open(admin.token(**changes))

    assert urlsplit(answer.location).path == "/shopify/bounce"
    again = admin.open(admin.token(**changes), bounced="1")
    assert again.status_code == 403
    assert "Reload the page" in again.text
    assert shops(wiring) == []


def test_bouncing_leads_nowhere_but_home(client):
    for back in ("https://evil.example/", "//evil.example", "https://regulars.example.evil.example/", ""):
        answer = client.get("/shopify/bounce", query_string={"shop": SHOP, "shopify-reload": back})
        assert answer.status_code == 400


@pytest.mark.parametrize("shop", ["", "evil.example", f"{SHOP}.evil.example", f"{SHOP}; script-src *", "a@b"])
def test_an_address_that_names_no_shop_says_where_to_open_it(client, shop):
    answer = client.get("/shopify", query_string={"shop": shop})

    assert answer.status_code == 400
    assert "admin" in answer.text
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_two_shops_in_one_address_are_none(client):
    assert client.get(f"/shopify?shop={SHOP}&shop={EVES}").status_code == 400


def test_a_server_without_an_app_says_so(wiring, fake):
    bare = wiring.settings.model_copy(update={"shopify_client_id": "", "shopify_client_secret": ""})
    app = create_app(wiring=replace(wiring, settings=bare, shops=Directory(wiring.db, bare)))

    answer = app.test_client().get("/shopify", query_string={"shop": SHOP})
    assert (answer.status_code, "no app at Shopify" in answer.text) == (404, True)


def test_a_shop_that_left_comes_back_as_itself(admin, wiring, fake):
    admin.open()
    (shop,) = shops(wiring)
    with wiring.db.of_shop(shop.id) as session:
        session.get_one(Shop, shop.id).uninstalled_at = fake.now()
        connections.mark_gone(session, shop.id)

    admin.open()
    (back,) = shops(wiring)
    assert (back.id, back.uninstalled_at) == (shop.id, None)
    assert connection(wiring, shop.id).state == ConnectionState.CONNECTED
    assert roles(wiring, shop.id) == {"42": PersonRole.OWNER}


def test_what_lapsed_goes_on_when_the_merchant_opens_the_app(admin, wiring, fake):
    admin.open()
    (shop,) = shops(wiring)
    fake.pass_time(timedelta(days=91))
    with wiring.db.of_shop(shop.id) as session:
        connections.note_trouble(session, shop.id, "It has lapsed.", needs_person=True)

    admin.open()
    row = connection(wiring, shop.id)
    assert (row.state, row.trouble) == (ConnectionState.CONNECTED, "")
    assert row.renewable_until > fake.now()


def test_a_shopify_that_says_no_leaves_the_merchant_in_their_pages_with_the_reason(admin, wiring, fake):
    admin.open()
    (shop,) = shops(wiring)
    with wiring.db.of_shop(shop.id) as session:
        connections.note_trouble(session, shop.id, "A person is needed.", needs_person=True)
    fake.shops[SHOP].is_installed = False

    answer = admin.open()
    assert urlsplit(answer.location).path == "/admin/harbour-tea/connection"
    assert admin.client.get(answer.location).status_code == 200


def test_a_shop_shopify_does_not_let_us_into_is_not_opened(admin, wiring, fake):
    fake.shops[SHOP].is_installed = False

    answer = admin.open()
    assert answer.status_code == 403
    assert shops(wiring) == []


@pytest.fixture
def own(wiring, fake):
    """A shop opened by hand, with an app of its own: this Shopify knows that one, and no other."""
    shop_id = add_shop(wiring.db, "harbour", platform="shopify", currency="EUR")
    with wiring.db.of_shop(shop_id) as session:
        connections.prepare(session, shop_id, client_id="own-app")
        add_secret(session, shop_id, CLIENT, OWN_SECRET.encode(), secret_key=wiring.settings.secret_key)
    fake.tokens.client_id, fake.tokens.client_secrets = "own-app", [OWN_SECRET]
    return shop_id


def test_a_shop_with_its_own_app_is_connected_where_shopify_opened_it(admin, wiring, own):
    answer = admin.open(path="/shopify/harbour")

    (shop,) = shops(wiring)
    assert (shop.id, shop.address) == (own, SHOP)
    assert urlsplit(answer.location).path == "/admin/harbour/connection"
    assert connection(wiring, own).state == ConnectionState.CONNECTED
    assert admin.client.get(answer.location).status_code == 200
    assert urlsplit(admin.open().location).path == "/admin/harbour/"  # by its address alone, too


def test_an_own_app_that_shopify_does_not_know_takes_no_address(admin, wiring, own, fake):
    token = admin.token()  # signed with the app's own secret, which whoever set it up holds
    fake.tokens.client_secrets = ["shpss_shopify_knows_another_secret_of_it"]

    answer = admin.open(token, path="/shopify/harbour")
    assert answer.status_code == 403
    assert shops(wiring)[0].address is None
    assert roles(wiring, own) == {}


def test_an_own_app_does_not_become_another_shops(admin, client, fake, wiring, own):
    admin.open(path="/shopify/harbour")

    answer = Admin(client, fake, EVES).open(path="/shopify/harbour")
    assert answer.status_code == 403
    assert "another shop" in answer.text
    assert roles(wiring, own) == {"42": PersonRole.OWNER}


def test_the_shared_apps_token_does_not_open_a_shop_with_its_own(admin, wiring, fake, own):
    admin.open(path="/shopify/harbour")
    fake.tokens.client_id, fake.tokens.client_secrets = CLIENT_ID, [SECRET]

    assert admin.get("/admin/harbour/").status_code == 303  # asked for a sound one
    assert urlsplit(admin.open().location).path == "/shopify/bounce"


def test_an_address_without_an_own_app_behind_it_is_nothing(admin, wiring, harbour):
    for path in ("/shopify/harbour-tea", "/shopify/nobody"):
        assert admin.open(path=path).status_code == 404


def test_whoever_an_owner_lets_go_comes_back_only_through_shopify(admin, client, fake, wiring):
    admin.open()
    colleague = Admin(client, fake, user="43")
    colleague.open()
    (shop,) = shops(wiring)
    with wiring.db.of_nobody() as session:
        member = session.execute(select(Membership.person_id).where(Membership.external_id == "43")).scalar_one()
        people.remove(session, shop.id, member)

    assert colleague.get("/admin/harbour-tea/").status_code == 404
    colleague.open()
    assert roles(wiring, shop.id)["43"] == PersonRole.EDITOR


def test_a_new_shop_that_cannot_be_looked_at_yet_is_not_opened_by_half(admin, wiring, fake):
    fake.shops[SHOP].bucket.shut_until = fake.now() + timedelta(minutes=10)

    answer = admin.open()
    assert answer.status_code == 503
    assert "goes on by itself" in answer.text or "slow down" in answer.text
    assert shops(wiring) == []

    fake.pass_time(timedelta(minutes=11))
    assert admin.open().status_code == 303
    assert len(shops(wiring)) == 1
