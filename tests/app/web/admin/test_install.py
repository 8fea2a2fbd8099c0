"""The platform's answer: it counts once, for the shop and the address it was begun for, and in the right hands."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from rq import Queue
from sqlalchemy import select

from app.models import AuditEntry, PersonRole, Shop
from app.queues import FILES
from app.shops import connections, installs, people
from plugins.errors import Unreachable
from tests.app.web.admin.gate import WORD
from tests.conftest import add_shop

ADDRESS = "https://harbour-tea.example"
CALLBACK = "/install/woocommerce/callback"


@pytest.fixture
def state(wiring, harbour, olive, gate):
    return begin(wiring, harbour, olive.person_id)


def begin(wiring, shop_id, person_id, address=ADDRESS, *, now=None):
    with wiring.db.of_shop(shop_id) as session:
        connections.prepare(session, shop_id)
        told = {"person_id": person_id, "address": address, "now": now or wiring.clock()}
        return installs.new_state(session, shop_id, **told)


def hand_over(client, state, key=WORD):
    """Post the keys as WooCommerce does."""
    told = {
        "key_id": 3,
        "user_id": state,
        "consumer_key": key,
        "consumer_secret": "cs_1",
        "key_permissions": "read_write",
    }
    return client.post(CALLBACK, data=json.dumps(told), content_type="application/json;charset=UTF-8")


def standing(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        row = connections.connection_of(session, shop_id)
        shop = session.get_one(Shop, shop_id)
        return row.state, shop.address, row.found.get("install", {}).get("trouble")


def bells(wiring):
    return [job.description for job in Queue(FILES, connection=wiring.queues.redis, serializer="json").jobs]


def test_keys_that_hold_connect_the_shop_and_are_answered_with_exactly_200(client, wiring, harbour, state):
    answer = hand_over(client, state)

    assert answer.status_code == 200
    assert standing(wiring, harbour) == ("connected", ADDRESS, "")
    assert "connecting.set_up_shop" in bells(wiring)[0]
    with wiring.db.of_shop(harbour) as session:
        row = connections.connection_of(session, harbour)
        kept = connections.credentials_of(row, wiring.settings.secret_key)
        entries = session.scalars(select(AuditEntry)).all()
    assert kept.secrets == {"key": WORD}
    assert [(one.action, one.detail) for one in entries] == [("shop_connected", {"address": ADDRESS})]
    assert WORD.encode() not in row.credentials


def test_keys_are_tried_at_the_address_that_was_begun_and_nowhere_else(client, gate, state):
    told = {"user_id": state, "consumer_key": WORD, "site": "https://eve.example", "address": "https://eve.example"}
    client.post(CALLBACK, json=told)

    assert gate.asked == [ADDRESS]


def test_the_same_answer_twice_connects_once(client, wiring, harbour, gate, state):
    codes = [hand_over(client, state).status_code for _ in range(2)]

    assert codes == [200, 403]
    assert gate.asked == [ADDRESS]
    assert standing(wiring, harbour)[0] == "connected"


def test_of_two_answers_at_once_one_counts(app, state, gate):
    with ThreadPoolExecutor(2) as pool:
        codes = sorted(pool.map(lambda _n: hand_over(app.test_client(), state).status_code, range(2)))

    assert codes == [200, 403]
    assert len(gate.asked) == 1


@pytest.mark.parametrize("state_of_mine", ["", "guess", "x" * 9000, "\x00", "../../"])
def test_an_answer_to_nothing_that_was_begun_is_refused(client, gate, harbour, state_of_mine):
    answer = hand_over(client, state_of_mine)

    assert answer.status_code == 403
    assert gate.asked == []


def test_a_late_answer_is_refused(client, wiring, harbour, olive, gate):
    late = begin(wiring, harbour, olive.person_id, now=wiring.clock() - timedelta(hours=1))

    assert hand_over(client, late).status_code == 403
    assert standing(wiring, harbour) == ("new", None, None)


def test_a_state_of_another_platforms_shop_is_refused_and_not_used_up(client, wiring, gate, harbour, olive):
    other = add_shop(wiring.db, "at-shopify", platform="shopify")
    foreign = begin(wiring, other, olive.person_id)

    assert hand_over(client, foreign).status_code == 403
    with wiring.db.of_nobody() as session:
        assert installs.use_state(session, foreign, now=wiring.clock()) is not None


def test_keys_that_do_not_hold_are_refused_and_said_on_the_page(client, wiring, harbour, olive, state):
    answer = hand_over(client, state, key="ck_wrong")

    assert answer.status_code == 403
    assert standing(wiring, harbour)[0] == "new"
    assert "does not know these keys" in olive.get("/connection").text


def test_a_shop_that_does_not_answer_loses_nothing_that_stood(client, wiring, harbour, olive, gate, state):
    hand_over(client, state)
    gate.fault = Unreachable("The shop answered with a page instead of data. Regulars keeps trying.")
    again = begin(wiring, harbour, olive.person_id)

    assert hand_over(client, again).status_code == 403
    words = "The shop answered with a page instead of data. Try again in a while."
    assert standing(wiring, harbour) == ("connected", ADDRESS, words)
    gate.fault = None
    assert hand_over(client, begin(wiring, harbour, olive.person_id)).status_code == 200
    assert standing(wiring, harbour)[2] == ""


def test_an_address_of_another_shop_here_is_refused_and_neither_is_touched(client, wiring, harbour, olive, state):
    eves = add_shop(wiring.db, "eves")
    hers = begin(wiring, eves, None)

    assert hand_over(client, state).status_code == 200
    assert hand_over(client, hers).status_code == 403
    assert standing(wiring, eves) == ("new", None, installs.TAKEN)
    assert standing(wiring, harbour)[:2] == ("connected", ADDRESS)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 5000, b'{"user_id": {"a": 1}}', b"x" * 20_000])
def test_a_body_that_is_no_answer_is_refused_in_words(client, gate, harbour, body):
    answer = client.post(CALLBACK, data=body, content_type="application/json")

    assert answer.status_code in {400, 403, 413}
    assert gate.asked == []


def test_an_answer_by_browser_counts_in_the_browser_that_began(wiring, harbour, olive, ed, client, state):
    query = {"user_id": state, "consumer_key": WORD}

    assert client.get(CALLBACK, query_string=query).status_code == 403  # nobody's browser
    assert ed.client.get(CALLBACK, query_string=query).status_code == 403  # somebody else's
    assert standing(wiring, harbour)[0] == "new"
    answer = olive.client.get(CALLBACK, query_string=query)
    assert (answer.status_code, answer.location) == (303, "/admin/harbour-tea/connection")
    assert standing(wiring, harbour)[0] == "connected"


def test_shopifys_answer_counts_by_browser_only(client, wiring, harbour, olive):
    garn = add_shop(wiring.db, "garn", platform="shopify")
    with wiring.db.of_nobody() as session:
        people.let_in(session, garn, olive.person_id, PersonRole.OWNER)
    begun = begin(wiring, garn, olive.person_id, "garn.myshopify.com")

    assert client.post("/install/shopify/callback", json={"state": begun, "code": "c"}).status_code == 404
    with wiring.db.of_nobody() as session:
        assert installs.use_state(session, begun, now=wiring.clock()) is not None  # nor is it used up


def test_a_failure_by_browser_is_said_on_the_page_it_leads_to(olive, state):
    query = {"user_id": state, "consumer_key": "ck_wrong"}
    page = olive.client.get(CALLBACK, query_string=query, follow_redirects=True)

    assert page.status_code == 200
    assert "does not know these keys" in page.text


@pytest.mark.parametrize("change", ["removed", "editor"])
def test_whoever_may_not_connect_any_more_does_not_finish_either(wiring, harbour, olive, client, gate, state, change):
    with wiring.db.of_nobody() as session:
        people.invite(session, harbour, "Una", PersonRole.OWNER, now=wiring.clock())
        if change == "removed":
            people.remove(session, harbour, olive.person_id)
        else:
            people.change_role(session, harbour, olive.person_id, PersonRole.EDITOR)

    assert hand_over(client, state).status_code == 403
    assert olive.client.get(CALLBACK, query_string={"user_id": state, "consumer_key": WORD}).status_code == 403
    assert gate.asked == []
    assert standing(wiring, harbour)[0] == "new"


def test_a_parameter_that_stands_there_twice_is_refused(olive, gate, state):
    answer = olive.client.get(f"{CALLBACK}?user_id={state}&consumer_key={WORD}&consumer_key=ck_2")

    assert answer.status_code == 400
    assert gate.asked == []


def test_who_said_no_in_the_shop_is_back_on_the_page_and_told_so(olive, wiring, harbour, state):
    page = olive.client.get(f"/install/woocommerce/return?success=0&user_id={state}", follow_redirects=True)

    assert "You said no in your shop" in page.text
    assert standing(wiring, harbour)[0] == "new"


def test_coming_back_shows_nothing_of_a_shop_to_somebody_else(eve, state):
    page = eve.client.get(f"/install/woocommerce/return?success=1&user_id={state}", follow_redirects=True)

    assert page.status_code == 404
    assert "Harbour" not in page.text


@pytest.mark.parametrize("platform", ["demo", "nothing", "%00"])
def test_a_platform_that_cannot_be_asked_has_no_door(client, harbour, platform):
    assert client.get(f"/install/{platform}/return?user_id=x").status_code == 404
    assert client.post(f"/install/{platform}/callback", json={}).status_code == 404
