"""What Shopify's own library (shopifyapi) does for us: it signs queries, cleans names, writes the permission address.

Only these parts, which ask nobody. It keeps the app's id and secret on its class, for the whole process: here each call
has a class of its own, so that two apps in two threads never see each other's.
"""

from collections.abc import Mapping, Sequence

from shopify import Session
from shopify.utils.shop_url import sanitize_shop_domain

from plugins.shopify.version import API_VERSION


def sign(query: Mapping[str, str], secret: bytes) -> str:
    """Return the signature of parameters, values written out."""
    return str(_session_of(secret=secret.decode()).calculate_hmac(dict(query)))


def permission_url(address: str, client_id: str, scopes: Sequence[str], redirect_url: str, state: str) -> str:
    """Return where a merchant says yes."""
    session = _session_of(api_key=client_id)(address, API_VERSION)
    return str(session.create_permission_url(list(scopes), redirect_url, state))


def sanitize(domain: str) -> str:
    """Return a shop's name at Shopify as the library understands it, or nothing."""
    return sanitize_shop_domain(domain) or ""


def _session_of(**told: str) -> type[Session]:
    return type("OurSession", (Session,), told)
