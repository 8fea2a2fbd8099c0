"""One person: everything that is theirs, newest first, and nothing of anybody else's."""

from datetime import timedelta

import pytest

from app import consent
from app.identity import Known, known
from app.ingest.browsing import Happening, keep_happenings
from app.models.browsing import visitor_key
from app.profiles.profile import Part, held_back, read_profile
from plugins.events import Purpose, SuppressionReason, VisitorRecognized
from tests.app.cast import ALICE, MONDAY, agree, cart, customer, item, order, review, subscribe, tell

HER = known(customers="alice", emails="alice@example.com", visitors=[visitor_key(ALICE)])


@pytest.fixture
def her(wiring, harbour):
    """Alice's profile, after two orders, a cart, a visit, a review, a yes and a stop."""
    tell(
        wiring, harbour, item("1", "Assam"), customer("alice", first_name="Alice"),
        order("o1", "1", "alice", at=MONDAY),
        order("o2", "1 1", email="alice@example.com", at=MONDAY + timedelta(days=2)),
        cart("c1", "1", "alice@example.com", at=MONDAY + timedelta(days=1)),
        order("theirs", "1", "bob", email="alice@example.com", at=MONDAY),
        cart("also theirs", "1", "alice@example.com", customer_external_id="bob"),
        VisitorRecognized(visitor_id=ALICE, customer_external_id="alice", version_at=MONDAY),
        review("r1", email="alice@example.com"), review("r2", email="alice@example.com", customer_external_id="bob"),
    )  # fmt: skip
    subscribe(wiring, harbour, "alice@example.com")
    with wiring.db.of_shop(harbour) as session:
        agree(session, harbour, visitor_key(ALICE))
        keep_happenings(session, harbour, visitor_key(ALICE), [Happening("item_viewed", item_id=1)])
        at = MONDAY + timedelta(hours=1)
        consent.suppress(session, harbour, consent.Stop("alice@example.com", SuppressionReason.BLOCKED, "page", at))

    def read(who: Known = HER, part: Part | None = None, shop=harbour):
        with wiring.db.of_shop(shop) as session:
            return read_profile(session, shop, who, part, is_unasked_allowed=True)

    return read


def test_everything_is_there_newest_first(her):
    there = her().timeline

    assert [one.at for one in there.entries] == sorted((one.at for one in there.entries), reverse=True)
    told = {"order": 2, "cart": 1, "visit": 1, "message": 0, "consent": 2, "suppression": 1, "review": 1}
    assert there.counts == told
    assert there.total() == len(there.entries) == 8


def test_lines_come_with_their_titles(her):
    things = [one for one in her().timeline.entries if one.pieces]

    assert [[piece.title for piece in one.pieces] for one in things] == [["Assam", "Assam"], ["Assam"], ["Assam"]]
    assert next(one.title for one in her().timeline.entries if one.kind == "visit") == "Assam"
    assert next(one.title for one in her().timeline.entries if one.kind == "review") == "Assam"


def test_a_row_that_names_another_account_is_not_theirs(her):
    assert {one.row.external_id for one in her().timeline.entries if one.kind in ("order", "cart")} == {
        "o1", "o2", "c1",
    }  # fmt: skip


def test_one_kind_and_its_pages(her):
    first, second = (her(part=Part("order", offset, 1)).timeline for offset in (0, 1))

    assert [first.entries[0].row.external_id, second.entries[0].row.external_id] == ["o2", "o1"]
    assert first.total("order") == 2


def test_what_was_bought_is_counted(her):
    (spent,) = her().spent

    assert (spent.orders, spent.total_minor, spent.currency) == (2, 1350, "GBP")


def test_what_stands_is_told_with_its_reason(her):
    standing = her().standing

    assert standing.mail["alice@example.com"].reason == consent.Reason.SUPPRESSED
    assert standing.personal.is_allowed


def test_visits_of_a_browser_that_took_its_yes_back_are_not_shown(wiring, harbour, her):
    with wiring.db.of_shop(harbour) as session:
        agree(session, harbour, visitor_key(ALICE), is_given=False)

    assert her().timeline.counts["visit"] == 0
    assert her().standing.personal == consent.Answer(is_allowed=False, reason=consent.Reason.WITHDRAWN)


def test_an_own_no_stands_above_what_browsers_said(wiring, harbour, her):
    word = consent.Word(purpose=Purpose.PERSONALIZATION, is_given=False, source="t", customer_external_id="alice")
    with wiring.db.of_shop(harbour) as session:
        consent.record(session, harbour, word)

    assert not her().standing.personal.is_allowed


def test_who_may_be_the_same_is_named_and_not_merged(wiring, harbour, her):
    tell(
        wiring, harbour,
        order("p1", "1", "alice", phone="+442079460000"),
        order("p2", "1", email="second@example.com", phone="+442079460000"),
    )  # fmt: skip
    with wiring.db.of_shop(harbour) as session:
        others = held_back(session, harbour, HER | known(phones="+442079460000"))

    assert "second@example.com" in others.names
    assert all(getattr(one.row, "email", None) != "second@example.com" for one in her().timeline.entries)


def test_the_other_shop_knows_nothing_of_them(her, linden):
    there = her(shop=linden)

    assert (there.orders, there.timeline.total(), there.accounts) == (0, 0, [])
