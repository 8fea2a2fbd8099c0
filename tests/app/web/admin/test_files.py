"""Files of other systems, sent by the one field: what is in them is found out, may be corrected, and comes to words."""

import io

import pytest
from sqlalchemy import select

from app.jobs.imports import run_import
from app.models import Import
from plugins.csvfile import KINDS
from tests.plugins.csvfile.files import export


def send(browser, name, content, **fields):
    with io.BytesIO(content) as file:
        return browser.post(
            "/imports", {"file": (file, name), **fields}, page="/imports", content_type="multipart/form-data"
        )


def only(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return session.scalars(select(Import)).one()


def test_every_kind_can_be_chosen_and_where_to_find_it_is_said(ed):
    page = ed.get("/imports").text

    assert all(f'<option value="{key}">' in page for key in KINDS)
    assert all(name in page for name in ("Shopify", "WooCommerce", "Klaviyo", "Mailchimp", "MailPoet", "said_at"))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("klaviyo_people.csv", "klaviyo_people"),
        ("subscribed_members_export_1a2b.csv", "mailchimp_subscribed"),
        ("shopify_orders.csv", "shopify_orders"),
    ],
)
def test_what_is_in_a_file_is_found_out_and_shown(ed, wiring, harbour, name, kind):
    answer = send(ed, name, export(name))

    assert only(wiring, harbour).kind == kind
    assert KINDS[kind].title in ed.client.get(answer.location).text


def test_a_merchant_may_say_what_it_is(ed, wiring, harbour):
    send(ed, "members.csv", export("subscribed_members_export_1a2b.csv"), kind="mailchimp_never")

    assert only(wiring, harbour).kind == "mailchimp_never"


def test_a_kind_nobody_knows_is_refused_before_the_file_is_kept(ed, wiring, harbour):
    assert send(ed, "members.csv", b"x", kind="../../etc").status_code == 400
    assert not (wiring.settings.data_dir / "uploads" / str(harbour)).exists()


def test_what_came_of_a_list_is_said_in_words(ed, vic, wiring, harbour):
    answer = send(ed, "klaviyo_people.csv", export("klaviyo_people.csv"))
    row = only(wiring, harbour)
    run_import(harbour, row.id, wiring=wiring)

    page = vic.client.get(answer.location).text

    assert "3 people came in." in page
    assert "2 consents to e-mail came in with proof of when it was given." in page
    assert "1 address had no proof of consent, so nothing will be sent to them." in page
    assert "2 addresses will not be written to: 1 unsubscribed, 1 complained." in page
    assert "NEVER_SUBSCRIBED" in page  # why a row was set aside
    assert "Klaviyo: a list or segment" in vic.get("/imports").text


def test_a_file_that_fits_nothing_says_what_was_expected_and_is_not_kept(ed, wiring, harbour):
    answer = send(ed, "milk.csv", b"milk,bread\n1,2\n")
    row = only(wiring, harbour)
    run_import(harbour, row.id, wiring=wiring)

    page = ed.client.get(answer.location).text

    assert "milk, bread" in page
    assert "Shopify: orders" in page
    assert not list((wiring.settings.data_dir / "uploads").rglob("*.csv"))


def test_markup_in_a_file_is_shown_as_text(ed, wiring, harbour):
    evil = b"<script>alert(1)</script>,bread\n1,2\n"
    answer = send(ed, "evil.csv", evil)
    run_import(harbour, only(wiring, harbour).id, wiring=wiring)

    assert "<script>alert" not in ed.client.get(answer.location).text


def test_a_file_that_stopped_too_often_is_not_kept(ed, wiring, harbour):
    send(ed, "klaviyo_people.csv", export("klaviyo_people.csv"))
    row = only(wiring, harbour)
    with wiring.db.of_shop(harbour) as session:
        session.get_one(Import, (harbour, row.id)).attempts = 99

    run_import(harbour, row.id, wiring=wiring)

    assert only(wiring, harbour).state == "failed"
    assert not list((wiring.settings.data_dir / "uploads").rglob("*.csv"))
