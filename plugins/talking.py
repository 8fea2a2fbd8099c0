"""What a platform says when we ask it: how a shop is connected, read whole, looked after and written back to.

The pure verbs (`platform.py`) read what comes in by itself. These go out, over the one polite client (`http.py`), and
are called by jobs, never while a shopper waits. What is fetched comes as the same facts as webhooks: one mouth. What a
platform cannot do raises Unsupported; what went wrong on the way is one of the errors in `errors.py`, whose sentence a
merchant can read.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from plugins.events import Event
from plugins.http import Client
from plugins.platform import ShopFacts


@dataclass(frozen=True, kw_only=True)
class App:
    """Who we are at a platform that knows us as an app: id and secrets, newest first. Empty where it knows no apps."""

    client_id: str = ""
    client_secrets: tuple[bytes, ...] = field(default=(), repr=False)
    base_url: str  # where browsers and the platform reach us


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What opens a shop's API, sealed at rest."""

    secrets: Mapping[str, str] = field(repr=False)  # the platform's own words for them
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None  # None: they hold until taken back
    renewable_until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Access:
    """A shop's API, opened: its address at the platform, what opens it, who we are, and the client to ask with."""

    address: str  # harbour-tea.myshopify.com; https://shop.example
    credentials: Credentials
    app: App
    client: Client
    now: Callable[[], datetime]
    public_key: str = ""  # the shop's own, which its pages carry


@dataclass(frozen=True, kw_only=True)
class ShopSeen:
    """What a shop says about itself."""

    name: str
    facts: ShopFacts
    storefronts: tuple[str, ...]  # origins, the one shoppers use first
    missing_scopes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # what a merchant should know, in sentences


class Kind(StrEnum):
    """What can be read whole, in the order in which it is useful."""

    ITEMS = "items"
    ORDERS = "orders"
    CUSTOMERS = "customers"
    REVIEWS = "reviews"
    CARTS = "carts"


@dataclass(frozen=True, kw_only=True)
class Window:
    """What was changed from `since` on and before `until`; since None is from the beginning."""

    since: datetime | None
    until: datetime


@dataclass(frozen=True, kw_only=True)
class Page:
    """A piece of what is fetched. Kept together with its cursor, from which a later run goes on."""

    events: tuple[Event, ...] = ()
    cursor: str
    rows: int = 0  # how many of the platform's rows this page was
    total: int | None = None  # how many there will be, where the platform says so
    unread: tuple[str, ...] = ()  # why rows became no fact
    waits_seconds: float = 0.0  # the platform is still preparing; ask again with the cursor after so long


@dataclass(frozen=True, kw_only=True)
class Subscribed:
    """How it stands with a shop's webhooks, after looking and mending."""

    topics: tuple[str, ...]
    mended: tuple[str, ...] = ()  # topics made, or made anew because they were off or led elsewhere
    trouble: str = ""


@dataclass(frozen=True, kw_only=True)
class TagsChanged:
    """A customer's tags at the platform, those of ours."""

    customer_external_id: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FieldSet:
    """One value about a customer, kept at the platform under our namespace."""

    customer_external_id: str
    key: str
    value: str


@dataclass(frozen=True, kw_only=True)
class MailAnswer:
    """What somebody answered us about marketing e-mail, told to the platform."""

    email: str
    customer_external_id: str | None
    is_given: bool
    answered_at: datetime


@dataclass(frozen=True, kw_only=True)
class DiscountMade:
    """A discount code for one use by one person."""

    code: str
    percent: int
    starts_at: datetime
    ends_at: datetime
    customer_external_id: str | None = None
    email: str | None = None


@dataclass(frozen=True, kw_only=True)
class CampaignTold:
    """A campaign as the platform's own marketing pages show it, and what one day of it came to."""

    key: str
    title: str
    is_on: bool
    day: datetime
    sent: int = 0
    clicked: int = 0
    unsubscribed: int = 0


Change = TagsChanged | FieldSet | MailAnswer | DiscountMade | CampaignTold


class Talks(Protocol):
    """The talking verbs of a platform."""

    kinds: tuple[Kind, ...]

    def clean_address(self, text: str) -> str:
        """Return what a merchant typed as the platform's own name of a shop. Raises WrongAddress."""
        ...

    def begin_install(self, address: str, app: App, state: str) -> str:
        """Return the address where the merchant says yes. state: one-time, and comes back with the answer."""
        ...

    def state_of(self, answer: Mapping[str, str]) -> str:
        """Return the state an answer carries, or nothing. What it opens is the door's to find out."""
        ...

    def finish_install(self, answer: Mapping[str, str], address: str, app: App, client: Client) -> Credentials:
        """Turn the platform's answer into credentials, and prove them at this very address.

        Raises BadSignature, Refused, WrongAddress, Unreachable.
        """
        ...

    def renew(self, access: Access) -> Credentials:
        """Return fresh credentials for those that end. Raises Refused where a merchant has to open the app again."""
        ...

    def look_at(self, access: Access) -> ShopSeen:
        """Return what the shop says of itself, and which permissions are missing."""
        ...

    def subscribe(self, access: Access, delivery_url: str, secret: bytes) -> Subscribed:
        """Look at the shop's webhooks, and make or mend them so that each topic we read comes to this address."""
        ...

    def fetch(self, kind: Kind, access: Access, shop: ShopFacts, window: Window, cursor: str = "") -> Iterator[Page]:
        """Read what there is of a kind, page by page, from a cursor on."""
        ...

    def list_ids(self, kind: Kind, access: Access) -> Iterator[frozenset[str]]:
        """Return the ids of all there is of a kind, in pieces: what is not among them was deleted."""
        ...

    def write_back(self, change: Change, access: Access, *, key: str) -> None:
        """Write one change to the platform. The same key twice changes nothing. Raises Unsupported."""
        ...

    def revoke(self, access: Access) -> None:
        """Take away what we made in the shop (webhooks, keys), as far as the platform lets us."""
        ...
