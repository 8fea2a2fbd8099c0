"""A shop joins, and is found again."""

import itertools
import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import BadRequest
from app.models import Shop
from plugins import PLATFORMS

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
RESERVED = frozenset({"open", "sign-in", "sign-out", "sign-out-everywhere"})  # addresses beside the shops' own
LONGEST_STEM = 40
CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, kw_only=True)
class NewShop:
    """What a shop is opened with. Without a public key it gets a random one."""

    slug: str
    name: str
    platform: str
    currency: str
    time_zone: str = "UTC"
    origins: tuple[str, ...] = ()
    public_key: str = ""


def open_shop(session: Session, new: NewShop) -> Shop:
    """Open a shop. Raises BadRequest, saying which word is wrong."""
    if not SLUG.fullmatch(new.slug):
        raise BadRequest("The shop's short name has small letters, digits and dashes only, such as harbour-tea.")
    if new.slug in RESERVED or find_shop(session, new.slug) is not None:
        raise BadRequest(f"There is a shop called {new.slug} already.")
    if new.platform not in PLATFORMS:
        raise BadRequest(f"The platform is one of {', '.join(sorted(PLATFORMS))}.")
    shop = Shop(
        slug=new.slug,
        public_key=new.public_key or secrets.token_urlsafe(12),
        name=check_name(new.name),
        platform=new.platform,
        currency=check_currency(new.currency),
        time_zone=check_time_zone(new.time_zone),
        origins=check_origins(new.origins),
    )
    session.add(shop)
    session.flush()
    return shop


def free_slug(session: Session, name: str) -> str:
    """Return a short name that no shop has yet, made from a name: Harbour Tea becomes harbour-tea."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain)[:LONGEST_STEM].strip("-") or "shop"
    tried = (stem if n == 1 else f"{stem}-{n}" for n in itertools.count(1))
    return next(one for one in tried if one not in RESERVED and find_shop(session, one) is None)


def find_shop(session: Session, slug: str) -> Shop | None:
    """Return the shop of this short name, if there is one."""
    return session.execute(select(Shop).where(Shop.slug == slug)).scalar_one_or_none()


def all_shops(session: Session) -> list[Shop]:
    """Return every shop, oldest first."""
    return list(session.execute(select(Shop).order_by(Shop.id)).scalars())


def change_shop(session: Session, shop_id: int, checked: Mapping[str, object]) -> list[str]:
    """Write a shop's checked settings and return the names of those that were different."""
    shop = session.get_one(Shop, shop_id, with_for_update=True)
    changed = [name for name, value in checked.items() if getattr(shop, name) != value]
    for name in changed:
        setattr(shop, name, checked[name])
    session.flush()
    return changed


def check_name(name: str) -> str:
    """Return the name without blanks around it. Raises BadRequest."""
    if not 1 <= len(name.strip()) <= 100:
        raise BadRequest("The shop's name has between 1 and 100 characters.")
    return name.strip()


def check_currency(currency: str) -> str:
    """Return a currency of ISO 4217 in capitals. Raises BadRequest."""
    if not CURRENCY.fullmatch(currency.upper()):
        raise BadRequest("The currency has three letters, such as GBP.")
    return currency.upper()


def check_time_zone(name: str) -> str:
    """Return an IANA time zone. Raises BadRequest."""
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadRequest("The time zone is a name like Europe/London.") from None


def check_origins(origins: tuple[str, ...]) -> list[str]:
    """Return exact origins as browsers write them, no path, no star. Raises BadRequest."""
    return list(dict.fromkeys(_origin(one) for one in origins))


def _origin(text: str) -> str:
    sentence = f"A storefront's address is like https://shop.example, without a path: {text[:100]!r}."
    try:
        parts = urlsplit(text.strip().rstrip("/"))
        port = parts.port
    except ValueError:
        raise BadRequest(sentence) from None
    plain = parts.scheme in ("http", "https") and parts.hostname and not (parts.path or parts.query or parts.fragment)
    if not plain or parts.username is not None or not re.fullmatch(r"[a-z0-9.:-]+", parts.hostname or ""):
        raise BadRequest(sentence)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    is_default = port in (None, {"http": 80, "https": 443}[parts.scheme])
    return f"{parts.scheme}://{host}" + ("" if is_default else f":{port}")
