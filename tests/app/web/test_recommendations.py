"""A placement asks, items answer: live, under the rules, with reasons, and never an error."""

import json
import time
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.jobs.training import run_training
from app.learning.trainings import request_training
from app.models import Impression, ItemRule
from plugins.events import ItemDeleted, StockChanged, VisitorRecognized
from tests.app.cast import ALICE, BOB, buyers, item, order, tell


@pytest.fixture
def shop(wiring, harbour):
    """Harbour Tea with a year of regulars, trained in a second on its simple rules."""
    tell(wiring, harbour, *buyers(12, 30, until=wiring.clock() - timedelta(days=40)))
    with wiring.db.of_shop(harbour) as session:
        training_id = request_training(session, harbour, kind="simple", cause="asked")
    run_training(harbour, training_id, wiring=wiring)
    return harbour


@pytest.fixture
def ask(client, shop):
    def one(placement="home", **more):
        answer = client.get("/v1/recommendations", query_string={"shop": "harbour-tea", "placement": placement, **more})
        assert answer.status_code == 200
        return answer.json

    return one


@pytest.fixture
def report(client):
    def one(*events, visitor=ALICE):
        client.post("/v1/events", data=json.dumps({"shop": "harbour-tea", "visitor": visitor, "events": events}))

    return one


def ids(answer):
    return [one["id"] for one in answer["items"]]


def settle():
    time.sleep(0.6)  # a shelf looks again after half a second


def test_an_answer_is_whole(ask):
    answer = ask(limit=3)

    assert (answer["placement"], answer["source"], len(answer["items"])) == ("home", "ranker", 3)
    assert set(answer["items"][0]) == {"id", "title", "url", "image", "price", "currency", "reason"}
    assert answer["items"][0]["price"] == "4.50"
    assert answer["words"]["why"] == "Why this?"


@pytest.mark.parametrize("placement", ["home", "product", "cart"])
def test_no_item_comes_twice_none_is_in_front_of_them_already_and_each_has_a_reason(ask, placement):
    answer = ask(placement, item=["green1", "green2"], limit=24)

    assert len(ids(answer)) == len(set(ids(answer)))
    assert all(one["reason"] for one in answer["items"])
    if placement != "home":
        assert not {"green1", "green2"} & set(ids(answer))


def test_what_goes_together_stands_next_to_a_product_with_its_reason(ask):
    answer = ask("product", item="green3", limit=3)

    assert all(one["id"].startswith("green") for one in answer["items"])
    assert answer["items"][0]["reason"] == "Often bought with green number 3"


def test_reasons_come_in_the_shoppers_language(ask):
    assert ask("product", item="green3", locale="de-AT")["items"][0]["reason"] == "Oft gekauft mit green number 3"
    assert ask(locale="de")["words"]["why"] == "Warum das?"
    assert ask(locale="fi")["words"]["why"] == "Why this?"


def test_a_sold_out_item_leaves_the_shelf_within_a_second_and_comes_back(ask, wiring, shop):
    first = ids(ask("product", item="green3"))[0]

    tell(wiring, shop, StockChanged(external_id=first, version_at=wiring.clock(), is_in_stock=False))
    settle()
    assert first not in ids(ask("product", item="green3", limit=24))

    tell(wiring, shop, StockChanged(external_id=first, version_at=wiring.clock(), is_in_stock=True))
    settle()
    assert ids(ask("product", item="green3"))[0] == first


def test_an_item_reported_gone_is_hidden_until_something_newer_is_heard_of_it(ask, wiring, shop):
    tell(wiring, shop, ItemDeleted(external_id="green4"), heard_at=wiring.clock())
    settle()
    assert "green4" not in ids(ask("product", item="green3", limit=24))

    tell(wiring, shop, item("green4", at=wiring.clock() + timedelta(seconds=1)))
    settle()
    assert "green4" in ids(ask("product", item="green3", limit=24))


def test_the_live_session_moves_the_shelf_within_a_second_for_who_agreed(ask, report):
    before = ids(ask(visitor=ALICE))
    report({"type": "consent_given"}, *({"type": "item_viewed", "item": f"black{n}"} for n in (1, 2, 5, 1)))

    after = ids(ask(visitor=ALICE))

    assert after != before
    assert sum(one.startswith("black") for one in after) > sum(one.startswith("black") for one in before)
    assert ids(ask(visitor=BOB)) == ids(ask()) == before


def test_a_signed_sign_in_brings_what_one_buys_and_a_no_takes_it_away(ask, report, wiring, shop):
    report({"type": "consent_given"})
    recognized = VisitorRecognized(visitor_id=ALICE, customer_external_id="customer1", version_at=wiring.clock())
    tell(wiring, shop, recognized)

    known = ask(visitor=ALICE, limit=5)
    assert all(one["id"].startswith("black") for one in known["items"])
    assert "before" in known["items"][0]["reason"] or "times" in known["items"][0]["reason"]

    report({"type": "consent_withdrawn"})
    assert ids(ask(visitor=ALICE)) == ids(ask())


def test_who_was_recognized_before_saying_yes_is_known_as_soon_as_they_do(ask, report, wiring, shop):
    tell(wiring, shop, VisitorRecognized(visitor_id=ALICE, customer_external_id="customer1", version_at=wiring.clock()))
    assert ids(ask(visitor=ALICE)) == ids(ask())

    report({"type": "consent_given"})

    assert all(one["id"].startswith("black") for one in ask(visitor=ALICE, limit=5)["items"])


def test_what_was_just_bought_is_not_shown(ask, report, wiring, shop):
    report({"type": "consent_given"})
    bought = ids(ask(visitor=ALICE))[0]
    tell(wiring, shop, order("now", bought, "newcomer", at=wiring.clock(), visitor_id=ALICE))

    assert bought not in ids(ask(visitor=ALICE, limit=24))


def test_what_was_dismissed_is_not_shown_to_them_again(ask, report):
    report({"type": "consent_given"})
    unwanted = ids(ask(visitor=ALICE))[0]
    report({"type": "item_dismissed", "item": unwanted})

    assert unwanted not in ids(ask(visitor=ALICE, limit=24))
    assert unwanted in ids(ask(limit=24))


def test_pinned_items_come_first_and_hidden_ones_not_at_all(ask, wiring, shop):
    shelf = wiring.shelves.of(shop)
    with wiring.db.of_shop(shop) as session:
        session.add(ItemRule(shop_id=shop, item_id=shelf.id_of("black7"), kind="pin", placement="product"))
        session.add(ItemRule(shop_id=shop, item_id=shelf.id_of("green4"), kind="hide"))
    settle()

    answer = ask("product", item="green3", limit=24)

    assert (answer["items"][0]["id"], answer["items"][0]["reason"]) == ("black7", "Picked by the shop")
    assert "green4" not in ids(answer)
    assert ids(ask())[0] != "black7"


def test_a_page_asks_once_and_shows_no_item_twice(client, shop):
    answers = client.get(
        "/v1/page?shop=harbour-tea&placement=product&placement=home&placement=cart&item=green3&limit=4"
    ).json["answers"]

    assert [one["placement"] for one in answers] == ["product", "home", "cart"]
    every = [item_id for answer in answers for item_id in ids(answer)]
    assert len(every) == len(set(every)) == 12


def test_a_shop_without_orders_shows_its_newest_items(client, wiring, harbour):
    tell(wiring, harbour, item("1"), item("2"))

    answer = client.get("/v1/recommendations?shop=harbour-tea&placement=home").json

    assert answer["source"] == "fallback"
    assert {one["reason"] for one in answer["items"]} == {"New in the shop"}


def test_an_empty_shop_gets_an_empty_answer(client, harbour):
    answer = client.get("/v1/recommendations?shop=harbour-tea&placement=cart&item=x").json

    assert (answer["source"], answer["items"]) == ("empty", [])


@pytest.mark.parametrize(
    "query", ["limit=x", "limit=-3", "limit=99999", "item=nobody", "item=%00", "visitor=zz", "locale=%F0"]
)
def test_odd_wishes_are_answered_all_the_same(client, shop, query):
    answer = client.get(f"/v1/recommendations?shop=harbour-tea&placement=product&{query}")

    assert answer.status_code == 200
    assert 1 <= len(answer.json["items"]) <= 24


def test_an_unknown_shop_or_placement_is_a_problem_in_words(client, harbour):
    assert client.get("/v1/recommendations?shop=nobody&placement=home").status_code == 404
    answer = client.get("/v1/recommendations?shop=harbour-tea&placement=roof")
    assert (answer.status_code, "home, product, cart" in answer.json["detail"]) == (400, True)


def test_eve_sees_only_her_own_shop(client, wiring, shop, linden):
    tell(wiring, linden, item("theirs"))

    theirs = client.get("/v1/recommendations?shop=linden-loom&placement=product&item=green3&limit=24").json

    assert ids(theirs) == ["theirs"]
    assert "theirs" not in ids(client.get("/v1/recommendations?shop=harbour-tea&placement=home&limit=24").json)


def test_titles_with_markup_come_as_plain_text_in_json(client, wiring, harbour):
    tell(wiring, harbour, item("1", "</script><img src=x onerror=alert(1)>"))

    answer = client.get("/v1/recommendations?shop=harbour-tea&placement=home")

    assert answer.mimetype == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_damaged_artifact_does_no_harm(ask, wiring, shop, client):
    with wiring.db.of_shop(shop) as session:
        name = session.execute(text("UPDATE ranker_versions SET artifact = 'broken' RETURNING artifact")).scalar()
    wiring.artifacts.path(shop, name).write_bytes(b"not an artifact")
    wiring.shelves._shelves.clear()  # as after a restart

    assert ask()["source"] == "fallback"


def test_shoppers_are_served_from_memory_while_the_database_is_away(ask, wiring, shop, monkeypatch):
    wanted = ids(ask())

    def away(*_args, **_more):
        raise OperationalError("away", None, Exception())

    monkeypatch.setattr(wiring.db, "of_shop", away)
    monkeypatch.setattr(wiring.db, "at_once", away)
    settle()

    assert ids(ask(visitor=ALICE)) == wanted


def test_only_who_agreed_is_named_in_what_was_shown(ask, report, wiring, shop):
    ask(visitor=BOB)
    report({"type": "consent_given"})
    ask(visitor=ALICE)
    wiring.shelves.impressions.close()

    with wiring.db.of_shop(shop) as session:
        named = [row.visitor_key is not None for row in session.query(Impression).order_by(Impression.shown_at)]
    assert sorted(named) == [False, True]
