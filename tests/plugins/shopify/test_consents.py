"""A yes with its proof, a no in any case, and nothing in between."""

import pytest

from plugins.events import ConsentChanged, CustomerChanged, CustomerMerged, Purpose
from tests.plugins.shopify.bodies import CUSTOMER, EMAIL_CONSENT, HEARD_AT, MERGE, SMS_CONSENT, parse, refusal

EMAIL = "customers_email_marketing_consent/update"
SMS = "customers_marketing_consent/update"


def by_email(**fields):
    body = {**EMAIL_CONSENT, "email_marketing_consent": {**EMAIL_CONSENT["email_marketing_consent"], **fields}}
    return parse(EMAIL, body)


def test_a_yes_comes_with_how_and_when():
    (told,) = by_email().events

    assert isinstance(told, ConsentChanged)
    assert (told.purpose, told.is_given, told.email, told.customer_external_id) == (
        Purpose.EMAIL_MARKETING, True, "greta.muster@example.com", "7401122222222",
    )  # fmt: skip
    assert (told.source, told.wording) == ("shopify", "Shopify: subscribed (single_opt_in)")
    assert told.occurred_at.isoformat() == "2026-11-20T10:04:10+00:00"


def test_consent_to_text_messages_is_another_purpose():
    (told,) = parse(SMS, SMS_CONSENT).events

    assert (told.purpose, told.is_given, told.phone, told.email) == (
        Purpose.SMS_MARKETING, False, "+491500000000", None,
    )  # fmt: skip
    assert told.wording == "Shopify: unsubscribed (single_opt_in) (SHOPIFY)"


@pytest.mark.parametrize("state", ["unsubscribed", "not_subscribed", "redacted", "invalid"])
def test_whatever_is_not_subscribed_is_a_no(state):
    assert by_email(state=state).events[0].is_given is False


@pytest.mark.parametrize("state", ["unsubscribed", "redacted", "invalid"])
def test_a_no_without_its_date_counts_from_when_it_was_heard(state):
    assert by_email(state=state, consent_updated_at=None).events[0].occurred_at == HEARD_AT


@pytest.mark.parametrize(
    "fields",
    [{"state": "subscribed", "consent_updated_at": None}, {"state": "not_subscribed", "consent_updated_at": None},
     {"state": None, "consent_updated_at": None}, {"state": "pending"}],
)  # fmt: skip
def test_a_yes_without_its_date_and_a_question_still_open_change_nothing(fields):
    assert "changes nothing" in by_email(**fields).nothing.reason


def test_a_word_that_is_new_to_us_is_kept_for_a_human():
    assert "new to Regulars" in refusal(EMAIL, {**EMAIL_CONSENT, "email_marketing_consent": {"state": "maybe"}})


def test_an_older_customers_body_says_the_same_as_the_topic_of_consent():
    consent = {name: EMAIL_CONSENT[name] for name in ("email_marketing_consent",)}
    customer, said = parse("customers/update", {**CUSTOMER, **consent}).events

    assert isinstance(customer, CustomerChanged)
    assert said == by_email().events[0]


def test_a_merge_says_who_became_whom():
    assert parse("customers/merge", MERGE).events == (
        CustomerMerged(from_external_id="7401133333333", into_external_id="7401122222222", merged_at=HEARD_AT),
    )


@pytest.mark.parametrize("status", ["failed", "in_progress", "requested", "FAILED"])
def test_a_merge_that_is_not_done_joins_nobody(status):
    assert "not done" in parse("customers/merge", {**MERGE, "status": status}).nothing.reason


@pytest.mark.parametrize("kept", ["gid://shopify/Customer/7401133333333", "7401122222222", "gid://shopify/Order/1", ""])
def test_a_merge_names_two_customers_or_nothing(kept):
    refusal("customers/merge", {**MERGE, "admin_graphql_api_customer_kept_id": kept})
