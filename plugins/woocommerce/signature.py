"""WooCommerce signs the raw body: `base64(hmac-sha256(secret, body))` in X-WC-Webhook-Signature.

Headers are not signed. The delivery id is a hash of webhook id and the current second, so different products may share
one; only webhook, delivery id, topic and body together name a delivery (seen in WooCommerce 11.0.1, November 2026).
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence

from plugins.errors import BadSignature
from plugins.platform import Delivery, Receipt


def is_ping(delivery: Delivery) -> bool:
    """Tell whether this is the unsigned form post that WooCommerce sends when a webhook is made."""
    return "x-wc-webhook-signature" not in delivery.headers and delivery.body[:11] == b"webhook_id="


def verify(delivery: Delivery, secrets: Sequence[bytes]) -> Receipt:
    """Check the signature against every current secret, in constant time. Raises BadSignature."""
    headers = delivery.headers
    given = headers.get("x-wc-webhook-signature", "").encode()
    wanted = [base64.b64encode(hmac.new(secret, delivery.body, hashlib.sha256).digest()) for secret in secrets]
    if not sum(hmac.compare_digest(one, given) for one in wanted):
        raise BadSignature
    topic = headers.get("x-wc-webhook-topic", "")[:100]
    parts = (headers.get("x-wc-webhook-id", "")[:40], headers.get("x-wc-webhook-delivery-id", "")[:64], topic)
    return Receipt(topic=topic, idempotency_key=":".join([*parts, hashlib.sha256(delivery.body).hexdigest()]))
