"""The files of an app at Shopify, as Shopify's own command line deploys them: its configuration and its two extensions.

For the app in the store and for a merchant's own: only the client id and our address differ. Nothing secret is in them.
The same answers give the same bytes. Shopify takes webhooks, permissions and the app proxy from the configuration.
"""

import io
import json
import re
import zipfile
from pathlib import Path

from plugins.errors import Unsupported, WrongAddress
from plugins.shopify.scopes import ALL_ORDERS, SCOPES
from plugins.shopify.topics import COMPLIANCE_TOPICS, TOPICS
from plugins.shopify.version import API_VERSION

SOURCE = Path(__file__).parent / "extension"
EXTENSIONS = ("regulars-theme", "regulars-pixel")
SHIPPED = frozenset({".css", ".js", ".json", ".liquid", ".toml"})
PLACEHOLDER = b"https://regulars.example"
PROXY_PREFIX, PROXY_SUBPATH = "apps", "regulars"
EMBED = "embed"
FOLDER = "regulars-for-shopify"
WHEN = (1980, 1, 1, 0, 0, 0)  # the first moment a zip can say
BASE_URL = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?")
CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{8,100}")
ASKED_APART = {"customers/merge"}  # Shopify gives it only with a permission of its own; reconciling finds merges too

README = """\
Regulars for Shopify
====================

These files are your own app at Shopify. You need them once, and again after Regulars changed its address.

1. Install Shopify's command line:  npm install -g @shopify/cli
2. In this folder:                  npm install
3. Send it to Shopify:              shopify app deploy
4. In Shopify's developer pages, choose your shop under Distribution and open the link it gives you.

Then open Regulars in your shop's admin. In the theme editor, switch on Regulars under App embeds, and add
recommendations to your pages as blocks.
"""

CONFIGURATION = """\
client_id = {client_id}
name = "Regulars"
application_url = {home}
embedded = true

[build]
include_config_on_deploy = true
automatically_update_urls_on_dev = false

[access_scopes]
scopes = {scopes}
optional_scopes = {optional_scopes}
use_legacy_install_flow = false

[auth]
redirect_urls = [{callback}]

[app_proxy]
url = {proxy}
prefix = {prefix}
subpath = {subpath}

[webhooks]
api_version = {version}

[[webhooks.subscriptions]]
topics = {topics}
uri = {hears}

[[webhooks.subscriptions]]
compliance_topics = {compliance}
uri = {hears}

[pos]
embedded = false
"""


def write_app_files(*, client_id: str, base_url: str, slug: str = "", is_all_orders: bool = False) -> dict[str, bytes]:
    """Return each file of an app by its path. Raises Unsupported without https, WrongAddress for an odd client id.

    slug: the short name here of the shop whose own app it is; empty for an app of many shops.
    is_all_orders: whether Shopify allowed this app to read orders older than 60 days.
    """
    if not BASE_URL.fullmatch(base_url):
        raise Unsupported("Shopify reaches apps by https only. Set PUBLIC_URL to the https address of Regulars first.")
    if not CLIENT_ID.fullmatch(client_id):
        raise WrongAddress("This is no client id of an app at Shopify. Copy it from the app's settings there.")
    base_url = base_url.rstrip("/")
    files = {
        "shopify.app.toml": _configuration(client_id, base_url, slug, is_all_orders=is_all_orders).encode(),
        "package.json": _package().encode(),
        "README.txt": README.encode(),
    }
    for name in EXTENSIONS:
        for path in sorted((SOURCE / name).rglob("*")):
            if path.is_file() and path.suffix in SHIPPED and "node_modules" not in path.parts:
                place = f"extensions/{path.relative_to(SOURCE).as_posix()}"
                files[place] = path.read_bytes().replace(PLACEHOLDER, base_url.encode())
    return files


def pack_app_files(*, client_id: str, base_url: str, slug: str = "", is_all_orders: bool = False) -> bytes:
    """Return the files as a zip with one folder in it. Raises as `write_app_files` does."""
    files = write_app_files(client_id=client_id, base_url=base_url, slug=slug, is_all_orders=is_all_orders)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{FOLDER}/{name}", WHEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # as on Unix, so that the packing machine does not show
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, files[name])
    return packed.getvalue()


def embed_link(shop: str, client_id: str) -> str:
    """Return where in the theme editor a merchant switches our embed on: Shopify leaves it off after installing."""
    return f"https://{shop}/admin/themes/current/editor?context=apps&activateAppId={client_id}/{EMBED}"


def block_link(shop: str, client_id: str, block: str, template: str) -> str:
    """Return where in the theme editor one of our blocks is added to a template."""
    add = f"template={template}&addAppBlockId={client_id}/{block}&target=newAppsSection"
    return f"https://{shop}/admin/themes/current/editor?{add}"


def _configuration(client_id: str, base_url: str, slug: str, *, is_all_orders: bool) -> str:
    told: dict[str, object] = {
        "client_id": client_id,
        # By its short name a shop is found before its address is proven.
        "home": f"{base_url}/shopify/{slug}" if slug else f"{base_url}/shopify",
        "scopes": ",".join(SCOPES),
        "optional_scopes": [ALL_ORDERS] if is_all_orders else [],
        "callback": f"{base_url}/install/shopify/callback",
        "proxy": f"{base_url}/proxy/shopify",
        "prefix": PROXY_PREFIX,
        "subpath": PROXY_SUBPATH,
        "version": API_VERSION,
        "topics": [topic for topic in TOPICS if topic not in ASKED_APART],
        "compliance": COMPLIANCE_TOPICS,
        "hears": f"{base_url}/webhooks/shopify",
    }
    # TOML writes texts and lists of texts as JSON does, as long as they are as plain as what was let in above.
    return CONFIGURATION.format(**{name: json.dumps(value) for name, value in told.items()})


def _package() -> str:
    told = {"name": FOLDER, "private": True, "version": "1.0.0", "workspaces": ["extensions/*"]}
    return json.dumps(told, indent=2) + "\n"
