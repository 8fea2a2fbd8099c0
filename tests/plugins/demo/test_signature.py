"""The demo shop's signatures hold for five minutes."""

from datetime import UTC, datetime

import pytest

from plugins.demo.signature import sign, verify
from plugins.errors import BadSignature
from plugins.platform import Delivery

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def signed(age_seconds: int, timestamp: str | None = None) -> Delivery:
    at = int(NOW.timestamp()) - age_seconds
    headers = {
        "webhook-id": "m1",
        "webhook-timestamp": timestamp or str(at),
        "webhook-signature": "v1,AAAA " + sign(b"s", "m1", at, b"{}"),
    }
    return Delivery(headers=headers, body=b"{}", received_at=NOW)


@pytest.mark.parametrize("age", [0, 299, -299])
def test_a_fresh_delivery_is_let_in(age):
    assert verify(signed(age), [b"s"]) == "m1"


@pytest.mark.parametrize(("age", "word"), [(301, "old"), (-301, "early")])
def test_stale_and_future_dated_deliveries_are_refused_with_the_reason(age, word):
    with pytest.raises(BadSignature, match=word):
        verify(signed(age), [b"s"])


@pytest.mark.parametrize("timestamp", ["", "abc", "-5", "1e9", "²", "9" * 400])
def test_a_nonsense_time_is_refused(timestamp):
    with pytest.raises(BadSignature):
        verify(signed(0, timestamp or " "), [b"s"])
