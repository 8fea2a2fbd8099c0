"""What is known of one person, table by table, as they may read it: every row that names them, in plain columns."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.privacy.person import ALL_THEIRS, THEIRS, Whole
from app.privacy.rows import MESSAGES, SAID, TOLD, WROTE

Table = list[dict[str, Any]]
MEANING = {"<theirs>": THEIRS, "<said>": SAID, "<messages>": MESSAGES, "<wrote>": WROTE, "<told>": TOLD,
           "<alone>": f"SELECT id FROM profiles WHERE shop_id = :shop_id AND ({ALL_THEIRS})"}  # fmt: skip  # noqa: S608

# The account's rows come first, then what they did, then what they said, then what we did.
QUERIES: Mapping[str, str] = {
    "accounts": """
        SELECT external_id AS customer, first_name, last_name, email, phone, country, created_at,
            version_at AS changed_at
        FROM customers WHERE shop_id = :shop_id AND external_id = ANY(:customers) ORDER BY external_id
    """,
    "orders": """
        SELECT external_id AS "order", placed_at, state, currency, total_minor, customer_external_id AS customer, email,
            phone, country, address_key IS NOT NULL AS has_address_digest, cart_external_id AS cart
        FROM orders WHERE shop_id = :shop_id AND (<theirs>) ORDER BY placed_at, external_id
    """,
    "order_lines": """
        SELECT o.external_id AS "order", l.title, l.item_external_id AS item, l.variant_external_id AS variant,
            l.quantity, o.currency, l.total_minor
        FROM order_lines l JOIN (SELECT id, external_id, currency, placed_at FROM orders
            WHERE shop_id = :shop_id AND (<theirs>)) AS o ON o.id = l.order_id
        WHERE l.shop_id = :shop_id ORDER BY o.placed_at, o.external_id, l.external_id
    """,
    "refunds": """
        SELECT order_external_id AS "order", made_at, currency, amount_minor, reason
        FROM refunds WHERE shop_id = :shop_id AND order_external_id = ANY(:orders) ORDER BY made_at
    """,
    "carts": """
        SELECT external_id AS cart, version_at AS changed_at, stage, currency, total_minor, email, phone, locale, lines,
            recovery_url
        FROM carts WHERE shop_id = :shop_id AND (<theirs>) ORDER BY version_at
    """,
    "browsers": """
        SELECT encode(visitor_key, 'hex') AS browser_digest, is_consenting, first_seen_at, last_seen_at
        FROM visitors WHERE shop_id = :shop_id AND visitor_key = ANY(:visitors) ORDER BY first_seen_at
    """,
    "browsing": """
        SELECT b.occurred_at, b.kind, i.title AS item, b.query
        FROM browsing_events b LEFT JOIN items i ON i.shop_id = b.shop_id AND i.id = b.item_id
        WHERE b.shop_id = :shop_id AND b.visitor_key = ANY(:visitors) ORDER BY b.occurred_at
    """,
    "recommendations": """
        SELECT m.shown_at, m.seen_at, m.placement, ARRAY(SELECT i.title FROM items i
            WHERE i.shop_id = m.shop_id AND i.id = ANY(m.item_ids)) AS items,
            ARRAY(SELECT i.title FROM clicks c JOIN items i ON i.shop_id = c.shop_id AND i.id = c.item_id
            WHERE c.shop_id = m.shop_id AND c.impression_id = m.id) AS followed
        FROM impressions m WHERE m.shop_id = :shop_id AND m.visitor_key = ANY(:visitors) ORDER BY m.shown_at
    """,
    "consents": """
        SELECT occurred_at, purpose, is_given, source, wording, wording_version, locale, email, phone,
            customer_external_id AS customer
        FROM consent_records WHERE shop_id = :shop_id AND (<said>) ORDER BY occurred_at, id
    """,
    "not_written_to": """
        SELECT channel, address, reason, source, occurred_at FROM suppressions
        WHERE shop_id = :shop_id AND address = ANY(:emails) ORDER BY address
    """,
    "reviews": """
        SELECT external_id AS review, posted_at, item_external_id AS item, (SELECT i.title FROM items i
            WHERE i.shop_id = reviews.shop_id AND i.external_id = reviews.item_external_id) AS title,
            rating, words, is_public, is_verified, email
        FROM reviews WHERE shop_id = :shop_id AND (<wrote>) ORDER BY posted_at
    """,
    "told_to_platform": """
        SELECT created_at, state, change FROM write_backs WHERE shop_id = :shop_id AND (<told>) ORDER BY id
    """,
    "messages": """
        SELECT planned_at, sent_at, state, reason, is_control AS left_alone, email, subject, content, decisions
        FROM messages WHERE shop_id = :shop_id AND NOT is_test AND (<messages>) ORDER BY planned_at
    """,
    "profile": """
        SELECT p.stage AS standing, p.stage_since, s.currency, p.orders_count, p.spent_minor, p.refunded_minor,
            p.other_currencies, p.first_order_at, p.last_order_at, p.usual_gap_days, p.cart_left_at, p.last_seen_at,
            p.views_30, p.country, p.is_guest, p.may_mail, p.may_personalize, p.recency_score, p.frequency_score,
            p.money_score, p.refreshed_at
        FROM profiles p JOIN shops s ON s.id = p.shop_id
        WHERE p.shop_id = :shop_id AND p.id IN (<alone>) AND p.merged_into_id IS NULL ORDER BY p.id
    """,
    "segments": """
        SELECT g.name AS segment, m.since
        FROM segment_members m JOIN segments g ON g.shop_id = m.shop_id AND g.id = m.segment_id
        WHERE m.shop_id = :shop_id AND m.profile_id IN (<alone>) ORDER BY m.since, g.name
    """,
    "segment_moves": """
        SELECT g.name AS segment, m.is_in, m.moved_at
        FROM segment_moves m JOIN segments g ON g.shop_id = m.shop_id AND g.id = m.segment_id
        WHERE m.shop_id = :shop_id AND m.profile_id IN (<alone>) ORDER BY m.id
    """,
    "predictions": """
        SELECT kind AS prediction, made_at AS expected_at, until, value, low, high, is_known, reasons, NULL AS happened
        FROM predictions WHERE shop_id = :shop_id AND profile_id IN (<alone>) AND NOT starts_with(kind, 'value')
        UNION ALL
        SELECT kind, said_at, until, value, low, high, NULL, NULL, happened FROM said_predictions
        WHERE shop_id = :shop_id AND profile_id IN (<alone>) AND NOT starts_with(kind, 'value')
        ORDER BY expected_at, prediction
    """,
    "expected_spending": """
        SELECT e.kind AS prediction, e.expected_at, e.until, s.currency, round(e.value)::bigint AS value_minor,
            round(e.low)::bigint AS low_minor, round(e.high)::bigint AS high_minor, e.is_known, e.reasons
        FROM shops s, (
            SELECT kind, made_at AS expected_at, until, value, low, high, is_known, reasons FROM predictions
            WHERE shop_id = :shop_id AND profile_id IN (<alone>) AND starts_with(kind, 'value')
            UNION ALL
            SELECT kind, said_at, until, value, low, high, NULL, NULL FROM said_predictions
            WHERE shop_id = :shop_id AND profile_id IN (<alone>) AND starts_with(kind, 'value')
        ) AS e WHERE s.id = :shop_id ORDER BY e.expected_at, e.kind
    """,
    "due_again": """
        SELECT i.title AS item, d.due_on::text AS due_on, d.low::text AS low, d.high::text AS high, d.times_bought
        FROM due_again d LEFT JOIN items i ON i.shop_id = d.shop_id AND i.id = d.item_id
        WHERE d.shop_id = :shop_id AND d.profile_id IN (<alone>) ORDER BY d.due_on
    """,
    "interests": """
        SELECT coalesce((SELECT i.label FROM interests i WHERE i.shop_id = :shop_id AND i.key = a.key), a.key)
            AS interest, a.is_liked, a.said_at
        FROM interest_answers a WHERE shop_id = :shop_id AND (<wrote>) ORDER BY a.said_at, a.id
    """,
    "joined_profiles": """
        SELECT because, merged_at, undone_at FROM profile_merges
        WHERE shop_id = :shop_id AND (from_id IN (<alone>) OR into_id IN (<alone>)) ORDER BY id
    """,
    "merges": """
        SELECT from_external_id AS customer, into_external_id AS became, merged_at FROM customer_merges
        WHERE shop_id = :shop_id AND (from_external_id = ANY(:customers) OR into_external_id = ANY(:customers))
    """,
}


def read_known(session: Session, shop_id: int, person: Whole) -> dict[str, Table]:
    """Return every table with the rows that are the person's."""
    return {name: _read(session, query, person.as_parameters(shop_id)) for name, query in QUERIES.items()}


def _read(session: Session, query: str, told: dict[str, Any]) -> Table:
    for short, meaning in MEANING.items():
        query = query.replace(short, meaning)
    return [dict(row) for row in session.execute(text(query), told).mappings()]
