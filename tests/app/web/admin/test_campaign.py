"""The campaign's pages: what may be written, what a preview shows and never does, a test, and the switch."""

import re
from dataclasses import asdict
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.campaigns.campaigns import find_campaign
from app.messaging.texts import DEFAULT_TEXTS
from app.models import AuditEntry, Campaign, MailSender, Message
from app.web import create_app
from app.wiring import wire
from tests.app.campaigns.test_lift import Ledger
from tests.app.cast import cart, item, subscribe, tell
from tests.app.stage import set_campaign
from tests.app.web.admin.conftest import sign_in

PAGE = "/campaigns/abandoned-cart"
GOOD = {**asdict(DEFAULT_TEXTS["en"]), "delay_minutes": "60", "language": "en", "quiet_from": "21", "quiet_until": "7"}
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "javascript:alert(1)",
    "</title></head><script>alert(1)</script>",
    "<style>*{display:none}</style>",
    "<iframe src=https://evil.example></iframe>",
    "{{constructor.constructor('alert(1)')()}}",
)
TAG = re.compile(r"<(script|img|svg|iframe|style|form|object|embed)[ >]", re.IGNORECASE)


@pytest.fixture
def caught_settings(settings):
    return settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:2?caught=yes"})


@pytest.fixture
def trying(caught_settings, wiring, harbour):
    """Olive, on a machine whose own catcher takes the mail."""
    caught = wire(caught_settings, pool_size=2)
    app = create_app(wiring=caught)
    app.testing = False
    yield sign_in(app, caught, harbour, "harbour-tea", "Olive", "owner")
    caught.close()


@pytest.fixture
def left_cart(wiring, harbour):
    """Alice's cart, left three hours ago, with an item of the shop."""
    at = wiring.clock().replace(microsecond=0)
    tell(
        wiring,
        harbour,
        item("TEA-1", "Assam breakfast", at=at),
        cart("c1", "TEA-1", "alice@example.com", at=at - timedelta(hours=3)),
    )
    return "c1"


def add_sender(wiring, shop_id, **more):
    with wiring.db.of_shop(shop_id) as session:
        session.add(
            MailSender(
                shop_id=shop_id, name="Harbour Tea", email="tea@harbour.example", postal_address="Quay 1", **more
            )
        )


def campaign_of(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return find_campaign(session, shop_id)


def actions(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return [one.action for one in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


def test_looking_at_the_campaign_writes_nothing(olive, vic, wiring, harbour):
    for browser in (olive, vic):
        assert "Your basket at {{ shop_name }}" in browser.get(PAGE).text
        assert browser.get(f"{PAGE}/preview").status_code == 200

    assert campaign_of(wiring, harbour) is None


def test_what_is_kept_holds_and_stands_in_the_history_with_who(ed, wiring, harbour):
    answer = ed.post(PAGE, {**GOOD, "subject": "Still want it?", "delay_minutes": "120"}, page=PAGE)

    assert answer.status_code == 303
    kept = campaign_of(wiring, harbour)
    assert (kept.subject, kept.delay_minutes, kept.is_on) == ("Still want it?", 120, False)
    assert "changed the abandoned-cart campaign" in ed.get("/history").text
    assert "Ed" in ed.get(PAGE).text.split("Last changed")[1][:200]


def test_the_last_change_can_be_taken_back_and_that_too(ed, wiring, harbour):
    ed.post(PAGE, {**GOOD, "subject": "First"}, page=PAGE)
    ed.post(PAGE, {**GOOD, "subject": "Second", "quiet_from": "20"}, page=PAGE)

    ed.post(f"{PAGE}/undo", page=PAGE)
    assert (campaign_of(wiring, harbour).subject, campaign_of(wiring, harbour).quiet_from) == ("First", 21)
    ed.post(f"{PAGE}/undo", page=PAGE)
    assert campaign_of(wiring, harbour).subject == "Second"


def test_undoing_where_nothing_was_changed_says_so(olive):
    olive.post(f"{PAGE}/undo", page=PAGE)

    assert "nothing to take back" in olive.get(PAGE).text


def test_the_suggested_text_comes_back(ed, wiring, harbour):
    ed.post(PAGE, {**GOOD, "text": "Mine."}, page=PAGE)
    ed.post(f"{PAGE}/suggested", page=PAGE)

    assert campaign_of(wiring, harbour).text == DEFAULT_TEXTS["en"].text


def test_a_change_of_language_takes_the_suggested_text_along_but_never_ones_own(ed, wiring, harbour):
    ed.post(PAGE, {**GOOD, "language": "de"}, page=PAGE)
    assert campaign_of(wiring, harbour).text == DEFAULT_TEXTS["de"].text

    ed.post(PAGE, {**GOOD, "language": "en", "text": "Mine."}, page=PAGE)
    assert campaign_of(wiring, harbour).text == "Mine."


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("subject", "Hello {{ first_nam }}", "Subject: there is nothing called first_nam"),
        ("subject", "", "Subject: write something"),
        ("subject", "Hello\r\nBcc: everybody@example.com", "Keep it on one line."),
        ("subject", "Hello\u2028Bcc: everybody@example.com", "Keep it on one line."),
        ("preheader", "{% include 'secrets' %}", "There are:"),
        ("text", "Hello,\n\n{% if first_name %}\n{{ items[0 }}", "Text, line 4"),
        ("text", "{% for a in (1..999999999) %}x{% endfor %}", "Text:"),
        ("text", "{% for a in items %}" * 12, "Text:"),
        ("text", "x" * 10_001, "at most 10000 characters"),
        ("delay_minutes", "0", "from 15 minutes to 7 days"),
        ("delay_minutes", "-60", "from 15 minutes to 7 days"),
        ("delay_minutes", "1e9", "from 15 minutes to 7 days"),
        ("delay_minutes", "9" * 5000, "from 15 minutes to 7 days"),
        ("delay_minutes", "\u0666\u0660", "from 15 minutes to 7 days"),
        ("delay_minutes", "", "from 15 minutes to 7 days"),
        ("language", "fr", "Choose one of these languages"),
        ("quiet_from", "24", "Choose one of these hours"),
        ("quiet_until", "-1", "Choose one of these hours"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(ed, wiring, harbour, field, value, words):
    answer = ed.post(PAGE, {**GOOD, field: value}, page=PAGE)

    assert answer.status_code == 400
    beside = answer.text.split(f'id="{field}-hint"')[1].split("</div>")[0]
    assert words in beside.replace("&#39;", "'")
    assert answer.text.count('class="fault"') == 1
    assert campaign_of(wiring, harbour) is None


def test_null_letters_reach_no_row(ed, wiring, harbour):
    assert ed.post(PAGE, {**GOOD, "text": "Hello\x00"}, page=PAGE).status_code == 303
    assert campaign_of(wiring, harbour).text == "Hello"


def test_what_was_written_wrongly_is_still_there_to_mend(ed):
    page = ed.post(PAGE, {**GOOD, "text": "Dear {{ frist_name }}, <b>my</b> long letter"}, page=PAGE).text

    assert "Dear {{ frist_name }}, &lt;b&gt;my&lt;/b&gt; long letter" in page


def test_a_preview_shows_a_real_cart_at_todays_price(ed, left_cart):
    page = ed.get(f"{PAGE}/preview?cart={left_cart}").text

    assert "Assam breakfast" in page
    assert "£4.50" in page
    assert "alice@example.com: one line" in ed.get(PAGE).text


def test_a_preview_follows_the_draft_and_keeps_nothing(ed, wiring, harbour, left_cart):
    draft = {**GOOD, "subject": "A draft", "text": "Only a draft for {{ shop_name }}.", "cart": left_cart}

    assert "Only a draft for Harbour Tea." in ed.post(f"{PAGE}/preview", draft, page=PAGE).text
    text = ed.post(f"{PAGE}/preview", {**draft, "view": "text"}, page=PAGE)
    assert text.mimetype == "text/plain"
    assert "Only a draft for Harbour Tea." in text.text
    assert campaign_of(wiring, harbour) is None
    assert actions(wiring, harbour) == []


def test_a_draft_in_german_is_shown_in_german(ed, left_cart):
    draft = {**asdict(DEFAULT_TEXTS["de"]), "language": "de", "cart": left_cart}

    assert 'lang="de"' in ed.post(f"{PAGE}/preview", draft, page=PAGE).text


def test_a_draft_that_cannot_be_written_says_what_to_do_in_the_preview(ed, left_cart):
    answer = ed.post(f"{PAGE}/preview", {**GOOD, "text": "{{ nam }}", "cart": left_cart}, page=PAGE)

    assert answer.status_code == 200
    assert "there is nothing called nam" in answer.text


def test_without_a_cart_the_preview_is_an_example_of_the_shops_own_items(ed, wiring, harbour):
    tell(wiring, harbour, item("TEA-1", "Assam breakfast"), item("TEA-2", "Oolong"))

    assert "Assam breakfast" in ed.get(f"{PAGE}/preview").text
    assert "This is an example" in ed.get(PAGE).text


def test_a_preview_runs_nothing_and_stays_in_its_frame(ed, left_cart):
    for answer in (ed.get(f"{PAGE}/preview?cart={left_cart}"), ed.post(f"{PAGE}/preview", GOOD, page=PAGE)):
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("sandbox; default-src 'none'")
        assert "script-src" not in policy
        assert "frame-ancestors 'self'" in policy
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert '<iframe name="preview" title="Preview of the e-mail" sandbox src=' in ed.get(PAGE).text


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stay_words_in_page_and_preview(ed, wiring, harbour, words):
    tell(wiring, harbour, item("X", f"Tea {words}"), cart("c1", "X", "alice@example.com", at=wiring.clock()))
    draft = {**GOOD, "subject": f"Hello {words}", "text": f"Text {words}", "cart": "c1"}

    for texts in ({}, {"subject": GOOD["subject"], "text": GOOD["text"]}):
        shown = ed.post(f"{PAGE}/preview", {**draft, **texts}, page=PAGE).text
        assert {found.lower() for found in TAG.findall(shown)} <= {"style"}, shown  # the letter's own
        assert words not in shown or "<" not in words
    page = ed.post(PAGE, {**draft, "delay_minutes": "never"}, page=PAGE).text
    assert words not in page or "<" not in words


@pytest.mark.parametrize("cart_id", ["nothing", "%00", "x" * 5000, "' OR 1=1 --"])
def test_a_cart_that_is_not_there_is_said_in_the_preview(ed, cart_id):
    answer = ed.get(f"{PAGE}/preview?cart={cart_id}")

    assert answer.status_code == 200


def test_eves_preview_and_test_know_no_cart_of_harbours(eve, wiring, linden, left_cart):
    add_sender(wiring, linden)

    assert "Assam" not in eve.get(f"{PAGE}/preview?cart={left_cart}").text
    assert "alice@example.com" not in eve.get(PAGE).text
    assert eve.post(f"{PAGE}/test", {"to": "eve@example.com", "cart": left_cart}, page=PAGE).status_code == 400


def test_a_test_goes_through_the_outbox_and_its_page_says_what_became_of_it(trying, wiring, harbour, left_cart):
    add_sender(wiring, harbour)
    answer = trying.post(f"{PAGE}/test", {"to": "Olive@Example.com", "cart": left_cart}, page=PAGE)

    assert answer.status_code == 303
    with wiring.db.of_shop(harbour) as session:
        message = session.scalars(select(Message)).one()
    assert (message.is_test, message.email, message.state) == (True, "olive@example.com", "planned")
    assert "It is planned" in trying.get(f"/messages/{message.id}").text
    assert actions(wiring, harbour) == ["test_sent"]


@pytest.mark.parametrize(
    ("to", "cart_id", "words"),
    [
        ("nobody", "c1", "not an e-mail address"),
        ("a@b.example\r\nBcc: c@d.example", "c1", "not an e-mail address"),
        ("a@b.example", "", "needs a cart"),
        ("a@b.example", "gone", "not known here"),
        ("a@b", "c1", "No e-mail can be sent"),
    ],
)
def test_a_test_that_cannot_go_says_why_beside_its_field(trying, wiring, harbour, left_cart, to, cart_id, words):
    add_sender(wiring, harbour)
    answer = trying.post(f"{PAGE}/test", {"to": to, "cart": cart_id}, page=PAGE)

    assert answer.status_code == 400
    assert words in answer.text.split('id="to-fault"')[1][:400]


def test_before_it_is_turned_on_one_sees_whom_it_would_have_concerned(trying, wiring, harbour, left_cart):
    add_sender(wiring, harbour)
    at = wiring.clock() - timedelta(hours=5)
    tell(wiring, harbour, cart("c2", "TEA-1", "bob@example.com", at=at))
    subscribe(wiring, harbour, "alice@example.com", at=at)
    page = trying.get(f"{PAGE}/turn-on").text

    assert "In the last seven days one person would have been written to." in page
    assert "No e-mail: they never agreed to mail" in page
    assert "Mails are caught on this machine" in page


def test_it_is_turned_on_and_off_and_both_are_written_down(trying, wiring, harbour):
    add_sender(wiring, harbour)
    trying.post(f"{PAGE}/turn-on", page=f"{PAGE}/turn-on")
    assert campaign_of(wiring, harbour).is_on
    trying.post(f"{PAGE}/turn-on", page=f"{PAGE}/turn-on")  # twice is once
    trying.post(f"{PAGE}/turn-off", page="/messages")

    assert not campaign_of(wiring, harbour).is_on
    assert actions(wiring, harbour) == ["campaign_turned_on", "campaign_turned_off"]


def test_it_is_not_turned_on_without_a_mail_server_or_a_sender(olive, trying, wiring, harbour):
    olive.post(f"{PAGE}/turn-on", page="/messages")
    assert "No mail server is set" in olive.get(f"{PAGE}/turn-on").text
    trying.post(f"{PAGE}/turn-on", page="/messages")
    assert "Say first who your letters come from" in trying.get(f"{PAGE}/turn-on").text

    assert not campaign_of(wiring, harbour).is_on


def test_with_a_real_mail_server_somebody_must_have_accepted_the_sender(settings, wiring, harbour):
    real = wire(settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:2"}), pool_size=2)
    app = create_app(wiring=real)
    browser = sign_in(app, real, harbour, "harbour-tea", "Olive", "owner")
    add_sender(wiring, harbour)
    browser.post(f"{PAGE}/turn-on", page="/messages")
    assert not campaign_of(wiring, harbour).is_on

    with wiring.db.of_shop(harbour) as session:
        session.get(MailSender, harbour).accepted_at = wiring.clock()
    browser.post(f"{PAGE}/turn-on", page=f"{PAGE}/turn-on")
    real.close()

    assert campaign_of(wiring, harbour).is_on


def test_a_viewer_looks_and_changes_nothing(vic, wiring, harbour):
    page = vic.get(PAGE).text

    assert "Keep this" not in page
    assert "Send a test" not in page
    for path in (PAGE, f"{PAGE}/undo", f"{PAGE}/turn-on", f"{PAGE}/turn-off", f"{PAGE}/test", f"{PAGE}/preview"):
        assert vic.post(path, GOOD, page="/").status_code == 403


def test_eves_campaign_is_not_harbours(eve, ed, wiring, harbour, linden):
    ed.post(PAGE, {**GOOD, "subject": "Of Harbour Tea"}, page=PAGE)
    eve.post(PAGE, {**GOOD, "subject": "Of Linden"}, page=PAGE)

    assert campaign_of(wiring, harbour).subject == "Of Harbour Tea"
    with wiring.db.of_shop(linden) as session:
        assert [one.subject for one in session.scalars(select(Campaign))] == ["Of Linden"]


def test_what_reminders_bring_cannot_be_told_where_nobody_is_left_alone(ed, wiring, harbour):
    assert "What reminders bring" not in ed.get(PAGE).text  # never turned on

    set_campaign(wiring, harbour)

    assert "That cannot be told: everybody is reminded" in ed.get(PAGE).text


def test_until_the_first_days_are_over_the_day_is_told(vic, wiring, harbour):
    ledger = Ledger(wiring, harbour)
    assert "It begins with the next cart that is left" in vic.get(PAGE).text

    ledger.write("a@example.com", 3, control=True)

    assert "One person is waited for; the first answer comes on" in vic.get(PAGE).text


def test_few_people_left_alone_are_no_verdict_and_say_how_many_more_it_takes(vic, wiring, harbour):
    ledger = Ledger(wiring, harbour)
    for number in range(3):
        ledger.write(f"a{number}@example.com", 30)
        ledger.buy(29, email=f"a{number}@example.com")
    ledger.write("b@example.com", 30, control=True)

    page = vic.get(PAGE).text

    assert "Of 3 people reminded, 3 ordered within 14 days; of one left alone, 0 did." in page
    assert re.search(r"Too early to tell: about [\d,]+ more people left alone are needed", page)
    assert "Reminders bring" not in page
    assert "Money per person" not in page


def test_a_difference_beyond_chance_is_said_with_its_interval(vic, wiring, harbour):
    ledger = Ledger(wiring, harbour)
    for number in range(50):
        ledger.write(f"a{number}@example.com", 30)
        ledger.write(f"b{number}@example.com", 30, control=True)
    for number in range(20):
        ledger.buy(29, email=f"a{number}@example.com")

    page = vic.get(PAGE).text

    assert "Reminders bring more people to order: between +25.7 and +53.8 in a hundred." in page
    assert "Money per person" in page


def test_a_share_that_cannot_be_is_said_beside_its_field(ed, wiring, harbour):
    answer = ed.post(PAGE, {**GOOD, "control_percent": "51"}, page=PAGE)

    assert answer.status_code == 400
    assert "Write a whole number from 0 to 50." in answer.text


def test_a_share_is_kept_and_since_when(ed, wiring, harbour):
    ed.post(PAGE, {**GOOD, "control_percent": "10"}, page=PAGE)

    kept = campaign_of(wiring, harbour)
    assert kept.control_percent == 10
    assert kept.control_since is not None
