"""What a campaign would have done, had it been on: counted from the carts as they stand, writing nothing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app import consent
from app.campaigns.abandoned_cart import LEFT, LOOKED_BACK, STEP, why_not
from app.models import Skip

MOST: Final = 500
NO_CAMPAIGN: Final = 0  # none has planned anything yet, as far as the count goes
EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Count:
    """How many carts and people it would have concerned in the days that planning looks back."""

    total: int
    would_send: int
    people: int
    skipped: Sequence[tuple[Skip, int]]  # the most frequent first
    is_capped: bool  # more carts were left than were looked at


def count(session: Session, shop_id: int, delay_minutes: int) -> Count:
    """Count who would have been written to by now, and who not and why."""
    asked = {
        "shop_id": shop_id,
        "campaign_id": NO_CAMPAIGN,
        "step": STEP,
        "delay": timedelta(minutes=delay_minutes),
        "looked_back": LOOKED_BACK,
        "on_since": EVER,
        "most": MOST,
    }
    left = session.execute(LEFT, asked).all()
    answers = consent.expect_mail(session, shop_id, [cart.email for cart in left])
    decided = [(cart.email, why_not(session, shop_id, cart, answers[cart.email])) for cart in left]
    sent = [email for email, reason in decided if reason is None]
    skipped = Counter(reason for _email, reason in decided if reason is not None)
    return Count(len(left), len(sent), len(set(sent)), skipped.most_common(), is_capped=len(left) == MOST)
