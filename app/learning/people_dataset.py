"""Who bought when, and for how much: rows become `Purchases`. Profiles are numbered here and nowhere else.

Who is not learned from is not predicted either: a person who said no is not profiled at all. Guests count under their
e-mail address, where nobody behind it said no. Money is net of refunds and in the shop's currency alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import consent
from recommender.prediction.histories import Purchases

CHUNK = 50_000

# An order of no account belongs to whoever its address belongs to. One wholly given back is no purchase.
ORDERS = text("""
    WITH given_back AS (
        SELECT order_external_id, sum(amount_minor) AS minor FROM refunds
        WHERE shop_id = :shop_id AND currency = :currency GROUP BY order_external_id
    )
    SELECT p.id::float8, extract(epoch FROM o.placed_at)::float8 / 86400,
        (o.total_minor - coalesce(g.minor, 0))::float8
    FROM orders o
    JOIN profile_names n ON n.shop_id = o.shop_id AND n.name = coalesce(o.customer_external_id, o.email)
        AND n.kind = CASE WHEN o.customer_external_id IS NULL THEN 'email' ELSE 'customer' END
    JOIN profiles p ON p.shop_id = n.shop_id AND p.id = n.profile_id
    LEFT JOIN given_back g ON g.order_external_id = o.external_id
    LEFT JOIN deletion_reports d ON d.shop_id = o.shop_id AND d.kind = 'order' AND d.external_id = o.external_id
        AND d.reported_at >= o.version_at
    WHERE o.shop_id = :shop_id AND o.state = 'placed' AND o.currency = :currency AND o.placed_at <= :until
        AND p.merged_into_id IS NULL AND p.may_personalize AND d.external_id IS NULL
        AND NOT (o.total_minor > 0 AND coalesce(g.minor, 0) >= o.total_minor)
        AND (CAST(:profiles AS bigint[]) IS NULL OR p.id = ANY(CAST(:profiles AS bigint[])))
""")
ACCOUNTS = text("""
    SELECT profile_id, name FROM profile_names
    WHERE shop_id = :shop_id AND kind = 'customer' AND name = ANY(:customers)
""")


@dataclass(frozen=True)
class People:
    """Everybody who may be learned from and has bought. profile_ids: int64 [customers], ascending."""

    profile_ids: npt.NDArray[np.int64]
    purchases: Purchases


@dataclass(frozen=True)
class Wanted:
    """Which orders are read: of one currency, up to a moment, of these profiles or (None) of all."""

    currency: str
    until: datetime
    is_unasked_allowed: bool
    profile_ids: Sequence[int] | None = None


def read_people(session: Session, shop_id: int, wanted: Wanted) -> People:
    """Read who bought when."""
    if wanted.profile_ids is None:  # everything of a shop is joined with everything, whatever statistics say
        session.execute(text("SET LOCAL enable_nestloop = off"))
    told = {
        "shop_id": shop_id,
        "currency": wanted.currency,
        "until": wanted.until,
        "profiles": None if wanted.profile_ids is None else list(wanted.profile_ids),
    }
    found = session.execute(ORDERS, told, execution_options={"yield_per": CHUNK})
    chunks = [np.array([tuple(row) for row in part], np.float64) for part in found.partitions()]
    table = np.concatenate(chunks) if chunks else np.empty((0, 3))
    owner = table[:, 0].astype(np.int64)
    table, owner = _of_learners(session, shop_id, wanted, table, owner)
    profile_ids, customer = np.unique(owner, return_inverse=True)
    purchases = Purchases(customer.astype(np.int32), table[:, 1], table[:, 2], len(profile_ids))
    return People(profile_ids, purchases)


def _of_learners(
    session: Session,
    shop_id: int,
    wanted: Wanted,
    table: npt.NDArray[np.float64],
    owner: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Leave out whom the law does not let us learn from at this moment, whatever their profile still says."""
    learners = consent.learners(session, shop_id, is_unasked_allowed=wanted.is_unasked_allowed)
    keep = ~np.isin(owner, _profiles_of(session, shop_id, learners.refusing))
    if not learners.is_unasked_allowed:
        keep &= np.isin(owner, _profiles_of(session, shop_id, learners.agreeing))
    return table[keep], owner[keep]


def _profiles_of(session: Session, shop_id: int, customers: frozenset[str]) -> npt.NDArray[np.int64]:
    rows = session.execute(ACCOUNTS, {"shop_id": shop_id, "customers": sorted(customers)}).all()
    return np.array([row.profile_id for row in rows], np.int64)
