"""How we get into a shop, tried on a Shopify on loopback: the four grants, and everything that goes wrong with them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import shopify

from plugins.errors import BadSignature, Malformed, Refused, Unreachable, WrongAddress
from plugins.http import Reply
from plugins.shopify import install
from plugins.shopify.admin import ask
from plugins.shopify.library import sign
from plugins.shopify.scopes import SCOPES
from plugins.shopify.session_token import read_session_token
from tests.plugins.shopify.fake.server import Fake

SHOP = "harbour-tea.myshopify.com"
SECRET = "shpss_of_the_app_that_the_tests_run"


@pytest.fixture
def fake() -> Iterator[Fake]:
    with Fake() as fake:
        fake.tokens.client_secrets = [SECRET]
        fake.add_shop(SHOP)
        yield fake


def exchange(fake, **changes):
    app = fake.app
    token = fake.tokens.session_token(SHOP, fake.now(), **changes)
    visit = read_session_token(token, app.client_id, app.client_secrets, fake.now())
    return install.exchange_session_token(visit, app, fake.client(), fake.now())


def opens(fake, credentials):
    access = replace(fake.access(fake.shops[SHOP]), credentials=credentials)
    return ask(access, "shop")["shop"]["name"] == "Harbour Tea"


def finish(fake, answer, *, address=SHOP, app=None):
    return install.finish_install(answer, address, app or fake.app, fake.client())


def test_a_session_token_becomes_what_opens_the_shop_for_an_hour(fake):
    credentials = exchange(fake)

    assert set(credentials.secrets) == {"access_token", "refresh_token"}
    assert timedelta(minutes=59) < credentials.expires_at - fake.now() < timedelta(minutes=61)
    assert timedelta(days=89) < credentials.renewable_until - fake.now() < timedelta(days=91)
    assert set(SCOPES) <= set(credentials.scopes)
    assert opens(fake, credentials)


def test_a_token_that_ended_on_the_way_asks_for_a_fresh_one(fake):
    app = fake.app
    token = fake.tokens.session_token(SHOP, fake.now())
    visit = read_session_token(token, app.client_id, app.client_secrets, fake.now())
    fake.pass_time(timedelta(seconds=65))

    with pytest.raises(BadSignature, match="Reload the page"):
        install.exchange_session_token(visit, app, fake.client(), fake.now())


def test_renewing_gives_a_new_pair_and_the_old_one_ends_when_it_is_used(fake):
    access = fake.access(fake.shops[SHOP])
    fake.pass_time(timedelta(minutes=57))

    fresh = install.renew(access)
    assert fresh.secrets["access_token"] != access.credentials.secrets["access_token"]
    again = install.renew(access)  # the first answer was lost on the way
    assert opens(fake, again)
    with pytest.raises(Refused, match="Open Regulars in the Shopify admin"):
        install.renew(access)


def test_a_half_rotated_pair_is_refused_in_words(fake):
    access = fake.access(fake.shops[SHOP])
    mixed = {**access.credentials.secrets, "refresh_token": "shprt_of_nobody"}

    with pytest.raises(Refused, match="Open Regulars in the Shopify admin"):
        install.renew(replace(access, credentials=replace(access.credentials, secrets=mixed)))


def test_a_token_that_never_ends_becomes_one_that_does_and_is_dead(fake):
    access = fake.access(fake.shops[SHOP], is_expiring=False)
    assert access.credentials.expires_at is None

    fresh = install.renew(access)

    assert fresh.expires_at is not None
    assert opens(fake, fresh)
    with pytest.raises(Refused):
        ask(access, "shop")


def test_the_code_of_an_answer_becomes_credentials_once(fake):
    answer = fake.tokens.callback(SHOP, "state-1", fake.now())

    assert install.state_of(answer) == "state-1"
    credentials = finish(fake, answer)
    assert opens(fake, credentials)
    assert credentials.expires_at <= fake.now() + timedelta(hours=1)
    with pytest.raises(Refused, match="Connect again"):
        finish(fake, answer)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code": "another"}, BadSignature),
        ({"state": "another"}, BadSignature),
        ({"shop": "eves-wolle.myshopify.com"}, BadSignature),
        ({"timestamp": "1"}, BadSignature),
        ({"hmac": "0" * 64}, BadSignature),
    ],
)
def test_an_answer_that_was_changed_is_refused(fake, change, error):
    with pytest.raises(error):
        finish(fake, {**fake.tokens.callback(SHOP, "s", fake.now()), **change})
    assert fake.requests == []


@pytest.mark.parametrize("told", [{"timestamp": "9" * 30}, {"code": ""}, {"code": "c" * 501}])
def test_a_signed_answer_without_a_code_or_a_time_is_refused(fake, told):
    answer = fake.tokens.callback(SHOP, "s", fake.now())
    del answer["hmac"]
    changed = {**answer, **told}

    with pytest.raises(BadSignature, match="Connect again"):
        finish(fake, {**changed, "hmac": sign(changed, SECRET.encode())})
    assert fake.requests == []


def test_the_answer_of_another_shop_does_not_connect_this_one(fake):
    fake.add_shop("eves-wolle.myshopify.com")
    answer = fake.tokens.callback("eves-wolle.myshopify.com", "s", fake.now())

    with pytest.raises(WrongAddress, match="Another shop said yes"):
        finish(fake, answer)


def test_a_wrong_client_secret_says_what_to_copy(fake):
    old, fake.tokens.client_secrets = fake.tokens.client_secrets, ["shpss_another"]
    wrong = replace(fake.app, client_secrets=(old[0].encode(),))
    access = replace(fake.access(fake.shops[SHOP]), app=wrong)

    with pytest.raises(Refused, match="client id and secret"):
        install.renew(access)


def test_a_shop_that_took_us_out_is_refused(fake):
    access = fake.access(fake.shops[SHOP])
    fake.shops[SHOP].is_installed = False

    with pytest.raises(Refused):
        install.renew(access)


def test_without_an_app_nothing_is_asked(fake):
    bare = replace(fake.app, client_id="", client_secrets=())

    with pytest.raises(Refused, match="no app at Shopify yet"):
        install.begin_install(SHOP, bare, "s")


def test_the_address_of_a_yes_is_the_one_their_own_library_makes(fake):
    shopify.Session.setup(api_key=fake.app.client_id, secret="hush")

    ours = install.begin_install(SHOP, fake.app, "state-1")
    theirs = shopify.Session(SHOP, "unstable").create_permission_url(
        list(SCOPES), "https://regulars.example/install/shopify/callback", "state-1"
    )

    assert parse_qs(urlsplit(ours).query) == parse_qs(urlsplit(theirs).query)
    assert ours.partition("?")[0] == theirs.partition("?")[0]


class Saying:
    """A shop that says this, whatever is asked."""

    def __init__(self, status, body):
        self.reply = Reply(status=status, headers={"content-type": "application/json"}, body=body)

    def ask(self, *_args, **_kwargs):
        return self.reply


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, b"{}", Malformed),
        (200, b"[]", Malformed),
        (200, b'{"access_token": ""}', Malformed),
        (200, b"<!doctype html>", Unreachable),
        (400, b"<!doctype html>", Refused),
        (404, b"", WrongAddress),
        (500, b"", Unreachable),
    ],
)
def test_strange_answers_are_said_in_words(fake, status, body, error):
    access = replace(fake.access(fake.shops[SHOP]), client=Saying(status, body))

    with pytest.raises(error) as raised:
        install.renew(access)
    assert "shprt" not in str(raised.value)


@pytest.mark.parametrize("told", ["", ', "expires_in": null', ', "expires_in": -5', ', "expires_in": "soon"'])
def test_an_answer_that_forgets_its_end_is_taken_to_hold_an_hour(fake, told):
    body = f'{{"access_token": "a", "refresh_token": "r", "scope": "read_orders, read_products"{told}}}'
    access = replace(fake.access(fake.shops[SHOP]), client=Saying(200, body.encode()))

    fresh = install.renew(access)

    assert fresh.scopes == ("read_orders", "read_products")
    assert timedelta(minutes=59) < fresh.expires_at - fake.now() <= timedelta(hours=1)
