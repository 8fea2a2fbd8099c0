"""What opens a shop's API is kept sealed, stands for one shop, and is gone when the shop is."""

from datetime import timedelta

import pytest

from app.errors import SettingsError
from app.models import Connection, ConnectionState, Shop
from app.shops import connections
from app.shops.secrets import CLIENT, add_secret
from plugins.errors import Refused
from plugins.talking import Credentials
from tests.app.cast import MONDAY

TOKEN = "shpat_a-token-nobody-may-see"
FRESH = Credentials(
    secrets={"access_token": TOKEN, "refresh_token": "shprt_1"},
    scopes=("read_orders",),
    expires_at=MONDAY + timedelta(hours=1),
    renewable_until=MONDAY + timedelta(days=90),
)


def keep(wiring, shop_id, credentials=FRESH, now=MONDAY):
    with wiring.db.of_shop(shop_id) as session:
        connections.keep_credentials(session, shop_id, credentials, secret_key=wiring.settings.secret_key, now=now)


def row_of(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return connections.connection_of(session, shop_id)


def test_what_was_kept_comes_back_and_lies_sealed(wiring, harbour):
    keep(wiring, harbour)

    row = row_of(wiring, harbour)
    assert connections.credentials_of(row, wiring.settings.secret_key) == FRESH
    assert row.state == ConnectionState.CONNECTED
    assert TOKEN.encode() not in row.credentials
    assert TOKEN not in repr(FRESH)


def test_a_renewal_does_not_connect_anew(wiring, harbour):
    keep(wiring, harbour)
    keep(wiring, harbour, now=MONDAY + timedelta(hours=1))

    row = row_of(wiring, harbour)
    assert (row.connected_at, row.renewed_at) == (MONDAY, MONDAY + timedelta(hours=1))


def test_a_row_moved_to_the_other_shop_does_not_open(wiring, harbour, linden):
    keep(wiring, harbour)
    keep(wiring, linden)
    stolen = row_of(wiring, harbour).credentials

    with wiring.db.of_shop(linden) as session:
        connections.connection_of(session, linden).credentials = stolen

    with pytest.raises(SettingsError, match="SECRET_KEY"):
        connections.credentials_of(row_of(wiring, linden), wiring.settings.secret_key)


def test_another_secret_key_is_said_in_words(wiring, harbour):
    keep(wiring, harbour)

    with pytest.raises(SettingsError, match="Set SECRET_KEY back"):
        connections.credentials_of(row_of(wiring, harbour), "another-" * 10)


def test_the_other_shop_sees_no_connection(wiring, harbour, linden):
    keep(wiring, harbour)

    with wiring.db.of_shop(linden) as session:
        assert connections.connection_of(session, harbour) is None
        connections.mark_gone(session, harbour)
        connections.note_trouble(session, harbour, "Eve says so.", needs_person=True)
    assert row_of(wiring, harbour).state == ConnectionState.CONNECTED


def test_nothing_opens_before_anything_was_kept(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        row = connections.prepare(session, harbour, client_id="own-app")

    assert (row.state, row.client_id) == (ConnectionState.NEW, "own-app")
    for unkept in (row, None):
        with pytest.raises(Refused, match="not connected"):
            connections.credentials_of(unkept, wiring.settings.secret_key)


def test_preparing_twice_leaves_what_is_connected(wiring, harbour):
    keep(wiring, harbour)

    with wiring.db.of_shop(harbour) as session:
        connections.prepare(session, harbour)

    assert connections.credentials_of(row_of(wiring, harbour), wiring.settings.secret_key) == FRESH


def test_two_renewals_at_once_are_one(wiring, harbour):
    keep(wiring, harbour)

    with wiring.db.of_shop(harbour) as session:
        first = connections.claim_renewal(session, harbour)
    with wiring.db.of_shop(harbour) as session:
        assert connections.claim_renewal(session, harbour) is None
        assert connections.holds_claim(session, harbour, first)
        connections.release_claim(session, harbour, first)
    with wiring.db.of_shop(harbour) as session:
        second = connections.claim_renewal(session, harbour)
        assert second is not None
        assert not connections.holds_claim(session, harbour, first)


def test_passing_trouble_does_not_cover_what_needs_a_person_and_an_answer_ends_both(wiring, harbour):
    keep(wiring, harbour)

    with wiring.db.of_shop(harbour) as session:
        connections.note_trouble(session, harbour, "It does not answer.", needs_person=False)
    assert (row_of(wiring, harbour).state, row_of(wiring, harbour).trouble) == ("connected", "It does not answer.")
    with wiring.db.of_shop(harbour) as session:
        connections.note_trouble(session, harbour, "Connect it again.", needs_person=True)
        connections.note_trouble(session, harbour, "It does not answer.", needs_person=False)
    assert (row_of(wiring, harbour).state, row_of(wiring, harbour).trouble) == ("broken", "Connect it again.")
    with wiring.db.of_shop(harbour) as session:
        connections.note_well(session, harbour)
    assert (row_of(wiring, harbour).state, row_of(wiring, harbour).trouble) == ("connected", "")


def test_trouble_said_again_began_when_it_was_first_said(wiring, harbour):
    keep(wiring, harbour)

    moments = []
    for _ in range(2):
        with wiring.db.of_shop(harbour) as session:
            connections.note_trouble(session, harbour, "It does not answer.", needs_person=False)
        moments.append(row_of(wiring, harbour).trouble_at)

    assert moments[0] == moments[1]


def test_each_look_keeps_its_own_finding(wiring, harbour):
    keep(wiring, harbour)

    with wiring.db.of_shop(harbour) as session:
        connections.note_found(session, harbour, "widget", {"is_seen": False})
        connections.note_found(session, harbour, "reconciled", {"orders": 2})
        connections.note_found(session, harbour, "widget", {"is_seen": True})

    assert row_of(wiring, harbour).found == {"widget": {"is_seen": True}, "reconciled": {"orders": 2}}


def test_a_shop_that_left_keeps_no_credentials_and_one_that_comes_back_is_the_same(wiring, harbour):
    keep(wiring, harbour)
    with wiring.db.of_shop(harbour) as session:
        session.get_one(Shop, harbour).uninstalled_at = MONDAY
        connections.mark_gone(session, harbour)

    gone = row_of(wiring, harbour)
    assert (gone.state, gone.credentials, gone.scopes, gone.expires_at) == (ConnectionState.GONE, None, [], None)
    with pytest.raises(Refused):
        connections.credentials_of(gone, wiring.settings.secret_key)

    keep(wiring, harbour, now=MONDAY + timedelta(days=1))
    assert row_of(wiring, harbour).connected_at == MONDAY + timedelta(days=1)
    with wiring.db.of_shop(harbour) as session:
        assert session.get_one(Shop, harbour).uninstalled_at is None
        assert session.query(Connection).count() == 1


def test_a_shops_own_app_goes_before_the_installations(wiring, harbour):
    settings = wiring.settings.model_copy(
        update={"shopify_client_id": "shared", "shopify_client_secret": "new-secret old-secret"}
    )
    with wiring.db.of_shop(harbour) as session:
        shop = session.get_one(Shop, harbour)
        shop.platform = "shopify"
        shared = connections.app_of(session, shop, settings)
        connections.prepare(session, harbour, client_id="own-app")
        add_secret(session, harbour, CLIENT, b"own-secret", secret_key=settings.secret_key)
        own = connections.app_of(session, shop, settings)

    assert (shared.client_id, shared.client_secrets) == ("shared", (b"new-secret", b"old-secret"))
    assert (own.client_id, own.client_secrets) == ("own-app", (b"own-secret",))
    assert "own-secret" not in repr(own)
