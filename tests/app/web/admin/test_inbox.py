"""Caught mail: read as its reader would, with nothing running and nothing fetched; each shop its own."""

import time
from dataclasses import replace

import pytest
from aiosmtpd.controller import Controller

from app.jobs.messages import send_messages
from app.local.catcher import Catcher
from app.messaging.envelope import Label, compose
from app.messaging.letter import Letter
from app.messaging.smtp import SmtpSender
from app.web import create_app
from app.wiring import wire
from tests.app.cast import MONDAY, cart, item, tell
from tests.app.messaging.mailservers import free_port
from tests.app.web.admin.conftest import sign_in

EVIL = "<script>alert(1)</script><img src='https://evil.example/pixel'>"


@pytest.fixture
def catching(settings, wiring):
    caught = wire(settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:2?caught=yes"}), pool_size=2)
    yield caught
    caught.close()


@pytest.fixture
def app(catching):
    return create_app(wiring=catching)


@pytest.fixture
def mail_name(settings, harbour):
    """A letter that was caught for Harbour Tea."""
    label = Label(
        sender_name=f"Tea {EVIL}",
        sender_email="tea@harbour.example",
        to="alice@example.com",
        message_key="k",
        unsubscribe_url="https://regulars.example/u/x/y",
        language="en",
        shop_slug="harbour-tea",
        sent_at=MONDAY,
    )
    letter = Letter(f"Basket {EVIL}", "", f"<html><head></head><body>{EVIL}</body></html>", f"Plain {EVIL}")
    name = f"{time.time_ns():020d}-00000001.eml"
    (settings.data_dir / "mail").mkdir()
    (settings.data_dir / "mail" / name).write_bytes(compose(letter, label).data)
    return name


def test_what_was_caught_is_listed_and_read(olive, mail_name):
    assert f"/caught-mail/{mail_name}" in olive.get("/caught-mail").text
    page = olive.get(f"/caught-mail/{mail_name}").text

    assert "alice@example.com" in page
    assert "Plain &lt;script&gt;" in page
    assert "List-Unsubscribe" in page
    assert EVIL not in page


def test_a_letter_in_its_frame_runs_nothing_and_fetches_nothing(olive, mail_name):
    answer = olive.get(f"/caught-mail/{mail_name}/letter")
    policy = answer.headers["Content-Security-Policy"]

    assert policy.startswith("sandbox allow-popups")
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy
    assert "img-src data:;" in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert '<base target="_blank">' in answer.text


def test_a_test_ends_in_the_inbox_and_its_page_says_so(olive, catching, settings, harbour):
    port = free_port()
    tell(catching, harbour, item("TEA-1", "Assam breakfast"), cart("c1", "TEA-1", "alice@example.com"))
    told = {"name": "Harbour Tea", "email": "tea@gmail.com", "postal_address": "Quay 1"}  # looked up without a network
    olive.post("/sender", told, page="/sender")
    page = "/campaigns/abandoned-cart"
    to = olive.post(f"{page}/test", {"to": "olive@example.com", "cart": "c1"}, page=page).location
    server = Controller(Catcher(settings.data_dir), hostname="127.0.0.1", port=port)
    server.start()
    sender = SmtpSender(f"smtp://127.0.0.1:{port}?starttls=no&caught=yes")
    send_messages(harbour, wiring=replace(catching, sender=sender))
    server.stop()

    assert "It was caught on this machine, and nobody received it." in olive.get(to).text
    assert "Planned: somebody here asked for a test." in olive.get(to).text
    assert "Caught. It stays on this machine." in olive.get(to).text
    assert "Assam breakfast" in olive.get(to).text
    assert "olive@example.com" in olive.get("/caught-mail").text


def test_eve_reads_no_mail_of_harbours(eve, mail_name):
    assert mail_name not in eve.get("/caught-mail").text
    for path in (f"/caught-mail/{mail_name}", f"/caught-mail/{mail_name}/letter"):
        assert eve.get(path).status_code == 404


@pytest.mark.parametrize("name", ["nothing.eml", "..%2F..%2Fsecret_key", "%00", "x" * 300, "../../secret_key"])
def test_no_other_file_is_read_by_its_name(olive, mail_name, name):
    assert olive.get(f"/caught-mail/{name}").status_code == 404


def test_nothing_caught_yet_says_what_will_appear_and_how(olive):
    page = olive.get("/caught-mail").text

    assert "Nothing caught yet" in page
    assert "See what it will say" in page


def test_where_mail_goes_out_there_is_no_inbox(wiring, harbour, mail_name):
    browser = sign_in(create_app(wiring=wiring), wiring, harbour, "harbour-tea", "Olive", "owner")

    assert "none is caught here" in browser.get("/caught-mail").text
    assert browser.get(f"/caught-mail/{mail_name}").status_code == 404
    assert 'href="/admin/harbour-tea/caught-mail"' not in browser.get("/messages").text
