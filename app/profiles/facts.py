"""Everything that is counted of people, from the facts about their names: many profiles at once, never one by one."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app import consent
from app.identity import Kind
from app.profiles.owners import orders_of_these
from app.profiles.rhythm import Yardstick, keep_rhythm, read_rhythm, score
from app.profiles.stages import Rhythm, stage_of

VIEWS_DAYS = 30

# In one order, so that two who count the same people never wait in a circle; and before any fact is read.
HOLD = text("""
    SELECT id, stage, stage_since FROM profiles
    WHERE shop_id = :shop_id AND id = ANY(:profile_ids) AND merged_into_id IS NULL ORDER BY id FOR UPDATE
""")
NAMES = text("""
    SELECT profile_id, kind, name FROM profile_names
    WHERE shop_id = :shop_id AND profile_id = ANY(:profile_ids) AND kind IN ('customer', 'email', 'visitor')
""")
CART = "SELECT n.profile_id, c.external_id, c.version_at FROM names n JOIN carts c ON c.shop_id = :shop_id"
LEFT = "c.stage IN ('cart', 'checkout')"
FIGURES = text(f"""
    WITH names AS MATERIALIZED (
        SELECT profile_id, kind, name, CASE WHEN kind = 'visitor' THEN decode(name, 'hex') END AS visitor_key
        FROM profile_names WHERE shop_id = :shop_id AND profile_id = ANY(:profile_ids)
    ), orders_of AS MATERIALIZED ({orders_of_these()}), sums AS (
        SELECT profile_id, count(*) FILTER (WHERE stands) AS orders_count,
            coalesce(sum(paid_minor) FILTER (WHERE stands AND currency = :currency), 0)::bigint AS spent_minor,
            coalesce(sum(back_minor) FILTER (WHERE currency = :currency), 0)::bigint AS refunded_minor,
            count(*) FILTER (WHERE stands AND currency <> :currency) AS other_currencies,
            min(placed_at) FILTER (WHERE stands) AS first_order_at,
            max(placed_at) FILTER (WHERE stands) AS last_order_at,
            max(placed_at) FILTER (WHERE state NOT IN ('cancelled', 'unpaid')) AS ordered_at,
            (array_agg(country ORDER BY placed_at DESC) FILTER (WHERE country <> ''))[1] AS country
        FROM orders_of GROUP BY profile_id
    ), days AS (
        SELECT profile_id, (placed_at AT TIME ZONE :zone)::date AS day, max(placed_at) AS at
        FROM orders_of WHERE stands GROUP BY 1, 2
    ), gaps AS (
        SELECT profile_id, day - lag(day) OVER by_day AS gap, lag(at) OVER by_day AS previous_at,
            lead(day) OVER by_day IS NULL AS is_newest
        FROM days WINDOW by_day AS (PARTITION BY profile_id ORDER BY day)
    ), rhythms AS (
        SELECT profile_id, count(*) AS days, percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS gap_days,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) FILTER (WHERE NOT is_newest) AS earlier_gap_days,
            max(previous_at) AS previous_at
        FROM gaps GROUP BY profile_id
    ), carts_of AS (
        {CART} AND c.customer_external_id = n.name WHERE n.kind = 'customer' AND n.name <> '' AND {LEFT}
        UNION ALL
        {CART} AND c.email = n.name
        WHERE n.kind = 'email' AND coalesce(c.customer_external_id, '') = '' AND {LEFT}
        UNION ALL
        {CART} AND c.visitor_key = n.visitor_key WHERE n.kind = 'visitor' AND {LEFT}
            AND coalesce(c.customer_external_id, '') = '' AND coalesce(c.email, '') = ''
    ), left_ones AS (
        SELECT c.profile_id, max(c.version_at) AS cart_left_at
        FROM carts_of c LEFT JOIN sums ON sums.profile_id = c.profile_id
        WHERE c.version_at > coalesce(sums.ordered_at, '-infinity') AND NOT EXISTS (
            SELECT FROM orders o WHERE o.shop_id = :shop_id AND o.cart_external_id = c.external_id
                AND o.state NOT IN ('cancelled', 'unpaid'))
        GROUP BY c.profile_id
    ), browsers AS (
        SELECT n.profile_id, v.visitor_key, v.last_seen_at FROM names n
        JOIN visitors v ON v.shop_id = :shop_id AND v.visitor_key = n.visitor_key AND v.is_consenting
    ), seen AS (
        SELECT profile_id, max(last_seen_at) AS last_seen_at FROM browsers GROUP BY profile_id
    ), views AS (
        SELECT w.profile_id, count(*) AS views_30, min(b.occurred_at) AS first_view_at
        FROM browsers w JOIN browsing_events b ON b.shop_id = :shop_id AND b.visitor_key = w.visitor_key
            AND b.occurred_at > :viewed_since AND b.kind = 'item_viewed'
        GROUP BY w.profile_id
    ), answers AS (
        SELECT DISTINCT ON (profile_id, key) profile_id, key, is_liked FROM (
            SELECT n.profile_id, i.key, i.is_liked, i.said_at, i.id FROM names n JOIN interest_answers i
                ON i.shop_id = :shop_id AND n.kind = 'customer' AND i.customer_external_id = n.name
            UNION ALL
            SELECT n.profile_id, i.key, i.is_liked, i.said_at, i.id FROM names n JOIN interest_answers i
                ON i.shop_id = :shop_id AND n.kind = 'email' AND i.email = n.name
                    AND coalesce(i.customer_external_id, '') = ''
        ) AS said ORDER BY profile_id, key, said_at DESC, id DESC
    ), likes AS (
        SELECT profile_id, array_agg(key ORDER BY key) AS interests FROM answers WHERE is_liked GROUP BY profile_id
    ), homes AS (
        SELECT DISTINCT ON (n.profile_id) n.profile_id, c.country
        FROM names n JOIN customers c ON c.shop_id = :shop_id AND n.kind = 'customer' AND c.external_id = n.name
        WHERE c.country <> '' ORDER BY n.profile_id, c.version_at DESC
    )
    SELECT p.id, sums.orders_count, sums.spent_minor, sums.refunded_minor, sums.other_currencies, sums.first_order_at,
        sums.last_order_at, rhythms.days, rhythms.gap_days, rhythms.earlier_gap_days, rhythms.previous_at,
        left_ones.cart_left_at, seen.last_seen_at, views.views_30, views.first_view_at, likes.interests,
        coalesce(homes.country, sums.country) AS country
    FROM unnest(CAST(:profile_ids AS bigint[])) AS p (id)
    LEFT JOIN sums ON sums.profile_id = p.id LEFT JOIN rhythms ON rhythms.profile_id = p.id
    LEFT JOIN left_ones ON left_ones.profile_id = p.id LEFT JOIN seen ON seen.profile_id = p.id
    LEFT JOIN views ON views.profile_id = p.id LEFT JOIN likes ON likes.profile_id = p.id
    LEFT JOIN homes ON homes.profile_id = p.id
""")  # noqa: S608 - our own words
KEPT = {
    "orders_count": "int", "spent_minor": "bigint", "refunded_minor": "bigint", "other_currencies": "int",
    "first_order_at": "timestamptz", "last_order_at": "timestamptz", "usual_gap_days": "float8",
    "last_seen_at": "timestamptz", "views_30": "int", "cart_left_at": "timestamptz", "country": "text",
    "is_guest": "boolean", "may_mail": "boolean", "may_personalize": "boolean", "interests": "text[]",
    "stage": "text", "stage_since": "timestamptz", "look_again_at": "timestamptz", "recency_score": "smallint",
    "frequency_score": "smallint", "money_score": "smallint",
}  # fmt: skip
KEEP = text(f"""
    UPDATE profiles p SET {", ".join(f"{name} = told.{name}" for name in KEPT)}, refreshed_at = clock_timestamp()
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (id bigint, {", ".join(map(" ".join, KEPT.items()))})
    WHERE p.shop_id = :shop_id AND p.id = told.id
""")  # noqa: S608 - likewise

Names = dict[str, list[str]]


def keep_figures(session: Session, shop_id: int, profile_ids: Sequence[int]) -> None:
    """Count everything of these profiles anew. One that was merged into another has no figures and stays as it is."""
    held = {row.id: row for row in session.execute(HOLD, _told(shop_id, profile_ids))}
    if not held:
        return
    shop = _rhythm(session, shop_id)
    since = shop.now - timedelta(days=VIEWS_DAYS)
    asked = {**_told(shop_id, list(held)), "currency": shop.currency, "zone": shop.zone, "viewed_since": since}
    allowed = _allowed(session, shop_id, list(held), shop)
    rows = [
        {"id": row.id, **_counted(row, shop), **_stands(row, held[row.id], shop), **allowed[row.id]}
        for row in session.execute(FIGURES, asked)
    ]
    session.execute(KEEP, {"shop_id": shop_id, "rows": json.dumps(rows, default=str)})


def _told(shop_id: int, profile_ids: Sequence[int]) -> dict[str, Any]:
    return {"shop_id": shop_id, "profile_ids": list(profile_ids)}


def _rhythm(session: Session, shop_id: int) -> Yardstick:
    shop = read_rhythm(session, shop_id)
    if shop.is_counted:
        return shop
    keep_rhythm(session, shop_id)
    return read_rhythm(session, shop_id)


def _counted(row: Any, shop: Yardstick) -> dict[str, object]:
    has_bought = bool(row.orders_count)
    return {
        "orders_count": row.orders_count or 0,
        "spent_minor": row.spent_minor or 0,
        "refunded_minor": row.refunded_minor or 0,
        "other_currencies": row.other_currencies or 0,
        "first_order_at": row.first_order_at,
        "last_order_at": row.last_order_at,
        "usual_gap_days": row.gap_days,
        "last_seen_at": row.last_seen_at,
        "views_30": row.views_30 or 0,
        "cart_left_at": row.cart_left_at,
        "country": row.country,
        "interests": row.interests or [],
        "recency_score": score(row.last_order_at, shop.recency) if has_bought else None,
        "frequency_score": score(row.orders_count, shop.frequency) if has_bought else None,
        "money_score": score(row.spent_minor, shop.money) if has_bought else None,
    }


def _stands(row: Any, before: Any, shop: Yardstick) -> dict[str, object]:
    """Say the stage. Since when: as long as it is the same stage, since it began."""
    rhythm = Rhythm(
        orders=row.orders_count or 0,
        days=row.days or 0,
        last_at=row.last_order_at,
        previous_at=row.previous_at,
        gap_days=row.gap_days,
        earlier_gap_days=row.earlier_gap_days,
    )
    standing = stage_of(rhythm, shop.now, shop_gap_days=shop.gap_days)
    since = before.stage_since if standing.stage == before.stage else standing.since or shop.now
    # A look at an item leaves the count after thirty days; once a day is often enough to see it go.
    fades_at = row.first_view_at and max(row.first_view_at + timedelta(days=VIEWS_DAYS), shop.now + timedelta(days=1))
    looks = [at for at in (standing.look_again_at, fades_at) if at is not None]
    return {"stage": standing.stage, "stage_since": since, "look_again_at": min(looks, default=None)}


def _allowed(session: Session, shop_id: int, profile_ids: Sequence[int], shop: Yardstick) -> dict[int, Any]:
    """Ask the law about everybody's names, all in one question each."""
    names: dict[int, Names] = {
        one: {kind: [] for kind in (Kind.CUSTOMER, Kind.EMAIL, Kind.VISITOR)} for one in profile_ids
    }
    for row in session.execute(NAMES, _told(shop_id, profile_ids)):
        names[row.profile_id][row.kind].append(row.name)
    every = [(kind, name) for one in names.values() for kind, told in one.items() for name in told]
    mail = consent.expect_mail(session, shop_id, [name for kind, name in every if kind == Kind.EMAIL])
    personal = consent.expect_personal(session, shop_id, every, is_unasked_allowed=shop.is_unasked_allowed)
    return {
        one: {
            "is_guest": not told[Kind.CUSTOMER],
            "may_mail": any(mail[email].is_allowed for email in told[Kind.EMAIL]),
            "may_personalize": _may_personalize(told, personal),
        }
        for one, told in names.items()
    }


def _may_personalize(names: Names, answers: dict[tuple[str, str], consent.Answer]) -> bool:
    """Hold all of a person's names together: a no of any is a no. An address was never asked where an account was."""
    asked = [
        answers[kind, name] for kind in (Kind.CUSTOMER, Kind.VISITOR) for name in names[kind] if (kind, name) in answers
    ]
    said = [answers[Kind.EMAIL, name] for name in names[Kind.EMAIL]]
    heard = asked + [one for one in said if not asked or one.reason != consent.Reason.NEVER_ASKED]
    return bool(heard) and all(one.is_allowed for one in heard)
