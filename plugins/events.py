"""Our closed vocabulary of facts.

A platform's words end here. Platforms send *states* (the body of a webhook is built when it is delivered, not when
something happened), so most facts below say "this is how it was at `version_at`". Applying a fact twice, or after a
newer one, changes nothing.

Every fact carries `external_id` (the platform's own id, as text) and `version_at` (when the platform last changed the
thing, aware UTC). Where a platform gives no version time (`ItemDeleted` and the other deletions) the field is absent on
purpose: the receiver must use the time it heard of it.

Longer than other modules because it is one list: a vocabulary is read as a whole.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class OrderState(StrEnum):
    """What became of an order, in the few words that matter here."""

    UNPAID = "unpaid"  # a checkout that never came to a payment; somebody may be reminded of it
    PENDING = "pending"  # ordered, the money is still on its way; not a purchase yet
    PLACED = "placed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"  # given back whole


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of an order. A negative quantity is a return."""

    external_id: str
    item_external_id: str
    variant_external_id: str | None = None
    title: str = ""
    quantity: int
    total_minor: int


@dataclass(frozen=True, kw_only=True)
class OrderChanged:
    """An order as it stood at `version_at`, whole: its lines replace those of an older version."""

    external_id: str
    version_at: datetime
    placed_at: datetime
    state: OrderState
    customer_external_id: str | None  # None is a guest
    email: str | None = None
    phone: str | None = None
    address: str | None = None  # where it goes, in one line; only its digest is kept, to tell a probable same person
    country: str | None = None
    currency: str
    total_minor: int
    visitor_id: str | None = None  # our own visitor id, when the platform carried it with the order
    cart_external_id: str | None = None  # the cart it came from, when the platform says so
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class OrderDeleted:
    """The platform says an order is gone."""

    external_id: str


@dataclass(frozen=True, kw_only=True)
class RefundMade:
    """Money given back for an order. Refunds never change, so they carry no version."""

    external_id: str
    order_external_id: str
    amount_minor: int
    currency: str
    reason: str = ""
    made_at: datetime


class ItemState(StrEnum):
    """Whether the shop shows an item to everybody."""

    ON_SALE = "on_sale"
    HIDDEN = "hidden"  # draft, private, trashed, or only reachable by search


@dataclass(frozen=True, kw_only=True)
class ItemChanged:
    """An item (or a variant of one, then `parent_external_id` is set) as it stood at `version_at`."""

    external_id: str
    version_at: datetime
    parent_external_id: str | None = None
    title: str
    url: str = ""
    image_url: str = ""
    price_minor: int | None
    currency: str
    categories: tuple[str, ...] = ()
    state: ItemState = ItemState.ON_SALE
    is_in_stock: bool | None = None  # None is unknown, and counts as available
    stock_quantity: int | None = None
    stock_keys: tuple[str, ...] = ()  # under what the platform counts its pieces, where that is not the item's own id
    created_at: datetime | None = None
    names: tuple[str, ...] = ()  # what files call it that do not know its id (plugins/names.py)


@dataclass(frozen=True, kw_only=True)
class ItemDeleted:
    """The platform says an item is gone. WooCommerce is known to say so wrongly: believe, hide, and look again."""

    external_id: str


@dataclass(frozen=True, kw_only=True)
class StockChanged:
    """How many of an item are there, nothing else about it."""

    external_id: str
    version_at: datetime
    is_in_stock: bool
    stock_quantity: int | None = None


@dataclass(frozen=True, kw_only=True)
class StockCounted:
    """How many pieces lie at one place, under the platform's own key for what is counted there."""

    stock_key: str
    location: str
    version_at: datetime
    quantity: int


class CartStage(StrEnum):
    """How far somebody is on the way to an order."""

    CART = "cart"
    CHECKOUT = "checkout"  # they began to say who they are
    ORDERED = "ordered"
    EMPTIED = "emptied"


@dataclass(frozen=True, kw_only=True)
class CartChanged:
    """A cart or an unfinished checkout as it stood at `version_at`, whole. A line's total is for all its pieces."""

    external_id: str
    version_at: datetime
    stage: CartStage
    customer_external_id: str | None = None
    email: str | None = None
    phone: str | None = None
    address: str | None = None
    country: str | None = None  # says how the phone number is read; not kept
    visitor_id: str | None = None
    locale: str | None = None
    currency: str
    total_minor: int
    lines: tuple[Line, ...]
    recovery_url: str | None = None  # where the shop itself gives this very cart back; it signs nobody in


@dataclass(frozen=True, kw_only=True)
class CartDeleted:
    """The platform says a cart or checkout is gone."""

    external_id: str


class Purpose(StrEnum):
    """What a person can say yes or no to."""

    PERSONALIZATION = "personalization"
    EMAIL_MARKETING = "email_marketing"
    SMS_MARKETING = "sms_marketing"


@dataclass(frozen=True, kw_only=True)
class ConsentChanged:
    """A person's yes or no, with its proof. One of e-mail, phone, customer or visitor says whose it is."""

    purpose: Purpose
    is_given: bool
    occurred_at: datetime
    email: str | None = None
    phone: str | None = None
    customer_external_id: str | None = None
    visitor_id: str | None = None
    source: str  # "checkout", "shopify", "klaviyo_export": where it was said
    wording: str = ""  # the sentence they agreed to
    wording_version: str = ""
    locale: str = ""


class SuppressionReason(StrEnum):
    """Why an address is not written to, whatever its owner once agreed to."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    BLOCKED = "blocked"  # by the merchant, here or at the tool before us


@dataclass(frozen=True, kw_only=True)
class AddressSuppressed:
    """An e-mail address that must not be written to."""

    email: str
    reason: SuppressionReason
    occurred_at: datetime
    source: str


@dataclass(frozen=True, kw_only=True)
class CustomerChanged:
    """A shopper with an account, as the platform knew them at `version_at`."""

    external_id: str
    version_at: datetime
    email: str | None = None
    phone: str | None = None
    first_name: str = ""
    last_name: str = ""
    country: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class CustomerDeleted:
    """The platform says a customer's account is gone."""

    external_id: str


@dataclass(frozen=True, kw_only=True)
class ReviewPosted:
    """What a shopper wrote about an item, as it stood at `version_at`."""

    external_id: str
    version_at: datetime
    item_external_id: str
    customer_external_id: str | None = None
    email: str | None = None
    rating: int | None  # 1 to 5
    words: str = ""  # plain text
    is_public: bool  # the shop shows it; False: held back or marked as spam
    is_verified: bool = False  # the platform knows that they bought it
    posted_at: datetime


@dataclass(frozen=True, kw_only=True)
class ReviewDeleted:
    """The platform says a review is gone."""

    external_id: str


@dataclass(frozen=True, kw_only=True)
class VisitorRecognized:
    """The shop says that this browser (our own visitor id) is signed in as this customer."""

    visitor_id: str
    customer_external_id: str
    version_at: datetime


@dataclass(frozen=True, kw_only=True)
class CustomerMerged:
    """Two of a platform's customers became one."""

    from_external_id: str
    into_external_id: str
    merged_at: datetime


@dataclass(frozen=True, kw_only=True)
class CustomerRedacted:
    """The platform asks to forget a person; whatever it names of them, the rest may be missing."""

    customer_external_id: str | None = None
    email: str | None = None
    phone: str | None = None
    order_external_ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DataRequested:
    """The platform asks, for a person, what is known of them."""

    request_external_id: str
    customer_external_id: str | None = None
    email: str | None = None
    phone: str | None = None
    order_external_ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ShopUninstalled:
    """The merchant took us out of the shop: no more messages go out for it, and what opened it is destroyed."""

    occurred_at: datetime | None = None  # where the platform says: it may tell late, of a shop that is back


@dataclass(frozen=True, kw_only=True)
class ShopRedacted:
    """The platform asks to forget a whole shop."""


Event = (
    OrderChanged
    | OrderDeleted
    | RefundMade
    | ItemChanged
    | ItemDeleted
    | StockChanged
    | StockCounted
    | CartChanged
    | CartDeleted
    | ConsentChanged
    | AddressSuppressed
    | CustomerChanged
    | CustomerDeleted
    | CustomerMerged
    | CustomerRedacted
    | DataRequested
    | ReviewPosted
    | ReviewDeleted
    | VisitorRecognized
    | ShopUninstalled
    | ShopRedacted
)


@dataclass(frozen=True, kw_only=True)
class Nothing:
    """A delivery that is sound but holds no fact for us, and why (a ping, a draft, an administrator's profile)."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """What one delivery said: facts, or the reason why there are none."""

    events: tuple[Event, ...] = ()
    nothing: Nothing | None = None


@dataclass(frozen=True, kw_only=True)
class Unreadable:
    """One record of a file that could not become a fact: where it stood, why, and what it said."""

    row_number: int
    reason: str
    raw: str
