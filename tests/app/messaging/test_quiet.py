"""Quiet hours, by the shop's own clock."""

from datetime import UTC, datetime

import pytest

from app.messaging.quiet import quiet_until


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-11-16 20:59", None),
        ("2026-11-16 21:00", "2026-11-17 07:00"),
        ("2026-11-17 06:59", "2026-11-17 07:00"),
        ("2026-11-17 07:00", None),
        ("2026-12-31 23:30", "2027-01-01 07:00"),
    ],
)
def test_nights_are_quiet(at, until):
    assert quiet_until(utc(at), "UTC", 21, 7) == (utc(until) if until else None)


def test_the_shops_own_clock_counts():
    assert quiet_until(utc("2026-11-16 20:30"), "Europe/Berlin", 21, 7) == utc("2026-11-17 06:00")
    assert quiet_until(utc("2026-11-16 20:30"), "America/New_York", 21, 7) is None


def test_a_night_in_which_the_clocks_change_ends_by_the_new_time():
    assert quiet_until(utc("2026-10-24 22:00"), "Europe/Berlin", 21, 7) == utc("2026-10-25 06:00")
    assert quiet_until(utc("2026-03-28 22:00"), "Europe/Berlin", 21, 7) == utc("2026-03-29 05:00")


@pytest.mark.parametrize("hour", range(24))
def test_alike_hours_are_never_quiet_and_a_siesta_may_be(hour):
    at = utc(f"2026-11-16 {hour:02}:30")

    assert quiet_until(at, "UTC", 9, 9) is None
    assert quiet_until(at, "UTC", 13, 15) == (utc("2026-11-16 15:00") if hour in (13, 14) else None)
