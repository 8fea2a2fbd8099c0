"""JSON of strangers: readable or Malformed, never a surprise."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from plugins.errors import Malformed

DEEPEST = 40  # levels; a real order has about 8
LARGEST_COUNT = 10**12  # pieces; beyond it a figure is a fault, and no column holds it


class Loose(BaseModel):
    """A body of which only the named fields are used; everything else is let by."""

    model_config = ConfigDict(extra="ignore", frozen=True)


Shape = TypeVar("Shape", bound=Loose)


def read_object(body: bytes) -> dict[str, Any]:
    """Decode a JSON object. Raises Malformed for anything else: other shapes, other encodings, endless depth."""
    try:
        value = json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"The body is not readable JSON ({type(error).__name__}).") from None
    if not isinstance(value, dict):
        raise Malformed("The body is JSON, but not an object.")
    if depth_of(value) > DEEPEST:
        raise Malformed(f"The body is nested deeper than {DEEPEST} levels.")
    return value


def read_as(shape: type[Shape], value: object) -> Shape:
    """Read a decoded object as the fields we use. Raises Malformed naming the field."""
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise Malformed(f"The field {where} cannot be read: {first['msg']}.") from None


def _as_utc(moment: datetime) -> datetime:
    if not 1990 <= moment.year <= 2200:  # asked first: at the ends of the calendar there are no other zones
        raise ValueError("the year is absurd")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _as_text(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return value
    return str(value)


def _storable(value: str) -> str:
    """Take out what no database keeps: NULs, and halves of characters that JSON can spell alone."""
    return value.replace("\x00", "").encode("utf-8", "replace").decode()


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def depth_of(value: object) -> int:
    """Return how many levels of lists and objects a decoded value has, counted up to one more than the deepest."""
    level, deepest = [value], 0
    while level and deepest <= DEEPEST:
        deepest += 1
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return deepest


Moment = Annotated[datetime, AfterValidator(_as_utc)]
"""A time; without a zone it is UTC, as WooCommerce's `*_gmt` fields are."""

ExternalId = Annotated[
    str, BeforeValidator(_as_text), AfterValidator(_storable), StringConstraints(min_length=1, max_length=200)
]
"""A foreign id, number or text, as text."""

Text = Annotated[str, AfterValidator(_storable), StringConstraints(max_length=200_000)]

Count = Annotated[int, Field(ge=-LARGEST_COUNT, le=LARGEST_COUNT)]
"""How many pieces. A return is below nothing."""
