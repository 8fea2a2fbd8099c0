"""Data and privacy: found, previewed, exported and erased by those who may, and nobody else's."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.jobs import cleaning, forgetting
from app.models import AuditEntry, Customer, Erasure, Shop
from plugins.events import DataRequested, ShopRedacted, ShopUninstalled
from tests.app.cast import customer, order, tell

MAIL = "a1@example.com"


@pytest.fixture
def alice(wiring, harbour):
    """The address of the page that is open for Alice, without the shop."""
    tell(wiring, harbour, customer("a1", first_name="Alice"), order("o1", "tea", "a1", email=MAIL))
    with wiring.db.of_shop(harbour) as session:
        return {"kind": "customer", "row_id": str(session.scalars(select(Customer.id)).one())}


def wishes(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return list(session.scalars(select(Erasure).order_by(Erasure.id)))


def test_somebody_is_found_by_their_whole_address_or_number_and_no_address_of_a_page_names_them(olive, alice):
    for words in ("A1@Example.com ", "a1"):
        answer = olive.post("/privacy/find", {"who": words}, page="/privacy")
        assert answer.status_code == 303
        assert "example.com" not in answer.location
        assert f"row_id={alice['row_id']}" in answer.location
    page = olive.get(answer.location).text
    assert MAIL in page
    assert "orders (kept, without them): " in page
    assert "Nobody is known by exactly that" in olive.post(
        "/privacy/find", {"who": "nobody@example.com"}, page="/privacy", follow_redirects=True
    ).text  # fmt: skip


def test_an_owner_erases_somebody_after_typing_the_word(olive, alice, wiring, harbour):
    assert olive.post("/privacy/erase", {**alice, "word": "yes"}).status_code == 400
    assert wishes(wiring, harbour) == []

    assert olive.post("/privacy/erase", {**alice, "word": "erase"}).status_code == 303

    (wish,) = wishes(wiring, harbour)
    forgetting.fulfil_wish(harbour, wish.id, wiring=wiring)
    assert "gone from the shop; the disk follows" in olive.get("/privacy").text
    cleaning.finish_wishes(harbour, wiring=wiring)
    page = olive.get("/privacy").text
    assert "forgotten" in page
    assert MAIL not in page
    with wiring.db.of_shop(harbour) as session:
        assert session.scalars(select(Customer)).all() == []
        assert [one.detail for one in session.scalars(select(AuditEntry))] == [{"wish": wish.id}]


def test_editors_export_and_do_not_erase_and_viewers_only_look(ed, vic, alice, wiring, harbour):
    answer = ed.post("/privacy/export", alice)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as zip_:
        assert json.loads(zip_.read("data.json"))["accounts"][0]["email"] == MAIL
    assert answer.headers["Cache-Control"] == "no-store"
    assert ed.post("/privacy/erase", {**alice, "word": "ERASE"}).status_code == 403
    assert vic.get("/privacy").status_code == 200
    assert vic.post("/privacy/export", alice).status_code == 403
    assert wishes(wiring, harbour) == []
    with wiring.db.of_shop(harbour) as session:
        assert MAIL not in str([one.detail for one in session.scalars(select(AuditEntry))])


def test_eve_finds_exports_and_erases_nobody_of_the_other_shop(eve, alice, wiring, harbour):
    assert "row_id" not in eve.post("/privacy/find", {"who": MAIL}, page="/privacy").location
    assert MAIL not in eve.get(f"/privacy?kind=customer&row_id={alice['row_id']}").text
    assert eve.post("/privacy/export", alice).status_code == 404
    assert eve.post("/privacy/erase", {**alice, "word": "ERASE"}).status_code == 404
    assert wishes(wiring, harbour) == []


def test_a_platforms_request_is_answered_with_the_archive_and_says_when(olive, eve, alice, wiring, harbour):
    tell(wiring, harbour, DataRequested(request_external_id="r1", customer_external_id="a1"))
    (wish,) = wishes(wiring, harbour)
    forgetting.fulfil_wish(harbour, wish.id, wiring=wiring)
    assert "waits for your answer" in olive.get("/privacy").text
    assert "The law asks for it by" in olive.get("/privacy").text
    assert eve.post(f"/privacy/{wish.id}/answer").status_code == 404

    answer = olive.post(f"/privacy/{wish.id}/answer")

    assert answer.mimetype == "application/zip"
    assert "answered" in olive.get("/privacy").text


def test_a_wish_that_stopped_is_put_back_in_line(olive, alice, wiring, harbour):
    olive.post("/privacy/erase", {**alice, "word": "ERASE"})
    with wiring.db.of_shop(harbour) as session:
        session.execute(text("UPDATE erasures SET state = 'failed', attempts = 6"))
    (wish,) = wishes(wiring, harbour)
    assert "Try again" in olive.get("/privacy").text

    assert olive.post(f"/privacy/{wish.id}/again").status_code == 303

    (wish,) = wishes(wiring, harbour)
    assert (wish.state, wish.attempts) == ("waiting", 0)


def test_a_shop_that_is_still_connected_goes_only_on_an_owners_word(olive, ed, wiring, harbour):
    tell(wiring, harbour, ShopRedacted())
    (wish,) = wishes(wiring, harbour)
    forgetting.fulfil_wish(harbour, wish.id, wiring=wiring)
    assert "An owner has to confirm" in olive.get("/privacy").text
    assert ed.post(f"/privacy/{wish.id}/leave", {"word": "harbour-tea"}).status_code == 403
    assert olive.post(f"/privacy/{wish.id}/leave", {"word": "yes"}).status_code == 400

    assert olive.post(f"/privacy/{wish.id}/leave", {"word": "harbour-tea"}).status_code == 303

    forgetting.fulfil_wish(harbour, wish.id, wiring=wiring)
    assert wishes(wiring, harbour)[0].live_erased_at is not None


def test_a_shop_that_left_just_now_is_erased_a_day_later_or_on_an_owners_word(olive, wiring, harbour):
    now = wiring.clock()
    tell(wiring, harbour, ShopUninstalled(), ShopRedacted(), heard_at=now)
    (wish,) = wishes(wiring, harbour)
    forgetting.fulfil_wish(harbour, wish.id, wiring=wiring)
    assert wishes(wiring, harbour)[0].live_erased_at is None
    assert "less than a day ago" in olive.get("/privacy").text

    with wiring.db.of_nobody() as session:
        session.get_one(Shop, harbour).uninstalled_at = now - timedelta(days=1, minutes=1)
    with wiring.db.of_shop(harbour) as session:
        session.execute(text("UPDATE erasures SET claimed_until = NULL"))
    forgetting.fulfil_wish(harbour, wish.id, wiring=wiring)
    assert wishes(wiring, harbour)[0].live_erased_at is not None


def test_an_owner_need_not_wait_the_day(olive, wiring, harbour):
    tell(wiring, harbour, ShopUninstalled(), ShopRedacted(), heard_at=wiring.clock())
    (wish,) = wishes(wiring, harbour)
    forgetting.fulfil_wish(harbour, wish.id, wiring=wiring)

    assert olive.post(f"/privacy/{wish.id}/leave", {"word": "harbour-tea"}).status_code == 303

    forgetting.fulfil_wish(harbour, wish.id, wiring=wiring)
    assert wishes(wiring, harbour)[0].live_erased_at is not None


def test_addresses_that_make_no_sense_show_the_page_and_nobody(olive, alice):
    for query in ("?kind=people&row_id=1", "?kind=customer&row_id=x", "?kind=customer&row_id=99999999999999999999"):
        page = olive.get(f"/privacy{query}")
        assert page.status_code == 200
        assert MAIL not in page.text
    assert olive.post("/privacy/export", {"kind": "people", "row_id": "1"}).status_code == 400
