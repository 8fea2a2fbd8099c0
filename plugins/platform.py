"""What a platform is: a handful of verbs.

The pure ones stand here: `is_ping`, `verify`, `parse`, `cart_url`. The talking ones (install, subscribe, fetch, write
back, revoke) are drawn in `talking.py`; `talks` is where a platform keeps them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from plugins.events import Parsed

if TYPE_CHECKING:
    from plugins.talking import Talks  # which itself stands on this module


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One webhook POST as it came over the wire. Header names are lower case."""

    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class ShopFacts:
    """What only the shop knows and a parser needs."""

    currency: str  # ISO 4217
    time_zone: str  # IANA


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """How a verified delivery is filed: what it is about, and the key under which a second arrival is the same."""

    topic: str
    idempotency_key: str


@dataclass(frozen=True, kw_only=True)
class CartLine:
    """What one line of a cart holds, as far as putting it back needs."""

    item_external_id: str
    variant_external_id: str | None = None
    quantity: int


def count_pieces(pairs: Iterable[tuple[str, int]]) -> str:
    """Return ids and how many of each as cart addresses write them: `18:2,61:1`.

    Each stands there once, since of an id that comes twice a shop may keep the last alone.
    """
    pieces: dict[str, int] = {}
    for external_id, quantity in pairs:
        if quantity > 0:
            pieces[external_id] = pieces.get(external_id, 0) + quantity
    return ",".join(f"{quote(external_id, safe='')}:{quantity}" for external_id, quantity in pieces.items())


class Platform(Protocol):
    """A shop platform, as far as this house needs to know one."""

    name: str
    label: str  # as a merchant would write it
    kept_headers: tuple[str, ...]  # how the names of the headers begin that are kept with a delivery, for `parse`
    talks: "Talks | None"  # None: it has nothing to ask, and only tells

    def is_ping(self, delivery: Delivery) -> bool:
        """Tell whether this is the platform's unsigned "are you there?", which is answered and never stored."""
        ...

    def verify(self, delivery: Delivery, secrets: Sequence[bytes]) -> Receipt:
        """Check the signature over the raw bytes, in constant time, against every current secret.

        Raises BadSignature. Nothing of the body is parsed before the signature holds.
        """
        ...

    def parse(self, delivery: Delivery, shop: ShopFacts) -> Parsed:
        """Turn a verified delivery into facts. Pure: the same bytes give the same facts. Raises Malformed."""
        ...

    def cart_url(self, storefront: str, lines: Sequence[CartLine]) -> str:
        """Return the storefront's address that puts exactly these lines into the cart of whoever opens it.

        storefront: its origin, such as https://shop.example. It signs nobody in. Raises Unsupported where the platform
        has no such address for these lines.
        """
        ...
