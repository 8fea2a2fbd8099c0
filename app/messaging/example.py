"""A cart that nobody left, made of a shop's own items: to look at a letter before the first real cart is there."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.messaging.content import Piece, things, total
from app.messaging.letter import EXAMPLE, Content

SHOWN, RECOMMENDED = 2, 3
ITEMS = text("""
    SELECT external_id, NULL, 1, title, url, image_url, price_minor, currency, true
    FROM items
    WHERE shop_id = :shop_id AND parent_external_id IS NULL AND state = 'on_sale' AND title <> ''
        AND price_minor IS NOT NULL AND coalesce(is_in_stock, true)
    ORDER BY image_url IS NULL, updated_at DESC, id LIMIT :most
""")


def example_content(session: Session, shop_id: int, *, shop_name: str, shop_url: str, language: str) -> Content:
    """Return what a letter could be about. Its links lead nowhere, its reader has no name."""
    rows = session.execute(ITEMS, {"shop_id": shop_id, "most": SHOWN + RECOMMENDED})
    pieces = [Piece(*row) for row in rows]
    bought, more = pieces[:SHOWN], pieces[SHOWN:]
    nowhere = {"recover_url": shop_url, "unsubscribe_url": shop_url, "data_url": shop_url}
    return Content(
        shop_name=shop_name,
        shop_url=shop_url,
        language=language,
        first_name="",
        items=things(bought, language) or EXAMPLE.items,
        total=total(bought, language) or EXAMPLE.total,
        recommendations=things(more, language),
        postal_address="",
        **nowhere,
    )
