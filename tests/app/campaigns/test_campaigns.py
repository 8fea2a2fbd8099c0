"""The campaign: opened once and off, changed within bounds, switched on only when letters can go out."""

from dataclasses import replace

import pytest

from app.campaigns import campaigns
from app.campaigns.campaigns import Post, Wish
from app.errors import BadRequest, NotFound
from app.models import Campaign, MailSender
from tests.app.cast import MONDAY

TEXTS = {"subject": "Your basket", "preheader": "Still there", "text": "Hello"}
WISH = Wish(delay_minutes=90, language="de", quiet_from=20, quiet_until=8, **TEXTS)
SERVER = Post(has_server=True)


@pytest.fixture
def session(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        yield session


@pytest.fixture
def opened(session, harbour):
    return campaigns.open_campaign(session, harbour, **TEXTS)


def add_sender(session, shop_id, accepted_at=None):
    session.add(MailSender(shop_id=shop_id, name="Harbour", email="tea@harbour.example.com", accepted_at=accepted_at))
    session.flush()


def test_it_is_opened_once_and_off(session, harbour, opened):
    again = campaigns.open_campaign(session, harbour, subject="Other", preheader="", text="")

    assert again.id == opened.id
    assert (again.subject, again.is_on, again.delay_minutes) == ("Your basket", False, 60)


def test_a_change_names_what_is_different(session, harbour, opened):
    changed = campaigns.change_campaign(session, harbour, WISH)

    assert changed == ["delay_minutes", "language", "quiet_from", "quiet_until"]
    assert campaigns.wish_of(opened) == WISH
    assert campaigns.change_campaign(session, harbour, WISH) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"delay_minutes": 14},
        {"delay_minutes": 7 * 24 * 60 + 1},
        {"quiet_from": 24},
        {"quiet_until": -1},
        {"language": "fr"},
        {"control_percent": 51},
    ],
)
def test_a_wish_out_of_bounds_is_refused(session, harbour, opened, wrong):
    with pytest.raises(BadRequest):
        campaigns.change_campaign(session, harbour, replace(WISH, **wrong))


def test_without_a_mail_server_it_says_to_set_one(session, harbour, opened):
    with pytest.raises(BadRequest, match="Set SMTP_URL"):
        campaigns.switch_on(session, harbour, Post(has_server=False))


def test_without_a_sender_it_says_to_name_one(session, harbour, opened):
    with pytest.raises(BadRequest, match="who your letters come from"):
        campaigns.switch_on(session, harbour, SERVER)


def test_before_somebody_looked_at_the_domain_it_stays_off(session, harbour, opened):
    add_sender(session, harbour)

    with pytest.raises(BadRequest, match="what the records of the domain"):
        campaigns.switch_on(session, harbour, SERVER)

    assert not opened.is_on


@pytest.mark.parametrize(("accepted_at", "post"), [(MONDAY, SERVER), (None, Post(has_server=True, is_caught=True))])
def test_it_is_switched_on_once_and_off_once(session, harbour, opened, accepted_at, post):
    add_sender(session, harbour, accepted_at)

    assert campaigns.switch_on(session, harbour, post)
    assert not campaigns.switch_on(session, harbour, post)
    session.refresh(opened)
    assert opened.is_on
    assert opened.on_since is not None
    assert campaigns.switch_off(session, harbour)
    assert not campaigns.switch_off(session, harbour)


def test_eve_neither_sees_nor_changes_it(wiring, harbour, linden):
    with wiring.db.of_shop(harbour) as session:
        campaigns.open_campaign(session, harbour, **TEXTS)

    with wiring.db.of_shop(linden) as session:
        assert campaigns.find_campaign(session, harbour) is None
        assert session.query(Campaign).count() == 0
        with pytest.raises(NotFound):
            campaigns.change_campaign(session, linden, WISH)
