"""What the fake's queries read and its mutations do, field by field of the two roots."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.plugins.shopify.fake.bulk import start
from tests.plugins.shopify.fake.lists import connection, seen
from tests.plugins.shopify.fake.shop import FakeShop, Node

FINE: Node = {"userErrors": []}


def fault(*field: str, code: str | None = None) -> Node:
    """Return a payload that says no."""
    return {"userErrors": [{"code": code, "field": list(field), "message": "Not so"}]}


def shop_itself(shop: FakeShop) -> Node:
    return {
        "name": shop.name,
        "myshopifyDomain": shop.domain,
        "ianaTimezone": shop.time_zone,
        "currencyCode": shop.currency,
        "primaryDomain": {"url": f"https://{shop.domain}"},
    }


def installation(shop: FakeShop) -> Node:
    scopes = [{"handle": one} for one in sorted(shop.scopes)]
    return {"accessScopes": scopes, "activeSubscriptions": [one for one in shop.plans if one["status"] == "ACTIVE"]}


def listed(kind: str) -> Callable[..., Node]:
    def resolve(shop: FakeShop, query: str = "", **page: Any) -> Node:
        now = shop.bucket.seen_at or datetime.now(UTC)
        return connection(list(seen(shop, kind, query, now)), **page)

    return resolve


def run_bulk(shop: FakeShop, query: str, groupObjects: bool) -> Node:  # noqa: FBT001, N803, Shopify's own word
    assert groupObjects is False
    if shop.bulk_busy > 0:
        shop.bulk_busy -= 1
        return {"bulkOperation": None, **fault(code="OPERATION_IN_PROGRESS")}
    return {"bulkOperation": {"id": start(shop, query).id}, "userErrors": []}


def look_at_bulk(shop: FakeShop, id: str) -> Node | None:  # noqa: A002, likewise
    one = shop.bulk.get(id)
    if one is None:
        return None
    one.looks += 1
    is_done = one.looks > shop.bulk_looks
    status = ("FAILED" if one.error else "COMPLETED") if is_done else "RUNNING"
    size = one.size if is_done else None
    url = f"https://storage.googleapis.com/{one.name}" if is_done and one.name and not one.error else None
    return {
        "status": status if one.status == "CREATED" else one.status,
        "errorCode": one.error if is_done else None,
        "fileSize": None if size is None else str(size),  # a number that may be long comes as text
        "rootObjectCount": str(one.roots if is_done else 0),
        "url": url,
    }


def named_customer(shop: FakeShop, identifier: Node) -> Node | None:
    email = identifier["emailAddress"]
    return next(
        (one for one in shop.all("customers") if (one["defaultEmailAddress"] or {}).get("emailAddress") == email), None
    )


def has_customer(shop: FakeShop, external_id: str) -> bool:
    return any(one["id"] == external_id for one in shop.all("customers"))


def add_tags(shop: FakeShop, id: str, tags: list[str]) -> Node:  # noqa: A002
    if not has_customer(shop, id):
        return fault("id")
    shop.tags[id] |= set(tags)
    return FINE


def remove_tags(shop: FakeShop, id: str, tags: list[str]) -> Node:  # noqa: A002
    if not has_customer(shop, id):
        return fault("id")
    shop.tags[id] -= set(tags)
    return FINE


def set_fields(shop: FakeShop, metafields: list[Node]) -> Node:
    for one in metafields:
        if not has_customer(shop, one["ownerId"]):
            return fault("metafields", "0", "ownerId", code="INVALID")
        shop.fields[one["ownerId"], one["key"]] = one["value"]
    return FINE


def change_consent(shop: FakeShop, input: Node) -> Node:  # noqa: A002
    told = input["emailMarketingConsent"]
    if not has_customer(shop, input["customerId"]):
        return fault("input", "customerId", code="INVALID")
    if told["marketingState"] not in {"SUBSCRIBED", "UNSUBSCRIBED", "PENDING"}:
        return fault("input", "emailMarketingConsent", "marketingState", code="INVALID")
    shop.consents[input["customerId"]] = (told["marketingState"], told["consentUpdatedAt"])
    return FINE


def make_discount(shop: FakeShop, basicCodeDiscount: Node) -> Node:  # noqa: N803
    code = basicCodeDiscount["code"]
    if code in shop.discounts:
        return {"codeDiscountNode": None, **fault("basicCodeDiscount", "code", code="TAKEN")}
    if not 0 < basicCodeDiscount["customerGets"]["value"]["percentage"] <= 1:
        return {"codeDiscountNode": None, **fault("basicCodeDiscount", "customerGets", code="VALUE_OUTSIDE_RANGE")}
    shop.discounts[code] = basicCodeDiscount
    return {"codeDiscountNode": {"id": f"gid://shopify/DiscountCodeNode/{len(shop.discounts)}"}, "userErrors": []}


def named_discount(shop: FakeShop, code: str) -> Node | None:
    made = shop.discounts.get(code)
    return {"id": "1", "codeDiscount": {"__typename": "DiscountCodeBasic", "title": made["title"]}} if made else None


def put_campaign(shop: FakeShop, input: Node) -> Node:  # noqa: A002
    shop.campaigns[input["remoteId"]] = input
    return FINE


def put_campaign_day(shop: FakeShop, remoteId: str, marketingEngagement: Node) -> Node:  # noqa: N803
    if remoteId not in shop.campaigns:
        return fault("remoteId", code="INVALID_REMOTE_ID")
    shop.campaign_days[remoteId, marketingEngagement["occurredOn"]] = marketingEngagement
    return FINE


def pixel(shop: FakeShop) -> Node:
    if shop.pixel is None:
        raise LookupError("No web pixel was found for this app.")
    return {"id": "gid://shopify/WebPixel/1", "settings": shop.pixel}


def make_pixel(shop: FakeShop, webPixel: Node) -> Node:  # noqa: N803
    if shop.pixel is not None:
        return fault("webPixel", code="TAKEN")
    shop.pixel = webPixel["settings"]
    return FINE


def change_pixel(shop: FakeShop, webPixel: Node, id: str) -> Node:  # noqa: A002, N803
    shop.pixel = webPixel["settings"]
    return FINE


def uninstall(shop: FakeShop) -> Node:
    shop.is_installed = False
    return FINE


def start_plan(shop: FakeShop, **asked: Any) -> Node:
    number = len(shop.plans) + 1
    made = {"id": f"gid://shopify/AppSubscription/{number}", "name": asked["name"], "status": "PENDING"}
    shop.plans.append(made | {"test": asked["test"], "asked": asked})
    return {"confirmationUrl": f"https://{shop.domain}/admin/charges/{number}", "userErrors": []}


ROOTS: dict[str, Callable[..., Any]] = {
    "shop": shop_itself,
    "currentAppInstallation": installation,
    "products": listed("products"),
    "orders": listed("orders"),
    "customers": listed("customers"),
    "bulkOperation": look_at_bulk,
    "bulkOperationRunQuery": run_bulk,
    "customerByIdentifier": named_customer,
    "tagsAdd": add_tags,
    "tagsRemove": remove_tags,
    "metafieldsSet": set_fields,
    "customerEmailMarketingConsentUpdate": change_consent,
    "discountCodeBasicCreate": make_discount,
    "codeDiscountNodeByCode": named_discount,
    "marketingActivityUpsertExternal": put_campaign,
    "marketingEngagementCreate": put_campaign_day,
    "webPixel": pixel,
    "webPixelCreate": make_pixel,
    "webPixelUpdate": change_pixel,
    "appUninstall": uninstall,
    "appSubscriptionCreate": start_plan,
}
