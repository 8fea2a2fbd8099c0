"""Lists of people: a yes counts with its time only, a no counts always, and never having subscribed is neither."""

from datetime import UTC, datetime

import pytest

from plugins.events import AddressSuppressed, ConsentChanged, CustomerChanged, Purpose
from tests.plugins.csvfile.files import ASKED_AT, counts, export, facts, faults, of, read


def words(events):
    return [(one.email or one.phone, one.is_given, one.occurred_at, one.source) for one in of(ConsentChanged, events)]


def stopped(events):
    return [(one.email, str(one.reason), one.occurred_at) for one in of(AddressSuppressed, events)]


def at(*moment):
    return datetime(*moment, tzinfo=UTC)


def test_klaviyos_list_tells_words_with_their_proof():
    told = facts("klaviyo_people.csv")

    assert words(told) == [
        ("anna@example.com", True, at(2025, 3, 1, 9, 30), "klaviyo_export"),
        ("+442079460001", True, at(2025, 3, 1, 9, 30), "klaviyo_export"),
        ("carol@example.com", False, at(2025, 6, 12, 20, 5), "klaviyo_export"),
        ("ed@example.com", True, at(2025, 3, 1, 9, 30), "klaviyo_export"),
    ]
    assert {one.purpose for one in of(ConsentChanged, told)} == {Purpose.EMAIL_MARKETING, Purpose.SMS_MARKETING}
    assert stopped(told) == [
        ("carol@example.com", "unsubscribed", at(2025, 6, 12, 20, 5)),
        ("ed@example.com", "complained", ASKED_AT),
    ]
    assert [one.email for one in of(CustomerChanged, told)] == [
        "anna@example.com",
        "ben@example.com",
        "dan@example.com",
    ]


def test_klaviyos_rows_without_proof_or_sense_are_told():
    told = read(export("klaviyo_people.csv"))

    assert counts(told) == {"unproven": 1}
    assert [number for number, _ in faults(told)] == [6, 7]
    assert "SUBSCRIBED, UNSUBSCRIBED or NEVER_SUBSCRIBED" in faults(told)[1][1]


def test_klaviyos_suppressed_profiles_are_no_people_and_nobodys_word():
    told = facts("klaviyo_suppressed.csv")

    assert stopped(told) == [
        ("gus@example.com", "bounced", at(2025, 2, 21, 20, 7, 38)),
        ("hal@example.com", "blocked", at(2025, 2, 22, 20, 7, 38)),
        ("ida@example.com", "complained", ASKED_AT),
    ]
    assert len(told) == 3


def test_mailchimps_subscribers_count_from_their_confirmation():
    told = facts("subscribed_members_export_1a2b.csv")

    assert words(told) == [("anna@example.com", True, at(2025, 3, 1, 9, 31), "mailchimp_export")]
    assert [one.email for one in of(CustomerChanged, told)] == ["anna@example.com", "ben@example.com"]
    batches = read(export("subscribed_members_export_1a2b.csv"), kind="mailchimp_subscribed")
    assert counts(batches) == {"unproven": 1}


def test_whoever_left_mailchimp_is_not_written_to_with_or_without_a_time():
    told = facts("unsubscribed_members_export_1a2b.csv")

    assert words(told) == [
        ("carol@example.com", True, at(2025, 3, 1, 9, 31), "mailchimp_export"),
        ("carol@example.com", False, at(2025, 6, 12, 20, 5), "mailchimp_export"),
        ("dan@example.com", False, ASKED_AT, "mailchimp_export"),
    ]
    assert stopped(told) == [
        ("carol@example.com", "unsubscribed", at(2025, 6, 12, 20, 5)),
        ("dan@example.com", "complained", ASKED_AT),
    ]
    assert of(CustomerChanged, told) == []


def test_mailchimps_cleaned_addresses_bounced():
    assert stopped(facts("cleaned_members_export_1a2b.csv")) == [("ed@example.com", "bounced", at(2025, 5, 1))]


def test_mailchimps_contacts_who_never_subscribed_are_people_and_nothing_more():
    content = export("subscribed_members_export_1a2b.csv")

    (batch,) = read(content, kind="mailchimp_never")

    assert {type(fact) for fact in batch.events} == {CustomerChanged}
    assert batch.counts == {"unproven": 0} or not +batch.counts


def test_mailpoets_list_has_no_times_so_only_its_noes_count():
    told = facts("mailpoet_subscribers.csv")

    assert words(told) == [("carol@example.com", False, ASKED_AT, "mailpoet_export")]
    assert [reason for _, reason, _ in stopped(told)] == ["unsubscribed", "bounced"]


def test_the_plain_list_keeps_the_words_somebody_agreed_to():
    told = facts("subscribers.csv")

    (yes,) = of(ConsentChanged, told)
    assert (yes.wording, yes.wording_version, yes.locale) == ("Yes, send me the newsletter", "2", "en")
    assert yes.occurred_at == at(2025, 3, 1, 8, 30)
    assert stopped(told) == [("carol@example.com", "blocked", ASKED_AT)]


@pytest.mark.parametrize("moment", ["yesterday", "2031-01-01", "1970-01-01", "03/01/2025"])
def test_a_time_that_is_none_is_no_proof_and_no_guess(moment):
    told = read(export("subscribers.csv").replace(b"2025-03-01 09:30+01:00", moment.encode()))

    assert [number for number, _ in faults(told)] == [1]
    assert words([fact for batch in told for fact in batch.events]) == []


def test_a_list_of_klaviyos_without_the_column_of_consent_brings_people_and_no_word():
    header, *rows = export("klaviyo_people.csv").decode().splitlines(keepends=True)
    named = header.replace("Email Marketing Consent,Email Marketing Consent Timestamp", "Other,Another")

    (batch,) = read("".join([named, *rows[:2], rows[4]]).encode())

    assert {one.purpose for one in of(ConsentChanged, batch.events)} == {Purpose.SMS_MARKETING}
    assert [email for email, _, _ in stopped(batch.events)] == ["ed@example.com"]
    assert not +batch.counts


def test_an_audience_in_german_is_read_too():
    content = export("subscribed_members_export_1a2b.csv").replace(
        b'"Email Address","First Name"', b"E-Mail-Adresse,Vorname"
    )

    told = of(CustomerChanged, read(content, "subscribed_members_export_1a2b.csv")[0].events)

    assert [(one.email, one.first_name) for one in told] == [("anna@example.com", "Anna"), ("ben@example.com", "Ben")]
