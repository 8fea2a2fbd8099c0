"""The journey of a wish to be forgotten, first part: tombstones, papers and rows, within seconds, on the fast queue.

Every step commits alone and is harmless to repeat, and the wish is a row that is claimed: after a crash it goes on.
What is not live (artifacts, files, the disk) follows in `cleaning.py`.
"""

from datetime import datetime

import structlog
from sqlalchemy import func

from app.errors import NotFound
from app.ingest.forgotten import names_of
from app.jobs.doorbell import job
from app.models import Erasure, Shop
from app.privacy import barrier, papers, rows, wishes
from app.privacy.marks import Marks
from app.privacy.person import Whole, find_person, raise_tombstones
from app.privacy.shop import erase_shop_rows
from app.privacy.wishes import Claimed
from app.queues import FILES
from app.wiring import Wiring
from plugins.platform import ShopFacts

MOST_ROUNDS = 5  # of finding more names; each needs a fact that came in that very second
BARRIER_SECONDS = 10.0
CLAIM_SECONDS = 30.0  # for what goes on table by table; a dead worker costs no more than this
LATER_SECONDS = 5.0
OWNERS_WORD_SECONDS = 3600.0
OWNERS_WORD = "The shop is still connected. An owner has to confirm that everything of it may go."
GRACE = "The shop was disconnected less than a day ago. Everything of it goes then, or at once on an owner's word."
ON_ITS_WAY = "Waits until what came in before is taken in."

log = structlog.get_logger()


@job
def fulfil_wish(wiring: Wiring, shop_id: int, wish_id: int) -> None:
    """Forget somebody in everything that is live, within seconds; the disk follows."""
    with wiring.db.of_shop(shop_id) as session:
        row = session.get(Erasure, (shop_id, wish_id))
        is_live_done = row is not None and row.live_erased_at is not None
    if not is_live_done:
        with wiring.db.of_shop(shop_id) as session:
            claimed = wishes.claim_wish(session, shop_id, wish_id)
        if claimed is None:
            return
        if claimed.kind == "shop":
            _forget_shop(wiring, shop_id, claimed)
        elif claimed.kind == "erase" and claimed.person is not None:
            _forget_person(wiring, shop_id, claimed, claimed.person)
        else:  # a person answers a wish to be shown something
            with wiring.db.of_shop(shop_id) as session:
                wishes.end(session, shop_id, claimed)
            return
    if wiring.queues.is_quiet(FILES):
        wiring.queues.nudge(FILES, "cleaning.finish_wishes", shop_id)


def _forget_person(wiring: Wiring, shop_id: int, claimed: Claimed, person: Whole) -> None:
    whole = _close_the_door(wiring, shop_id, claimed, person)
    if whole is None or not empty_papers(wiring, shop_id, claimed, whole):
        return
    with wiring.db.of_shop(shop_id) as session:
        if not wishes.hold(session, shop_id, claimed):
            return
        found = rows.erase_rows(session, shop_id, whole)
        wishes.add_found(session, shop_id, claimed.id, found)
        wishes.put_back(
            session, shop_id, claimed, live_erased_at=func.clock_timestamp(), subject=whole.as_json(), reason=""
        )
    log.info("person_forgotten", shop_id=shop_id, wish=claimed.id, found=found)


def _close_the_door(wiring: Wiring, shop_id: int, claimed: Claimed, person: Whole) -> Whole | None:
    """Raise tombstones, wait for whoever did not see them, and see whether they brought in more; None: not now."""
    is_known = False
    for _ in range(MOST_ROUNDS):
        with wiring.db.of_shop(shop_id) as session:
            if not wishes.hold(session, shop_id, claimed):
                return None
            wider = find_person(session, shop_id, person, is_proven_only=claimed.asked_by == "shopper")
            raise_tombstones(session, shop_id, wider, wiring.seals, asked_at=claimed.requested_at)
        if is_known and wider == person:
            return wider
        person = wider
        is_known = _is_known_to_all(wiring, shop_id)
        if not is_known:
            break
    with wiring.db.of_shop(shop_id) as session:
        wishes.put_back(session, shop_id, claimed, seconds=LATER_SECONDS, reason=ON_ITS_WAY)
    return None


def _is_known_to_all(wiring: Wiring, shop_id: int) -> bool:
    with wiring.db.of_shop(shop_id) as session:
        number = barrier.mark(session)

    def is_passed() -> bool:
        with wiring.db.of_shop(shop_id) as session:
            return barrier.is_passed(session, number)

    return barrier.wait_until(is_passed, BARRIER_SECONDS)


def empty_papers(
    wiring: Wiring, shop_id: int, claimed: Claimed, whole: Whole, *, since: datetime | None = None
) -> bool:
    """Empty deliveries and drop rows of files that name the person; False when the claim is lost."""
    shop = find_shop(wiring, shop_id)
    marks = Marks(whole)
    reader = papers.Reader(marks, ShopFacts(currency=shop.currency, time_zone=shop.time_zone), names_of)
    after: int | None = 0
    while after is not None:
        with wiring.db.of_shop(shop_id) as session:
            if not wishes.hold(session, shop_id, claimed):
                return False
            emptied, after = papers.empty_deliveries(session, shop_id, reader, after=after, since=since)
            wishes.add_found(session, shop_id, claimed.id, {"deliveries": emptied} if emptied else {})
    with wiring.db.of_shop(shop_id) as session:
        dropped = papers.drop_set_aside(session, shop_id, marks)
        wishes.add_found(session, shop_id, claimed.id, {"set_aside": dropped} if dropped else {})
    return True


def _forget_shop(wiring: Wiring, shop_id: int, claimed: Claimed) -> None:
    """Delete everything of a shop that has left: a day later, or on an owner's word.

    Platforms ask for this days after a shop left; a message that somebody caught and sent again asks at once.
    """
    left_at = find_shop(wiring, shop_id).uninstalled_at
    has_grace = claimed.asked_by == "platform" and left_at is not None and left_at > wiring.clock() - wishes.GRACE
    with wiring.db.of_shop(shop_id) as session:
        if left_at is None or has_grace:
            reason = GRACE if has_grace else OWNERS_WORD
            wishes.put_back(session, shop_id, claimed, seconds=OWNERS_WORD_SECONDS, reason=reason)
            return
        wishes.hold(session, shop_id, claimed, seconds=CLAIM_SECONDS)
    with wiring.db.of_shop(shop_id) as session:
        wishes.add_found(session, shop_id, claimed.id, erase_shop_rows(session, shop_id))
        wishes.put_back(session, shop_id, claimed, live_erased_at=func.clock_timestamp(), reason="")


def find_shop(wiring: Wiring, shop_id: int) -> Shop:
    """Return a shop. Raises NotFound."""
    with wiring.db.of_nobody() as session:
        shop = session.get(Shop, shop_id)
    if shop is None:
        raise NotFound
    return shop
