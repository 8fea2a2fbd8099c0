"""How often one address may come to a door.

Counted in this process, with `limits` alone: Flask-Limiter looks at every request of the server, which made the public
doors a quarter slower. With several web processes a limit is just that much higher.
"""

from flask import Flask, current_app, request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from app.errors import TooMany

ASKING = RateLimitItemPerMinute(1200)
TELLING = RateLimitItemPerMinute(1200)
LOOKING = RateLimitItemPerMinute(120)
FORGETTING = RateLimitItemPerMinute(20)
FOLLOWING = RateLimitItemPerMinute(600)  # links in letters; large mail programs unsubscribe for many from one address
GUESSING = RateLimitItemPerMinute(20)
TRYING = RateLimitItemPerMinute(10)  # tests of a letter, and looks at a domain's records: both reach strangers' servers

EXTENSION = "regulars.pace"


def count_pace(app: Flask) -> None:
    """Give a server its counter."""
    app.extensions[EXTENSION] = FixedWindowRateLimiter(MemoryStorage())


def check_pace(limit: RateLimitItemPerMinute, door: str, shop_id: int = 0) -> None:
    """Count one call; doors of no shop have shop 0. Raises TooMany."""
    if not current_app.extensions[EXTENSION].hit(limit, door, str(shop_id), request.remote_addr or ""):
        raise TooMany
