"""The circle: a cart left alone becomes one e-mail, never after the purchase, never twice; who asks is forgotten."""

import re

import pytest
import requests
from sqlalchemy import select, text

from app import consent
from app.db import make_engine
from app.jobs.cleaning import finish_wishes
from app.jobs.forgetting import fulfil_wish
from app.models import Erasure, MailLink, Message, MessageState
from tests.journeys.corner import link, open_town, parts

ADA, GRACE, BOB = "ada@example.com", "grace@example.com", "bob@example.com"
CART = {"T0": 2, "T3": 1}
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def town(settings, wiring, tmp_path):
    with open_town(settings, tmp_path) as town:
        yield town


def test_one_mail_arrives_with_the_cart_three_reasoned_recommendations_and_the_way_out(town):
    town.shopper().leave_cart(ADA, CART, agreed="yes")
    town.hear()
    town.plan()
    assert town.decisions() == {}  # a quarter of an hour has not passed

    town.let_pass("16 minutes")
    for _ in range(3):
        town.plan()
        town.post()

    (letter,) = town.mailbox.letters
    plain, rich = parts(letter)
    assert letter["To"].addresses[0].addr_spec == ADA
    assert letter["From"].addresses[0].addr_spec.endswith("@example.com")
    assert "\n" not in letter["Subject"]
    for said in (plain, rich):
        assert "Red teacup" in said
        assert "Cake stand" in said
        assert "£7.50" in said  # 2 x 1.50 + 4.50
    recommended = shown(town)["recommendations"]
    assert len(recommended) == 3
    assert not {one["title"] for one in recommended} & {"Red teacup", "Cake stand"}
    for one in recommended:
        assert one["reason"]
        assert one["title"] in plain
        assert one["title"] in rich
        assert one["reason"] in rich
    assert re.search(r'<html[^>]* lang="en', rich)
    assert town.wiring.settings.base_url in letter["List-Unsubscribe"]
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter["Message-ID"]
    assert town.decisions() == {ADA: (MessageState.SENT, "accepted")}


def shown(town):
    with town.wiring.db.of_shop(town.shop_id) as session:
        return session.scalar(select(Message.content))


def test_its_link_fills_exactly_that_cart_on_another_device_and_signs_nobody_in(town):
    letter = write_to_ada(town)

    other = town.shopper()
    arrived = other.web.get(link(letter, "r"), timeout=10)

    assert arrived.url == f"{town.shop_url}/cart"
    assert other.cart(arrived.text) == CART
    assert "Sign in" in arrived.text
    assert ADA not in other.see("/checkout").replace("such as ada@example.com", "")


def write_to_ada(town):
    town.shopper().leave_cart(ADA, CART, agreed="yes")
    town.hear()
    town.let_pass("1 hour")
    town.plan()
    town.post()
    (letter,) = town.mailbox.of(ADA)
    return letter


def test_a_scanner_that_opens_every_link_changes_nothing(town):
    shopper = town.shopper()
    shopper.leave_cart(ADA, CART, agreed="yes")
    town.hear()
    town.let_pass("1 hour")
    town.plan()
    town.post()
    (letter,) = town.mailbox.letters

    addresses = set(re.findall(r"http://127\.0\.0\.1:[^\s\"'<>]+", parts(letter)[0] + parts(letter)[1]))
    assert len(addresses) >= 7  # of things, of the shop, and the three that are only theirs
    for found in addresses:
        for method in ("GET", "HEAD"):
            assert requests.request(method, found, timeout=10).status_code < 500, found

    town.wait_for_post()
    with town.wiring.db.of_shop(town.shop_id) as session:
        assert consent.may_mail(session, town.shop_id, ADA).is_allowed
        assert session.query(Erasure).count() == 0
    assert shopper.cart(shopper.see("/cart")) == CART


def test_one_click_and_never_again(town):
    letter = write_to_ada(town)
    way_out = letter["List-Unsubscribe"].strip("<> \r\n").split(">")[0]

    assert requests.post(way_out, data=ONE_CLICK, timeout=10).status_code == 200
    town.shopper().leave_cart(ADA, {"T5": 1})
    town.hear()
    town.let_pass("30 hours")
    for _ in range(2):
        town.plan()
        town.post()

    assert len(town.mailbox.letters) == 1
    assert town.decisions()[ADA] == (MessageState.SKIPPED, "suppressed")
    with town.wiring.db.of_shop(town.shop_id) as session:
        assert not consent.may_mail(session, town.shop_id, ADA).is_allowed


@pytest.mark.parametrize("is_unsubscribed", [True, False])
def test_an_unsubscribe_after_the_plan_stops_what_was_planned(town, is_unsubscribed):
    letter = write_to_ada(town)
    town.let_pass("30 hours")
    town.shopper().leave_cart(ADA, {"T5": 1}, agreed="yes")
    town.hear()
    town.let_pass("1 hour")
    town.plan()
    assert town.decisions()[ADA][0] == MessageState.PLANNED

    if is_unsubscribed:
        requests.post(link(letter, "u"), data=ONE_CLICK, timeout=10)
    town.post()

    assert len(town.mailbox.letters) == (1 if is_unsubscribed else 2)


def test_a_purchase_one_second_before_the_hand_off_stops_the_message(town):
    grace = town.shopper()
    grace.leave_cart(GRACE, CART, agreed="yes")
    town.hear()
    town.let_pass("1 hour")
    town.plan()
    assert town.decisions()[GRACE][0] == MessageState.PLANNED

    assert "Your order is" in grace.send("/checkout", "/checkout", email=GRACE, agreed="yes")
    town.wait_for_post()
    town.post()  # the news is here, but nobody has read it
    assert town.mailbox.letters == []
    assert town.decisions()[GRACE][0] == MessageState.PLANNED

    town.hear()
    town.let_pass("10 seconds")
    town.post()
    assert town.mailbox.letters == []
    assert town.decisions()[GRACE] == (MessageState.SKIPPED, "ordered")


def test_an_order_under_another_address_but_the_same_phone_stops_it_too(town):
    first, second = town.shopper(), town.shopper()
    first.leave_cart(GRACE, CART, agreed="yes", phone="+44 20 7946 0018")
    town.hear()
    town.let_pass("1 hour")
    town.plan()
    second.leave_cart("g.hopper@example.com", {"T1": 1}, phone="020 7946 0018")
    second.send("/checkout", "/checkout", email="g.hopper@example.com", phone="+44 (0)20 7946 0018")
    town.hear()
    town.post()

    assert town.mailbox.letters == []
    assert town.decisions()[GRACE] == (MessageState.SKIPPED, "ordered")


def test_who_never_agreed_gets_nothing(town):
    town.shopper().leave_cart(BOB, CART)
    town.hear()
    town.let_pass("1 hour")
    town.plan()
    town.post()

    assert town.mailbox.letters == []
    assert town.decisions() == {BOB: (MessageState.SKIPPED, "never_asked")}


def test_who_takes_the_tick_out_again_gets_nothing(town):
    bob = town.shopper()
    bob.leave_cart(BOB, CART, agreed="yes")
    bob.send("/checkout", "/checkout/details", email=BOB)
    town.hear()
    town.let_pass("1 hour")
    town.plan()
    town.post()

    assert town.mailbox.letters == []
    assert town.decisions() == {BOB: (MessageState.SKIPPED, "withdrawn")}


def test_a_cart_left_an_hour_ago_at_the_office_is_written_about_at_once(town):
    shopper = town.shopper()
    shopper.leave_cart(ADA, CART, agreed="yes")
    shopper.send("/office", "/office/leave-earlier")
    town.hear()
    town.plan()
    town.post()

    (letter,) = town.mailbox.letters
    arrived = shopper.web.get(link(letter, "r"), timeout=10)
    assert shopper.cart(arrived.text) == CART


def test_who_asks_to_be_forgotten_is_gone_and_stays_gone(town):
    grace = town.shopper()
    grace.leave_cart(GRACE, {"T5": 1}, agreed="yes")
    letter = write_to_ada(town)
    ada = town.shopper()
    ada.leave_cart(ADA, {"T6": 1})
    town.hear()

    erase(town, link(letter, "you"), ADA)

    assert tables_that_name(town, ADA) == []
    assert "carts" in tables_that_name(town, GRACE)

    ada.send("/items/T7", "/cart/add", item="T7")  # the shop goes on telling
    town.hear()
    assert tables_that_name(town, ADA) == []
    for purpose in ("r", "you"):
        assert requests.get(link(letter, purpose), timeout=10).status_code != 500
    assert requests.post(link(letter, "u"), data=ONE_CLICK, timeout=10).status_code < 500
    town.let_pass("30 hours")
    town.plan()
    town.post()
    assert len(town.mailbox.of(ADA)) == 1


def erase(town, page, email):
    """Ask for it on the shopper's own page, and let the workers do it."""
    web = requests.Session()
    form = web.get(f"{page}/erase", timeout=10).text
    token = re.search(r'name="form_token" value="([^"]+)"', form)
    assert web.post(f"{page}/erase", data={"form_token": token[1], "email": email}, timeout=10).ok
    with town.wiring.db.of_shop(town.shop_id) as session:
        (wish,) = session.scalars(select(Erasure.id)).all()
    fulfil_wish(town.shop_id, wish, wiring=town.wiring)
    finish_wishes(town.shop_id, wiring=town.wiring)


def tables_that_name(town, word):
    """Return the tables in which any row holds a word, asked as the owner, whom no policy hides a row from."""
    engine = make_engine(town.wiring.settings.database_url)
    with engine.connect() as connection:
        names = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
        found = [
            name
            for name in sorted(names)
            if connection.execute(
                text(f"SELECT 1 FROM {name} AS row WHERE row::text LIKE :word OR row::text LIKE :hex LIMIT 1"),
                {"word": f"%{word}%", "hex": f"%{word.encode().hex()}%"},
            ).first()
        ]
    engine.dispose()
    return found


def test_a_customer_forgotten_through_the_shop_is_gone_too(town):
    customer = town.shopper()
    customer.send("/you", "/you/sign-in", customer="17850")
    customer.leave_cart("", CART, agreed="yes")
    town.hear()
    assert "carts" in tables_that_name(town, "customer-17850@example.com")

    customer.send("/office", "/office/redaction")
    town.hear()
    with town.wiring.db.of_shop(town.shop_id) as session:
        wish = session.scalar(select(Erasure.id))
    fulfil_wish(town.shop_id, wish, wiring=town.wiring)
    finish_wishes(town.shop_id, wiring=town.wiring)

    assert tables_that_name(town, "customer-17850@example.com") == []
    with town.wiring.db.of_shop(town.shop_id) as session:
        assert session.query(MailLink).count() == 0
