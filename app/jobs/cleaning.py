"""The journey of a wish to be forgotten, second part: artifacts, files, and the pages of the disk.

It runs on the queue of files, beside what it touches. Every step is harmless to repeat.
"""

from contextlib import suppress
from email.utils import parseaddr
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import func, null, select

from app.db import make_engine
from app.errors import NotFound
from app.identity import clean_email
from app.jobs.doorbell import job
from app.jobs.forgetting import CLAIM_SECONDS, LATER_SECONDS, ON_ITS_WAY, empty_papers, find_shop
from app.jobs.training import ask_for_training
from app.learning import forgotten
from app.messaging import caught
from app.models import TENANT_TABLES, Import, Message, Order, Shop
from app.models.work import OPEN
from app.privacy import rows, wishes
from app.privacy.person import Whole
from app.privacy.scrub import PERSONAL_TABLES, scrub
from app.privacy.shop import drop_shop
from app.privacy.wishes import Claimed
from app.wiring import Wiring
from recommender.errors import RecommenderError

MUCH_LATER_SECONDS = 900.0
NIGHT = range(2, 5)  # hours of the shop's day in which large tables may be written anew
SMALL_SHOP_ORDERS = 50_000  # a training takes a minute or two; larger shops wait for the daily one
UPLOAD_SECONDS = 3600.0  # a file that came in so long ago and waits for nobody is nobody's
MOST_LETTERS = 100_000

log = structlog.get_logger()


@job
def finish_wishes(wiring: Wiring, shop_id: int) -> None:
    """Take everybody whose live part is done out of artifacts and files, and then, once for all, out of the disk."""
    with wiring.db.of_shop(shop_id) as session:
        ready = wishes.ready_wishes(session, shop_id)
    tidied = [claimed for wish_id in ready if (claimed := _tidy(wiring, shop_id, wish_id)) is not None]
    if not tidied:
        return
    if any(claimed.kind == "shop" for claimed in tidied):
        _finish_shop(wiring, shop_id, tidied)
    elif _scrub(wiring, shop_id, tidied, PERSONAL_TABLES):
        _learn_again(wiring, shop_id)


def _tidy(wiring: Wiring, shop_id: int, wish_id: int) -> Claimed | None:
    """Take one person out of artifacts and files, and of what came in late; None when it is not ours, or too early."""
    with wiring.db.of_shop(shop_id) as session:
        claimed = wishes.claim_wish(session, shop_id, wish_id, seconds=CLAIM_SECONDS)
        if claimed is None or claimed.live_erased_at is None:
            return None
        if claimed.person is None:
            return claimed  # a shop's wish, or tidied already before a crash
        if not wishes.is_all_taken_in(session, shop_id, claimed.live_erased_at):
            wishes.put_back(session, shop_id, claimed, seconds=LATER_SECONDS, reason=ON_ITS_WAY)
            return None
    if not empty_papers(wiring, shop_id, claimed, claimed.person, since=claimed.requested_at):
        return None
    found = {
        "artifacts": _clean_artifacts(wiring, shop_id),
        "uploads": _drop_lost_uploads(wiring, shop_id),
        "caught_mail": _drop_caught_mail(wiring, shop_id, claimed.person),
    }
    with wiring.db.of_shop(shop_id) as session:
        late = rows.erase_rows(session, shop_id, claimed.person)
        wishes.add_found(session, shop_id, wish_id, {**late, **{name: count for name, count in found.items() if count}})
        is_ours = wishes.hold(session, shop_id, claimed, seconds=CLAIM_SECONDS, subject=null())
    return claimed if is_ours else None


def _clean_artifacts(wiring: Wiring, shop_id: int) -> int:
    """Take whoever was forgotten out of every artifact, and delete those that belong to nothing any more."""
    cleaned = 0
    with wiring.artifacts.being_rewritten(shop_id):
        for half in wiring.artifacts.halves(shop_id):
            half.unlink(missing_ok=True)
        for name in wiring.artifacts.names(shop_id):
            path = wiring.artifacts.path(shop_id, name)
            with wiring.db.of_shop(shop_id) as session:
                is_wanted = forgotten.is_wanted(session, shop_id, name)
                seals = forgotten.forgotten_seals(session, shop_id)
            try:
                cleaned += is_wanted and forgotten.drop_forgotten(path, shop_id, seals, wiring.seals) > 0
            except (RecommenderError, KeyError, FileNotFoundError) as error:  # it serves nobody, and may name anybody
                log.warning("artifact_unreadable", shop_id=shop_id, artifact=name, error=type(error).__name__)
                is_wanted = False
            if not is_wanted:
                path.unlink(missing_ok=True)
    return cleaned


def _drop_lost_uploads(wiring: Wiring, shop_id: int) -> int:
    """Delete files that came in through the browser and that no import waits for."""
    folder = wiring.settings.data_dir / "uploads" / str(shop_id)
    with wiring.db.of_shop(shop_id) as session:
        waiting = set(
            session.execute(select(Import.path).where(Import.shop_id == shop_id, Import.state.in_(OPEN))).scalars()
        )
    before = wiring.clock().timestamp() - UPLOAD_SECONDS
    lost = [path for path in _files(folder) if str(path) not in waiting and path.stat().st_mtime < before]
    for path in lost:
        path.unlink(missing_ok=True)
    return len(lost)


def _drop_caught_mail(wiring: Wiring, shop_id: int, person: Whole) -> int:
    """Delete the letters to them that were caught on this machine instead of sent, and those whose message is gone.

    The latter are about them too: a test of a letter shows their name and cart, and goes to somebody else.
    """
    data_dir, slug = wiring.settings.data_dir, find_shop(wiring, shop_id).slug
    letters = caught.list_caught(data_dir, slug, most=MOST_LETTERS)
    with wiring.db.of_shop(shop_id) as session:
        kept = set(session.scalars(select(Message.message_key).where(Message.shop_id == shop_id)))
    theirs = [
        one
        for one in letters
        if clean_email(parseaddr(one.to)[1]) in person.names.emails or (one.message_key and one.message_key not in kept)
    ]
    for one in theirs:
        (data_dir / caught.FOLDER / one.name).unlink(missing_ok=True)
    return len(theirs)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _scrub(wiring: Wiring, shop_id: int, tidied: list[Claimed], tables: tuple[str, ...]) -> bool:
    """Write what is touched anew on the disk, and end the wishes; False when something is left for later."""

    def beat() -> None:
        with wiring.db.of_shop(shop_id) as session:
            for claimed in tidied:
                wishes.hold(session, shop_id, claimed, seconds=CLAIM_SECONDS)

    engine = make_engine(wiring.settings.database_url, pool_size=1)
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            done = scrub(connection, is_night=_is_night(wiring, shop_id), beat=beat, tables=tables)
    finally:
        engine.dispose()
    with wiring.db.of_shop(shop_id) as session:
        for claimed in tidied:
            if done.left:
                wishes.put_back(session, shop_id, claimed, seconds=MUCH_LATER_SECONDS, reason=done.words)
            else:
                wishes.end(session, shop_id, claimed, reason=done.words)
    return not done.left


def _finish_shop(wiring: Wiring, shop_id: int, tidied: list[Claimed]) -> None:
    """Let go of a shop's files and rows, and last of the shop itself."""
    wiring.artifacts.drop_shop(shop_id)
    for path in _files(wiring.settings.data_dir / "uploads" / str(shop_id)):
        path.unlink(missing_ok=True)
    if _scrub(wiring, shop_id, tidied, TENANT_TABLES):
        with wiring.db.of_shop(shop_id) as session:
            shop = session.get_one(Shop, shop_id, with_for_update=True, populate_existing=True)
            if shop.uninstalled_at is not None:  # else it came back meanwhile: what it was is gone, what it is stays
                drop_shop(session, shop_id)


def _learn_again(wiring: Wiring, shop_id: int) -> None:
    """Train a small shop at once, so that nothing is left of them in what all customers taught together either."""
    with wiring.db.of_shop(shop_id) as session:
        orders = session.scalar(select(func.count()).select_from(Order).where(Order.shop_id == shop_id)) or 0
    if 0 < orders <= SMALL_SHOP_ORDERS:
        with suppress(NotFound):
            ask_for_training(wiring, shop_id, cause="forgotten")


def _is_night(wiring: Wiring, shop_id: int) -> bool:
    return wiring.clock().astimezone(ZoneInfo(find_shop(wiring, shop_id).time_zone)).hour in NIGHT
