"""How far a training is: told by the thread that fits, written by one that beats, which holds the claim meanwhile."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy.exc import OperationalError

from app.learning import trainings
from app.wiring import Wiring

BEAT_SECONDS = 1.0

log = structlog.get_logger()


class Progress:
    """How far a training is."""

    def __init__(self) -> None:
        self.stage = "Reading orders"
        self.share = 0.0

    def tell(self, stage: str, share: float) -> None:
        """Say what is being done, and which share of the whole is done."""
        self.stage, self.share = stage, share


@contextmanager
def beating(wiring: Wiring, shop_id: int, claimed: trainings.Claimed) -> Iterator[Progress]:
    """Hold the claim and write the progress, however long one step of the fitting takes."""
    progress, is_over = Progress(), threading.Event()

    def beat() -> None:
        while not is_over.wait(BEAT_SECONDS):
            try:
                with wiring.db.of_shop(shop_id) as session:
                    trainings.tell_progress(session, shop_id, claimed, progress.stage, progress.share)
            except OperationalError as error:  # the database may be back at the next beat
                log.warning("beat_missed", shop_id=shop_id, error=type(error).__name__)

    beater = threading.Thread(target=beat, daemon=True, name="training-beat")
    beater.start()
    try:
        yield progress
    finally:
        is_over.set()
        beater.join()
