"""The links in letters: opening one changes nothing, sending one back does, and each belongs to one shop."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from limits import RateLimitItemPerMinute
from sqlalchemy import func, select, update

from app import consent
from app.messaging.links import RECOVER, UNSUBSCRIBE, Target, address, make_link
from app.models import ConsentRecord, MailLink, Shop, Suppression
from app.web.email_link_words import PAGES, page_words
from plugins import PLATFORMS
from plugins.errors import Unsupported
from plugins.events import CartStage
from tests.app.cast import cart, keep_test, subscribe, tell

ADDRESS = "alice@example.com"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def link(wiring, harbour):
    """Make a link of Harbour Tea; returns its path."""
    subscribe(wiring, harbour, ADDRESS)

    def make(purpose=UNSUBSCRIBE, *, days=None, shop="harbour-tea", **target):
        with wiring.db.of_shop(harbour) as session:
            token = make_link(session, harbour, purpose, Target(email=ADDRESS, **target), days=days)
        return address("", shop, purpose, token)

    return make


def answer(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return consent.may_mail(session, shop_id, ADDRESS)


def said(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return list(session.scalars(select(ConsentRecord).where(ConsentRecord.source == "unsubscribe link")))


def age(wiring, shop_id, days):
    with wiring.db.of_shop(shop_id) as session:
        session.execute(update(MailLink).values(expires_at=MailLink.expires_at - func.make_interval(0, 0, 0, days)))


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_opening_the_way_out_changes_nothing(client, wiring, harbour, link, method):
    path = link()

    assert getattr(client, method)(path).status_code == 200
    assert getattr(client, method)(f"{path}?List-Unsubscribe=One-Click").status_code == 200
    assert answer(wiring, harbour).is_allowed


def test_the_page_asks_with_one_button_and_nothing_else(client, link):
    page = client.get(link()).text

    assert "No more e-mails from Harbour Tea?" in page
    assert page.count("<button") == 1
    assert "<script" not in page
    assert ADDRESS not in page


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_one_click_unsubscribes_at_once_without_a_cookie(client, wiring, harbour, link, content_type):
    answered = client.post(link(), data=ONE_CLICK, content_type=content_type)

    assert answered.status_code == 200
    assert "Set-Cookie" not in answered.headers
    assert answer(wiring, harbour).reason == consent.Reason.SUPPRESSED
    (word,) = said(wiring, harbour)
    assert (word.is_given, word.email, word.purpose) == (False, ADDRESS, "email_marketing")


def test_a_browsers_own_form_works_from_our_own_origin(client, wiring, harbour, link):
    assert client.post(link(), data=ONE_CLICK, headers={"Origin": "null"}).status_code == 200
    assert not answer(wiring, harbour).is_allowed


def test_twice_is_once(client, wiring, harbour, link):
    path = link()
    for _ in range(2):
        assert client.post(path, data=ONE_CLICK).status_code == 200

    assert len(said(wiring, harbour)) == 1


def test_a_later_yes_counts_and_so_does_the_old_link_after_it(client, wiring, harbour, link):
    path = link()
    client.post(path, data=ONE_CLICK)
    with wiring.db.of_shop(harbour) as session:
        now = session.scalar(select(func.clock_timestamp()))
    subscribe(wiring, harbour, ADDRESS, at=now)
    assert answer(wiring, harbour).is_allowed

    client.post(path, data=ONE_CLICK)
    assert not answer(wiring, harbour).is_allowed


@pytest.mark.parametrize("data", [None, {"List-Unsubscribe": "no"}, {"other": "One-Click"}])
def test_something_else_sent_there_unsubscribes_nobody(client, wiring, harbour, link, data):
    assert client.post(link(), data=data).status_code == 400
    assert answer(wiring, harbour).is_allowed


def test_a_body_without_end_is_not_read(client, wiring, harbour, link):
    assert client.post(link(), data={**ONE_CLICK, "x": "y" * 100_000}).status_code == 413
    assert answer(wiring, harbour).is_allowed


def test_the_way_out_holds_for_more_than_a_year_and_then_says_what_to_do(client, wiring, harbour, link):
    path = link()
    age(wiring, harbour, 399)
    assert client.get(path).status_code == 200
    age(wiring, harbour, 2)

    for answered in (client.get(path), client.post(path, data=ONE_CLICK)):
        assert answered.status_code == 404
        assert "does not work any more" in answered.text
    assert answer(wiring, harbour).is_allowed


@pytest.mark.parametrize("token", ["forged", "x" * 5000, "%00", "%F0%9F%8D%B5", "..%2F..", "a%0d%0ab", "%ff%fe"])
@pytest.mark.parametrize("door", ["u", "r"])
def test_forged_links_get_a_helpful_page(client, link, door, token):
    link()
    answered = client.get(f"/{door}/harbour-tea/{token}")

    assert answered.status_code == 404
    if "%2F" not in token:
        assert "any more" in answered.text
    assert client.post(f"/u/harbour-tea/{token}", data=ONE_CLICK).status_code == 404


def test_a_link_of_one_purpose_opens_no_other_door(client, link):
    assert client.get(link(RECOVER).replace("/r/", "/u/")).status_code == 404
    assert client.get(link(UNSUBSCRIBE).replace("/u/", "/r/")).status_code == 404


def test_eves_shop_opens_no_link_of_another(client, wiring, harbour, linden, link):
    tell(wiring, harbour, cart("c1", "1 2", ADDRESS))
    subscribe(wiring, linden, ADDRESS)

    assert client.post(link(shop="linden-loom"), data=ONE_CLICK).status_code == 404
    assert client.get(link(RECOVER, cart_external_id="c1", shop="linden-loom")).status_code == 404
    assert answer(wiring, linden).is_allowed
    assert answer(wiring, harbour).is_allowed
    assert client.post(link(), data=ONE_CLICK).status_code == 200
    assert answer(wiring, linden).is_allowed


def test_a_shop_that_does_not_exist_gets_the_page_too(client):
    answered = client.get("/u/nowhere/token")

    assert answered.status_code == 404
    assert "does not work any more" in answered.text


def test_only_a_digest_of_the_token_is_kept(wiring, harbour, link):
    token = link().rsplit("/", 1)[1]
    with wiring.db.of_shop(harbour) as session:
        (row,) = session.scalars(select(MailLink))

    assert len(token) == 32
    assert token.encode() not in row.digest
    assert len(row.digest) == 32


@pytest.fixture
def demo_link(wiring, linden):
    """Make recovery links of the demo platform's shop, whose storefront puts carts back."""

    def make(cart_id="c1", *, days=None):
        with wiring.db.of_shop(linden) as session:
            token = make_link(session, linden, RECOVER, Target(cart_external_id=cart_id), days=days)
        return address("", "linden-loom", RECOVER, token)

    return make


def test_the_way_back_leads_to_the_cart_as_it_is_now_and_signs_nobody_in(client, wiring, linden, demo_link):
    tell(wiring, linden, cart("c1", "1 2", ADDRESS))
    path = demo_link()
    answered = client.get(path)

    assert answered.status_code == 302
    assert answered.headers["Location"] == "https://linden-loom.example/cart/restore?items=1:1,2:1"
    assert "Set-Cookie" not in answered.headers
    assert answered.headers["Cache-Control"] == "no-store"
    assert answered.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answered.headers["X-Robots-Tag"]

    tell(wiring, linden, cart("c1", "2 3", ADDRESS, at=cart("c1", "").version_at.replace(hour=10)))
    assert client.get(path).headers["Location"].endswith("items=2:1,3:1")


def test_following_is_noted_once_and_looking_ahead_is_not(client, wiring, linden, demo_link):
    tell(wiring, linden, cart("c1", "1", ADDRESS))
    path = demo_link()

    def followed_at():
        with wiring.db.of_shop(linden) as session:
            return session.scalar(select(MailLink.followed_at))

    client.head(path)
    assert followed_at() is None
    client.get(path)
    first = followed_at()
    client.get(path)
    assert first is not None
    assert followed_at() == first


@pytest.mark.parametrize("stage", [CartStage.ORDERED, CartStage.EMPTIED])
def test_a_cart_that_is_over_is_explained(client, wiring, linden, demo_link, stage):
    tell(wiring, linden, cart("c1", "1", ADDRESS, stage=stage))
    answered = client.get(demo_link())

    assert answered.status_code == 200
    assert "This basket is not there any more." in answered.text
    assert 'href="https://linden-loom.example/"' in answered.text


def test_a_cart_that_is_gone_and_a_link_that_is_old_are_explained(client, wiring, linden, demo_link):
    assert "not there any more" in client.get(demo_link("never")).text

    tell(wiring, linden, cart("c1", "1", ADDRESS))
    path = demo_link()
    age(wiring, linden, 13)
    assert client.get(path).status_code == 302
    age(wiring, linden, 2)
    answered = client.get(path)
    assert answered.status_code == 404
    assert 'href="https://linden-loom.example/"' in answered.text


def test_a_platform_that_cannot_put_carts_back_leads_to_its_front_page(client, wiring, harbour, link, monkeypatch):
    def cannot(_storefront, _lines):
        raise Unsupported

    monkeypatch.setattr(type(PLATFORMS["woocommerce"]), "cart_url", staticmethod(cannot))
    tell(wiring, harbour, cart("c1", "1", ADDRESS))

    assert client.get(link(RECOVER, cart_external_id="c1")).headers["Location"] == "https://harbour-tea.example/"


def test_a_shop_without_an_address_explains_instead_of_leading_nowhere(client, wiring, linden, demo_link):
    tell(wiring, linden, cart("c1", "1", ADDRESS))
    with wiring.db.of_nobody() as session:
        session.execute(update(Shop).values(origins=[]))
    answered = client.get(demo_link())

    assert answered.status_code == 200
    assert "<a " not in answered.text


@pytest.mark.parametrize(("wish", "words"), [("de-AT,en;q=0.5", "Keine E-Mails mehr"), ("fr", "No more e-mails")])
def test_pages_speak_the_shoppers_language(client, link, wish, words):
    answered = client.get(link(), headers={"Accept-Language": wish})

    assert words in answered.text
    assert f'<html lang="{"de" if wish[:2] == "de" else "en"}">' in answered.text


def test_a_shops_name_is_only_a_name(client, wiring, harbour, link):
    with wiring.db.of_nobody() as session:
        session.execute(update(Shop).values(name='<script>"&%(shop)s'))
    page = client.get(link()).text

    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_pages_allow_no_script_and_no_frame(client, link):
    policy = client.get(link()).headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy


def test_too_many_at_once_are_asked_to_wait(client, link, monkeypatch):
    monkeypatch.setattr("app.web.email_links.FOLLOWING", RateLimitItemPerMinute(1))
    path = link()
    client.get(path)
    answered = client.get(path)

    assert answered.status_code == 429
    assert "A moment, please." in answered.text


def test_an_unsubscribe_waits_for_a_hand_off_that_asks_at_the_same_time(client, wiring, harbour, link):
    path = link()
    with ThreadPoolExecutor(1) as pool:
        with wiring.db.of_shop(harbour) as session:
            assert consent.may_mail(session, harbour, ADDRESS).is_allowed
            leaving = pool.submit(client.post, path, data=ONE_CLICK)
            with pytest.raises(TimeoutError):
                leaving.result(timeout=0.3)
        assert leaving.result(timeout=5).status_code == 200
    with wiring.db.of_shop(harbour) as session:
        assert session.scalar(select(Suppression.reason)) == "unsubscribed"


def test_german_pages_are_german_all_over():
    for kind in PAGES:
        english, german = (page_words(kind, language, "Tee & 100%") for language in ("en", "de"))
        assert all(one != other for one, other in zip(english, german, strict=True))
        assert "%(" not in "".join(german)


def test_a_link_of_a_test_message_changes_nothing_and_says_so(client, wiring, harbour, link):
    path = link(message_id=keep_test(wiring, harbour, ADDRESS))

    assert "Unsubscribe" in client.get(path).text
    answered = client.post(path, data=ONE_CLICK)

    assert answered.status_code == 200
    assert "Nothing was changed: this link came with a test." in answered.text
    assert answer(wiring, harbour).is_allowed
    assert said(wiring, harbour) == []


@pytest.mark.parametrize(
    ("given", "is_followed"),
    [
        ("https://harbour-tea.example/?regulars_cart=abc", True),
        ("https://checkout.harbour-tea.example/c/1", True),  # what the platform calls the shop
        ("https://harbour-tea.example.evil.example/?regulars_cart=abc", False),
        ("https://harbour-tea.example@evil.example/", False),
        ("https://harbour-tea.example\\@evil.example/", False),
        ("https://harbour-tea.example/\r\nX: 1", False),
        ("javascript:alert(1)", False),
        ("https://[", False),
    ],
)
def test_a_shops_own_way_back_to_a_cart_is_taken_where_it_leads_to_the_shop(
    client, wiring, harbour, link, given, is_followed
):
    with wiring.db.of_nobody() as session:
        session.get_one(Shop, harbour).address = "checkout.harbour-tea.example"
    tell(wiring, harbour, cart("c1", "18", ADDRESS, recovery_url=given))

    answered = client.get(link(RECOVER, cart_external_id="c1"))

    assert answered.status_code == 302
    assert (answered.headers["Location"] == given) is is_followed
    assert answered.headers["Location"].startswith(("https://harbour-tea.example/", "https://checkout.harbour-tea."))
