"""`regulars learn-demo`, which `make run` calls: the demo shop's history comes in, and something is learned from it."""

from pathlib import Path

import click
from sqlalchemy import select

from app.cli.history import ask_for_import, follow_import
from app.cli.learning import ask_for, follow_training
from app.cli.opening import DEMO, the_address
from app.cli.wires import shop_called, wired
from app.learning.reports import serving_version
from app.models import Import, Shop, Training, WorkState
from app.queues import SLOW
from app.wiring import Wiring


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
    wiring.queues.nudge(SLOW, "imports.run_import", shop.id, import_id)
    follow_import(wiring, shop.id, import_id)


def _is_served(wiring: Wiring, shop_id: int) -> bool:
    with wiring.db.of_shop(shop_id) as session:
        return serving_version(session, shop_id) is not None


def _is_trained(wiring: Wiring, shop_id: int) -> bool:
    done = (Training.shop_id == shop_id, Training.kind == "full", Training.state == WorkState.DONE)
    with wiring.db.of_shop(shop_id) as session:
        return session.execute(select(Training.id).where(*done).limit(1)).first() is not None
