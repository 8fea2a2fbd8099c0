"""Whose an order is: of the account that it names, else of the address. The one place that says so in SQL.

Text to be set into a statement that knows :shop_id. A profile's names stand in `profile_names`, wherever it was merged.
"""

COLUMNS = "n.profile_id, o.external_id, o.state, o.currency, o.total_minor, o.placed_at, o.country"
THESE = "AND n.profile_id = ANY(:profile_ids)"
# One look-up for each kind of name, so that an index answers for a few people, and two joins for all.
OWNED = f"""
    SELECT {COLUMNS} FROM profile_names n
    JOIN orders o ON o.shop_id = n.shop_id AND o.customer_external_id = n.name
    WHERE n.shop_id = :shop_id AND n.kind = 'customer' AND n.name <> '' <whose>
    UNION ALL
    SELECT {COLUMNS} FROM profile_names n
    JOIN orders o ON o.shop_id = n.shop_id AND o.email = n.name
    WHERE n.shop_id = :shop_id AND n.kind = 'email' AND coalesce(o.customer_external_id, '') = '' <whose>
"""  # noqa: S608 - our own words
# What stands was ordered, and not given back whole. Money given back counts in the order's own currency.
ORDERS = """
    SELECT owned.*, greatest(total_minor - back_minor, 0) AS paid_minor,
        state IN ('placed', 'pending') AND NOT (total_minor > 0 AND back_minor >= total_minor) AS stands
    FROM (SELECT one.*, coalesce((SELECT sum(r.amount_minor) FROM refunds r WHERE r.shop_id = :shop_id
        AND r.order_external_id = one.external_id AND r.currency = one.currency), 0)::bigint AS back_minor
        FROM (<owned>) AS one) AS owned
"""


def owned_orders(*, whose: str = "") -> str:
    """Return a SELECT of people's orders with what they paid. whose: THESE, for those of :profile_ids alone."""
    return ORDERS.replace("<owned>", OWNED.replace("<whose>", whose))
