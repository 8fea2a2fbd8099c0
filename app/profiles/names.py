"""Under which names somebody is known, and which of these the holder of a link may see.

Two answers on purpose. A merchant, who sees every order anyway, is shown a person with all names that the law of
identity calls the same beyond doubt. Whoever holds a link is shown less: what they have proved is that they read a
mailbox, or that the merchant vouches for them. An e-mail address that somebody typed into a cart, and a phone or a
browser that people share, prove nothing, so nothing follows from them: accounts count only if they are registered with
that very address, guests' orders only if they carry it and no account, and a browser only if nobody else used it.
"""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.identity import SHARED, Known, known, same_person

SEEDS = {
    "customer": "SELECT external_id, NULL, NULL FROM customers",  # its address follows, unless that was taken apart
    "order": "SELECT customer_external_id, email, NULL FROM orders",
    "cart": "SELECT customer_external_id, email, external_id FROM carts",
    "consent": "SELECT customer_external_id, email, NULL FROM consent_records",
}
REGISTERED = text("SELECT external_id FROM customers WHERE shop_id = :shop_id AND email = :email")
ADDRESS_OF = text("SELECT email FROM customers WHERE shop_id = :shop_id AND external_id = :customer")
MERGED = text("""
    SELECT from_external_id FROM customer_merges WHERE shop_id = :shop_id AND into_external_id = ANY(:customers)
    UNION
    SELECT into_external_id FROM customer_merges WHERE shop_id = :shop_id AND from_external_id = ANY(:customers)
""")
BROWSERS = text("""
    SELECT visitor_key FROM visitor_links WHERE shop_id = :shop_id AND customer_external_id = ANY(:customers)
    UNION
    SELECT visitor_key FROM orders
    WHERE shop_id = :shop_id AND customer_external_id = ANY(:customers) AND octet_length(visitor_key) > 0
    UNION
    SELECT visitor_key FROM orders WHERE shop_id = :shop_id AND email = ANY(:emails)
        AND coalesce(customer_external_id, '') = '' AND octet_length(visitor_key) > 0
""")


@dataclass(frozen=True)
class Holder:
    """Whom a link names. is_vouched: the merchant made it for them; else it was mailed, and proves the mailbox only."""

    email: str | None
    customer: str | None
    is_vouched: bool


def names_by_row(session: Session, shop_id: int, kind: str, row_id: int) -> Known | None:
    """Return every name of the person whom a row names; None when there is no such row, or it names nobody."""
    asked = {"shop_id": shop_id, "id": row_id}
    row = session.execute(text(f"{SEEDS[kind]} WHERE shop_id = :shop_id AND id = :id"), asked).first()
    if row is None or not (row[0] or row[1]):
        return None
    return same_person(session, shop_id, known(customers=row[0], emails=row[1], carts=row[2]))


def holder_by_row(session: Session, shop_id: int, kind: str, row_id: int) -> Holder | None:
    """Return whom the merchant vouches for when they make a link for the person of a row.

    An account is named with the address it is registered with, not with one that was used in passing.
    """
    asked = {"shop_id": shop_id, "id": row_id}
    row = session.execute(text(f"{SEEDS[kind]} WHERE shop_id = :shop_id AND id = :id"), asked).first()
    if row is None or not (row[0] or row[1]):
        return None
    if not row[0]:
        return Holder(row[1], None, is_vouched=True)
    email = session.execute(ADDRESS_OF, {"shop_id": shop_id, "customer": row[0]}).scalar()
    return Holder(email, row[0], is_vouched=True)


def names_of_holder(session: Session, shop_id: int, holder: Holder) -> Known:
    """Return the names that are the holder's own, and none that only touch them."""
    customers: set[str] = set()
    if holder.email:
        customers.update(session.execute(REGISTERED, {"shop_id": shop_id, "email": holder.email}).scalars())
    if holder.customer and holder.is_vouched:
        customers.add(holder.customer)
    emails = [holder.email] if holder.email else []
    customers.update(session.execute(MERGED, {"shop_id": shop_id, "customers": list(customers)}).scalars())
    told = {"shop_id": shop_id, "customers": list(customers), "emails": emails}
    browsers = set(session.execute(BROWSERS, told).scalars())
    shared = session.execute(SHARED, {**told, "visitors": list(browsers)}).scalars()
    return known(customers=customers, emails=emails, visitors=browsers - set(shared))
