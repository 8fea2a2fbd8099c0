"""What the WordPress plugin tells, all the way: in at the door, kept, drained, and rows in the end."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest

from app.consent import may_mail
from app.jobs.deliveries import drain_deliveries
from app.models import Cart, Delivery, DeliveryState, Erasure, Review, Shop
from tests.app.cast import SECRET, share_secret
from tests.conftest import add_shop
from tests.plugins.woocommerce.test_site_events import CART, REVIEW

GRETA = "greta@example.com"
YES = {"purpose": "email_marketing", "is_given": True, "email": GRETA, "wording": "Send me news", "source": "checkout"}
MAIN = "harbour-tea"


@pytest.fixture
def post(client, wiring, harbour):
    share_secret(wiring, harbour)

    now = wiring.clock()

    def one(topic, data, *, event_id="e-1", slug=MAIN, secret=SECRET, ago=0):
        at = int((now - timedelta(seconds=ago)).timestamp())
        event = {"v": 1, "topic": topic, "event_id": event_id, "occurred_at": now.isoformat(), "data": data}
        body = json.dumps(event).encode()
        signature = hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "X-Regulars-Topic": topic,
            "X-Regulars-Event-Id": event_id,
            "X-Regulars-Signature": f"t={at},v1={signature}",
        }
        return client.post(f"/webhooks/woocommerce/{slug}", data=body, headers=headers)

    return one


def rows(wiring, shop_id, kind):
    drain_deliveries(shop_id, wiring=wiring)
    with wiring.db.of_shop(shop_id) as session:
        return session.query(kind).order_by(kind.id).all()


def test_a_cart_with_its_link_and_a_yes_are_kept(post, wiring, harbour):
    assert post("cart.changed", {**CART, "currency": "GBP"}).status_code == 200
    assert post("consent.changed", YES).status_code == 200

    (cart,) = rows(wiring, harbour, Cart)
    assert (cart.external_id, cart.email, cart.recovery_url) == ("c1f0", GRETA, CART["recovery_url"])
    with wiring.db.of_shop(harbour) as session:
        assert may_mail(session, harbour, GRETA).is_allowed


def test_what_comes_twice_is_kept_once(post, wiring, harbour):
    for ago in (30, 1):  # the plugin signs each try anew
        assert post("plugin.removed", {}, ago=ago).status_code == 200
    with wiring.db.of_shop(harbour) as session:
        assert session.query(Delivery).count() == 1

    drain_deliveries(harbour, wiring=wiring)
    with wiring.db.of_nobody() as session:
        assert session.get(Shop, harbour).uninstalled_at is not None


def test_a_review_comes_and_goes(post, wiring, harbour):
    post("review.changed", REVIEW)
    (review,) = rows(wiring, harbour, Review)
    assert (review.external_id, review.email, review.words) == ("42", GRETA, "Warm")

    post("review.deleted", {"id": 42}, event_id="e-2")
    assert rows(wiring, harbour, Review) == []


def test_a_wish_that_waited_in_the_shop_is_put_in_line(post, wiring, harbour):
    post("customer.redacted", {"email": GRETA, "customer_id": None})

    (wish,) = rows(wiring, harbour, Erasure)
    assert (wish.kind, wish.asked_by) == ("erase", "platform")


def test_what_is_forged_late_or_anothers_is_refused_and_not_kept(post, wiring, harbour):
    add_shop(wiring.db, "eve-shop")

    assert post("plugin.removed", {}, secret=b"another").status_code == 401
    assert post("plugin.removed", {}, ago=3600).status_code == 401
    assert post("plugin.removed", {}, slug="eve-shop").status_code == 401
    with wiring.db.of_shop(harbour) as session:
        assert session.query(Delivery).count() == 0


def test_what_cannot_be_read_is_kept_for_somebody_to_look_at(post, wiring, harbour):
    assert post("cart.changed", {"cart_id": "x"}).status_code == 200

    (delivery,) = rows(wiring, harbour, Delivery)
    assert delivery.state == DeliveryState.QUARANTINED
