"""A letter: the merchant's words in our layout, as HTML and as plain text written from the same content."""

from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any

from app.messaging.layout import write_html, write_plain
from app.messaging.merchant_liquid import BadLetter, check_names, render_liquid
from app.messaging.plain import close_gaps, many_lines, name_to_greet, one_line, web_address
from app.messaging.texts import DEFAULT_TEXTS, FIELDS, Texts
from app.messaging.words import letter_words, more_words

__all__ = ["DEFAULT_TEXTS", "BadLetter", "Content", "Letter", "Texts", "Thing", "check_texts", "write_letter"]

MOST_SIGNS = MappingProxyType({"subject": 300, "preheader": 300, "text": 10_000})
LONGEST_SUBJECT, LONGEST_PREHEADER = 200, 200
# A letter stays under the size at which mail programs cut it off.
MOST_THINGS = 20  # of a cart
LONGEST_TEXT, LONGEST_TITLE, LONGEST_ADDRESS = 5_000, 120, 400


@dataclass(frozen=True)
class Thing:
    """An item of a cart, or a recommended one. price: of one, as people read it; reason: a sentence, of the latter."""

    title: str
    url: str
    image_url: str
    price: str
    quantity: int = 1
    reason: str = ""


@dataclass(frozen=True)
class Content:
    """What a letter is about, all of it plain text. total: as people read it; may be empty."""

    shop_name: str
    shop_url: str
    language: str
    first_name: str
    items: tuple[Thing, ...]
    total: str
    recommendations: tuple[Thing, ...]
    recover_url: str
    unsubscribe_url: str
    data_url: str
    postal_address: str


@dataclass(frozen=True)
class Letter:
    """A written letter."""

    subject: str
    preheader: str
    html: str
    text: str


EXAMPLE = Content(
    shop_name="Example",
    shop_url="https://shop.example",
    language="en",
    first_name="Alice",
    items=(Thing("Green tea", "https://shop.example/tea", "", "£4.50", 2),),
    total="£9.00",
    recommendations=(Thing("Tea pot", "https://shop.example/pot", "", "£12.50", reason="Often bought with Green tea"),),
    recover_url="https://shop.example/basket",
    unsubscribe_url="https://shop.example/unsubscribe",
    data_url="https://shop.example/data",
    postal_address="1 Quay Street, Harbour",
)


def check_texts(texts: Texts) -> None:
    """Make sure that letters can be written from a merchant's texts, with a name or without, in every branch.

    Raises BadLetter, which is a BadRequest, naming the field, the line and what to do.
    """
    for name, label in FIELDS.items():
        source = getattr(texts, name)
        if len(source) > MOST_SIGNS[name]:
            raise BadLetter(f"{label}: at most {MOST_SIGNS[name]} characters, please; these are {len(source)}.")
        if name != "preheader" and not source.strip():
            raise BadLetter(f"{label}: write something; a letter without it looks like a mistake.")
        check_names(label, source, _merchant_values(EXAMPLE))
    bare = replace(EXAMPLE, first_name="", recommendations=(), total="")
    full = replace(EXAMPLE, items=EXAMPLE.items * MOST_THINGS, recommendations=EXAMPLE.recommendations * 3)
    for content in (EXAMPLE, bare, full):
        write_letter(texts, content)


def write_letter(texts: Texts, content: Content) -> Letter:
    """Write one letter. Raises BadLetter where the merchant's Liquid cannot be rendered."""
    unshown = len(content.items[MOST_THINGS:])
    content = _clean(content)
    told = _merchant_values(content)
    subject, preheader, text = (
        render_liquid(label, getattr(texts, name)[: MOST_SIGNS[name]], told) for name, label in FIELDS.items()
    )
    if not content.first_name:
        subject, preheader, text = close_gaps(subject), close_gaps(preheader), close_gaps(text)
    if len(text) > LONGEST_TEXT:
        raise BadLetter(f"{FIELDS['text']}: at most {LONGEST_TEXT} characters, please; these became {len(text)}.")
    subject = one_line(subject)[:LONGEST_SUBJECT] or content.shop_name
    values: dict[str, Any] = {
        **asdict(content),
        "subject": subject,
        "preheader": one_line(preheader)[:LONGEST_PREHEADER],
        "paragraphs": [paragraph.split("\n") for paragraph in many_lines(text).split("\n\n")],
        "postal_lines": _postal_lines(content),
        "has_pictures": any(thing.image_url for thing in (*content.items, *content.recommendations)),
        "more": more_words(content.language, unshown) if unshown else "",
        "words": letter_words(content.language, content.shop_name),
    }
    return Letter(subject, values["preheader"], write_html(values), write_plain(values))


def _postal_lines(content: Content) -> list[str]:
    """Return the shop's name and postal address, the name once."""
    lines = [line for line in content.postal_address.split("\n") if line]
    return lines if lines and lines[0].startswith(content.shop_name) else [content.shop_name, *lines]


def _merchant_values(content: Content) -> dict[str, Any]:
    """Return what merchants may name in their texts."""
    kept = ("title", "url", "price", "quantity", "reason")
    lists = {
        name: [{key: getattr(thing, key) for key in kept} for thing in getattr(content, name)]
        for name in ("items", "recommendations")
    }
    names = ("first_name", "shop_name", "shop_url", "recover_url", "total")
    return {**{name: getattr(content, name) for name in names}, **lists}


def _clean(content: Content) -> Content:
    return replace(
        content,
        first_name=name_to_greet(content.first_name),
        shop_name=one_line(content.shop_name),
        total=one_line(content.total),
        shop_url=web_address(content.shop_url),
        postal_address=many_lines(content.postal_address),
        items=tuple(_clean_thing(thing) for thing in content.items[:MOST_THINGS]),
        recommendations=tuple(_clean_thing(thing) for thing in content.recommendations[:3]),
    )


def _clean_thing(thing: Thing) -> Thing:
    title = one_line(thing.title)
    return Thing(
        title=title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1].rstrip() + "…",
        url=web_address(thing.url) if len(thing.url) <= LONGEST_ADDRESS else "",
        image_url=web_address(thing.image_url) if len(thing.image_url) <= LONGEST_ADDRESS else "",
        price=one_line(thing.price),
        quantity=thing.quantity,
        reason=one_line(thing.reason),
    )
