"""Shopify's carts and checkouts as one fact. A checkout grows out of a cart and says so: then both are that cart.

Neither has a number of its own any more (API 2026-04 took it from checkouts, and the checkout's from orders): what
names them is the cart's token, and the checkout's own where no cart is named. Orders carry both.
"""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from plugins.errors import Malformed
from plugins.events import CartChanged, CartDeleted, CartStage, Line, Nothing, Parsed
from plugins.money import LARGEST_MINOR, to_minor
from plugins.reading import ExternalId, Loose, Moment, Text, read_as
from plugins.shopify.contact import Attribute, Contact, clean_email, find_visitor
from plugins.shopify.origin import Body, Origin
from plugins.text import plain

# A custom item, a tip or a product that is gone has no product id. The line stays, with its title and money, under the
# number WooCommerce gives in the same case: no item ever has it, so nothing is learned from it and nothing shown.
NO_ITEM = "0"
LARGEST_QUANTITY = 10**9
LONGEST_TOKEN = 200

Token = Annotated[Text, StringConstraints(max_length=LONGEST_TOKEN)]


class _Money(Loose):
    amount: Text


class _MoneySet(Loose):
    shop_money: _Money | None = None


class _Discount(Loose):
    amount: Text | None = None


class _Line(Loose):
    product_id: ExternalId | None = None
    variant_id: ExternalId | None = None
    title: Text | None = None
    quantity: int = Field(ge=0, le=LARGEST_QUANTITY)
    price: Text
    line_price: Text | None = None
    line_price_set: _MoneySet | None = None
    discount_allocations: list[_Discount] = []


class _Cart(Loose):
    token: Token
    updated_at: Moment
    line_items: list[_Line]
    attributes: dict[str, Any] | None = None
    note_attributes: list[Attribute] = []


class _Checkout(Contact):
    token: Token | None = None
    cart_token: Token | None = None
    updated_at: Moment
    completed_at: Moment | None  # must be there: an order and a cart, which have none, are no checkout
    currency: Text = Field(min_length=3, max_length=3)
    total_price: Text
    customer_locale: Text | None = None
    line_items: list[_Line]


class _Gone(Loose):
    token: Token | None = None
    cart_token: Token | None = None
    updated_at: Moment | None = None


def cart_key(cart_token: str | None, checkout_token: str | None) -> str | None:
    """Return what a cart, its checkout and its order are all called. A cart's token may carry the key that opens it."""
    return next((one.partition("?")[0] for one in (cart_token, checkout_token) if one and one.partition("?")[0]), None)


def read_cart(body: Body, origin: Origin) -> Parsed:
    """Read a cart: it says what lies in it and not whose it is."""
    if "completed_at" in body or "financial_status" in body:
        raise Malformed("The topic is of a cart, but the body is a checkout or an order.")
    cart = read_as(_Cart, body)
    key = cart_key(cart.token, None)
    if key is None:
        raise Malformed("The cart has no token, so nobody could tell which it is.")
    currency = origin.shop.currency  # a cart names none; its prices beside those "as shown" are in the shop's own
    lines = tuple(_line(place, line, _in_cart(line, currency)) for place, line in enumerate(cart.line_items, start=1))
    changed = CartChanged(
        external_id=key,
        version_at=cart.updated_at,
        stage=CartStage.CART if lines else CartStage.EMPTIED,
        visitor_id=_visitor(cart),
        currency=currency,
        total_minor=_bounded(sum(line.total_minor for line in lines)),
        lines=lines,
    )
    return Parsed(events=(changed,))


def read_checkout(body: Body, _origin: Origin) -> Parsed:
    """Read a checkout: whoever began to say who they are.

    The box for marketing (`buyer_accepts_marketing`) is not read as a yes: it may have been ticked for them, comes
    without its sentence, and of a checkout that nobody finished Shopify makes no subscriber either. Not as a no
    either: who leaves it empty may have subscribed elsewhere. Shopify's own word on consent has a topic of its own.
    """
    if "financial_status" in body:
        raise Malformed("The topic is of a checkout, but the body is an order.")
    checkout = read_as(_Checkout, body)
    key = cart_key(checkout.cart_token, checkout.token)
    if key is None:
        raise Malformed("The checkout names neither its cart nor itself, so nobody could tell which it is.")
    lines = enumerate(checkout.line_items, start=1)
    changed = CartChanged(
        external_id=key,
        version_at=checkout.updated_at,
        stage=_stage(checkout),
        customer_external_id=checkout.customer_id(),
        email=clean_email(checkout.email, checkout.customer.email if checkout.customer else None),
        phone=checkout.phone_number(),
        address=checkout.address(),
        country=checkout.country(),
        visitor_id=checkout.visitor(),
        locale=checkout.customer_locale or None,
        currency=checkout.currency,
        total_minor=to_minor(checkout.total_price, checkout.currency),
        lines=tuple(_line(place, line, _in_checkout(line, checkout.currency)) for place, line in lines),
    )
    return Parsed(events=(changed,))


def read_checkout_deletion(body: Body, _origin: Origin) -> Parsed:
    """Read that a checkout is gone."""
    gone = read_as(_Gone, body)
    if gone.updated_at is not None or not {"token", "cart_token"} & body.keys():
        raise Malformed("The topic is checkouts/delete, but the body is not the deletion of a checkout.")
    key = cart_key(gone.cart_token, gone.token)
    if key is None:
        return Parsed(nothing=Nothing(reason="A checkout is gone, but nothing says which cart it was of."))
    return Parsed(events=(CartDeleted(external_id=key),))


def _visitor(cart: _Cart) -> str | None:
    noted = [(one.name, one.value) for one in cart.note_attributes]
    return find_visitor([*(cart.attributes or {}).items(), *noted])


def _stage(checkout: _Checkout) -> CartStage:
    if checkout.completed_at is not None:
        return CartStage.ORDERED
    return CartStage.CHECKOUT if checkout.line_items else CartStage.EMPTIED


def _line(place: int, line: _Line, total_minor: int) -> Line:
    return Line(
        external_id=str(place),  # Shopify's keys of lines repeat
        item_external_id=line.product_id or NO_ITEM,
        variant_external_id=line.variant_id,
        title=plain(line.title or ""),
        quantity=line.quantity,
        total_minor=_bounded(total_minor),
    )


def _in_cart(line: _Line, currency: str) -> int:
    """Return what a cart's line costs, all pieces and its discounts in it: Shopify has already worked it out."""
    if line.line_price_set and line.line_price_set.shop_money:
        return to_minor(line.line_price_set.shop_money.amount, currency)
    return to_minor(line.line_price, currency) if line.line_price else to_minor(line.price, currency) * line.quantity


def _in_checkout(line: _Line, currency: str) -> int:
    """Return what a checkout's line costs: the price of all its pieces less its share of the discounts."""
    taken_off = sum(to_minor(one.amount, currency) for one in line.discount_allocations if one.amount)
    return max(to_minor(line.price, currency) * line.quantity - taken_off, 0)


def _bounded(minor: int) -> int:
    if abs(minor) > LARGEST_MINOR:
        raise Malformed("An amount is out of all bounds once it is added up.")
    return minor
