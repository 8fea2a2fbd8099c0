"""`regulars recommend`: what a placement would show, and why."""

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.cli.wires import shop_called, the_shop, wired
from app.consent import Reason
from app.errors import NotFound
from app.models import Shop
from app.serving.recommend import HOME, MOST_ITEMS, PLACEMENTS, Ask, Cause, Shown
from app.serving.shelves import Shelf
from app.serving.visit import STRANGER, Visit, visit_of_customer
from app.wiring import Wiring
from plugins.money import to_major
from recommender.ranking.ranker import Why

WORDS: dict[str, str] = {
    Why.POPULAR: "popular now",
    Why.BOUGHT_TOGETHER: "often bought with {evidence}",
    Why.BOUGHT_BEFORE: "bought before",
    Why.TASTE: "fits what they bought",
    Why.SIMILAR: "similar to {evidence}",
    Cause.PINNED: "pinned by the shop",
    Cause.NEW: "new in the shop",
}

REFUSALS = {
    Reason.WITHDRAWN: "they said no",
    Reason.NEVER_ASKED: "they were never asked, and the shop leaves such people out",
    Reason.GIVEN: "nothing is known of them",
}


@click.command()
@the_shop
@click.option("--placement", type=click.Choice(PLACEMENTS), default=HOME, show_default=True)
@click.option("--item", "items", multiple=True, metavar="ID", help="The item looked at, or what is in the cart.")
@click.option("--customer", metavar="ID", help="A customer of the shop.")
@click.option("--limit", type=click.IntRange(1, MOST_ITEMS), default=8, show_default=True)
def recommend(*, slug: str, placement: str, items: tuple[str, ...], customer: str | None, limit: int) -> None:
    """Show what a placement would show, with the reasons; nothing is recorded."""
    wiring = wired()
    shop = shop_called(wiring.db, slug)
    shelf = wiring.shelves.of(shop.id)
    context = tuple(_item(shelf, item) for item in items)
    answer = shelf.recommend(Ask(placement, _visit(wiring, shop, customer), limit, context))
    if not answer.items:
        click.echo("Nothing to show: no item can be recommended here yet.")
        return
    table = Table(caption=f"from the {answer.source}", caption_justify="left")
    for heading in ("item", "title", "price", "why", "brought by"):
        table.add_column(heading, overflow="fold")
    for shown in answer.items:
        table.add_row(*_row(shown))
    Console().print(table)


def _item(shelf: Shelf, external_id: str) -> int:
    found = shelf.id_of(external_id)
    if found is None:
        raise NotFound(f"The shop has no item {external_id}.")
    return found


def _visit(wiring: Wiring, shop: Shop, customer: str | None) -> Visit:
    if customer is None:
        return STRANGER
    with wiring.db.of_shop(shop.id) as session:
        visit = visit_of_customer(session, shop.id, customer, is_unasked_allowed=shop.learns_from_imported)
    if visit.customer is None:
        click.echo(f"Nothing personal may be shown to customer {customer}: {REFUSALS[visit.answer.reason]}.")
    return visit


def _row(shown: Shown) -> tuple[str, ...]:
    good = shown.good
    price = "" if good.price_minor is None else f"{to_major(good.price_minor, good.currency)} {good.currency}"
    words = WORDS.get(shown.why, shown.why).format(evidence=shown.evidence.title if shown.evidence else "it")
    shares = ", ".join(f"{arm} {share:.0%}" for arm, share in shown.shares.items() if share >= 0.01)
    return escape(good.external_id), escape(good.title), price, escape(words), shares
