"""Shoppers and what becomes of their carts: made up from a seed, the same ones for the same seed.

Each journey is a list of messages that the shop sends us, with the moment of each arrival (some never, some twice, some
late), and what is true of the person whether we hear of it or not.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2025, 1, 6, 6, tzinfo=UTC)  # a Monday; long ago, because facts from the future are not believed
TICK = timedelta(minutes=1)
LOST, DOUBLED, LATE = 0.05, 0.05, 0.20
OTHER_ADDRESS = 0.10  # of purchases: under another e-mail address, known by phone, delivery address or browser only
BASICS = [f"tea{number}" for number in range(24)]


@dataclass(frozen=True)
class Hook:
    """One message of the shop on its way to us. webhook_id: the same when it comes twice."""

    at: datetime
    webhook_id: str
    kind: str
    data: Mapping[str, Any]
    journey: int
    is_disturbed: bool = False


@dataclass
class Truth:
    """What is so, and what we were told of it: the moment is that of the first arrival in our inbox."""

    number: int
    story: str
    emails: set[str] = field(default_factory=set)
    carts: dict[str, datetime] = field(default_factory=dict)  # when each was begun
    purchases: dict[str, datetime] = field(default_factory=dict)  # by order: when it was made
    known_purchases: dict[str, datetime] = field(default_factory=dict)  # by order: when we were told
    yes_known: datetime | None = None
    no_known: datetime | None = None
    gone: dict[str, datetime] = field(default_factory=dict)  # items that cannot be had: when we were told
    hooks_lost: int = 0
    hooks_doubled: int = 0
    hooks_late: int = 0

    @property
    def is_undisturbed(self) -> bool:
        return not (self.hooks_lost or self.hooks_doubled or self.hooks_late)

    @property
    def must_be_sent(self) -> bool:
        """Whether there is no reason in the world not to write: one cart, left, with a yes."""
        return self.story in ("left", "changed") and self.is_undisturbed and self.says_yes and not self.purchases

    says_yes: bool = False


@dataclass
class Journey:
    """One shopper's way: what arrives, what they do with our own links, and the truth about them."""

    truth: Truth
    hooks: list[Hook]
    unsubscribes_at: datetime | None = None


def make_journey(seed: int, number: int, days: float, delay: timedelta) -> Journey:
    """Make up one shopper."""
    return _Author(random.Random(f"{seed}:{number}"), number, days, delay).write()


class _Author:
    def __init__(self, dice: random.Random, number: int, days: float, delay: timedelta) -> None:
        self.dice, self.number, self.delay = dice, number, delay
        self.begin = START + timedelta(seconds=round(dice.uniform(0, days * 86_400)))
        self.is_customer = dice.random() < 0.4
        self.truth = Truth(number, "left", {f"p{number}@example.com"})
        self.hooks: list[Hook] = []
        self.unsubscribes_at: datetime | None = None
        self.count = 0

    def write(self) -> Journey:
        story = self.dice.choices(
            ["left", "changed", "returned", "bought", "bought_just_before", "emptied", "two_carts", "thing_gone"],
            [30, 12, 8, 27, 5, 3, 8, 7],
        )[0]
        self.truth.story = story
        at, items = self.begin, self.dice.sample(BASICS, self.dice.randint(1, 3))
        cart = f"c{self.number}"
        if story == "thing_gone":
            items = self._gone_things(at, items)
        at = self._cart(cart, at, items)
        self._say_yes_or_no(at)
        getattr(self, f"_{story}")(cart, at, items)  # each story is a method of its own
        return Journey(self.truth, self.hooks, self.unsubscribes_at)

    def _left(self, cart: str, at: datetime, items: list[str]) -> None:
        pass

    def _changed(self, cart: str, at: datetime, items: list[str]) -> None:
        for _ in range(self.dice.randint(1, 4)):
            at += self._while(1, 40)
            items = self.dice.sample(BASICS, self.dice.randint(1, 3))
            self._cart(cart, at, items)

    def _returned(self, cart: str, at: datetime, items: list[str]) -> None:
        """Come back after hours or days; the delay begins anew."""
        self._cart(cart, at + self._while(50, 2000), items)

    def _bought(self, cart: str, at: datetime, items: list[str]) -> None:
        self._buy(cart, at + self._while(1, self.dice.choice([30, 90, 1500])), items)

    def _bought_just_before(self, cart: str, at: datetime, items: list[str]) -> None:
        """Buy so that the news of it lies in the inbox one second before the hand-off."""
        due = at + self.delay - START
        handed_over_at = START + TICK * -(-due // TICK)
        self._buy(cart, handed_over_at - timedelta(seconds=2), items, arrives_at=handed_over_at - timedelta(seconds=1))

    def _emptied(self, cart: str, at: datetime, _items: list[str]) -> None:
        at += self._while(1, 120)
        self._tell("cart.changed", at, self._cart_data(cart, at, [], stage="emptied"))

    def _two_carts(self, cart: str, at: datetime, items: list[str]) -> None:
        later = at + self._while(5, 600)
        other = f"{cart}b"
        later = self._cart(other, later, self.dice.sample(BASICS, 2))
        if self.dice.random() < 0.4:
            self._buy(self.dice.choice([cart, other]), later + self._while(1, 200), items)

    def _thing_gone(self, _cart: str, at: datetime, items: list[str]) -> None:
        gone_at = at + self._while(1, 59)
        for item in items:
            if not item.startswith("rare"):
                continue
            if self.dice.random() < 0.5:
                self._tell("item.deleted", gone_at, {"id": item}, is_safe=True)
            else:
                told = {"id": item, "changed_at": _iso(gone_at), "stock": 0}
                self._tell("stock.changed", gone_at, told, is_safe=True)

    def _gone_things(self, at: datetime, items: list[str]) -> list[str]:
        """Put something in the cart that will be gone; now and then nothing else."""
        rare = f"rare{self.number}"
        self._tell("item.changed", at - timedelta(minutes=5), item_data(rare, at - timedelta(days=1)), is_safe=True)
        return [rare] if self.dice.random() < 0.4 else [rare, *items]

    def _say_yes_or_no(self, at: datetime) -> None:
        mood, email = self.dice.random(), f"p{self.number}@example.com"
        if mood > 0.85:
            return  # never asked
        self.truth.says_yes = mood <= 0.70
        word = {"purpose": "email_marketing", "email": email, "source": "checkout", "wording": "Remind me of my cart",
                "wording_version": "1", "locale": "en", "is_given": True}  # fmt: skip
        self._tell("consent.changed", at, {**word, "occurred_at": _iso(at)})
        if mood <= 0.70:
            return
        no_at = at + self._while(1, 120)
        if mood <= 0.76:
            self._tell("consent.changed", no_at, {**word, "is_given": False, "occurred_at": _iso(no_at)})
        elif mood <= 0.81:
            told = {"email": email, "reason": "unsubscribed", "occurred_at": _iso(no_at), "source": "shop"}
            self._tell("address.suppressed", no_at, told)
        else:
            self.unsubscribes_at = no_at

    def _cart(self, cart: str, at: datetime, items: list[str]) -> datetime:
        """Browse, then come to the checkout, where they say who they are. Returns when that was."""
        if cart not in self.truth.carts:
            self.truth.carts[cart] = at
            self._tell("cart.changed", at, self._cart_data(cart, at, items[:1], stage="cart"))
            at += timedelta(seconds=self.dice.randint(20, 300))
        self._tell("cart.changed", at, self._cart_data(cart, at, items, stage="checkout"))
        return at

    def _buy(self, cart: str, at: datetime, items: list[str], arrives_at: datetime | None = None) -> None:
        order = f"o{self.number}"
        self.truth.purchases[order] = at
        is_other = self.dice.random() < OTHER_ADDRESS
        names = self._names()
        if is_other:
            other = f"other{self.number}@example.com"
            self.truth.emails.add(other)
            link = self.dice.choice(["phone", "address", "visitor_id"])
            names = {"email": other, link: names[link]}
        elif self.dice.random() < 0.6:
            names["cart_id"] = cart
        data = {"id": order, "changed_at": _iso(at), "placed_at": _iso(at), "currency": "GBP",
                "state": self.dice.choice(["placed", "placed", "placed", "pending"]), "total": "4.50",
                "lines": _lines(items), **names}  # fmt: skip
        self._tell("order.changed", at, data, arrives_at=arrives_at)
        if not is_other and arrives_at is None:
            self._tell("cart.changed", at, self._cart_data(cart, at, items, stage="ordered"))

    def _names(self) -> dict[str, str]:
        names = {
            "email": f"p{self.number}@example.com",
            "phone": f"+4420{70_000_000 + self.number}",
            "address": f"{self.number} Tea Street, London",
            "visitor_id": f"{self.number:032x}",
        }
        return names | ({"customer_id": f"k{self.number}"} if self.is_customer else {})

    def _cart_data(self, cart: str, at: datetime, items: list[str], *, stage: str) -> dict[str, Any]:
        names = self._names() if stage != "cart" else {"visitor_id": f"{self.number:032x}"}
        return {"id": cart, "changed_at": _iso(at), "stage": stage, "currency": "GBP",
                "total": f"{len(items) * 4.5:.2f}", "lines": _lines(items), **names}  # fmt: skip

    def _tell(
        self, kind: str, at: datetime, data: Mapping[str, Any], *, is_safe: bool = False,
        arrives_at: datetime | None = None,
    ) -> None:  # fmt: skip
        """Let a message travel. is_safe: undisturbed; arrives_at: likewise, and exactly then."""
        self.count += 1
        name = f"{self.number}-{self.count}"
        at = arrives_at or at + timedelta(milliseconds=self.dice.randint(200, 3000))
        if is_safe or arrives_at:
            self.hooks.append(Hook(at, name, kind, data, self.number))
            return
        if self.dice.random() < LOST:
            self.truth.hooks_lost += 1
            return
        if is_late := self.dice.random() < LATE:
            self.truth.hooks_late += 1
            at += self._while(1, self.dice.choice([10, 60, 400]))
        self.hooks.append(Hook(at, name, kind, data, self.number, is_disturbed=is_late))
        if self.dice.random() < DOUBLED:
            self.truth.hooks_doubled += 1
            again = name if self.dice.random() < 0.7 else f"{name}-again"
            self.hooks.append(Hook(at + self._while(0.1, 240), again, kind, data, self.number, is_disturbed=True))

    def _while(self, least: float, most: float) -> timedelta:
        """Return some minutes."""
        return timedelta(seconds=round(self.dice.uniform(least, most) * 60))


def item_data(item: str, at: datetime) -> dict[str, Any]:
    """Return an item of the shop."""
    return {"id": item, "changed_at": _iso(at), "title": f"Tea {item}", "url": f"https://tea.example/{item}",
            "image": f"https://tea.example/{item}.jpg", "price": "4.50", "currency": "GBP", "categories": ["tea"],
            "is_on_sale": True, "stock": 5}  # fmt: skip


def _lines(items: list[str]) -> list[dict[str, object]]:
    return [{"id": str(place), "item_id": item, "title": f"Tea {item}", "quantity": 1, "total": "4.50"}
            for place, item in enumerate(items, start=1)]  # fmt: skip


def _iso(at: datetime) -> str:
    return at.isoformat()
