"""Standard Webhooks signatures: `v1,base64(hmac-sha256(secret, id.timestamp.body))`.

Ours rather than the library `standardwebhooks`: that one takes the machine's clock and base64 secrets, and brings an
HTTP client along, for what are fifteen lines here.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime

from plugins.errors import BadSignature
from plugins.platform import Delivery

WINDOW_SECONDS = 300


def sign(secret: bytes, webhook_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of the `webhook-signature` header."""
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


def verify(delivery: Delivery, secrets: Sequence[bytes]) -> str:
    """Check id, time and signature, and return the webhook id. Raises BadSignature."""
    webhook_id = delivery.headers.get("webhook-id", "")
    timestamp = delivery.headers.get("webhook-timestamp", "")
    given = delivery.headers.get("webhook-signature", "").encode().split()
    if not webhook_id or len(webhook_id) > 200 or not given or not (timestamp.isascii() and timestamp.isdigit()):
        raise BadSignature("The webhook headers are missing or malformed.")
    wanted = [sign(secret, webhook_id, int(timestamp), delivery.body).encode() for secret in secrets]
    # Every pair is compared, so that the time taken tells nothing.
    if not sum(hmac.compare_digest(one, other) for one in wanted for other in given):
        raise BadSignature
    _check_time(int(timestamp), delivery.received_at)
    return webhook_id


def _check_time(timestamp: int, received_at: datetime) -> None:
    age = received_at.timestamp() - timestamp
    if abs(age) > WINDOW_SECONDS:
        direction = "old" if age > 0 else "early"
        sent = datetime.fromtimestamp(min(timestamp, 10**10), UTC).isoformat()
        raise BadSignature(f"The delivery is too {direction}: it was signed for {sent}. Check both clocks.")
