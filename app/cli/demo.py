"""`regulars learn-demo`, which `make run` calls: the demo shop's history comes in, and something is learned from it."""

from functools import partial
from pathlib import Path

import click

from app.cli.history import ask_for_import, follow_import
from app.cli.learning import ask_for, follow_training
from app.cli.opening import DEMO, the_address
from app.cli.wires import shop_called, wired
from app.ingest.reports import last_import_of
from app.learning.promote import serving_version
from app.learning.reports import has_learned_since, last_training, open_trainings
from app.models import Import, Shop, WorkState
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
    if not _is_trained(wiring, shop.id, file):
        click.echo("The shop recommends already; meanwhile Regulars looks for something better.")
        follow_training(wiring, shop.id, ask_for(wiring, shop.id, "full"))
    click.echo(f"Everything is ready at {address}. Ctrl-C stops it; make run starts it again with all that is there.")


def _bring_in(wiring: Wiring, shop: Shop, file: Path) -> None:
    with wiring.db.of_shop(shop.id) as session:
        row = last_import_of(session, shop.id, file.name)
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
        is_asked = open_trainings(session, shop_id) or last_training(session, shop_id)
    if not is_asked:
        ask_for(wiring, shop_id, "simple")


def _is_served(wiring: Wiring, shop_id: int) -> bool:
    with wiring.db.of_shop(shop_id) as session:
        return serving_version(session, shop_id) is not None


def _is_trained(wiring: Wiring, shop_id: int, file: Path) -> bool:
    """Tell whether everything was learned from the whole history, not from the part that was in when it began."""
    with wiring.db.of_shop(shop_id) as session:
        history = last_import_of(session, shop_id, file.name)
        read_at = history.finished_at if history else None
        return read_at is not None and has_learned_since(session, shop_id, read_at)
