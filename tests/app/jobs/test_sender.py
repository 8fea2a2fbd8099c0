"""A letter goes out signed as soon as its readers can find the key."""

import dkim
import pytest

from app.jobs.sender import look_up, signing_key
from app.messaging.dkim_keys import record_of
from app.models import MailSender
from tests.app.cast import item


@pytest.fixture
def planned(stage):
    stage.subscribe()
    stage.tell(*(item(str(number)) for number in range(1, 8)))
    stage.leave()
    stage.plan()
    return stage


@pytest.mark.parametrize("is_published", [True, False])
def test_a_letter_is_signed_where_its_readers_find_the_key(planned, is_published):
    wiring, shop_id = planned.wiring, planned.shop_id
    with wiring.db.of_shop(shop_id) as session:
        record = record_of(signing_key(session, shop_id, wiring.settings.secret_key))
        email = session.get_one(MailSender, shop_id).email
    name = f"regulars._domainkey.{email.split('@')[1]}"
    assert look_up(wiring, shop_id, email, lambda asked: [record] if is_published and asked == name else [])

    planned.send()
    (letter,) = planned.box.letters
    assert dkim.verify(letter.data, dnsfunc=lambda _name, **_more: record.encode()) == is_published
