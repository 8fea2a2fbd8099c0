"""`regulars demo`, which `make run` calls: the demo shop opens, its history comes in, something is learned from it."""

from pathlib import Path

import click
from sqlalchemy import select

from app.cli.history import ask_for_import, follow_import
from app.cli.learning import ask_for, follow_training
from app.cli.shops import setup_link
from app.cli.wires import Door, shop_called, wired
from app.learning.reports import serving_version
from app.models import Import, Shop, Training, WorkState
from app.queues import SLOW
from app.shops.secrets import WEBHOOK, add_secret, current_secrets
from app.shops.shops import NewShop, check_origins, find_shop, open_shop
from app.wiring import Wiring

DEMO = NewShop(
    slug="demo",
    name="Regulars demo shop",
    platform="demo",
    currency="GBP",
    time_zone="Europe/London",
    public_key="demo",
)
LOCAL = (("//127.0.0.1", "//localhost"), ("//localhost", "//127.0.0.1"))
the_address = click.option("--address", required=True, help="Where browsers find the demo shop.")


@click.group(cls=Door, hidden=True)
def demo() -> None:
    """Prepare the demo shop. make run does this for you."""


@demo.command("open")
@the_address
@click.option("--secret", envvar="DEMO_WEBHOOK_SECRET", required=True, help="What the demo shop signs with.")
def open_(address: str, secret: str) -> None:
    """Make sure the demo shop is there, at this address, with this secret."""
    wiring = wired()
    origins = check_origins((address, *(address.replace(this, other) for this, other in LOCAL)))
    with wiring.db.of_nobody() as session:
        shop = find_shop(session, DEMO.slug) or open_shop(session, DEMO)
        shop.origins = origins
    with wiring.db.of_shop(shop.id) as session:
        known = current_secrets(session, shop.id, WEBHOOK, secret_key=wiring.settings.secret_key)
        if secret.encode() not in known[:1]:
            add_secret(session, shop.id, WEBHOOK, secret.encode(), secret_key=wiring.settings.secret_key)


@demo.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@the_address
def learn(file: Path, address: str) -> None:
    """Bring the demo shop's history in and learn from it, unless that is done already; tell where to look.

    The work is the workers'; this only asks for it and watches.
    """
    wiring = wired()
    shop = shop_called(wiring, DEMO.slug)
    if _is_new(wiring, shop.id):
        click.echo(f"The demo shop is open at {address}; what it recommends follows in a minute.")
    _bring_in(wiring, shop, file)
    with wiring.db.of_shop(shop.id) as session:
        is_served = serving_version(session, shop.id) is not None
    if not is_served:
        follow_training(wiring, shop.id, ask_for(wiring, shop.id, "simple"))
    _tell(wiring, shop, address)
    if not _is_trained(wiring, shop.id):
        follow_training(wiring, shop.id, ask_for(wiring, shop.id, "full"))
    click.echo("Everything is ready. Ctrl-C stops it; make run starts it again with all that is there.")


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


def _tell(wiring: Wiring, shop: Shop, address: str) -> None:
    click.echo(f"\n  The demo shop:      {address}")
    click.echo(f"  What Regulars sees: {wiring.settings.base_url}/admin/{shop.slug}")
    click.echo(f"  Your way in, once:  {setup_link(wiring, shop)}\n")


def _is_new(wiring: Wiring, shop_id: int) -> bool:
    with wiring.db.of_shop(shop_id) as session:
        return serving_version(session, shop_id) is None


def _is_trained(wiring: Wiring, shop_id: int) -> bool:
    done = (Training.shop_id == shop_id, Training.kind == "full", Training.state == WorkState.DONE)
    with wiring.db.of_shop(shop_id) as session:
        return session.execute(select(Training.id).where(*done).limit(1)).first() is not None
