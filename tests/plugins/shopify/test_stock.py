"""How many pieces of something lie at one place."""

import pytest

from plugins.events import StockCounted
from tests.plugins.shopify.bodies import LEVEL, parse, refusal

LEVELS = "inventory_levels/update"


def test_a_count_says_of_what_where_how_many_and_when():
    (told,) = parse(LEVELS, LEVEL).events

    assert isinstance(told, StockCounted)
    assert (told.stock_key, told.location, told.quantity) == ("46001", "655441", 4)
    assert told.version_at.isoformat() == "2026-11-20T11:01:00+00:00"


def test_more_sold_than_there_were_is_below_nothing():
    assert parse(LEVELS, {**LEVEL, "available": -3}).events[0].quantity == -3


def test_what_is_not_counted_is_no_count():
    assert "not counted" in parse(LEVELS, {**LEVEL, "available": None}).nothing.reason


@pytest.mark.parametrize("name", [None, "gid://shopify/InventoryLevel/523463"])
def test_a_level_need_not_name_itself(name):
    assert parse(LEVELS, {**LEVEL, "admin_graphql_api_id": name}).events


@pytest.mark.parametrize(
    "name", ["gid://shopify/InventoryItem/46001", "gid://shopify/InventoryLevel/523463?inventory_item_id=46003"]
)
def test_a_level_that_names_something_else_is_refused(name):
    assert "something else" in refusal(LEVELS, {**LEVEL, "admin_graphql_api_id": name})


@pytest.mark.parametrize("fields", [{"available": 10**19}, {"updated_at": None}, {"location_id": None}])
def test_what_cannot_be_a_count_is_refused(fields):
    refusal(LEVELS, {**LEVEL, **fields})
