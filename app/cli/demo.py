"""`regulars learn-demo`, which `make run` calls: the demo shop's history comes in, and something is learned from it."""

from functools import partial
from pathlib import Path

import click
from sqlalchemy import func, select

from app.cli.history import ask_for_import, follow_import
from app.cli.learning import ask_for, follow_training
from app.cli.opening import DEMO, the_address
from app.cli.wires import shop_called, wired
from app.learning.reports import serving_version
from app.models import Import, Shop, Training, WorkState
from app.queues import FILES
from app.wiring import Wiring

EARLY_ROWS = 50_000  # of the demo's half a million


@click.command(hidden=True)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@the_address
def learn_demo(file: Path, address: str) -> None:
    """Bring the demo shop's history in and learn from it, unless that is done already; tell where to look.

    The work is the workers'; this only asks for it and watches.
    """
    wiring = wired()
    shop = shop_called(wiring.db, DEMO.slug)
    _bring_in(wiring, shop, file)
    if not _is_served(wiring, shop.id):
        follow_training(wiring, shop.id, ask_for(wiring, shop.id, "simple"))
    if not _is_trained(wiring, shop.id):
        click.echo("The shop recommends already; meanwhile Regulars looks for something better.")
        follow_training(wiring, shop.id, ask_for(wiring, shop.id, "full"))
    click.echo(f"Everything is ready at {address}. Ctrl-C stops it; make run starts it again with all that is there.")


def _bring_in(wiring: Wiring, shop: Shop, file: Path) -> None:
    with wiring.db.of_shop(shop.id) as session:
        newest = select(Import).where(Import.shop_id == shop.id, Import.file_name == file.name)
        row = session.execute(newest.order_by(Import.id.desc()).limit(1)).scalar_one_or_none()
    if row is not None and row.state == WorkState.DONE:
        return
    is_open = row is not None and row.state != WorkState.FAILED
    import_id = row.id if row and is_open else ask_for_import(wiring, shop, file, is_shifted=True)
    wiring.queues.nudge(FILES, "imports.run_import", shop.id, import_id)
    follow_import(wiring, shop.id, import_id, heed=partial(_learn_early, wiring, shop.id))


def _learn_early(wiring: Wiring, shop_id: int, row: Import) -> None:
    """Ask for the simple rules as soon as there is something to learn from: people are looking already."""
    if row.rows_read < EARLY_ROWS or row.state == WorkState.DONE:
        return
    with wiring.db.of_shop(shop_id) as session:
        is_asked = session.execute(select(Training.id).where(Training.shop_id == shop_id).limit(1)).first() is not None
    if not is_asked:
        ask_for(wiring, shop_id, "simple")


def _is_served(wiring: Wiring, shop_id: int) -> bool:
    with wiring.db.of_shop(shop_id) as session:
        return serving_version(session, shop_id) is not None


def _is_trained(wiring: Wiring, shop_id: int) -> bool:
    """Tell whether everything was learned from the whole history, not from the part that was in when it began."""
    done = (Training.shop_id == shop_id, Training.kind == "full", Training.state == WorkState.DONE)
    whole = select(func.max(Import.finished_at)).where(Import.shop_id == shop_id).scalar_subquery()
    with wiring.db.of_shop(shop_id) as session:
        found = select(Training.id).where(*done, Training.requested_at >= whole).limit(1)
        return session.execute(found).first() is not None
