"""Conditions: what is valid runs on PostgreSQL and means what plain Python says; what is not is refused with words."""

import operator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.errors import BadRequest
from app.models import Prediction, Profile, ProfileName
from app.profiles.conditions import FIELDS, Group, Kind, Names, Not, Op, has_time, parse, say, to_json, where
from tests.app.cast import item, order, tell

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY = timedelta(days=1)
POUNDS = Names("GBP", {("bought_item", "1"): "Green tea"})
PEOPLE = [
    {"stage": "never_bought", "views_30": 3, "cart_left_at": NOW - 2 * DAY, "interests": ["tea"], "may_mail": True},
    {
        "orders_count": 3, "spent_minor": 10_000, "first_order_at": NOW - 90 * DAY, "last_order_at": NOW - 3 * DAY,
        "country": "GB", "stage": "loyal", "is_guest": False, "recency_score": 5, "money_score": 4,
    },
    {
        "orders_count": 1, "spent_minor": -50, "first_order_at": NOW - 200 * DAY, "last_order_at": NOW - 200 * DAY,
        "country": "DE", "stage": "lapsed", "recency_score": 1, "frequency_score": 1, "interests": ["tea", "mugs"],
        "last_seen_at": NOW + DAY, "may_personalize": True,
    },
    {"orders_count": 2, "spent_minor": 5, "last_order_at": NOW - 7 * DAY, "stage": "new"},
]  # fmt: skip
CHURN = {1: (0.3, True, NOW - 3 * DAY), 2: (0.9, True, NOW - 100 * DAY), 3: (0.5, False, NOW - 7 * DAY)}
BOUGHT = {1: {"1": NOW - 3 * DAY, "2": NOW - 90 * DAY}, 2: {"2": NOW - 200 * DAY}}
CATEGORIES = {"1": {"green"}, "2": {"green", "black"}}
ASKED = [one for one in FIELDS.values() if one.group != "What is expected" or one.key == "churn_chance"]
WORDS = {"country": ["GB", "DE", "FR"], "interest": ["tea", "mugs", "'; --"], "bought_item": ["1", "2", "9"]}


@st.composite
def terms(draw):
    one = draw(st.sampled_from(ASKED))
    op = draw(st.sampled_from(one.operators))
    if one.kind == Kind.FLAG:
        value = st.booleans()
    elif one.kind == Kind.CHOICE:
        value = st.sampled_from(sorted(one.choices))
    elif one.kind in (Kind.WORD, Kind.BOUGHT):
        value = st.sampled_from(WORDS.get(one.key, ["green", "black", "white"]))
    else:
        near = st.integers(one.least, min(one.largest, 210))
        value = near | st.integers(one.least, one.largest)
    told = draw(value)
    if op == Op.BETWEEN:
        told = sorted([told, draw(value)])
    if op == Op.ONE_OF:
        told = [told, *draw(st.lists(value, max_size=3))]
    days = {"days": draw(st.integers(1, 300))} if one.kind == Kind.BOUGHT and draw(st.booleans()) else {}
    return {"field": one.key, "is": str(op), "value": told, **days}


def joined(inner):
    several = st.lists(inner, min_size=1, max_size=3)
    return (
        several.map(lambda all_: {"all": all_})
        | several.map(lambda any_: {"any": any_})
        | inner.map(lambda part: {"not": part})
    )


CONDITIONS = st.recursive(terms(), joined, max_leaves=6)
DEFAULTS = {
    "orders_count": 0, "spent_minor": 0, "views_30": 0, "may_mail": False, "may_personalize": False,
    "is_guest": True, "interests": [],
}  # fmt: skip


COMPARED = {
    Op.IS: operator.eq,
    Op.IS_NOT: operator.ne,
    Op.AT_LEAST: operator.ge,
    Op.AT_MOST: operator.le,
    Op.BETWEEN: lambda figure, ends: ends[0] <= figure <= ends[1],
    Op.ONE_OF: lambda figure, values: figure in values,
}


def fits(condition, number):
    """Tell in plain Python whether a person fits."""
    match condition:
        case Group():
            return (all if condition.needs_all else any)(fits(part, number) for part in condition.parts)
        case Not():
            return not fits(condition.part, number)
    person = {**DEFAULTS, **PEOPLE[number]}
    key, value = condition.field, condition.value
    if key == "interest":
        has = bool(set(person["interests"]) & set(_listed(value)))
        return has != (condition.op == Op.IS_NOT)
    if key in ("bought_item", "bought_category"):
        since = NOW - condition.days * DAY if condition.days else datetime.min.replace(tzinfo=UTC)
        lately = {one for one, at in BOUGHT.get(number, {}).items() if at > since}
        had = lately if key == "bought_item" else {shelf for one in lately for shelf in CATEGORIES[one]}
        return bool(had & set(_listed(value))) != (condition.op == Op.IS_NOT)
    figure = _figure(key, person, number)
    return figure is not None and COMPARED[condition.op](figure, value)


def _listed(value):
    return value if isinstance(value, tuple) else (value,)


def _figure(key, person, number):
    if key == "average_order":
        return person["spent_minor"] / person["orders_count"] if person["orders_count"] else None
    if key == "churn_chance":
        value, is_known, knew = CHURN.get(number, (0, False, None))
        return value * 100 if is_known and knew == person.get("last_order_at") else None
    if key == "reviewed":
        return False
    if key == "has_account":
        return not person["is_guest"]
    columns = {
        "seen_days": "last_seen_at", "spent": "spent_minor", "first_order_days": "first_order_at",
        "last_order_days": "last_order_at", "cart_left_days": "cart_left_at",
    }  # fmt: skip
    figure = person.get(columns.get(key, key))
    return (NOW - figure) // DAY if isinstance(figure, datetime) else figure


@pytest.fixture
def numbered(wiring, harbour):
    """The people above, and who they are: profile ids by their place in the list."""
    tell(wiring, harbour, item("1", categories=("green",)), item("2", categories=("green", "black")))
    for number, bought in BOUGHT.items():
        for one, at in bought.items():
            named = {"email": "c2@example.com"} if number == 2 else {"customer": "c1"}
            tell(wiring, harbour, order(f"{number}-{one}", one, at=at, **named))
    with wiring.db.of_shop(harbour) as session:
        rows = [Profile(shop_id=harbour, **told) for told in PEOPLE]
        session.add_all(rows)
        session.flush()
        for number, (value, is_known, knew) in CHURN.items():
            told = {"value": value, "low": 0, "high": 1, "is_known": is_known, "version_id": 1, "knew_order_at": knew}
            session.add(Prediction(shop_id=harbour, profile_id=rows[number].id, kind="churn", **told))
        for number, kind, name in ((1, "customer", "c1"), (2, "email", "c2@example.com")):
            session.add(
                ProfileName(
                    shop_id=harbour, kind=kind, name=name, profile_id=rows[number].id, home_id=rows[number].id,
                    because="order",
                )
            )  # fmt: skip
        return {row.id: number for number, row in enumerate(rows)}


def found(wiring, shop_id, condition):
    sql, told = where(condition)
    with wiring.db.of_shop(shop_id) as session:
        session.execute(text("SELECT set_config('regulars.now', :now, true)"), {"now": NOW.isoformat()})
        rows = session.execute(
            text(f"SELECT p.id FROM profiles p WHERE p.shop_id = :shop_id AND {sql}"), {"shop_id": shop_id, **told}
        )
        return set(rows.scalars())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=CONDITIONS)
def test_what_is_valid_means_on_postgresql_what_plain_python_says(wiring, harbour, numbered, told):
    try:
        condition = parse(told)
    except BadRequest as error:
        reason = str(error)
    else:
        reason = ""
    assume(not reason.startswith("Conditions lie within one another"))
    assert reason == ""

    assert found(wiring, harbour, condition) == {id_ for id_, number in numbered.items() if fits(condition, number)}
    assert parse(to_json(condition)) == condition
    assert say(condition, POUNDS).startswith(("who", "("))


@pytest.mark.parametrize("one", [one for one in FIELDS.values() if one not in ASKED], ids=lambda one: one.key)
def test_what_is_predicted_runs_and_nobody_without_a_prediction_fits(wiring, harbour, numbered, one):
    for op in one.operators:
        value = [0, 50] if op == Op.BETWEEN else 50
        assert found(wiring, harbour, parse({"field": one.key, "is": str(op), "value": value})) == set()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["all", "any", "not", "field", "is", "value", "days", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(told=JSON)
def test_garbage_is_refused_with_a_sentence(told):
    with pytest.raises(BadRequest, match=r"\.$"):
        parse(told)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"field": "orders_count", "is": "at_least", "value": True}, "whole number"),
        ({"field": "orders_count", "is": "at_least", "value": 10**400}, "whole number"),
        ({"field": "churn_chance", "is": "at_least", "value": float("nan")}, "number from 0 to 100"),
        ({"field": "spent", "is": "between", "value": [5, 1]}, "smaller one first"),
        ({"field": "spent", "is": "is", "value": 5}, "at_least, at_most, between"),
        ({"field": "email", "is": "is", "value": "a"}, "one of orders_count"),
        ({"field": "country", "is": "is", "value": "Britain"}, "two letters"),
        ({"field": "spent", "is": "at_least", "value": 5, "days": 3}, "what was bought only"),
        ({"field": "bought_item", "is": "is", "value": "1\x00"}, "a word"),
        ({"field": "may_mail", "is": "is", "value": 1}, "true or false"),
        ({"all": []}, "at least one"),
        ({"any": [{"field": "may_mail", "is": "is", "value": True}] * 41}, "40"),
        ({"not": {"not": {"not": {"not": {"not": {"field": "may_mail", "is": "is", "value": True}}}}}}, "deep"),
    ],
)
def test_a_refusal_says_what_to_do(told, words):
    with pytest.raises(BadRequest, match=words):
        parse(told)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"field": "spent", "is": "at_least", "value": 10000}, "whose money spent is at least £100.00"),
        ({"field": "last_order_days", "is": "at_least", "value": 60}, "whose last order was at least 60 days ago"),
        ({"field": "bought_item", "is": "is_not", "value": "1"}, "who never bought “Green tea”"),
        ({"field": "stage", "is": "one_of", "value": ["at_risk", "lapsed"]}, "whose stage is at risk or lapsed"),
        (
            {"all": [
                {"field": "may_mail", "is": "is", "value": True},
                {"any": [{"field": "country", "is": "is", "value": "gb"},
                         {"field": "has_account", "is": "is", "value": True}]},
            ]},
            "who may be written to and (whose country is GB or who have an account)",
        ),
    ],
)  # fmt: skip
def test_a_condition_is_told_in_english(told, words):
    assert say(parse(told), POUNDS) == words


def test_only_what_changes_by_itself_has_time_in_it():
    assert has_time(parse({"not": {"field": "last_order_days", "is": "at_most", "value": 60}}))
    assert not has_time(parse({"field": "orders_count", "is": "is", "value": 1}))
