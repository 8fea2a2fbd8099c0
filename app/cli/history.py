"""`regulars import`: a merchant's file comes in."""

import time
from collections.abc import Callable
from pathlib import Path

import click

from app.cli.watching import Look, watch
from app.cli.wires import shop_called, the_shop, wired
from app.errors import BadRequest, NotFound
from app.ingest.imports import request_import
from app.ingest.outcomes import outcomes
from app.jobs.imports import recognize_file, run_import, shift_to_yesterday
from app.models import Import, Shop
from app.wiring import Wiring
from plugins.csvfile import KINDS, PLAIN_ORDERS
from plugins.platform import ShopFacts


@click.group("import")
def import_() -> None:
    """Bring a shop's history in from a file."""


@import_.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@the_shop
@click.option("--shift-to-yesterday", is_flag=True, help="Move all dates by whole weeks so that the file ends lately.")
def orders(file: Path, slug: str, *, shift_to_yesterday: bool) -> None:
    """Import orders from FILE, a CSV with one row for each order line (also .gz, .xz).

    Its columns: order_id, ordered_at, item_id, quantity, unit_price; and as far as known item_title, item_state,
    item_category, customer_id, email, country, currency, order_state. Importing a file twice changes nothing.
    """
    _bring_in(slug, file, kind=PLAIN_ORDERS, is_shifted=shift_to_yesterday)


@import_.command("file")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@the_shop
@click.option("--kind", default="", type=click.Choice(["", *KINDS]), help="What is in it, where that is not found out.")
def file_(file: Path, slug: str, *, kind: str) -> None:
    """Import FILE, an export of Shopify, WooCommerce, Klaviyo or Mailchimp, or a plain list of orders or subscribers.

    What is in it is found out from its columns. Importing a file twice changes nothing.
    """
    _bring_in(slug, file, kind=kind, is_shifted=False)


def ask_for_import(wiring: Wiring, shop: Shop, file: Path, *, kind: str = PLAIN_ORDERS, is_shifted: bool) -> int:
    """Put a file in line and return the import's id."""
    facts = ShopFacts(currency=shop.currency, time_zone=shop.time_zone)
    days = shift_to_yesterday(file, facts, wiring.clock()) if is_shifted else 0
    try:
        with wiring.db.of_shop(shop.id) as session:
            return request_import(session, shop.id, file, kind=kind or recognize_file(file), shift_days=days)
    except OSError as error:
        raise BadRequest(f"{file} cannot be read ({error.strerror}).") from error


def _bring_in(slug: str, file: Path, *, kind: str, is_shifted: bool) -> None:
    wiring = wired()
    shop = shop_called(wiring.db, slug)
    import_id = ask_for_import(wiring, shop, file, kind=kind, is_shifted=is_shifted)
    follow_import(wiring, shop.id, import_id, work=lambda: run_import(shop.id, import_id, wiring=wiring))


def follow_import(
    wiring: Wiring,
    shop_id: int,
    import_id: int,
    *,
    work: Callable[[], None] | None = None,
    heed: Callable[[Import], None] = lambda _row: None,
) -> None:
    """Show an import until it is read, then what came of it. `work` does it here; `heed` hears how far it is."""
    started, first = time.monotonic(), read_import(wiring, shop_id, import_id).rows_read

    def look() -> Look:
        row = read_import(wiring, shop_id, import_id)
        heed(row)
        rate = (row.rows_read - first) / max(time.monotonic() - started, 0.1)
        share = row.bytes_read / row.bytes_total if row.bytes_total else 0.0
        return Look(row.state, share, f"{row.rows_read:,} rows, {rate:,.0f} a second", row.reason)

    kind = KINDS.get(read_import(wiring, shop_id, import_id).kind)
    watch(f"Importing {kind.brings}" if kind else "Importing the file", look, work)
    row = read_import(wiring, shop_id, import_id)
    if kind is not None:
        click.echo(f"{kind.title}.")
    click.echo(f"{row.rows_read:,} rows read, {row.rows_accepted:,} accepted, {row.rows_set_aside:,} set aside.")
    for told in outcomes(row.counts):
        click.echo(told.sentence)
    if row.rows_set_aside:
        click.echo(f"Why rows were set aside: the admin pages, under imports, number {import_id}.")


def read_import(wiring: Wiring, shop_id: int, import_id: int) -> Import:
    """Return an import as it stands. Raises NotFound."""
    with wiring.db.of_shop(shop_id) as session:
        row = session.get(Import, (shop_id, import_id))
    if row is None:
        raise NotFound("The import is gone.")
    return row
