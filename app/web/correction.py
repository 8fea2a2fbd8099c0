"""A shopper corrects their name or phone: a fact of now, and a mark for the merchant to correct it in the shop too."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy.orm import Session

from app.errors import BadRequest
from app.identity import clean_phone
from app.ingest.apply import apply_events
from app.models import Customer
from app.profiles.profile import CORRECTED
from app.shops import audit
from app.web.admin.tongue import _
from app.wiring import Wiring
from plugins.events import CustomerChanged

LONGEST_NAME = 100
FIELDS = ("first_name", "last_name", "phone")


def correct(session: Session, wiring: Wiring, account: Customer, told: Mapping[str, str]) -> bool:
    """Keep what somebody says of themselves; False when nothing is different. An empty phone leaves the one we have."""
    wanted = {"first_name": _name(told.get("first_name", "")), "last_name": _name(told.get("last_name", ""))}
    phone = told.get("phone", "").strip()
    cleaned = clean_phone(phone, account.country) if phone else account.phone
    if phone and cleaned is None:
        raise BadRequest(_("This is not a phone number. Write it with its country's code, like +44 20 7946 0000."))
    changed = [name for name, value in {**wanted, "phone": cleaned}.items() if value != getattr(account, name)]
    if not changed:
        return False
    now = max(wiring.clock(), account.version_at + timedelta(microseconds=1))
    fact = CustomerChanged(
        external_id=account.external_id,
        version_at=now,
        email=account.email,
        phone=cleaned,
        country=account.country,
        created_at=account.created_at,
        **wanted,
    )
    apply_events(session, account.shop_id, [(now, fact)], wiring.seals)
    audit.record(session, account.shop_id, None, CORRECTED, kind="customer", row=account.id, fields=changed)
    return True


def _name(value: str) -> str:
    name = " ".join("".join(letter if letter.isprintable() else " " for letter in value).split())
    if len(name) > LONGEST_NAME:
        raise BadRequest(_("This name is too long. Write at most %(num)s letters.", num=LONGEST_NAME))
    return name
