"""Shopify's verbs."""

from collections.abc import Sequence

from plugins.errors import Unsupported
from plugins.events import Parsed
from plugins.platform import CartLine, Delivery, Receipt, ShopFacts, count_pieces
from plugins.shopify.parse import parse
from plugins.shopify.signature import verify
from plugins.shopify.talks import ShopifyTalks
from plugins.talking import Talks


class Shopify:
    """A shop at Shopify."""

    name = "shopify"
    label = "Shopify"
    kept_headers: tuple[str, ...] = ("x-shopify-", "content-type")
    talks: Talks | None = ShopifyTalks()

    def is_ping(self, _delivery: Delivery) -> bool:
        return False  # Shopify signs everything it sends, its test notifications too

    def verify(self, delivery: Delivery, secrets: Sequence[bytes]) -> Receipt:
        return verify(delivery, secrets)

    def parse(self, delivery: Delivery, shop: ShopFacts) -> Parsed:
        return parse(delivery, shop)

    def cart_url(self, storefront: str, lines: Sequence[CartLine]) -> str:
        """Shopify's cart permalink names variants, not products. It takes the place of whatever lies in the cart."""
        pieces = count_pieces((line.variant_external_id or "", line.quantity) for line in lines)
        if not pieces or not all(line.variant_external_id for line in lines):
            raise Unsupported("Shopify has a link only for carts of variants.")
        return f"{storefront}/cart/{pieces}"
