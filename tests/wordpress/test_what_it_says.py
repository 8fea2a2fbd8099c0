"""What the WordPress plugin says over the wire, held to what was agreed: signed, complete, in order."""

import hashlib
import hmac
import json
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from plugins.errors import BadSignature
from plugins.platform import Delivery, ShopFacts
from plugins.woocommerce import WooCommerce
from tests.wordpress.test_plugin import tool

SECRET = "0123456789abcdef0123456789abcdef"
AGREED = {
    "cart.changed": {
        "cart_id", "stage", "customer_id", "email", "phone", "visitor_id", "locale", "currency", "total", "lines",
        "recovery_url",
    },
    "consent.changed": {
        "purpose", "is_given", "email", "customer_id", "wording", "wording_version", "locale", "source",
    },
    "review.changed": {
        "id", "product_id", "customer_id", "email", "rating", "words", "is_public", "is_verified", "posted_at",
    },
    "review.deleted": {"id"},
    "item.deleted": {"id"},
    "order.deleted": {"id"},
    "customer.deleted": {"id"},
    "visitor.recognized": {"visitor_id", "customer_id"},
    "customer.redacted": {"email", "customer_id"},
}  # fmt: skip


@pytest.fixture(scope="module")
def sent():
    php = tool("php")
    script = Path(__file__).parent / "say.php"
    done = subprocess.run([php, str(script), SECRET], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def said(sent):
    return [one for one in sent if one["url"] == "https://regulars.example/webhooks/woocommerce/harbour-tea"]


def test_every_topic_is_said_with_all_that_was_agreed(said):
    bodies = [json.loads(one["body"]) for one in said]

    assert {body["topic"] for body in bodies} == set(AGREED)
    assert [body["topic"] for body in bodies if set(body["data"]) != AGREED[body["topic"]]] == []
    assert {frozenset(body) for body in bodies} == {frozenset({"v", "topic", "event_id", "occurred_at", "data"})}


def test_every_delivery_is_signed_over_its_bytes_and_its_time(said):
    for one in said:
        at, given = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", one["headers"]["x-regulars-signature"]).groups()
        wanted = hmac.new(SECRET.encode(), f"{at}.{one['body']}".encode(), hashlib.sha256).hexdigest()
        assert given == wanted


def test_topic_and_id_stand_inside_what_is_signed(said):
    for one in said:
        body = json.loads(one["body"])
        assert one["headers"]["x-regulars-topic"] == body["topic"]
        assert one["headers"]["x-regulars-event-id"] == body["event_id"]
    assert len({one["headers"]["x-regulars-event-id"] for one in said}) == len(said)


def test_a_no_comes_after_the_yes_it_takes_back(said):
    answers = [body for one in said if (body := json.loads(one["body"]))["topic"] == "consent.changed"]

    assert [answer["data"]["is_given"] for answer in answers] == [True, False]
    yes, no = (datetime.fromisoformat(answer["occurred_at"]) for answer in answers)
    assert yes < no
    assert yes.utcoffset().total_seconds() == 0


def test_a_cart_says_what_is_in_it(said):
    carts = [body["data"] for one in said if (body := json.loads(one["body"]))["topic"] == "cart.changed"]

    assert [cart["stage"] for cart in carts] == ["checkout", "emptied", "ordered"]
    assert carts[0]["lines"] == [
        {
            "id": "k",
            "product_id": 13,
            "variation_id": 25,
            "title": "Cotton T-Shirt – S, Blue",
            "quantity": 2,
            "total": "22.80",
        }
    ]
    assert carts[0]["cart_id"] == carts[1]["cart_id"]


def test_regulars_understands_everything_it_says(said):
    shop, platform = ShopFacts(currency="GBP", time_zone="Europe/London"), WooCommerce()
    facts = []
    for one in said:
        delivery = Delivery(headers=one["headers"], body=one["body"].encode(), received_at=datetime.now(UTC))
        receipt = platform.verify(delivery, [b"another", SECRET.encode()])
        assert receipt.topic == one["headers"]["x-regulars-topic"]
        facts += platform.parse(delivery, shop).events

    kinds = {type(fact).__name__ for fact in facts}
    assert kinds >= {
        "CartChanged", "ConsentChanged", "ReviewPosted", "ReviewDeleted", "ItemDeleted", "OrderDeleted",
        "CustomerDeleted", "VisitorRecognized", "CustomerRedacted",
    }  # fmt: skip
    cart = next(fact for fact in facts if type(fact).__name__ == "CartChanged")
    assert [(line.item_external_id, line.variant_external_id, line.quantity) for line in cart.lines] == [
        ("13", "25", 2)
    ]


def test_a_word_that_was_changed_on_the_way_is_refused(said):
    one = said[0]
    body = one["body"].replace("ann@", "eve@").encode()

    with pytest.raises(BadSignature):
        WooCommerce().verify(
            Delivery(headers=one["headers"], body=body, received_at=datetime.now(UTC)), [SECRET.encode()]
        )


def test_wishes_about_a_person_are_signed_with_which_wish_it_is(sent):
    wishes = [one for one in sent if "/v1/site/harbour-tea/" in one["url"]]

    assert [one["url"].rpartition("/")[2] for one in wishes] == ["export", "erase"]
    for one in wishes:
        topic = f"privacy.{one['url'].rpartition('/')[2]}"
        delivery = Delivery(headers=one["headers"], body=one["body"].encode(), received_at=datetime.now(UTC))
        assert WooCommerce().verify(delivery, [SECRET.encode()]).topic == topic
        assert json.loads(one["body"]) == {"topic": topic, "email": "bob@example.com"}
