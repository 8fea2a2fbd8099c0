"""A placement's first paint, as Liquid that the shop's own theme renders: its titles, its prices, its pictures.

Only which products and why comes from us; whether one is sold here, what it is called and what it costs in this market
and language Shopify says at that moment. Whatever is ours stands where Liquid and HTML read it as plain text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import unquote, urlsplit

CONTENT_TYPE = "application/liquid"
NOTHING = "{% layout none %}"
MOST_CARDS = 12  # Liquid looks up at most 20 products by handle on a page
HANDLE = re.compile(r"[\w-]{1,255}")
CARD = (
    "{%- assign product = all_products['HANDLE'] -%}{%- if product.title != blank and product.available -%}"
    '<div class="regulars-item" role="listitem" data-item="{{ product.id }}">'
    '<a class="regulars-link" href="{{ product.url }}">'
    '<span class="regulars-picture">{%- if product.featured_image -%}'
    "{{ product.featured_image | image_url: width: 600 | image_tag: loading: 'lazy', class: 'regulars-image', alt: '',"
    " widths: '300, 600', sizes: '240px' }}"
    '{%- endif -%}</span><span class="regulars-title">{{ product.title | escape }}</span></a>'
    '<span class="regulars-price">{{ product.price | money }}</span>'
    '<div class="regulars-actions"><span class="regulars-reason">REASON</span></div></div>{%- endif -%}'
)


@dataclass(frozen=True)
class PaintedCard:
    """One product of a placement: by the name its address ends in, and why it is there."""

    handle: str
    reason: str


def handle_of(url: str) -> str:
    """Return the name a product's address ends in, or nothing where it has none that Liquid could look up."""
    before, _, last = unquote(urlsplit(url).path).rstrip("/").rpartition("/")
    return last if before.endswith("/products") and HANDLE.fullmatch(last) else ""


def paint(heading: str, cards: Sequence[PaintedCard]) -> str:
    """Return a placement as Liquid without a layout; without cards, nothing to be seen."""
    shown = [card for card in cards if HANDLE.fullmatch(card.handle)][:MOST_CARDS]
    if not shown:
        return NOTHING
    inside = "".join(CARD.replace("HANDLE", card.handle).replace("REASON", plain(card.reason)) for card in shown)
    title = f'<h2 class="regulars-heading">{plain(heading)}</h2>'
    return f'{NOTHING}{title}<div class="regulars-list" role="list">{inside}</div>'


def plain(words: str) -> str:
    """Return words that neither HTML nor Liquid reads as anything but words."""
    return escape(words).replace("{", "&#123;").replace("}", "&#125;").replace("%", "&#37;")
