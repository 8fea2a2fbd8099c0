"""How a WooCommerce shop is connected: by one click in the shop itself (wc-auth), or with keys made by hand.

The shop posts its keys unsigned and without its address. The one-time state says for whom they are; only that they open
the API at the address where we sent the merchant says that they are that shop's.
"""

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from plugins.errors import Refused, Unsupported, WrongAddress
from plugins.http import Client
from plugins.talking import App, Credentials
from plugins.woocommerce.api import BASIC, KEY, OAUTH, READ_ONLY, SECRET, SIGNING, Api, ReadOnly

TYPED_WRONG = "Type the address of the shop's first page, such as https://shop.example."
LONGEST_ADDRESS = 300
ADMIN_PARTS = ("/wp-admin", "/wp-login.php", "/wp-json", "/wc-auth", "/index.php")
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
KEY_SHAPE, SECRET_SHAPE = re.compile(r"ck_[0-9a-zA-Z]{10,190}"), re.compile(r"cs_[0-9a-zA-Z]{10,190}")
DEFAULT_PORTS = {"https": 443, "http": 80}
PROOF_SECONDS = 10.0  # four questions at most; WooCommerce waits 60 s for us, and then takes the keys back
STATE = "user_id"  # WooCommerce's word for what comes back as it went


def clean_address(text: str) -> str:
    """Return where a shop is: scheme, host, and the folder it lies in. Raises WrongAddress."""
    typed = text.strip()
    if not typed or len(typed) > LONGEST_ADDRESS or re.search(r"[\s\x00-\x20\\<>\"'`{}|^]", typed):
        raise WrongAddress(TYPED_WRONG)
    if "://" not in typed:
        typed = f"https://{typed}"
    try:
        parts = urlsplit(typed)
        host, port = _host(parts), parts.port
    except ValueError:
        raise WrongAddress(TYPED_WRONG) from None
    if parts.scheme not in DEFAULT_PORTS or "@" in parts.netloc or port == 0:
        raise WrongAddress(TYPED_WRONG)
    folder = parts.path
    for part in ADMIN_PARTS:
        folder = folder.partition(part)[0]
    if ".." in folder or "//" in folder.rstrip("/"):
        raise WrongAddress(TYPED_WRONG)
    place = "" if port in {None, DEFAULT_PORTS[parts.scheme]} else f":{port}"
    return f"{parts.scheme}://{host}{place}{quote(folder.rstrip('/'), safe='/%')}"


def _host(parts: SplitResult) -> str:
    """Return a host as the web writes it. Raises ValueError, WrongAddress."""
    host = (parts.hostname or "").rstrip(".")
    if ":" in host:
        return f"[{ipaddress.IPv6Address(host)}]"
    written = host.encode("idna").decode().lower()
    if not written or len(written) > 253 or not all(LABEL.fullmatch(label) for label in written.split(".")):
        raise WrongAddress(TYPED_WRONG)
    return written


def begin_install(address: str, app: App, state: str) -> str:
    """Return the shop's own page where the merchant says yes. Raises Unsupported without https on our side."""
    if not app.base_url.startswith("https://"):
        raise Unsupported(
            "WooCommerce hands its keys only to an address that begins with https://, and this Regulars has none yet. "
            "Give it one, or connect with keys made by hand."
        )
    asked = {
        "app_name": "Regulars",
        "scope": "read_write",
        STATE: state,
        "return_url": f"{app.base_url}/install/woocommerce/return",
        "callback_url": f"{app.base_url}/install/woocommerce/callback",
    }
    return f"{address}/wc-auth/v1/authorize?{urlencode(asked)}"


def state_of(answer: Mapping[str, str]) -> str:
    """Return the state that came back, or nothing."""
    return answer.get(STATE, "")


def finish_install(answer: Mapping[str, str], address: str, client: Client) -> Credentials:
    """Prove the keys of an answer at the address they are for, and return them."""
    key, secret = answer.get(KEY, ""), answer.get(SECRET, "")
    if not KEY_SHAPE.fullmatch(key) or not SECRET_SHAPE.fullmatch(secret):
        raise Refused("These are no keys of WooCommerce: one begins with ck_, the other with cs_. Copy both whole.")
    if answer.get("key_permissions", "read_write") != "read_write":
        raise ReadOnly(READ_ONLY)
    secrets = {KEY: key, SECRET: secret, SIGNING: BASIC}
    try:
        prove(Api(address, secrets, client, patience_seconds=PROOF_SECONDS))
    except ReadOnly:
        raise
    except Refused:
        if not address.startswith("https://"):
            raise
        secrets[SIGNING] = OAUTH  # some hosts strip the header that the keys travel in; then nothing but this opens
        prove(Api(address, secrets, client, patience_seconds=PROOF_SECONDS))
    return Credentials(secrets=secrets, scopes=("read", "write"))


def prove(api: Api) -> None:
    """Show that keys open the shop for somebody who may manage it, and that they may write. Changes nothing."""
    api.get("wc/v3/webhooks", {"per_page": "1"})
    api.ask("POST", "wc/v3/webhooks/batch", json={"create": []})
