"""The app proxy: Shopify's own vector, and every way an address may be tampered with."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from plugins.errors import BadSignature
from plugins.shopify.proxy import ProxyCall, claimed_shop, sign_proxy, verify_proxy

SECRET = b"hush"
VECTOR_AT = datetime.fromtimestamp(1317327555, UTC)
VECTOR = (
    "extra=1&extra=2&shop=shop-name.myshopify.com&logged_in_customer_id=1&path_prefix=%2Fapps%2Fawesome_reviews"
    "&timestamp=1317327555&signature=4c68c8624d737112c91818c11017d24d334b524cb5c2b8ba08daa056f7395ddb"
)
PAIRS = [
    ("placement", "product"),
    ("item", "11"),
    ("item", "12"),
    ("shop", "harbour-tea.myshopify.com"),
    ("logged_in_customer_id", ""),
    ("path_prefix", "/apps/regulars"),
    ("timestamp", "1317327555"),
]


def signed(pairs, secret=SECRET) -> str:
    return urlencode([*pairs, ("signature", sign_proxy(pairs, secret))])


def with_one(name, value):
    return [(one, value if one == name else kept) for one, kept in PAIRS]


def test_shopifys_own_vector_gives_its_signature():
    pairs = [
        ("extra", "1"),
        ("extra", "2"),
        ("shop", "shop-name.myshopify.com"),
        ("logged_in_customer_id", "1"),
        ("path_prefix", "/apps/awesome_reviews"),
        ("timestamp", "1317327555"),
    ]

    assert VECTOR.endswith(sign_proxy(pairs, SECRET))


def test_a_parameter_that_comes_twice_is_refused_even_where_the_signature_holds():
    with pytest.raises(BadSignature):
        verify_proxy(VECTOR, [SECRET], VECTOR_AT)


def test_a_signed_address_says_shop_and_items_and_a_guest_is_nobody():
    call = verify_proxy(signed(PAIRS), [b"newer", SECRET], VECTOR_AT)

    assert call == ProxyCall(
        shop="harbour-tea.myshopify.com",
        customer_external_id=None,
        told={name: value for name, value in PAIRS if name != "item"},
        items=("11", "12"),
    )


def test_who_is_signed_in_is_known_by_the_signed_word_only():
    assert verify_proxy(signed(with_one("logged_in_customer_id", "7")), [SECRET], VECTOR_AT).customer_external_id == "7"
    with pytest.raises(BadSignature):
        verify_proxy(signed(PAIRS).replace("logged_in_customer_id=", "logged_in_customer_id=7"), [SECRET], VECTOR_AT)


@pytest.mark.parametrize("seconds", [-91, 91, 86_400])
def test_a_stale_address_is_refused(seconds):
    with pytest.raises(BadSignature, match="Load it again"):
        verify_proxy(signed(PAIRS), [SECRET], VECTOR_AT + timedelta(seconds=seconds))


@pytest.mark.parametrize("twice", ["shop", "timestamp", "logged_in_customer_id", "placement", "signature"])
def test_nothing_but_items_may_come_twice(twice):
    pairs = [*PAIRS, (twice, dict(PAIRS).get(twice, "x"))]

    with pytest.raises(BadSignature):
        verify_proxy(signed(pairs), [SECRET], VECTOR_AT)


@pytest.mark.parametrize(
    "pairs",
    [
        with_one("timestamp", ""),
        with_one("timestamp", "-1317327555"),
        with_one("timestamp", "١٣١٧٣٢٧٥٥٥"),
        with_one("timestamp", "9" * 400),
        with_one("shop", "evil.example"),
        with_one("shop", "harbour-tea.myshopify.com.evil.example"),
        with_one("item", "1logged_in_customer_id=42"),
        [pair for pair in PAIRS if pair[0] != "shop"],
        [pair for pair in PAIRS if pair[0] != "timestamp"],
    ],
)
def test_odd_parameters_are_refused_although_they_are_signed(pairs):
    with pytest.raises(BadSignature):
        verify_proxy(signed(pairs), [SECRET], VECTOR_AT)


@pytest.mark.parametrize("query", ["", "%ff=%fe", "a" * 9000, "signature=", "&" * 500, "signature=\u00e9"])
def test_what_cannot_be_read_is_refused(query):
    with pytest.raises(BadSignature):
        verify_proxy(query, [SECRET], VECTOR_AT)


def test_no_secret_opens_nothing():
    with pytest.raises(BadSignature):
        verify_proxy(signed(PAIRS), [], VECTOR_AT)
    with pytest.raises(BadSignature):
        verify_proxy(signed(PAIRS, b"another app"), [SECRET], VECTOR_AT)


def test_the_claimed_shop_is_one_at_shopify_and_named_once():
    assert claimed_shop("shop=harbour-tea.myshopify.com&a=1") == "harbour-tea.myshopify.com"
    assert claimed_shop("shop=evil.example") == claimed_shop("a=1") == ""
    assert claimed_shop("shop=a1.myshopify.com&shop=b2.myshopify.com") == ""
