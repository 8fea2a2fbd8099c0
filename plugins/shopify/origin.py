"""Where a body came from: what its reader needs to know besides the body."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugins.platform import ShopFacts

Body = dict[str, Any]


@dataclass(frozen=True)
class Origin:
    """The shop; its name and the moment as Shopify's unsigned headers claim them; and when we heard."""

    shop: ShopFacts
    domain: str
    told_at: datetime | None
    heard_at: datetime
