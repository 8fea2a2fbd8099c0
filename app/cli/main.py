"""The `regulars` command: what a person can do from a terminal."""

import importlib

import click

from app.cli.wires import Door

# Only the module of the command that was typed is loaded: some of them bring the whole of the mathematics along.
COMMANDS = {
    "check": ("soundness", "check"),
    "evaluate": ("learning", "evaluate"),
    "import": ("history", "import_"),
    "learn-demo": ("demo", "learn_demo"),
    "link": ("shops", "link"),
    "open-demo": ("opening", "open_demo"),
    "recommend": ("shelf", "recommend"),
    "replay": ("inbox", "replay"),
    "shop": ("shops", "shop"),
    "train": ("learning", "train"),
}


class Commands(Door):
    """The commands by their names."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click hands it over
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click hands it over
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        command = getattr(importlib.import_module(f"app.cli.{module}"), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def regulars() -> None:
    """Regulars: the memory of a small online shop.

    Settings come from the environment (DATA_DIR, DATABASE_URL, REDIS_URL, SECRET_KEY, SMTP_URL); where make run has
    started the servers, they are found by themselves.
    """


def main() -> None:
    """Run the command that was typed."""
    regulars(prog_name="regulars")
