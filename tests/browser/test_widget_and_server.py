"""widget.js and the real server, two origins, one Chromium: the script asks, the server answers, rows remain."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.models import BrowsingEvent, Item, Visitor
from app.models import Shop as ShopRow
from app.web import create_app
from app.wiring import Wiring
from tests.browser.conftest import Noise
from tests.browser.storefront import Regulars, Shop, open_shop
from tests.serving import serving

pytestmark = pytest.mark.browser

BODY = """<regulars-recommendations placement="product" item="mug-0" limit="3"></regulars-recommendations>
<regulars-recommendations placement="home" limit="3"></regulars-recommendations>"""


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as shop:
        yield shop


@pytest.fixture
def server(wiring: Wiring) -> Iterator[Regulars]:
    """The server itself, on a port of its own; only its address is used."""
    with serving(create_app(wiring=wiring)) as base:
        yield Regulars(origin=base)


@pytest.fixture
def shop_id(wiring: Wiring, shop: Shop) -> int:
    """A shop with eight mugs, open at the address of the stand-in storefront."""
    with wiring.db.of_nobody() as session:
        row = ShopRow(
            slug="demo", public_key="demo", name="Demo", platform="demo", currency="GBP", origins=[shop.origin]
        )
        session.add(row)
        session.flush()
        shop_id = row.id
    with wiring.db.of_shop(shop_id) as session:
        session.add_all(mug(shop_id, number, shop.origin) for number in range(8))
    return shop_id


def mug(shop_id: int, number: int, origin: str) -> Item:
    now = datetime.now(UTC)
    return Item(
        shop_id=shop_id,
        external_id=f"mug-{number}",
        title=f"Mug <b>{number}</b>",
        url=f"{origin}/products/mug-{number}",
        price_minor=250 + number,
        currency="GBP",
        state="on_sale",
        version_at=now,
        version_digest=bytes(16),
        stock_version_at=now,
        stock_version_digest=bytes(16),
    )


def wait_for_rows(wiring: Wiring, shop_id: int, row: type, count: int) -> list:
    ends = time.monotonic() + 10
    while True:
        with wiring.db.of_shop(shop_id) as session:
            rows = list(session.scalars(select(row)))
        if len(rows) >= count or time.monotonic() > ends:
            return rows
        time.sleep(0.05)


def test_the_script_and_the_server_understand_each_other(
    page: Page, shop: Shop, server: Regulars, shop_id: int, wiring: Wiring, noise: Noise
):
    page.goto(shop.open(server, BODY))
    expect(page.get_by_role("listitem")).to_have_count(6)
    titles = page.locator(".regulars-title").all_inner_texts()
    page.get_by_role("button", name="Why this?").first.click()

    assert len(set(titles)) == 6
    assert "Mug <b>0</b>" not in titles[:3]
    assert page.locator(".regulars-reason").first.inner_text() != ""

    page.evaluate("regulars.consent(true); regulars.viewed('mug-7'); regulars.addedToCart('mug-6')")
    page.get_by_role("button", name="Not for me").first.click()
    events = wait_for_rows(wiring, shop_id, BrowsingEvent, 3)

    assert sorted(event.kind for event in events) == ["cart_added", "item_dismissed", "item_viewed"]
    assert len(wait_for_rows(wiring, shop_id, Visitor, 1)) == 1
    assert noise.words == []

    page.evaluate("regulars.forget()")
    ends = time.monotonic() + 10
    while wait_for_rows(wiring, shop_id, BrowsingEvent, 0) and time.monotonic() < ends:
        time.sleep(0.05)
    assert wait_for_rows(wiring, shop_id, BrowsingEvent, 0) == []
    assert noise.words == []
