"""One number for everything a shop's facts came to, whatever the order they arrived in.

It proves that nothing was lost and nothing applied twice. Serial ids and times of receipt do not count.
"""

import hashlib

from sqlalchemy import text
from sqlalchemy.orm import Session

TABLES = {
    "items": "external_id, parent_external_id, title, url, image_url, price_minor, currency, categories, state, "
    "is_in_stock, stock_quantity, stock_keys, names, created_at, version_at, version_digest, stock_version_at, "
    "stock_version_digest",
    "customers": "external_id, email, phone, first_name, last_name, country, created_at, version_at, version_digest",
    "orders": "external_id, customer_external_id, visitor_key, email, phone, country, cart_external_id, state, "
    "currency, total_minor, placed_at, version_at, version_digest",
    "carts": "external_id, stage, customer_external_id, visitor_key, email, phone, address_key IS NULL, locale, "
    "recovery_url, currency, total_minor, lines, version_at, version_digest",
    "stock_counts": "stock_key, location, quantity, version_at",
    "consent_records": "digest, purpose, email, is_given, occurred_at",
    "suppressions": "channel, address, reason, occurred_at",
    "customer_merges": "from_external_id, into_external_id, merged_at",
    "refunds": "order_external_id, external_id, amount_minor, currency, reason, made_at",
    "reviews": "external_id, item_external_id, customer_external_id, email, rating, words, is_public, is_verified, "
    "posted_at, version_at, version_digest",
    "deletion_reports": "kind, external_id",
    "visitor_links": "visitor_key, customer_external_id, version_at",
}
LINES = """
    SELECT o.external_id, l.external_id, l.item_external_id, l.variant_external_id, l.title, l.quantity, l.total_minor
    FROM order_lines l JOIN orders o ON o.shop_id = l.shop_id AND o.id = l.order_id ORDER BY 1, 2
"""


def digest(session: Session) -> str:
    """Return the SHA-256 over the rows of the shop this transaction sees, in the order of their keys."""
    session.execute(text("SET LOCAL enable_nestloop = off"))  # all is joined with all, whatever statistics say
    total = hashlib.sha256()
    queries = [f"SELECT {columns} FROM {table} ORDER BY 1, 2" for table, columns in TABLES.items()]  # noqa: S608 - ours
    for query in [*queries, LINES]:
        for row in session.execute(text(query)):
            total.update(repr(tuple(row)).encode())
    return total.hexdigest()
