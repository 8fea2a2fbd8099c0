"""The demo platform's verbs."""

from collections.abc import Sequence

from plugins.demo.parse import parse, topic_of
from plugins.demo.signature import verify
from plugins.errors import Unsupported
from plugins.events import Parsed
from plugins.platform import CartLine, Delivery, Receipt, ShopFacts, count_pieces
from plugins.talking import Talks


class Demo:
    """The demo shop."""

    name = "demo"
    label = "Demo shop"
    kept_headers: tuple[str, ...] = ("webhook-", "content-type")
    talks: Talks | None = None

    def is_ping(self, delivery: Delivery) -> bool:
        return delivery.body == b"" and "webhook-signature" not in delivery.headers

    def verify(self, delivery: Delivery, secrets: Sequence[bytes]) -> Receipt:
        webhook_id = verify(delivery, secrets)
        return Receipt(topic=topic_of(delivery), idempotency_key=webhook_id)

    def parse(self, delivery: Delivery, shop: ShopFacts) -> Parsed:
        return parse(delivery, shop)

    def cart_url(self, storefront: str, lines: Sequence[CartLine]) -> str:
        """The demo's own address of a cart."""
        pieces = count_pieces((line.item_external_id, line.quantity) for line in lines)
        if not pieces:
            raise Unsupported("The demo shop has a link only for carts with something in them.")
        return f"{storefront}/cart/restore?items={pieces}"
