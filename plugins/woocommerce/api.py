"""A WooCommerce shop's REST interface: how requests are signed, and what its refusals mean.

Over https the keys travel in the Authorization header; where a host strips that header, and over plain http on one's
own network, requests are signed by OAuth 1.0a instead (by the official client's pure part), and the secret does not
travel at all. Keys never stand in an address: they would be in every log on the way.
"""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from woocommerce.oauth import OAuth

from plugins.errors import Malformed, PlatformError, Refused, Rejected, Unreachable, WrongAddress
from plugins.http import Client, Reply
from plugins.talking import Access

KEY, SECRET, SIGNING = "consumer_key", "consumer_secret", "signing"
BASIC, OAUTH = "basic", "oauth"
NO_RIGHTS = (
    "WooCommerce does not accept these keys: they are mistyped or were taken back, or whoever made them may not manage "
    "the shop. Connect the shop as an administrator."
)
READ_ONLY = "The keys may only read. Regulars also sets up webhooks: make keys with permission Read/Write."
NO_REST = (
    "There is no WooCommerce at this address that answers to /wp-json/. Check the address; and in WordPress, under "
    "Settings, Permalinks, choose anything but Plain."
)
PATIENCE_SECONDS = 30.0
OK, CREATED_BELOW, SERVER_FAULT = 200, 300, 500


class Api:
    """One shop's interface, with the keys that open it."""

    def __init__(
        self, address: str, keys: Mapping[str, str], client: Client, *, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        """address: where the shop is, without an ending slash. keys: KEY, SECRET, and SIGNING where it is known."""
        self._root, self._client, self._patience = f"{address}/wp-json/", client, patience_seconds
        self._key, self._secret = keys[KEY], keys[SECRET]
        self._is_basic = address.startswith("https://") and keys.get(SIGNING, BASIC) == BASIC

    def ask(self, method: str, path: str, params: Mapping[str, str] | None = None, json: Any = None) -> Reply:
        """Ask, and return the answer if it is one. Raises Refused, Rejected, WrongAddress, Unreachable, Throttled."""
        url = self._root + path
        if self._is_basic:
            word = base64.b64encode(f"{self._key}:{self._secret}".encode()).decode()
            given: dict[str, Any] = {"headers": {"Authorization": f"Basic {word}"}, "params": params}
            reply = self._client.ask(method, url, **given, json=json, timeout_seconds=self._patience)
        else:
            whole = f"{url}?{urlencode(params)}" if params else url
            signed: str = OAuth(whole, self._key, self._secret, method=method).get_oauth_url()
            reply = self._client.ask(method, signed, json=json, timeout_seconds=self._patience)
        return check(reply)

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """Return what stands at a path."""
        return self.ask("GET", path, params).json()


def open_api(access: Access) -> Api:
    """Return the interface that an access opens."""
    return Api(access.address, access.credentials.secrets, access.client)


def check(reply: Reply) -> Reply:
    """Return an answer that is none of the refusals."""
    if reply.status < CREATED_BELOW:
        return reply
    if reply.status >= SERVER_FAULT:
        raise Unreachable(f"WooCommerce answered with a fault of its own ({reply.status}). Regulars keeps trying.")
    code = code_of(reply)
    if reply.status in {401, 403}:
        raise _refusal(reply, code)
    if code in {"", "rest_no_route"} and reply.status in {404, 410}:
        raise NoRoute(NO_REST)
    raise Rejected(f"WooCommerce did not accept this ({reply.status}{f', {code}' if code else ''}).")


class NoRoute(WrongAddress):
    """There is nothing at this path: no WooCommerce, or not the plugin that would answer."""


class ReadOnly(Refused):
    """The keys may read and not write."""


def code_of(reply: Reply) -> str:
    """Return the word for what is wrong that a REST error carries, or nothing."""
    try:
        told = reply.json()
    except PlatformError:
        return ""
    code = told.get("code") if isinstance(told, dict) else None
    return code[:80] if isinstance(code, str) and code.replace("_", "").replace("-", "").isalnum() else ""


def _refusal(reply: Reply, code: str) -> PlatformError:
    if not code:
        return Refused(
            "Something in front of WooCommerce keeps us out (a security plugin, a password on the whole site). Let "
            "requests to /wp-json/ pass, then connect again."
        )
    message = reply.json().get("message")
    if code == "woocommerce_rest_authentication_error" and isinstance(message, str) and "permission" in message:
        return ReadOnly(READ_ONLY)
    return Refused(NO_RIGHTS)


def as_list(value: Any) -> list[dict[str, Any]]:
    """Return a list of objects, or raise Unreachable: a shop that answers otherwise is not answering."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Unreachable("WooCommerce answered with something else than a list. Regulars keeps trying.")
    return value


def as_object(value: Any) -> dict[str, Any]:
    """Return an object, or raise Malformed."""
    if not isinstance(value, dict):
        raise Malformed("WooCommerce answered with something else than was asked for.")
    return value
