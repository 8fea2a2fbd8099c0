"""A little town for a journey: the demo shop, Regulars, a mail server and shoppers, each at an address of its own.

Everything between them goes over real sockets: signed webhooks, forms, links and SMTP.
"""

import html
import lzma
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import requests
from aiosmtpd.controller import Controller
from sqlalchemy import text

from app.cli.demo import begin_campaign
from app.demo import messages, outbox
from app.demo.catalogue import prepare
from app.demo.database import connect
from app.demo.sender import Sender
from app.demo.settings import DemoSettings
from app.demo.web import create_app as open_shop
from app.ingest import inbox
from app.jobs.campaigns import plan_campaigns
from app.jobs.deliveries import drain_deliveries
from app.jobs.messages import send_messages
from app.models import Message, Shop
from app.settings import Settings
from app.shops.secrets import WEBHOOK, add_secret
from app.web import create_app
from app.wiring import Wiring, wire
from tests.conftest import add_shop
from tests.journeys.processes import wait_until
from tests.serving import serving

SECRET = "a-secret-of-the-demo-shop"
TITLES = ("RED TEACUP", "BLUE TEACUP", "TEAPOT", "CAKE STAND", "TEA TOWEL", "WHITE LANTERN", "LUNCH BAG", "BISCUIT TIN")
HISTORY = ["order_id,ordered_at,order_state,customer_id,country,item_id,item_title,item_state,quantity,unit_price"] + [
    f"{order},2011-0{1 + order % 9}-02 09:00,,{17850 + order % 3},United Kingdom,T{item},{title},,6,{item + 1}.50"
    for order in range(1, 31)
    for item, title in enumerate(TITLES)
    if (order + item) % 3
]

AGEING = {
    "carts": ("version_at", "first_heard_at"),
    "messages": ("due_at", "cart_version_at", "sending_at"),
    "campaigns": ("on_since",),
}


class Mailbox:
    """A mail server that keeps what it takes."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 kept"

    def of(self, address: str) -> list[EmailMessage]:
        return [letter for letter in self.letters if letter["To"].addresses[0].addr_spec == address]


class Shopper:
    """Somebody with a browser of their own, without scripts."""

    def __init__(self, shop_url: str) -> None:
        self.web = requests.Session()
        self.web.trust_env = False
        self.shop_url = shop_url

    def see(self, path: str) -> str:
        answer = self.web.get(self.shop_url + path, timeout=10)
        assert answer.ok, (path, answer.status_code)
        return answer.text

    def send(self, form_on: str, action: str, **fields: str) -> str:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.see(form_on))
        assert token
        answer = self.web.post(self.shop_url + action, data={"csrf_token": token[1], **fields}, timeout=10)
        assert answer.ok, (action, answer.status_code)
        return answer.text

    def leave_cart(self, email: str, cart: Mapping[str, int], **more: str) -> None:
        """Fill a cart, say who it is for at the checkout, and go away. agreed="yes" ticks the box."""
        for item, quantity in cart.items():
            self.send(f"/items/{item}", "/cart/add", item=item, quantity=str(quantity))
        self.send("/checkout", "/checkout/details", email=email, **more)

    def cart(self, page: str) -> dict[str, int]:
        """Return what a page of the cart shows."""
        found = re.findall(r'name="item" value="([^"]+)".*?name="quantity"[^>]*value="(\d+)"', page, re.DOTALL)
        return {item: int(quantity) for item, quantity in found}


class Town:
    """All of it, and the hands of its clocks."""

    def __init__(self, wiring: Wiring, shop: DemoSettings, database: Path, mailbox: Mailbox) -> None:
        self.wiring = wiring
        self.shop_url = shop.base_url
        self.mailbox = mailbox
        self.database = database
        self.shop_id = add_shop(wiring.db, "demo", platform="demo")
        with wiring.db.of_nobody() as session:
            session.get_one(Shop, self.shop_id).origins = [shop.base_url]
        with wiring.db.of_shop(self.shop_id) as session:
            add_secret(session, self.shop_id, WEBHOOK, SECRET.encode(), secret_key=wiring.settings.secret_key)
        begin_campaign(wiring, self.shop_id)

    def shopper(self) -> Shopper:
        return Shopper(self.shop_url)

    def hear(self) -> None:
        """Wait until the shop has told everything and Regulars has written it down."""
        self.wait_for_post()
        with self.wiring.db.of_shop(self.shop_id) as session:
            assert inbox.has_waiting(session, self.shop_id)
        drain_deliveries(self.shop_id, wiring=self.wiring)

    def wait_for_post(self) -> None:
        db = connect(self.database)
        wait_until(lambda: not outbox.counts(db)["waiting"], 20)
        db.close()

    def let_pass(self, time: str) -> None:
        """Make all that Regulars knows older, as if time had passed."""
        for table, columns in AGEING.items():
            older = ", ".join(f"{name} = {name} - CAST(:time AS interval)" for name in columns)
            with self.wiring.db.of_shop(self.shop_id) as session:
                session.execute(text(f"UPDATE {table} SET {older}"), {"time": time})

    def plan(self) -> None:
        plan_campaigns(self.shop_id, wiring=self.wiring)

    def post(self) -> None:
        send_messages(self.shop_id, wiring=self.wiring)

    def decisions(self) -> dict[str, tuple[str, str]]:
        """Return what was decided last about whom, and why."""
        with self.wiring.db.of_shop(self.shop_id) as session:
            return {row.email: (row.state, row.reason) for row in session.query(Message).order_by(Message.id)}


def parts(letter: EmailMessage) -> tuple[str, str]:
    """Return a letter's plain text and its HTML, entities resolved."""
    plain, rich = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain
    assert rich
    return plain.get_content(), html.unescape(rich.get_content())


def link(letter: EmailMessage, path: str) -> str:
    """Return the one link in a letter that begins with this path."""
    found = set(re.findall(rf"https?://[^\s\"<>]+/{path}/demo/[\w-]+", parts(letter)[0]))
    assert len(found) == 1, found
    return found.pop()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def open_town(settings: Settings, folder: Path) -> Iterator[Town]:
    """Open everything, with the shop's catalogue told already."""
    regulars_port, mailbox = free_port(), Mailbox()
    mail = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    mail.start()
    url = f"http://127.0.0.1:{regulars_port}"
    more = {"smtp_url": f"smtp://127.0.0.1:{mail.port}?starttls=no&caught=yes", "public_url": url}
    wiring = wire(settings.model_copy(update=more), pool_size=8)
    history = folder / "history.csv.xz"
    history.write_bytes(lzma.compress("\n".join(HISTORY).encode()))
    shop = DemoSettings(
        data=folder / "shop", regulars_url=url, webhook_secret=SECRET, history=history, port=free_port()
    )
    shop.data.mkdir()
    database = prepare(shop.data, shop.history)
    sender = Sender(shop, database)
    town = Town(wiring, shop, database, mailbox)
    db = connect(database)
    db.execute("UPDATE items SET stock = 50")
    messages.tell_catalogue(db, shop)
    db.close()
    with serving(create_app(wiring=wiring), regulars_port), serving(open_shop(shop, database, sender.ring), shop.port):
        sender.start()
        try:
            town.hear()
            yield town
        finally:
            sender.stop()
            mail.stop()
            wiring.close()
