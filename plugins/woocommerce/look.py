"""What a WooCommerce shop says about itself: name, currency, time zone, addresses; and whether our plugin is there."""

from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from plugins.errors import PlatformError, Refused
from plugins.platform import ShopFacts
from plugins.talking import Access, ShopSeen
from plugins.woocommerce.api import NoRoute, as_object, open_api

PLUGIN = "wc-regulars/v1"
NO_PLUGIN = (
    "The plugin Regulars for WooCommerce is not active in this shop. Without it there are no recommendations on the "
    "pages, and carts, e-mail addresses typed at the checkout, new reviews and final deletions are not heard of."
)
NO_ZONE = (
    "WordPress does not say in which time zone the shop is, so days are counted by UTC. Set a city under Settings."
)
NO_CRON = "WordPress' own timetable is switched off here. Make sure that a real one runs, or webhooks come late."


def look_at(access: Access) -> ShopSeen:
    """See Talks.look_at."""
    api, notes = open_api(access), []
    status = as_object(api.get("wc/v3/system_status", {"_fields": "environment,settings"}))
    environment, settings = as_object(status.get("environment")), as_object(status.get("settings"))
    root = _root(access)
    zone = _zone(root)
    if zone is None:
        notes.append(NO_ZONE)
    if environment.get("wp_cron") is False:
        notes.append(NO_CRON)
    try:
        api.get(f"{PLUGIN}/status")
    except NoRoute:
        notes.append(NO_PLUGIN)
    home = str(root.get("home") or environment.get("home_url") or access.address)
    return ShopSeen(
        name=str(root.get("name") or urlsplit(access.address).hostname)[:200],
        facts=ShopFacts(currency=str(settings.get("currency", ""))[:3], time_zone=zone or "UTC"),
        storefronts=tuple(dict.fromkeys(filter(None, (_origin(home), _origin(access.address))))),
        notes=tuple(notes),
    )


def _root(access: Access) -> dict[str, Any]:
    """Return what WordPress tells everybody. Asked without keys: they are WooCommerce's, and strangers to WordPress."""
    try:
        told = access.client.ask(
            "GET", f"{access.address}/wp-json/", params={"_fields": "name,home,timezone_string,gmt_offset"}
        )
        return as_object(told.json()) if told.status < 300 else {}
    except Refused:
        raise
    except PlatformError as error:
        if error.is_transient:
            raise
        return {}


def _zone(root: dict[str, Any]) -> str | None:
    """Return the shop's time zone. Some shops only say how many hours they are away from Greenwich."""
    named = root.get("timezone_string")
    if isinstance(named, str) and named in available_timezones():
        return named
    try:
        hours = float(str(root.get("gmt_offset")))
    except ValueError:
        return None
    if not hours.is_integer() or not -12 <= hours <= 14:
        return None
    return "UTC" if hours == 0 else f"Etc/GMT{-int(hours):+d}"  # in these names, east is minus


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.scheme in {"http", "https"} and parts.netloc else ""
