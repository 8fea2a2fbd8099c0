"""The fake's Admin GraphQL: our own documents and no others, executed against the pruned schema.

Permissions, cost and throttling are enforced as Shopify does it: inside an answer of 200.
"""

from datetime import datetime
from functools import cache
from typing import Any

import graphql as g

from plugins.shopify.documents import document, names
from tests.plugins.shopify.fake.lists import connection
from tests.plugins.shopify.fake.resolvers import ROOTS
from tests.plugins.shopify.fake.shop import FakeShop
from tests.plugins.shopify.schema.prune import PRUNED

MOST_COST = 1000
NEEDS = {
    "orders": "read_orders",
    "products": "read_products",
    "customers": "read_customers",
    "customerByIdentifier": "read_customers",
    "tagsAdd": "write_customers",
    "tagsRemove": "write_customers",
    "metafieldsSet": "write_customers",
    "customerEmailMarketingConsentUpdate": "write_customers",
    "discountCodeBasicCreate": "write_discounts",
    "codeDiscountNodeByCode": "write_discounts",
    "marketingActivityUpsertExternal": "write_marketing_events",
    "marketingEngagementCreate": "write_marketing_events",
    "webPixelCreate": "write_pixels",
    "webPixelUpdate": "write_pixels",
    "webPixel": "write_pixels",
}


class Unexpected(AssertionError):
    """Something was sent that is none of our documents."""


@cache
def schema() -> g.GraphQLSchema:
    """Return the pruned schema."""
    return g.build_schema(PRUNED.read_text())


@cache
def _named() -> dict[str, str]:
    return {document(name): name for name in names()}


def answer(shop: FakeShop, told: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Execute one question. Raises Unexpected for what is not ours or does not hold against the schema."""
    text = str(told.get("query", ""))
    name = _named().get(text)
    if name is None:
        raise Unexpected(f"Not one of our documents: {text[:200]}")
    parsed = g.parse(text)
    if faults := g.validate(schema(), parsed):
        raise Unexpected(f"{name}: {faults[0].message}")
    shop.asked.append(name)
    operation = parsed.definitions[0]
    cost = cost_of(operation.selection_set) + (10 if operation.operation is g.OperationType.MUTATION else 0)
    if cost > MOST_COST:
        return {"errors": [{"message": "Query cost is too high", "extensions": {"code": "MAX_COST_EXCEEDED"}}]}
    is_let = shop.bucket.take(cost, now)
    status = {
        "maximumAvailable": shop.bucket.maximum,
        "currentlyAvailable": shop.bucket.available,
        "restoreRate": shop.bucket.rate,
    }
    extensions = {"cost": {"requestedQueryCost": cost, "actualQueryCost": cost, "throttleStatus": status}}
    if not is_let:
        return {
            "errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
            "extensions": extensions,
        }
    if denied := _denied(shop, operation):
        return {"data": None, "errors": [denied], "extensions": extensions}
    return _executed(shop, parsed, told.get("variables") or {}, name) | {"extensions": extensions}


def cost_of(selection: g.SelectionSetNode | None) -> int:
    """Return what a selection costs: nothing a scalar, a point an object, and each object that a list may hold."""
    fields = [one for one in (selection.selections if selection else ()) if isinstance(one, g.FieldNode)]
    return sum(_cost_of_field(one) for one in fields if one.selection_set and one.name.value != "pageInfo")


def _cost_of_field(field: g.FieldNode) -> int:
    first = next((one.value for one in field.arguments or () if one.name.value == "first"), None)
    if not isinstance(first, g.IntValueNode):
        return 1 + cost_of(field.selection_set)
    return int(first.value) * cost_of(field.selection_set)


def _denied(shop: FakeShop, operation: g.OperationDefinitionNode) -> dict[str, Any] | None:
    for field in operation.selection_set.selections:
        scope = NEEDS.get(field.name.value)
        if scope and not shop.has_scope(scope):
            needed = f"`{scope}` access scope."
            return {
                "message": f"Access denied for {field.name.value} field. Required access: {needed}",
                "extensions": {"code": "ACCESS_DENIED", "requiredAccess": needed},
                "path": [field.name.value],
            }
    return None


def _executed(shop: FakeShop, parsed: g.DocumentNode, variables: dict[str, Any], name: str) -> dict[str, Any]:
    result = g.execute_sync(
        schema(), parsed, root_value=shop, variable_values=variables, field_resolver=_resolve, type_resolver=_type
    )
    loud = [one for one in result.errors or () if not isinstance(one.original_error, LookupError)]
    if loud:
        raise Unexpected(f"{name}: {loud[0]}")
    errors = [{"message": str(one.original_error), "path": list(one.path or ())} for one in result.errors or ()]
    return {"data": result.data, **({"errors": errors} if errors else {})}


def _resolve(source: Any, info: g.GraphQLResolveInfo, **arguments: Any) -> Any:
    if isinstance(source, FakeShop):
        return ROOTS[info.field_name](source, **arguments)
    value = source.get(info.field_name)
    if isinstance(value, list) and info.return_type and str(info.return_type).rstrip("!").endswith("Connection"):
        return connection(value, **arguments)
    return value


def _type(value: Any, *_: Any) -> str:
    return str(value["__typename"])
