"""`regulars replay`: deliveries that could not be read go back in line."""

import click

from app.cli.wires import shop_called, the_shop, wired
from app.errors import NotFound
from app.ingest.inbox import replay as put_back
from app.queues import FAST


@click.command()
@the_shop
@click.argument("delivery_id", type=int, required=False)
def replay(slug: str, delivery_id: int | None) -> None:
    """Try quarantined deliveries again: one by its number, or all of the shop."""
    wiring = wired()
    shop = shop_called(wiring.db, slug)
    with wiring.db.of_shop(shop.id) as session:
        ids = put_back(session, shop.id, delivery_id)
    if delivery_id is not None and not ids:
        raise NotFound(f"No delivery {delivery_id} is in quarantine.")
    if ids:
        wiring.queues.nudge(FAST, "deliveries.drain_deliveries", shop.id)
    click.echo(f"{len(ids):,} {'delivery is' if len(ids) == 1 else 'deliveries are'} back in line.")
