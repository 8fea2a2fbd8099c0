"""The page of the connection: every state and every trouble in a sentence, and each way to connect."""

from datetime import timedelta

import pytest
from rq import Queue
from sqlalchemy import select

from app.ingest.backfills import start_backfills
from app.models import AuditEntry, Backfill, Connection, InstallState, Shop
from app.queues import FILES
from app.shops import connections
from app.web import create_app
from app.wiring import wire
from plugins.errors import Refused, Unreachable
from plugins.talking import Credentials, Kind
from plugins.woocommerce.look import NO_PLUGIN
from tests.app.web.admin.conftest import Browser, sign_in
from tests.app.web.admin.full import EVIL
from tests.app.web.admin.gate import WORD
from tests.conftest import add_shop

ADDRESS = "https://harbour-tea.example"
KEYS = {"address": ADDRESS, "consumer_key": WORD, "consumer_secret": "cs_1"}


@pytest.fixture(autouse=True)
def _open_gate(gate):
    """Every shop here has a platform that can be asked."""


def connect(wiring, shop_id, **changed):
    """Connect a shop as if its platform had answered, and change its row."""
    with wiring.db.of_shop(shop_id) as session:
        held = Credentials(secrets={"key": WORD})
        row = connections.keep_credentials(
            session, shop_id, held, secret_key=wiring.settings.secret_key, now=wiring.clock()
        )
        session.get_one(Shop, shop_id).address = ADDRESS
        for name, value in changed.items():
            setattr(row, name, value)


def find(wiring, shop_id, look, **found):
    with wiring.db.of_shop(shop_id) as session:
        connections.note_found(session, shop_id, look, {"at": wiring.clock().isoformat(), **found})


def read(wiring, shop_id, kind, cause="install", **changed):
    with wiring.db.of_shop(shop_id) as session:
        (one,) = start_backfills(session, shop_id, [kind], cause=cause, until=wiring.clock())
        row = session.get_one(Backfill, (shop_id, one))
        for name, value in changed.items():
            setattr(row, name, value)


def bells(wiring):
    return [job.description for job in Queue(FILES, connection=wiring.queues.redis, serializer="json").jobs]


@pytest.fixture
def public(wiring, harbour, settings):
    """The same server under a public https address, with Olive signed in."""
    secure = wire(settings.model_copy(update={"public_url": "https://regulars.example"}), pool_size=2)
    app = create_app(wiring=secure)
    app.testing = False
    app.config["SESSION_COOKIE_SECURE"] = False  # the client here speaks http
    yield sign_in(app, secure, harbour, "harbour-tea", "Olive", "owner")
    secure.close()


def test_a_shop_that_is_not_connected_is_shown_how(public):
    page = public.get("/connection").text

    assert "Harbour Tea is not connected to WooCommerce yet." in page
    assert "Download the plugin" in page
    assert "no public https address" not in page
    assert 'id="keys"><summary>' in page


def test_a_server_without_a_public_address_says_so_at_once_with_two_ways_out(olive):
    page = olive.get("/connection").text

    assert "This server has no public https address." in page
    assert "http://127.0.0.1:8000" in page
    assert "Caddy" in page
    assert "cloudflared" in page
    assert 'action="/admin/harbour-tea/connection"' not in page  # WooCommerce would refuse to answer there
    assert 'id="keys" open' in page


def test_connect_leads_to_the_shops_own_page_with_a_one_time_state(public, wiring, harbour):
    page = public.post("/connection", {"address": " HTTPS://harbour-tea.example/ "}, page="/connection").text

    assert "https://harbour-tea.example/wc-auth/v1/authorize?user_id=" in page
    assert 'http-equiv="refresh"' in page
    with wiring.db.of_nobody() as session:
        kept = session.scalars(select(InstallState)).one()
    assert (kept.shop_id, kept.address, kept.person_id) == (harbour, ADDRESS, public.person_id)


@pytest.mark.parametrize("address", ["", "shop", "javascript:alert(1)", "http://169.254.169.254", f"https://{EVIL}"])
def test_an_address_that_is_none_is_said_beside_its_field(public, wiring, address):
    answer = public.post("/connection", {"address": address}, page="/connection")

    assert answer.status_code == 400 or "wc-auth" in answer.text
    assert EVIL not in answer.text
    with wiring.db.of_nobody() as session:
        assert len(session.scalars(select(InstallState)).all()) == (answer.status_code == 200)


def test_an_address_of_another_shop_here_is_refused_before_anybody_says_yes(public, wiring):
    eves = add_shop(wiring.db, "eves")
    connect(wiring, eves)

    answer = public.post("/connection", {"address": ADDRESS}, page="/connection")

    assert answer.status_code == 400
    assert "another shop on this server" in answer.text
    assert "Eves" not in answer.text


def test_another_address_is_taken_only_when_it_is_said_to_be_the_same_shop(public, wiring, harbour):
    connect(wiring, harbour)
    moved = {"address": "https://tea.example"}

    refused = public.post("/connection", moved, page="/connection")
    taken = public.post("/connection", {**moved, "has_moved": "1"}, page="/connection")

    assert refused.status_code == 400
    assert 'name="has_moved"' in refused.text
    assert "https://tea.example/wc-auth" in taken.text


def test_keys_made_by_hand_are_tried_kept_and_rung_for(olive, wiring, harbour, gate):
    answer = olive.post("/connection/keys", KEYS, page="/connection", follow_redirects=True)

    assert "Connected." in answer.text
    assert "Harbour Tea is connected" in answer.text
    assert gate.asked == [ADDRESS]
    assert "set_up_shop" in bells(wiring)[0]
    with wiring.db.of_shop(harbour) as session:
        assert connections.connection_of(session, harbour).state == "connected"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"consumer_key": "ck_wrong"}, "consumer_key"),
        ({"consumer_secret": ""}, "consumer_key"),
        ({"address": "shop"}, "keys-address"),
    ],
)
def test_a_fault_stands_with_the_field_that_it_is_about(olive, wrong, field):
    page = olive.post("/connection/keys", {**KEYS, **wrong}, page="/connection").text

    inputs = [one.split(">")[0] for one in page.split("<input ")[1:]]
    assert [one.split('"')[1] for one in inputs if "aria-invalid" in one and "autofocus" in one] == [field]


@pytest.mark.parametrize("wrong", [{"consumer_key": "ck_wrong"}, {"consumer_key": ""}, {"address": "shop"}])
def test_keys_that_do_not_hold_are_kept_nowhere_and_shown_nowhere(olive, wiring, harbour, wrong):
    answer = olive.post("/connection/keys", {**KEYS, **wrong}, page="/connection")

    assert answer.status_code == 400
    assert 'class="fault"' in answer.text
    assert "cs_1" not in answer.text
    with wiring.db.of_shop(harbour) as session:
        row = connections.connection_of(session, harbour)
    assert row is None or row.credentials is None


def test_keys_cannot_be_tried_without_end(olive, gate):
    codes = [olive.post("/connection/keys", {**KEYS, "consumer_key": "ck_x"}, page="/connection").status_code
             for _ in range(12)]  # fmt: skip

    assert codes[-1] == 429
    assert len(gate.asked) == 10


@pytest.mark.parametrize("path", ["/connection", "/connection/keys", "/connection/disconnect"])
def test_only_an_owner_connects_and_disconnects(ed, wiring, harbour, path):
    connect(wiring, harbour)

    assert ed.post(path, KEYS, page="/connection").status_code == 403
    assert "Only an owner" in ed.post(path, KEYS, page="/connection").text


def test_progress_is_shown_with_rows_and_time_left(olive, wiring, harbour):
    connect(wiring, harbour)
    now = wiring.clock()
    read(wiring, harbour, "items", state="done", rows_read=312, finished_at=now, found={"unread": 2})
    read(wiring, harbour, "orders", state="running", rows_read=10_000, rows_total=40_000,
         started_at=now - timedelta(minutes=5))  # fmt: skip
    read(wiring, harbour, "customers")
    page = olive.get("/connection").text

    assert "Its past is being read." in page
    assert "10,000 of 40,000" in page
    assert "about 15 minutes left" in page
    assert "waiting for its turn" in page
    assert "312" in page
    assert "2 could not be read." in page
    assert "Reading orders" in olive.get("/").text


def test_what_was_put_off_says_why_and_that_nothing_is_lost(olive, wiring, harbour):
    connect(wiring, harbour)
    read(wiring, harbour, "orders", rows_read=500, rows_total=900, reason="The shop asks us to slow down.")
    page = olive.get("/connection").text

    assert "The shop asks us to slow down. It is tried again by itself" in page


def test_a_broken_connection_says_what_happened_and_who_is_needed(olive, wiring, harbour):
    connect(wiring, harbour)
    with wiring.db.of_shop(harbour) as session:
        connections.note_trouble(session, harbour, f"The shop took the keys back. {EVIL}", needs_person=True)

    for page in (olive.get("/connection").text, olive.get("/").text):
        assert "broken" in page
        assert "The shop took the keys back." in page
        assert EVIL not in page
    assert "Connect it again, below" in olive.get("/connection").text


def test_a_connection_without_a_fault_says_so(public, wiring, harbour):
    connect(wiring, harbour)
    assert "about to be looked at" in public.get("/connection").text

    find(wiring, harbour, "shop")
    find(wiring, harbour, "widget", is_seen=True, words="The widget's script is on the storefront's first page.")
    assert "Harbour Tea is connected, and all is well." in public.get("/connection").text
    assert "See the connection" not in public.get("/").text


def test_passing_trouble_asks_nothing_of_anybody(olive, wiring, harbour):
    connect(wiring, harbour)
    with wiring.db.of_shop(harbour) as session:
        connections.note_trouble(session, harbour, "The certificate has expired.", needs_person=False)
    page = olive.get("/connection").text

    assert "does not answer right now" in page
    assert "Regulars keeps trying by itself" in page
    assert "The certificate has expired." in page


def test_a_shop_without_the_plugin_is_offered_it_beside_what_is_missed(public, wiring, harbour):
    connect(wiring, harbour)
    find(wiring, harbour, "shop", notes=[NO_PLUGIN])
    bare = public.get("/connection").text.split('id="connect"')[0]
    find(wiring, harbour, "shop", notes=[])
    whole = public.get("/connection").text.split('id="connect"')[0]

    assert bare.count(NO_PLUGIN) == 1
    assert "Download the plugin" in bare
    assert "Download the plugin" not in whole
    assert "Plugin in WordPress" in whole


def test_the_missing_plugin_is_no_fault_of_the_webhooks(public, wiring, harbour):
    connect(wiring, harbour)
    find(wiring, harbour, "shop", notes=[NO_PLUGIN])
    find(wiring, harbour, "webhooks", topics=["order.created"], mended=[], trouble=NO_PLUGIN)

    assert public.get("/connection").text.count(NO_PLUGIN) == 1
    assert "Plugin in WordPress: not active." in public.get("/").text
    assert "not all in order" not in public.get("/").text


@pytest.mark.parametrize("path", ["/customers", "/trainings", "/recommendations"])
def test_where_nothing_is_yet_the_connection_is_named_beside_files(olive, eve, path):
    assert "See the connection" in olive.get(path).text
    assert "See the connection" not in eve.get(path).text  # a demo shop tells by itself


def test_the_settings_say_what_the_plugin_does_by_itself(olive):
    page = olive.get("/settings").text

    assert "The WordPress plugin does this for you." in page
    assert "Regulars makes its webhooks by itself" in page


def test_what_is_broken_is_said_once_and_first(public, wiring, harbour):
    connect(wiring, harbour, state="broken", trouble="The keys were taken back.")
    find(wiring, harbour, "webhooks", trouble="The keys were taken back.")
    page = public.get("/").text

    assert "The connection to Harbour Tea is broken, and needs you." in page
    assert "Nothing has come in yet." not in page
    assert page.count("The keys were taken back.") == 1


def test_a_broken_connection_is_not_set_up_by_looking(olive, wiring, harbour):
    connect(wiring, harbour, state="broken")
    olive.post("/connection/look", page="/connection")

    assert ["set_up_shop" in one for one in bells(wiring)] == [False]


def test_a_connected_shop_without_orders_is_not_asked_to_connect(public, wiring, harbour):
    assert "Nothing has come in yet." in public.get("/").text
    connect(wiring, harbour)
    page = public.get("/").text

    assert "The shop is connected. No order has come in yet" in page
    assert "Nothing has come in yet." not in page
    assert "Connect your shop" not in page


def test_every_look_is_told_in_words(olive, wiring, harbour):
    connect(wiring, harbour)
    find(wiring, harbour, "shop", missing_scopes=["read_customers", "read_odd"], notes=["Only 60 days of orders."])
    find(wiring, harbour, "webhooks", topics=["order.created", "order.updated"], mended=["order.updated"], trouble="")
    find(wiring, harbour, "widget", is_seen=False, words="The widget's script is not on the first page.")
    find(wiring, harbour, "reconciled", orders={"at": "x", "new": 3, "changed": 0}, items={"at": "x", "new": 0},
         items_swept={"at": "x", "deleted": 2, "doubt": 1})  # fmt: skip
    page = olive.get("/connection").text

    assert "2 are missing" in page
    assert "read_customers: Regulars cannot read customers and their consent" in page
    assert "read_odd" in page
    assert "Only 60 days of orders." in page
    assert "Made or made anew at this look: order.updated." in page
    assert "not there" in page
    assert "Orders: 3 new." in page
    assert "Items: 2 deleted in the shop, 1 hidden until it is certain that they are gone." in page


@pytest.mark.parametrize(
    "found", [{}, {"shop": 7}, {"shop": {"at": "yesterday", "notes": [1]}}, {"webhooks": {}}, {"widget": {"at": None}}]
)
def test_a_look_that_found_something_odd_breaks_no_page(olive, wiring, harbour, found):
    connect(wiring, harbour, found=found)

    assert olive.get("/connection").status_code == 200
    assert olive.get("/").status_code == 200


def test_silence_and_a_clock_that_stands_are_said(olive, wiring, harbour):
    connect(wiring, harbour, connected_at=wiring.clock() - timedelta(days=3))
    find(wiring, harbour, "shop")
    with wiring.db.of_shop(harbour) as session:
        old = (wiring.clock() - timedelta(hours=7)).isoformat()
        connections.note_found(session, harbour, "reconciled", {"at": old})
    page = olive.get("/connection").text

    assert "none yet" in page
    assert "Is the clock process running" in page
    assert "2 things need a look" in page


def test_a_past_that_could_not_be_read_is_a_concern(olive, wiring, harbour):
    connect(wiring, harbour)
    read(wiring, harbour, "orders", state="failed", reason="The shop refuses us.", finished_at=wiring.clock())

    assert "Not all of the shop&#39;s past was read: Orders." in olive.get("/").text
    assert "The shop refuses us." in olive.get("/connection").text


def test_looking_now_and_reading_again_ring_and_stand_in_the_history(ed, wiring, harbour):
    connect(wiring, harbour)

    assert ed.post("/connection/look", page="/connection").status_code == 303
    assert ed.post("/connection/read-again", page="/connection").status_code == 303
    assert ed.post("/connection/read-again", page="/connection").status_code == 303
    assert [one.split("(")[0].split(".")[-1] for one in bells(wiring)[:2]] == ["set_up_shop", "watch_shop"]
    with wiring.db.of_shop(harbour) as session:
        kinds = session.scalars(select(Backfill.kind).order_by(Backfill.id)).all()
        actions = session.scalars(select(AuditEntry.action)).all()
    assert kinds == [Kind.ITEMS, Kind.ORDERS]
    assert actions == ["reading_asked"] * 2


def test_a_shop_that_is_not_connected_has_nothing_to_read(ed, wiring, harbour):
    answer = ed.post("/connection/read-again", page="/connection")

    assert answer.status_code == 400
    assert "not connected" in answer.text


def test_disconnecting_takes_away_what_we_made_and_destroys_the_keys(olive, wiring, harbour, gate):
    connect(wiring, harbour)
    page = olive.post("/connection/disconnect", page="/connection", follow_redirects=True).text

    assert "Disconnected." in page
    assert "Regulars was taken out of Harbour Tea" in page
    assert gate.revoked == [ADDRESS]
    with wiring.db.of_shop(harbour) as session:
        row = connections.connection_of(session, harbour)
        left_at = session.get_one(Shop, harbour).uninstalled_at
    assert (row.state, row.credentials) == ("gone", None)
    assert left_at is not None  # nothing tells any more who has bought, so nobody is reminded of a cart
    assert "Regulars was taken out of the shop." in olive.get("/").text


@pytest.mark.parametrize("fault", [Unreachable(), Refused()])
def test_disconnecting_works_when_the_shop_does_not_and_says_what_may_be_left(olive, wiring, harbour, gate, fault):
    connect(wiring, harbour)
    gate.fault = fault
    page = olive.post("/connection/disconnect", page="/connection", follow_redirects=True).text

    assert "may still be in your shop" in page
    with wiring.db.of_shop(harbour) as session:
        assert connections.connection_of(session, harbour).credentials is None


def test_eve_connects_hers_and_touches_no_other(eve, wiring, harbour, linden):
    connect(wiring, harbour)

    assert eve.get("/admin/harbour-tea/connection").status_code == 404
    with wiring.db.of_shop(linden) as session:
        assert session.scalars(select(Connection)).all() == []


def test_a_demo_shop_has_nothing_to_connect(eve):
    page = eve.get("/connection").text

    assert "there is nothing to connect" in page
    assert "Download the plugin" not in page
    assert eve.post("/connection/keys", KEYS, page="/connection").status_code == 400


def test_whoever_comes_from_the_plugin_is_led_to_their_shop(app, olive, wiring, harbour):
    stranger = Browser(app, "")
    asked = f"/connect/woocommerce?address={ADDRESS}"

    assert "Sign in here first" in stranger.client.get(asked).text
    led = olive.client.get(asked)
    assert led.location == f"/admin/harbour-tea/connection?address={ADDRESS}"
    assert f'value="{ADDRESS}"' in olive.client.get(led.location).text
    connect(wiring, harbour)
    assert "harbour-tea/connection" in olive.client.get(asked).location
    other = olive.client.get("/connect/woocommerce?address=https://other.example")
    assert "None of your shops here" in other.text
    assert olive.client.get("/connect/nothing").status_code == 404


def test_the_plugin_is_handed_out_as_a_zip_always_the_same(client):
    first, second = client.get("/regulars-for-woocommerce.zip"), client.get("/regulars-for-woocommerce.zip")

    assert first.data[:2] == b"PK"
    assert first.data == second.data
    assert "attachment" in first.headers["Content-Disposition"]
