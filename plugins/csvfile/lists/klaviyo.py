"""Klaviyo's exports: a list or segment (Manage list, Export to CSV), and its suppressed profiles.

A profile may be subscribed and suppressed at once; then it is not written to. Without a column of consent nobody is.
Klaviyo tells of one time, that of the newest word; what somebody said before is not in the file.
"""

import re

from plugins.csvfile.batches import Circumstances, Format
from plugins.csvfile.cells import Fault
from plugins.csvfile.lists.people import Blocked, Person, Reader, Said, Status, list_of_people, said_at
from plugins.events import SuppressionReason

SOURCE = "klaviyo_export"
CONSENT, CONSENT_TIME = "email marketing consent", "email marketing consent timestamp"
SMS, SMS_TIME = "sms marketing consent", "sms marketing consent timestamp"
SUPPRESSIONS = ("email suppressions", "suppressed")
SUPPRESSED_SINCE = ("email suppressions timestamp", "suppression timestamp")
REASON = ("suppression reason", "suppressed reason", "reason")
SINCE = (*SUPPRESSED_SINCE, "suppressed at", "suppression date", "timestamp", "date suppressed", "date")
NEEDED = (("email",), (CONSENT, "klaviyo id", "email suppressions"))
NEEDED_SUPPRESSED = (("email",), REASON, SINCE)

WORDS = {
    "SUBSCRIBED": Status.SUBSCRIBED,
    "SUBSCRIBE": Status.SUBSCRIBED,
    "UNSUBSCRIBED": Status.UNSUBSCRIBED,
    "UNSUBSCRIBE": Status.UNSUBSCRIBED,
    "NEVER_SUBSCRIBED": Status.NEVER,
    "NOT_SUBSCRIBED": Status.NEVER,
    "": Status.NEVER,
}
# Of several reasons the first that is here counts: the worst.
REASONS = (
    (("COMPLAINT", "SPAM"), SuppressionReason.COMPLAINED),
    (("BOUNCE", "INVALID"), SuppressionReason.BOUNCED),
    (("UNSUBSCRIBE",), SuppressionReason.UNSUBSCRIBED),
)
NO_REASON = {"", "[]", "{}", "FALSE", "NO", "NONE", "NULL", "NEVER", "NOT SUPPRESSED", "NOT_SUPPRESSED"}


def klaviyo_people(header: list[str], at: Circumstances) -> Format:
    """Return how a list or segment is read."""
    return list_of_people(header, at, SOURCE, _person)


def klaviyo_suppressed(header: list[str], at: Circumstances) -> Format:
    """Return how suppressed profiles are read: everybody in it is one, whatever the reason says."""
    return list_of_people(header, at, SOURCE, _suppressed)


def _person(row: Reader) -> Person:
    reason = suppression(row.cell(*SUPPRESSIONS))
    return Person(
        email=row.email("email"),
        to_email=_said(row, CONSENT, CONSENT_TIME),
        to_sms=_said(row, SMS, SMS_TIME) if row.columns.has(SMS) else None,
        blocked=Blocked(reason=reason, since=row.time(*SUPPRESSED_SINCE)) if reason else None,
        about=row.about(),
    )


def _suppressed(row: Reader) -> Person:
    reason = suppression(row.cell(*REASON)) or SuppressionReason.BLOCKED
    blocked = Blocked(reason=reason, since=row.time(*SINCE))
    return Person(email=row.email("email"), to_email=Said(status=Status.NEVER), blocked=blocked)


def suppression(text: str) -> SuppressionReason | None:
    """Read why an address is suppressed: "HARD_BOUNCE", "['UNSUBSCRIBE', 'SPAM_COMPLAINT']", or nothing."""
    told = text.strip().upper()
    if told in NO_REASON:
        return None
    return next((reason for words, reason in REASONS if any(one in told for one in words)), SuppressionReason.BLOCKED)


def _said(row: Reader, name: str, time_name: str) -> Said:
    told = re.sub(r"[\s_-]+", "_", row.cell(name).strip().upper())
    if told not in WORDS:
        raise Fault(f"{name} is {row.cell(name)[:40]!r}; it can be SUBSCRIBED, UNSUBSCRIBED or NEVER_SUBSCRIBED.")
    return said_at(WORDS[told], row.time(time_name))
