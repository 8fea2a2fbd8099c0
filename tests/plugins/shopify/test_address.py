"""A shop's name at Shopify, as merchants write it and as somebody would who wants our secrets elsewhere."""

import pytest
from shopify.utils.shop_url import sanitize_shop_domain

from plugins.errors import WrongAddress
from plugins.shopify.address import clean_address

SHOP = "harbour-tea.myshopify.com"
TRICKS = [
    "",
    " ",
    ".",
    "-a.myshopify.com",
    "harbour tea.myshopify.com",
    "harbour_tea.myshopify.com",
    "myshopify.com",
    ".myshopify.com",
    "shop.example",
    "harbour-tea.myshopify.com.evil.example",
    "evil.example/harbour-tea.myshopify.com",
    "evil.example?harbour-tea.myshopify.com",
    "evil.example#.myshopify.com",
    "harbour-tea.myshopify.com@evil.example",
    "evil.example@harbour-tea.myshopify.com",
    "harbour-tea.myshopify.com:8443",
    "harbour-tea.evil.myshopify.com",
    "harbour-tea.myshopify.com\\@evil.example",
    "harbour-tea.myshopify.com\n.evil.example",
    "harbour-tea.myshopify.com\x00.evil.example",
    "evil.example%2f.myshopify.com",
    "harbour-tea.myshopify.com.",
    "http://169.254.169.254/.myshopify.com",
    "ftp://harbour-tea.myshopify.com",
    "javascript://harbour-tea.myshopify.com",
    "hаrbour-tea.myshopify.com",  # the first a is Cyrillic
    "harbour‐tea.myshopify.com",
    "https://[::1].myshopify.com",
    "https://admin.shopify.com/store/evil.example",
    "https://admin.shopify.com.evil.example/store/harbour-tea",
    "https://admin.shopify.com/store/",
    "a" * 200 + ".myshopify.com",
]


@pytest.mark.parametrize(
    "typed",
    [
        SHOP,
        " Harbour-Tea.MyShopify.com ",
        "harbour-tea",
        f"https://{SHOP}",
        f"http://{SHOP}/admin/products?x=1#y",
        "https://admin.shopify.com/store/harbour-tea",
        "https://admin.shopify.com/store/harbour-tea/settings/domains?x=1",
    ],
)
def test_what_merchants_paste_is_their_shop(typed):
    assert clean_address(typed) == SHOP


@pytest.mark.parametrize("typed", TRICKS)
def test_a_domain_with_tricks_in_it_is_refused_in_words(typed):
    with pytest.raises(WrongAddress, match="no shop at Shopify"):
        clean_address(typed)


@pytest.mark.parametrize("typed", ["harbour-tea", SHOP, f"https://{SHOP}", "Harbour-Tea.MyShopify.com", *TRICKS])
def test_whatever_shopifys_own_library_refuses_is_refused_and_the_rest_is_the_same(typed):
    try:
        theirs = sanitize_shop_domain(typed)
    except ValueError:
        theirs = None
    try:
        ours = clean_address(typed)
    except WrongAddress:
        ours = None

    assert ours is None or ours == theirs


def test_a_name_of_one_letter_is_a_shop_though_their_library_refuses_it():
    assert sanitize_shop_domain("a.myshopify.com") is None
    assert clean_address("a.myshopify.com") == "a.myshopify.com"
