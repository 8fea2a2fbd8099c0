"""Opening a shop in the browser: its owner is whoever opened it, and nobody else gets in."""

import pytest
from sqlalchemy import select

from app.errors import BadRequest
from app.models import AuditEntry, Membership, Shop
from app.shops.shops import NewShop, free_slug, open_shop
from tests.app.web.admin.full import EVIL

TOLD = {"name": "Tea & Wool Café", "platform": "woocommerce", "currency": "eur", "time_zone": "Europe/Berlin",
        "address": "https://tea.example"}  # fmt: skip


@pytest.fixture(autouse=True)
def _open_gate(gate):
    """WooCommerce can be connected to."""


def open_one(browser, **changed):
    return browser.post("/admin/open", {**TOLD, **changed}, page="/admin/open")


def test_a_shop_is_opened_and_its_owner_goes_on_to_connecting_it(olive, wiring):
    answer = open_one(olive)

    assert answer.location == "/admin/tea-wool-cafe/connection?address=https://tea.example"
    with wiring.db.of_nobody() as session:
        shop = session.scalars(select(Shop).where(Shop.slug == "tea-wool-cafe")).one()
        members = session.execute(select(Membership.person_id, Membership.role).where(Membership.shop_id == shop.id))
        assert members.all() == [(olive.person_id, "owner")]
    assert (shop.name, shop.currency, shop.time_zone, shop.address) == ("Tea & Wool Café", "EUR", "Europe/Berlin", None)
    with wiring.db.of_shop(shop.id) as session:
        assert session.scalars(select(AuditEntry.action)).all() == ["shop_opened"]
    assert 'value="https://tea.example"' in olive.client.get(answer.location).text


def test_two_shops_of_one_name_get_two_short_names(olive):
    first, second = open_one(olive), open_one(olive)

    assert first.location.startswith("/admin/tea-wool-cafe/")
    assert second.location.startswith("/admin/tea-wool-cafe-2/")


def test_eve_does_not_get_into_a_shop_that_olive_opened(olive, eve):
    open_one(olive)

    assert eve.get("/admin/tea-wool-cafe/").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [{"name": " "}, {"name": "x" * 200}, {"platform": "demo"}, {"platform": ""}, {"currency": "pounds"},
     {"time_zone": "Mars"}, {"time_zone": "\x00"}],
)  # fmt: skip
def test_what_makes_no_shop_is_said_and_what_was_typed_stays(olive, wiring, wrong):
    answer = open_one(olive, **wrong)

    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert "https://tea.example" in answer.text
    with wiring.db.of_nobody() as session:
        assert len(session.scalars(select(Shop)).all()) == 1


def test_hostile_words_stay_words(olive):
    open_one(olive, name=EVIL)
    page = olive.client.get("/admin?all=1").text

    assert EVIL not in page
    assert "&lt;script&gt;" in page


def test_only_who_owns_a_shop_opens_another(ed, stranger):
    assert ed.get("/admin/open").status_code == 403
    assert open_one(ed).status_code in {400, 403}
    assert stranger.get("/admin/open").status_code in {302, 303}
    assert "Open another shop" not in ed.client.get("/admin?all=1").text


def test_a_form_from_elsewhere_opens_nothing(olive, wiring):
    assert olive.client.post("/admin/open", data=TOLD).status_code == 400
    with wiring.db.of_nobody() as session:
        assert len(session.scalars(select(Shop)).all()) == 1


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Harbour Tea", "harbour-tea"), ("Ünïcode  & Co.", "unicode-co"), ("茶", "shop"), ("open", "open-2"),
     ("--", "shop"), ("x" * 200, "x" * 40)],
)  # fmt: skip
def test_a_short_name_is_made_from_any_name(wiring, name, slug):
    with wiring.db.of_nobody() as session:
        made = free_slug(session, name)
        opened = open_shop(session, NewShop(slug=made, name=name[:100], platform="demo", currency="GBP"))

    assert (made, opened.slug) == (slug, slug)


def test_addresses_beside_the_shops_are_no_short_names(wiring):
    with wiring.db.of_nobody() as session, pytest.raises(BadRequest):
        open_shop(session, NewShop(slug="open", name="Open", platform="demo", currency="GBP"))
