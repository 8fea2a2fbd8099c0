"""What a shop's own WordPress may ask about a person, and who else may not."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.jobs.forgetting import fulfil_wish
from app.models import Customer, Erasure
from app.shops.secrets import WEBHOOK, add_secret
from app.web import create_app
from tests.app.cast import MONDAY, customer, item, order, tell
from tests.conftest import add_shop

SECRET, OTHER = b"5f" * 32, b"6a" * 32
HERS = "alice@example.com"


@pytest.fixture
def shop(wiring, harbour, linden):
    with wiring.db.of_shop(harbour) as session:
        add_secret(session, harbour, WEBHOOK, SECRET, secret_key=wiring.settings.secret_key)
    tell(wiring, harbour, item("1", "Assam"), customer("alice"), order("1001", "1", "alice", at=MONDAY))
    return harbour


@pytest.fixture
def ask(wiring, shop):
    client = create_app(wiring=wiring).test_client()

    def asking(what, told, *, secret=SECRET, slug="harbour-tea", ago=0, headers=None):
        if isinstance(told, dict):
            told = {"topic": f"privacy.{what}", **told}
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        at = int((wiring.clock() - timedelta(seconds=ago)).timestamp())
        signature = hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        signed = {"X-Regulars-Signature": f"t={at},v1={signature}"} if headers is None else headers
        return client.post(f"/v1/site/{slug}/{what}", data=body, headers=signed, content_type="application/json")

    return asking


def wishes_of(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        return session.scalar(select(func.count()).select_from(Erasure).where(Erasure.shop_id == shop_id))


def test_what_is_known_is_told_in_groups_of_names_and_values(ask):
    answer = ask("export", {"email": " Alice@Example.com"})

    told = answer.get_json()
    labels = [group["label"] for group in told["groups"]]
    values = json.dumps(told)
    assert (answer.status_code, told["done"]) == (200, True)
    assert "Orders" in labels
    assert "1001" in values
    assert HERS in values
    assert all(set(one) == {"name", "value"} for g in told["groups"] for i in g["items"] for one in i["data"])
    assert answer.headers["Cache-Control"] == "no-store"


def test_of_a_stranger_nothing_is_told(ask):
    assert ask("export", {"email": "nobody@example.com"}).get_json() == {"groups": [], "done": True}


def test_a_wish_to_be_forgotten_is_put_in_line_once_and_fulfilled(ask, wiring, shop):
    assert ask("erase", {"email": HERS}).get_json()["asked"] is True
    assert ask("erase", {"email": HERS}).get_json()["asked"] is True
    assert wishes_of(wiring, shop) == 1

    with wiring.db.of_shop(shop) as session:
        wish_id = session.scalar(select(Erasure.id))
    fulfil_wish(shop, wish_id, wiring=wiring)
    with wiring.db.of_shop(shop) as session:
        assert session.scalar(select(func.count()).select_from(Customer).where(Customer.email == HERS)) == 0
    assert HERS not in json.dumps(ask("export", {"email": HERS}).get_json()["groups"])


def test_eves_shop_asks_only_about_its_own_people(ask, wiring):
    eve = add_shop(wiring.db, "eve-shop")
    with wiring.db.of_shop(eve) as session:
        add_secret(session, eve, WEBHOOK, OTHER, secret_key=wiring.settings.secret_key)

    assert ask("export", {"email": HERS}, secret=OTHER, slug="eve-shop").get_json()["groups"] == []
    assert ask("export", {"email": HERS}, slug="eve-shop").status_code == 401
    assert ask("export", {"email": HERS}, secret=OTHER).status_code == 401
    assert ask("erase", {"email": HERS}, secret=OTHER).status_code == 401
    assert ask("export", {"email": HERS}, slug="linden-loom").status_code == 404  # a shop of another platform


@pytest.mark.parametrize("what", ["export", "erase"])
def test_what_is_not_signed_as_the_plugin_signs_is_refused(ask, wiring, shop, what):
    assert ask(what, {"email": HERS}, secret=b"forged").status_code == 401
    assert ask(what, {"email": HERS}, ago=3600).status_code == 401
    assert ask(what, {"email": HERS}, headers={}).status_code == 401
    assert ask(what, {"email": HERS}, headers={"X-WC-Webhook-Signature": "x"}).status_code == 401
    assert ask(what, {"email": HERS}, slug="nowhere").status_code == 404
    assert wishes_of(wiring, shop) == 0


@pytest.mark.parametrize(
    "told", [b"", b"[]", b"{", {"email": 4}, {"email": "no address"}, {}, {"email": HERS, "topic": "privacy.export"}]
)
def test_a_wish_about_nobody_is_refused(ask, wiring, shop, told):
    assert ask("erase", told).status_code == 400
    assert wishes_of(wiring, shop) == 0


def test_a_body_that_is_far_too_long_is_refused(ask):
    assert ask("export", {"email": "a" * 5000}).status_code == 413
