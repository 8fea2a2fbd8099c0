"""Whose an order is: of the account that it names, else of the address. The one place that says so in SQL.

Text to be set into a statement that knows :shop_id. A profile's names stand in `profile_names`, wherever it was merged.
"""

COLUMNS = "n.profile_id, o.external_id, o.state, o.currency, o.total_minor, o.placed_at, o.country"
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
BACK = "SELECT sum(r.amount_minor)::bigint AS minor FROM refunds r WHERE r.shop_id = :shop_id"
# An index tells of a few people's orders; of everybody's, all refunds are added up at once.
BACK_OF_EACH = f"""
    LEFT JOIN LATERAL ({BACK} AND r.order_external_id = one.external_id AND r.currency = one.currency) AS back ON true
"""
BACK_OF_ALL = f"""
    LEFT JOIN ({BACK.replace(" AS minor", " AS minor, r.order_external_id, r.currency")} GROUP BY 2, 3) AS back
        ON back.order_external_id = one.external_id AND back.currency = one.currency
"""
# What stands was ordered, and not given back whole. Money given back counts in the order's own currency.
ORDERS = """
    SELECT one.*, coalesce(back.minor, 0) AS back_minor,
        greatest(one.total_minor - coalesce(back.minor, 0), 0) AS paid_minor,
        one.state IN ('placed', 'pending') AND NOT (one.total_minor > 0 AND coalesce(back.minor, 0) >= one.total_minor)
            AS stands
    FROM (<owned>) AS one <back>
"""


def orders_of_these() -> str:
    """Return a SELECT of the orders of :profile_ids, with what they paid."""
    return _orders("AND n.profile_id = ANY(:profile_ids)", BACK_OF_EACH)


def orders_of_all() -> str:
    """Return a SELECT of everybody's orders, with what they paid."""
    return _orders("", BACK_OF_ALL)


def _orders(whose: str, back: str) -> str:
    return ORDERS.replace("<owned>", OWNED.replace("<whose>", whose)).replace("<back>", back)
