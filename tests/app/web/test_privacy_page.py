"""A shopper's own page: what a link opens and what never, in two languages, and not a thing changed by looking."""

import io
import re
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app import consent
from app.jobs.forgetting import fulfil_wish
from app.messaging import links
from app.models import AuditEntry, ConsentRecord, Customer, Erasure
from app.models.browsing import visitor_key
from app.serving.visit import read_visit
from app.web import create_app
from plugins.events import SuppressionReason, VisitorRecognized
from tests.app.cast import ALICE, BOB, MONDAY, agree, cart, customer, item, keep_test, order, subscribe, tell

EVIL = "<script>alert('x')</script>"
HERS, HIS = "alice@example.com", "bob@example.com"
TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


@pytest.fixture
def shop(wiring, harbour):
    """Alice has an account, orders, a cart and a browser; Bob has an account; they share a phone."""
    tell(
        wiring, harbour, item("1", f"Assam {EVIL}"), item("2", "Ceylon"), item("3", "Darjeeling"),
        customer("alice", first_name=f"Alice {EVIL}", last_name="O'Neill", phone="+442079460077"),
        customer("bob", first_name="Robert", phone="+442079460077"),
        order("1001", "1", "alice", at=MONDAY),
        order("2001", "2", "bob", at=MONDAY, phone="+442079460077"),
        cart("c1", "1", HERS, customer_external_id="alice"),
        VisitorRecognized(visitor_id=ALICE, customer_external_id="alice", version_at=MONDAY),
    )  # fmt: skip
    subscribe(wiring, harbour, HERS)
    with wiring.db.of_shop(harbour) as session:
        agree(session, harbour, visitor_key(ALICE))
    return harbour


@pytest.fixture
def client(wiring, shop):
    app = create_app(wiring=wiring)
    app.testing = False
    return app.test_client()


def link(wiring, shop_id, email=HERS, customer=None, *, message_id=7, days=None, purpose=links.DATA):
    """Return the path of a link: mailed with a message, or made by the merchant without one."""
    with wiring.db.of_shop(shop_id) as session:
        target = links.Target(message_id=message_id, email=email, customer_external_id=customer)
        token = links.make_link(session, shop_id, purpose, target, days=days)
    return f"/you/harbour-tea/{token}"


@pytest.fixture
def page(client, wiring, shop):
    """Alice's page, opened by a mailed link."""

    class Page:
        path = link(wiring, shop)

        def get(self, more="", **kwargs):
            return client.get(self.path + more, **kwargs)

        def post(self, more, path=None, **data):
            token = TOKEN.search(client.get(path or self.path).text)
            told = {"form_token": token.group(1) if token else "", **data}
            return client.post((path or self.path) + more, data=told)

    return Page()


def words(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return session.scalars(select(ConsentRecord).order_by(ConsentRecord.id)).all()


def test_the_page_tells_what_is_known_and_masks_what_a_forward_would_give_away(page):
    text_ = page.get().text

    for known in ("Order 1001", "A cart", "You have ordered here once", "a***@example.com", "··· 77", "You get it"):
        assert known in text_, known
    for hidden in (HERS, "+442079460077", EVIL, "Bob", "Robert", "2001", HIS):
        assert hidden not in text_, hidden


def test_why_something_would_be_shown_is_said(page):
    assert 'Darjeeling</b><br><span class="quiet">New in the shop' in page.get().text


@pytest.mark.parametrize("language", ["de", "de-AT,de;q=0.9,en;q=0.5"])
def test_the_page_speaks_german(page, language):
    answer = page.get(headers={"Accept-Language": language})

    assert '<html lang="de">' in answer.text
    assert "Ihre Daten" in answer.text
    assert '<html lang="en">' in page.get("?lang=en", headers={"Accept-Language": language}).text


def test_browsers_are_told_to_keep_and_tell_nothing(page):
    for answer in (page.get(), page.get("/erase"), page.get("x")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
        assert "Set-Cookie" not in answer.headers
        assert "<script" not in answer.text


def test_a_forged_a_foreign_and_an_expired_link_help_and_tell_nothing(client, wiring, shop, linden):
    old = link(wiring, shop, days=0)
    with wiring.db.of_shop(linden) as session:
        eves = links.make_link(session, linden, links.DATA, links.Target(email=HERS))
    others = link(wiring, shop, purpose=links.UNSUBSCRIBE)
    for path in (old, f"/you/harbour-tea/{eves}", f"/you/linden-loom/{old[17:]}", others,
                 "/you/harbour-tea/forged", "/you/nobody/forged", "/you/harbour-tea/" + "x" * 5000):  # fmt: skip
        answer = client.get(path)
        assert (answer.status_code, "does not open anything" in answer.text) == (404, True), path
        assert "Order 1001" not in answer.text


def test_looking_changes_nothing(client, wiring, shop, page):
    def everything():
        with wiring.db.of_shop(shop) as session:
            tables = ("consent_records", "suppressions", "customers", "erasures", "audit_entries", "mail_links")
            return [session.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2")).all() for table in tables]

    before = everything()
    for more in ("", "/erase", "?said=mail&page=2&lang=de", "/mail", "/personal", "/correct", "/copy"):
        assert client.get(page.path + more).status_code in (200, 405)
        client.head(page.path + more)
    assert everything() == before


@pytest.mark.parametrize("path", ["/mail", "/personal", "/correct", "/copy", "/erase"])
def test_a_form_that_is_not_of_this_links_page_changes_nothing(client, wiring, shop, page, path):
    other = TOKEN.search(client.get(link(wiring, shop, HIS)).text).group(1)
    for token in ("", "forged", other):
        answer = client.post(page.path + path, data={"form_token": token, "answer": "no", "email": HERS})
        assert answer.status_code == 400
    with wiring.db.of_shop(shop) as session:
        assert session.scalars(select(Erasure)).all() == []
    assert len(words(wiring, shop)) == 2


def test_a_choice_is_kept_with_the_very_words_that_were_read(page, wiring, shop):
    read = page.get().text
    assert page.post("/mail", answer="no").status_code == 303
    said = words(wiring, shop)[-1]

    assert said.wording == "No, Harbour Tea may not write to me by e-mail about my cart."
    assert said.wording in read
    assert (said.email, said.is_given, said.source, said.wording_version, said.locale) == (
        HERS, False, "own_page", "own-page-1", "en",
    )  # fmt: skip
    with wiring.db.of_shop(shop) as session:
        assert consent.may_mail(session, shop, HERS).reason == consent.Reason.WITHDRAWN
    assert "you said no" in page.get().text


def test_the_words_are_kept_in_the_language_they_were_read_in(page, wiring, shop):
    page.post("/mail", answer="no", lang="de")
    said = words(wiring, shop)[-1]

    assert said.locale == "de"
    assert said.wording.startswith("Nein, Harbour Tea darf mir")


def test_a_yes_from_the_mailbox_lifts_an_unsubscribe_but_not_a_bounce(page, wiring, shop):
    for reason, is_allowed in ((SuppressionReason.UNSUBSCRIBED, True), (SuppressionReason.BOUNCED, False)):
        with wiring.db.of_shop(shop) as session:
            consent.suppress(session, shop, consent.Stop(HERS, reason, "test", MONDAY + timedelta(hours=9)))
        assert ("Say yes" in page.get().text) == is_allowed
        page.post("/mail", answer="yes")
        with wiring.db.of_shop(shop) as session:
            assert consent.may_mail(session, shop, HERS).is_allowed == is_allowed


def test_a_link_of_the_merchant_cannot_say_yes_to_mail(client, page, wiring, shop):
    made = link(wiring, shop, customer="alice", message_id=None)
    page.post("/mail", path=made, answer="no")

    assert "A yes has to come from the mailbox itself" in client.get(made).text
    assert page.post("/mail", path=made, answer="yes").status_code == 400
    assert words(wiring, shop)[-1].source == "own_page_by_shop"


def test_switched_off_nothing_personal_is_served_at_once_and_on_again(page, wiring, shop):
    assert read_visit(wiring.db, shop, visitor_key(ALICE)).customer == "alice"
    page.post("/personal", answer="no")
    off = read_visit(wiring.db, shop, visitor_key(ALICE))
    with wiring.db.of_shop(shop) as session:
        learners = consent.learners(session, shop, is_unasked_allowed=True)
    text_ = page.get("?said=personal").text
    page.post("/personal", answer="yes")

    assert off.is_blank
    assert not learners.may_learn_from("alice").is_allowed
    assert learners.may_learn_from("bob").is_allowed
    assert "you see what everybody sees" in text_
    assert read_visit(wiring.db, shop, visitor_key(ALICE)).customer == "alice"


def test_switching_on_does_not_speak_for_a_browser_that_said_no_itself(page, wiring, shop):
    with wiring.db.of_shop(shop) as session:
        agree(session, shop, visitor_key(ALICE), is_given=False)
    page.post("/personal", answer="yes")

    assert read_visit(wiring.db, shop, visitor_key(ALICE)).is_blank
    assert "keeps its no" in page.get("?said=personal").text


def test_a_correction_is_a_fact_of_now_and_the_merchant_is_told(page, wiring, shop):
    told = {"account": "1", "first_name": f" Alicia {EVIL}", "last_name": "O’Neill\x00", "phone": ""}
    assert page.post("/correct", **told).location.endswith("said=corrected")
    with wiring.db.of_shop(shop) as session:
        row = session.get_one(Customer, (shop, 1))
        (entry,) = session.scalars(select(AuditEntry)).all()

    assert (row.first_name, row.last_name, row.phone) == (f"Alicia {EVIL}", "O’Neill", "+442079460077")
    assert row.version_at > MONDAY
    assert (entry.person_id, entry.detail) == (
        None,
        {"kind": "customer", "row": 1, "fields": ["first_name", "last_name"]},
    )
    assert EVIL not in page.get().text
    assert page.post("/correct", **told).location.endswith("said=same")
    tell(wiring, shop, customer("alice", first_name="Stale"))
    with wiring.db.of_shop(shop) as session:
        assert session.get_one(Customer, (shop, 1)).first_name == f"Alicia {EVIL}"


@pytest.mark.parametrize("told", [{"phone": "none"}, {"first_name": "x" * 101}])
def test_what_cannot_be_a_name_or_phone_is_refused_with_words(page, told):
    answer = page.post("/correct", account="1", **{"first_name": "A", "last_name": "B", **told})

    assert answer.status_code == 400
    assert "Nothing was changed" in answer.text


def test_nobody_corrects_another_person(page, wiring, shop):
    for account in ("2", "", "x", "99"):
        assert page.post("/correct", account=account, first_name="Mallory").status_code == 400
    with wiring.db.of_shop(shop) as session:
        assert session.get_one(Customer, (shop, 2)).first_name == "Robert"


def test_a_copy_and_erasing_ask_for_what_the_page_does_not_tell(page, wiring, shop):
    for email in ("", HIS, "a***@example.com"):
        for form in ("/copy", "/erase"):
            answer = page.post(form, email=email)
            assert answer.status_code == 400
            assert 'aria-invalid="true"' in answer.text
            assert "That is not the e-mail address" in answer.text
    with wiring.db.of_shop(shop) as session:
        assert session.scalars(select(Erasure)).all() == []
    answer = page.post("/copy", email=" Alice@Example.com ")
    assert (answer.status_code, answer.mimetype, answer.data[:2]) == (200, "application/zip", b"PK")


def test_erasing_is_put_in_line_once_and_the_page_says_how_far_it_is(page, wiring, shop):
    assert "Nobody can undo it." in page.get("/erase").text
    assert page.post("/erase", email=HERS).status_code == 303
    assert "Your data is being erased." in page.get().text
    page.post("/erase", email=HERS)
    with wiring.db.of_shop(shop) as session:
        (wish,) = session.scalars(select(Erasure)).all()
        session.execute(text("DELETE FROM mail_links"))
        session.execute(text("UPDATE erasures SET live_erased_at = now(), subject = NULL"))

    assert (wish.kind, wish.asked_by, wish.subject["emails"]) == ("erase", "shopper", [HERS])
    assert "Your data was erased on" in page.get().text
    assert "Order 1001" not in page.get().text


def test_erasing_forgets_whoever_asked_and_nobody_whose_address_or_phone_they_used(page, wiring, shop):
    tell(wiring, shop, cart("c2", "2", HIS, customer_external_id="alice"), order("1009", "1", "alice", email=HIS))
    page.post("/erase", email=HERS)
    with wiring.db.of_shop(shop) as session:
        (wish,) = session.scalars(select(Erasure)).all()
    fulfil_wish(shop, wish.id, wiring=wiring)
    with wiring.db.of_shop(shop) as session:
        left = session.scalars(select(Customer.external_id)).all()
        his = session.execute(text("SELECT email FROM orders WHERE customer_external_id = 'bob'")).all()
        hers = session.execute(
            text("SELECT count(*) FROM carts WHERE email = :her OR customer_external_id = 'alice'"), {"her": HERS}
        ).scalar()

    assert (left, len(his), hers) == (["bob"], 1, 0)
    assert "Your data was erased on" in page.get().text


def test_a_copy_holds_what_is_theirs_and_nobody_elses(page, wiring, shop):
    tell(wiring, shop, cart("c2", "2", HERS, customer_external_id="bob"), order("2002", "2", "bob", email=HERS))
    packed = zipfile.ZipFile(io.BytesIO(page.post("/copy", email=HERS).data))
    told = "".join(packed.read(name).decode() for name in packed.namelist())

    assert "1001" in told
    for others in ("2001", "2002", HIS, "Robert"):
        assert others not in told, others


def test_a_link_opens_nobody_who_shares_a_phone_a_browser_or_a_typed_address(client, wiring, shop):
    tell(
        wiring, shop,
        cart("c2", "2", HERS, customer_external_id="bob"),
        order("2002", "2", "bob", email=HERS),
        order("2003", "2", "bob", visitor_id=BOB),
        order("1003", "3", email=HERS, visitor_id=BOB),
    )  # fmt: skip
    hers = client.get(link(wiring, shop)).text
    his = client.get(link(wiring, shop, HIS, "bob")).text
    his_by_merchant = client.get(link(wiring, shop, HIS, "bob", message_id=None)).text

    assert "Order 1003" in hers
    assert not {"2001", "2002", "2003"} & set(re.findall(r"Order (\d+)", hers))
    for page in (his, his_by_merchant):
        assert {"2001", "2002", "2003"} == set(re.findall(r"Order (\d+)", page))
        assert "a***@" not in page.replace("a***@example.com, ", "a***@")


def test_a_mailed_link_does_not_open_the_account_its_cart_named(client, wiring, shop):
    page = client.get(link(wiring, shop, "mother@example.com", "alice")).text

    assert "You have not ordered here yet" in page
    assert "Order 1001" not in page


def test_too_many_looks_are_asked_to_wait(page):
    answers = {page.get("x").status_code for _ in range(130)}

    assert answers == {404, 429}


@pytest.mark.parametrize("path", ["/mail", "/personal", "/correct", "/copy", "/erase"])
def test_the_link_of_a_test_message_shows_the_page_and_changes_nothing(page, wiring, shop, path):
    page.path = link(wiring, shop, message_id=keep_test(wiring, shop, HERS))
    before = words(wiring, shop)

    answered = page.post(path, answer="no", email=HERS, first_name="Eve")

    assert answered.status_code == 400
    assert "came with a test" in answered.text
    assert [one.id for one in words(wiring, shop)] == [one.id for one in before]
    with wiring.db.of_shop(shop) as session:
        assert session.scalars(select(Erasure)).all() == []
