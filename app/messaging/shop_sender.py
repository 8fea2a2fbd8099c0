"""Who a shop writes as: kept by a person, looked up in the domain's records, and accepted by a person."""

from typing import Final

from sqlalchemy import func
from sqlalchemy.orm import Session

from app.errors import BadRequest, NotFound
from app.messaging.envelope import check_address
from app.messaging.plain import many_lines, one_line
from app.models import MailSender

LONGEST_NAME: Final = 100
LONGEST_POSTAL: Final = 500
POSTAL_LINES: Final = 8


def find_sender(session: Session, shop_id: int) -> MailSender | None:
    """Return who the shop writes as, once somebody has said so."""
    return session.get(MailSender, shop_id)


def check_name(value: str) -> str:
    """Return the name people see. Raises BadRequest."""
    name = one_line(value)
    if not name or len(name) > LONGEST_NAME or value.strip().splitlines()[1:]:
        raise BadRequest("Write the name people know your shop by: one line, at most 100 letters.")
    return name


def check_email(value: str) -> str:
    """Return an address one can write from. Raises BadRequest."""
    if len(value) > 320:
        raise BadRequest("This is too long for an e-mail address.")
    return check_address(value.strip()).normalized


def check_postal(value: str) -> str:
    """Return a postal address of a few lines. Raises BadRequest."""
    lines = many_lines(value)
    if not lines or len(lines) > LONGEST_POSTAL or lines.count("\n") >= POSTAL_LINES:
        raise BadRequest("Write your postal address in a few lines; the law asks for it in every such e-mail.")
    return lines


def keep_sender(session: Session, shop_id: int, *, name: str, email: str, postal_address: str) -> list[str]:
    """Keep who the shop writes as and return what is different now. Another address has to be looked up again."""
    found = session.get(MailSender, shop_id, with_for_update=True)
    told = {"name": name, "email": email, "postal_address": postal_address}
    if found is None:
        session.add(MailSender(shop_id=shop_id, **told))
        session.flush()
        return list(told)
    changed = [field for field, value in told.items() if getattr(found, field) != value]
    for field in changed:
        setattr(found, field, told[field])
    if "email" in changed:
        found.checked_at, found.check, found.accepted_at = None, {}, None
    session.flush()
    return changed


def keep_findings(session: Session, shop_id: int, email: str, findings: dict[str, object]) -> bool:
    """Keep what the domain's records said; False when the address is another one by now."""
    found = session.get(MailSender, shop_id, with_for_update=True)
    if found is None or found.email != email:
        return False
    found.check, found.checked_at = findings, func.regulars_now()
    session.flush()
    return True


def accept(session: Session, shop_id: int, email: str) -> bool:
    """Keep that a person saw the findings and said go; False when there is nothing to have seen of this address."""
    found = session.get(MailSender, shop_id, with_for_update=True)
    if found is None:
        raise NotFound("Nobody has said yet who your mails come from.")
    if found.email != email or found.checked_at is None:
        return False
    found.accepted_at = func.regulars_now()
    session.flush()
    return True
