"""Where somebody stands with the shop: every stage's rule, its words, and when time alone will change it.

What counts is the person's own gap between orders, pulled towards the shop's usual gap while little is known of them:
one who comes every two weeks is at risk after a month, one who comes once a year is not. Nothing predicted is used, so
a stage moves with the fact that causes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.models import Stage

SHOP_COUNTS_AS = 2  # gaps: how much the shop's usual gap weighs beside somebody's own
UNKNOWN_GAP_DAYS = 90.0  # until the shop has people who came twice
SHORTEST_DAYS, LONGEST_DAYS = 7.0, 365.0
AT_RISK_GAPS, LAPSED_GAPS = 2.0, 4.0
LOYAL_ORDERS = 4

RULES: Mapping[Stage, str] = {
    Stage.NEVER_BOUGHT: "No order that stands: none at all, or all were cancelled or given back.",
    Stage.NEW: "One order, no longer ago than twice their expected gap.",
    Stage.ACTIVE: "Two or three orders, the last no longer ago than twice their expected gap.",
    Stage.LOYAL: "Four orders or more, the last no longer ago than twice their expected gap.",
    Stage.AT_RISK: "The last order is longer ago than twice their expected gap, but not four times.",
    Stage.LAPSED: "The last order is longer ago than four times their expected gap.",
    Stage.WON_BACK: "Their last order came after four times the gap expected of them before, and is no longer ago than "
    "twice their expected gap.",
}
"""In a merchant's words. The expected gap is their own usual gap, pulled towards the shop's; 7 days to a year."""


@dataclass(frozen=True, kw_only=True)
class Rhythm:
    """When somebody ordered, told by days with an order that stands; all None without one.

    gap_days, earlier_gap_days: the usual days between these days, with and without the newest; None where there is no
    gap. days: how many such days.
    """

    orders: int
    days: int
    last_at: datetime | None
    previous_at: datetime | None = None
    gap_days: float | None = None
    earlier_gap_days: float | None = None


@dataclass(frozen=True)
class Standing:
    """A stage, since when by the rule itself (None: the rule cannot tell), and when time alone changes it."""

    stage: Stage
    since: datetime | None
    look_again_at: datetime | None


def expected_gap(own_days: float | None, gaps: int, shop_days: float | None) -> float:
    """Return the days expected between somebody's orders. gaps: on how many their own usual gap stands."""
    shop = UNKNOWN_GAP_DAYS if shop_days is None else shop_days
    told = 0 if own_days is None else max(gaps, 0)
    days = ((own_days or 0.0) * told + shop * SHOP_COUNTS_AS) / (told + SHOP_COUNTS_AS)
    return min(max(days, SHORTEST_DAYS), LONGEST_DAYS)


def stage_of(rhythm: Rhythm, now: datetime, *, shop_gap_days: float | None) -> Standing:
    """Say where somebody stands. An order dated later than now counts as one of now."""
    if rhythm.last_at is None or rhythm.orders < 1:
        return Standing(Stage.NEVER_BOUGHT, None, None)
    last_at = min(rhythm.last_at, now)
    gap = expected_gap(rhythm.gap_days, rhythm.days - 1, shop_gap_days)
    risk_at, lapse_at = (last_at + timedelta(days=gap * gaps) for gaps in (AT_RISK_GAPS, LAPSED_GAPS))
    if now > lapse_at:
        return Standing(Stage.LAPSED, lapse_at, None)
    if now > risk_at:
        return Standing(Stage.AT_RISK, risk_at, lapse_at)
    return Standing(_in_rhythm(rhythm, shop_gap_days), last_at, risk_at)


def _in_rhythm(rhythm: Rhythm, shop_gap_days: float | None) -> Stage:
    if _came_back(rhythm, shop_gap_days):
        return Stage.WON_BACK
    if rhythm.orders >= LOYAL_ORDERS:
        return Stage.LOYAL
    return Stage.ACTIVE if rhythm.orders > 1 else Stage.NEW


def _came_back(rhythm: Rhythm, shop_gap_days: float | None) -> bool:
    """Tell whether they had lapsed, by what was known of them then, before their last order."""
    if rhythm.last_at is None or rhythm.previous_at is None:
        return False
    gap = expected_gap(rhythm.earlier_gap_days, rhythm.days - 2, shop_gap_days)
    return rhythm.last_at - rhythm.previous_at > timedelta(days=gap * LAPSED_GAPS)
