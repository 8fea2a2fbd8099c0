"""The control group: the same people every time, and kept back only when all else would let them be written to."""

from app.campaigns.campaigns import find_campaign
from app.campaigns.control import is_control
from app.models import Message
from tests.app.cast import MONDAY
from tests.app.stage import ANN, HOUR, set_campaign

PEOPLE = [f"p{number}@example.com" for number in range(2000)]


def group(seals, percent, *, shop=1, campaign=1):
    return {one for one in PEOPLE if is_control(seals, shop, campaign, one, percent)}


def test_it_holds_about_as_many_as_asked_for_and_a_larger_one_keeps_the_smaller(wiring):
    ten, twenty = group(wiring.seals, 10), group(wiring.seals, 20)

    assert 150 < len(ten) < 250
    assert ten < twenty
    assert group(wiring.seals, 0) == set()


def test_another_campaign_and_another_shop_choose_others(wiring):
    ten = group(wiring.seals, 10)

    assert group(wiring.seals, 10) == ten
    assert len(ten & group(wiring.seals, 10, campaign=2)) < len(ten) / 2
    assert len(ten & group(wiring.seals, 10, shop=2)) < len(ten) / 2


def test_who_is_in_it_is_not_written_to_and_stands_there_with_the_reason(stage):
    set_campaign(stage.wiring, stage.shop_id, control_percent=100)
    stage.subscribe()
    stage.leave()

    message = stage.run()

    assert (message.state, message.reason) == ("skipped", "control_group")
    assert stage.box.letters == []


def test_every_other_reason_counts_first_so_both_sides_are_alike(stage):
    set_campaign(stage.wiring, stage.shop_id, control_percent=100)
    stage.leave()

    assert stage.run().reason == "never_asked"


def test_who_is_left_alone_stands_there_under_the_names_a_letter_would_have_had(stage):
    set_campaign(stage.wiring, stage.shop_id, control_percent=100)
    stage.subscribe()
    stage.leave()
    stage.plan()
    stage.leave(at=MONDAY + HOUR / 4, customer_external_id="k1")

    stage.send()

    message = stage.only()
    assert (message.reason, message.email, message.customer_external_id) == ("control_group", ANN, "k1")


def test_a_test_letter_goes_to_whoever_is_in_it_too(stage):
    set_campaign(stage.wiring, stage.shop_id, control_percent=100)
    stage.leave()
    with stage.wiring.db.of_shop(stage.shop_id) as session:
        whose = find_campaign(session, stage.shop_id).id
        told = {"campaign_id": whose, "email": ANN, "cart_external_id": "c1", "is_test": True, "is_control": True}
        session.add(Message(shop_id=stage.shop_id, cart_version_at=MONDAY, due_at=MONDAY, **told))

    stage.send()

    assert stage.box.to == [ANN]
