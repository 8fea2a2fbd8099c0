"""Who is left alone so that one can compare: decided by a keyed digest, so the same person always gets the same answer.

Nobody who does not hold this installation's key can work it out or steer it, and a larger share keeps everybody who was
in the smaller one.
"""

import hashlib
import hmac
from typing import Final

from app.identity import Seals

CONTROL: Final = "control group"
WHOLE: Final = 2**64


def is_control(seals: Seals, shop_id: int, campaign_id: int, who: str, percent: int) -> bool:
    """Tell whether a person is in a campaign's control group of so many in a hundred. who: an address."""
    return _place(seals, shop_id, campaign_id, who) < percent / 100


def _place(seals: Seals, shop_id: int, campaign_id: int, who: str) -> float:
    """Return where a person stands between 0 and 1, evenly spread."""
    told = f"{shop_id}\0{CONTROL}\0{campaign_id}\0{who}".encode()
    return int.from_bytes(hmac.new(seals.key, told, hashlib.sha256).digest()[:8]) / WHOLE
