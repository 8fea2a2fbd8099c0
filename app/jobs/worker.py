"""`python -m app.jobs.worker fast|files|mail|slow`: answers the doorbell.

`fast` (deliveries), `files` (imports) and `mail` (letters) work in this process; `slow` (trainings) forks for each job,
so that its memory goes back when it is done. All but the first are niced: a shopper never waits for them. Wiring is
built by the first job, which is after the fork.
"""

import os
import sys

from rq import Queue, SimpleWorker, Worker

from app.queues import FAST, FILES, MAIL, SLOW, Queues
from app.settings import load_settings
from app.wiring import configure_logs

QUEUES = (FAST, FILES, MAIL, SLOW)
NICENESS = 10
WORKER_TTL_SECONDS = 60


def main(name: str) -> None:
    """Work on one queue until told to stop."""
    configure_logs()
    queues = Queues(load_settings().redis_url)
    line = Queue(name, connection=queues.redis, serializer="json")
    if name != FAST:
        os.nice(NICENESS)
    worker = (Worker if name == SLOW else SimpleWorker)(
        [line], connection=queues.redis, serializer="json", worker_ttl=WORKER_TTL_SECONDS
    )
    worker.work(logging_level="WARNING")


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in QUEUES:
        sys.exit(f"Say which queue: python -m app.jobs.worker {'|'.join(QUEUES)}.")
    main(sys.argv[1])
