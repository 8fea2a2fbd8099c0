"""The catalogue is what the history says, in a shop's words."""

import lzma

from app.demo import items
from app.demo.catalogue import prepare
from app.demo.database import connect
from app.demo.pictures import draw
from app.demo.shelves import shelf_of
from app.demo.titles import readable


def test_an_item_has_its_newest_title_and_price_and_counts_its_orders(shelf_db):
    found = items.find(shelf_db, "85123A")

    assert found.title == "Cream hanging heart T-light holder"
    assert (found.price_minor, found.orders, found.shelf) == (295, 2, "lights")


def test_what_is_hidden_free_or_no_good_is_not_for_sale(shelf_db):
    assert [items.find(shelf_db, item) for item in ("POST", "22423", "22016")] == [None, None, None]


def test_a_second_start_reuses_the_file_and_another_history_makes_a_new_one(demo_settings, shelf_db, capsys):
    shelf_db.execute("UPDATE items SET stock = 777 WHERE id = '85123A'")
    prepare(demo_settings.data, demo_settings.history)
    assert items.find(shelf_db, "85123A").stock == 777
    assert capsys.readouterr().out == ""

    text = lzma.decompress(demo_settings.history.read_bytes()).decode().replace("2.95", "3.95")
    demo_settings.history.write_bytes(lzma.compress(text.encode()))
    connection = connect(prepare(demo_settings.data, demo_settings.history))

    found = items.find(connection, "85123A")
    connection.close()
    assert (found.price_minor, found.stock == 777) == (395, False)
    assert "has 3 items" in capsys.readouterr().out


def test_a_customer_is_known_by_orders_and_what_they_bought(shelf_db):
    known = items.customer(shelf_db, "17850")

    assert known.orders == 2
    assert set(known.favourites) == {"85123A", "71053", "20725"}


def test_titles_read_like_a_shop_wrote_them():
    assert readable("SET/6 FRUIT SALAD  PAPER PLATES") == "Set of 6 fruit salad paper plates"
    assert readable("CHARLIE+LOLA RED HOT WATER BOTTLE ") == "Charlie & Lola red hot water bottle"
    assert readable("LUNCH BAG  BLACK SKULL.") == "Lunch bag black skull"
    assert readable("RUSTIC  SEVENTEEN DRAWER SIDEBOARD, 25CM") == "Rustic seventeen drawer sideboard, 25 cm"


def test_shelves_follow_the_strongest_word():
    shelves = ("Christmas T-light", "Lunch bag", "Set of 10 cards robin", "Number tile garden 4", "Thing")
    assert [shelf_of(title).slug for title in shelves] == ["christmas", "bags", "cards", "walls", "odds"]


def test_a_picture_is_always_the_same_and_holds_no_markup_of_a_title():
    title = 'Heart <script>alert("x")</script>'

    assert draw("1", title, "odds") == draw("1", title, "odds")
    assert "<script" not in draw("1", title, "odds")
