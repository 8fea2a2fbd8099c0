"""Where a body came from: what its reader needs to know besides the body."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugins.platform import ShopFacts

Body = dict[str, Any]


@dataclass(frozen=True)
class Origin:
    """The shop, its name at Shopify as the unsigned header claims it, and when we heard of it."""

    shop: ShopFacts
    domain: str
    heard_at: datetime
