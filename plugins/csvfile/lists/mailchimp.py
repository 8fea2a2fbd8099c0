"""Mailchimp's audience export: a packed folder with one file for each kind of contact; each is sent on its own.

What somebody is stands in the name of the file, and for unsubscribed and cleaned ones in the columns too. The time of a
yes is that of its confirmation (CONFIRM_TIME), or without one of the sign-up (OPTIN_TIME). Cleaned addresses bounced.
"""

from plugins.csvfile.batches import Circumstances, Format
from plugins.csvfile.lists.people import Blocked, Person, Reader, Said, Status, list_of_people
from plugins.events import SuppressionReason

SOURCE = "mailchimp_export"
EMAIL = ("email address", "e-mail-adresse", "email", "e-mail")  # audiences name it in their own language
NEEDED = (EMAIL, ("member_rating", "leid", "euid", "optin_time", "unsub_time", "clean_time"))
COMPLAINTS = ("spam", "abuse", "complain")


def mailchimp_subscribed(header: list[str], at: Circumstances) -> Format:
    """Return how the file of subscribed contacts is read."""
    return list_of_people(header, at, SOURCE, lambda row: _person(row, Status.SUBSCRIBED))


def mailchimp_unsubscribed(header: list[str], at: Circumstances) -> Format:
    """Return how the file of contacts who left is read."""
    return list_of_people(header, at, SOURCE, lambda row: _person(row, Status.UNSUBSCRIBED))


def mailchimp_never(header: list[str], at: Circumstances) -> Format:
    """Return how the file of contacts who never subscribed is read: people, and nothing they said."""
    return list_of_people(header, at, SOURCE, lambda row: _person(row, Status.NEVER))


def mailchimp_cleaned(header: list[str], at: Circumstances) -> Format:
    """Return how the file of cleaned addresses is read."""
    return list_of_people(header, at, SOURCE, _cleaned)


def _person(row: Reader, status: Status) -> Person:
    agreed_at = row.time("confirm_time") or row.time("optin_time")
    refused_at = row.time("unsub_time") or row.time("last_changed")
    is_no = status == Status.UNSUBSCRIBED
    if is_no and agreed_at and refused_at and agreed_at >= refused_at:
        agreed_at = None  # they left since, whatever the columns say
    complained = is_no and any(word in row.cell("unsub_reason").lower() for word in COMPLAINTS)
    return Person(
        email=row.email(*EMAIL),
        to_email=Said(
            status=status,
            agreed_at=None if status == Status.NEVER else agreed_at,
            refused_at=refused_at if is_no else None,
        ),
        blocked=Blocked(reason=SuppressionReason.COMPLAINED, since=refused_at) if complained else None,
        about=row.about(),
    )


def _cleaned(row: Reader) -> Person:
    blocked = Blocked(reason=SuppressionReason.BOUNCED, since=row.time("clean_time") or row.time("last_changed"))
    return Person(email=row.email(*EMAIL), to_email=Said(status=Status.NEVER), blocked=blocked)
