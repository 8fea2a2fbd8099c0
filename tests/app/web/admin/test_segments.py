"""Segments on their pages: built line by line without a script, kept with who and when, never another shop's."""

import json

import pytest
from rq import Queue
from sqlalchemy import select, update
from werkzeug.datastructures import MultiDict

from app.jobs.segments import take_segments
from app.models import AuditEntry, Profile, Segment
from app.profiles import conditions
from app.queues import FILES
from app.web.admin.segment_form import draft_of, read_draft
from tests.app.web.admin.full import EVIL, fill

ORDERS = {"field-0": "orders_count", "op-0": "at_least", "value-0": "2"}
PAGE = "/segments/new"


@pytest.fixture
def people(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        session.add_all([Profile(shop_id=harbour, orders_count=n, spent_minor=1_000 * n) for n in range(5)])


def segments(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return session.scalars(select(Segment).order_by(Segment.id)).all()


def trail(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return [(one.person_id, one.action) for one in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


def test_an_empty_shop_puts_the_ready_made_ones_in_with_one_press(ed, wiring, harbour, people):
    assert "Put them in now" in ed.get("/segments").text

    for _ in range(2):
        assert ed.post("/segments/ready-made", page="/segments").status_code == 303
    take_segments(harbour, wiring=wiring)

    page = ed.get("/segments").text
    assert "12 segments" in page
    assert "People who may be written to." in page
    assert "This is how far a letter of yours can reach." in page


def test_a_segment_is_built_line_by_line_and_counted_before_it_is_kept(ed, wiring, harbour, people):
    page = ed.post("/segments/draft", {"do": "add", "add": "orders_count"}, page=PAGE).text
    assert 'name="field-0" value="orders_count"' in page
    assert "needs a number" not in page  # nothing was asked for yet
    page = ed.post("/segments/draft", {**ORDERS, "do": "add", "add": "may_mail"}, page=PAGE).text
    assert 'name="field-1" value="may_mail"' in page
    both = {**ORDERS, "field-1": "may_mail", "value-1": "yes"}
    assert "0 people fit right now, of 5 known." in ed.post("/segments/count", both, page=PAGE).text
    page = ed.post("/segments/draft", {**both, "do": "remove-1"}, page=PAGE).text
    assert "3 people fit right now, of 5 known." in page
    assert 'name="field-1"' not in page

    answer = ed.post("/segments", {**ORDERS, "name": "Came back"}, page=PAGE)

    (kept,) = segments(wiring, harbour)[:1]
    assert answer.location.endswith(f"/segments/{kept.id}")
    assert (kept.name, kept.condition) == (
        "Came back",
        {"all": [{"field": "orders_count", "is": "at_least", "value": 2}]},
    )
    assert trail(wiring, harbour) == [(ed.person_id, "segment_added")]
    assert "take_segments" in Queue(FILES, connection=wiring.queues.redis, serializer="json").jobs[0].func_name
    take_segments(harbour, wiring=wiring)
    assert "3 people are in “Came back”." in ed.get(f"/segments/{kept.id}").text


WRONG = (
    ({}, "Begin by choosing what to ask"),
    ({"field-0": "orders_count", "op-0": "at_least", "value-0": "many"}, "needs a number, as 3."),
    ({"field-0": "spent", "op-0": "between", "value-0": "9", "upto-0": "3"}, "put the smaller one first."),
    ({"field-0": "stage"}, "choose at least one."),
    ({"field-0": "country", "op-0": "is_not", "value-0": "DE, GB"}, "take one at a time here"),
    ({"fixed-0": "[" * 2_000}, "This part cannot be read any more."),
    ({**ORDERS, "name": "  "}, "Give the segment a name"),
)


def test_what_is_not_right_is_said_and_nothing_is_kept(ed, wiring, harbour):
    for sent, said in WRONG:
        answer = ed.post("/segments", {"name": "Some", **sent}, page=PAGE)

        assert answer.status_code == 400
        assert said in answer.text
    assert segments(wiring, harbour) == []


def test_a_name_is_taken_once_whatever_its_letters(ed, wiring, harbour):
    ed.post("/segments", {**ORDERS, "name": "Came back"}, page=PAGE)
    answer = ed.post("/segments", {**ORDERS, "name": "came  BACK"}, page=PAGE)

    assert answer.status_code == 400
    assert "There is a segment called “came BACK” already." in answer.text


def test_changing_asks_anew_only_where_it_asks_something_else(ed, wiring, harbour, people):
    ed.post("/segments", {**ORDERS, "name": "Came back"}, page=PAGE)
    take_segments(harbour, wiring=wiring)
    kept = segments(wiring, harbour)[0]

    ed.post(f"/segments/{kept.id}", {**ORDERS, "name": "Regulars"}, page=PAGE)
    assert (segments(wiring, harbour)[0].name, segments(wiring, harbour)[0].counted_at) == ("Regulars", kept.counted_at)
    ed.post(f"/segments/{kept.id}", {**ORDERS, "value-0": "4", "name": "Regulars"}, page=PAGE)

    assert segments(wiring, harbour)[0].counted_at is None
    assert [action for _, action in trail(wiring, harbour)] == ["segment_added", *["segment_changed"] * 2]


def test_a_deleted_segment_can_be_put_back(ed, wiring, harbour):
    ed.post("/segments", {**ORDERS, "name": "Came back"}, page=PAGE)
    kept = segments(wiring, harbour)[0].id

    ed.post(f"/segments/{kept}/delete", page=PAGE)
    assert ed.get(f"/segments/{kept}").status_code == 404
    assert "Put it back" in ed.get("/segments").text
    ed.post(f"/segments/{kept}/restore", page=PAGE)

    assert ed.get(f"/segments/{kept}").status_code == 200
    assert [action for _, action in trail(wiring, harbour)][1:] == ["segment_deleted", "segment_restored"]


def test_whoever_is_in_it_is_named_with_the_way_to_their_page(olive, wiring, harbour):
    segment = fill(wiring, harbour)["segment_id"]

    page = olive.get(f"/segments/{segment}").text

    assert "One person is in" in page
    assert "/admin/harbour-tea/customers/customer/1" in page
    assert EVIL not in page


def test_what_no_line_can_hold_is_kept_as_it_is(ed, wiring, harbour):
    segment = fill(wiring, harbour)["segment_id"]
    with wiring.db.of_shop(harbour) as session:
        before = session.get(Segment, (harbour, segment)).condition
    told = draft_of("x", conditions.parse(before), "GBP")
    sent = {"name": "Tea", "join": "any"}
    for n, line in enumerate(told.lines):
        for name in ("field", "op", "value", "upto", "days", "fixed"):
            sent[f"{name}-{n}"] = getattr(line, name)
        sent[f"chosen-{n}"] = list(line.chosen)

    assert ed.post(f"/segments/{segment}", sent, page=PAGE).status_code == 303

    with wiring.db.of_shop(harbour) as session:
        after = session.get(Segment, (harbour, segment)).condition
    assert after["any"][:4] == before["any"][:4]
    assert "lapsed" not in after["any"][4]["value"]  # said as the six others, which is the same


TERMS = (
    {"field": "orders_count", "is": "one_of", "value": [1, 2, 5]},
    {"field": "average_order", "is": "between", "value": [2_550, 10_000]},
    {"field": "churn_chance", "is": "at_least", "value": 62.5},
    {"field": "stage", "is": "one_of", "value": ["new", "won_back"]},
    {"field": "country", "is": "one_of", "value": ["DE", "GB"]},
    {"field": "interest", "is": "is_not", "value": "green-tea"},
    {"field": "bought_category", "is": "is_not", "value": "Tea, green", "days": 30},
    {"field": "bought_item", "is": "one_of", "value": ["1", "2"]},
    {"field": "due_again_days", "is": "at_most", "value": 14},
    {"field": "has_account", "is": "is", "value": False},
    {"not": {"any": [{"field": "may_mail", "is": "is", "value": True}]}},
)


def test_every_kind_of_line_comes_back_as_it_was_kept(app):
    for term in TERMS:
        (line,) = draft_of("x", conditions.parse(term), "GBP").lines
        names = ("field", "op", "value", "upto", "days", "fixed")
        sent = MultiDict({f"{name}-0": getattr(line, name) for name in names})
        sent.setlist("chosen-0", list(line.chosen))
        with app.test_request_context():
            read = read_draft(sent, "GBP")

        assert [one.fault for one in read.lines] == [""]
        assert json.loads(json.dumps(conditions.to_json(read.condition))) == {"all": [term]}


def test_a_condition_that_cannot_be_read_any_more_is_said(olive, wiring, harbour):
    segment = fill(wiring, harbour)["segment_id"]
    with wiring.db.of_shop(harbour) as session:
        session.execute(update(Segment).values(condition={"field": "was_removed", "is": "is", "value": 1}))

    for page in ("/segments", f"/segments/{segment}"):
        assert "cannot be read any more, so nobody is in it" in olive.get(page).text


def test_a_viewer_looks_and_changes_nothing(vic, wiring, harbour):
    segment = fill(wiring, harbour)["segment_id"]

    page = vic.get(f"/segments/{segment}").text
    assert "People whose country is not DE" in page
    assert "<fieldset" not in page
    for path in ("/segments", "/segments/ready-made", f"/segments/{segment}", f"/segments/{segment}/delete"):
        assert vic.post(path, {**ORDERS, "name": "x"}, page="/segments").status_code in (400, 403)
    assert len(segments(wiring, harbour)) == 2


def test_the_other_shops_segment_is_not_there(eve, wiring, harbour):
    segment = fill(wiring, harbour)["segment_id"]

    assert eve.get(f"/segments/{segment}").status_code == 404
    for path in ("", "/delete", "/restore"):
        assert eve.post(f"/segments/{segment}{path}", {**ORDERS, "name": "Mine"}, page=PAGE).status_code == 404
    assert eve.post("/segments/draft", {"segment": segment, "do": "count"}, page=PAGE).status_code == 404
    assert eve.post("/segments/count", ORDERS, page=PAGE).text == "0 people fit right now, of 0 known."
    assert [one.name for one in segments(wiring, harbour)] == [f"Tea {EVIL}", EVIL]
