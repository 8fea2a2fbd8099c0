"""The fake's webhooks: signed with the app's secret, and delivered late, doubled and in any order.

A body is the thing as it stood when it was told of. What is not accepted comes again, as at Shopify up to eight times;
while the app's secret rotates, the older one may still sign.
"""

import base64
import hashlib
import hmac
import json
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from plugins.shopify.bodies import customer_body, order_body, product_body
from plugins.shopify.version import API_VERSION
from tests.plugins.shopify.fake.shop import FakeShop, Node

MOST_TRIES = 9
KINDS = {"orders": ("Order", order_body, "lineItems"), "products": ("Product", product_body, "variants")} | {
    "customers": ("Customer", customer_body, "")
}
Post = Callable[[dict[str, str], bytes], int]


@dataclass
class Hook:
    """One delivery."""

    headers: dict[str, str]
    body: bytes = field(repr=False)
    tries: int = 0


@dataclass
class Hooks:
    """What was told and is not delivered yet."""

    secrets: list[str]
    waiting: list[Hook] = field(default_factory=list)

    def tell(self, shop: FakeShop, topic: str, body: dict[str, Any], now: datetime) -> None:
        """Put a body in line, for the shop it is of."""
        raw = json.dumps(body).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": topic,
            "X-Shopify-Shop-Domain": shop.domain,
            "X-Shopify-API-Version": API_VERSION,
            "X-Shopify-Webhook-Id": str(uuid.uuid4()),
            "X-Shopify-Event-Id": str(uuid.uuid4()),
            "X-Shopify-Triggered-At": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        self.waiting.append(Hook(headers=headers, body=raw))

    def tell_of(self, shop: FakeShop, topic: str, node: Node, now: datetime) -> None:
        """Tell how a product, an order or a customer stands now."""
        kind, to_body, children = KINDS[topic.partition("/")[0]]
        body = to_body(node, node.get(children) or [])
        number = int(body["id"])
        self.tell(shop, topic, body | {"id": number, "admin_graphql_api_id": f"gid://shopify/{kind}/{number}"}, now)

    def deliver(self, post: Post, *, seed: int = 4) -> list[str]:
        """Deliver all that waits, each at least once and some twice, in any order. Returns what was given up."""
        weather, given_up = random.Random(seed), []
        twice = [Hook(headers=one.headers, body=one.body) for one in self.waiting if weather.random() < 0.5]
        line = [*self.waiting, *twice]
        self.waiting = []
        weather.shuffle(line)
        while line:
            hook = line.pop(0)
            hook.tries += 1
            if 200 <= post(self._signed(hook, weather), hook.body) < 300:
                continue
            if hook.tries < MOST_TRIES:
                line.append(hook)
            else:
                given_up.append(hook.headers["X-Shopify-Topic"])
        return given_up

    def _signed(self, hook: Hook, weather: random.Random) -> dict[str, str]:
        digest = hmac.new(weather.choice(self.secrets).encode(), hook.body, hashlib.sha256).digest()
        return hook.headers | {"X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode()}
