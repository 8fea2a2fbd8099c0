"""Which shop a body of a shared app was for.

One secret signs for every shop and headers are not signed, so the same body under another shop's name is a replay: what
came first holds.
"""

import hashlib
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.db import Database
from app.models import HeardBody

HEAR = """
    INSERT INTO heard_bodies AS known (digest, shop_id) VALUES (%(digest)s, %(shop)s)
    ON CONFLICT (digest) DO UPDATE SET shop_id = known.shop_id
    RETURNING shop_id
"""


def is_of(db: Database, shop_id: int, body: bytes) -> bool:
    """Note that a body came for a shop; False when it had come for another."""
    told = {"digest": hashlib.sha256(body).digest(), "shop": shop_id}
    ((first,),) = db.at_once(shop_id, HEAR, told)
    return bool(first == shop_id)


def forget_heard(session: Session, before: datetime) -> None:
    """Let go of what came so long ago that nobody sends it again."""
    session.execute(delete(HeardBody).where(HeardBody.heard_at < before))
