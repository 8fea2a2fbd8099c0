"""What the Admin API tells of a thing, put in the words that webhooks use, so that the same readers read both.

GraphQL spells ids as addresses, states in capitals and money in bags; webhooks have numbers, small letters and text.
"""

from typing import Any

from plugins.shopify.origin import Body

Node = dict[str, Any]


def number_of(name: str) -> str:
    """Return the number at the end of a name such as gid://shopify/Order/7."""
    return name.rpartition("/")[2]


def name_of(kind: str, number: str) -> str:
    """Return the name of a thing by its number."""
    return f"gid://shopify/{kind}/{number}"


def product_body(node: Node, variants: list[Node]) -> Body:
    """Return a product as webhooks tell of it."""
    preview = (node["featuredMedia"] or {}).get("preview") or {}
    image = preview.get("image") or {}
    return {
        "id": number_of(node["id"]),
        "title": node["title"],
        "handle": node["handle"],
        "product_type": node["productType"],
        "tags": node["tags"],
        "status": node["status"].lower(),
        "created_at": node["createdAt"],
        "updated_at": node["updatedAt"],
        "published_at": node["publishedAt"],
        "image": {"src": image.get("url")},
        "variants": [_variant(one) for one in variants],
    }


def order_body(node: Node, lines: list[Node]) -> Body:
    """Return an order as webhooks tell of it, without whose it is where that was not asked (orders_bare.graphql)."""
    customer = node.get("customer")
    return {
        "id": number_of(node["id"]),
        "test": node["test"],
        "created_at": node["createdAt"],
        "processed_at": node["processedAt"],
        "updated_at": node["updatedAt"],
        "cancelled_at": node["cancelledAt"],
        "financial_status": _small(node["displayFinancialStatus"]),
        "fulfillment_status": FULFILLED.get(node["displayFulfillmentStatus"]),
        "currency": node["currencyCode"],
        "total_price": _amount(node["totalPriceSet"]),
        "email": node.get("email"),
        "phone": node.get("phone"),
        "cart_token": node["cartToken"],
        "checkout_token": node["checkoutToken"],
        "customer": {"id": number_of(customer["id"])} if customer else None,
        "billing_address": _address(node.get("billingAddress")),
        "shipping_address": _address(node.get("shippingAddress")),
        "note_attributes": [{"name": one["key"], "value": one["value"]} for one in node["customAttributes"]],
        "line_items": [_line(one) for one in lines],
        "refunds": [_refund(one) for one in node["refunds"]],
    }


def customer_body(node: Node, _none: list[Node]) -> Body:
    """Return a customer as webhooks told of one while these carried consent as well."""
    mail, phone = node["defaultEmailAddress"] or {}, node["defaultPhoneNumber"] or {}
    sms = phone.get("smsMarketingConsent")
    body: Body = {
        "id": number_of(node["id"]),
        "email": mail.get("emailAddress"),
        "phone": phone.get("phoneNumber"),
        "first_name": node["firstName"],
        "last_name": node["lastName"],
        "created_at": node["createdAt"],
        "updated_at": node["updatedAt"],
        "default_address": _address(node["defaultAddress"]),
    }
    if mail:
        body["email_marketing_consent"] = {
            "state": _small(mail["marketingState"]),
            "opt_in_level": _small(mail["marketingOptInLevel"]),
            "consent_updated_at": mail["marketingUpdatedAt"],
        }
    if sms:
        body["sms_marketing_consent"] = {
            "state": _small(sms["state"]),
            "opt_in_level": _small(sms["optInLevel"]),
            "consent_updated_at": sms["updatedAt"],
            "consent_collected_from": sms["collectedFrom"],
        }
    return body


FULFILLED = {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial"}


def _variant(node: Node) -> Body:
    return {
        "sku": node["sku"],
        "title": node["title"],
        "price": node["price"],
        "inventory_item_id": number_of(node["inventoryItem"]["id"]),
        "inventory_management": "shopify" if node["inventoryItem"]["tracked"] else None,
        "inventory_policy": node["inventoryPolicy"].lower(),
        "inventory_quantity": node["inventoryQuantity"],
    }


def _line(node: Node) -> Body:
    return {
        "id": number_of(node["id"]),
        "product_id": number_of(node["product"]["id"]) if node["product"] else None,
        "variant_id": number_of(node["variant"]["id"]) if node["variant"] else None,
        "title": node["title"],
        "quantity": node["quantity"],
        "price": _amount(node["originalUnitPriceSet"]),
        "discount_allocations": [{"amount": _amount(one["allocatedAmountSet"])} for one in node["discountAllocations"]],
    }


def _refund(node: Node) -> Body:
    """Return a refund with all its money as one payment: in bulk its payments cannot be listed one by one."""
    money = node["totalRefundedSet"]["shopMoney"]
    paid = {"kind": "refund", "status": "success", "amount": money["amount"], "currency": money["currencyCode"]}
    return {
        "id": number_of(node["id"]),
        "created_at": node["createdAt"],
        "note": node["note"],
        "transactions": [paid],
    }


def _address(node: Node | None) -> Body | None:
    if node is None:
        return None
    return {
        **{key: value for key, value in node.items() if key != "countryCodeV2"},
        "country_code": node["countryCodeV2"],
    }


def _amount(bag: Node) -> str:
    return str(bag["shopMoney"]["amount"])


def _small(word: str | None) -> str | None:
    return None if word is None else word.lower()
