"""A WooCommerce product or variation as a fact."""

from typing import Annotated, Any

from pydantic import Field

from plugins.events import ItemChanged, ItemState, Parsed
from plugins.money import to_minor
from plugins.names import by_sku, by_title
from plugins.platform import ShopFacts
from plugins.reading import LARGEST_COUNT, Count, ExternalId, Loose, Moment, Text, read_as
from plugins.text import plain

SHOWN_IN_LISTS = {"visible", "catalog"}


class _Named(Loose):
    name: Text = ""


class _Image(Loose):
    src: Text = ""


class _Product(Loose):
    id: ExternalId
    name: Text
    sku: Text | None = None
    permalink: Text = ""
    type: Text = "simple"
    status: Text = "publish"
    catalog_visibility: Text = "visible"
    parent_id: ExternalId = "0"
    price: Text | None = ""
    stock_status: Text = ""
    stock_quantity: Count | Annotated[float, Field(ge=-LARGEST_COUNT, le=LARGEST_COUNT)] | None = None
    date_created_gmt: Moment | None = None
    date_modified_gmt: Moment
    categories: list[_Named] = []
    images: list[_Image] = []


def read_item(body: dict[str, Any], shop: ShopFacts) -> Parsed:
    """Read a product, or a variation, which then names its parent."""
    product = read_as(_Product, body)
    is_variant = product.parent_id != "0" and product.type == "variation"
    is_shown = product.status == "publish" and (is_variant or product.catalog_visibility in SHOWN_IN_LISTS)
    changed = ItemChanged(
        external_id=product.id,
        version_at=product.date_modified_gmt,
        parent_external_id=product.parent_id if is_variant else None,
        title=plain(product.name),
        url=product.permalink,
        image_url=product.images[0].src if product.images else "",
        price_minor=to_minor(product.price, shop.currency) if product.price else None,
        currency=shop.currency,  # WooCommerce prices its catalogue in the shop's own currency
        categories=tuple(plain(category.name) for category in product.categories),
        state=ItemState.ON_SALE if is_shown else ItemState.HIDDEN,
        is_in_stock=product.stock_status != "outofstock" if product.stock_status else None,
        stock_quantity=None if product.stock_quantity is None else int(product.stock_quantity),
        created_at=product.date_created_gmt,
        names=(*([by_sku(product.sku)] if product.sku else []), by_title(plain(product.name))),
    )
    return Parsed(events=(changed,))
