"""A Shopify product as one fact; its variants lend it price and stock, and are not items of their own."""

from urllib.parse import quote

from pydantic import Field

from plugins.events import ItemChanged, ItemState, Parsed
from plugins.money import to_minor
from plugins.names import by_handle, by_sku, by_title
from plugins.reading import ExternalId, Loose, Moment, Text, read_as
from plugins.shopify.origin import Body, Origin
from plugins.text import plain

MOST_CATEGORIES = 250
MOST_NAMES = 2000  # Shopify allows 2,048 variants
LARGEST_STOCK = 10**12


class _Image(Loose):
    src: Text | None = None


class _Variant(Loose):
    sku: Text | None = None
    title: Text | None = None
    price: Text | None = None
    inventory_item_id: ExternalId | None = None
    inventory_management: Text | None = None
    inventory_policy: Text | None = None
    inventory_quantity: int | None = Field(default=None, ge=-LARGEST_STOCK, le=LARGEST_STOCK)


class _Product(Loose):
    id: ExternalId
    title: Text
    handle: Text | None = None
    product_type: Text | None = None
    tags: Text | list[Text] | None = None
    status: Text = "active"
    created_at: Moment | None = None
    updated_at: Moment
    published_at: Moment | None = None
    image: _Image | None = None
    images: list[_Image] = []
    variants: list[_Variant] = []


def read_item(body: Body, origin: Origin) -> Parsed:
    """Read a product."""
    product = read_as(_Product, body)
    is_in_stock, quantity = _stock(product.variants)
    # Draft, archived and unlisted are not for everybody; without published_at it is not in the online shop at all.
    is_shown = product.status == "active" and product.published_at is not None
    changed = ItemChanged(
        external_id=product.id,
        version_at=product.updated_at,
        title=plain(product.title),
        url=_url(product.handle, origin.domain),
        image_url=_image(product),
        price_minor=_lowest_price(product.variants, origin.shop.currency),
        currency=origin.shop.currency,  # webhooks give prices in the shop's own currency, whatever a market is shown
        categories=_categories(product),
        state=ItemState.ON_SALE if is_shown else ItemState.HIDDEN,
        is_in_stock=is_in_stock,
        stock_quantity=quantity,
        stock_keys=_stock_keys(product.variants),
        created_at=product.created_at,
        names=_names(product),
    )
    return Parsed(events=(changed,))


def _names(product: _Product) -> tuple[str, ...]:
    """Return what Shopify's exports call it: they know no id."""
    title = plain(product.title)
    skus = [by_sku(one.sku) for one in product.variants if one.sku]
    variants = [by_title(f"{title} - {plain(one.title)}") for one in product.variants if one.title]
    handle = [by_handle(product.handle)] if product.handle else []
    return tuple(dict.fromkeys([*handle, *skus, by_title(title), *variants]))[:MOST_NAMES]


def _url(handle: str | None, domain: str) -> str:
    """Return the product's address at *.myshopify.com, which leads on to the shop's own domain.

    The body names no domain and the header is not signed; but whoever could change it would only reach another shop at
    Shopify, and without an address the item could not be shown at all.
    """
    if not handle or not domain:
        return ""
    return f"https://{domain}/products/{quote(handle, safe='', errors='replace')}"


def _image(product: _Product) -> str:
    images = [product.image, *product.images]
    return next((one.src for one in images if one and one.src), "")


def _lowest_price(variants: list[_Variant], currency: str) -> int | None:
    return min((to_minor(one.price, currency) for one in variants if one.price), default=None)


def _categories(product: _Product) -> tuple[str, ...]:
    tags = product.tags.split(",") if isinstance(product.tags, str) else product.tags or []
    names = (plain(name) for name in [product.product_type or "", *tags])
    return tuple(dict.fromkeys(name for name in names if name))[:MOST_CATEGORIES]


def _stock(variants: list[_Variant]) -> tuple[bool | None, int | None]:
    """Tell whether any variant can be bought, and how many of all there are where each is counted."""
    can_buy = [_is_available(one) for one in variants]
    if not variants or (None in can_buy and True not in can_buy):
        return None, None
    is_counted = all(_is_counted(one) for one in variants)
    return True in can_buy, sum(max(one.inventory_quantity or 0, 0) for one in variants) if is_counted else None


def _stock_keys(variants: list[_Variant]) -> tuple[str, ...]:
    """Return what the item's pieces are counted under; nothing where one variant can be bought whatever is counted."""
    if any(one.inventory_policy == "continue" or _is_told_uncounted(one) for one in variants):
        return ()
    keys = [one.inventory_item_id for one in variants]
    return tuple(dict.fromkeys(key for key in keys if key)) if all(keys) else ()


def _is_told_uncounted(variant: _Variant) -> bool:
    return "inventory_management" in variant.model_fields_set and variant.inventory_management is None


def _is_counted(variant: _Variant) -> bool:
    has_number = bool(variant.inventory_quantity) or bool(variant.inventory_management)
    return has_number and variant.inventory_policy != "continue"


def _is_available(variant: _Variant) -> bool | None:
    """Tell whether a variant can be bought; None where the body does not say.

    Newer API versions leave inventory_management out. Then none left may mean sold out or never counted, and a shop
    that counts nothing must not find all its shelves empty.
    """
    if variant.inventory_policy == "continue":
        return True
    if _is_told_uncounted(variant):
        return True
    if variant.inventory_quantity is None:
        return None
    if variant.inventory_quantity == 0 and "inventory_management" not in variant.model_fields_set:
        return None
    return variant.inventory_quantity > 0
