"""The session token: who sits in Shopify's admin, in which shop, for about a minute.

shopifyapi takes tokens that never end and looks at the machine's clock, so they are decoded here, by the same PyJWT:
the algorithm is fixed, the end is asked for, the time is handed in, and the shop comes from `dest` alone, once issuer
and destination are the same shop. Every secret that holds now may have signed it. Tests hold theirs beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import jwt

from plugins.errors import BadSignature
from plugins.shopify.address import is_shop

ALGORITHM = "HS256"
LEEWAY_SECONDS = 10
LONGEST = 4096
CLAIMS = ["aud", "dest", "exp", "iss", "jti", "nbf", "sub"]
STALE = "Your sign-in from Shopify is no longer valid. Reload the page."


@dataclass(frozen=True, kw_only=True)
class Visit:
    """Somebody in the admin of one shop, proven."""

    shop: str  # harbour-tea.myshopify.com
    user: str  # their number at Shopify
    token: str = field(repr=False)
    ends_at: datetime


def read_session_token(token: str, client_id: str, secrets: Sequence[bytes], now: datetime) -> Visit:
    """Return who this token speaks of. Raises BadSignature for one that is forged, foreign, late or half there."""
    for secret in secrets:
        claims = _claims(token, client_id, secret)
        if claims is not None:
            return _visit(claims, token, now)
    raise BadSignature(STALE)


def claimed_shop(token: str) -> str:
    """Return the shop a token says it is of, unproven: it finds the secret that proves it, and does nothing else."""
    try:
        claims = jwt.decode(token[:LONGEST], options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError):
        return ""
    return _shop_in(claims.get("dest"), "")


def _claims(token: str, client_id: str, secret: bytes) -> dict[str, Any] | None:
    # Times are compared in `_visit`, with the time we are handed.
    options: Any = {
        "require": CLAIMS,
        "strict_aud": True,
        **dict.fromkeys(("verify_exp", "verify_nbf", "verify_iat"), False),
    }
    try:
        return jwt.decode(token[: LONGEST + 1], secret, algorithms=[ALGORITHM], audience=client_id, options=options)
    except (jwt.PyJWTError, ValueError):
        return None


def _visit(claims: dict[str, Any], token: str, now: datetime) -> Visit:
    begins, ends = claims["nbf"], claims["exp"]
    shop = _shop_in(claims["dest"], "")
    moment = now.timestamp()
    is_now = _is_time(begins) and _is_time(ends) and begins - LEEWAY_SECONDS <= moment < ends + LEEWAY_SECONDS
    is_whole = isinstance(claims["sub"], str) and claims["sub"].isdecimal() and len(claims["sub"]) < 30
    if not (is_now and is_whole and shop and shop == _shop_in(claims["iss"], "/admin")):
        raise BadSignature(STALE)
    return Visit(shop=shop, user=claims["sub"], token=token, ends_at=datetime.fromtimestamp(ends, UTC))


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 10**11


def _shop_in(url: object, path: str) -> str:
    """Return the shop of `https://{shop}{path}`, or nothing where it is anything else."""
    prefix = "https://"
    if not isinstance(url, str) or not url.startswith(prefix) or not url.endswith(path):
        return ""
    shop = url.removeprefix(prefix).removesuffix(path)
    return shop if is_shop(shop) else ""
