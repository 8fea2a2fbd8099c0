"""What Shopify asks of an app by law or by contract: show, forget, forget the shop, and stop.

These destroy, and the topic is an unsigned header: a body must be of exactly the shape of its topic, and must itself
name the shop that the header names. That it is this shop's at all is proven by the secret it was signed with.
"""

from plugins.errors import Malformed
from plugins.events import CustomerRedacted, DataRequested, Parsed, ShopRedacted, ShopUninstalled
from plugins.reading import ExternalId, Loose, Text, read_as
from plugins.shopify.contact import clean_email
from plugins.shopify.origin import Body, Origin
from plugins.shopify.signature import SHOP_DOMAIN

BY_HAND = "Look at it, and if Shopify did ask, do it by hand within 30 days, under Data and privacy."


class _OfShop(Loose):
    shop_id: ExternalId
    shop_domain: Text


class _Person(Loose):
    id: ExternalId | None = None
    email: Text | None = None
    phone: Text | None = None


class _Named(Loose):
    id: ExternalId


class _Redaction(_OfShop):
    customer: _Person
    orders_to_redact: list[ExternalId]  # must be there, were it empty: a request to show has none


class _Request(_OfShop):
    customer: _Person
    orders_requested: list[ExternalId] = []
    data_request: _Named


class _Shop(Loose):
    id: ExternalId
    myshopify_domain: Text


def read_redaction(body: Body, origin: Origin) -> Parsed:
    """Read the wish to forget a customer."""
    if "data_request" in body or "orders_requested" in body:
        raise Malformed(f"The topic says to forget a customer, but the body asks to show their data. {BY_HAND}")
    told = read_as(_Redaction, body)
    _check_shop(told.shop_domain, origin)
    person = told.customer
    if not (person.id or person.email or person.phone or told.orders_to_redact):
        raise Malformed(f"Shopify asks to forget a customer but does not say whom. {BY_HAND}")
    wish = CustomerRedacted(
        customer_external_id=person.id,
        email=clean_email(person.email),
        phone=person.phone or None,
        order_external_ids=tuple(told.orders_to_redact),
    )
    return Parsed(events=(wish,))


def read_data_request(body: Body, origin: Origin) -> Parsed:
    """Read the wish to be shown what is known."""
    if "orders_to_redact" in body:
        raise Malformed(f"The topic asks to show a customer's data, but the body says to forget them. {BY_HAND}")
    told = read_as(_Request, body)
    _check_shop(told.shop_domain, origin)
    wish = DataRequested(
        request_external_id=told.data_request.id,
        customer_external_id=told.customer.id,
        email=clean_email(told.customer.email),
        phone=told.customer.phone or None,
        order_external_ids=tuple(told.orders_requested),
    )
    return Parsed(events=(wish,))


def read_shop_redaction(body: Body, origin: Origin) -> Parsed:
    """Read the wish to forget the whole shop. Nothing else that Shopify signs consists of just these two fields."""
    told = read_as(_OfShop, body)
    if body.keys() != {"shop_id", "shop_domain"}:
        raise Malformed(f"The topic says to forget the whole shop, but the body speaks of more than a shop. {BY_HAND}")
    _check_shop(told.shop_domain, origin)
    return Parsed(events=(ShopRedacted(),))


def read_uninstall(body: Body, origin: Origin) -> Parsed:
    """Read that the app was taken out. The body is the shop's own details, as under shop/update and nowhere else."""
    _check_shop(read_as(_Shop, body).myshopify_domain, origin)
    return Parsed(events=(ShopUninstalled(occurred_at=origin.told_at),))


def _check_shop(domain: str, origin: Origin) -> None:
    named = domain.strip().lower()
    if not SHOP_DOMAIN.fullmatch(named):
        raise Malformed(f"The body names no shop at Shopify: {domain[:80]!r}.")
    if named != origin.domain:
        raise Malformed(f"The body is of {named}, but the header X-Shopify-Shop-Domain names another shop or none.")
