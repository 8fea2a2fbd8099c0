"""Every page: empty it helps, full it shows, hostile words stay words, and it asks the database only a few times."""

import pytest
from sqlalchemy import event

from app.models import Delivery
from tests.app.web.admin.full import EVIL, fill

PAGES = (
    "/",
    "/recommendations",
    "/recommendations?placement=product",
    "/recommendations?placement=product&item=assam",
    "/recommendations?placement=cart&item=nothing&customer=nobody",
    "/recommendations?customer=alice&limit=24",
    "/customers",
    "/customers?q=alice&sort=name&page=3",
    "/segments",
    "/segments/new",
    "/pins",
    "/pins?q=assam&kind=pin&sort=title",
    "/messages",
    "/messages?state=deferred&reason=quiet_hours&sort=-email",
    "/campaigns/abandoned-cart",
    "/campaigns/abandoned-cart/turn-on",
    "/sender",
    "/caught-mail",
    "/privacy",
    "/trainings",
    "/predictions",
    "/trainings?state=done&sort=-duration",
    "/imports",
    "/imports?sort=rows_read",
    "/connection",
    "/connection?address=https://shop.example/%00%3Cscript%3E",
    "/deliveries",
    "/deliveries?state=quarantined&sort=topic&page=9",
    "/settings",
    "/people",
    "/history",
)
MOST_STATEMENTS = 22  # of the overview, which is the page that asks the most


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_an_empty_shop_helps(olive, page):
    answer = olive.get(page)

    assert answer.status_code == 200, answer.text
    assert '<main id="content"' in answer.text
    assert 'class="answer"' in answer.text


def test_every_page_of_a_full_shop_shows_it_and_escapes_it(olive, wiring, harbour):
    ids = fill(wiring, harbour)
    ones = [
        f"/imports/{ids['import_id']}",
        f"/deliveries/{ids['delivery_id']}",
        f"/trainings/{ids['training_id']}",
        "/customers/customer/1",
        f"/segments/{ids['segment_id']}",
        f"/segments/{ids['segment_id']}?sort=-spent&page=2",
    ]
    ones += [f"/messages/{ids['message_id'] - n}" for n in range(8)]

    for page in [*PAGES, *ones]:
        answer = olive.get(page)
        assert answer.status_code == 200, (page, answer.text)
        assert EVIL not in answer.text, page


def test_what_is_hostile_is_shown_as_it_is(olive, wiring, harbour):
    ids = fill(wiring, harbour)

    assert "&lt;script&gt;" in olive.get(f"/deliveries/{ids['delivery_id']}").text
    assert "Assam &lt;script&gt;" in olive.get("/recommendations").text
    assert "No header &lt;script&gt;" in olive.get("/").text


def test_a_page_asks_the_database_only_a_few_times(olive, wiring, harbour):
    fill(wiring, harbour)
    olive.get("/recommendations")  # the shelf is in memory afterwards
    statements = []
    event.listen(wiring.db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    for page in PAGES:
        statements.clear()
        olive.get(page)
        assert len(statements) <= MOST_STATEMENTS, (page, statements)


def test_the_answer_names_what_is_wrong(olive, wiring, harbour):
    fill(wiring, harbour)
    page = olive.get("/").text

    assert "One delivery could not be read." in page
    assert "The import of broken.csv failed." in page
    assert "7 without consent" in page


def test_titles_stand_before_the_shops_name(olive):
    assert "<title>Overview · Harbour Tea · Regulars</title>" in olive.get("/").text.replace("\n", "")


@pytest.mark.parametrize("sort", ["nonsense", "-nonsense", "", "id; DROP TABLE", "--created_at"])
def test_an_order_nobody_knows_is_left_out(olive, sort):
    assert olive.get("/imports", query_string={"sort": sort, "page": "-3"}).status_code == 200


@pytest.mark.parametrize("page", ["0", "-1", "9" * 30, "x", "²"])
def test_a_page_number_that_makes_no_sense_is_the_first(olive, page):
    assert olive.get("/deliveries", query_string={"page": page}).status_code == 200


@pytest.mark.parametrize("path", ["/imports/", "/deliveries/", "/trainings/"])
def test_a_number_that_no_row_can_have_is_not_there(olive, path):
    for number in ("0", "7", "9" * 30, "-1", "x"):
        assert olive.get(path + number).status_code == 404


def test_null_letters_reach_no_query(olive):
    for page in (
        "/recommendations?customer=%00&item=%00",
        "/pins?q=%00",
        "/deliveries?topic=%00",
        "/history?action=%00",
    ):
        assert olive.get(page).status_code == 200


def test_a_list_keeps_its_order_and_filter_while_turning_pages(olive, wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        for n in range(120):
            one = {"platform": "demo", "topic": "t", "idempotency_key": str(n), "headers": {}, "state": "applied"}
            session.add(Delivery(shop_id=harbour, body=b"", **one))
    page = olive.get("/deliveries?state=applied&sort=topic&page=2").text

    assert "Page 2 of 3" in page
    assert "state=applied&amp;sort=topic&amp;page=3" in page


def test_the_bare_address_leads_to_the_pages(app, olive):
    assert olive.client.get("/").location == "/admin"
    assert app.test_client().get("/", follow_redirects=True).request.path == "/admin/sign-in"


def test_a_wrong_address_shows_where_one_may_have_meant_to_go(olive):
    answer = olive.get("/training")

    assert answer.status_code == 404
    assert 'href="/admin/harbour-tea/trainings"' in answer.text


def test_the_snippet_comes_with_the_line_that_keeps_its_space(olive):
    assert "regulars-recommendations { display: block; min-height: 25rem }" in olive.get("/settings").text


def test_prices_are_written_as_on_a_price_tag(olive, wiring, harbour):
    fill(wiring, harbour)

    assert "£" in olive.get("/recommendations").text
