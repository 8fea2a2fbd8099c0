"""A webhook's way: in at the door, kept, drained by the worker, and rows in the end."""

import io
import json
import random
from datetime import timedelta

import pytest

from app.ingest.digest import digest
from app.ingest.inbox import replay
from app.jobs.deliveries import drain_deliveries
from app.models import Customer, Delivery, DeliveryState, Item, Order
from app.shops.secrets import WEBHOOK, add_secret
from plugins import PLATFORMS
from plugins.errors import Malformed
from plugins.events import OrderState
from tests.app.cast import SECRET, demo_message, share_secret, woocommerce_headers
from tests.conftest import add_shop
from tests.plugins.captured import SHOP, captured

ORDER = {
    "id": 7, "status": "processing", "currency": "GBP", "total": "12.50", "customer_id": 3,
    "date_created_gmt": "2026-11-20T10:00:00", "date_modified_gmt": "2026-11-20T10:00:01",
    "line_items": [{"id": 1, "product_id": 5, "name": "Tea", "quantity": 2, "total": "12.50"}],
}  # fmt: skip


@pytest.fixture
def post(client, wiring, harbour):
    share_secret(wiring, harbour)

    def one(body, topic="order.updated", shop="harbour-tea", **more):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        return client.post(f"/webhooks/woocommerce/{shop}", data=body, headers=woocommerce_headers(body, topic, **more))

    return one


def states(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return [row.state for row in session.query(Delivery).order_by(Delivery.id)]


def test_a_signed_order_becomes_an_order(post, wiring, harbour):
    assert post(ORDER).status_code == 200
    drain_deliveries(harbour, wiring=wiring)

    with wiring.db.of_shop(harbour) as session:
        order = session.query(Order).one()
    assert (order.external_id, order.customer_external_id, order.total_minor) == ("7", "3", 1250)
    assert states(wiring, harbour) == [DeliveryState.APPLIED]


def test_a_forged_or_unsigned_delivery_is_refused_and_not_kept(post, client, wiring, harbour):
    forged = post(ORDER, secret=b"another")
    unsigned = client.post("/webhooks/woocommerce/harbour-tea", data=b"{}")

    assert (forged.status_code, unsigned.status_code) == (401, 401)
    assert forged.mimetype == "application/problem+json"
    assert states(wiring, harbour) == []


def test_a_truncated_body_is_refused(client, wiring, harbour):
    share_secret(wiring, harbour)
    body = json.dumps(ORDER).encode()

    answer = client.post(
        "/webhooks/woocommerce/harbour-tea", data=body[:-5], headers=woocommerce_headers(body, "order.updated")
    )

    assert answer.status_code == 401


def test_both_secrets_hold_during_rotation(post, wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        add_secret(session, harbour, WEBHOOK, b"the next one", secret_key=wiring.settings.secret_key)
    wiring.shops._known.clear()  # what a few seconds do

    assert post(ORDER, secret=SECRET).status_code == 200
    assert post(ORDER, secret=b"the next one").status_code == 200


def test_the_unsigned_ping_is_answered_and_not_kept(client, wiring, harbour):
    assert client.post("/webhooks/woocommerce/harbour-tea", data={"webhook_id": "12"}).status_code == 200
    assert states(wiring, harbour) == []


def test_an_unknown_shop_and_a_wrong_platform_are_not_found(client, wiring, harbour):
    assert client.post("/webhooks/woocommerce/nobody", data=b"{}").status_code == 404
    assert client.post("/webhooks/demo/harbour-tea", data=b"{}").status_code == 404
    assert client.post("/webhooks/none/harbour-tea", data=b"{}").status_code == 404


def test_a_delivery_larger_than_the_cap_is_refused(post):
    assert post(b"x" * (2 * 1024 * 1024 + 1)).status_code == 413


def test_a_delivery_that_does_not_say_how_long_it_is_has_the_same_cap(client, wiring, harbour):
    share_secret(wiring, harbour)
    body = b"x" * (2 * 1024 * 1024 + 1)

    answer = client.post(
        "/webhooks/woocommerce/harbour-tea",
        input_stream=io.BytesIO(body),
        headers={**woocommerce_headers(body, "order.updated"), "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},  # as gunicorn hands on what came in chunks
    )

    assert answer.status_code == 413
    assert states(wiring, harbour) == []


@pytest.mark.parametrize("trick", ["\\u0000", "\\\\u0000", "nul \x00 nul", "\xff", '"', "\\"])
def test_whatever_stands_in_a_header_the_delivery_is_kept(client, wiring, harbour, trick):
    share_secret(wiring, harbour)
    body = json.dumps(ORDER).encode()
    environ = {"HTTP_X_WC_WEBHOOK_SOURCE": trick}

    answer = client.post(
        "/webhooks/woocommerce/harbour-tea",
        data=body,
        headers=woocommerce_headers(body, "order.updated"),
        environ_overrides=environ,
    )

    assert answer.status_code == 200
    with wiring.db.of_shop(harbour) as session:
        assert session.query(Delivery).one().headers["x-wc-webhook-source"] == trick.replace("\x00", "")


@pytest.mark.parametrize("field", ["date_created_gmt", "date_modified_gmt"])
def test_a_delivery_from_the_future_is_set_aside_and_freezes_nothing(post, wiring, harbour, field):
    ahead = wiring.clock() + timedelta(days=2)
    post({**ORDER, field: f"{ahead:%Y-%m-%dT%H:%M:%S}", "total": "99.00"})
    post({**ORDER, "date_modified_gmt": "2026-11-20T10:00:02"})
    drain_deliveries(harbour, wiring=wiring)

    assert states(wiring, harbour) == [DeliveryState.QUARANTINED, DeliveryState.APPLIED]
    with wiring.db.of_shop(harbour) as session:
        assert session.query(Order).one().total_minor == 1250
        reason = session.query(Delivery).order_by(Delivery.id).first().reason
    assert "clock" in reason


def test_a_shops_clock_may_be_some_hours_ahead(post, wiring, harbour):
    post({**ORDER, "date_modified_gmt": f"{wiring.clock() + timedelta(hours=14):%Y-%m-%dT%H:%M:%S}"})
    drain_deliveries(harbour, wiring=wiring)

    assert states(wiring, harbour) == [DeliveryState.APPLIED]


@pytest.mark.parametrize("body", [b"[" * 200_000, b"\xff\xfe", b"", b"null", b'{"id": 1e999}', b'{"id": {}}'])
def test_what_is_signed_but_unreadable_is_accepted_quarantined_and_can_be_replayed(post, wiring, harbour, body):
    assert post(body).status_code == 200
    drain_deliveries(harbour, wiring=wiring)
    assert states(wiring, harbour) == [DeliveryState.QUARANTINED]

    with wiring.db.of_shop(harbour) as session:
        assert len(replay(session, harbour)) == 1
    drain_deliveries(harbour, wiring=wiring)
    assert states(wiring, harbour) == [DeliveryState.QUARANTINED]


def test_a_future_or_stale_signature_of_the_demo_is_refused(client, wiring, linden):
    share_secret(wiring, linden)
    for offset in (timedelta(hours=1), -timedelta(hours=1)):
        body, headers = demo_message("item.deleted", {"id": "1"}, at=wiring.clock() + offset)
        assert client.post("/webhooks/demo/linden-loom", data=body, headers=headers).status_code == 401


def test_one_bad_delivery_does_not_hold_up_the_others(post, wiring, harbour):
    post(b"nonsense", delivery_id="d0")
    for n in range(5):
        post({**ORDER, "id": n + 1}, delivery_id=f"d{n + 1}")

    drain_deliveries(harbour, wiring=wiring)

    with wiring.db.of_shop(harbour) as session:
        assert session.query(Order).count() == 5


def test_a_delivery_that_makes_the_database_refuse_is_found_and_quarantined(post, wiring, harbour, monkeypatch):
    real = PLATFORMS["woocommerce"].parse

    def parse(delivery, shop):
        parsed = real(delivery, shop)
        bad = tuple(event for event in parsed.events if getattr(event, "external_id", "") == "3")
        for event in bad:
            object.__setattr__(event, "total_minor", 10**30)  # no column holds that
        return parsed

    monkeypatch.setattr(PLATFORMS["woocommerce"], "parse", parse)
    for n in range(5):
        post({**ORDER, "id": n + 1}, delivery_id=f"d{n}")

    for _ in range(3):
        drain_deliveries(harbour, wiring=wiring)

    assert sorted(states(wiring, harbour)) == [*[DeliveryState.APPLIED] * 4, DeliveryState.QUARANTINED]


def known(one):
    """Tell whether we have the secret of a captured event: some captures show a foreign one."""
    return one.secret and one.topic != "ping"


def open_with_all_secrets(wiring, slug, events):
    shop_id = add_shop(wiring.db, slug, currency="EUR")
    for secret in dict.fromkeys(one.secret for one in events):
        share_secret(wiring, shop_id, secret)
    return shop_id


def deliver(client, wiring, slug, shop_id, events):
    for one in events:
        answer = client.post(
            f"/webhooks/woocommerce/{slug}", data=one.delivery.body, headers=dict(one.delivery.headers)
        )
        assert answer.status_code == 200, one.name
    drain_deliveries(shop_id, wiring=wiring)


def test_every_captured_delivery_verifies_and_is_handled(client, wiring):
    events = [one for one in captured() if known(one)]
    shop_id = open_with_all_secrets(wiring, "captured", events)

    deliver(client, wiring, "captured", shop_id, events)
    for ping in (one for one in captured() if one.topic == "ping"):
        answer = client.post(
            "/webhooks/woocommerce/captured", data=ping.delivery.body, headers=dict(ping.delivery.headers)
        )
        assert answer.status_code == 200

    with wiring.db.of_shop(shop_id) as session:
        left = [row.reason for row in session.query(Delivery) if row.state == DeliveryState.QUARANTINED]
        assert session.query(Order).count() > 10
        assert session.query(Item).count() > 20
        assert {row.email for row in session.query(Customer)}
        assert session.query(Order).filter_by(state=OrderState.PLACED).count() > 0
    assert all("may no longer read it" in reason for reason in left)  # the owner's rights were taken away on purpose


@pytest.mark.parametrize("seed", [1, 2])
def test_shuffled_doubled_and_late_they_end_in_the_same_rows(client, wiring, seed):
    events = [one for one in captured() if known(one)]
    in_order = open_with_all_secrets(wiring, "in-order", events)
    deliver(client, wiring, "in-order", in_order, events)
    shuffled = open_with_all_secrets(wiring, "shuffled", events)
    late = events[::10]
    prompt = [one for one in events if one not in late] * 2
    random.Random(seed).shuffle(prompt)

    deliver(client, wiring, "shuffled", shuffled, prompt)
    deliver(client, wiring, "shuffled", shuffled, late)

    with wiring.db.of_shop(in_order) as session:
        wanted = digest(session)
    with wiring.db.of_shop(shuffled) as session:
        assert digest(session) == wanted


def test_the_captures_hold_signed_errors():
    """Without them the tests above would prove less."""

    def is_refused(one):
        try:
            PLATFORMS["woocommerce"].parse(one.delivery, SHOP)
        except Malformed:
            return True
        return False

    assert any(is_refused(one) for one in captured() if known(one))
