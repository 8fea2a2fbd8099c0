"""The journey of a file: read a batch at a time, each committed with how far the reading is; then learn from it."""

from datetime import datetime
from pathlib import Path

from app.errors import NotFound
from app.ingest import imports
from app.jobs.doorbell import job
from app.jobs.training import ask_for_training
from app.models import Shop
from app.wiring import Wiring
from plugins.csvfile import KINDS, Brings, Circumstances, last_ordered_at, read_file, recognize, unpack
from plugins.errors import Malformed
from plugins.platform import ShopFacts

DAYS_OF_A_WEEK = 7


@job
def run_import(wiring: Wiring, shop_id: int, import_id: int) -> None:
    """Read one file from where its reading stands."""
    with wiring.db.of_nobody() as session:
        shop = session.get(Shop, shop_id)
    with wiring.db.of_shop(shop_id) as session:
        claimed = imports.claim_import(session, shop_id, import_id)
        given_up = imports.given_up(session, shop_id, import_id) if claimed is None else None
    if given_up is not None:
        _let_go(wiring, given_up)
    if shop is None or claimed is None:
        return
    try:
        kind = _read(wiring, shop, claimed)
    except (Malformed, OSError) as error:
        reason = str(error) if isinstance(error, Malformed) else "The file cannot be read any more. Import it again."
        with wiring.db.of_shop(shop_id) as session:
            imports.fail_import(session, shop_id, import_id, claimed.token, reason)
        _let_go(wiring, claimed.path)
        return
    if kind is not None:
        _let_go(wiring, claimed.path)
        with wiring.db.of_nobody() as session:
            imports.refresh_statistics(session)
        if KINDS[kind].brings != Brings.PEOPLE:
            ask_for_training(wiring, shop_id, cause="imported")


def recognize_file(path: Path) -> str:
    """Return which kind of file this is; nothing where that cannot be told, which is then said when it is read."""
    try:
        return _recognize(path)
    except (Malformed, OSError):
        return ""


def shift_to_yesterday(path: Path, shop: ShopFacts, now: datetime) -> int:
    """Return by how many days, in whole weeks, a file's dates must move so that it ends at most a week before today."""
    with path.open("rb") as raw:
        last = last_ordered_at(unpack(raw, path.name), shop, now=now)
    if last is None:
        raise NotFound("The file holds no readable date.")
    return max((now - last).days // DAYS_OF_A_WEEK, 0) * DAYS_OF_A_WEEK


def _recognize(path: Path) -> str:
    with path.open("rb") as raw:
        return recognize(unpack(raw, path.name), path.name)


def _let_go(wiring: Wiring, path: Path) -> None:
    """Delete a file that came in through the browser: it has become rows, and holds shoppers' data."""
    if path.is_relative_to(wiring.settings.data_dir / "uploads"):
        path.unlink(missing_ok=True)


def _read(wiring: Wiring, shop: Shop, claimed: imports.Claimed) -> str | None:
    """Read a file to its end and return which kind it was; None where somebody else reads it now."""
    kind = claimed.kind or _recognize(claimed.path)
    with wiring.db.of_shop(shop.id) as session:
        if not imports.note_kind(session, shop.id, claimed, kind):
            return None
    heard_at = wiring.clock()
    at = Circumstances(
        shop=ShopFacts(currency=shop.currency, time_zone=shop.time_zone),
        asked_at=claimed.asked_at,
        now=heard_at - claimed.shift,
        storefront=shop.origins[0] if shop.origins else "",
    )
    with claimed.path.open("rb") as raw:
        stream = unpack(raw, claimed.path.name)
        for batch in read_file(stream, kind, at, skip_rows=claimed.rows_read):
            with wiring.db.of_shop(shop.id) as session:
                reading = imports.Reading(heard_at, raw.tell(), wiring.seals)
                if not imports.record_batch(session, shop.id, claimed, batch, reading):
                    return None
    with wiring.db.of_shop(shop.id) as session:
        return kind if imports.finish_import(session, shop.id, claimed) else None
