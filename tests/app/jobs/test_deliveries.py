"""What a worker may still write when another has taken over."""

import pytest
from sqlalchemy import text

from app.ingest import inbox
from app.jobs import deliveries
from app.models import Delivery as Row
from app.models import DeliveryState, Item
from plugins.platform import Delivery, Receipt, ShopFacts
from tests.app.cast import demo_message

FACTS = ShopFacts(currency="GBP", time_zone="UTC")


def test_a_batch_whose_claim_was_lost_in_part_writes_nothing_at_all(wiring, linden):
    for number in range(2):
        data = {"id": str(number), "changed_at": "2026-11-16T10:00:00Z", "stock": 3}
        body, headers = demo_message("stock.changed", data)
        delivery = Delivery(headers=headers, body=body, received_at=wiring.clock())
        receipt = Receipt(topic="stock.changed", idempotency_key=str(number))
        inbox.receive(wiring.db, linden, "demo", delivery, receipt)
    with wiring.db.of_shop(linden) as session:
        token, claimed = inbox.claim(session, linden, most=10)
        session.execute(text("UPDATE deliveries SET claim_token = gen_random_uuid() WHERE id = 2"))

    with pytest.raises(deliveries._ClaimLost):
        deliveries._write(wiring, linden, token, [(one, *deliveries._read(one, FACTS)) for one in claimed])

    with wiring.db.of_shop(linden) as session:
        assert session.query(Item).all() == []
        assert {row.state for row in session.query(Row)} == {DeliveryState.WAITING}
