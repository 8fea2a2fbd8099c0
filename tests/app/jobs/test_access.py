"""A shop's API is opened with credentials that hold, renewed by one process at a time and kept before they are used."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from app.errors import NotFound
from app.jobs import access as opening
from app.jobs.access import open_access
from app.jobs.keeping_alive import keep_alive, keep_shop_alive
from app.models import ConnectionState, Shop
from app.queues import FILES
from app.shops import connections
from app.shops.directory import Directory
from plugins import PLATFORMS
from plugins.errors import Refused, Unreachable
from plugins.shopify.admin import ask
from plugins.talking import Credentials
from tests.conftest import add_shop
from tests.plugins.shopify.fake.server import CLIENT_ID, Fake

SHOP, EVES = "harbour-tea.myshopify.com", "eves-wolle.myshopify.com"
SECRET = "shpss_of_the_app_that_the_tests_run"


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
    told = {"shopify_client_id": CLIENT_ID, "shopify_client_secret": SECRET}
    settings = wiring.settings.model_copy(update=told)
    return replace(
        wiring, settings=settings, shops=Directory(wiring.db, settings), client=fake.client(), clock=fake.now
    )


@pytest.fixture
def shop(wiring, fake):
    return connected(wiring, fake, "harbour", SHOP)


def connected(wiring, fake, slug, address, **how):
    shop_id = add_shop(wiring.db, slug, platform="shopify")
    with wiring.db.of_shop(shop_id) as session:
        session.get_one(Shop, shop_id).address = address
    keep(wiring, shop_id, fake.credentials(fake.shops[address], **how))
    return shop_id


def keep(wiring, shop_id, credentials):
    with wiring.db.of_shop(shop_id) as session:
        connections.keep_credentials(
            session, shop_id, credentials, secret_key=wiring.settings.secret_key, now=wiring.clock()
        )


def row_of(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return connections.connection_of(session, shop_id)


def kept_token(wiring, shop_id):
    return connections.credentials_of(row_of(wiring, shop_id), wiring.settings.secret_key).secrets["access_token"]


def renewals(fake):
    return sum(one.endswith("access_token") for one in fake.requests)


def test_what_holds_is_used_as_it_is(wiring, fake, shop):
    access = open_access(wiring, shop)

    assert ask(access, "shop")["shop"]["name"] == "Harbour Tea"
    assert renewals(fake) == 0


def test_what_ends_soon_is_renewed_and_kept_before_it_is_used(wiring, fake, shop):
    before = kept_token(wiring, shop)
    fake.pass_time(timedelta(minutes=56))

    access = open_access(wiring, shop)

    assert access.credentials.secrets["access_token"] == kept_token(wiring, shop) != before
    assert ask(access, "shop")["shop"]["name"] == "Harbour Tea"
    open_access(wiring, shop)
    assert renewals(fake) == 1


def test_two_workers_at_once_renew_once(wiring, fake, shop):
    fake.pass_time(timedelta(minutes=61))
    opened, errors = [], []

    def work():
        try:
            opened.append(open_access(wiring, shop).credentials.secrets["access_token"])
        except Exception as error:  # noqa: BLE001 - told below
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert errors == []
    assert opened == [kept_token(wiring, shop)] * 4
    assert renewals(fake) == 1


def test_while_another_process_renews_what_still_holds_is_used(wiring, fake, shop):
    fake.pass_time(timedelta(minutes=56))
    with wiring.db.of_shop(shop) as session:
        connections.claim_renewal(session, shop)

    assert open_access(wiring, shop).credentials.secrets["access_token"] == kept_token(wiring, shop)
    assert renewals(fake) == 0


def test_what_is_over_is_waited_for_but_not_for_ever(wiring, fake, shop, monkeypatch):
    monkeypatch.setattr(opening, "LONGEST_WAIT_SECONDS", 0.3)
    fake.pass_time(timedelta(minutes=61))
    with wiring.db.of_shop(shop) as session:
        connections.claim_renewal(session, shop)

    with pytest.raises(Unreachable, match="being renewed"):
        open_access(wiring, shop)


def test_a_renewal_that_lost_its_claim_does_not_cover_what_came_meanwhile(wiring, fake, shop, monkeypatch):
    fake.pass_time(timedelta(minutes=61))
    newer = fake.credentials(fake.shops[SHOP])
    talks = PLATFORMS["shopify"].talks
    renew = talks.renew

    def slow(access):
        keep(wiring, shop, newer)  # the merchant opened the app in between
        return renew(access)

    monkeypatch.setattr(talks, "renew", slow, raising=False)

    assert open_access(wiring, shop).credentials == newer
    assert kept_token(wiring, shop) == newer.secrets["access_token"]


def test_what_somebody_else_has_just_renewed_is_not_renewed_again(wiring, fake, shop):
    access, talks = opening.as_kept(wiring, shop)
    keep(wiring, shop, fake.credentials(fake.shops[SHOP]))

    assert opening.renew(wiring, shop, access, talks) is None
    assert (renewals(fake), row_of(wiring, shop).claimed_until) == (0, None)


def test_a_renewal_that_failed_breaks_nothing_that_was_connected_meanwhile(wiring, fake, shop, monkeypatch):
    fake.pass_time(timedelta(minutes=61))
    newer = fake.credentials(fake.shops[SHOP])

    def slow(_access):
        keep(wiring, shop, newer)  # the merchant opened the app in between
        raise Refused("It was taken back.")

    monkeypatch.setattr(PLATFORMS["shopify"].talks, "renew", slow, raising=False)

    assert open_access(wiring, shop).credentials == newer
    assert (row_of(wiring, shop).state, row_of(wiring, shop).trouble) == (ConnectionState.CONNECTED, "")


def test_a_shop_that_was_uninstalled_during_a_renewal_stays_uninstalled(wiring, fake, shop, monkeypatch):
    fake.pass_time(timedelta(minutes=61))
    talks = PLATFORMS["shopify"].talks
    renew = talks.renew

    def slow(access):
        with wiring.db.of_shop(shop) as session:
            connections.mark_gone(session, shop)
        return renew(access)

    monkeypatch.setattr(talks, "renew", slow, raising=False)

    with pytest.raises(Refused, match="not connected"):
        open_access(wiring, shop)
    assert row_of(wiring, shop).credentials is None


def test_what_shopify_does_not_renew_needs_the_merchant_and_says_so(wiring, fake, shop):
    fake.pass_time(timedelta(days=91))

    with pytest.raises(Refused, match="has lapsed"):
        open_access(wiring, shop)

    row = row_of(wiring, shop)
    assert (row.state, row.claimed_until) == (ConnectionState.BROKEN, None)
    assert "Open Regulars" in row.trouble
    assert renewals(fake) == 0


def test_a_shopify_that_is_away_costs_nothing_while_the_token_holds(wiring, fake, shop):
    fake.pass_time(timedelta(minutes=56))
    away = replace(wiring, client=Away())

    access = open_access(away, shop)

    assert access.credentials.secrets["access_token"] == kept_token(wiring, shop)
    row = row_of(wiring, shop)
    assert (row.state, row.trouble) == (ConnectionState.CONNECTED, "It does not answer.")
    fake.pass_time(timedelta(minutes=5))
    with pytest.raises(Unreachable, match="does not answer"):
        open_access(away, shop)
    assert open_access(wiring, shop).credentials.expires_at > fake.now()
    assert row_of(wiring, shop).trouble == ""


class Away:
    def ask(self, *_args, **_kwargs):
        raise Unreachable("It does not answer.")


def test_one_shops_trouble_is_not_the_others(wiring, fake, shop):
    eves = connected(wiring, fake, "eves", EVES)
    fake.shops[SHOP].is_installed = False
    fake.pass_time(timedelta(minutes=61))

    with pytest.raises(Refused):
        open_access(wiring, shop)
    assert ask(open_access(wiring, eves), "shop")["shop"]
    assert row_of(wiring, eves).trouble == ""


def test_what_cannot_be_asked_says_so(wiring, linden):
    with pytest.raises(NotFound):
        open_access(wiring, linden)
    with pytest.raises(NotFound):
        open_access(wiring, 10**9)
    bare = add_shop(wiring.db, "bare", platform="shopify")
    with pytest.raises(Refused, match="not connected"):
        open_access(wiring, bare)
    keep(wiring, bare, Credentials(secrets={"access_token": "a"}))
    with pytest.raises(Refused, match="not connected"):  # it has no address
        open_access(wiring, bare)


def test_what_nobody_used_for_a_day_is_kept_alive_once(wiring, fake, shop):
    connected(wiring, fake, "eves", EVES)
    keep_alive(wiring)
    assert wiring.queues.is_quiet(FILES)

    fake.pass_time(timedelta(hours=21))
    keep_alive(wiring)
    assert not wiring.queues.is_quiet(FILES)
    for _ in range(2):
        keep_shop_alive(shop, wiring=wiring)

    assert renewals(fake) == 1
    assert row_of(wiring, shop).expires_at > fake.now()


def test_a_token_that_never_ends_is_turned_into_one_that_does(wiring, fake):
    shop = connected(wiring, fake, "harbour", SHOP, is_expiring=False)
    before = kept_token(wiring, shop)

    keep_shop_alive(shop, wiring=wiring)

    assert row_of(wiring, shop).expires_at is not None
    assert kept_token(wiring, shop) != before
    assert ask(open_access(wiring, shop), "shop")["shop"]


def test_the_token_of_a_shops_own_app_may_stay_as_it_is(wiring, fake):
    shop = connected(wiring, fake, "harbour", SHOP, is_expiring=False)
    with wiring.db.of_shop(shop) as session:
        connections.prepare(session, shop, client_id="own-app")

    keep_shop_alive(shop, wiring=wiring)

    assert renewals(fake) == 0


def test_no_secret_shows_in_what_an_access_says_of_itself(wiring, shop):
    access = open_access(wiring, shop)

    told = repr(access)
    assert SECRET not in told
    assert all(value not in told for value in access.credentials.secrets.values())
