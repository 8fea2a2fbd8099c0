"""Who the shop writes as: checked, looked up, and accepted by a person who saw what was found."""

import pytest
from sqlalchemy import select

from app.errors import Unavailable
from app.messaging import domain
from app.messaging.shop_sender import find_sender
from app.models import AuditEntry
from app.web import create_app
from app.wiring import wire
from tests.app.web.admin.conftest import sign_in

GOOD = {"name": "Harbour Tea", "email": "tea@harbour.example", "postal_address": "1 Quay Street\nHarbour"}


@pytest.fixture(autouse=True)
def records(monkeypatch):
    """What the domain name system holds; no test asks the real one."""
    held = {"harbour.example": ["v=spf1 include:mail.example ~all"]}
    monkeypatch.setattr(domain, "ask_dns", lambda name: held.get(name, []))
    return held


def sender_of(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return find_sender(session, shop_id)


def test_an_address_is_kept_looked_up_and_waits_for_a_persons_word(ed, wiring, harbour):
    assert ed.post("/sender", GOOD, page="/sender").status_code == 303

    kept = sender_of(wiring, harbour)
    assert (kept.name, kept.email, kept.postal_address) == tuple(GOOD.values())
    assert kept.checked_at is not None
    assert kept.accepted_at is None
    page = ed.get("/sender").text
    assert "2 things about tea@harbour.example could be better." in page
    assert "regulars._domainkey.harbour.example" in page
    assert "v=DKIM1; k=rsa; p=" in page
    assert "v=DMARC1; p=none" in page


def test_using_the_address_is_written_down_without_the_address(ed, wiring, harbour):
    ed.post("/sender", GOOD, page="/sender")
    ed.post("/sender/accept", {"email": GOOD["email"]}, page="/sender")

    assert sender_of(wiring, harbour).accepted_at is not None
    with wiring.db.of_shop(harbour) as session:
        trail = [(one.action, str(one.detail)) for one in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert [action for action, _detail in trail] == ["sender_changed", "sender_accepted"]
    assert not any("harbour.example" in detail or "Quay" in detail for _action, detail in trail)


def test_a_new_address_has_to_be_accepted_anew_but_a_new_name_does_not(ed, wiring, harbour):
    ed.post("/sender", GOOD, page="/sender")
    ed.post("/sender/accept", {"email": GOOD["email"]}, page="/sender")
    ed.post("/sender", {**GOOD, "name": "Harbour Tea & Co"}, page="/sender")
    assert sender_of(wiring, harbour).accepted_at is not None

    ed.post("/sender", {**GOOD, "email": "post@harbour.example"}, page="/sender")
    assert sender_of(wiring, harbour).accepted_at is None


def test_what_one_saw_about_another_address_accepts_nothing(ed, wiring, harbour):
    ed.post("/sender", GOOD, page="/sender")
    ed.post("/sender", {**GOOD, "email": "post@harbour.example"}, page="/sender")
    ed.post("/sender/accept", {"email": GOOD["email"]}, page="/sender")

    assert sender_of(wiring, harbour).accepted_at is None
    assert "The address has changed meanwhile" in ed.get("/sender").text


def test_checking_again_finds_what_was_published_meanwhile(ed, wiring, harbour, records):
    ed.post("/sender", GOOD, page="/sender")
    found = {one["name"]: one for one in sender_of(wiring, harbour).check["findings"]}
    for name in ("DKIM", "DMARC"):
        records[found[name]["publish"]["name"]] = [found[name]["publish"]["value"]]
    ed.post("/sender/check", page="/sender")

    assert "The domain of tea@harbour.example vouches for your mails." in ed.get("/sender").text


def test_a_domain_is_not_looked_up_without_end(ed):
    ed.post("/sender", GOOD, page="/sender")
    codes = [ed.post("/sender/check", page="/sender").status_code for _ in range(12)]

    assert codes[0] == 303
    assert codes[-1] == 429


def test_a_silent_network_is_said_and_nothing_breaks(ed, wiring, harbour, monkeypatch):
    def silent(name):
        raise Unavailable("The domain name system does not answer from here.")

    monkeypatch.setattr(domain, "ask_dns", silent)
    ed.post("/sender", GOOD, page="/sender")

    assert "does not answer from here" in ed.get("/sender").text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "one line, at most 100 letters"),
        ("name", "Tea\r\nBcc: everybody@example.com", "one line, at most 100 letters"),
        ("name", "x" * 101, "one line, at most 100 letters"),
        ("email", "nobody", "No e-mail can be sent"),
        ("email", "a@b.example\nBcc: c@d.example", "No e-mail can be sent"),
        ("email", "x" * 400 + "@example.com", "too long"),
        ("postal_address", " ", "postal address in a few lines"),
        ("postal_address", "a\n" * 20, "postal address in a few lines"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(ed, wiring, harbour, field, value, words):
    answer = ed.post("/sender", {**GOOD, field: value}, page="/sender")

    assert answer.status_code == 400
    assert words in answer.text.split(f'id="{field}-hint"')[1].split("</div>")[0]
    assert sender_of(wiring, harbour) is None


def test_what_is_hostile_stays_words(ed, wiring, harbour):
    evil = "<script>alert(1)</script>"
    ed.post("/sender", {**GOOD, "name": evil, "postal_address": evil}, page="/sender")

    assert evil not in ed.get("/sender").text
    assert "&lt;script&gt;" in ed.get("/sender").text


def test_an_international_address_is_kept_as_people_write_it(ed, wiring, harbour):
    ed.post("/sender", {**GOOD, "email": "tee@münchen.example"}, page="/sender")

    assert sender_of(wiring, harbour).email == "tee@münchen.example"
    assert ed.get("/sender").status_code == 200


def test_without_a_mail_server_the_page_says_what_to_set(olive):
    page = olive.get("/sender").text

    assert "No mail server is set, so no mail leaves." in page
    assert "SMTP_URL" in page
    assert "Nothing to look up yet" in page


def test_with_the_catcher_that_is_said_plainly(settings, harbour):
    caught = wire(settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:2?caught=yes"}), pool_size=2)
    browser = sign_in(create_app(wiring=caught), caught, harbour, "harbour-tea", "Olive", "owner")
    page = browser.get("/sender").text
    caught.close()

    assert "Mails are caught on this machine; nobody receives them." in page
    assert "/caught-mail" in page


def test_a_viewer_looks_and_eve_sees_only_her_own(vic, eve, ed, wiring, harbour):
    ed.post("/sender", GOOD, page="/sender")

    assert "tea@harbour.example" in vic.get("/sender").text
    for path in ("/sender", "/sender/check", "/sender/accept"):
        assert vic.post(path, GOOD, page="/").status_code == 403
    assert "tea@harbour.example" not in eve.get("/sender").text
    eve.post("/sender/accept", {"email": GOOD["email"]}, page="/sender")
    assert sender_of(wiring, harbour).accepted_at is None
