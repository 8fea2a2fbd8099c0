"""The address that puts a cart back, as each platform documents it."""

import pytest

from plugins import PLATFORMS
from plugins.errors import Unsupported
from plugins.platform import CartLine

ONE = CartLine(item_external_id="18", quantity=2)
OTHER = CartLine(item_external_id="21", variant_external_id="61", quantity=1)
GONE = CartLine(item_external_id="0", quantity=1)
NONE = CartLine(item_external_id="18", variant_external_id="61", quantity=0)


@pytest.mark.parametrize(
    ("platform", "lines", "address"),
    [
        ("woocommerce", [ONE, OTHER], "https://shop.example/checkout-link/?products=18:2,61:1"),
        ("woocommerce", [OTHER, ONE, OTHER], "https://shop.example/checkout-link/?products=61:2,18:2"),
        ("shopify", [OTHER, OTHER], "https://shop.example/cart/61:2"),
        ("demo", [ONE], "https://shop.example/cart/restore?items=18:2"),
    ],
)
def test_a_cart_is_put_back_by_variant_and_number(platform, lines, address):
    assert PLATFORMS[platform].cart_url("https://shop.example", lines) == address


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_an_id_stays_inside_its_place(platform):
    odd = CartLine(item_external_id="1,2:9&coupon=x", variant_external_id="1,2:9&coupon=x", quantity=3)

    address = PLATFORMS[platform].cart_url("https://shop.example", [odd])

    assert address.endswith("1%2C2%3A9%26coupon%3Dx:3")


@pytest.mark.parametrize(
    ("platform", "lines"),
    [("shopify", [ONE]), ("shopify", []), ("woocommerce", [ONE, GONE]), ("woocommerce", []), ("demo", []),
     ("woocommerce", [NONE]), ("shopify", [NONE]), ("demo", [NONE])],
)  # fmt: skip
def test_where_no_address_puts_exactly_these_back_nothing_is_pretended(platform, lines):
    with pytest.raises(Unsupported, match="has a link only"):
        PLATFORMS[platform].cart_url("https://shop.example", lines)
