"""`regulars open-demo`, which `make run` calls: the demo shop is there, at its address, with its secret."""

import click
from sqlalchemy import func, select

from app.db import Database
from app.settings import load_settings
from app.shops.people import make_setup_link
from app.shops.secrets import WEBHOOK, add_secret, current_secrets
from app.shops.shops import NewShop, check_origins, find_shop, open_shop

DEMO = NewShop(
    slug="demo",
    name="The Corner Shelf",
    platform="demo",
    currency="GBP",
    time_zone="Europe/London",
    public_key="demo",
)
LOCAL = (("//127.0.0.1", "//localhost"), ("//localhost", "//127.0.0.1"))
the_address = click.option("--address", required=True, help="Where browsers find the demo shop.")


@click.command(hidden=True)
@the_address
@click.option("--secret", envvar="DEMO_WEBHOOK_SECRET", required=True, help="What the demo shop signs with.")
def open_demo(address: str, secret: str) -> None:
    """Make sure the demo shop is there, at this address, with this secret; tell where to look."""
    settings = load_settings()
    db = Database(settings.database_url, pool_size=1)
    origins = check_origins((address, *(address.replace(this, other) for this, other in LOCAL)))
    with db.of_nobody() as session:
        shop = find_shop(session, DEMO.slug) or open_shop(session, DEMO)
        shop.origins = origins
    with db.of_shop(shop.id) as session:
        known = current_secrets(session, shop.id, WEBHOOK, secret_key=settings.secret_key)
        if secret.encode() not in known[:1]:
            add_secret(session, shop.id, WEBHOOK, secret.encode(), secret_key=settings.secret_key)
    with db.of_nobody() as session:
        now = session.execute(select(func.clock_timestamp())).scalar_one()
        token = make_setup_link(session, shop.id, now=now)
    db.close()
    click.echo(f"  The demo shop:      {address}")
    click.echo(f"  Your way in, once:  {settings.base_url}/setup/{token}")
    click.echo(f"  Your pages then:    {settings.base_url}/admin/{shop.slug}")
