"""WooCommerce signs the raw body: `base64(hmac-sha256(secret, body))` in X-WC-Webhook-Signature.

Headers are not signed. The delivery id is a hash of webhook id and the current second, so different products may share
one; only webhook, delivery id, topic and body together name a delivery (seen in WooCommerce 11.0.1, November 2026).

Our plugin in the shop signs time and body: `t=<unix>,v1=<hex hmac-sha256(secret, "<t>." + body)>` in
X-Regulars-Signature. It signs anew for each try, so the body, which holds the event's own id, names the delivery.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence

from plugins.errors import BadSignature
from plugins.platform import Delivery, Receipt

SITE_SIGNATURE = "x-regulars-signature"
SITE_SHAPE = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})", re.ASCII)
CLOCKS_APART_SECONDS = 600


def is_ping(delivery: Delivery) -> bool:
    """Tell whether this is the unsigned form post that WooCommerce sends when a webhook is made."""
    is_signed = "x-wc-webhook-signature" in delivery.headers or is_site_event(delivery)
    return not is_signed and delivery.body[:11] == b"webhook_id="


def is_site_event(delivery: Delivery) -> bool:
    """Tell whether our plugin in the shop sent this, or whoever says so."""
    return SITE_SIGNATURE in delivery.headers


def verify(delivery: Delivery, secrets: Sequence[bytes]) -> Receipt:
    """Check the signature against every current secret, in constant time. Raises BadSignature."""
    headers = delivery.headers
    if is_site_event(delivery):
        return _verify_site_event(delivery, secrets)
    given = headers.get("x-wc-webhook-signature", "").encode()
    wanted = [base64.b64encode(hmac.new(secret, delivery.body, hashlib.sha256).digest()) for secret in secrets]
    if not sum(hmac.compare_digest(one, given) for one in wanted):
        raise BadSignature
    topic = headers.get("x-wc-webhook-topic", "")[:100]
    parts = (headers.get("x-wc-webhook-id", "")[:40], headers.get("x-wc-webhook-delivery-id", "")[:64], topic)
    return Receipt(topic=topic, idempotency_key=":".join([*parts, hashlib.sha256(delivery.body).hexdigest()]))


def _verify_site_event(delivery: Delivery, secrets: Sequence[bytes]) -> Receipt:
    shape = SITE_SHAPE.fullmatch(delivery.headers[SITE_SIGNATURE])
    at, given = shape.groups() if shape else ("0", "")
    signed = f"{at}.".encode() + delivery.body
    wanted = [hmac.new(secret, signed, hashlib.sha256).hexdigest() for secret in secrets]
    if not sum(hmac.compare_digest(one, given) for one in wanted):
        raise BadSignature
    if abs(delivery.received_at.timestamp() - int(at)) > CLOCKS_APART_SECONDS:
        raise BadSignature("This was signed too long ago, or the shop's clock is wrong. Set it by a time server.")
    topic = delivery.headers.get("x-regulars-topic", "")[:100]
    return Receipt(topic=topic, idempotency_key=f"site:{hashlib.sha256(delivery.body).hexdigest()}")
