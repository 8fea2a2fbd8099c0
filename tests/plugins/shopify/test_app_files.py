"""An app's files: read back as what Shopify reads, with everything the rules for public apps ask for."""

import io
import json
import tomllib
import zipfile

import pytest

from plugins.errors import Unsupported, WrongAddress
from plugins.shopify.app_files import SOURCE, block_link, embed_link, pack_app_files, write_app_files
from plugins.shopify.scopes import SCOPES

CLIENT_ID = "0123456789abcdef0123456789abcdef"
OURS = {"client_id": CLIENT_ID, "base_url": "https://engine.example:8443"}
LOCALE_BYTES = 15_000
THEME_BYTES = 10_000_000


@pytest.fixture
def files():
    return write_app_files(**OURS)


@pytest.fixture
def told(files):
    return tomllib.loads(files["shopify.app.toml"].decode())


def test_the_configuration_names_our_addresses_and_no_other(told):
    assert (told["client_id"], told["embedded"]) == (CLIENT_ID, True)
    assert told["application_url"] == "https://engine.example:8443/shopify"
    assert told["auth"]["redirect_urls"] == ["https://engine.example:8443/install/shopify/callback"]
    assert told["app_proxy"] == {
        "url": "https://engine.example:8443/proxy/shopify",
        "prefix": "apps",
        "subpath": "regulars",
    }


def test_a_shops_own_app_opens_at_an_address_that_says_which_shop(told):
    own = tomllib.loads(write_app_files(**OURS, slug="harbour-tea")["shopify.app.toml"].decode())

    assert own["application_url"] == "https://engine.example:8443/shopify/harbour-tea"
    assert {**own, "application_url": told["application_url"]} == told


def test_the_laws_topics_are_declared_and_every_webhook_comes_to_us(told):
    heard, law = told["webhooks"]["subscriptions"]

    assert told["webhooks"]["api_version"] == "2026-10"
    assert law["compliance_topics"] == ["customers/data_request", "customers/redact", "shop/redact"]
    assert {"orders/create", "products/update", "carts/update", "app/uninstalled"} <= set(heard["topics"])
    assert len(heard["topics"]) == len(set(heard["topics"]))
    assert {heard["uri"], law["uri"]} == {"https://engine.example:8443/webhooks/shopify"}


def test_a_topic_that_needs_a_permission_we_do_not_ask_for_is_not_declared(told):
    assert "customers/merge" not in told["webhooks"]["subscriptions"][0]["topics"]


def test_exactly_the_permissions_of_the_list_are_asked_for_and_older_orders_only_on_wish(told):
    assert told["access_scopes"]["scopes"].split(",") == list(SCOPES)
    assert told["access_scopes"]["optional_scopes"] == []

    wider = tomllib.loads(write_app_files(**OURS, is_all_orders=True)["shopify.app.toml"].decode())
    assert wider["access_scopes"]["optional_scopes"] == ["read_all_orders"]


def test_both_extensions_come_along_and_know_our_address(files):
    here = files["extensions/regulars-theme/snippets/regulars-here.liquid"].decode()

    assert 'data-regulars-engine="https://engine.example:8443"' in here
    assert not [name for name, content in files.items() if b'regulars.example"' in content]
    assert tomllib.loads(files["extensions/regulars-pixel/shopify.extension.toml"].decode())["type"] == (
        "web_pixel_extension"
    )
    assert json.loads(files["package.json"])["workspaces"] == ["extensions/*"]
    assert not [name for name in files if "node_modules" in name or "checks" in name]


def test_the_zip_is_the_same_each_time_and_holds_one_folder():
    packed = pack_app_files(**OURS)

    assert packed == pack_app_files(**OURS)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert {name.split("/")[0] for name in archive.namelist()} == {"regulars-for-shopify"}
        assert archive.testzip() is None


@pytest.mark.parametrize(
    "base_url", ["http://127.0.0.1:8000", "", "https://", 'https://a.example"\nx = "', "https://a.example/{{ x }}"]
)
def test_without_a_plain_https_address_there_is_no_app(base_url):
    with pytest.raises(Unsupported, match="https"):
        write_app_files(client_id=CLIENT_ID, base_url=base_url)


@pytest.mark.parametrize("client_id", ["", "short", 'a"\nname = "evil', "x" * 101])
def test_an_odd_client_id_is_refused(client_id):
    with pytest.raises(WrongAddress):
        write_app_files(client_id=client_id, base_url=OURS["base_url"])


def test_the_editor_opens_with_our_embed_and_our_blocks():
    shop = "harbour-tea.myshopify.com"

    assert embed_link(shop, CLIENT_ID).endswith(f"activateAppId={CLIENT_ID}/embed")
    assert f"addAppBlockId={CLIENT_ID}/product" in block_link(shop, CLIENT_ID, "product", "product")
    assert (SOURCE / "regulars-theme" / "blocks" / "embed.liquid").exists()


def test_the_extension_keeps_to_shopifys_sizes(files):
    theme = {name: content for name, content in files.items() if name.startswith("extensions/regulars-theme/")}

    assert sum(map(len, theme.values())) < THEME_BYTES
    assert all(len(content) < LOCALE_BYTES for name, content in theme.items() if "/locales/" in name)
    assert len([name for name in theme if "/blocks/" in name]) <= 30
