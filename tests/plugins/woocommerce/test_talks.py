"""WooCommerce asked over HTTP: connecting, looking, webhooks, reading whole and by window, discount codes, bad days."""

import base64
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, unquote

import pytest
from woocommerce.oauth import OAuth

from plugins.errors import PlatformError, Refused, Rejected, Throttled, Unreachable, Unsupported, WrongAddress
from plugins.events import CustomerChanged, ItemChanged, OrderChanged, ReviewPosted
from plugins.http import PoliteClient
from plugins.platform import ShopFacts
from plugins.talking import Access, App, DiscountMade, Kind, MailAnswer, TagsChanged, Window
from plugins.woocommerce import install, lists
from plugins.woocommerce.api import OAUTH, SIGNING
from plugins.woocommerce.hooks import TOPICS
from plugins.woocommerce.look import NO_PLUGIN, NO_ZONE
from plugins.woocommerce.talks import WooCommerceTalks
from tests.plugins.loopback import Answer, make_certificate
from tests.plugins.woocommerce.store import KEY, READ_KEY, SECRET, Store, at, customer, order, product, review

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
DAY = timedelta(days=1)
FACTS = ShopFacts(currency="EUR", time_zone="Europe/Berlin")
APP = App(base_url="https://regulars.example")
KEYS = {"consumer_key": KEY, "consumer_secret": SECRET}
PLACE, HOOK_SECRET = "https://regulars.example/webhooks/woocommerce/harbour-tea", b"5f" * 32
TALKS = WooCommerceTalks()
ALL = Window(since=None, until=NOW)


@pytest.fixture
def client():
    return PoliteClient(may_reach_private=True)


@pytest.fixture
def store():
    with Store() as store:
        yield store


def opened(store, client, **more):
    credentials = TALKS.finish_install({**KEYS, **more}, store.url, APP, client)
    return Access(
        address=store.url, credentials=credentials, app=APP, client=client, now=lambda: NOW, public_key="harbour-tea"
    )


@pytest.fixture
def access(store, client):
    return opened(store, client)


def read(kind, access, window=ALL, cursor=""):
    return list(TALKS.fetch(kind, access, FACTS, window, cursor))


def events(kind, access, window=ALL):
    return [event for page in read(kind, access, window) for event in page.events]


# Where a shop is


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("shop.example", "https://shop.example"),
        (" https://Shop.Example/ ", "https://shop.example"),
        ("https://shop.example:443/?utm=1#top", "https://shop.example"),
        ("https://shop.example/tea/wp-admin/admin.php?page=wc", "https://shop.example/tea"),
        ("shop.example/wp-login.php", "https://shop.example"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("shop.example.", "https://shop.example"),
        ("http://192.168.1.20:8080/shop/", "http://192.168.1.20:8080/shop"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
    ],
)
def test_what_a_merchant_types_becomes_one_address(typed, address):
    assert TALKS.clean_address(typed) == address
    assert TALKS.clean_address(address) == address


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "https://", "ftp://shop.example", "javascript:alert(1)", "https://user:pass@shop.example",
        "https://shop.example@evil.example", "shop example", "https://shop.example\\@evil.example", "a..b",
        "https://shop.example/../etc", "shop.example\r\nHost: evil", "https://-shop.example", "x" * 400,
        "https://shop.example:0", "https://shop.example:99999", "https://[::1", "https://<b>.example",
    ],
)  # fmt: skip
def test_an_address_with_tricks_in_it_is_refused(typed):
    with pytest.raises(WrongAddress):
        TALKS.clean_address(typed)


# Connecting


def test_the_merchant_is_sent_to_their_own_shop_with_a_state(access):
    place = TALKS.begin_install("https://shop.example/tea", APP, "one-time")

    assert place.startswith("https://shop.example/tea/wc-auth/v1/authorize?app_name=Regulars&scope=read_write&")
    assert "user_id=one-time" in place
    assert "callback_url=https%3A%2F%2Fregulars.example%2Finstall%2Fwoocommerce%2Fcallback" in place
    assert TALKS.state_of({"user_id": "one-time"}) == "one-time"
    assert TALKS.state_of({}) == ""


def test_without_https_of_our_own_that_is_said_at_once():
    with pytest.raises(Unsupported, match="https://"):
        TALKS.begin_install("https://shop.example", App(base_url="http://127.0.0.1:8000"), "s")


def test_keys_are_proved_where_they_are_for_before_they_count(store, client):
    credentials = TALKS.finish_install({**KEYS, "key_permissions": "read_write"}, store.url, APP, client)

    assert credentials.secrets["consumer_key"] == KEY
    assert SECRET not in repr(credentials)
    assert {asked.target.split("?")[0] for asked in store.heard} == {
        "/wp-json/wc/v3/webhooks",
        "/wp-json/wc/v3/webhooks/batch",
    }
    assert store.webhooks == []


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"consumer_key": KEY},
        {"consumer_key": "ck_short", "consumer_secret": SECRET},
        {"consumer_key": KEY, "consumer_secret": "cs_" + "0" * 40},
        {"consumer_key": "ck_" + "0" * 40, "consumer_secret": SECRET},
        {"consumer_key": SECRET, "consumer_secret": KEY},
    ],
)
def test_keys_that_open_nothing_are_refused(store, client, answer):
    with pytest.raises(Refused) as caught:
        TALKS.finish_install(answer, store.url, APP, client)
    assert "cs_0" not in str(caught.value)


@pytest.mark.parametrize("answer", [{**KEYS, "consumer_key": READ_KEY}, {**KEYS, "key_permissions": "read"}])
def test_keys_that_may_only_read_are_refused_with_what_to_do(store, client, answer):
    with pytest.raises(Refused, match="Read/Write"):
        TALKS.finish_install(answer, store.url, APP, client)


def test_a_slow_shop_is_given_up_before_woocommerce_takes_its_keys_back(store, client, monkeypatch):
    assert 4 * install.PROOF_SECONDS < 60
    monkeypatch.setattr(install, "PROOF_SECONDS", 0.2)
    store.fault = lambda _asked: time.sleep(1)

    with pytest.raises(Unreachable):
        TALKS.finish_install(KEYS, store.url, APP, client)


def test_keys_of_another_shop_open_nothing_here(store, client):
    def other_shop(asked):
        return Answer(404, b"<html>", {"Content-Type": "text/html"}) if "/wc/v3/" in asked.target else None

    store.fault = other_shop
    with pytest.raises(WrongAddress, match="Permalinks"):
        TALKS.finish_install(KEYS, store.url, APP, client)


def test_over_tls_the_keys_travel_in_a_header_and_where_that_is_stripped_not_at_all(tmp_path):
    tls, certificate = make_certificate(tmp_path, "127.0.0.1")
    trusting = PoliteClient(may_reach_private=True, trusted=str(certificate))
    word = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()

    with Store(tls=tls) as store:
        opened(store, trusting)
        assert store.heard[-1].headers["authorization"] == f"Basic {word}"
    with Store(tls=tls, strips_authorization=True) as store:
        access = opened(store, trusting)
        assert access.credentials.secrets[SIGNING] == OAUTH
        store.heard.clear()
        TALKS.look_at(access)
        assert not any("authorization" in asked.headers or SECRET in asked.target for asked in store.heard)


def test_our_signed_requests_are_those_of_the_official_client(store, access):
    store.heard.clear()
    read(Kind.ITEMS, access)
    query = store.heard[-1].target
    fields = dict(pair.split("=", 1) for pair in query.partition("?")[2].split("&"))

    theirs = OAuth(store.url + query.partition("?")[0], KEY, SECRET, version="wc/v3", method="GET")
    params = {name: unquote(value) for name, value in fields.items()}
    given = params.pop("oauth_signature")
    assert theirs.generate_oauth_signature(params, store.url + query.partition("?")[0]) == given


# Looking


def test_a_shop_says_its_name_money_hours_and_pages(store, access):
    seen = TALKS.look_at(access)

    assert (seen.name, seen.facts) == ("Harbour Tea", FACTS)
    assert seen.storefronts == (store.url,)
    assert seen.notes == (NO_PLUGIN,)
    store.has_plugin = True
    assert TALKS.look_at(access).notes == ()


@pytest.mark.parametrize(
    ("named", "hours", "zone"),
    [("", 2, "Etc/GMT-2"), ("", -5, "Etc/GMT+5"), ("", 0, "UTC"), ("Mars/Base", 1, "Etc/GMT-1"), ("", 5.5, "UTC")],
)
def test_a_shop_without_a_named_zone_is_counted_by_its_hours(store, access, named, hours, zone):
    store.time_zone, store.hours_ahead = named, hours
    seen = TALKS.look_at(access)

    assert seen.facts.time_zone == zone
    assert (NO_ZONE in seen.notes) == (hours == 5.5)


# Webhooks


def test_every_topic_comes_to_us_signed_with_our_secret(store, access):
    done = TALKS.subscribe(access, PLACE, HOOK_SECRET)

    assert done.topics == done.mended == TOPICS
    assert {hook["topic"] for hook in store.webhooks} == set(TOPICS)
    assert set(store.secrets.values()) == {HOOK_SECRET.decode()}
    assert TALKS.subscribe(access, PLACE, HOOK_SECRET).mended == ()


def test_what_is_off_doubled_or_led_elsewhere_is_made_anew_and_strangers_are_left_alone(store, access):
    TALKS.subscribe(access, PLACE, HOOK_SECRET)
    off, moved, twice = store.webhooks[0], store.webhooks[3], store.webhooks[5]
    off["status"] = "disabled"
    moved["delivery_url"] = PLACE.replace("regulars.example", "before.example")
    store.webhooks.append({**twice, "id": 900})
    store.webhooks.append({**twice, "id": 901, "name": "Bookkeeping", "delivery_url": "https://books.example"})
    store.webhooks.append({**twice, "id": 902, "delivery_url": PLACE.replace("harbour", "other")})

    done = TALKS.subscribe(access, PLACE, HOOK_SECRET)

    assert set(done.mended) == {off["topic"], moved["topic"]}
    assert {901, 902} < {hook["id"] for hook in store.webhooks}
    assert 900 not in {hook["id"] for hook in store.webhooks}
    assert len(store.webhooks) == len(TOPICS) + 2
    assert not any(hook["id"] == off["id"] and hook["status"] == "disabled" for hook in store.webhooks)


def test_a_new_secret_makes_all_of_them_anew(store, access):
    TALKS.subscribe(access, PLACE, HOOK_SECRET)

    assert TALKS.subscribe(access, PLACE, b"6a" * 32).mended == TOPICS
    assert len(store.webhooks) == len(TOPICS)


def test_the_plugin_is_told_where_we_are_and_forgets_it_when_we_go(store, access):
    assert TALKS.subscribe(access, PLACE, HOOK_SECRET).trouble == NO_PLUGIN
    assert "8080" in TALKS.subscribe(access, PLACE.replace(".example", ".example:8010"), HOOK_SECRET).trouble
    store.has_plugin = True

    assert TALKS.subscribe(access, PLACE, HOOK_SECRET).trouble == ""
    assert store.connected == {
        "engine": "https://regulars.example", "slug": "harbour-tea", "public_key": "harbour-tea",
        "secret": HOOK_SECRET.decode(), "webhook_url": PLACE,
    }  # fmt: skip
    TALKS.revoke(access)
    TALKS.revoke(access)
    assert (store.connected, store.webhooks) == (None, [])


# Reading


def test_items_come_with_their_variations_in_the_words_of_webhooks(store, access):
    store.products = [product(1, NOW - DAY), product(2, NOW - DAY, type="variable", variations=[5, 6])]
    store.variations[2] = [product(n, NOW - DAY, name=f"{n} g", type="variation", parent_id=2) for n in (5, 6)]

    items = events(Kind.ITEMS, access)

    assert all(isinstance(item, ItemChanged) for item in items)
    assert [(item.external_id, item.parent_external_id, item.title) for item in items[2:]] == [
        ("5", "2", "Tea 2 - 5 g"),
        ("6", "2", "Tea 2 - 6 g"),
    ]
    assert set().union(*TALKS.list_ids(Kind.ITEMS, access)) == {"1", "2", "5", "6"}


def test_a_window_is_asked_for_in_utc_whatever_the_shops_zone(store, access):
    store.orders = [order(n, NOW - timedelta(minutes=30 * n)) for n in range(1, 7)]
    window = Window(since=NOW - timedelta(minutes=95), until=NOW - timedelta(minutes=45))

    found = [one.external_id for one in events(Kind.ORDERS, access, window) if isinstance(one, OrderChanged)]
    assert found == ["2", "3"]


def test_reviews_come_with_those_held_back_and_none_of_a_window_is_lost_to_time_zones(store, access):
    store.reviews = [review(1, NOW - 3 * DAY), review(2, NOW - DAY, status="hold"), review(3, NOW, rating=0)]

    found = events(Kind.REVIEWS, access, Window(since=NOW - timedelta(hours=30), until=NOW))
    assert [(one.external_id, one.is_public, one.rating) for one in found] == [("2", False, 4), ("3", True, None)]
    assert isinstance(found[0], ReviewPosted)
    assert (found[0].words, found[0].email) == ("Warm", "r2@example.com")
    assert len(events(Kind.REVIEWS, access)) == 3


def test_a_shop_west_of_greenwich_loses_no_review(store, access):
    store.hours_ahead = -8
    store.reviews = [review(1, NOW - timedelta(hours=1))]

    assert len(events(Kind.REVIEWS, access, Window(since=NOW - timedelta(hours=2), until=NOW))) == 1


def test_customers_are_read_without_those_who_work_in_the_shop(store, access):
    made = [customer(n, NOW - n * DAY) for n in range(1, 6)]
    store.customers = [*made, customer(9, NOW, role="administrator"), customer(10, NOW - DAY / 2, role="subscriber")]

    found = events(Kind.CUSTOMERS, access)
    assert [one.external_id for one in found] == ["1", "2", "3", "4", "5", "10"]
    assert all(isinstance(one, CustomerChanged) for one in found)
    fresh = events(Kind.CUSTOMERS, access, Window(since=NOW - 2.5 * DAY, until=NOW))
    assert [one.external_id for one in fresh] == ["10", "1", "2"]


def test_a_row_nobody_can_read_is_told_and_stops_nothing(store, access):
    store.orders = [order(1, NOW - DAY), order(2, NOW - DAY, total="much"), order(3, NOW - DAY)]
    (page,) = read(Kind.ORDERS, access)

    assert len(page.unread) == 1
    assert (page.rows, page.total) == (3, 3)
    assert len([one for one in page.events if isinstance(one, OrderChanged)]) == 2


def test_pages_carry_a_place_from_which_a_later_run_goes_on(store, access):
    store.orders = [order(n, NOW - DAY) for n in range(1, 251)]
    pages = read(Kind.ORDERS, access)

    assert [page.rows for page in pages] == [100, 95, 55]
    assert pages[0].total == 250
    again = read(Kind.ORDERS, access, cursor=pages[0].cursor)
    assert [page.cursor for page in again] == [page.cursor for page in pages[1:]]
    assert read(Kind.ORDERS, access, cursor=pages[-1].cursor) == []


@pytest.mark.parametrize("gone", [1, 3, 60, 130, 195])
def test_rows_that_go_away_meanwhile_take_no_others_with_them(store, access, gone):
    store.orders = [order(n, NOW - DAY) for n in range(1, 401)]
    pages = TALKS.fetch(Kind.ORDERS, access, FACTS, ALL)
    found = [*next(pages).events, *next(pages).events]
    store.orders = store.orders[gone:]  # the oldest are deleted

    found += [event for page in pages for event in page.events]

    ids = [one.external_id for one in found if isinstance(one, OrderChanged)]
    assert ids == [str(n) for n in range(1, 401)]


def test_rows_that_leave_the_window_meanwhile_take_no_others_with_them(store, access):
    store.orders = [order(n, NOW - timedelta(hours=2)) for n in range(1, 301)]
    pages = TALKS.fetch(Kind.ORDERS, access, FACTS, Window(since=NOW - DAY, until=NOW))
    found = list(next(pages).events)
    for row in store.orders[:40]:
        row["date_modified_gmt"] = at(NOW + timedelta(minutes=5))

    found += [event for page in pages for event in page.events]
    assert len([one for one in found if isinstance(one, OrderChanged)]) == 300


def test_a_place_of_nobodys_making_is_an_error_of_ours(access):
    for cursor in ("x", "[1]", '{"a": 1}', "[null, 2]"):
        with pytest.raises(PlatformError):
            read(Kind.ORDERS, access, cursor=cursor)


def test_what_is_gone_is_found_by_listing_also_when_rows_go_meanwhile(store, access, monkeypatch):
    monkeypatch.setattr(lists, "PER_PAGE", 10)
    store.orders = [order(n, NOW) for n in range(1, 41)]
    pieces = TALKS.list_ids(Kind.ORDERS, access)
    ids = set(next(pieces))
    store.orders = store.orders[8:]

    assert ids.union(*pieces) >= {str(n) for n in range(9, 41)}


@pytest.mark.parametrize("meddle", ["offset", "order"])
def test_a_shop_whose_plugins_meddle_with_lists_is_found_out_and_not_read_for_ever(store, access, meddle):
    store.orders = [order(n, NOW - DAY) for n in range(1, 251)]

    def without(asked):
        path, _, query = asked.target.partition("?")
        params = dict(parse_qsl(query))
        params.pop(meddle, None)
        return store._woocommerce("GET", path.removeprefix("/wp-json/wc/v3/"), params, b"")

    store.fault = without
    with pytest.raises(Rejected, match="meddle"):
        read(Kind.ORDERS, access)
    assert len(store.heard) < 12


# Writing back


def code(**more):
    given = {"code": "BACK-7F", "percent": 10, "starts_at": NOW - DAY, "ends_at": NOW + DAY, "email": "a@example.com"}
    return DiscountMade(**{**given, **more})


def test_a_discount_code_is_made_once_for_one_use_by_one_person(store, access):
    TALKS.write_back(code(), access, key="k1")
    TALKS.write_back(code(), access, key="k1")

    (coupon,) = store.coupons
    assert (coupon["code"], coupon["amount"], coupon["usage_limit"]) == ("back-7f", "10", 1)
    assert coupon["email_restrictions"] == ["a@example.com"]
    assert coupon["date_expires"] == "2026-11-26T09:00:00Z"


def test_a_code_that_is_somebody_elses_is_rejected(store, access):
    TALKS.write_back(code(), access, key="k1")

    with pytest.raises(Rejected):
        TALKS.write_back(code(), access, key="k2")


@pytest.mark.parametrize(
    "change",
    [
        TagsChanged(customer_external_id="1", add=("regular",)),
        MailAnswer(email="a@example.com", customer_external_id=None, is_given=True, answered_at=NOW),
        code(starts_at=NOW + DAY),
    ],
)
def test_what_woocommerce_has_no_place_for_is_unsupported_and_not_pretended(store, access, change):
    store.heard.clear()
    with pytest.raises(Unsupported):
        TALKS.write_back(change, access, key="k")
    assert store.heard == []


# Bad days


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(200, b"<html>Checking your browser</html>", {"Content-Type": "text/html"}), Unreachable),
        (Answer(200, b'{"code": "odd"}'), Unreachable),
        (Answer(302, headers={"Location": "http://169.254.169.254/"}), WrongAddress),
        (Answer(401, b'{"code": "woocommerce_rest_cannot_view", "message": "no"}'), Refused),
        (Answer(403, b"<html>Forbidden by firewall</html>", {"Content-Type": "text/html"}), Refused),
        (Answer(404, b"<html>", {"Content-Type": "text/html"}), WrongAddress),
        (Answer(429, headers={"Retry-After": "600"}), Throttled),
        (Answer(500, b"<b>Fatal error</b>"), Unreachable),
        (Answer(503, b"", {"Retry-After": "120"}), Throttled),
        (Answer(400, b'{"code": "rest_invalid_param"}'), Rejected),
        (Answer(400, b'{"code": "<script>", "message": "x"}'), Rejected),
    ],
)
def test_a_bad_answer_is_a_clear_sentence_and_the_right_kind_of_error(store, access, answer, error):
    store.fault = lambda _asked: answer
    with pytest.raises(error) as caught:
        read(Kind.ORDERS, access)

    assert str(caught.value).endswith(".")
    assert "<" not in str(caught.value)
    assert SECRET not in str(caught.value)


def test_rights_that_are_lost_midway_keep_what_was_read(store, access):
    store.orders = [order(n, NOW - DAY) for n in range(1, 251)]
    pages = TALKS.fetch(Kind.ORDERS, access, FACTS, ALL)
    first = next(pages)
    store.fault = lambda _asked: Answer(403, b'{"code": "woocommerce_rest_cannot_view"}')

    with pytest.raises(Refused, match="as an administrator"):
        next(pages)
    store.fault = lambda _asked: None
    assert sum(page.rows for page in read(Kind.ORDERS, access, cursor=first.cursor)) == 150
