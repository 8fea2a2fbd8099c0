"""Forgetting one person, seen from the other side: no table of the shop names them any more."""

import re

import pytest
from sqlalchemy import text

from app.consent import Stop, suppress
from app.messaging.links import DATA, Target, make_link
from app.models import TENANT_TABLES, Erasure
from app.models.browsing import visitor_key
from app.shops import audit, write_backs
from plugins.events import CartDeleted, CustomerDeleted, SuppressionReason
from plugins.talking import MailAnswer
from tests.app.cast import ALICE, MONDAY, cart, order, review, tell
from tests.app.privacy.test_erasure import MAIL, forget, message, people

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
    "mail_links",
    "messages",
    "orders",
    "refunds",
    "reviews",
    "suppressions",
    "visitor_links",
    "visitors",
    "write_backs",
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
