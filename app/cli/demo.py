"""`regulars learn-demo`, which `make run` calls: the demo shop's history comes in, and something is learned from it."""

from dataclasses import asdict, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import click

from app.campaigns import campaigns
from app.campaigns.campaigns import Post
from app.cli.history import ask_for_import, follow_import
from app.cli.learning import ask_for, follow_training
from app.cli.opening import DEMO, the_address
from app.cli.wires import shop_called, wired
from app.ingest.reports import last_import_of
from app.learning.promote import serving_version
from app.learning.reports import has_learned_since, last_training, open_trainings
from app.messaging.shop_sender import keep_sender
from app.messaging.texts import DEFAULT_TEXTS
from app.models import Import, Shop, WorkState
from app.queues import FILES
from app.wiring import Wiring

EARLY_ROWS = 50_000  # of the demo's half a million
SENDER = {
    "name": "The Corner Shelf",
    "email": "hello@example.com",
    "postal_address": "1 High Street, London",
}
TRIED_OUT: dict[str, Any] = {
    "delay_minutes": campaigns.SHORTEST_DELAY,
    "quiet_from": 0,
    "quiet_until": 0,
}  # alike hours: never quiet
LATE = timedelta(hours=1, minutes=10)


@click.command(hidden=True)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@the_address
def learn_demo(file: Path, address: str) -> None:
    """Bring the demo shop's history in and learn from it, unless that is done already; tell where to look.

    The work is the workers'; this only asks for it and watches.
    """
    wiring = wired()
    shop = shop_called(wiring.db, DEMO.slug)
    begin_campaign(wiring, shop.id)
    _bring_in(wiring, shop, file)
    if not _is_served(wiring, shop.id):
        follow_training(wiring, shop.id, ask_for(wiring, shop.id, "simple"))
    if not _is_trained(wiring, shop.id, file):
        click.echo("The shop recommends already; meanwhile Regulars looks for something better.")
        follow_training(wiring, shop.id, ask_for(wiring, shop.id, "full"))
    click.echo(f"Leave a cart there and one e-mail follows: {address}/office says how, and where it is caught.")
    click.echo(f"Everything is ready at {address}. Ctrl-C stops it; make run starts it again with all that is there.")


def begin_campaign(wiring: Wiring, shop_id: int) -> None:
    """Switch the reminder of carts on, where nobody has looked at it yet, so that it can be tried out in little time.

    Only for mail that is caught: the sender is nobody's. Carts of the hour before count too, as the demo shop's
    office can tell them late.
    """
    if not wiring.settings.is_mail_caught:
        return
    with wiring.db.of_shop(shop_id) as session:
        if campaigns.find_campaign(session, shop_id) is not None:
            return
        campaign = campaigns.open_campaign(session, shop_id, **asdict(DEFAULT_TEXTS["en"]))
        campaigns.change_campaign(session, shop_id, replace(campaigns.wish_of(campaign), **TRIED_OUT))
        keep_sender(session, shop_id, **SENDER)
        campaigns.switch_on(session, shop_id, Post(has_server=True, is_caught=True))
        session.refresh(campaign)
        campaign.on_since = campaign.on_since and campaign.on_since - LATE


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
