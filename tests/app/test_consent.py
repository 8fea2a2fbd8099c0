"""The ledger of yes and no, and whom we may write to."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app import consent
from app.consent import Reason
from app.models import ConsentRecord, Suppression
from app.models.browsing import visitor_key
from plugins.events import AddressSuppressed, ConsentChanged, Purpose, SuppressionReason
from tests.app.cast import ALICE, MONDAY, agree, order, subscribe, tell

CAROL = "carol@example.com"
LATER = MONDAY + timedelta(days=1)


def may_mail(wiring, shop_id, email=CAROL):
    with wiring.db.of_shop(shop_id) as session:
        return consent.may_mail(session, shop_id, email)


def suppress(wiring, shop_id, reason=SuppressionReason.UNSUBSCRIBED, at=MONDAY):
    with wiring.db.of_shop(shop_id) as session:
        consent.suppress(session, shop_id, consent.Stop(CAROL, reason, "test", at))


def test_who_was_never_asked_is_never_written_to(wiring, harbour):
    assert may_mail(wiring, harbour) == consent.Answer(is_allowed=False, reason=Reason.NEVER_ASKED)


def test_the_newest_word_counts_whatever_came_first(wiring, harbour):
    subscribe(wiring, harbour, CAROL, is_given=False, at=LATER)
    subscribe(wiring, harbour, CAROL, at=MONDAY)

    assert may_mail(wiring, harbour).reason == Reason.WITHDRAWN


def test_of_two_words_of_the_same_moment_the_no_counts(wiring, harbour):
    subscribe(wiring, harbour, CAROL, is_given=False)
    subscribe(wiring, harbour, CAROL)

    assert not may_mail(wiring, harbour).is_allowed


def test_a_suppression_beats_every_yes_before_it(wiring, harbour):
    subscribe(wiring, harbour, CAROL)
    suppress(wiring, harbour, at=LATER)

    assert may_mail(wiring, harbour).reason == Reason.SUPPRESSED


def test_an_own_later_yes_lifts_an_unsubscribe_but_not_a_complaint(wiring, harbour):
    suppress(wiring, harbour)
    subscribe(wiring, harbour, CAROL, at=LATER)
    assert may_mail(wiring, harbour).is_allowed

    suppress(wiring, harbour, SuppressionReason.COMPLAINED)
    subscribe(wiring, harbour, CAROL, at=LATER + timedelta(days=1))
    assert may_mail(wiring, harbour).reason == Reason.SUPPRESSED


def test_an_old_unsubscribe_that_comes_late_does_not_undo_a_newer_yes(wiring, harbour):
    subscribe(wiring, harbour, CAROL, at=LATER)
    suppress(wiring, harbour, at=MONDAY)

    assert may_mail(wiring, harbour).is_allowed


def test_the_worst_reason_stands_whatever_came_first(wiring, harbour):
    reasons = [SuppressionReason.UNSUBSCRIBED, SuppressionReason.COMPLAINED, SuppressionReason.BLOCKED]
    for reason in reasons:
        suppress(wiring, harbour, reason)

    with wiring.db.of_shop(harbour) as session:
        assert session.query(Suppression).one().reason == "complained"


def test_a_stop_later_than_the_yes_is_not_lifted_by_a_worse_one_before_it(wiring, harbour):
    suppress(wiring, harbour, SuppressionReason.BLOCKED, at=MONDAY)
    suppress(wiring, harbour, SuppressionReason.UNSUBSCRIBED, at=LATER + timedelta(days=1))
    subscribe(wiring, harbour, CAROL, at=LATER)

    assert may_mail(wiring, harbour).reason == Reason.SUPPRESSED


def test_a_browsers_older_word_that_comes_late_changes_nothing(wiring, harbour):
    for given, at in ((False, LATER), (True, MONDAY)):
        said = ConsentChanged(
            purpose=Purpose.PERSONALIZATION, is_given=given, occurred_at=at, visitor_id=ALICE, source="shop"
        )
        tell(wiring, harbour, said)

    with wiring.db.of_shop(harbour) as session:
        assert consent.of_visitor(session, harbour, visitor_key(ALICE)).reason == Reason.WITHDRAWN


def test_the_other_shops_yes_is_none_of_ours(wiring, harbour, linden):
    subscribe(wiring, linden, CAROL)

    assert may_mail(wiring, harbour).reason == Reason.NEVER_ASKED


def test_the_proof_is_kept_whole_and_once(wiring, harbour):
    said = ConsentChanged(
        purpose=Purpose.EMAIL_MARKETING, is_given=True, occurred_at=MONDAY, email=" Carol@Example.com",
        customer_external_id="carol", source="checkout", wording="Remind me.", wording_version="2", locale="en-GB",
    )  # fmt: skip
    tell(wiring, harbour, said)
    tell(wiring, harbour, said)

    with wiring.db.of_shop(harbour) as session:
        (kept,) = session.query(ConsentRecord).all()
    assert (kept.email, kept.customer_external_id, kept.source) == (CAROL, "carol", "checkout")
    assert (kept.wording, kept.wording_version, kept.locale) == ("Remind me.", "2", "en-GB")
    assert kept.occurred_at == MONDAY
    assert may_mail(wiring, harbour).is_allowed


def test_nobody_changes_what_was_said(wiring, harbour):
    subscribe(wiring, harbour, CAROL)

    with pytest.raises(ProgrammingError, match="permission denied"), wiring.db.of_shop(harbour) as session:
        session.execute(text("UPDATE consent_records SET is_given = false"))


def test_a_suppression_told_by_the_platform_is_kept(wiring, harbour):
    subscribe(wiring, harbour, CAROL)
    gone = AddressSuppressed(email=CAROL, reason=SuppressionReason.BOUNCED, occurred_at=LATER, source="mailchimp")
    tell(wiring, harbour, gone)

    assert may_mail(wiring, harbour).reason == Reason.SUPPRESSED


def test_an_unsubscribe_waits_for_a_hand_off_that_has_asked_already(wiring, harbour):
    subscribe(wiring, harbour, CAROL)
    order_of_things = []
    with wiring.db.of_shop(harbour) as session:
        assert consent.may_mail(session, harbour, CAROL).is_allowed
        other = threading.Thread(target=lambda: (suppress(wiring, harbour), order_of_things.append("unsubscribed")))
        other.start()
        other.join(timeout=0.5)
        assert other.is_alive()
        order_of_things.append("handed over")
    other.join(timeout=10)

    assert order_of_things == ["handed over", "unsubscribed"]
    assert not may_mail(wiring, harbour).is_allowed


def test_a_customers_own_no_to_personalization_counts_without_any_browser(wiring, harbour):
    said = ConsentChanged(
        purpose=Purpose.PERSONALIZATION, is_given=False, occurred_at=MONDAY, customer_external_id="dan", source="you"
    )
    tell(wiring, harbour, said)

    with wiring.db.of_shop(harbour) as session:
        answer = consent.may_personalize(session, harbour, "dan", is_unasked_allowed=True)
        assert answer.reason == Reason.WITHDRAWN
        assert consent.may_personalize(session, harbour, "ann", is_unasked_allowed=True).is_allowed


def test_a_browsers_no_outweighs_the_customers_yes(wiring, harbour):
    yes = ConsentChanged(
        purpose=Purpose.PERSONALIZATION, is_given=True, occurred_at=MONDAY, customer_external_id="dan", source="you"
    )
    tell(wiring, harbour, yes, order("1", "a", "dan", visitor_id=ALICE))
    with wiring.db.of_shop(harbour) as session:
        agree(session, harbour, visitor_key(ALICE), is_given=False)
        assert not consent.may_personalize(session, harbour, "dan", is_unasked_allowed=True).is_allowed
