"""Who made an address that a merchant's browser brings: Shopify, just now, or somebody else."""

import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import quote_plus

import pytest
import shopify
from hypothesis import given
from hypothesis import strategies as st

from plugins.errors import BadSignature
from plugins.shopify.library import sign
from plugins.shopify.query_hmac import check_query

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
SECRET, NEXT = b"hush", b"next"
QUERY = {
    "shop": "harbour-tea.myshopify.com",
    "host": "YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvaGFyYm91ci10ZWE=",
    "state": "s1",
    "timestamp": str(int(NOW.timestamp())),
}


def signed(secret=SECRET, **changes):
    query = {**QUERY, **changes}
    return {**query, "hmac": sign(query, secret)}


def test_what_shopify_signed_just_now_is_taken_with_either_secret_of_a_rotation():
    check_query(signed(), [NEXT, SECRET], NOW)
    check_query(signed(NEXT), [NEXT, SECRET], NOW)


def test_values_signed_percent_encoded_are_taken_too():
    text = "&".join(f"{name}={quote_plus(value)}" for name, value in sorted(QUERY.items()))
    theirs = {**QUERY, "hmac": hmac.new(SECRET, text.encode(), hashlib.sha256).hexdigest()}

    assert theirs["hmac"] != signed()["hmac"]
    check_query(theirs, [SECRET], NOW)


@pytest.mark.parametrize("change", [{"shop": "evil.myshopify.com"}, {"extra": "1"}, {"hmac": ""}, {"hmac": "é"}])
def test_what_was_changed_on_the_way_is_refused(change):
    with pytest.raises(BadSignature, match="did not sign"):
        check_query({**signed(), **change}, [SECRET], NOW)


def test_without_a_secret_nothing_is_taken():
    with pytest.raises(BadSignature):
        check_query(signed(), [], NOW)


@pytest.mark.parametrize("stamp", ["", "soon", "-5", "9" * 40, "١٢٣"])
def test_a_time_that_is_none_is_refused(stamp):
    with pytest.raises(BadSignature, match="too old"):
        check_query(signed(timestamp=stamp), [SECRET], NOW)


@pytest.mark.parametrize("seconds", [-3600, -91, 91, 3600])
def test_an_address_of_another_time_is_refused(seconds):
    with pytest.raises(BadSignature, match="too old"):
        check_query(signed(), [SECRET], NOW + timedelta(seconds=seconds))
    check_query(signed(), [SECRET], None)


def test_the_signature_is_the_hex_of_sorted_pairs():
    told = {"shop": "some-shop.myshopify.com", "code": "0907a61c", "timestamp": "1337178173", "state": "0.678"}
    text = "code=0907a61c&shop=some-shop.myshopify.com&state=0.678&timestamp=1337178173"

    assert sign(told, SECRET) == hmac.new(SECRET, text.encode(), hashlib.sha256).hexdigest()


@given(st.dictionaries(st.from_regex(r"[a-z_&=%]{1,8}", fullmatch=True), st.text(max_size=20), max_size=6))
def test_whatever_a_browser_brings_is_told_apart_and_never_a_surprise(query):
    with pytest.raises(BadSignature):
        check_query(query, [SECRET], NOW)


def test_two_apps_in_two_threads_keep_their_secrets_and_the_librarys_own_class_has_none():
    shopify.Session.setup(api_key="another", secret="another")
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda secret: sign(QUERY, secret), [SECRET, NEXT] * 50))

    assert found == [signed(SECRET)["hmac"], signed(NEXT)["hmac"]] * 50
    assert shopify.Session.secret == "another"
