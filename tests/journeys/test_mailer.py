"""kill -9 of the mailer between `sending` and the mail server's answer: one letter in doubt, every other sent once."""

import asyncio
import threading
import time
from collections import Counter
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import text

from tests.app.cast import cart as cart_of
from tests.app.cast import item, subscribe, tell
from tests.app.messaging.mailservers import free_port
from tests.app.stage import set_campaign
from tests.journeys.processes import COMMANDS, House, wait_until

SHOPPERS = 12
RESUMED_SECONDS = 15
COMMANDS.setdefault("mail", ["-m", "app.jobs.worker", "mail"])


class SlowPostOffice:
    """Takes every letter, and lets the one to `slow_for` wait for its answer."""

    def __init__(self, slow_for: str) -> None:
        self.slow_for, self.taken = slow_for, []
        self.has_slow_one, self.may_answer = threading.Event(), threading.Event()

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        letter = message_from_bytes(envelope.content, policy=default)
        self.taken.append((envelope.rcpt_tos[0], letter["Message-ID"]))
        if envelope.rcpt_tos[0] == self.slow_for:
            self.has_slow_one.set()
            while not self.may_answer.is_set():
                await _moment()
        return "250 taken"


async def _moment() -> None:

    await asyncio.sleep(0.05)


@pytest.fixture
def post_office():
    office = SlowPostOffice("p5@example.com")
    controller = Controller(office, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield office, f"smtp://127.0.0.1:{controller.port}"
    office.may_answer.set()
    controller.stop()


@pytest.fixture
def house(owner_url, tmp_path, post_office):
    house = House(tmp_path, owner_url, free_port())
    house.environment["SMTP_URL"] = post_office[1]
    yield house
    house.stop()


def states(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        rows = session.execute(text("SELECT email, state FROM messages ORDER BY id")).all()
    return {row.email: row.state for row in rows}


def test_a_mailer_killed_before_the_answer_leaves_one_letter_in_doubt_and_sends_the_rest_once(
    wiring, harbour, house, post_office
):
    office, _ = post_office
    set_campaign(wiring, harbour, on_since="2026-01-01")
    tell(wiring, harbour, *(item(str(number)) for number in range(1, 6)))
    left_at = wiring.clock().replace(microsecond=0)
    for number in range(SHOPPERS):
        email = f"p{number}@example.com"
        subscribe(wiring, harbour, email)
        tell(wiring, harbour, cart_of(f"c{number}", "1 2", email, at=left_at))
    with wiring.db.of_shop(harbour) as session:  # an hour passes
        session.execute(text("UPDATE carts SET version_at = version_at - interval '61 minutes'"))
    house.start("valkey", "mail", "clock")
    assert office.has_slow_one.wait(60)

    house.kill("mail")
    before = Counter(states(wiring, harbour).values())
    killed_at = time.monotonic()
    house.start("mail")
    wait_until(lambda: Counter(states(wiring, harbour).values())["sent"] > before["sent"], RESUMED_SECONDS)
    print(f"\nresumed {time.monotonic() - killed_at:.1f} s after kill -9")
    wait_until(lambda: Counter(states(wiring, harbour).values())["sent"] == SHOPPERS - 1, 60)
    assert states(wiring, harbour)["p5@example.com"] == "sending"
    with wiring.db.of_shop(harbour) as session:  # three minutes pass
        session.execute(text("UPDATE messages SET claimed_until = clock_timestamp() WHERE state = 'sending'"))
    wait_until(lambda: states(wiring, harbour)["p5@example.com"] == "in_doubt", RESUMED_SECONDS)

    time.sleep(3)
    found = states(wiring, harbour)
    assert Counter(found.values()) == {"sent": SHOPPERS - 1, "in_doubt": 1}
    assert Counter(to for to, _ in office.taken) == dict.fromkeys(found, 1)
    assert len({key for _, key in office.taken}) == SHOPPERS
