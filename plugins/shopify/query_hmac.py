"""Shopify signs the addresses it sends a merchant's browser to: `hmac` over the other parameters, sorted.

Shopify's own libraries do not agree on whether values are written out or percent-encoded before they are signed; they
differ only where a value holds signs such as the `=` at the end of `host`. Either is taken: both need the secret.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from urllib.parse import quote_plus

from plugins.errors import BadSignature
from plugins.shopify.library import sign

FRESH_SECONDS = 90
UNSIGNED = frozenset({"hmac", "signature"})


def check_query(query: Mapping[str, str], secrets: Sequence[bytes], now: datetime | None) -> None:
    """Check that Shopify made this address, and just now. Raises BadSignature, saying what to do.

    now: None where something else in the address can be used only once, and bounds its age.
    """
    given = query.get("hmac", "").encode()
    wanted = [one for secret in secrets for one in _signatures(query, secret)]
    if not sum(hmac.compare_digest(one.encode(), given) for one in wanted):
        raise BadSignature("Shopify did not sign this address. Open Regulars from the shop's admin again.")
    if now is not None and not _is_fresh(query.get("timestamp", ""), now):
        raise BadSignature("This address is too old to be used again. Open Regulars from the shop's admin again.")


def _is_fresh(stamp: str, now: datetime) -> bool:
    return stamp.isdecimal() and len(stamp) < 12 and abs(now.timestamp() - int(stamp)) <= FRESH_SECONDS


def _signatures(query: Mapping[str, str], secret: bytes) -> Iterator[str]:
    signed = {name: value for name, value in query.items() if name not in UNSIGNED}
    yield sign(signed, secret)
    encoded = "&".join(f"{name}={quote_plus(value)}" for name, value in sorted(signed.items()))
    yield hmac.new(secret, encoded.encode(), hashlib.sha256).hexdigest()
