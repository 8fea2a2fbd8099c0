"""Shopify's verbs."""

from collections.abc import Sequence

from plugins.events import Parsed
from plugins.platform import Delivery, Receipt, ShopFacts
from plugins.shopify.parse import parse
from plugins.shopify.signature import verify


class Shopify:
    """A shop at Shopify."""

    name = "shopify"
    label = "Shopify"
    kept_headers: tuple[str, ...] = ("x-shopify-", "content-type")

    def is_ping(self, _delivery: Delivery) -> bool:
        return False  # Shopify signs everything it sends, its test notifications too

    def verify(self, delivery: Delivery, secrets: Sequence[bytes]) -> Receipt:
        return verify(delivery, secrets)

    def parse(self, delivery: Delivery, shop: ShopFacts) -> Parsed:
        return parse(delivery, shop)
