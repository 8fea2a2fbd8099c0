"""How often one address may ask the public doors.

Counted in this process: a lookup elsewhere would cost more than the answer, and with several web processes the limit is
just that much higher.
"""

from flask import request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from app.errors import TooMany

ASKING = RateLimitItemPerMinute(600)
TELLING = RateLimitItemPerMinute(600)
FORGETTING = RateLimitItemPerMinute(20)

_counter = FixedWindowRateLimiter(MemoryStorage())


def check_pace(limit: RateLimitItemPerMinute, door: str, shop_id: int) -> None:
    """Count one call. Raises TooMany."""
    if not _counter.hit(limit, door, str(shop_id), request.remote_addr or ""):
        raise TooMany
