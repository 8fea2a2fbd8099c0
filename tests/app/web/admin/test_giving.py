"""What a shop gives one customer: once for each press, held to them, and only where the shop is connected."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.jobs.writing_back import write_back
from app.models import AuditEntry, WriteBack
from plugins.errors import Rejected
from plugins.talking import DiscountMade, TagsChanged
from tests.app.cast import customer, order, tell
from tests.app.jobs.platform import connect, play

HER = "/customers/customer/1"
FORM = {"percent": "15", "days": "30"}


@pytest.fixture
def played(monkeypatch, wiring, harbour):
    tell(wiring, harbour, customer("7"))
    connect(wiring, harbour)
    return play(monkeypatch)


@pytest.fixture
def shopify(monkeypatch, wiring, harbour, played):
    with wiring.db.of_shop(harbour) as session:
        session.execute(text("UPDATE shops SET platform = 'shopify'"))
    return play(monkeypatch, "shopify")


def hidden(browser, name):
    return re.search(f'name="{name}" value="([^"]+)"', browser.get(HER).text).group(1)


def rows(wiring, shop_id, model=WriteBack):
    with wiring.db.of_shop(shop_id) as session:
        return session.scalars(select(model)).all()


def tell_all(wiring, shop_id):
    for row in rows(wiring, shop_id):
        write_back.__wrapped__(wiring, shop_id, row.id)


def test_a_code_reaches_the_platform_once_however_often_it_is_pressed(ed, wiring, harbour, played):
    code = hidden(ed, "code")
    for _ in range(2):
        assert ed.post(f"{HER}/discount", {**FORM, "code": code}, page=HER).status_code == 303
    waiting = ed.get(HER).text
    tell_all(wiring, harbour)

    ((_, change),) = played.written
    assert isinstance(change, DiscountMade)
    assert (change.code, change.percent, change.ends_at - change.starts_at) == (code, 15, timedelta(days=30))
    assert (change.customer_external_id, change.email) == ("7", "7@example.com")
    assert f"The code is {code}. It works, once," in waiting
    assert "waiting for the shop" in waiting
    made = ed.get(HER).text
    assert f"<b>{code}</b>, 15 percent" in made
    assert "waiting for the shop" not in made
    (entry,) = [one for one in rows(wiring, harbour, AuditEntry) if one.action == "discount_asked"]
    assert set(entry.detail) == {"kind", "row", "percent", "days", "write_back"}


def test_a_code_that_was_not_made_says_why(ed, wiring, harbour, played):
    ed.post(f"{HER}/discount", {**FORM, "code": hidden(ed, "code")}, page=HER)
    played.errors = [Rejected("The shop has this code.")]
    tell_all(wiring, harbour)

    assert "not made" in ed.get(HER).text
    assert "The shop has this code." in ed.get(HER).text


@pytest.mark.parametrize(
    "wrong", [{"percent": "0"}, {"percent": "101"}, {"days": "366"}, {"days": "1.5"}, {"days": ""}]
)
def test_bad_numbers_say_what_to_do(ed, wiring, harbour, played, wrong):
    ed.post(f"{HER}/discount", {**FORM, "code": hidden(ed, "code"), **wrong}, page=HER)
    assert "Enter a whole percent from 1 to 100" in ed.get(HER).text
    assert rows(wiring, harbour) == []


def test_woocommerce_has_no_tags_and_a_form_that_is_not_whole_makes_nothing(ed, wiring, harbour, played):
    assert "Tag at Shopify" not in ed.get(HER).text
    assert ed.post(f"{HER}/tag", {"tag": "vip"}, page=HER).status_code == 400
    assert ed.post(f"{HER}/discount", {**FORM, "code": "FREE"}, page=HER).status_code == 400
    assert rows(wiring, harbour) == []


def test_a_tag_reaches_shopify_once(ed, wiring, harbour, shopify):
    told = {"tag": "vip", "press": hidden(ed, "press")}
    for _ in range(2):
        ed.post(f"{HER}/tag", told, page=HER)
    ed.post(f"{HER}/tag", {**told, "tag": "x" * 41}, page=HER)
    assert "Enter one tag" in ed.get(HER).text
    tell_all(wiring, harbour)
    assert [change for _, change in shopify.written] == [TagsChanged(customer_external_id="7", add=("vip",))]


def test_a_guest_at_shopify_gets_no_code_that_anybody_could_use(ed, wiring, harbour, shopify):
    tell(wiring, harbour, order("9", "1", email="gus@example.com"))
    guest = "/customers/order/1"
    assert "Make a code" not in ed.get(guest).text
    assert ed.post(f"{guest}/discount", FORM, page=guest).status_code == 400


@pytest.mark.parametrize("action", ["discount", "tag"])
def test_who_may_only_look_and_the_other_shop_give_nothing(vic, eve, wiring, harbour, played, action):
    assert "Give them something" not in vic.get(HER).text
    assert vic.post(f"{HER}/{action}", FORM, page=HER).status_code == 403
    assert eve.post(f"{HER}/{action}", FORM, page="/customers").status_code == 404
    assert eve.post(f"/admin/harbour-tea{HER}/{action}", FORM, page="/customers").status_code == 404
    assert rows(wiring, harbour) == []


@pytest.mark.parametrize("action", ["discount", "tag"])
def test_a_shop_that_is_not_connected_gives_nothing(ed, wiring, harbour, action):
    tell(wiring, harbour, customer("7"))
    assert "Give them something" not in ed.get(HER).text
    assert ed.post(f"{HER}/{action}", FORM, page=HER).status_code == 400
    assert rows(wiring, harbour) == []
