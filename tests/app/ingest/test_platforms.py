"""A shop's day, told by any platform in any order, any number of times: the same rows, and nothing older wins."""

import random

import pytest

from app.consent import may_mail
from app.ingest.apply import apply_events
from app.ingest.digest import digest
from app.models import Cart, ConsentRecord, Order
from tests.conftest import add_shop
from tests.plugins.talkers import NOW, SHOP, TALKERS


def tell(wiring, shop_id, talker, day):
    for told in day:
        events = talker.platform.parse(talker.delivery(told), SHOP).events
        with wiring.db.of_shop(shop_id) as session:
            apply_events(session, shop_id, [(NOW, fact) for fact in events], wiring.seals)


def rows(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return digest(session)


@pytest.mark.parametrize("name", sorted(TALKERS))
def test_doubled_and_reordered_a_day_ends_in_the_same_rows(wiring, harbour, name):
    talker, chance = TALKERS[name], random.Random(11)
    tell(wiring, harbour, talker, talker.day)
    wanted = rows(wiring, harbour)

    for n in range(6):
        shop = add_shop(wiring.db, f"shop-{n}", platform="demo", currency="EUR")
        tell(wiring, shop, talker, chance.sample(talker.day * 2, k=2 * len(talker.day)))
        assert rows(wiring, shop) == wanted


@pytest.mark.parametrize("name", sorted(TALKERS))
def test_told_backwards_the_purchase_stands_the_cart_is_closed_and_the_no_counts(wiring, harbour, name):
    tell(wiring, harbour, TALKERS[name], reversed(TALKERS[name].day))

    with wiring.db.of_shop(harbour) as session:
        (order,), (cart,) = session.query(Order).all(), session.query(Cart).all()
        assert (order.state, cart.stage) == ("placed", "ordered")
        assert order.cart_external_id == cart.external_id
        assert cart.email == order.email
        assert not session.query(ConsentRecord).count() or not may_mail(session, harbour, cart.email).is_allowed
