"""WooCommerce's talking verbs."""

from collections.abc import Iterator, Mapping

from plugins.http import Client
from plugins.platform import ShopFacts
from plugins.talking import Access, App, Change, Credentials, Kind, Page, ShopSeen, Subscribed, Window
from plugins.woocommerce import coupons, fetch, hooks, install, look
from plugins.woocommerce.api import open_api


class WooCommerceTalks:
    """How a WooCommerce shop is talked to."""

    kinds: tuple[Kind, ...] = (Kind.ITEMS, Kind.ORDERS, Kind.CUSTOMERS, Kind.REVIEWS)

    def clean_address(self, text: str) -> str:
        return install.clean_address(text)

    def begin_install(self, address: str, app: App, state: str) -> str:
        return install.begin_install(address, app, state)

    def state_of(self, answer: Mapping[str, str]) -> str:
        return install.state_of(answer)

    def finish_install(self, answer: Mapping[str, str], address: str, _app: App, client: Client) -> Credentials:
        return install.finish_install(answer, address, client)

    def renew(self, access: Access) -> Credentials:
        return access.credentials  # keys hold until somebody takes them back

    def look_at(self, access: Access) -> ShopSeen:
        return look.look_at(access)

    def subscribe(self, access: Access, delivery_url: str, secret: bytes) -> Subscribed:
        return hooks.subscribe(access, delivery_url, secret)

    def fetch(self, kind: Kind, access: Access, shop: ShopFacts, window: Window, cursor: str = "") -> Iterator[Page]:
        return fetch.fetch(open_api(access), kind, shop, window, cursor)

    def list_ids(self, kind: Kind, access: Access) -> Iterator[frozenset[str]]:
        return fetch.list_ids(open_api(access), kind)

    def write_back(self, change: Change, access: Access, *, key: str) -> None:
        coupons.write_back(change, access, key=key)

    def revoke(self, access: Access) -> None:
        hooks.revoke(access)
