"""`regulars shop` and `regulars link`: shops join, are connected, share a secret, and their people get in."""

import sys

import click

from app.cli.wires import Door, shop_called, the_shop, wired
from app.errors import BadRequest
from app.models import ConnectionState, Shop
from app.shops.connections import connection_of
from app.shops.people import LINK_HOURS, make_setup_link
from app.shops.secrets import WEBHOOK, add_secret, check_secret
from app.shops.shops import NewShop, all_shops, open_shop
from app.wiring import Wiring
from plugins import PLATFORMS

MOST_READ = 1000  # characters of what is given for a secret


@click.group(cls=Door)
def shop() -> None:
    """Open shops, list them, change their secrets."""


@shop.command()
@click.argument("slug", metavar="NAME")
@click.option("--title", required=True, help="The shop's name as people read it.")
@click.option("--platform", required=True, type=click.Choice(sorted(PLATFORMS)), help="Where the shop runs.")
@click.option("--currency", required=True, metavar="GBP", help="The currency of its totals, ISO 4217.")
@click.option("--time-zone", default="UTC", show_default=True, metavar="Europe/London", help="Where its days begin.")
@click.option("--address", "origins", multiple=True, metavar="https://shop.example", help="Its storefront; may repeat.")
def add(*, slug: str, title: str, platform: str, currency: str, time_zone: str, origins: tuple[str, ...]) -> None:
    """Open a shop under the short name NAME, such as harbour-tea."""
    wiring = wired()
    new = NewShop(
        slug=slug, name=title, platform=platform, currency=currency, time_zone=time_zone, origins=tuple(origins)
    )
    with wiring.db.of_nobody() as session:
        opened = open_shop(session, new)
    base = wiring.settings.base_url
    click.echo(f"{opened.name} is open. Its public key, for its pages: {opened.public_key}")
    click.echo(f"Its webhooks go to: {base}/webhooks/{opened.platform}/{opened.slug}")
    click.echo(f"Hand over its webhook secret: regulars shop secret --shop {opened.slug}")
    click.echo(f"Set-up link, good once within {LINK_HOURS} hours: {setup_link(wiring, opened)}")
    if PLATFORMS[platform].talks is not None:
        click.echo(f"Or connect it, which makes its webhooks and reads its past: {connection_page(wiring, opened)}")


@shop.command()
@the_shop
def connect(slug: str) -> None:
    """Say where a shop is connected to its platform, and how it stands; connecting itself takes a browser."""
    wiring = wired()
    one = shop_called(wiring.db, slug)
    if PLATFORMS[one.platform].talks is None:
        raise BadRequest(f"{one.name} tells by itself what happens; there is nothing to connect.")
    with wiring.db.of_shop(one.id) as session:
        row = connection_of(session, one.id)
    if row is not None and row.state in (ConnectionState.CONNECTED, ConnectionState.BROKEN):
        click.echo(f"{one.name} is connected at {one.address}." if not row.trouble else f"{one.name}: {row.trouble}")
    else:
        click.echo(f"{one.name} is not connected yet.")
    click.echo(f"Connect it in a browser: {connection_page(wiring, one)}")
    click.echo(f"Not signed in there? regulars link --shop {one.slug}")


@shop.command("list")
def list_() -> None:
    """List the shops of this installation."""
    with wired().db.of_nobody() as session:
        shops = all_shops(session)
    for one in shops:
        click.echo(f"{one.slug:20}  {one.name:30}  {one.platform:12}  {one.currency}  {', '.join(one.origins)}")
    if not shops:
        click.echo("There is no shop yet. Open one: regulars shop add --help")


@shop.command()
@the_shop
def secret(slug: str) -> None:
    """Take over a new webhook secret, read from standard input; the one before holds for a day more."""
    wiring = wired()
    one = shop_called(wiring.db, slug)
    is_typed = sys.stdin.isatty()
    value = click.prompt("Webhook secret", hide_input=True) if is_typed else sys.stdin.read(MOST_READ).strip()
    checked = check_secret(value)
    with wiring.db.of_shop(one.id) as session:
        add_secret(session, one.id, WEBHOOK, checked, secret_key=wiring.settings.secret_key)
    click.echo(f"{one.name} signs with the new secret from now on; the one before holds for a day more.")


@click.command()
@the_shop
def link(slug: str) -> None:
    """Print a new set-up link for the shop's owner; an earlier one stops working."""
    wiring = wired()
    click.echo(setup_link(wiring, shop_called(wiring.db, slug)))


def connection_page(wiring: Wiring, one: Shop) -> str:
    """Return the address of a shop's page about its connection."""
    return f"{wiring.settings.base_url}/admin/{one.slug}/connection"


def setup_link(wiring: Wiring, one: Shop) -> str:
    """Return the address of a new one-time way in."""
    with wiring.db.of_nobody() as session:
        token = make_setup_link(session, one.id, now=wiring.clock())
    return f"{wiring.settings.base_url}/setup/{token}"
