"""The `regulars` command: what a person can do from a terminal."""

import click

from app.cli.demo import demo
from app.cli.history import import_
from app.cli.inbox import replay
from app.cli.learning import evaluate, train
from app.cli.shelf import recommend
from app.cli.shops import link, shop
from app.cli.soundness import check
from app.cli.wires import Door


@click.group(cls=Door, context_settings={"help_option_names": ["-h", "--help"]})
def regulars() -> None:
    """Regulars: the memory of a small online shop.

    Settings come from the environment (DATA_DIR, DATABASE_URL, REDIS_URL, SECRET_KEY); where make run has started the
    servers, they are found by themselves.
    """


for command in (check, demo, evaluate, import_, link, recommend, replay, shop, train):
    regulars.add_command(command)


def main() -> None:
    """Run the command that was typed."""
    regulars(prog_name="regulars")
