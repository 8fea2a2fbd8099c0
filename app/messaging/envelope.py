"""A letter as mail servers carry it: headers, two parts, the way out as a button, a signature."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

import dkim
from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from app.errors import BadRequest
from app.messaging.letter import Letter
from app.messaging.plain import one_line
from app.messaging.senders import SHOP_HEADER, Envelope

__all__ = ["BadAddress", "Envelope", "Label", "check_address", "compose", "sign_dkim"]

# Those of ours that say something; From is signed once more than it is there, so that nobody adds another.
SIGNED_HEADERS = (
    *("From", "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Language"),
    *("List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted", SHOP_HEADER),
)
WAY_OUT = re.compile(r"(?:https?://|mailto:)[!-;=?-~]{1,900}")
ONE_CLICK = "List-Unsubscribe=One-Click"


class BadAddress(BadRequest):
    """No e-mail can be sent to or from this address."""


@dataclass(frozen=True, kw_only=True)
class Label:
    """What stands on the outside of a letter."""

    sender_name: str
    sender_email: str
    to: str
    message_key: str
    unsubscribe_url: str
    language: str
    shop_slug: str
    sent_at: datetime
    unsubscribe_email: str = ""  # only where somebody reads it


def compose(letter: Letter, label: Label) -> Envelope:
    """Put a letter into its envelope. Raises BadAddress."""
    sender, to = check_address(label.sender_email), check_address(label.to)
    is_plain = sender.ascii_email is not None and to.ascii_email is not None
    message = EmailMessage(policy=SMTP if is_plain else SMTPUTF8)
    message["From"] = Address(one_line(label.sender_name), sender.local_part, sender.ascii_domain)
    message["To"] = Address("", to.local_part, to.ascii_domain)
    message["Subject"] = one_line(letter.subject)
    message["Date"] = format_datetime(label.sent_at)
    message["Message-ID"] = f"<{label.message_key}@{sender.ascii_domain}>"
    message["List-Unsubscribe-Post"] = ONE_CLICK
    message["Auto-Submitted"] = "auto-generated"  # so that no answering machine answers
    message[SHOP_HEADER] = label.shop_slug
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = label.language  # last: contents put their own headers in place of such
    return Envelope(_written(sender), _written(to), label.message_key, _ways_out(label) + message.as_bytes())


def check_address(email: str) -> ValidatedEmail:
    """Return an address with its parts, without asking the network. Raises BadAddress, saying what is wrong with it."""
    try:
        return validate_email(email, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        raise BadAddress(f"No e-mail can be sent to or from this address: {error}") from None


def sign_dkim(envelope: Envelope, key: bytes, selector: str, domain: str) -> Envelope:
    """Return the envelope with a DKIM signature in front. key: PEM; domain: the sender's."""
    include = [name.encode() for name in SIGNED_HEADERS]
    signature: bytes = dkim.sign(
        envelope.data,
        selector.encode(),
        domain.encode("idna"),
        key,
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=include,
    )
    return replace(envelope, data=signature + envelope.data)


def _written(address: ValidatedEmail) -> str:
    return f"{address.local_part}@{address.ascii_domain}"


def _ways_out(label: Label) -> bytes:
    """Return the header List-Unsubscribe, by hand: the library breaks long addresses up as if they were words."""
    ways = [label.unsubscribe_url]
    if label.unsubscribe_email:
        ways.append(f"mailto:{check_address(label.unsubscribe_email).ascii_email}?subject=unsubscribe")
    if not all(WAY_OUT.fullmatch(way) for way in ways):
        raise BadAddress("The address at which this letter can be unsubscribed from is none.")
    return ("List-Unsubscribe: " + ",\r\n ".join(f"<{way}>" for way in ways) + "\r\n").encode("ascii")
