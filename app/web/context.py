"""What every door of this building reaches for: the wiring, the shop a request names, and what it brings along."""

from flask import Flask, current_app, g, request

from app.errors import NotAllowed, NotFound, TooLarge
from app.shops.directory import ShopCard
from app.wiring import Wiring

EXTENSION = "regulars"
SHOPIFY_NAME = ".myshopify.com"


def keep_wiring(app: Flask, wiring: Wiring) -> None:
    """Hand the wiring to the server's doors."""
    app.extensions[EXTENSION] = wiring


def wiring() -> Wiring:
    """Return the wiring of the running server."""
    found: Wiring = current_app.extensions[EXTENSION]
    return found


def shop_of(public_key: str) -> ShopCard:
    """Return the shop of a public key, asked from one of its own pages or from none. Raises NotFound, NotAllowed."""
    card = find_shop(public_key)
    if card is None:
        raise NotFound("There is no shop with this public key. Copy it from the settings page.")
    g.shop_card = card  # for `cors.py`
    origin = request.headers.get("Origin")
    if origin is not None and origin not in card.origins:
        raise NotAllowed("This page's address is not one of the shop's. Add it on the settings page.")
    return card


def find_shop(public_key: str) -> ShopCard | None:
    """Return the shop of a public key. At Shopify the shop's own name there is one: its theme knows no other."""
    if public_key.endswith(SHOPIFY_NAME):
        return wiring().shops.by_address("shopify", public_key)
    return wiring().shops.by_public_key(public_key)


def read_body(largest: int) -> bytes:
    """Return the raw body of a request, whether or not it said how long it is. Raises TooLarge."""
    if (request.content_length or 0) <= largest:
        request.max_content_length = largest + 1  # one more than it may have, so that it is seen to have more
        body = request.get_data(cache=False)
        if len(body) <= largest:
            return body
    raise TooLarge(f"Send at most {largest} bytes at once.")
