"""One suite for every platform that can be asked: what its talking verbs must do, whatever is at the other end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import available_timezones

import pytest

from plugins import PLATFORMS
from plugins.errors import PlatformError, Refused, Unsupported, WrongAddress
from plugins.events import CustomerChanged, ItemChanged, OrderChanged
from plugins.http import PoliteClient
from plugins.platform import ShopFacts
from plugins.talking import Access, App, Credentials, DiscountMade, Kind, Talks, Window
from tests.plugins.shopify.fake import nodes
from tests.plugins.shopify.fake.server import Fake
from tests.plugins.woocommerce import store as woo

FACTS = ShopFacts(currency="EUR", time_zone="Europe/Berlin")
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
SECRET = b"5f" * 32
COUNT = 130  # of each: more than any page
FACT_OF = {Kind.ITEMS: ItemChanged, Kind.ORDERS: OrderChanged, Kind.CUSTOMERS: CustomerChanged}
TRICKS = [
    "", " ", "https://", "javascript:alert(1)", "https://user:pass@shop.example", "shop example", "a..b",
    "harbour-tea.myshopify.com\r\nHost: evil.example", "https://harbour-tea.myshopify.com@evil.example", "x" * 400,
    "http://[::1", "https://shop.example\\@evil.example", "ftp://shop.example",
]  # fmt: skip


@dataclass
class Partner:
    """A platform with a shop at the other end that holds COUNT items, orders and customers."""

    talks: Talks
    access: Access
    typed: str
    shut: Callable[[], None]  # the shop takes our rights back


@contextmanager
def _woocommerce() -> Iterator[Partner]:
    with woo.Store(has_plugin=True) as store:
        for number in range(1, COUNT + 1):
            made = NOW - timedelta(days=1, minutes=number)
            store.products.append(woo.product(number, made))
            store.orders.append(woo.order(number, made))
            store.customers.append(woo.customer(number, made))
        talks, client = PLATFORMS["woocommerce"].talks, PoliteClient(may_reach_private=True)
        app = App(base_url="https://regulars.example")
        keys = {"consumer_key": woo.KEY, "consumer_secret": woo.SECRET}
        credentials = talks.finish_install(keys, store.url, app, client)
        access = Access(address=store.url, credentials=credentials, app=app, client=client, now=lambda: NOW)

        def shut() -> None:
            refusal = woo.Answer(401, b'{"code": "woocommerce_rest_cannot_view", "message": "No."}')
            store.fault = lambda _asked: refusal

        yield Partner(talks, access, f"{store.url}/wp-admin/", shut)


@contextmanager
def _shopify() -> Iterator[Partner]:
    with Fake() as fake:
        shop = fake.add_shop()
        shop.rows["products"] = [nodes.product(number) for number in range(1, COUNT + 1)]
        shop.rows["orders"] = [nodes.order(number) for number in range(1, COUNT + 1)]
        shop.rows["customers"] = [nodes.customer(number) for number in range(1, COUNT + 1)]
        access = fake.access(shop)

        def shut() -> None:
            PLATFORMS["shopify"].talks.revoke(access)  # the app is out of the shop then

        yield Partner(PLATFORMS["shopify"].talks, access, f"https://{access.address}/admin", shut)


PARTNERS = {"woocommerce": _woocommerce, "shopify": _shopify}
NAMES = sorted(PARTNERS)
KINDS = [(name, kind) for name in NAMES for kind in FACT_OF]


@pytest.fixture
def partner(request):
    with PARTNERS[request.param]() as partner:
        yield partner


each = pytest.mark.parametrize("partner", NAMES, indirect=True)
each_kind = pytest.mark.parametrize(("partner", "kind"), KINDS, indirect=["partner"])


def whole() -> Window:
    return Window(since=None, until=max(NOW, nodes.DAY) + timedelta(days=1))


def ids(events, kind):
    return [one.external_id for one in events if isinstance(one, FACT_OF[kind])]


def read(partner, kind, cursor=""):
    return list(partner.talks.fetch(kind, partner.access, FACTS, whole(), cursor))


def test_every_platform_that_can_be_asked_is_in_this_suite():
    assert set(PARTNERS) == {name for name, platform in PLATFORMS.items() if platform.talks is not None}


@each
def test_an_address_is_made_one_and_stays_it(partner):
    assert partner.talks.clean_address(partner.typed) == partner.access.address
    assert partner.talks.clean_address(partner.access.address) == partner.access.address


@each
@pytest.mark.parametrize("typed", TRICKS)
def test_an_address_with_tricks_in_it_is_refused(partner, typed):
    with pytest.raises(WrongAddress):
        partner.talks.clean_address(typed)


@each
def test_the_state_comes_along_and_an_answer_without_one_carries_none(partner):
    place = partner.talks.begin_install(partner.access.address, partner.access.app, "one-time-state")

    assert "one-time-state" in place
    assert partner.talks.state_of({}) == ""


@each
def test_an_empty_answer_connects_nothing(partner):
    with pytest.raises(PlatformError):
        partner.talks.finish_install({}, partner.access.address, partner.access.app, partner.access.client)


@each
def test_a_shop_says_what_a_parser_needs(partner):
    seen = partner.talks.look_at(partner.access)

    assert seen.name
    assert len(seen.facts.currency) == 3
    assert seen.facts.time_zone in available_timezones()
    assert all(front.startswith("http") and front.count("/") == 2 for front in seen.storefronts)
    assert all(note.endswith(".") for note in seen.notes)


@each
def test_webhooks_are_mended_once(partner):
    place = "https://regulars.example/webhooks/any/harbour-tea"
    first = partner.talks.subscribe(partner.access, place, SECRET)
    again = partner.talks.subscribe(partner.access, place, SECRET)

    assert first.topics == again.topics
    assert (again.mended, again.trouble) == ((), "")


@each_kind
def test_all_there_is_is_read_once_and_in_the_words_of_webhooks(partner, kind):
    found = ids([event for page in read(partner, kind) for event in page.events], kind)

    assert {str(number) for number in range(1, COUNT + 1)} <= set(found)
    assert len(found) == len(set(found))


@each_kind
def test_what_was_read_is_told_with_a_place_to_go_on_from(partner, kind):
    pages = read(partner, kind)
    whole_of = [event for page in pages for event in page.events]
    for place, page in enumerate(pages):
        if page.cursor:
            before = [event for one in pages[: place + 1] for event in one.events]
            rest = [event for one in read(partner, kind, page.cursor) for event in one.events]
            assert set(ids(before, kind)) | set(ids(rest, kind)) == set(ids(whole_of, kind))


@each_kind
def test_the_ids_of_all_there_is_are_listed_or_it_is_said_that_they_cannot(partner, kind):
    try:
        listed = frozenset().union(*partner.talks.list_ids(kind, partner.access))
    except Unsupported:
        assert kind is not Kind.ITEMS
    else:
        assert {str(number) for number in range(1, COUNT + 1)} <= listed


@each
def test_a_kind_that_is_not_there_is_unsupported(partner):
    for kind in set(Kind) - set(partner.talks.kinds):
        with pytest.raises(Unsupported):
            read(partner, kind)


@each
def test_a_change_told_twice_under_one_key_is_one(partner):
    now = partner.access.now()
    code = DiscountMade(code="BACK-1", percent=10, starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=1))

    for _ in range(2):
        partner.talks.write_back(code, partner.access, key="k1")


@each
@pytest.mark.parametrize("kind", FACT_OF)
def test_rights_that_are_taken_back_are_said_to_be(partner, kind):
    partner.shut()

    with pytest.raises(Refused) as caught:
        read(partner, kind)
    assert str(caught.value).endswith(".")


@each
def test_credentials_tell_nobody_what_opens_the_shop(partner):
    secrets = partner.access.credentials.secrets

    assert not any(value in f"{partner.access!r}" for value in secrets.values() if len(value) > 8)
    assert isinstance(replace(partner.access.credentials, scopes=()), Credentials)


@each
def test_taking_away_what_was_made_twice_is_no_fault(partner):
    partner.talks.subscribe(partner.access, "https://regulars.example/webhooks/any/harbour-tea", SECRET)

    for _ in range(2):
        partner.talks.revoke(partner.access)
