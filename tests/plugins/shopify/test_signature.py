"""Headers are not signed: what they may decide, and what not."""

from dataclasses import replace

import pytest

from plugins.errors import BadSignature
from plugins.shopify import Shopify
from plugins.shopify.signature import SPOKEN_AGAIN
from tests.plugins.shopify.bodies import EMAIL_CONSENT, ORDER, PRODUCT, SECRET, delivery

SHOPIFY = Shopify()


def key(*about, **more):
    return SHOPIFY.verify(delivery(*about, **more), [SECRET]).idempotency_key


def test_the_same_body_under_the_same_topic_is_one_delivery_whatever_its_other_headers_say():
    assert key("orders/create", ORDER) == key(
        "orders/create", ORDER, webhook_id="another", event_id="another", shop_domain="other.myshopify.com"
    )


def test_a_copied_header_never_makes_one_of_two_bodies():
    assert key("orders/create", ORDER) != key("orders/create", {**ORDER, "total_price": "1.00"})


def test_the_same_body_under_another_topic_is_another_delivery():
    assert key("products/update", PRODUCT) != key("products/delete", PRODUCT)


@pytest.mark.parametrize("topic", sorted(SPOKEN_AGAIN))
def test_what_may_rightly_be_said_again_word_for_word_is_kept_again_and_a_retry_is_not(topic):
    said = {**EMAIL_CONSENT, "email_marketing_consent": {"state": "unsubscribed", "consent_updated_at": None}}

    assert key(topic, said, webhook_id="one") == key(topic, said, webhook_id="one", event_id="another")
    assert key(topic, said, webhook_id="one") != key(topic, said, webhook_id="two")
    assert len(key(topic, said, webhook_id="x" * 9000)) < 200


@pytest.mark.parametrize("signature", ["", "äöü", "=", "a" * 44])
def test_an_empty_or_garbled_signature_is_refused(signature):
    one = delivery("orders/create", ORDER)

    with pytest.raises(BadSignature):
        SHOPIFY.verify(replace(one, headers={**one.headers, "x-shopify-hmac-sha256": signature}), [SECRET])


@pytest.mark.parametrize("topic", ["", "x" * 101, "orders/create\n", "ORDERS CREATE", "<script>"])
def test_what_is_no_topic_is_filed_as_unknown(topic):
    one = delivery("orders/create", ORDER)
    receipt = SHOPIFY.verify(replace(one, headers={**one.headers, "x-shopify-topic": topic + " "}), [SECRET])

    assert receipt.topic in ("unknown", "orders/create")
    assert len(receipt.idempotency_key) < 200


def test_nothing_unsigned_is_taken_for_a_ping():
    assert not SHOPIFY.is_ping(replace(delivery("orders/create", b""), headers={}))
