"""May this message still go, and if not, why not: asked again in the very transaction that writes `sending`.

The order of the questions matters where more than one answer holds: what is for ever comes before what passes, except
that nothing is for ever while deliveries wait that we have not read. Then it is asked again in a few seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from app import consent, identity
from app.messaging.outbox import Later
from app.messaging.quiet import quiet_until
from app.models import Campaign, Cart, Defer, Message, Shop, Skip
from app.models.inbox import has_news, has_unread
from plugins.events import CartStage

NEWS_WAIT = timedelta(seconds=3)
UNREAD_WAIT = timedelta(minutes=15)
STALE_AFTER = timedelta(days=3)  # behind its hour; then it makes no sense any more
REST = timedelta(hours=20)  # between two letters to one person
UNHEARD = timedelta(minutes=15)  # of a cart's beginning, before the first word of it that reached us
WEEK, MOST_A_WEEK = timedelta(days=7), 3

IS_DELETED = text("""
    SELECT EXISTS (SELECT FROM deletion_reports WHERE shop_id = :shop_id AND kind = 'cart'
        AND external_id = :cart AND reported_at >= :version_at)
""")
IS_BEING_FORGOTTEN = text("""
    SELECT EXISTS (SELECT FROM erasures WHERE shop_id = :shop_id AND state IN ('waiting', 'running')
        AND (kind = 'shop' OR kind = 'erase' AND (jsonb_exists(subject -> 'emails', :email)
            OR jsonb_exists(subject -> 'customers', :customer))))
""")
HAS_NEWER = text("""
    SELECT EXISTS (SELECT FROM carts n WHERE n.shop_id = :shop_id AND n.stage IN ('cart', 'checkout')
        AND n.email IS NOT NULL AND jsonb_array_length(n.lines) > 0
        AND (n.email = :email OR n.customer_external_id = :customer)
        AND (n.version_at, n.id) > (:version_at, CAST(:id AS bigint))
        AND NOT EXISTS (SELECT FROM deletion_reports d WHERE d.shop_id = n.shop_id AND d.kind = 'cart'
            AND d.external_id = n.external_id AND d.reported_at >= n.version_at))
""")
# The order itself may have got lost on its way, when only the cart it came from says so.
BECAME_ORDER = text("""
    SELECT EXISTS (SELECT FROM carts WHERE shop_id = :shop_id AND stage = 'ordered' AND version_at >= :since
        AND (email = ANY(:emails) OR customer_external_id = ANY(:customers) OR phone = ANY(:phones)
            OR address_key = ANY(:addresses) OR visitor_key = ANY(:visitors)))
""")
WRITTEN_TO = text("""
    SELECT sending_at FROM messages
    WHERE shop_id = :shop_id AND email = ANY(:emails) AND NOT is_test AND id <> :id
        AND state IN ('sending', 'sent', 'in_doubt') AND sending_at > :since
    ORDER BY sending_at DESC
""")


@dataclass
class Case:
    """A message in question, and everything that is held against it. who: every name that may be the person's."""

    message: Message
    campaign: Campaign
    shop: Shop
    cart: Cart | None
    at: datetime
    who: identity.Known | None = None

    @property
    def left_cart(self) -> Cart:
        """The cart, once it is known to be there."""
        assert self.cart is not None
        return self.cart

    @property
    def email(self) -> str:
        """Whom the cart names now; the person may have corrected it since the message was planned."""
        return (self.cart and self.cart.email) or self.message.email

    @property
    def its_hour(self) -> datetime:
        """When the message is due by the cart as it stands now."""
        return self.left_cart.version_at + timedelta(minutes=self.campaign.delay_minutes)


Question = Callable[[Session, Case], Skip | Later | None]


def ask_again(session: Session, case: Case) -> Skip | Later | None:
    """Answer why a message must not go (now); None when it may. What it may rest on is held until the end.

    The person's address is locked: an unsubscribe that comes now waits, and finds the message written `sending`.
    """
    for question in QUESTIONS:
        answer = question(session, case)
        if answer is not None:
            return answer
    return None


def _is_off(_session: Session, case: Case) -> Skip | None:
    if case.shop.uninstalled_at is not None:
        return Skip.UNINSTALLED
    return None if case.campaign.is_on else Skip.SWITCHED_OFF


def _is_stale(_session: Session, case: Case) -> Skip | None:
    return Skip.TOO_OLD if case.cart is not None and case.at > case.its_hour + STALE_AFTER else None


def _has_news(session: Session, case: Case) -> Later | None:
    if not has_news(session, case.message.shop_id):
        return None
    return Later(reason=Defer.NEWS_WAITING, until=case.at + NEWS_WAIT)


def _is_unwanted(session: Session, case: Case) -> Skip | None:
    answer = consent.may_mail(session, case.message.shop_id, case.email)
    if not answer.is_allowed:
        return Skip(answer.reason.value)
    customer = case.cart.customer_external_id if case.cart else None
    told = {"shop_id": case.message.shop_id, "email": case.email, "customer": customer}
    return Skip.FORGOTTEN if session.execute(IS_BEING_FORGOTTEN, told).scalar() else None


def _is_cart_over(session: Session, case: Case) -> Skip | None:
    cart = case.cart
    if cart is None:
        return Skip.CART_DELETED
    told = {"shop_id": cart.shop_id, "cart": cart.external_id, "version_at": cart.version_at}
    if session.execute(IS_DELETED, told).scalar():
        return Skip.CART_DELETED
    if cart.stage == CartStage.ORDERED:
        return Skip.ORDERED
    return Skip.EMPTIED if cart.stage == CartStage.EMPTIED or not cart.lines else None


def _has_ordered(session: Session, case: Case) -> Skip | None:
    cart = case.left_cart
    since = min(cart.first_heard_at, cart.version_at) - UNHEARD
    who = _who(session, case)
    if identity.has_ordered(session, cart.shop_id, who, since=since, cart=cart.external_id):
        return Skip.ORDERED
    names = {name: list(getattr(who, name)) for name in ("emails", "customers", "phones", "addresses", "visitors")}
    told = {"shop_id": cart.shop_id, "since": since, **names}
    return Skip.ORDERED if session.execute(BECAME_ORDER, told).scalar() else None


def _has_unread(session: Session, case: Case) -> Later | None:
    """Rather a letter too late than one after a purchase that nobody could read; after STALE_AFTER it is too old."""
    if not has_unread(session, case.message.shop_id, case.left_cart.first_heard_at):
        return None
    return Later(reason=Defer.NEWS_UNREAD, until=case.at + UNREAD_WAIT)


def _has_newer_cart(session: Session, case: Case) -> Skip | None:
    cart = case.left_cart
    told = {
        "shop_id": cart.shop_id,
        "id": cart.id,
        "email": case.email,
        "customer": cart.customer_external_id,
        "version_at": cart.version_at,
    }
    return Skip.NEWER_CART if session.execute(HAS_NEWER, told).scalar() else None


def _came_back(_session: Session, case: Case) -> Later | None:
    return Later(reason=Defer.CART_CHANGED, until=case.its_hour) if case.its_hour > case.at else None


def _is_quiet(_session: Session, case: Case) -> Later | None:
    until = quiet_until(case.at, case.shop.time_zone, case.campaign.quiet_from, case.campaign.quiet_until)
    return Later(reason=Defer.QUIET_HOURS, until=until) if until else None


def _is_capped(session: Session, case: Case) -> Skip | Later | None:
    emails = sorted(_who(session, case).emails | {case.email})
    told = {"shop_id": case.message.shop_id, "id": case.message.id, "emails": emails, "since": case.at - WEEK}
    written = list(session.execute(WRITTEN_TO, told).scalars())
    rests = [at + REST for at in written[:1]] + [at + WEEK for at in written[MOST_A_WEEK - 1 : MOST_A_WEEK]]
    until = max(rests, default=case.at)
    if until <= case.at:
        return None
    return Skip.TOO_MANY if until > case.its_hour + STALE_AFTER else Later(reason=Defer.CAPPED, until=until)


def _who(session: Session, case: Case) -> identity.Known:
    """Find the names once. To hold the message back, and for nothing else."""
    if case.who is None:
        cart = case.left_cart
        seed = identity.known(
            customers=cart.customer_external_id,
            emails=case.email,
            phones=cart.phone,
            addresses=cart.address_key,
            visitors=cart.visitor_key,
            carts=cart.external_id,
        )
        case.who = identity.probably_same(session, cart.shop_id, seed)
    return case.who


QUESTIONS: tuple[Question, ...] = (
    _is_off,
    _is_stale,
    _has_news,
    _is_unwanted,
    _is_cart_over,
    _has_ordered,
    _has_unread,
    _has_newer_cart,
    _came_back,
    _is_quiet,
    _is_capped,
)
