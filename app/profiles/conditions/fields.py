"""What can be asked about a person: a closed list, each with how it is counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.models import Stage


class Op(StrEnum):
    """How a figure is held against a value."""

    IS = "is"
    IS_NOT = "is_not"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BETWEEN = "between"  # both ends belong to it
    ONE_OF = "one_of"


class Kind(StrEnum):
    """What sort of value a figure has."""

    NUMBER = "number"  # whole
    EXPECTED = "expected"  # a number that may have a fraction
    MONEY = "money"  # minor units of the shop's currency
    SHARE = "share"  # a chance, in percent
    DAYS = "days"  # how many whole days ago
    WITHIN = "within"  # in how many days at the latest
    CHOICE = "choice"
    WORD = "word"  # a key or code
    BOUGHT = "bought"  # an item's number or a category; with "days" only what was bought lately
    FLAG = "flag"


AMOUNTS = (Op.AT_LEAST, Op.AT_MOST, Op.BETWEEN)
NAMED = (Op.IS, Op.IS_NOT, Op.ONE_OF)
OPERATORS: Mapping[Kind, tuple[Op, ...]] = {
    Kind.NUMBER: (*AMOUNTS, Op.IS, Op.IS_NOT, Op.ONE_OF),
    Kind.EXPECTED: AMOUNTS,
    Kind.MONEY: AMOUNTS,
    Kind.SHARE: AMOUNTS,
    Kind.DAYS: AMOUNTS,
    Kind.WITHIN: (Op.AT_MOST,),
    Kind.CHOICE: NAMED,
    Kind.WORD: NAMED,
    Kind.BOUGHT: NAMED,
    Kind.FLAG: (Op.IS,),
}
LARGEST: Mapping[Kind, int] = {
    Kind.NUMBER: 1_000_000,
    Kind.EXPECTED: 1_000_000,
    Kind.MONEY: 10**14,
    Kind.SHARE: 100,
    Kind.DAYS: 36_500,
    Kind.WITHIN: 3_650,
}


@dataclass(frozen=True)
class Field:
    """One thing that can be asked. `words` completes "whose … is"; of a flag and of what was bought: "who …"."""

    key: str
    group: str
    label: str
    words: str
    kind: Kind
    counted: str
    choices: Mapping[str, str] = field(default_factory=dict)
    least: int = 0
    most: int | None = None
    no_words: str = ""  # of a flag: who have it not
    is_timely: bool = False  # changes without any fact about the person: with time, or when predicted anew

    @property
    def operators(self) -> tuple[Op, ...]:
        return OPERATORS[self.kind]

    @property
    def largest(self) -> int:
        return LARGEST[self.kind] if self.most is None else self.most


STAGES: Mapping[str, str] = {
    Stage.NEVER_BOUGHT: "never bought",
    Stage.NEW: "new",
    Stage.ACTIVE: "active",
    Stage.LOYAL: "loyal",
    Stage.AT_RISK: "at risk",
    Stage.LAPSED: "lapsed",
    Stage.WON_BACK: "won back",
}
DID, BOUGHT, STANDING, EXPECTED, SAID = "Orders", "What they bought", "Where they stand", "What is expected", "Who"
SEEN = "Visits and carts"
COUNTED_ORDERS = "Orders that were placed, without cancelled ones and those given back whole."
FIFTHS = "Buyers in five groups of the same size, from 1 to 5; 5 is the fifth that {of}."
PREDICTED = "As predicted; left out where nothing can be said, or until it is predicted anew after an order."

LISTED = (
    Field("orders_count", DID, "Number of orders", "number of orders", Kind.NUMBER, COUNTED_ORDERS),
    Field(
        "spent", DID, "Money spent", "money spent", Kind.MONEY,
        f"{COUNTED_ORDERS} Less what was given back; in the shop's currency only.",
    ),
    Field(
        "average_order", DID, "Average order", "average order", Kind.MONEY,
        "Money spent, divided by the number of orders.",
    ),
    Field(
        "first_order_days", DID, "First order", "first order", Kind.DAYS, "Whole days since then.", is_timely=True
    ),
    Field("last_order_days", DID, "Last order", "last order", Kind.DAYS, "Whole days since then.", is_timely=True),
    Field(
        "bought_item", BOUGHT, "Bought an item", "bought", Kind.BOUGHT,
        f"{COUNTED_ORDERS} Returned lines do not count.", is_timely=True,
    ),
    Field(
        "bought_category", BOUGHT, "Bought from a category", "bought from", Kind.BOUGHT,
        f"{COUNTED_ORDERS} By the categories that an item is in today.", is_timely=True,
    ),
    Field(
        "reviewed", BOUGHT, "Wrote a review", "wrote a review", Kind.FLAG,
        "Reviews that your shop told us of.", no_words="wrote no review", is_timely=True,
    ),
    Field(
        "seen_days", SEEN, "Last visit", "last visit", Kind.DAYS,
        "Whole days since they looked at something, in a browser that may be remembered.", is_timely=True,
    ),
    Field(
        "views_30", SEEN, "Items looked at in 30 days", "number of looks at items in 30 days", Kind.NUMBER,
        "In browsers that may be remembered.",
    ),
    Field(
        "cart_left_days", SEEN, "Left a cart", "cart, left behind,", Kind.DAYS,
        "Whole days since the newest cart or checkout that became no order was last touched.", is_timely=True,
    ),
    Field(
        "stage", STANDING, "Stage", "stage", Kind.CHOICE,
        "By their own rhythm of buying, and the shop's.", choices=STAGES,
    ),
    Field(
        "recency_score", STANDING, "Recency score (RFM)", "recency score", Kind.NUMBER,
        FIFTHS.format(of="bought last"), least=1, most=5,
    ),
    Field(
        "frequency_score", STANDING, "Frequency score (RFM)", "frequency score", Kind.NUMBER,
        FIFTHS.format(of="orders most often"), least=1, most=5,
    ),
    Field(
        "money_score", STANDING, "Money score (RFM)", "money score", Kind.NUMBER,
        FIFTHS.format(of="spent most"), least=1, most=5,
    ),
    Field(
        "churn_chance", EXPECTED, "Chance of not coming back", "chance of not coming back", Kind.SHARE,
        PREDICTED, is_timely=True,
    ),
    Field(
        "orders_90", EXPECTED, "Orders expected in 90 days", "expected orders in 90 days", Kind.EXPECTED,
        PREDICTED, is_timely=True,
    ),
    Field(
        "orders_365", EXPECTED, "Orders expected in a year", "expected orders in a year", Kind.EXPECTED,
        PREDICTED, is_timely=True,
    ),
    Field(
        "value_90", EXPECTED, "Money expected in 90 days", "expected money in 90 days", Kind.MONEY,
        PREDICTED, is_timely=True,
    ),
    Field(
        "value_365", EXPECTED, "Money expected in a year", "expected money in a year", Kind.MONEY,
        PREDICTED, is_timely=True,
    ),
    Field(
        "next_order_days", EXPECTED, "Next order expected", "next order", Kind.WITHIN,
        f"{PREDICTED} Who should have ordered by now counts too.", is_timely=True,
    ),
    Field(
        "due_again_days", EXPECTED, "Needs an item again", "next need of an item", Kind.WITHIN,
        f"{PREDICTED} An item of theirs is due by then, and not long overdue.", is_timely=True,
    ),
    Field(
        "interest", SAID, "Said they like", "interests", Kind.WORD,
        "What they said themselves on their own page; nothing is guessed.",
    ),
    Field(
        "country", SAID, "Country", "country", Kind.WORD,
        "Two letters, as GB or DE, of their account or last order. Unknown countries fit nothing.",
    ),
    Field(
        "may_mail", SAID, "May be written to", "may be written to", Kind.FLAG,
        "They agreed to e-mail and nothing forbids it.", no_words="may not be written to",
    ),
    Field(
        "may_personalize", SAID, "May be shown their own choice", "may be shown a choice made for them", Kind.FLAG,
        "They did not refuse it, by your settings.", no_words="may not be shown a choice made for them",
    ),
    Field(
        "has_account", SAID, "Has an account", "have an account", Kind.FLAG,
        "An account in your shop; others are guests.", no_words="have no account",
    ),
)  # fmt: skip
FIELDS: Mapping[str, Field] = {one.key: one for one in LISTED}
