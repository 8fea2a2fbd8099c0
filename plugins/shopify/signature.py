"""Shopify signs the raw body: `base64(hmac-sha256(secret, body))` in X-Shopify-Hmac-Sha256.

Headers are not signed, so nothing in them may tell one delivery from another but the topic, which says how the body is
read. Webhook id and event id stay out of the key: a copy under a fresh id would be kept again, and facts are states
with the time of their version in them, so the same body under the same topic says nothing new. Where a body names no
such time and may rightly come again, word for word, losing the second would be worse than keeping a copy: somebody
unsubscribes twice, or asks to be forgotten twice. There the webhook id counts, which Shopify's own retries repeat.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from datetime import datetime

from plugins.errors import BadSignature
from plugins.platform import Delivery, Receipt

TOPIC = re.compile(r"[a-z][a-z0-9_./]{0,99}")
SPOKEN_AGAIN = {
    "app/uninstalled",
    "customers/data_request",
    "customers/merge",
    "customers/redact",
    "customers_email_marketing_consent/update",
    "customers_marketing_consent/update",
    "shop/redact",
}
SHOP_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]{0,99}\.myshopify\.com")


def verify(delivery: Delivery, secrets: Sequence[bytes]) -> Receipt:
    """Check the signature against every current secret, in constant time. Raises BadSignature."""
    given = delivery.headers.get("x-shopify-hmac-sha256", "").encode()
    wanted = [base64.b64encode(hmac.new(secret, delivery.body, hashlib.sha256).digest()) for secret in secrets]
    if not sum(hmac.compare_digest(one, given) for one in wanted):
        raise BadSignature
    topic = topic_of(delivery) or "unknown"
    named = [topic, hashlib.sha256(delivery.body).hexdigest()]
    if topic in SPOKEN_AGAIN:
        webhook_id = delivery.headers.get("x-shopify-webhook-id", "").encode("utf-8", "replace")
        named.append(hashlib.sha256(webhook_id).hexdigest()[:32])
    return Receipt(topic=topic, idempotency_key=":".join(named))


def topic_of(delivery: Delivery) -> str:
    """Return the topic the header claims, or nothing when it has not the form of one."""
    topic = delivery.headers.get("x-shopify-topic", "").strip()
    return topic if TOPIC.fullmatch(topic) else ""


def shop_domain_of(delivery: Delivery) -> str:
    """Return the shop's name at Shopify as the header claims it, or nothing when it is not *.myshopify.com."""
    domain = delivery.headers.get("x-shopify-shop-domain", "").strip().lower()
    return domain if SHOP_DOMAIN.fullmatch(domain) else ""


def told_at_of(delivery: Delivery) -> datetime | None:
    """Return when what is told happened, as the header claims it, or nothing where it claims no moment."""
    try:
        moment = datetime.fromisoformat(delivery.headers.get("x-shopify-triggered-at", "").strip())
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def named_shop(delivery: Delivery) -> str:
    """Return the shop that a signed body itself names, or nothing where it names none.

    Wishes of the law and the shop's own details do; an order or a product does not.
    """
    if b'"shop_domain"' not in delivery.body and b'"myshopify_domain"' not in delivery.body:
        return ""
    try:
        body = json.loads(delivery.body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(body, dict):
        return ""
    named = body.get("shop_domain") or body.get("myshopify_domain")
    return named.strip().lower() if isinstance(named, str) else ""
