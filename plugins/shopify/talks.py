"""Shopify's talking verbs: installing (`install.py`), looking, reading (`fetch.py`), telling (`write_back.py`)."""

from collections.abc import Iterator, Mapping

from plugins.errors import Refused, Rejected
from plugins.http import Client
from plugins.platform import ShopFacts
from plugins.shopify import fetch, install, write_back
from plugins.shopify.address import clean_address
from plugins.shopify.admin import NotDone, ask, tell
from plugins.shopify.scopes import ALL_ORDERS, has_scope, missing_scopes
from plugins.shopify.topics import COMPLIANCE_TOPICS, TOPICS
from plugins.talking import Access, App, Change, Credentials, Kind, Page, ShopSeen, Subscribed, Window

SIXTY_DAYS = (
    "Shopify shows an app the orders of the last 60 days only. Regulars learns from those, and from every order that "
    "comes from now on. To have it learn from older ones too, bring in Shopify's order export under Files."
)
NO_PIXEL = "Regulars' web pixel is not switched on, so it learns nothing on the checkout's pages."


class ShopifyTalks:
    """Shopify's side of a conversation."""

    kinds: tuple[Kind, ...] = fetch.KINDS

    def clean_address(self, text: str) -> str:
        return clean_address(text)

    def begin_install(self, address: str, app: App, state: str) -> str:
        return install.begin_install(address, app, state)

    def state_of(self, answer: Mapping[str, str]) -> str:
        return install.state_of(answer)

    def finish_install(self, answer: Mapping[str, str], address: str, app: App, client: Client) -> Credentials:
        return install.finish_install(answer, address, app, client)

    def renew(self, access: Access) -> Credentials:
        return install.renew(access)

    def look_at(self, access: Access) -> ShopSeen:
        """Ask the shop about itself, and which permissions its merchant gave."""
        told = ask(access, "shop")
        shop = told["shop"]
        granted = [one["handle"] for one in told["currentAppInstallation"]["accessScopes"]]
        fronts = (shop["primaryDomain"]["url"].rstrip("/"), f"https://{shop['myshopifyDomain']}")
        return ShopSeen(
            name=shop["name"],
            facts=ShopFacts(currency=shop["currencyCode"], time_zone=shop["ianaTimezone"]),
            storefronts=tuple(dict.fromkeys(fronts)),
            missing_scopes=missing_scopes(granted),
            notes=() if ALL_ORDERS in granted else (SIXTY_DAYS,),
        )

    def subscribe(self, access: Access, _delivery_url: str, _secret: bytes) -> Subscribed:
        """Switch on the web pixel. Webhooks are declared in the app's configuration.

        Shopify keeps those by itself, sends them to the app's own door, signs them with its secret, and lists them to
        nobody.
        """
        return Subscribed(topics=(*TOPICS, *COMPLIANCE_TOPICS), trouble=_switch_pixel_on(access))

    def fetch(self, kind: Kind, access: Access, shop: ShopFacts, window: Window, cursor: str = "") -> Iterator[Page]:
        return fetch.fetch(kind, access, shop, window, cursor)

    def list_ids(self, kind: Kind, access: Access) -> Iterator[frozenset[str]]:
        return fetch.list_ids(kind, access)

    def write_back(self, change: Change, access: Access, *, key: str) -> None:
        write_back.write_back(change, access, key=key)

    def revoke(self, access: Access) -> None:
        """Take the app out of the shop: its tokens, webhooks and pixel end with it. Nothing more, if it is out."""
        try:
            tell(access, "uninstall")
        except Refused:
            return


def _switch_pixel_on(access: Access) -> str:
    """Have the pixel report to us; what stands in the way, in a sentence."""
    scopes = access.credentials.scopes
    if not (has_scope(scopes, "write_pixels") and has_scope(scopes, "read_customer_events")):
        return f"{NO_PIXEL} A permission is missing: open Regulars in the Shopify admin, and accept what it asks."
    settings = {"engine": access.app.base_url}
    try:
        pixel = ask(access, "pixel_now")["webPixel"]
    except Rejected:  # Shopify's word for none
        pixel = None
    try:
        if pixel is None:
            tell(access, "pixel_make", {"settings": settings})
        elif pixel["settings"] != settings:
            tell(access, "pixel_change", {"id": pixel["id"], "settings": settings})
    except NotDone as error:
        return f"{NO_PIXEL} Shopify says {error.code}: deploy the app's extensions, and it is switched on within a day."
    return ""
