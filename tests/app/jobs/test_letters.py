"""What goes into a letter: of an account only what goes to the account's own address."""

import pytest

from app.jobs import letters
from app.serving.visit import STRANGER
from tests.app.cast import cart, customer, item, order
from tests.app.stage import ANN


@pytest.mark.parametrize(("to", "is_known"), [(ANN, True), ("mum@example.com", False)])
def test_an_account_lends_its_taste_only_to_its_own_address(stage, to, is_known):
    stage.tell(item("1"), item("2"), customer("ann"), order("o1", "2", "ann"))
    stage.tell(cart("c1", "1", to, customer_external_id="ann"))

    with stage.wiring.db.of_shop(stage.shop_id) as session:
        visit = letters._visit(session, letters.find_cart(session, stage.shop_id, "c1"))

    assert (visit is not STRANGER, len(visit.bought)) == (is_known, int(is_known))
