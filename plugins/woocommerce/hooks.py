"""A WooCommerce shop's webhooks, made and mended, and our plugin told where Regulars is.

WooCommerce switches a webhook off, silently, after seven failures, and switching it on again does not reset its count:
so one that is off is deleted and made anew. A secret cannot be read back; a print of it in the webhook's name tells
whether it is the one we hold.
"""

import hashlib
from typing import Any
from urllib.parse import urlsplit

from plugins.errors import Rejected
from plugins.talking import Access, Subscribed
from plugins.woocommerce.api import Api, NoRoute, as_list, open_api
from plugins.woocommerce.lists import read_list
from plugins.woocommerce.look import NO_PLUGIN, PLUGIN

PATH = "wc/v3/webhooks"
TOPICS = (
    *(f"order.{verb}" for verb in ("created", "updated", "deleted", "restored")),
    *(f"product.{verb}" for verb in ("created", "updated", "deleted", "restored")),
    *(f"customer.{verb}" for verb in ("created", "updated", "deleted")),
)
NAME = "Regulars"
SAFE_PORTS = {None, 80, 443, 8080}  # WordPress delivers nowhere else, unless our plugin lets it
UNUSUAL_PORT = (
    "WordPress delivers webhooks only to the ports 80, 443 and 8080, and Regulars is at another. Install the plugin, "
    "which opens the way, or give Regulars a usual port."
)


def subscribe(access: Access, delivery_url: str, secret: bytes) -> Subscribed:
    """See Talks.subscribe. secret: hexadecimal or other plain letters; it is handed over as text."""
    api, word = open_api(access), secret.decode()
    trouble = _tell_plugin(api, access, delivery_url, word)
    mark = hashlib.sha256(b"webhook:" + secret).hexdigest()[:8]
    standing: dict[str, dict[str, Any]] = {}
    for hook in _ours(api, delivery_url):
        topic = str(hook.get("topic"))
        is_good = hook.get("status") == "active" and hook.get("delivery_url") == delivery_url
        is_good = is_good and str(hook.get("name", "")).endswith(mark)
        if is_good and topic in TOPICS and topic not in standing:
            standing[topic] = hook
        else:
            _delete(api, hook)
    missing = [topic for topic in TOPICS if topic not in standing]
    for topic in missing:
        name = f"{NAME} {topic} {mark}"
        made = {"name": name, "topic": topic, "delivery_url": delivery_url, "secret": word, "status": "active"}
        api.ask("POST", PATH, json=made)
    return Subscribed(topics=TOPICS, mended=tuple(missing), trouble=trouble)


def revoke(access: Access) -> None:
    """See Talks.revoke. WooCommerce lets nobody delete a key over its API: the merchant does that, or leaves it."""
    api = open_api(access)
    for hook in _ours(api, f"{access.app.base_url}/webhooks/woocommerce/"):
        _delete(api, hook)
    try:
        api.ask("POST", f"{PLUGIN}/disconnect", json={})
    except (NoRoute, Rejected):
        return  # no plugin, so nothing to disconnect


def _ours(api: Api, delivery_url: str) -> list[dict[str, Any]]:
    """Return the webhooks we made for this shop, also those that lead where Regulars once was."""
    path = urlsplit(delivery_url).path
    return [
        hook
        for piece in read_list(api, PATH, {})
        for hook in as_list(piece.rows)
        if str(hook.get("name", "")).startswith(f"{NAME} ")
        and urlsplit(str(hook.get("delivery_url", ""))).path.startswith(path)
    ]


def _delete(api: Api, hook: dict[str, Any]) -> None:
    try:
        api.ask("DELETE", f"{PATH}/{hook['id']}", {"force": "true"})
    except (NoRoute, Rejected):
        return  # somebody was quicker


def _tell_plugin(api: Api, access: Access, delivery_url: str, word: str) -> str:
    """Tell the plugin where Regulars is, before any webhook is made. Return what is in the way, or nothing."""
    told = {
        "engine": access.app.base_url,
        "slug": urlsplit(delivery_url).path.rpartition("/")[2],
        "public_key": access.public_key,
        "secret": word,
        "webhook_url": delivery_url,
    }
    try:
        api.ask("POST", f"{PLUGIN}/connect", json=told)
    except NoRoute:
        return NO_PLUGIN if urlsplit(delivery_url).port in SAFE_PORTS else UNUSUAL_PORT
    except Rejected as error:
        return f"The plugin in the shop did not take the connection: {error}"
    return ""
