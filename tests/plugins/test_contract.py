"""One suite for every platform: what any of them must do with honest, forged, broken, doubled and swapped deliveries.

The corner shop, a platform made for this, passes it as the real ones do. What comes of it in the rows, in whatever
order it is told, is tried in `tests/app/ingest/test_platforms.py`.
"""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins import PLATFORMS
from plugins.errors import BadSignature, Malformed, PlatformError
from plugins.events import Parsed
from plugins.platform import Delivery
from plugins.reading import DEEPEST
from tests.plugins.talkers import NEXT_SECRET, NOW, SECRET, SHOP, TALKERS

NAMES = sorted(TALKERS)
DAY = [pytest.param(name, told, id=f"{name}-{n}") for name in NAMES for n, told in enumerate(TALKERS[name].day)]
ENDS_OF_TIME = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "1066-10-14", "2999-01-01"]
HUGE = [10**18, -(10**18), 10**400, 1.5e300, "9e9999999999", "9" * 5000, "1" + "0" * 400]


def parse(name, told):
    """Return what comes of a delivery: facts, a reason why there are none, or why it is refused."""
    delivery = TALKERS[name].delivery(told)
    try:
        parsed = TALKERS[name].platform.parse(delivery, SHOP)
    except PlatformError as error:
        return error
    assert isinstance(parsed, Parsed)
    assert bool(parsed.events) != bool(parsed.nothing)
    return parsed


def parse_raw(name, raw, topic):
    talker = TALKERS[name]
    delivery = talker.sign(topic, raw, SECRET)
    assert talker.platform.verify(delivery, [SECRET])  # it is signed: nothing is refused because of what it says
    return talker.platform.parse(delivery, SHOP)


def test_every_platform_is_in_this_suite_and_a_made_up_one():
    assert set(TALKERS) == {*PLATFORMS, "corner"}
    assert all(talker.platform.name == name and talker.platform.label for name, talker in TALKERS.items())


# Signatures


@pytest.mark.parametrize(("name", "told"), DAY)
def test_a_signed_delivery_is_verified_and_gives_facts(name, told):
    receipt = TALKERS[name].platform.verify(TALKERS[name].delivery(told), [SECRET])

    assert 0 < len(receipt.topic) <= 100
    assert 0 < len(receipt.idempotency_key) <= 300
    assert parse(name, told).events


@pytest.mark.parametrize(("name", "told"), DAY)
@pytest.mark.parametrize("secrets", [[b"other"], [b""], []])
def test_another_secret_is_refused(name, told, secrets):
    with pytest.raises(BadSignature):
        TALKERS[name].platform.verify(TALKERS[name].delivery(told), secrets)


@pytest.mark.parametrize(("name", "told"), DAY)
def test_either_secret_holds_during_rotation_and_the_old_one_not_after_it(name, told):
    platform, old = TALKERS[name].platform, TALKERS[name].delivery(told)
    for secret in (SECRET, NEXT_SECRET):
        assert platform.verify(TALKERS[name].delivery(told, secret=secret), [SECRET, NEXT_SECRET])

    with pytest.raises(BadSignature):
        platform.verify(old, [NEXT_SECRET])


@pytest.mark.parametrize(("name", "told"), DAY)
@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b + b" ", lambda b: b.upper(), lambda b: b[:0]])
def test_a_changed_body_is_refused(name, told, damage):
    delivery = TALKERS[name].delivery(told)

    with pytest.raises(BadSignature):
        TALKERS[name].platform.verify(replace(delivery, body=damage(delivery.body)), [SECRET])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("given_instead", [None, "", "=", "äöü", "v1,", "a" * 44, "0" * 64])
def test_a_missing_or_garbled_signature_is_refused(name, given_instead):
    delivery = TALKERS[name].delivery(TALKERS[name].day[0])
    headers = {
        header: value if given_instead is None else given_instead
        for header, value in delivery.headers.items()
        if given_instead is not None or not ("signature" in header or "hmac" in header)
    }

    with pytest.raises(BadSignature):
        TALKERS[name].platform.verify(replace(delivery, headers=headers), [SECRET])


@pytest.mark.parametrize("name", NAMES)
def test_what_is_signed_is_never_taken_for_a_ping(name):
    platform = TALKERS[name].platform

    assert not any(platform.is_ping(TALKERS[name].delivery(told)) for told in TALKERS[name].day)
    assert not platform.is_ping(Delivery(headers={}, body=b'{"id": 1}', received_at=NOW))


# Replayed and doubled


@pytest.mark.parametrize(("name", "told"), DAY)
def test_the_same_bytes_give_the_same_facts_and_key_whenever_they_come(name, told):
    platform = TALKERS[name].platform
    one, two = TALKERS[name].delivery(told), TALKERS[name].delivery(told)

    assert platform.verify(one, [SECRET]) == platform.verify(two, [SECRET])
    assert platform.parse(one, SHOP) == platform.parse(two, SHOP)


@pytest.mark.parametrize("name", NAMES)
def test_no_two_deliveries_of_a_day_are_taken_for_one(name):
    talker = TALKERS[name]
    keys = {talker.platform.verify(talker.delivery(told), [SECRET]).idempotency_key for told in talker.day}

    assert len(keys) == len(talker.day)


# Malformed


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"null", b"NaN", b'{"id": NaN}', b"\xff\xfe{}", b'{"id": {"x": 1}, "status": 4}',
     b'{"type": 3}', b'{"type": "order.changed", "data": []}', b'{"tells": ["order"]}', b"\x00", b'"id"', b"{}"],
)  # fmt: skip
def test_what_is_signed_but_unreadable_is_malformed_and_nothing_worse(name, raw):
    for topic in {topic for topic, _ in TALKERS[name].day}:
        with pytest.raises(Malformed) as caught:
            parse_raw(name, raw, topic)
        assert str(caught.value).endswith(".")


@pytest.mark.parametrize("name", NAMES)
@given(raw=st.binary(max_size=200), data=st.data())
def test_any_bytes_come_to_facts_or_to_a_refusal(name, raw, data):
    topic, _ = data.draw(st.sampled_from(TALKERS[name].day))
    try:
        assert isinstance(parse_raw(name, raw, topic), Parsed)
    except PlatformError:
        return


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("name", NAMES)
@given(value=json_values, data=st.data())
def test_any_json_comes_to_facts_or_to_a_refusal(name, value, data):
    topic, _ = data.draw(st.sampled_from(TALKERS[name].day))
    try:
        assert isinstance(parse_raw(name, json.dumps(value).encode(), topic), Parsed)
    except PlatformError:
        return


def place_in(body, data):
    """Return some object or list in a body, and a key of it."""
    place = body
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not place[key] or not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            return place, key
        place = place[key]


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_any_field_at_any_depth_may_be_nonsense_or_missing_without_a_surprise(name, data):
    topic, body = data.draw(st.sampled_from(TALKERS[name].day))
    body = json.loads(json.dumps(body))
    place, key = place_in(body, data)
    if isinstance(place, dict) and data.draw(st.booleans()):
        del place[key]
    else:
        place[key] = data.draw(json_values | st.sampled_from(HUGE) | st.sampled_from(ENDS_OF_TIME))

    parse(name, (topic, body))


# Oversized


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "raw",
    [b"[" * 100_000, b'{"a":' * 5000 + b"1" + b"}" * 5000, b'{"a":' * DEEPEST + b"{}" + b"}" * DEEPEST,
     b'{"id":' + b"9" * 100_000 + b"}"],
)  # fmt: skip
def test_what_is_too_deep_or_too_long_is_malformed(name, raw):
    for topic in {topic for topic, _ in TALKERS[name].day}:
        with pytest.raises(Malformed):
            parse_raw(name, raw, topic)


def numbers_and_times(place):
    """Yield every object or list of a body, with the keys of what is a figure or a time in it."""
    pairs = place.items() if isinstance(place, dict) else enumerate(place)
    for key, value in pairs:
        if isinstance(value, dict | list):
            yield from numbers_and_times(value)
        elif isinstance(value, int | str) and not isinstance(value, bool):
            yield place, key


def facts_hold(fact):
    """Tell whether every figure of a fact fits the column it goes to."""
    figures = [value for value in vars(fact).values() if isinstance(value, int) and not isinstance(value, bool)]
    lines = [value for line in getattr(fact, "lines", ()) for value in vars(line).values() if isinstance(value, int)]
    return all(abs(value) < 2**63 for value in figures + lines)


@pytest.mark.parametrize(("name", "told"), DAY)
def test_no_figure_and_no_time_reaches_a_column_that_cannot_hold_it(name, told):
    topic, body = told
    for n in range(len(list(numbers_and_times(body)))):
        for beyond in [*HUGE[:2], *HUGE[4:], *ENDS_OF_TIME]:
            changed = json.loads(json.dumps(body))
            place, key = list(numbers_and_times(changed))[n]
            place[key] = beyond
            outcome = parse(name, (topic, changed))
            assert isinstance(outcome, PlatformError) or all(facts_hold(fact) for fact in outcome.events)


def stamped(fact):
    return [getattr(fact, at) for at in ("version_at", "placed_at", "occurred_at", "made_at") if hasattr(fact, at)]


@pytest.mark.parametrize(("name", "told"), DAY)
def test_every_time_is_aware_and_in_this_age(name, told):
    for fact in parse(name, told).events:
        assert all(at.utcoffset() is not None and 1990 <= at.year <= 2200 for at in stamped(fact))


@pytest.mark.parametrize("name", NAMES)
def test_half_a_character_and_nul_do_not_reach_the_database(name):
    for topic, body in TALKERS[name].day:
        changed = json.loads(json.dumps(body))
        for place, key in list(numbers_and_times(changed)):
            if isinstance(place[key], str):
                place[key] += "\ud83d\x00"
        outcome = parse(name, (topic, changed))
        said = "" if isinstance(outcome, PlatformError) else repr(outcome.events)
        assert "\\ud83d" not in said
        assert "\\x00" not in said


# Headers are no proof


@pytest.mark.parametrize(("name", "told"), DAY)
def test_under_another_topic_a_body_says_the_same_or_nothing(name, told):
    """Where the topic is an unsigned header, it may not make a deletion of a thing, nor one thing of another."""
    honest = parse(name, told).events
    for topic in {topic for topic, _ in TALKERS[name].day}:
        outcome = parse(name, (topic, told[1]))
        if isinstance(outcome, Parsed) and not is_bare(told[1]):
            assert outcome.events in ((), honest)


def is_bare(body):
    """Tell whether a body is nothing but an id: of what kind, only the topic says, and then all it can do is hide."""
    return body.keys() == {"id"}


@pytest.mark.parametrize(("name", "told"), DAY)
def test_no_header_changes_what_a_body_says(name, told):
    delivery = TALKERS[name].delivery(told)
    honest = TALKERS[name].platform.parse(delivery, SHOP)
    for header in delivery.headers:
        if "topic" in header or "shop-domain" in header:  # the two that are read, each held against the body
            continue
        for value in ("", "another", "2999-01-01T00:00:00Z"):
            changed = replace(delivery, headers={**delivery.headers, header: value})
            assert TALKERS[name].platform.parse(changed, SHOP) == honest
