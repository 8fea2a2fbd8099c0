"""How many letters one core writes, puts into envelopes, signs and hands over in a second."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from app.messaging.dkim_keys import SELECTOR, make_key
from app.messaging.envelope import Label, compose, sign_dkim
from app.messaging.letter import DEFAULT_TEXTS, EXAMPLE, write_letter

SECONDS = 2.0
LABEL = Label(
    sender_name="Harbour Tea",
    sender_email="hello@harbour-tea.example",
    to="alice@example.com",
    message_key="0123456789abcdef",
    unsubscribe_url="https://regulars.example/u/harbour-tea/0123456789abcdef0123456789abcdef",
    language="en",
    shop_slug="harbour-tea",
    sent_at=datetime(2026, 11, 16, 9, tzinfo=UTC),
)


def main() -> None:
    """Print a table: a step, and how many letters a core does in a second of its own time."""
    key = make_key()
    letter = write_letter(DEFAULT_TEXTS["en"], EXAMPLE)
    envelope = compose(letter, LABEL)
    steps: dict[str, Callable[[], object]] = {
        "write a letter (HTML and plain text)": lambda: write_letter(DEFAULT_TEXTS["en"], EXAMPLE),
        "put it into its envelope": lambda: compose(letter, LABEL),
        "sign it (RSA 2048)": lambda: sign_dkim(envelope, key, SELECTOR, "harbour-tea.example"),
    }
    costs = {}
    for name, step in steps.items():
        costs[name] = _cost(step)
        print(f"{name:40}{1 / costs[name]:10,.0f} a second and core")
    print(f"{'all of it':40}{1 / sum(costs.values()):10,.0f} a second and core")
    print(f"a letter: {len(letter.html.encode()):,} bytes of HTML, {len(envelope.data):,} in all")


def _cost(step: Callable[[], object]) -> float:
    step()
    count, started = 0, time.process_time()
    while (spent := time.process_time() - started) < SECONDS:
        step()
        count += 1
    return spent / count
