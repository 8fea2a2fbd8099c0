"""Whoever was forgotten is taken out of what was learned: their id, and the vector that stood for them.

What all customers together taught (what sells, what goes with what) is no longer anybody's; the next training does
without them anyway.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.identity import Kind, Seals
from app.learning.trainings import PREDICTORS
from recommender.ranking.stored import keep_users, load_ranker

STONES = text("SELECT seal FROM tombstones WHERE shop_id = :shop_id AND kind = :kind")
WANTED = text("""
    SELECT EXISTS (SELECT FROM ranker_versions WHERE shop_id = :shop_id AND artifact = :name)
        OR EXISTS (SELECT FROM predictor_versions WHERE shop_id = :shop_id AND artifact = :name AND state = 'serving')
        OR EXISTS (SELECT FROM trainings WHERE shop_id = :shop_id AND state IN ('waiting', 'running')
            AND starts_with(:name, CASE kind WHEN 'people' THEN 'people-' ELSE 'ranker-' END || id || '-'))
""")
USER_IDS = "user_ids"


def forgotten_seals(session: Session, shop_id: int) -> frozenset[bytes]:
    """Return the seals of all customers that were forgotten."""
    found = session.execute(STONES, {"shop_id": shop_id, "kind": Kind.CUSTOMER})
    return frozenset(bytes(seal) for seal in found.scalars())


def is_wanted(session: Session, shop_id: int, name: str) -> bool:
    """Tell whether an artifact belongs to a version that is kept, or to a training that is not over."""
    return bool(session.execute(WANTED, {"shop_id": shop_id, "name": name}).scalar())


def drop_forgotten(path: Path, shop_id: int, forgotten: frozenset[bytes], seals: Seals) -> int:
    """Take forgotten customers out of an artifact and return how many there were.

    Hold `Artifacts.being_rewritten` and read the seals under it. Predictors hold nobody: they know orders, not whose.
    Raises FileNotFoundError, ArtifactCorrupt or ArtifactIncompatible.
    """
    if not forgotten or path.name.startswith(PREDICTORS):
        return 0
    user_ids = load_ranker(path).extras[USER_IDS].tolist()
    keep: npt.NDArray[np.bool_] = np.array(
        [seals.seal(shop_id, Kind.CUSTOMER, one) not in forgotten for one in user_ids], np.bool_
    )
    gone = len(keep) - int(keep.sum())
    if gone:
        keep_users(path, keep, extras=(USER_IDS,))
    return gone
