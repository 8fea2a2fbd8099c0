"""Rows become arrays. Ids are mapped here and nowhere else, and `consent` decides whose orders count as theirs."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import consent
from recommender.interactions import IdMap, Interactions, build_item_features

LEAST_GAPS = 5  # repeat purchases of an item, below which its rhythm is not known
DAY = 86_400

# A variant is bought and recommended as its parent. What is hidden or reported gone is nobody's next purchase.
ITEMS = text("""
    SELECT i.id, i.external_id, i.title, i.categories, i.price_minor
    FROM items i LEFT JOIN deletion_reports d
        ON d.shop_id = i.shop_id AND d.kind = 'item' AND d.external_id = i.external_id AND d.reported_at >= i.version_at
    WHERE i.shop_id = :shop_id AND i.parent_external_id IS NULL AND i.state = 'on_sale' AND d.external_id IS NULL
    ORDER BY i.id
""")
PURCHASES = text("""
    SELECT o.id, o.customer_external_id, extract(epoch FROM o.placed_at)::bigint, l.item_external_id
    FROM orders o JOIN order_lines l ON l.shop_id = o.shop_id AND l.order_id = o.id
    LEFT JOIN deletion_reports d
        ON d.shop_id = o.shop_id AND d.kind = 'order' AND d.external_id = o.external_id
        AND d.reported_at >= o.version_at
    WHERE o.shop_id = :shop_id AND o.state = 'placed' AND l.quantity > 0 AND d.external_id IS NULL
    GROUP BY o.id, o.customer_external_id, o.placed_at, l.item_external_id
""")


@dataclass(frozen=True)
class Dataset:
    """What a shop knows, as arrays. item_ids: int64 [items], our rows' ids; user_ids: text [users], the customers'.

    repeat_days: float32 [items], the median days between one person's purchases of an item, nan where unknown.
    """

    interactions: Interactions
    features: sp.csr_array
    item_ids: npt.NDArray[np.int64]
    user_ids: npt.NDArray[np.str_]
    repeat_days: npt.NDArray[np.float32]


def read_dataset(session: Session, shop_id: int, *, is_unasked_allowed: bool) -> Dataset:
    """Read everything that may be learned from.

    Everything of a shop is joined with everything: no loops, also where statistics do not know the shop yet.
    """
    session.execute(text("SET LOCAL enable_nestloop = off"))
    items = session.execute(ITEMS, {"shop_id": shop_id}).all()
    item_map = IdMap(row.external_id for row in items)
    rows = session.execute(PURCHASES, {"shop_id": shop_id}).all()
    learners = consent.learners(session, shop_id, is_unasked_allowed=is_unasked_allowed)
    orders, customers, moments, bought = zip(*rows, strict=True) if rows else ((), (), (), ())
    allowed = {one for one in set(customers) if one is not None and learners.may_learn_from(one).is_allowed}
    user_map = IdMap(sorted(allowed))
    item = item_map.index(bought)
    known = item >= 0
    interactions = Interactions(
        user_map.index(one or "" for one in customers)[known],
        item[known],
        np.ones(int(known.sum()), np.float32),
        np.array(moments, np.int64)[known],
        np.unique(np.array(orders, np.int64)[known], return_inverse=True)[1].astype(np.int32),
        len(user_map),
        len(item_map),
    )
    prices = np.array([np.nan if row.price_minor is None else row.price_minor for row in items], np.float64)
    return Dataset(
        interactions=interactions,
        features=build_item_features([row.title for row in items], [row.categories for row in items], prices),
        item_ids=np.array([row.id for row in items], np.int64),
        user_ids=np.array(user_map.ids, np.str_),
        repeat_days=repeat_days(interactions),
    )


def repeat_days(interactions: Interactions) -> npt.NDArray[np.float32]:
    """Return each item's median days between two purchases by one person: float32 [items], nan where unknown."""
    known = interactions.of_known_users()
    order = np.lexsort((known.occurred_at, known.user, known.item))
    item, user, moment = known.item[order], known.user[order], known.occurred_at[order]
    is_repeat = (item[1:] == item[:-1]) & (user[1:] == user[:-1])
    gaps, of = (np.diff(moment) / DAY)[is_repeat], item[1:][is_repeat]
    medians = np.full(interactions.item_count, np.nan, np.float32)
    starts = np.searchsorted(of, np.arange(interactions.item_count + 1))
    for place in np.flatnonzero(np.diff(starts) >= LEAST_GAPS):
        medians[place] = np.median(gaps[starts[place] : starts[place + 1]])
    return medians
