"""A door: a person at a terminal, and `make run` when it opens the demo shop.

Every command says in one sentence what is wrong and what to do, without a traceback. Start with `main.py`; one file for
each kind of command, and `watching.py` for the bars.
"""

from app.cli.main import main

__all__ = ["main"]
