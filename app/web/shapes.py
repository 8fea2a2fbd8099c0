"""The shapes of the public contract, defined once: read here, answered with, and published as OpenAPI."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

MOST_EVENTS = 100


def _without_nul(value: str) -> str:
    return value.replace("\x00", "")


VisitorId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""128 random bits in hex, made by the storefront's script once the shopper agreed. A secret of that browser."""

ItemId = Annotated[str, AfterValidator(_without_nul), StringConstraints(min_length=1, max_length=200)]
Words = Annotated[str, AfterValidator(_without_nul), StringConstraints(max_length=200, strip_whitespace=True)]


class Shape(BaseModel):
    """Unknown fields are let by, so that an old server understands a newer script."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ConsentTold(Shape):
    """The shopper's answer to "may we remember you?"."""

    type: Literal["consent_given", "consent_withdrawn"]


class ItemDone(Shape):
    """Something done to an item."""

    type: Literal["item_viewed", "cart_added", "cart_removed", "item_dismissed"]
    item: ItemId
    at: datetime | None = None


class SearchMade(Shape):
    """A search in the shop."""

    type: Literal["search_made"]
    query: Words
    at: datetime | None = None


class ImpressionSeen(Shape):
    """An answer came into view."""

    type: Literal["impression_seen"]
    impression: UUID


class ItemClicked(Shape):
    """An item of an answer was followed."""

    type: Literal["item_clicked"]
    impression: UUID
    item: ItemId


BrowsingEvent = Annotated[
    ConsentTold | ItemDone | SearchMade | ImpressionSeen | ItemClicked, Field(discriminator="type")
]


def _readable_or_none(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    try:
        return handler(value)
    except ValidationError:
        return None


MaybeEvent = Annotated[BrowsingEvent | None, WrapValidator(_readable_or_none)]
"""One that cannot be read is counted as such; it does not take the others of its batch along."""


class Events(Shape):
    """What a browser reports in one go."""

    shop: Words
    visitor: VisitorId | None = None
    events: Annotated[list[MaybeEvent], Field(max_length=MOST_EVENTS)]


class Kept(Shape):
    """What became of the reported events; dropped ones by reason."""

    kept: int
    dropped: dict[str, int]


class Forget(Shape):
    """A browser that wants to be forgotten."""

    shop: Words
    visitor: VisitorId


class Forgotten(Shape):
    """It is done."""

    forgotten: bool = True


class ShownItem(Shape):
    """One recommended item. `price` is a decimal string; `reason` is a sentence for the shopper."""

    id: str
    title: str
    url: str
    image: str
    price: str | None
    currency: str
    reason: str


class WidgetWords(Shape):
    """The widget's own words, in the shopper's language."""

    heading: str
    why: str
    dismiss: str
    dismissed: str


class Recommendations(Shape):
    """What one placement shows. `source`: ranker, fallback (newest items), or empty."""

    placement: str
    impression_id: UUID
    source: Literal["ranker", "fallback", "empty"]
    items: list[ShownItem]
    words: WidgetWords


class Page(Shape):
    """The answers for all placements of a page, in the order they were asked for; no item twice."""

    answers: list[Recommendations]


class Problem(Shape):
    """What is wrong, and what to do (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
