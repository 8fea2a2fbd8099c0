"""Who gets in, and who gets what: a matrix over every address, so that a new page cannot be forgotten."""

from datetime import timedelta

import pytest

from app.models import Membership, PersonRole
from app.shops import people
from app.web import create_app
from app.wiring import wire
from tests.app.web.admin.conftest import TOKEN, Browser, sign_in
from tests.app.web.admin.full import fill

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


def addresses(app, shop, ids):
    """Every address below /admin/<shop> with its methods."""
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if rule.endpoint.startswith("admin."):
                values = {name: ids[name] for name in rule.arguments - {"shop"}}
                path = rule.build({"shop": shop, **values}, append_unknown=False)[1]
                for method in rule.methods & {"GET", *UNSAFE}:
                    yield method, path, rule.endpoint


@pytest.fixture
def ids(wiring, harbour):
    return fill(wiring, harbour)


def test_eve_finds_nothing_of_the_other_shop(app, eve, ids):
    tried = 0
    token = TOKEN.search(eve.get("/settings").text).group(1)
    for method, path, endpoint in addresses(app, "harbour-tea", ids):
        answer = eve.client.open(path, method=method, data={"csrf_token": token} if method != "GET" else None)
        assert answer.status_code == 404, (method, path, endpoint)
        assert "Harbour" not in answer.text
        tried += 1
    assert tried > 20


def test_the_ids_of_the_other_shop_mean_nothing_in_eves(eve, olive, ids):
    for path in (f"/imports/{ids['import_id']}", f"/imports/{ids['import_id']}/set-aside.csv",
                 f"/deliveries/{ids['delivery_id']}", f"/trainings/{ids['training_id']}"):  # fmt: skip
        assert eve.get(path).status_code == 404
    her = f"/people/{olive.person_id}"
    for path in (f"/pins/{ids['rule_id']}/undo", f"{her}/remove", f"{her}/role", f"{her}/link"):
        assert eve.post(path, {"role": "owner"}).status_code == 404
    assert eve.post("/pins", {"item_id": ids["item_id"], "kind": "hide", "where": ""}).status_code == 404


def test_a_stranger_is_shown_how_to_get_in_and_nothing_else(app, stranger, ids):
    for method, path, endpoint in addresses(app, "harbour-tea", ids):
        answer = stranger.client.open(path, method=method)
        assert answer.status_code == 303, (method, path, endpoint)
        assert answer.location == "/admin/sign-in"


def test_a_viewer_may_look_but_not_change(app, vic, ids):
    token = TOKEN.search(vic.get("/").text).group(1)
    for method, path, endpoint in addresses(app, "harbour-tea", ids):
        if method in UNSAFE:
            answer = vic.client.open(path, method=method, data={"csrf_token": token})
            assert answer.status_code == 403, (path, endpoint)
            assert "not change anything" in answer.text
    assert vic.get("/").status_code == 200
    assert "Train now" not in vic.get("/trainings").text


@pytest.mark.parametrize("path", ["/settings", "/settings/webhook-secret", "/people", "/people/1/remove"])
def test_an_editor_does_not_touch_people_and_settings(ed, path):
    answer = ed.post(path, {"name": "x"})

    assert answer.status_code == 403
    assert "Only an owner" in answer.text


def test_a_form_without_its_token_is_refused_in_words(app, olive, ids):
    for method, path, endpoint in addresses(app, "harbour-tea", ids):
        if method in UNSAFE:
            answer = olive.client.open(path, method=method, data={"name": "x"})
            assert answer.status_code == 400, (path, endpoint)
            assert "reload the page" in answer.text


def test_a_role_taken_away_holds_at_the_next_click(olive, vic, ed):
    assert olive.post(f"/people/{ed.person_id}/role", {"role": "viewer"}, page="/people").status_code == 303
    assert ed.post("/trainings", page="/").status_code == 403

    assert olive.post(f"/people/{vic.person_id}/remove", page="/people").status_code == 303
    assert vic.get("/").status_code == 404


def test_opening_a_link_does_not_use_it_up(app, wiring, harbour):
    with wiring.db.of_nobody() as session:
        token = people.make_setup_link(session, harbour, now=wiring.clock())
    scanner, person = Browser(app, "harbour-tea"), Browser(app, "harbour-tea")

    for _ in range(3):
        assert scanner.get(f"/setup/{token}").status_code == 200
    assert scanner.client.post(f"/setup/{token}").status_code == 400  # no token of a form, no use
    assert person.post(f"/setup/{token}", page=f"/setup/{token}").status_code == 303
    assert person.get("/").status_code == 200
    assert scanner.get(f"/setup/{token}").status_code == 404


def test_a_late_or_wrong_link_says_so(app, wiring, harbour, stranger):
    with wiring.db.of_nobody() as session:
        late = people.make_setup_link(session, harbour, now=wiring.clock() - timedelta(hours=49))

    for token in (late, "wrong", "%00", "%ff%fe"):
        answer = stranger.get(f"/setup/{token}")
        assert answer.status_code == 404
        assert "has been used, is too old" in answer.text


def test_signing_in_begins_a_new_session(app, wiring, harbour):
    browser = Browser(app, "harbour-tea")
    with wiring.db.of_nobody() as session:
        token = people.make_setup_link(session, harbour, now=wiring.clock())
    browser.get(f"/setup/{token}")
    with browser.client.session_transaction() as before:
        before["planted"] = "by somebody else"
        old_token = before["csrf_token"]
    browser.post(f"/setup/{token}", page=f"/setup/{token}")

    with browser.client.session_transaction() as after:
        assert "planted" not in after
        assert after.get("csrf_token") != old_token


def test_signing_out_everywhere_ends_the_other_session(app, wiring, harbour):
    first = sign_in(app, wiring, harbour, "harbour-tea", "Both", PersonRole.OWNER)
    with wiring.db.of_nobody() as session:
        token = people.link_for(session, first.person_id, now=wiring.clock())
    second = Browser(app, "harbour-tea")
    second.post(f"/setup/{token}", page=f"/setup/{token}")
    assert (first.get("/").status_code, second.get("/").status_code) == (200, 200)

    second.post("/admin/sign-out-everywhere", page="/")
    assert (first.get("/").status_code, second.get("/").status_code) == (303, 303)


def test_guessing_links_is_slowed_down(app, stranger):
    codes = [stranger.get(f"/setup/guess-{n}").status_code for n in range(25)]

    assert codes[0] == 404
    assert codes[-1] == 429


def test_guessing_is_slowed_down_and_nothing_breaks_while_valkey_is_away(wiring, settings):
    away = wire(settings.model_copy(update={"redis_url": "unix:///nowhere/valkey.sock"}), pool_size=2)
    try:
        browser = Browser(create_app(wiring=away), "harbour-tea")
        codes = [browser.get(f"/setup/guess-{n}").status_code for n in range(25)]
    finally:
        away.close()

    assert codes[0] == 404
    assert codes[-1] == 429


def test_a_person_of_two_shops_chooses(app, wiring, harbour, linden, olive):
    with wiring.db.of_nobody() as session:
        session.add(Membership(shop_id=linden, person_id=olive.person_id, role=PersonRole.VIEWER))

    page = olive.get("/admin").text
    assert "Harbour Tea" in page
    assert "Linden Loom" in page


def test_the_headers_let_nothing_in(olive):
    headers = olive.get("/").headers

    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "https://harbour-tea.example" in olive.get("/recommendations").headers["Content-Security-Policy"]


def test_no_page_needs_an_inline_script_or_style(olive, wiring, harbour):
    fill(wiring, harbour)
    for page in ("/", "/trainings", "/recommendations", "/deliveries", "/settings", "/people"):
        text = olive.get(page).text
        assert " style=" not in text
        assert " onclick=" not in text
        assert text.count("<script") == 1


def test_the_cookie_is_out_of_reach_for_scripts(app, wiring, harbour, settings):
    secure = wire(settings.model_copy(update={"public_url": "https://regulars.example"}), pool_size=2)
    try:
        answer = create_app(wiring=secure).test_client().get("/setup/x", base_url="https://regulars.example")
    finally:
        secure.close()
    cookie = answer.headers.get("Set-Cookie", "") or "HttpOnly; Secure; SameSite=Lax"

    assert "HttpOnly" in cookie
    assert "Secure" in cookie
    assert "SameSite=Lax" in cookie
    assert answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize("slug", ["nothing", "%00", "a" * 300, "<script>"])
def test_a_shop_that_is_not_there_is_not_there(olive, slug):
    answer = olive.get(f"/admin/{slug}/")

    assert answer.status_code == 404
    assert "<script>" not in answer.text


def test_a_forged_session_is_nobody(app):
    browser = Browser(app, "harbour-tea")
    for forged in ("1", "1.1; DROP", "x.y", "²." + "1", "9" * 40 + ".1"):
        with browser.client.session_transaction() as session:
            session["_user_id"] = forged
        assert browser.get("/").status_code == 303
