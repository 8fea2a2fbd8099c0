"""Whoever was forgotten stays out of every later fact, until they say yes again themselves."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from app.identity import Kind
from app.ingest.apply import apply_events
from app.models import (
    Cart,
    ConsentRecord,
    Customer,
    CustomerMerge,
    Order,
    OrderLine,
    Refund,
    Suppression,
    Tombstone,
    VisitorLink,
)
from app.models.browsing import visitor_key
from plugins.events import (
    AddressSuppressed,
    ConsentChanged,
    CustomerMerged,
    Purpose,
    RefundMade,
    SuppressionReason,
    VisitorRecognized,
)
from tests.app.cast import ALICE, MONDAY, cart, customer, item, order, tell

CAROL = "carol@example.com"


def forget(wiring, shop_id, *names):
    with wiring.db.of_shop(shop_id) as session:
        for kind, value in names:
            session.add(Tombstone(shop_id=shop_id, kind=kind, seal=wiring.seals.seal(shop_id, kind, value)))


def rows(wiring, shop_id, kind):
    with wiring.db.of_shop(shop_id) as session:
        return session.query(kind).all()


def test_an_order_comes_back_without_the_person(wiring, harbour):
    forget(wiring, harbour, (Kind.EMAIL, CAROL))
    tell(
        wiring, harbour, item("a"),
        order("1", "a", "carol", email=" Carol@Example.COM", phone="020 7946 0123", address="12 Quay Street",
              visitor_id=ALICE, cart_external_id="c1"),
    )  # fmt: skip

    (kept,) = rows(wiring, harbour, Order)
    named = (kept.customer_external_id, kept.email, kept.phone, kept.address_key, kept.visitor_key,
             kept.cart_external_id)  # fmt: skip
    assert named == (None,) * 6
    assert len(rows(wiring, harbour, OrderLine)) == 1
    assert rows(wiring, harbour, VisitorLink) == []


def test_their_account_cart_consent_and_sign_in_do_not_come_back_at_all(wiring, harbour):
    forget(wiring, harbour, (Kind.EMAIL, CAROL), (Kind.CUSTOMER, "carol"), (Kind.VISITOR, visitor_key(ALICE).hex()))
    old_yes = ConsentChanged(
        purpose=Purpose.EMAIL_MARKETING, is_given=True, occurred_at=MONDAY, email=CAROL, source="klaviyo_export"
    )
    gone = AddressSuppressed(email=CAROL, reason=SuppressionReason.BLOCKED, occurred_at=MONDAY, source="x")
    tell(
        wiring, harbour, customer("carol"), cart("c1", "a", CAROL), old_yes, gone,
        VisitorRecognized(visitor_id=ALICE, customer_external_id="somebody", version_at=MONDAY),
        CustomerMerged(from_external_id="carol", into_external_id="other", merged_at=MONDAY),
    )  # fmt: skip

    for kind in (Customer, Cart, ConsentRecord, Suppression, VisitorLink):
        assert rows(wiring, harbour, kind) == []


def test_a_merge_with_a_forgotten_account_is_not_kept_in_either_direction(wiring, harbour):
    forget(wiring, harbour, (Kind.CUSTOMER, "carol"))
    tell(
        wiring, harbour,
        CustomerMerged(from_external_id="carol", into_external_id="other", merged_at=MONDAY),
        CustomerMerged(from_external_id="another", into_external_id="carol", merged_at=MONDAY),
        CustomerMerged(from_external_id="dan", into_external_id="daniel", merged_at=MONDAY),
    )  # fmt: skip

    assert [one.from_external_id for one in rows(wiring, harbour, CustomerMerge)] == ["dan"]


def test_a_forgotten_order_told_again_under_new_names_stays_nobodys_and_its_refund_says_no_reason(wiring, harbour):
    forget(wiring, harbour, (Kind.ORDER, "1"))
    refund = RefundMade(
        external_id="r1", order_external_id="1", amount_minor=250, currency="GBP", made_at=MONDAY, reason="Carol is ill"
    )
    tell(wiring, harbour, order("1", "a", "carla", email="carla@example.com"), refund)

    (kept,) = rows(wiring, harbour, Order)
    assert (kept.customer_external_id, kept.email) == (None, None)
    (paid,) = rows(wiring, harbour, Refund)
    assert (paid.amount_minor, paid.reason) == (250, "")


def test_a_sign_in_to_a_forgotten_account_links_no_browser(wiring, harbour):
    forget(wiring, harbour, (Kind.CUSTOMER, "carol"))
    tell(wiring, harbour, VisitorRecognized(visitor_id=ALICE, customer_external_id="carol", version_at=MONDAY))

    assert rows(wiring, harbour, VisitorLink) == []


def test_a_forgotten_browser_is_not_written_back_by_a_later_order(wiring, harbour):
    forget(wiring, harbour, (Kind.VISITOR, visitor_key(ALICE).hex()))
    tell(wiring, harbour, order("1", "a", "dan", visitor_id=ALICE))

    (kept,) = rows(wiring, harbour, Order)
    assert (kept.visitor_key, kept.customer_external_id) == (None, "dan")
    assert rows(wiring, harbour, VisitorLink) == []


def test_a_forgotten_phone_takes_only_itself_out(wiring, harbour):
    forget(wiring, harbour, (Kind.PHONE, "+442079460123"))
    tell(wiring, harbour, order("1", "a", "dan", phone="020 7946 0123", country="GB", email="dan@example.com"))

    (kept,) = rows(wiring, harbour, Order)
    assert (kept.phone, kept.email) == (None, "dan@example.com")


def test_others_are_not_touched_and_the_places_of_the_forgotten_are_told(wiring, harbour):
    forget(wiring, harbour, (Kind.EMAIL, CAROL))
    facts = [order("1", "a", email="dan@example.com"), order("2", "a", email=CAROL), cart("c", "a", CAROL), item("a")]
    with wiring.db.of_shop(harbour) as session:
        named = apply_events(session, harbour, [(MONDAY, fact) for fact in facts], wiring.seals)

    assert named == {1, 2}
    assert {one.email for one in rows(wiring, harbour, Order)} == {"dan@example.com", None}


def test_a_tombstone_of_the_other_shop_blocks_nothing_here(wiring, harbour, linden):
    forget(wiring, linden, (Kind.EMAIL, CAROL))
    tell(wiring, harbour, cart("c1", "a", CAROL))

    assert len(rows(wiring, harbour, Cart)) == 1


def test_only_their_own_later_yes_brings_them_back(wiring, harbour):
    forget(wiring, harbour, (Kind.EMAIL, CAROL), (Kind.CUSTOMER, "carol"))
    for given, days, came_back in ((True, -1, False), (False, 1, False), (True, 1, True)):
        said = ConsentChanged(
            purpose=Purpose.EMAIL_MARKETING, is_given=given, source="checkout", email=CAROL,
            customer_external_id="carol", occurred_at=datetime.now(UTC) + timedelta(days=days),
        )  # fmt: skip
        tell(wiring, harbour, said)
        assert bool(rows(wiring, harbour, ConsentRecord)) == came_back
    tell(wiring, harbour, customer("carol"))

    assert len(rows(wiring, harbour, Customer)) == 1
    assert rows(wiring, harbour, Tombstone) == []


def test_a_seal_in_the_database_names_nobody(wiring, harbour):
    forget(wiring, harbour, (Kind.EMAIL, CAROL))
    with wiring.db.of_shop(harbour) as session:
        told = session.execute(text("SELECT tombstones::text FROM tombstones")).scalar_one()

    assert "carol" not in told
