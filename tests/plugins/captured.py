"""The captured WooCommerce deliveries, ready to be handed to a platform."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from plugins.platform import Delivery, ShopFacts

FOLDER = Path(__file__).parent / "woocommerce" / "deliveries"
HEARD_AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
SHOP = ShopFacts(currency="EUR", time_zone="Europe/Berlin")


@dataclass(frozen=True)
class Captured:
    """One captured delivery, with the secret it was signed with."""

    name: str
    note: str
    secret: bytes
    delivery: Delivery

    @property
    def topic(self) -> str:
        return self.delivery.headers.get("x-wc-webhook-topic", "ping")


def captured(pattern: str = "*.json") -> list[Captured]:
    """Read the captures in the order they came."""
    return [_read(path) for path in sorted(FOLDER.glob(pattern))]


def _read(path: Path) -> Captured:
    kept = json.loads(path.read_text())
    headers = {name.lower(): value for name, value in kept["headers"]}
    delivery = Delivery(headers=headers, body=base64.b64decode(kept["body_base64"]), received_at=HEARD_AT)
    return Captured(path.stem, kept.get("note") or "", (kept.get("secret") or "").encode(), delivery)
