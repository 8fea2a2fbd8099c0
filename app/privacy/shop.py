"""A whole shop is forgotten: all its rows but the wish itself, and at the very end the shop."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models import TENANT_TABLES, Shop

KEPT = ("erasures",)


def erase_shop_rows(session: Session, shop_id: int) -> dict[str, int]:
    """Delete every row of a shop but the wishes, and return of what there was how much."""
    found: dict[str, int] = {}
    for table in _in_order():
        delete = text(f"DELETE FROM {table} WHERE shop_id = :shop_id")  # noqa: S608 - our own tables
        count = session.connection().execute(delete, {"shop_id": shop_id}).rowcount
        if count:
            found[table] = count
    return found


def drop_shop(session: Session, shop_id: int) -> None:
    """Delete the shop itself, its wishes, and the people who worked in no other."""
    people = session.execute(PEOPLE, {"shop_id": shop_id}).scalars().all()
    shop = session.get(Shop, shop_id)
    if shop is not None:
        session.execute(text("DELETE FROM shops WHERE id = :shop_id"), {"shop_id": shop_id})
    session.execute(LONELY, {"people": list(people)})


def _in_order() -> list[str]:
    """Return the tables, those that point at others first."""
    first = ("set_aside_rows", "item_rules")
    return [*first, *(name for name in TENANT_TABLES if name not in {*first, *KEPT})]


PEOPLE = text("SELECT person_id FROM memberships WHERE shop_id = :shop_id")
LONELY = text("""
    DELETE FROM people WHERE id = ANY(CAST(:people AS bigint[]))
        AND NOT EXISTS (SELECT FROM memberships WHERE person_id = people.id)
""")
