"""WooCommerce's verbs."""

from collections.abc import Sequence

from plugins.errors import Unsupported
from plugins.events import Parsed
from plugins.platform import CartLine, Delivery, Receipt, ShopFacts, count_pieces
from plugins.talking import Talks
from plugins.woocommerce.carts import NO_ITEM
from plugins.woocommerce.parse import parse
from plugins.woocommerce.signature import is_ping, verify
from plugins.woocommerce.talks import WooCommerceTalks


class WooCommerce:
    """A WordPress shop with WooCommerce."""

    name = "woocommerce"
    label = "WooCommerce"
    kept_headers: tuple[str, ...] = ("x-wc-webhook-", "x-regulars-", "content-type")
    talks: Talks | None = WooCommerceTalks()

    def is_ping(self, delivery: Delivery) -> bool:
        return is_ping(delivery)

    def verify(self, delivery: Delivery, secrets: Sequence[bytes]) -> Receipt:
        return verify(delivery, secrets)

    def parse(self, delivery: Delivery, shop: ShopFacts) -> Parsed:
        return parse(delivery, shop)

    def cart_url(self, storefront: str, lines: Sequence[CartLine]) -> str:
        """WooCommerce's shareable checkout link (from 10.0 on) fills the cart and goes on to the checkout.

        A variation stands in it by its own id. What is chosen beyond that (an engraving) does not travel.
        """
        pieces = count_pieces((line.variant_external_id or line.item_external_id, line.quantity) for line in lines)
        if not pieces or any(line.item_external_id == NO_ITEM for line in lines):
            raise Unsupported("WooCommerce has a link only for carts of products it still sells.")
        return f"{storefront}/checkout-link/?products={pieces}"
