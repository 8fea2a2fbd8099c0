"""Products, orders and customers as the Admin API tells of them: whole enough for every document of ours."""

from datetime import UTC, datetime
from typing import Any

from tests.plugins.shopify.fake.shop import Node

DAY = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def stamp(moment: datetime) -> str:
    """Write a time as Shopify does."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def bag(amount: str, currency: str = "EUR") -> Node:
    """Return an amount as Shopify tells it."""
    return {"shopMoney": {"amount": amount, "currencyCode": currency}}


def product(number: int, *, at: datetime = DAY, **changes: Any) -> Node:
    """Return a product with one counted variant."""
    variant = {
        "id": f"gid://shopify/ProductVariant/{number}01",
        "sku": f"TEA-{number}",
        "title": "Default Title",
        "price": "12.50",
        "inventoryPolicy": "DENY",
        "inventoryQuantity": 7,
        "inventoryItem": {"id": f"gid://shopify/InventoryItem/{number}02", "tracked": True},
    }
    usual = {
        "id": f"gid://shopify/Product/{number}",
        "title": f"Tea {number}",
        "handle": f"tea-{number}",
        "productType": "Tea",
        "tags": ["green", "loose"],
        "status": "ACTIVE",
        "createdAt": stamp(at),
        "updatedAt": stamp(at),
        "publishedAt": stamp(at),
        "featuredMedia": {"preview": {"image": {"url": f"https://cdn.shopify.com/tea-{number}.jpg"}}},
        "variants": [variant],
    }
    return usual | changes


def line(number: int, item: int | None, *, quantity: int = 1, price: str = "12.50", off: str = "") -> Node:
    """Return a line of an order."""
    return {
        "id": f"gid://shopify/LineItem/{number}",
        "title": f"Tea {item}",
        "quantity": quantity,
        "product": {"id": f"gid://shopify/Product/{item}"} if item else None,
        "variant": {"id": f"gid://shopify/ProductVariant/{item}01"} if item else None,
        "originalUnitPriceSet": bag(price),
        "discountAllocations": [{"allocatedAmountSet": bag(off)}] if off else [],
    }


def order(number: int, *, at: datetime = DAY, customer: int | None = 1, **changes: Any) -> Node:
    """Return a paid order of two lines."""
    usual = {
        "id": f"gid://shopify/Order/{number}",
        "test": False,
        "createdAt": stamp(at),
        "processedAt": stamp(at),
        "updatedAt": stamp(at),
        "cancelledAt": None,
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "UNFULFILLED",
        "currencyCode": "EUR",
        "email": f"shopper{customer or number}@example.com",
        "phone": None,
        "cartToken": f"cart{number}",
        "checkoutToken": f"checkout{number}",
        "customer": {"id": f"gid://shopify/Customer/{customer}"} if customer else None,
        "billingAddress": None,
        "shippingAddress": {
            "address1": "Hafenstr. 1",
            "address2": None,
            "zip": "20359",
            "city": "Hamburg",
            "countryCodeV2": "DE",
            "phone": None,
        },
        "customAttributes": [],
        "totalPriceSet": bag("35.00"),
        "refunds": [],
        "lineItems": [line(number * 10 + 1, 1), line(number * 10 + 2, 2, quantity=2, off="2.50")],
    }
    return usual | changes


def refund(number: int, amount: str, *, at: datetime = DAY) -> Node:
    """Return money given back."""
    return {
        "id": f"gid://shopify/Refund/{number}",
        "createdAt": stamp(at),
        "note": "Broken cup",
        "totalRefundedSet": bag(amount),
    }


def customer(number: int, *, at: datetime = DAY, state: str = "SUBSCRIBED", **changes: Any) -> Node:
    """Return a customer."""
    usual = {
        "id": f"gid://shopify/Customer/{number}",
        "firstName": "Ada",
        "lastName": "Example",
        "createdAt": stamp(at),
        "updatedAt": stamp(at),
        "defaultAddress": {"countryCodeV2": "DE", "phone": None},
        "defaultEmailAddress": {
            "emailAddress": f"shopper{number}@example.com",
            "marketingState": state,
            "marketingOptInLevel": "SINGLE_OPT_IN",
            "marketingUpdatedAt": stamp(at),
        },
        "defaultPhoneNumber": None,
    }
    return usual | changes
