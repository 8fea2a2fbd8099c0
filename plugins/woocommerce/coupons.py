"""What is written to a WooCommerce shop: discount codes. Tags, answers and campaigns have no place in it."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from plugins.errors import Rejected, Unsupported
from plugins.talking import Access, Change, DiscountMade
from plugins.woocommerce.api import as_list, open_api

PATH = "wc/v3/coupons"
KEY_META = "_regulars_key"


def write_back(change: Change, access: Access, *, key: str) -> None:
    """See Talks.write_back. A code that is there under the same key is ours, made by an earlier try."""
    if not isinstance(change, DiscountMade):
        raise Unsupported("WooCommerce keeps no tags, marketing answers or campaigns of customers.")
    if change.starts_at > access.now():
        raise Unsupported("A WooCommerce coupon holds from the moment it is made. Make it when it begins.")
    api = open_api(access)
    if _is_made(as_list(api.get(PATH, {"code": change.code.lower()})), key):
        return
    try:
        api.ask("POST", PATH, json=_coupon(change, key))
    except Rejected:
        if not _is_made(as_list(api.get(PATH, {"code": change.code.lower()})), key):
            raise


def _coupon(change: DiscountMade, key: str) -> Mapping[str, Any]:
    return {
        "code": change.code,
        "discount_type": "percent",
        "amount": str(change.percent),
        "individual_use": True,
        "usage_limit": 1,
        "usage_limit_per_user": 1,
        "date_expires": change.ends_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),  # its `_gmt` twin is not read
        **({"email_restrictions": [change.email]} if change.email else {}),
        "description": "Made by Regulars for one use.",
        "meta_data": [{"key": KEY_META, "value": key}],
    }


def _is_made(coupons: list[dict[str, Any]], key: str) -> bool:
    found = [meta for coupon in coupons for meta in coupon.get("meta_data") or [] if isinstance(meta, dict)]
    return any(meta.get("key") == KEY_META and meta.get("value") == key for meta in found)
