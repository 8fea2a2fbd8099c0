"""The doorbell: RQ carries `verb + ids`, never work. Losing it loses nothing, because a sweep rings again.

Ring only after the transaction has committed; a job that starts before its row is visible finds nothing to do.
"""

from typing import Final

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue

FAST: Final = "fast"  # short drains, a SimpleWorker
SLOW: Final = "slow"  # trainings, a forked and niced worker

log = structlog.get_logger()


class Queues:
    """Two named queues on one Redis or Valkey."""

    def __init__(self, url: str) -> None:
        self.redis: Redis = Redis.from_url(url, socket_timeout=5, socket_connect_timeout=2)

    def nudge(self, queue: str, verb: str, *ids: int) -> bool:
        """Ring for `app.jobs.<verb>` with ids. A bell that does not ring is logged; the sweep will ring again."""
        job_id = "-".join([verb.replace(".", "_"), *map(str, ids)])
        try:
            Queue(queue, connection=self.redis, serializer="json").enqueue(
                f"app.jobs.{verb}", *ids, job_id=job_id, unique=True, result_ttl=0, failure_ttl=60, job_timeout=3600
            )
        except RedisError as error:
            log.warning("nudge_failed", verb=verb, error=type(error).__name__)
            return False
        return True


def redis_key(shop_id: int, *parts: str) -> str:
    """Build a Redis key. Every key begins with its shop."""
    return ":".join(["regulars", str(shop_id), *parts])
