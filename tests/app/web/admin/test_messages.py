"""The pages about messages: who was written to and why not, a person's word in doubt, and what presses."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.campaigns.campaigns import Post
from app.messaging import outbox, reports
from app.messaging.reports import Standing, Week
from app.models import AuditEntry, Campaign, Defer, Message, Note, Skip
from app.privacy.reports import Pressing
from app.queues import MAIL
from app.web.admin import mail_concerns, mail_words
from app.web.admin.mail_concerns import MailFacts
from app.web.admin.messages import week_answer
from tests.app.cast import MONDAY
from tests.app.web.admin.full import fill, message

QUIET_WEEK = Week(0, 0, "", is_one_reason=False, waiting=0)


@pytest.fixture
def ids(wiring, harbour):
    return fill(wiring, harbour)


def state_of(wiring, shop_id, message_id):
    with wiring.db.of_shop(shop_id) as session:
        return session.get(Message, (shop_id, message_id)).state


def audited(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return [(one.action, one.detail) for one in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


def test_the_answer_counts_people_and_names_the_main_reason(app):
    with app.test_request_context():
        three = Week(3, 11, Skip.NEVER_ASKED, is_one_reason=False, waiting=0)
        one = Week(1, 1, Skip.ORDERED, is_one_reason=True, waiting=0)
        nobody = Week(0, 2, Skip.WITHDRAWN, is_one_reason=True, waiting=0)

        assert week_answer(three, is_on=True) == (
            "3 people were reminded of their cart this week; 11 were not, mostly because they never agreed to mail."
        )
        assert week_answer(one, is_on=True) == (
            "One person was reminded of their cart this week; one was not, because they have ordered since."
        )
        assert week_answer(nobody, is_on=True) == (
            "Nobody was reminded of their cart this week; 2 were not, because they said no to mail."
        )
        assert week_answer(QUIET_WEEK, is_on=False) == "Nobody is being reminded of their cart."


def test_the_week_counts_people_once_and_leaves_tests_out(wiring, harbour):
    now = wiring.clock()
    with wiring.db.of_shop(harbour) as session:
        campaign = Campaign(shop_id=harbour, kind="abandoned_cart", subject="", preheader="", text="")
        session.add(campaign)
        session.flush()
        for n, (email, is_test) in enumerate((("a@x.example", False), ("a@x.example", False), ("me@x.example", True))):
            one = message(harbour, campaign.id, now, n, "sent", "accepted")
            one.email, one.is_test = email, is_test
            session.add(one)
        session.flush()
        week = reports.week(session, harbour, now - timedelta(days=6))

    assert (week.reminded, week.skipped, week.main_reason) == (1, 0, "")


def test_every_reason_has_words_and_no_two_are_alike(app):
    with app.test_request_context():
        words = [mail_words.clause(reason) for kind in (Skip, Defer, Note) for reason in kind]

        assert len(set(words)) == len(words)
        assert not any("_" in one for one in words)


def test_the_list_is_filtered_by_state_and_reason_and_keeps_both_in_the_address(olive, ids):
    page = olive.get("/messages?state=skipped&reason=ordered&sort=email").text

    assert "They have ordered since" in page
    assert "person2" in page
    assert "person1" not in page  # who never agreed
    assert "reason=ordered&amp;sort=-email" in page


def test_a_deferred_message_says_when_it_is_tried_again(olive, ids):
    page = olive.get("/messages?state=deferred&reason=quiet_hours").text

    assert "These are quiet hours" in page
    assert "Next try:" in page


def test_the_words_of_a_filter_say_what_can_be_done(olive, ids):
    assert "bring in the consents you hold" in olive.get("/messages?reason=never_asked").text


def test_a_persons_account_is_one_click_away(olive, wiring, harbour, ids):
    with wiring.db.of_shop(harbour) as session:
        one = session.get(Message, (harbour, ids["message_id"]))
        one.customer_external_id = "c42"

    assert f'href="/admin/harbour-tea/customers/customer/{ids["row_id"]}"' in olive.get("/messages").text


def test_one_message_tells_its_decisions_its_content_and_the_servers_answer(olive, ids):
    page = olive.get(f"/messages/{ids['message_id']}").text

    assert "Nobody knows whether it arrived" in page
    assert "3 times, last" in page
    assert "Often bought with &lt;script&gt;" in page
    assert "250 &lt;script&gt;" in page
    assert "gets the same e-mail twice" in page


def test_a_persons_word_settles_a_message_in_doubt(olive, wiring, harbour, ids):
    answer = olive.post(f"/messages/{ids['message_id']}/arrived", page=f"/messages/{ids['message_id']}")

    assert answer.status_code == 303
    assert state_of(wiring, harbour, ids["message_id"]) == "sent"
    assert audited(wiring, harbour) == [("message_arrived", {"message": ids["message_id"]})]


def test_sending_again_puts_it_in_line_and_rings(olive, wiring, harbour, ids):
    olive.post(f"/messages/{ids['message_id']}/again", page=f"/messages/{ids['message_id']}")

    assert state_of(wiring, harbour, ids["message_id"]) == "planned"
    assert not wiring.queues.is_quiet(MAIL)
    assert "Decided by a person" in olive.get(f"/messages/{ids['message_id']}").text


def test_two_people_who_decide_decide_once(olive, ed, wiring, harbour, ids):
    page = f"/messages/{ids['message_id']}"
    olive.post(f"{page}/arrived", page=page)
    ed.post(f"{page}/again", page="/messages")

    assert state_of(wiring, harbour, ids["message_id"]) == "sent"
    assert len(audited(wiring, harbour)) == 1
    assert "somebody was faster" in ed.get(page).text


def test_only_what_is_in_doubt_can_be_decided(olive, wiring, harbour, ids):
    sent = ids["message_id"] - 7
    olive.post(f"/messages/{sent}/again", page="/messages")

    assert state_of(wiring, harbour, sent) == "sent"


def test_a_viewer_sees_a_message_in_doubt_without_its_buttons(vic, ids):
    page = vic.get(f"/messages/{ids['message_id']}").text

    assert "Did it arrive?" in page
    assert "Send it again" not in page
    assert vic.post(f"/messages/{ids['message_id']}/again", page="/").status_code == 403


def test_eve_sees_and_decides_nothing_of_harbours(eve, wiring, harbour, ids):
    for path in (f"/messages/{ids['message_id']}/arrived", f"/messages/{ids['message_id']}/again"):
        assert eve.post(path).status_code == 404
    assert eve.get(f"/messages/{ids['message_id']}").status_code == 404
    assert "person" not in eve.get("/messages").text.split("<main")[1].split("empty")[0]
    assert state_of(wiring, harbour, ids["message_id"]) == "in_doubt"


def test_an_empty_list_says_what_will_stand_here_and_when(olive):
    page = olive.get("/messages").text

    assert "No message yet" in page
    assert "Once the campaign is on" in page


def test_all_is_well_with_mail_when_nothing_stands_still(app):
    with app.test_request_context():
        assert mail_concerns.judge(facts()) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"standing": Standing(in_doubt=2)}, "2 messages may or may not have arrived"),
        ({"standing": Standing(away=5, away_since=MONDAY - timedelta(hours=6))}, "has not answered for 6 hours"),
        ({"standing": Standing(is_on=True, email="a@b.example")}, "nobody has accepted the address"),
        ({"standing": Standing(is_on=True), "post": Post(has_server=False)}, "no mail server is set"),
        ({"pressing": Pressing(1, MONDAY - timedelta(days=21))}, "fulfilled by 25 Nov 2026"),
    ],
)
def test_what_stands_still_is_said_on_the_overview(app, change, words):
    with app.test_request_context():
        (concern,) = mail_concerns.judge(facts(**change))

        assert words in f"{concern.title} {concern.remedy}"


def test_the_catcher_needs_no_accepted_address(app):
    with app.test_request_context():
        assert not mail_concerns.judge(facts(standing=Standing(is_on=True), post=Post(has_server=True, is_caught=True)))


def test_the_overview_links_to_what_is_in_doubt(olive, ids):
    page = olive.get("/").text

    assert "One message may or may not have arrived." in page
    assert "/messages?state=in_doubt" in page


def test_the_mail_server_is_away_since_the_first_message_met_that(wiring, harbour, ids):
    with wiring.db.of_shop(harbour) as session:
        standing = reports.mail_standing(session, harbour)
        at = outbox.now(session)

    assert (standing.in_doubt, standing.away, standing.is_on) == (1, 1, True)
    assert timedelta(minutes=29) < at - standing.away_since < timedelta(minutes=40)


def facts(**change):
    told = {"standing": Standing(), "post": Post(has_server=True), "pressing": Pressing(), **change}
    return MailFacts(now=MONDAY, **told)
