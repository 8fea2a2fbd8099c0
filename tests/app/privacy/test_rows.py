"""Forgetting one person, seen from the other side: no table of the shop names them any more."""

import re

import pytest
from sqlalchemy import text

from app.consent import Stop, suppress
from app.identity import known
from app.messaging.links import DATA, Target, make_link
from app.models import TENANT_TABLES, Erasure, InterestAnswer
from app.models.browsing import visitor_key
from app.privacy.person import Whole, find_person
from app.privacy.rows import count_rows, erase_rows
from app.privacy.visitor import forget_visitor
from app.shops import audit, write_backs
from plugins.events import CartDeleted, CustomerDeleted, SuppressionReason
from plugins.talking import MailAnswer
from tests.app.cast import ALICE, MONDAY, cart, order, review, tell
from tests.app.privacy.test_erasure import MAIL, forget, message, people
from tests.app.profiled import keep_profile

assert people  # the fixture

ALICES = re.compile(
    rf"""{re.escape(MAIL)}|442079999999|{visitor_key(ALICE).hex()}|(?i:alice)|[(,"]a1[),"]|[(,"]c1[),"]"""
)
NAMED_IN = {
    "audit_entries",
    "browsing_events",
    "carts",
    "consent_records",
    "customer_merges",
    "customers",
    "deletion_reports",
    "erasures",
    "impressions",
    "interest_answers",
    "mail_links",
    "messages",
    "orders",
    "profile_merges",
    "profile_names",
    "profile_news",
    "refunds",
    "reviews",
    "suppressions",
    "visitor_links",
    "visitors",
    "write_backs",
}

OF_BOB = {
    "profiles": 2,
    "profile_names": 2,
    "profile_merges": 1,
    "predictions": 2,
    "said_predictions": 1,
    "due_again": 1,
    "segment_members": 1,
    "segment_moves": 1,
    "interest_answers": 3,
}


@pytest.fixture
def known_everywhere(wiring, people):
    """Alice, in every table that can name anybody; some of Bob's rows carry her address."""
    message(wiring, people, MAIL, "c1")
    message(wiring, people, "colleague@example.com", "c1", is_test=True)
    tell(wiring, people, cart("c9", "tea", MAIL, customer_external_id="b2"), order("o9", "tea", "b2", email=MAIL))
    tell(wiring, people, CustomerDeleted(external_id="a1"), CartDeleted(external_id="c1"), heard_at=MONDAY)
    tell(wiring, people, review("r1", email=MAIL), review("r2", customer_external_id="a1"))
    tell(wiring, people, review("r3", email=MAIL, customer_external_id="b2"))
    with wiring.db.of_shop(people) as session:
        answer = MailAnswer(email=MAIL, customer_external_id="a1", is_given=False, answered_at=MONDAY)
        write_backs.put_in_line(session, people, answer, key="answer:1")
        suppress(session, people, Stop(MAIL, SuppressionReason.COMPLAINED, "test", MONDAY))
        make_link(session, people, DATA, Target(email=MAIL, customer_external_id="a1"))
        audit.record(session, people, None, "link_made", email=MAIL)
        told = ("customer", "a1"), ("email", MAIL), ("visitor", visitor_key(ALICE).hex())
        keep_profile(session, people, MONDAY, *told, answer=MAIL)
        keep_profile(session, people, MONDAY, ("customer", "b2"), ("email", "b2@example.com"))
        for key in ("green", "black"):  # Bob answered under her address once
            answered = {"key": key, "customer_external_id": "b2", "email": MAIL, "is_liked": True}
            session.add(InterestAnswer(shop_id=people, **answered))
        session.add(InterestAnswer(shop_id=people, key="green", customer_external_id="b2", is_liked=True))
        session.add(Erasure(shop_id=people, kind="show", asked_by="platform", subject={"emails": [MAIL]}))
    return people


def named_in(wiring, shop_id):
    """Return the tables in which a row of the shop tells of Alice."""
    with wiring.db.of_shop(shop_id) as session:
        told = {
            table: session.scalars(text(f"SELECT t::text FROM {table} t WHERE shop_id = {shop_id}"))
            for table in TENANT_TABLES
        }
        return {table for table, rows in told.items() if any(ALICES.search(row) for row in rows)}


def test_no_table_names_somebody_who_was_forgotten(wiring, known_everywhere):
    assert named_in(wiring, known_everywhere) == NAMED_IN

    done = forget(wiring, known_everywhere, emails=MAIL)

    assert done.state == "done"
    assert named_in(wiring, known_everywhere) == set()
    with wiring.db.of_shop(known_everywhere) as session:  # Bob's own rows stay his
        assert session.scalars(text("SELECT customer_external_id FROM carts WHERE external_id = 'c9'")).all() == ["b2"]
        assert session.scalars(text("SELECT customer_external_id FROM orders WHERE external_id = 'o9'")).all() == ["b2"]
        assert session.scalars(text("SELECT external_id FROM reviews")).all() == ["r3"]
        assert session.scalar(text("SELECT count(*) FROM clicks")) == 1
        for table, count in OF_BOB.items():
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == count, table


def test_a_profile_that_others_share_is_counted_anew_and_expects_nothing_until_then(wiring, people):
    with wiring.db.of_shop(people) as session:
        who = keep_profile(session, people, MONDAY, ("customer", "zoe"), ("email", "zoe@example.com"))

    done = forget(wiring, people, emails="zoe@example.com")

    assert done.state == "done"
    with wiring.db.of_shop(people) as session:
        assert session.scalars(text("SELECT name FROM profile_names")).all() == ["zoe"]
        looked = text("SELECT id FROM profiles WHERE look_again_at IS NOT NULL AND merged_into_id IS NULL")
        assert session.scalars(looked).all() == [who]
        for table in ("predictions", "said_predictions", "due_again", "segment_members", "profile_merges"):
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0, table


def test_what_would_go_is_counted_beforehand(wiring, known_everywhere):
    with wiring.db.of_shop(known_everywhere) as session:
        whole = find_person(session, known_everywhere, Whole(known(emails=MAIL), frozenset()), is_proven_only=False)
        before = count_rows(session, known_everywhere, whole)
        found = erase_rows(session, known_everywhere, whole)

    wanted = ("profiles", "profile_names", "predictions", "said_predictions", "due_again", "segments", "interests")
    assert {name: before[name] for name in wanted} == {name: found[name] for name in wanted}
    assert before["profiles"] == 2


def test_forgetting_a_browser_takes_it_from_the_profile(wiring, known_everywhere):
    with wiring.db.of_shop(known_everywhere) as session:
        forget_visitor(session, known_everywhere, visitor_key(ALICE), wiring.seals)

        for table in ("profile_names", "profile_news"):
            names = session.scalars(text(f"SELECT name FROM {table} WHERE kind = 'visitor'"))
            assert visitor_key(ALICE).hex() not in names
        assert session.scalar(text("SELECT count(*) FROM profiles WHERE look_again_at IS NOT NULL")) == 1
