"""Customers in the merchant's pages: found, told, and never shown to the wrong shop or changed by who may only look."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app import consent
from app.identity import known, same_person
from app.messaging import links
from app.models import AuditEntry, ConsentRecord, MailLink, ProfileMerge, Suppression
from app.models.browsing import visitor_key
from app.profiles.refresh import refresh_news
from app.shops import audit
from plugins.events import CustomerMerged, VisitorRecognized
from tests.app.cast import ALICE, MONDAY, agree, cart, customer, item, order, subscribe, tell
from tests.app.web.admin.full import EVIL

HER = "/customers/customer/1"


@pytest.fixture
def alice(wiring, harbour):
    """Alice has an account, two orders, a cart, a browser and said yes to mail."""
    tell(
        wiring, harbour, item("1", f"Assam {EVIL}"),
        customer("alice", first_name="Alice", last_name=f"O'Neill {EVIL}", phone="+442079460000"),
        order("1001", "1", "alice", at=MONDAY),
        order("1002", "1 1", email="alice@example.com"),
        cart("c1", "1", "alice@example.com"),
        VisitorRecognized(visitor_id=ALICE, customer_external_id="alice", version_at=MONDAY),
    )  # fmt: skip
    subscribe(wiring, harbour, "alice@example.com")
    with wiring.db.of_shop(harbour) as session:
        agree(session, harbour, visitor_key(ALICE))


def rows(wiring, shop_id, model):
    with wiring.db.of_shop(shop_id) as session:
        return session.scalars(select(model)).all()


def test_an_empty_shop_is_told_what_will_appear(olive):
    page = olive.get("/customers").text

    assert "Nobody has ordered or signed up yet." in page
    assert "appear here as soon as" in page


def test_a_search_leads_to_the_profile(olive, alice):
    page = olive.get("/customers?q=o'neill").text

    assert "One person fits" in page
    assert f'href="/admin/harbour-tea{HER}"' in page
    assert "has ordered 2 times" in olive.get(HER).text


def test_who_is_not_found_is_told_how_to_search(olive, alice):
    page = olive.get("/customers?q=nobody").text

    assert "Nobody is called “nobody”." in page
    assert "Type the beginning" in page


def test_a_guest_has_a_profile_too(olive, wiring, harbour):
    tell(wiring, harbour, order("7", "1", email="gus@example.com"))
    page = olive.get("/customers?q=gus").text
    (address,) = re.findall(r'/admin/harbour-tea(/customers/order/\d+)"', page)

    assert "gus@example.com has ordered once" in olive.get(address).text
    assert "none: a guest" in olive.get(address).text


def test_a_profile_tells_everything_and_escapes_it(olive, alice):
    page = olive.get(HER).text

    assert EVIL not in page
    for words in ("Order 1001", "A checkout begun", "their own newest word is yes", "+442079460000", "one of theirs"):
        assert words in page, words


def test_the_list_and_the_timeline_remember_their_state(olive, alice):
    assert 'value="order" selected' in olive.get(f"{HER}?show=order").text
    assert "A checkout begun" not in olive.get(f"{HER}?show=order").text
    assert 'aria-sort="ascending"' in olive.get("/customers?sort=name").text


@pytest.mark.parametrize("sort", ["name", "-name", "email", "-email", "orders", "-orders", "last_at", "-last_at", "x"])
def test_every_order_of_the_list_works(olive, alice, sort):
    assert olive.get("/customers", query_string={"sort": sort}).status_code == 200


def test_the_other_shop_sees_nobody(eve, alice):
    assert eve.get(HER).status_code == 404
    assert "alice" not in eve.get("/customers?q=alice").text.replace("“alice”", "").replace('value="alice"', "")
    assert eve.get(f"/admin/harbour-tea{HER}").status_code == 404


@pytest.mark.parametrize("path", ["/customers/customer/9", "/customers/order/0", "/customers/consent/77"])
def test_a_row_that_is_not_there_is_no_profile(olive, alice, path):
    assert olive.get(path).status_code == 404


def test_a_data_link_is_shown_once_and_holds_a_week(ed, wiring, harbour, alice):
    page = ed.post(f"{HER}/link", page=HER).text
    token = re.search(r"/you/harbour-tea/([\w-]+)<", page).group(1)
    (link,) = rows(wiring, harbour, MailLink)

    assert "Send this link to alice@example.com, and nowhere else." in page
    assert (link.email, link.customer_external_id, link.message_id) == ("alice@example.com", "alice", None)
    assert (link.expires_at - link.made_at).days == 7
    with wiring.db.of_shop(harbour) as session:
        assert links.find_link(session, harbour, links.DATA, token) is not None


def test_stopping_mail_is_kept_as_a_no_and_a_suppression(ed, wiring, harbour, alice):
    ed.post(f"{HER}/stop", page=HER)
    newest = rows(wiring, harbour, ConsentRecord)[-1]
    with wiring.db.of_shop(harbour) as session:
        answer = consent.may_mail(session, harbour, "alice@example.com")

    assert (newest.is_given, newest.source, newest.wording) == (False, "merchant", "Stopped by the shop.")
    assert [(one.address, one.reason) for one in rows(wiring, harbour, Suppression)] == [
        ("alice@example.com", "blocked")
    ]
    assert answer.reason == consent.Reason.SUPPRESSED
    assert "the address is stopped" in ed.get(HER).text


def test_stopping_twice_is_stopped_once(ed, wiring, harbour, alice):
    ed.post(f"{HER}/stop", page=HER)
    assert "Stop e-mail for good" not in ed.get(HER).text
    assert ed.post(f"{HER}/stop", page=HER).status_code == 303
    assert len(rows(wiring, harbour, Suppression)) == 1


@pytest.mark.parametrize("action", ["link", "stop"])
def test_who_may_only_look_changes_nothing(vic, wiring, harbour, alice, action):
    assert vic.post(f"{HER}/{action}", page=HER).status_code == 403
    assert "data link" not in vic.get(HER).text
    assert rows(wiring, harbour, MailLink) == rows(wiring, harbour, Suppression) == []


@pytest.mark.parametrize("action", ["link", "stop"])
def test_a_change_needs_our_own_form_and_is_never_a_get(ed, wiring, harbour, alice, action):
    assert ed.client.post(f"/admin/harbour-tea{HER}/{action}").status_code == 400
    assert ed.get(f"{HER}/{action}").status_code in (404, 405)
    assert rows(wiring, harbour, MailLink) == rows(wiring, harbour, Suppression) == []


def test_the_history_names_the_row_and_nobody(ed, wiring, harbour, alice):
    ed.post(f"{HER}/link", page=HER)
    ed.post(f"{HER}/stop", page=HER)
    entries = [one for one in rows(wiring, harbour, AuditEntry) if one.action in ("data_link_made", "mail_stopped")]

    assert [one.detail for one in entries] == [{"kind": "customer", "row": 1}] * 2


def test_the_other_shop_cannot_stop_or_make_a_link(eve, wiring, harbour, alice):
    for action in ("link", "stop"):
        assert eve.post(f"{HER}/{action}", page="/customers").status_code == 404
        assert eve.post(f"/admin/harbour-tea{HER}/{action}", page="/customers").status_code == 404
    assert rows(wiring, harbour, MailLink) == rows(wiring, harbour, Suppression) == []


def test_somebody_who_was_erased_is_gone_from_the_pages(olive, wiring, harbour, alice):
    with wiring.db.of_shop(harbour) as session:
        session.execute(text("DELETE FROM customers"))

    assert olive.get(HER).status_code == 404


def test_a_correction_is_shown_until_the_shop_tells_of_them_anew(olive, wiring, harbour, alice):
    now = wiring.clock()
    tell(wiring, harbour, customer("alice", first_name="Alicia", at=now - timedelta(seconds=1)))
    with wiring.db.of_shop(harbour) as session:
        audit.record(session, harbour, None, "customer_corrected", kind="customer", row=1, fields=["first_name"])
    told = olive.get(HER).text
    tell(wiring, harbour, customer("alice", first_name="Alicia", at=now + timedelta(hours=1)))

    assert "They corrected their own data" in told
    assert "Change it in your shop too (first name)" in told
    assert "They corrected their own data" not in olive.get(HER).text
    assert "the customer" in olive.get("/history?action=customer_corrected").text


@pytest.fixture
def two_in_one(wiring, harbour, alice):
    """Alice, and an account of her sister's that the platform took for hers."""
    tell(
        wiring, harbour,
        customer("sister", first_name="Anne"), order("2001", "1", "sister"),
        CustomerMerged(from_external_id="sister", into_external_id="alice", merged_at=MONDAY),
    )  # fmt: skip
    with wiring.db.of_shop(harbour) as session:
        while refresh_news(session, harbour) >= 500:
            pass


def test_the_page_says_where_somebody_stands_and_why_by_the_same_orders_as_the_timeline(ed, two_in_one):
    page = ed.get(HER).text

    assert "Where they stand" in page
    assert 'Orders that stand</dt><dd class="number">3<' in page
    assert "Your shop merged these accounts" in page


def test_two_people_are_taken_apart_for_good_and_each_keeps_what_is_theirs(ed, two_in_one, wiring, harbour):
    ed.post(f"{HER}/apart/1", page=HER)

    page = ed.get(HER).text
    assert "2001" not in page
    assert "They stay two" in page
    sister = ed.get("/customers/customer/2").text
    assert "2001" in sister
    assert "1001" not in sister
    assert [one.action for one in rows(wiring, harbour, AuditEntry)][-1] == "taken_apart"
    with wiring.db.of_shop(harbour) as session:
        assert same_person(session, harbour, known(customers="sister")).customers == {"sister"}


def test_a_merge_of_somebody_else_is_not_undone_on_this_page(ed, two_in_one, wiring, harbour):
    tell(wiring, harbour, customer("dan"))
    assert ed.post("/customers/customer/3/apart/1").status_code == 404
    assert rows(wiring, harbour, ProfileMerge)[0].undone_at is None
