"""What a letter shows of a cart: its lines at today's prices, without what is gone or sold out."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_currency
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.messaging.letter import Thing
from plugins.money import exponent

# A variant's own stock, price, page and picture count before its item's. What we never heard of is shown as the cart
# has it: a shop's items may come later than its first carts.
LINES = text("""
    SELECT l.item_external_id, i.id AS item_id, l.quantity,
        coalesce(nullif(i.title, ''), l.title, '') AS title,
        coalesce(nullif(v.url, ''), i.url, '') AS url, coalesce(nullif(v.image_url, ''), i.image_url, '') AS image_url,
        coalesce(v.price_minor, i.price_minor, l.total_minor / greatest(l.quantity, 1)) AS price_minor,
        CASE WHEN v.price_minor IS NOT NULL THEN v.currency WHEN i.price_minor IS NOT NULL THEN i.currency
            ELSE c.currency END AS currency,
        l.quantity > 0
            AND coalesce(i.state = 'on_sale' OR i.version_at = 'epoch', true)
            AND coalesce(v.state = 'on_sale' OR v.version_at = 'epoch', true)
            AND coalesce(v.is_in_stock, i.is_in_stock, true)
            AND NOT EXISTS (SELECT FROM deletion_reports d WHERE d.shop_id = c.shop_id AND d.kind = 'item'
                AND (d.external_id = l.item_external_id AND d.reported_at >= coalesce(i.version_at, 'epoch')
                    OR d.external_id = l.variant_external_id AND d.reported_at >= coalesce(v.version_at, 'epoch')))
            AS is_available
    FROM carts c
    CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(c.lines) AS (item_external_id text, variant_external_id text,
        title text, quantity bigint, total_minor bigint)) WITH ORDINALITY AS l (item_external_id, variant_external_id,
        title, quantity, total_minor, place)
    LEFT JOIN items i ON i.shop_id = c.shop_id AND i.external_id = l.item_external_id
    LEFT JOIN items v ON v.shop_id = c.shop_id AND v.external_id = l.variant_external_id
        AND l.variant_external_id <> l.item_external_id
    WHERE c.shop_id = :shop_id AND c.external_id = :cart
    ORDER BY l.place
""")
FIRST_NAME = text("""
    SELECT first_name FROM customers
    WHERE shop_id = :shop_id AND first_name <> ''
        AND (external_id = :customer AND coalesce(email, :email) = :email OR email = :email)
    ORDER BY external_id = :customer DESC NULLS LAST, version_at DESC LIMIT 1
""")


@dataclass(frozen=True)
class Piece:
    """One line of a cart as it stands today. price_minor: of one."""

    item_external_id: str
    item_id: int | None  # ours; None for what we never heard of
    quantity: int
    title: str
    url: str
    image_url: str
    price_minor: int
    currency: str
    is_available: bool


def pieces_of(session: Session, shop_id: int, cart_external_id: str) -> list[Piece]:
    """Return the lines of a cart, also those that cannot be had any more."""
    return [Piece(*row) for row in session.execute(LINES, {"shop_id": shop_id, "cart": cart_external_id})]


def first_name_of(session: Session, shop_id: int, customer_external_id: str | None, email: str) -> str:
    """Return how to greet somebody, empty when nobody told us; an account with another address of its own is silent."""
    told = {"shop_id": shop_id, "customer": customer_external_id, "email": email}
    return session.execute(FIRST_NAME, told).scalar() or ""


def things(pieces: Sequence[Piece], language: str) -> tuple[Thing, ...]:
    """Return lines as a letter shows them."""
    return tuple(
        Thing(one.title, one.url, one.image_url, money(one.price_minor, one.currency, language), one.quantity)
        for one in pieces
    )


def total(pieces: Sequence[Piece], language: str) -> str:
    """Return what the lines cost together; empty when they are not of one currency."""
    currencies = {one.currency for one in pieces}
    if len(currencies) != 1:
        return ""
    return money(sum(one.price_minor * one.quantity for one in pieces), currencies.pop(), language)


def money(amount_minor: int, currency: str, language: str) -> str:
    """Return an amount as people of that language read it."""
    amount = Decimal(amount_minor).scaleb(-exponent(currency))
    return format_currency(amount, currency, locale="de_DE" if language == "de" else "en_GB")
