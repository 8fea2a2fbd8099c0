"""Lists of subscribers that WooCommerce shops keep in MailPoet, and the plain list that anybody can write.

| column          | needed | meaning                                                                                |
|-----------------|--------|----------------------------------------------------------------------------------------|
| email           | yes    |                                                                                        |
| status          | yes    | subscribed, unsubscribed, bounced, complained, blocked, or never subscribed (or empty) |
| said_at         | yes    | when they said so, or since when it is so: 2026-11-24 18:30+01:00; without a zone UTC  |
| wording         |        | the sentence they agreed to                                                            |
| wording_version |        |                                                                                        |
| locale          |        | the language it was in: en, de                                                         |
| first_name, last_name, phone, country | | as far as known                                                          |

MailPoet's file says "Global status" and gives no time, so nobody in it is written to: a yes there has no proof.
"""

from plugins.csvfile.batches import Circumstances, Format
from plugins.csvfile.cells import Fault
from plugins.csvfile.lists.people import Blocked, Person, Reader, Said, Status, list_of_people, said_at
from plugins.events import SuppressionReason

NEEDED = (("email",), ("status",), ("said_at",))
MAILPOET_STATUS = ("global status", "subscription status", "list status")
MAILPOET_TIME = ("confirmed at", "last subscribed at", "subscribed at", "subscription date")
NEEDED_MAILPOET = (("email",), MAILPOET_STATUS)

WORDS = {
    "": Status.NEVER,
    "never subscribed": Status.NEVER,
    "never_subscribed": Status.NEVER,
    "unconfirmed": Status.NEVER,
    "inactive": Status.SUBSCRIBED,  # MailPoet's word for subscribers who have not opened a mail for long
    "subscribed": Status.SUBSCRIBED,
    "unsubscribed": Status.UNSUBSCRIBED,
}
REASONS = {
    "bounced": SuppressionReason.BOUNCED,
    "complained": SuppressionReason.COMPLAINED,
    "blocked": SuppressionReason.BLOCKED,
}


def subscribers(header: list[str], at: Circumstances) -> Format:
    """Return how a plain list is read."""
    return list_of_people(header, at, "list", lambda row: _person(row, ("status",), ("said_at",)))


def mailpoet_subscribers(header: list[str], at: Circumstances) -> Format:
    """Return how MailPoet's list is read."""
    return list_of_people(header, at, "mailpoet_export", lambda row: _person(row, MAILPOET_STATUS, MAILPOET_TIME))


def _person(row: Reader, status_names: tuple[str, ...], time_names: tuple[str, ...]) -> Person:
    told, moment = row.cell(*status_names).lower(), row.time(*time_names)
    if told in REASONS:
        blocked = Blocked(reason=REASONS[told], since=moment)
        return Person(email=row.email("email"), to_email=Said(status=Status.NEVER), blocked=blocked)
    if told not in WORDS:
        raise Fault(f"{status_names[0]} is {told[:40]!r}; it can be {', '.join([*filter(None, WORDS), *REASONS])}.")
    return Person(email=row.email("email"), to_email=said_at(WORDS[told], moment), about=row.about())
