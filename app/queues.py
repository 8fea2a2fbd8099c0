"""The doorbell: RQ carries `verb + ids`, never work. Losing it loses nothing, because a sweep rings again.

Ring only after the transaction has committed; a job that starts before its row is visible finds nothing to do.
"""

import threading
import time
from typing import Final

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue

FAST: Final = "fast"  # short drains, a SimpleWorker
FILES: Final = "files"  # imports: a process of their own, so that nothing waits behind a long file
MAIL: Final = "mail"  # letters: a slow mail server keeps nobody waiting but other letters
SLOW: Final = "slow"  # trainings, forked and niced
MOST_WAITING = 500  # bells; more say nothing that these do not
QUIET_SECONDS = 0.1  # one bell answers for all deliveries of this long

log = structlog.get_logger()


class Queues:
    """The named queues on one Redis or Valkey."""

    def __init__(self, url: str) -> None:
        self.redis: Redis = Redis.from_url(url, socket_timeout=5, socket_connect_timeout=2)
        self._rung: dict[tuple[str, tuple[int, ...]], float] = {}
        self._lock = threading.Lock()

    def nudge(self, queue: str, verb: str, *ids: int) -> bool:
        """Ring for `app.jobs.<verb>` with ids. A bell that does not ring is logged; the sweep will ring again."""
        try:
            line = Queue(queue, connection=self.redis, serializer="json")
            if line.count >= MOST_WAITING:
                return False
            line.enqueue(f"app.jobs.{verb}", *ids, result_ttl=0, failure_ttl=60, job_timeout=4 * 3600)
        except RedisError as error:
            log.warning("nudge_failed", verb=verb, error=type(error).__name__)
            return False
        return True

    def is_quiet(self, queue: str) -> bool:
        """Tell whether no bell waits to be answered."""
        try:
            return Queue(queue, connection=self.redis, serializer="json").count == 0
        except RedisError:
            return True

    def nudge_calmly(self, queue: str, verb: str, *ids: int) -> None:
        """Ring, unless this very bell rang a moment ago; what comes in the silence, the sweep finds within seconds."""
        now = time.monotonic()
        with self._lock:
            if now - self._rung.get((verb, ids), -1.0) < QUIET_SECONDS:
                return
            self._rung[verb, ids] = now
        self.nudge(queue, verb, *ids)
