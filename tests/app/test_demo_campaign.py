"""The demo shop begins with its reminder switched on, so that a first look takes a quarter of an hour and no set-up."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.campaigns import campaigns
from app.cli.demo import begin_campaign
from app.messaging.shop_sender import find_sender


@pytest.fixture
def caught(wiring, settings):
    url = "smtp://127.0.0.1:2525?starttls=no&caught=yes"
    return replace(wiring, settings=settings.model_copy(update={"smtp_url": url}))


def test_it_is_on_with_the_shortest_wait_and_no_quiet_hours(caught, linden):
    begin_campaign(caught, linden)

    with caught.db.of_shop(linden) as session:
        campaign, sender = campaigns.find_campaign(session, linden), find_sender(session, linden)
    assert campaign.is_on
    assert (campaign.delay_minutes, campaign.quiet_from, campaign.quiet_until) == (15, 0, 0)
    assert caught.clock() - campaign.on_since > timedelta(minutes=61)  # a cart told an hour late still counts
    assert sender.email.endswith("@example.com")


def test_what_a_person_changed_since_stays(caught, linden):
    begin_campaign(caught, linden)
    with caught.db.of_shop(linden) as session:
        campaigns.switch_off(session, linden)

    begin_campaign(caught, linden)

    with caught.db.of_shop(linden) as session:
        assert not campaigns.find_campaign(session, linden).is_on


@pytest.mark.parametrize("url", ["", "smtp://mail.example:587"])
def test_where_mail_would_reach_people_nothing_is_switched_on(wiring, settings, linden, url):
    begin_campaign(replace(wiring, settings=settings.model_copy(update={"smtp_url": url})), linden)

    with wiring.db.of_shop(linden) as session:
        assert campaigns.find_campaign(session, linden) is None
