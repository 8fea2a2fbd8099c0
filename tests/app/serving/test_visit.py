"""What may be used of a visitor: nothing without their yes, and nothing that was known before it was taken back."""

import pytest

from app import consent
from app.models.browsing import visitor_key
from app.serving.visit import read_visit
from plugins.events import VisitorRecognized
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
