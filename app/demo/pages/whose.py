"""Whose cart it is: what a form says of its sender, and what the shop tells of the cart from there.

A browser's visitor id belongs to the widget and exists only after a yes. The page hands it in with a form; here it is
only passed on in signed messages, never kept beside an order.
"""

import re
from dataclasses import replace
from typing import Any

from flask import request, session

from app.demo import carts
from app.demo.database import writing
from app.demo.messages import email_of
from app.demo.person import ENDED, NOBODY, Person, Stage
from app.demo.web import cart, cart_id, db, shop

VISITOR = re.compile(r"[0-9a-f]{32}")
EMAIL = re.compile(r"""[^@\s<>()\[\]\\,;:"]{1,64}@[^@\s<>()\[\]\\,;:".]+(\.[^@\s<>()\[\]\\,;:".]+)+""")
LONGEST_EMAIL = 254
LONGEST_PHONE = 40
LONGEST_ADDRESS = 300


class NoAddress(Exception):
    """What stands in the e-mail field is not an e-mail address."""


def told_visitor() -> str | None:
    """Return the visitor id that came with a form, if it is one."""
    given = request.form.get("visitor", "")
    return given if VISITOR.fullmatch(given) else None


def known_person() -> Person:
    """Return what was told of this cart's owner before."""
    before = carts.kept(db(), cart_id())
    return replace(NOBODY if before.stage in ENDED else before.person, **_signed_in())


def told_person() -> Person:
    """Return what the checkout's form says of its sender, as it was typed."""
    typed = Person(
        email=_line(request.form.get("email", ""), LONGEST_EMAIL + 1),
        phone=_line(request.form.get("phone", ""), LONGEST_PHONE),
        address=_line(", ".join(request.form.get("address", "").splitlines()), LONGEST_ADDRESS),
        has_agreed="agreed" in request.form,
    )
    return replace(typed, visitor=told_visitor() or "", **_signed_in())


def check_email(person: Person) -> None:
    """Make sure that an e-mail address, where one was given, can be one. Raises NoAddress."""
    if person.email and not (len(person.email) <= LONGEST_EMAIL and EMAIL.fullmatch(person.email)):
        raise NoAddress


def tell_cart(person: Person, stage: Stage) -> None:
    """Write down how this cart stands, if its owner let us know who they are."""
    with writing(db()):
        carts.note(db(), cart_id(), cart(), person, stage)
    shop().ring()


def tell_change() -> None:
    """Write down that something was put in or taken out; a cart with nothing in it has ended."""
    visitor = told_visitor() or session.get("recognized", "")
    if not cart():
        _end(visitor)
    else:
        if carts.kept(db(), cart_id()).stage in ENDED:  # a browser brought an old cart back: it is another one now
            session.pop("cart_id")
        tell_cart(replace(known_person(), visitor=visitor), carts.kept(db(), cart_id()).stage)


def begin_anew() -> None:
    """Let the cart go on under another name, since somebody else goes on with it: nobody is written to about theirs."""
    _end()
    if cart() and session.get("customer"):
        tell_change()


def _end(visitor: str = "") -> None:
    ended = session.pop("cart_id", "")
    if ended:
        with writing(db()):
            carts.empty(db(), ended, visitor)
        shop().ring()


def _signed_in() -> dict[str, Any]:
    customer = session.get("customer", "")
    return {"customer": customer, "email": email_of(customer)} if customer else {}


def _line(value: str, longest: int) -> str:
    """Return what was typed as one line without what cannot be printed."""
    printable = "".join(sign if sign.isprintable() else " " for sign in value)
    return " ".join(printable.split())[:longest]
