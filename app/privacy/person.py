"""Everything under which one person is known, and the seals that keep them forgotten.

What is shared is not theirs: a phone or a browser that somebody else uses too stays, and so does the other's data.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.identity import Kind, Known, Seals, known, same_person

Name = tuple[Kind, str]

THEIRS = """
    customer_external_id = ANY(:customers)
    OR customer_external_id IS NULL AND email = ANY(:emails)
    OR customer_external_id IS NULL AND email IS NULL AND (phone = ANY(:phones) OR visitor_key = ANY(:visitors))
"""
"""Which orders and carts are a person's: a row that names two people belongs to the account."""
OWN_NAMES = """
    n.kind = 'customer' AND n.name = ANY(:customers) OR n.kind = 'email' AND n.name = ANY(:emails)
    OR n.kind = 'visitor' AND n.name = ANY(:browsers)
"""
ALL_THEIRS = f"""
    id = ANY(:profiles) AND NOT EXISTS (SELECT FROM profile_names n WHERE n.shop_id = :shop_id
        AND n.profile_id = ANY(:profiles) AND profiles.id IN (n.profile_id, n.home_id)
        AND n.kind IN ('customer', 'email') AND NOT ({OWN_NAMES}))
"""
"""Which profiles are theirs alone: no account and no address of somebody else leads to them."""


@dataclass(frozen=True)
class Whole:
    """A person as we know them: the names that are surely and only theirs, and the ids of their orders.

    profiles: every profile that one of the names is in or was once.
    """

    names: Known
    orders: frozenset[str]
    profiles: frozenset[int] = frozenset()

    def as_json(self) -> dict[str, object]:
        """Return what a wish keeps of its person until it is fulfilled."""
        return {**self.names.as_json(), "orders": sorted(self.orders), "profiles": sorted(self.profiles)}

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> "Whole":
        """Read what `as_json` wrote, or the bare names of a wish that nobody has worked on yet."""
        names = {name: values for name, values in told.items() if name not in ("orders", "profiles")}
        return cls(Known.from_json(names), frozenset(told.get("orders", ())), frozenset(told.get("profiles", ())))

    @property
    def every_name(self) -> frozenset[Name]:
        """The names as facts and tombstones speak of them."""
        return frozenset(self._every_name())

    def _every_name(self) -> Iterator[Name]:
        yield from ((Kind.CUSTOMER, one) for one in self.names.customers)
        yield from ((Kind.EMAIL, one) for one in self.names.emails)
        yield from ((Kind.PHONE, one) for one in self.names.phones)
        yield from ((Kind.VISITOR, one.hex()) for one in self.names.visitors)

    def as_parameters(self, shop_id: int) -> dict[str, Any]:
        """Return the lists that statements about this person ask with."""
        names = {
            name: sorted(getattr(self.names, name)) for name in ("customers", "emails", "phones", "visitors", "carts")
        }
        browsers = [one.hex() for one in names["visitors"]]
        ids = {"orders": sorted(self.orders), "profiles": sorted(self.profiles)}
        return {"shop_id": shop_id, **names, "browsers": browsers, **ids}


def find_person(session: Session, shop_id: int, subject: Whole, *, is_proven_only: bool) -> Whole:
    """Follow what is beyond doubt from a few names to all of them.

    is_proven_only: stay with the accounts and addresses that were named. Somebody who asks by a link has proved their
    mailbox, and must not have those forgotten whose address they once typed into a cart. Nor does a phone that they
    wrote into their account make theirs what names nobody but that phone.
    """
    seed = subject.names
    if is_proven_only:
        found = seed
    elif not seed.customers and not seed.emails:
        found = same_person(session, shop_id, seed | _behind_phones(session, shop_id, seed))
    else:
        found = same_person(session, shop_id, seed)
    told = {"shop_id": shop_id, **Whole(found, frozenset()).as_parameters(shop_id), "phones": []}
    phones = frozenset(session.execute(PHONES, told).scalars())
    told_phones = replace(found, phones=found.phones | seed.phones | phones)
    phones = _own_phones(session, shop_id, told_phones, is_proven_only=is_proven_only)
    whole = Whole(replace(found, phones=phones, addresses=frozenset()), subject.orders)
    told = whole.as_parameters(shop_id)
    carts = frozenset(session.execute(CARTS, told).scalars())
    orders = frozenset(session.execute(ORDERS, told).scalars())
    profiles = frozenset(session.execute(PROFILES, told).scalars())
    names = replace(whole.names, carts=whole.names.carts | seed.carts | carts)
    return Whole(names, subject.orders | orders, subject.profiles | profiles)


def raise_tombstones(session: Session, shop_id: int, person: Whole, seals: Seals, *, asked_at: datetime) -> None:
    """Keep every name of a person out from now on. Their own yes after this moment brings them back.

    asked_at: when they asked; a stone that is younger stands as it is, so that a second try changes nothing.
    """
    stones = [
        {"shop_id": shop_id, "kind": kind, "seal": seals.seal(shop_id, kind, value), "asked_at": asked_at}
        for kind, value in sorted({*person.every_name, *((Kind.ORDER, one) for one in person.orders)})
    ]
    if stones:
        session.execute(RAISE, stones)


def _behind_phones(session: Session, shop_id: int, seed: Known) -> Known:
    """Return who is behind a phone, where it is one person and no other."""
    rows = session.execute(BEHIND_PHONES, {"shop_id": shop_id, "phones": list(seed.phones)}).all()
    if not rows:
        return Known()
    first = same_person(session, shop_id, known(customers=rows[0][0], emails=rows[0][1]))
    is_one = all((one or "") in first.customers | {""} and (mail or "") in first.emails | {""} for one, mail in rows)
    return replace(first, addresses=frozenset()) if is_one else Known()


def _own_phones(session: Session, shop_id: int, names: Known, *, is_proven_only: bool) -> frozenset[str]:
    lists = {one: list(getattr(names, one)) for one in ("customers", "emails", "phones")}
    told = {"shop_id": shop_id, "is_proven_only": is_proven_only, **lists}
    return frozenset(session.execute(OWN_PHONES, told).scalars())


BEHIND_PHONES = text("""
    SELECT external_id, email FROM customers WHERE shop_id = :shop_id AND phone = ANY(:phones)
    UNION
    SELECT customer_external_id, email FROM orders WHERE shop_id = :shop_id AND phone = ANY(:phones)
        AND (customer_external_id IS NOT NULL OR email IS NOT NULL)
    UNION
    SELECT customer_external_id, email FROM carts WHERE shop_id = :shop_id AND phone = ANY(:phones)
        AND (customer_external_id IS NOT NULL OR email IS NOT NULL)
""")

OWN_PHONES = text("""
    SELECT own FROM unnest(CAST(:phones AS text[])) AS own WHERE NOT EXISTS (
        SELECT FROM (
            SELECT external_id AS customer, email FROM customers WHERE shop_id = :shop_id AND phone = own
            UNION ALL
            SELECT customer_external_id, email FROM orders WHERE shop_id = :shop_id AND phone = own
            UNION ALL
            SELECT customer_external_id, email FROM carts WHERE shop_id = :shop_id AND phone = own
            UNION ALL
            SELECT customer_external_id, email FROM consent_records WHERE shop_id = :shop_id AND phone = own
        ) AS others
        WHERE (:is_proven_only OR customer IS NOT NULL OR email IS NOT NULL)
            AND coalesce(customer <> ALL(:customers), true) AND coalesce(email <> ALL(:emails), true)
    )
""")

ORDERS = text(f"SELECT external_id FROM orders WHERE shop_id = :shop_id AND ({THEIRS})")  # noqa: S608 - our own words

CARTS = text(f"SELECT external_id FROM carts WHERE shop_id = :shop_id AND ({THEIRS})")  # noqa: S608 - likewise

PHONES = text(f"""
    SELECT phone FROM customers WHERE shop_id = :shop_id AND phone IS NOT NULL AND external_id = ANY(:customers)
    UNION
    SELECT phone FROM orders WHERE shop_id = :shop_id AND phone IS NOT NULL AND ({THEIRS})
    UNION
    SELECT phone FROM carts WHERE shop_id = :shop_id AND phone IS NOT NULL AND ({THEIRS})
""")  # noqa: S608 - likewise

# A profile that became another's is found by what they became; one that was taken apart again is nobody's but its own.
PROFILES = text(f"""
    WITH RECURSIVE found (id) AS (
        SELECT own.id FROM profile_names n CROSS JOIN LATERAL unnest(ARRAY[n.profile_id, n.home_id]) AS own (id)
        WHERE n.shop_id = :shop_id AND ({OWN_NAMES})
        UNION
        SELECT m.from_id FROM found JOIN profile_merges m ON m.shop_id = :shop_id AND m.into_id = found.id
            AND m.undone_at IS NULL
    )
    SELECT id FROM found
""")  # noqa: S608 - likewise

RAISE = text("""
    INSERT INTO tombstones AS stone (shop_id, kind, seal) VALUES (:shop_id, :kind, :seal)
    ON CONFLICT (shop_id, kind, seal) DO UPDATE SET erased_at = clock_timestamp() WHERE stone.erased_at < :asked_at
""")
