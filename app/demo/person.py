"""Whose cart it is, as far as they let us know, and how far it is on the way to an order."""

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """How far a cart is."""

    CART = "cart"
    CHECKOUT = "checkout"
    ORDERED = "ordered"
    EMPTIED = "emptied"


ENDED = (Stage.ORDERED, Stage.EMPTIED)


@dataclass(frozen=True, kw_only=True)
class Person:
    """Whose cart it is, as far as they let us know. `has_agreed`: the box is ticked."""

    customer: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    visitor: str = ""
    has_agreed: bool = False

    @property
    def is_known(self) -> bool:
        return bool(self.customer or self.email)

    def ways_to_reach(self) -> dict[str, str]:
        """Return what messages carry of them, and only what there is."""
        ways = {
            "customer_id": self.customer,
            "email": self.email,
            "phone": self.phone,
            "address": self.address,
            "visitor_id": self.visitor,
        }
        return {name: value for name, value in ways.items() if value}


NOBODY = Person()
