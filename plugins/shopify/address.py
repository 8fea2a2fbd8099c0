"""What Shopify calls a shop: `harbour-tea.myshopify.com`, and nothing that only looks like it.

The name decides whom we ask with our secrets and whose rows are opened, so it is matched whole: no port, no path, no
user before an @, no look-alike letters, no other domain after it.
"""

import re
from urllib.parse import urlsplit

from plugins.errors import WrongAddress
from plugins.shopify.library import sanitize
from plugins.shopify.signature import SHOP_DOMAIN

SUFFIX = ".myshopify.com"
ADMIN_HOST = "admin.shopify.com"
ADMIN_PATH = re.compile(r"/store/([a-z0-9][a-z0-9-]*)(?:/.*)?", re.DOTALL)
NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
SENTENCE = "This is no shop at Shopify. Its address looks like harbour-tea.myshopify.com; it stands in Shopify's admin \
under Settings, Domains."


def clean_address(text: str) -> str:
    """Return what a merchant typed or pasted as their shop's name at Shopify. Raises WrongAddress.

    Also read: a bare name, https:// before it, a page of the shop's admin.
    """
    typed = text.strip().lower()
    if NAME.fullmatch(typed):
        typed += SUFFIX
    try:
        parts = urlsplit(typed if "://" in typed else f"https://{typed}")
        host, path = parts.netloc, parts.path
    except ValueError:
        raise WrongAddress(SENTENCE) from None
    if host == ADMIN_HOST and (found := ADMIN_PATH.fullmatch(path)):
        host = found.group(1) + SUFFIX
    if parts.scheme not in ("http", "https") or not is_shop(host) or not _is_known_to_library(host):
        raise WrongAddress(SENTENCE)
    return host


def _is_known_to_library(host: str) -> bool:
    """Ask Shopify's library for its opinion, as a second wall; names of one letter, which it refuses, there are."""
    return len(host) == len("x" + SUFFIX) or sanitize(host) == host


def is_shop(domain: str) -> bool:
    """Tell whether this is exactly a shop's name at Shopify."""
    return SHOP_DOMAIN.fullmatch(domain) is not None
