"""What browsers report: consent decides, nonsense is counted, and who asks is forgotten."""

import json
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta

import pytest

from app import consent
from app.ingest.browsing import Happening, keep_happenings
from app.models import BrowsingCount, BrowsingEvent, Click, ConsentRecord, Impression, Order, Visitor, VisitorLink
from app.models.browsing import visitor_key
from app.privacy.visitor import forget_visitor
from plugins.events import VisitorRecognized
from tests.app.cast import ALICE, BOB, MONDAY, item, order, tell

VIEW = {"type": "item_viewed", "item": "1"}
YES, NO = {"type": "consent_given"}, {"type": "consent_withdrawn"}


@pytest.fixture
def report(client, wiring, harbour):
    tell(wiring, harbour, item("1"), item("2"))

    def one(*events, visitor=ALICE, shop="harbour-tea", **more):
        body = json.dumps({"shop": shop, "visitor": visitor, "events": events})
        return client.post("/v1/events", data=body, content_type="text/plain", **more)

    return one


def kept(wiring, shop_id, kind=BrowsingEvent):
    with wiring.db.of_shop(shop_id) as session:
        return session.query(kind).all()


def test_with_consent_what_a_visitor_does_is_kept(report, wiring, harbour):
    answer = report(YES, VIEW, {"type": "search_made", "query": "green tea"}, {"type": "cart_added", "item": "2"})

    assert (answer.status_code, answer.json) == (202, {"kept": 4, "dropped": {}})
    assert sorted(row.kind for row in kept(wiring, harbour)) == ["cart_added", "item_viewed", "search_made"]
    assert [row.is_given for row in kept(wiring, harbour, ConsentRecord)] == [True]


def test_bob_who_never_said_yes_leaves_nothing_but_a_count(report, wiring, harbour):
    assert report(VIEW, VIEW, visitor=BOB).json == {"kept": 0, "dropped": {"no_consent": 2}}
    assert report(VIEW, visitor=None).json == {"kept": 0, "dropped": {"no_consent": 1}}

    assert kept(wiring, harbour) == kept(wiring, harbour, Visitor) == []
    assert {row.outcome: row.count for row in kept(wiring, harbour, BrowsingCount)} == {"no_consent": 3}


def test_after_no_nothing_more_is_kept_and_every_answer_stays_in_the_ledger(report, wiring, harbour):
    report(YES, VIEW)
    assert report(VIEW, NO, VIEW).json == {"kept": 1, "dropped": {"no_consent": 2}}

    assert len(kept(wiring, harbour)) == 1
    assert [row.is_given for row in kept(wiring, harbour, ConsentRecord)] == [True, False]


def test_the_same_answer_again_is_no_new_line_in_the_ledger(report, wiring, harbour):
    report(YES)
    report(YES)

    assert len(kept(wiring, harbour, ConsentRecord)) == 1


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"type": "item_viewed", "item": "no such item"}, "unknown_item"),
        ({**VIEW, "at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}, "absurd_time"),
        ({**VIEW, "at": "1999-01-01T00:00:00Z"}, "absurd_time"),
        ({**VIEW, "at": "2026-11-16T09:00:00"}, "absurd_time"),
        ({"type": "impression_seen", "impression": "0" * 32}, "unknown_impression"),
        ({"type": "item_clicked", "impression": "0" * 32, "item": "1"}, "unknown_impression"),
        ({"type": "item_viewed", "item": ""}, "unreadable"),
        ({"type": "nonsense"}, "unreadable"),
        ({"type": "search_made", "query": "x" * 5000}, "unreadable"),
        ("not even an object", "unreadable"),
    ],
)
def test_nonsense_is_dropped_and_counted_and_the_rest_is_kept(report, event, reason):
    assert report(YES, event, VIEW).json == {"kept": 2, "dropped": {reason: 1}}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 30_000, 400),
        (b'{"shop": "harbour-tea"}', 400),
        (b'{"shop": "harbour-tea", "visitor": "short", "events": []}', 400),
        (json.dumps({"shop": "harbour-tea", "events": [VIEW] * 101}).encode(), 400),
        (b'{"shop": "nobody", "events": []}', 404),
        (b"x" * 70_000, 413),
    ],
)
def test_a_body_that_cannot_be_used_is_a_problem_in_words(client, harbour, body, status):
    answer = client.post("/v1/events", data=body)

    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.json["detail"]


def test_only_the_shops_own_pages_may_report(report):
    refused = report(YES, headers={"Origin": "https://evil.example"})
    assert (refused.status_code, refused.headers.get("Access-Control-Allow-Origin")) == (403, None)
    allowed = report(YES, headers={"Origin": "https://harbour-tea.example"})
    assert allowed.headers["Access-Control-Allow-Origin"] == "https://harbour-tea.example"
    assert "Access-Control-Allow-Credentials" not in allowed.headers


def test_a_problem_can_be_read_by_the_shops_own_page(client, harbour):
    answer = client.get(
        "/v1/recommendations?shop=harbour-tea&placement=roof", headers={"Origin": "https://harbour-tea.example"}
    )

    assert answer.status_code == 400
    assert answer.headers["Access-Control-Allow-Origin"] == "https://harbour-tea.example"


def test_a_visitor_past_all_human_speed_is_counted_not_kept(report, wiring, harbour, monkeypatch):
    monkeypatch.setattr("app.ingest.browsing.MOST_AN_HOUR", 3)
    report(YES, VIEW, VIEW, VIEW)

    assert report(VIEW, VIEW).json == {"kept": 0, "dropped": {"too_many": 2}}
    assert len(kept(wiring, harbour)) == 3


def test_dating_events_back_is_no_way_past_the_limit(report, wiring, harbour, monkeypatch):
    monkeypatch.setattr("app.ingest.browsing.MOST_A_DAY", 3)
    back = {**VIEW, "at": (wiring.clock() - timedelta(hours=5)).isoformat()}
    report(YES, back, back, back)

    assert report(back, back).json == {"kept": 0, "dropped": {"too_many": 2}}


def test_what_is_under_way_while_its_visitor_is_forgotten_goes_too(report, client, wiring, harbour):
    report(YES)
    asked = {"shop": "harbour-tea", "visitor": ALICE}
    with ThreadPoolExecutor(1) as pool, wiring.db.of_shop(harbour) as session:
        assert consent.of_visitor(session, harbour, visitor_key(ALICE)).is_allowed
        forgetting = pool.submit(client.post, "/v1/visitors/forget", json=asked)
        wait([forgetting], timeout=0.3)
        keep_happenings(session, harbour, visitor_key(ALICE), [Happening("search_made", query="tea")])

    assert forgetting.result().status_code == 202
    assert kept(wiring, harbour) == kept(wiring, harbour, Visitor) == []


def test_what_comes_while_its_visitor_is_being_forgotten_is_not_kept(report, wiring, harbour):
    report(YES)
    with ThreadPoolExecutor(1) as pool, wiring.db.of_shop(harbour) as session:
        forget_visitor(session, harbour, visitor_key(ALICE), wiring.seals)
        reporting = pool.submit(report, {"type": "search_made", "query": "tea"})
        wait([reporting], timeout=0.3)

    assert reporting.result().json == {"kept": 0, "dropped": {"no_consent": 1}}
    assert kept(wiring, harbour) == []


@pytest.mark.parametrize("is_forgotten", [True, False])
def test_an_answer_not_yet_written_down_forgets_its_visitor_too(
    report, client, wiring, harbour, monkeypatch, is_forgotten
):
    monkeypatch.setattr("app.serving.impressions.FLUSH_SECONDS", 1.0)
    report(YES)
    client.get(f"/v1/recommendations?shop=harbour-tea&placement=home&visitor={ALICE}")
    if is_forgotten:
        client.post("/v1/visitors/forget", json={"shop": "harbour-tea", "visitor": ALICE})
    wiring.shelves.impressions.close()

    (impression,) = kept(wiring, harbour, Impression)
    assert impression.visitor_key == (None if is_forgotten else visitor_key(ALICE))


def test_impressions_and_clicks_are_kept_without_a_visitor_and_only_for_what_was_shown(report, client, wiring, harbour):
    shown = client.get("/v1/recommendations?shop=harbour-tea&placement=home&limit=1").json
    wiring.shelves.impressions.close()
    seen = {"type": "impression_seen", "impression": shown["impression_id"]}
    on_it = shown["items"][0]["id"]
    click = {"type": "item_clicked", "impression": shown["impression_id"], "item": on_it}

    first = report(seen, click, {**click, "item": "1" if on_it == "2" else "2"}, visitor=None)
    report(click, visitor=None)

    assert first.json["kept"] == 2
    (impression,) = kept(wiring, harbour, Impression)
    assert (impression.seen_at is not None, impression.visitor_key) == (True, None)
    assert len(kept(wiring, harbour, Click)) == 1


def test_whoever_asks_is_forgotten_everywhere(report, client, wiring, harbour):
    report(YES, VIEW)
    recognized = VisitorRecognized(visitor_id=ALICE, customer_external_id="alice", version_at=MONDAY)
    tell(wiring, harbour, recognized, order("1", "1", "alice", visitor_id=ALICE))
    client.get(f"/v1/recommendations?shop=harbour-tea&placement=home&visitor={ALICE}")
    wiring.shelves.impressions.close()

    answer = client.post("/v1/visitors/forget", json={"shop": "harbour-tea", "visitor": ALICE})

    assert (answer.status_code, answer.json) == (202, {"forgotten": True})
    for kind in (BrowsingEvent, Visitor, VisitorLink, ConsentRecord):
        assert kept(wiring, harbour, kind) == []
    assert [row.visitor_key for row in kept(wiring, harbour, Impression)] == [None]
    assert [row.visitor_key for row in kept(wiring, harbour, Order)] == [None]


def test_forgetting_in_one_shop_leaves_the_other_alone(report, client, wiring, harbour, linden):
    tell(wiring, linden, item("1"))
    report(YES, VIEW)
    report(YES, VIEW, shop="linden-loom")

    client.post("/v1/visitors/forget", json={"shop": "linden-loom", "visitor": ALICE})

    assert len(kept(wiring, harbour)) == 1
    assert kept(wiring, linden) == []


def test_another_shops_items_are_unknown_here(report, wiring, linden):
    tell(wiring, linden, item("theirs"))

    assert report(YES, {"type": "item_viewed", "item": "theirs"}).json["dropped"] == {"unknown_item": 1}
