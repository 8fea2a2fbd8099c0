"""What pages conclude from facts: what is wrong, what a report says, where things stand in a chart."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.ingest.reports import Delivered, Span
from app.models import Import, RankerVersion, Training
from app.serving.reports import Shown
from app.web.admin import chart, verdict
from app.web.admin.concerns import Facts, judge
from app.web.admin.overview import work_in_hand
from tests.app.web.admin.full import report

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=30)
WELL = Facts(
    now=NOW,
    opened_at=LONG_AGO,
    order_count=100,
    delivered=Delivered(Span(1, 5, 50), 0, 0, None, NOW - timedelta(minutes=5)),
    shown=Shown(3, 20, 1, NOW),
    failed_import=None,
    open_imports=[],
    serving=RankerVersion(trained_at=NOW - timedelta(hours=3)),
    open_trainings=[],
    last_training=Training(state="done"),
    last_tick=NOW - timedelta(minutes=1),
    has_valkey=True,
)


@pytest.fixture(autouse=True)
def in_a_request(app):
    with app.test_request_context():
        yield


def test_nothing_is_wrong_when_all_is_well():
    assert judge(WELL) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"has_valkey": False}, "Valkey"),
        ({"last_tick": None}, "clock"),
        ({"last_tick": NOW - timedelta(minutes=6)}, "clock"),
        ({"delivered": replace(WELL.delivered, quarantined=1)}, "One delivery could not be read"),
        ({"delivered": replace(WELL.delivered, quarantined=1234)}, "1,234 deliveries could not be read"),
        ({"delivered": replace(WELL.delivered, waiting=1, waiting_since=NOW - timedelta(minutes=3))}, "nobody takes"),
        ({"open_imports": [Import(state="waiting", created_at=NOW - timedelta(minutes=3))]}, "nobody takes"),
        ({"open_trainings": [Training(state="waiting", requested_at=NOW - timedelta(minutes=3))]}, "nobody takes"),
        ({"failed_import": Import(file_name="a.csv", reason="No header.")}, "a.csv failed"),
        ({"last_training": Training(state="failed", reason="Memory.")}, "last training failed"),
        ({"serving": RankerVersion(trained_at=NOW - timedelta(days=9))}, "learned 9 days ago"),
        ({"delivered": replace(WELL.delivered, last_at=None)}, "never sent a webhook"),
        ({"delivered": replace(WELL.delivered, last_at=NOW - timedelta(days=4))}, "for three days"),
        ({"shown": Shown(0, 0, 0, None)}, "No shopper has seen"),
    ],
)
def test_each_fault_is_named_with_what_to_do(change, words):
    found = judge(replace(WELL, **change))

    assert len(found) == 1
    assert words in found[0].title
    assert found[0].remedy


def test_what_waits_behind_running_work_is_not_stuck():
    old = NOW - timedelta(minutes=30)
    works = [Training(state="running", requested_at=old), Training(state="waiting", requested_at=old)]

    assert judge(replace(WELL, open_trainings=works)) == []


def test_a_shop_of_today_is_not_blamed_for_silence():
    new = replace(WELL, opened_at=NOW - timedelta(minutes=4), last_tick=None, serving=None, last_training=None)

    assert judge(replace(new, delivered=replace(WELL.delivered, last_at=None), shown=Shown(0, 0, 0, None))) == []


def test_a_report_is_read_with_its_doubt():
    found = verdict.read(RankerVersion(report=report()))

    home, cart = found.placements
    assert home.short == "A blend: 8.0% better than “what sells now” (between +7.0% and +10.0%)."
    assert cart.short == "What served before: the new blend was not shown to be better."
    assert (home.is_promoted, cart.is_promoted) == (True, False)
    assert 0 < home.scale.at(0) < home.whiskers[0].start < home.whiskers[0].at < home.whiskers[0].end < 100
    assert found.memory_bytes == 140e6


def test_what_is_drawn_is_about_what_serves():
    def compared(candidate, rival, difference):
        return {
            "candidate": candidate,
            "rival": rival,
            "difference": difference,
            "low": difference - 0.01,
            "high": difference + 0.01,
        }

    product = {
        "outcome": "promoted",
        "is_promoted": True,
        "serves": "blend_without_lightfm",
        "best_simple": "bought_together",
        "comparisons": [
            compared("blend", "bought_together", 0.12),
            compared("blend", "blend_without_lightfm", -0.003),
            compared("blend_without_lightfm", "bought_together", 0.13),
        ],
    }

    refused = {**product, "outcome": "kept", "is_promoted": False, "serves": "in_service"}
    served, kept = (verdict.read(RankerVersion(report={"purposes": {"product": one}})) for one in (product, refused))

    assert [one.label for one in served.placements[0].whiskers] == [
        "against “what is bought together”",
        "what LightFM adds",
    ]
    assert served.placements[0].short.startswith("A blend: 13.0% better")
    assert kept.placements[0].whiskers[-1].label == "without LightFM, against “what is bought together”"


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"purposes": {}},
        {"purposes": []},
        {"purposes": {"home": None}},
        {"purposes": {"home": {"comparisons": [{}], "quality": [{}]}}},
    ],
)
def test_a_report_that_lacks_things_is_still_read(broken):
    verdict.read(RankerVersion(report=broken))


def test_without_a_version_there_is_no_verdict():
    assert verdict.read(None) is None


def test_days_without_orders_have_flat_bars():
    days = [(date(2026, 11, n), 0) for n in range(1, 8)]

    assert chart.days(days).highest is None
    assert {bar.height for bar in chart.days(days).bars} == {0.0}
    assert chart.days([]).bars == []


@pytest.mark.parametrize("values", [[], [0.0], [0.1, 0.3], [-1.0, 1.0], [-0.002, -0.001], [1e6], [1e-9]])
def test_a_scale_holds_every_value_and_zero_at_round_ticks(values):
    scale = chart.scale(values)

    assert all(0 <= scale.at(value) <= 100 for value in [0.0, *values])
    assert any(abs(tick.value) < 1e-12 for tick in scale.ticks)
    assert 2 <= len(scale.ticks) <= 9


def test_the_time_left_is_told_when_it_can_be_known():
    started = NOW - timedelta(minutes=3)
    row = {"state": "running", "file_name": "a.csv", "created_at": started, "rows_read": 500}
    early = Import(bytes_read=1, bytes_total=1000, **row)
    later = Import(bytes_read=250, bytes_total=1000, **row)

    assert work_in_hand([early], [], NOW)[0].left == ""
    assert work_in_hand([later], [], NOW)[0].left == "about 9 minutes left"
