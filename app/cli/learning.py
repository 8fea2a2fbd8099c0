"""`regulars train` and `regulars evaluate`: something is learned, and how good it is."""

from collections.abc import Callable, Mapping
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from app.cli.watching import Look, watch
from app.cli.wires import shop_called, the_shop, wired
from app.errors import NotFound
from app.jobs.training import run_training
from app.learning.reports import find_training, last_judged
from app.learning.trainings import request_training
from app.models import RankerVersion, Training
from app.queues import SLOW
from app.wiring import Wiring

PLACEMENTS = {"home": "Home page", "product": "Item page", "cart": "Cart"}


@click.command()
@the_shop
@click.option("--simple", is_flag=True, help="Fit the simple rules only: seconds.")
def train(slug: str, *, simple: bool) -> None:
    """Learn from what is known now; what proved itself on the shop's own last weeks serves from then on."""
    wiring = wired()
    shop = shop_called(wiring.db, slug)
    with wiring.db.of_shop(shop.id) as session:
        training_id = request_training(session, shop.id, kind="simple" if simple else "full", cause="asked")
    follow_training(wiring, shop.id, training_id, lambda: run_training(shop.id, training_id, wiring=wiring))


@click.command()
@the_shop
def evaluate(slug: str) -> None:
    """Show how the newest training did on weeks it had not seen, and what was decided."""
    wiring = wired()
    shop = shop_called(wiring.db, slug)
    with wiring.db.of_shop(shop.id) as session:
        version = last_judged(session, shop.id)
    if version is None:
        raise NotFound(f"Nothing was compared yet. Train first: regulars train --shop {slug}")
    _show(version)


def ask_for(wiring: Wiring, shop_id: int, kind: str) -> int:
    """Ask the workers for a training and return its id."""
    with wiring.db.of_shop(shop_id) as session:
        training_id = request_training(session, shop_id, kind=kind, cause="asked")
    wiring.queues.nudge(SLOW, "training.run_training", shop_id, training_id)
    return training_id


def follow_training(wiring: Wiring, shop_id: int, training_id: int, work: Callable[[], None] | None = None) -> None:
    """Show a training until it has ended, then what came of it."""

    def look() -> Look:
        row = _read(wiring, shop_id, training_id)
        return Look(row.state, row.progress, row.stage, row.reason)

    kind = _read(wiring, shop_id, training_id).kind
    ended = watch("Learning the simple rules" if kind == "simple" else "Learning everything", look, work)
    if ended.reason:
        click.echo(ended.reason)


def _read(wiring: Wiring, shop_id: int, training_id: int) -> Training:
    with wiring.db.of_shop(shop_id) as session:
        found = find_training(session, shop_id, training_id)
    if found is None:
        raise NotFound("The training is gone.")
    return found[0]


def _show(version: RankerVersion) -> None:
    console = Console()
    report: Mapping[str, Any] = version.report
    sizes = report.get("sizes", {})
    console.print(
        f"Trained {version.trained_at:%Y-%m-%d %H:%M} UTC on {sizes.get('interactions', 0):,} purchases by "
        f"{sizes.get('people', 0):,} people; {sizes.get('items', 0):,} items. It was "
        "judged on the last weeks, which no arm had seen."
    )
    if report["lightfm"]["is_absent"]:
        console.print(f"LightFM took no part: {report['lightfm']['reason']}")
    for name, one in report["purposes"].items():
        console.print(_table(PLACEMENTS.get(name, name), name, one))
        console.print(f"{one['sentence']}\n")


def _table(title: str, purpose: str, one: Mapping[str, Any]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("", no_wrap=True)
    for heading in ("nDCG@10", "recall@20", "coverage", "in the blend"):
        table.add_column(heading, justify="right")
    weights = one["blend"]
    total = sum(weights.values()) or 1.0
    for row in (row for row in one["quality"] if row["task"] == purpose):
        figures = [f"{row[key]:.4f}" for key in ("ndcg_at_10", "recall_at_20", "coverage_at_10")]
        part = weights.get(row["ranker"])
        table.add_row(one["in_words"][row["ranker"]], *figures, f"{part / total:.0%}" if part else "")
    return table
