"""Every kind of file that is read, how it is told by its columns, and what it brings.

A header fits a kind when it has every column that is needed, by any of its names. Where it fits none, the error says
which kind came closest and what it lacked.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from plugins.csvfile import orders
from plugins.csvfile.batches import Batch, Circumstances, Format, read_batches
from plugins.csvfile.cells import check_header_once
from plugins.csvfile.lists import klaviyo, mailchimp, plain
from plugins.csvfile.shopify import customers as shopify_customers
from plugins.csvfile.shopify import orders as shopify_orders
from plugins.csvfile.shopify import products as shopify_products
from plugins.csvfile.stream import as_text, read_header
from plugins.csvfile.woocommerce import customers as woocommerce_customers
from plugins.csvfile.woocommerce import lines as woocommerce_lines
from plugins.csvfile.woocommerce import orders as woocommerce_orders
from plugins.csvfile.woocommerce import products as woocommerce_products
from plugins.errors import Malformed

MOST_SHOWN = 12
ALMOST = 0.5  # a kind of which less is there is not worth naming


class Brings(StrEnum):
    """What a kind of file is about."""

    ORDERS = "orders"
    ITEMS = "items"
    PEOPLE = "people"


@dataclass(frozen=True)
class Kind:
    """One kind of file. `needed`: columns, each by its names; `title` names it as its maker does."""

    title: str
    brings: Brings
    needed: tuple[tuple[str, ...], ...]
    make: Callable[[list[str], Circumstances], Format]

    def lacks(self, header: list[str]) -> list[str]:
        """Return the columns that are needed and not there."""
        return [names[0] for names in self.needed if not any(name in header for name in names)]


PLAIN_ORDERS = "orders"
_PLAIN = tuple((name,) for name in orders.REQUIRED)
MAILCHIMP = {
    "unsubscribed": "mailchimp_unsubscribed",
    "cleaned": "mailchimp_cleaned",
    "nonsubscribed": "mailchimp_never",
    "non-subscribed": "mailchimp_never",
    "subscribed": "mailchimp_subscribed",
}

# Of two kinds that fit, the earlier one counts.
KINDS: dict[str, Kind] = {
    PLAIN_ORDERS: Kind("Orders, in the plain form", Brings.ORDERS, _PLAIN, orders.plain_orders),
    "shopify_orders": Kind("Shopify: orders", Brings.ORDERS, shopify_orders.NEEDED, shopify_orders.shopify_orders),
    "shopify_products": Kind(
        "Shopify: products", Brings.ITEMS, shopify_products.NEEDED, shopify_products.shopify_products
    ),
    "shopify_customers": Kind(
        "Shopify: customers", Brings.PEOPLE, shopify_customers.NEEDED, shopify_customers.shopify_customers
    ),
    "woocommerce_products": Kind(
        "WooCommerce: products", Brings.ITEMS, woocommerce_products.NEEDED, woocommerce_products.woocommerce_products
    ),
    "woocommerce_customers": Kind(
        "WooCommerce: customers",
        Brings.PEOPLE,
        woocommerce_customers.NEEDED,
        woocommerce_customers.woocommerce_customers,
    ),
    "woocommerce_lines": Kind(
        "WooCommerce: orders, from Advanced Order Export",
        Brings.ORDERS,
        woocommerce_lines.NEEDED,
        woocommerce_lines.woocommerce_lines,
    ),
    "woocommerce_orders": Kind(
        "WooCommerce: orders, from Analytics",
        Brings.ORDERS,
        woocommerce_orders.NEEDED,
        woocommerce_orders.woocommerce_orders,
    ),
    "klaviyo_people": Kind("Klaviyo: a list or segment", Brings.PEOPLE, klaviyo.NEEDED, klaviyo.klaviyo_people),
    "mailchimp_subscribed": Kind(
        "Mailchimp: subscribed contacts", Brings.PEOPLE, mailchimp.NEEDED, mailchimp.mailchimp_subscribed
    ),
    "mailchimp_unsubscribed": Kind(
        "Mailchimp: unsubscribed contacts", Brings.PEOPLE, mailchimp.NEEDED, mailchimp.mailchimp_unsubscribed
    ),
    "mailchimp_cleaned": Kind(
        "Mailchimp: cleaned contacts", Brings.PEOPLE, mailchimp.NEEDED, mailchimp.mailchimp_cleaned
    ),
    "mailchimp_never": Kind(
        "Mailchimp: contacts who never subscribed", Brings.PEOPLE, mailchimp.NEEDED, mailchimp.mailchimp_never
    ),
    "mailpoet_subscribers": Kind(
        "WooCommerce: subscribers, from MailPoet", Brings.PEOPLE, plain.NEEDED_MAILPOET, plain.mailpoet_subscribers
    ),
    "subscribers": Kind("Subscribers, in the plain form", Brings.PEOPLE, plain.NEEDED, plain.subscribers),
    "klaviyo_suppressed": Kind(
        "Klaviyo: suppressed profiles", Brings.PEOPLE, klaviyo.NEEDED_SUPPRESSED, klaviyo.klaviyo_suppressed
    ),
}


def recognize(stream: BinaryIO, file_name: str) -> str:
    """Return which kind of file this is, a key of KINDS. Raises Malformed where it is none."""
    text = as_text(stream)
    try:
        header, _ = read_header(text)
    finally:
        text.detach()
    fitting = [key for key, kind in KINDS.items() if not kind.lacks(header)]
    if not fitting:
        raise Malformed(_no_kind(header))
    return _of_mailchimp(header, file_name) if fitting[0].startswith("mailchimp") else fitting[0]


def read_file(stream: BinaryIO, kind: str, at: Circumstances, *, skip_rows: int = 0) -> Iterator[Batch]:
    """Read a file of a kind in batches; `skip_rows` as in `read_batches`. Raises Malformed."""
    text = as_text(stream)
    try:
        header, records = read_header(text)
        if missing := KINDS[kind].lacks(header):
            raise Malformed(_missing(kind, missing, header))
        check_header_once(header, {name for names in KINDS[kind].needed for name in names})
        yield from read_batches(records, KINDS[kind].make(header, at), skip_rows)
    finally:
        text.detach()  # the stream is the caller's to close


def _of_mailchimp(header: list[str], file_name: str) -> str:
    """Return which of Mailchimp's files this is. To take somebody for subscribed, the file's own name has to say so."""
    if "clean_time" in header:
        return "mailchimp_cleaned"
    if "unsub_time" in header:
        return "mailchimp_unsubscribed"
    name = file_name.lower().replace("_", "-")
    found = next((kind for word, kind in MAILCHIMP.items() if name.startswith(word)), None)
    if found is None:
        raise Malformed(
            "This is a file of Mailchimp's, but neither its columns nor its name say whether these people subscribed. "
            "Choose what is in it when you send it, or keep the name Mailchimp gave it."
        )
    return found


def _missing(kind: str, missing: list[str], header: list[str]) -> str:
    return (
        f"These columns are missing: {', '.join(missing)}. They are needed for “{KINDS[kind].title}”. "
        f"The first line has: {_shown(header)}."
    )


def _no_kind(header: list[str]) -> str:
    lacking = {key: kind.lacks(header) for key, kind in KINDS.items()}
    best = min(KINDS, key=lambda key: len(lacking[key]) / len(KINDS[key].needed))
    if len(lacking[best]) <= ALMOST * len(KINDS[best].needed):
        return _missing(best, lacking[best], header)
    titles = "; ".join(kind.title for kind in KINDS.values())
    return f"No file that is known here has these columns: {_shown(header)}. Expected is one of: {titles}."


def _shown(header: list[str]) -> str:
    names = [name[:40].encode("utf-8", "replace").decode() for name in header[:MOST_SHOWN]]
    return ", ".join(names) + (", …" if len(header) > MOST_SHOWN else "")
