"""What may be used of a visitor: nothing without their yes, and nothing that was known before it was taken back."""

import pytest

from app import consent
from app.models.browsing import visitor_key
from app.serving.visit import read_visit
from plugins.events import Purpose, VisitorRecognized
from tests.app.cast import ALICE, BOB, MONDAY, agree, item, order, tell

YES, NO = "yes", "no"


@pytest.fixture
def visit(wiring, harbour):
    """Alice's visit, after she bought, signed in and answered."""
    tell(
        wiring, harbour, item("1"), order("1", "1", "alice", visitor_id=ALICE),
        VisitorRecognized(visitor_id=ALICE, customer_external_id="alice", version_at=MONDAY),
    )  # fmt: skip

    def after(*answers: str):
        with wiring.db.of_shop(harbour) as session:
            for one in answers:
                agree(session, harbour, visitor_key(ALICE), is_given=one == YES)
        return read_visit(wiring.db, harbour, visitor_key(ALICE))

    return after


def test_who_agreed_is_known_with_what_they_bought(visit):
    known = visit(YES)

    assert (known.customer, len(known.bought)) == ("alice", 1)


@pytest.mark.parametrize(
    ("answers", "reason"), [((), consent.Reason.NEVER_ASKED), ((YES, NO), consent.Reason.WITHDRAWN)]
)
def test_who_did_not_agree_is_nobody_also_when_signed_in(visit, answers, reason):
    unknown = visit(*answers)

    assert (unknown.customer, unknown.is_blank, unknown.answer.reason) == (None, True, reason)


def test_a_visitor_of_the_other_shop_is_a_stranger(wiring, visit, linden):
    visit(YES)

    assert read_visit(wiring.db, linden, visitor_key(ALICE)).is_blank
    assert read_visit(wiring.db, linden, visitor_key(BOB)).is_blank


def test_a_customers_own_no_counts_on_every_browser_of_theirs_at_once(wiring, harbour, visit):
    visit(YES)
    word = {"purpose": Purpose.PERSONALIZATION, "source": "test", "customer_external_id": "alice"}
    with wiring.db.of_shop(harbour) as session:
        consent.record(session, harbour, consent.Word(is_given=False, occurred_at=MONDAY, **word))
    refused = read_visit(wiring.db, harbour, visitor_key(ALICE))
    with wiring.db.of_shop(harbour) as session:
        consent.record(session, harbour, consent.Word(is_given=True, **word))
    known = read_visit(wiring.db, harbour, visitor_key(ALICE))

    assert (refused.customer, refused.is_blank, refused.answer.reason) == (None, True, consent.Reason.WITHDRAWN)
    assert (known.customer, len(known.bought)) == ("alice", 1)


def test_another_customers_no_changes_nothing(wiring, harbour, visit):
    visit(YES)
    word = consent.Word(
        purpose=Purpose.PERSONALIZATION, is_given=False, source="test", customer_external_id="bob", email="a@b.example"
    )
    with wiring.db.of_shop(harbour) as session:
        consent.record(session, harbour, word)

    assert read_visit(wiring.db, harbour, visitor_key(ALICE)).customer == "alice"
