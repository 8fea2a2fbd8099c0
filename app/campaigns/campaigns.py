"""The one campaign a shop has so far: it waits until a cart was left alone for a while, then reminds once."""

from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import BadRequest, NotFound
from app.models import Campaign, MailSender
from app.translations import LANGUAGES

ABANDONED_CART: Final = "abandoned_cart"
SHORTEST_DELAY, LONGEST_DELAY = 15, 7 * 24 * 60  # minutes
HOURS = range(24)
CONTROLS = range(51)  # percent; leaving more alone than are written to compares no better


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a merchant can set. The three texts hold Liquid; whoever hands them in has had them checked."""

    delay_minutes: int
    subject: str
    preheader: str
    text: str
    language: str
    quiet_from: int
    quiet_until: int
    control_percent: int = 0  # of people, left alone to compare with


@dataclass(frozen=True)
class Post:
    """What stands between a campaign and its letters. is_caught: nothing leaves this machine (the local catcher)."""

    has_server: bool
    is_caught: bool = False


def find_campaign(session: Session, shop_id: int) -> Campaign | None:
    """Return the shop's abandoned-cart campaign, if it was ever opened."""
    wanted = (Campaign.shop_id == shop_id, Campaign.kind == ABANDONED_CART)
    return session.execute(select(Campaign).where(*wanted)).scalar_one_or_none()


def open_campaign(session: Session, shop_id: int, *, subject: str, preheader: str, text: str) -> Campaign:
    """Open the campaign, switched off, with the texts it begins with; one that is there stays as it is."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"campaign:{shop_id}", 0))))
    found = find_campaign(session, shop_id)
    if found is not None:
        return found
    campaign = Campaign(shop_id=shop_id, kind=ABANDONED_CART, subject=subject, preheader=preheader, text=text)
    session.add(campaign)
    session.flush()
    session.refresh(campaign)
    return campaign


def wish_of(campaign: Campaign) -> Wish:
    """Return what is set now, for a form to begin with."""
    return Wish(**{name: getattr(campaign, name) for name in Wish.__dataclass_fields__})


def change_campaign(session: Session, shop_id: int, wish: Wish) -> list[str]:
    """Write what a merchant wishes and return the names of what is different now. Raises BadRequest."""
    _check(wish)
    campaign = _held(session, shop_id)
    changed = [name for name, value in asdict(wish).items() if getattr(campaign, name) != value]
    for name in changed:
        setattr(campaign, name, getattr(wish, name))
    if changed:
        campaign.changed_at = func.regulars_now()
    if "control_percent" in changed:
        _begin_or_end_comparing(campaign)
    session.flush()
    return changed


def switch_on(session: Session, shop_id: int, post: Post) -> bool:
    """Switch on, for carts left from now on; False when it was on already. Raises BadRequest: what is missing."""
    campaign = _held(session, shop_id)
    if campaign.is_on:
        return False
    sender = session.get(MailSender, shop_id)
    if missing := what_is_missing(sender, post):
        raise BadRequest(missing)
    campaign.is_on, campaign.on_since, campaign.changed_at = True, func.regulars_now(), func.regulars_now()
    session.flush()
    return True


def switch_off(session: Session, shop_id: int) -> bool:
    """Switch off: what is planned is skipped when its moment comes. False when it was off already."""
    campaign = _held(session, shop_id)
    was_on, campaign.is_on = campaign.is_on, False
    session.flush()
    return was_on


def what_is_missing(sender: MailSender | None, post: Post) -> str:
    """Say what to do before letters can go out; empty when nothing is missing."""
    if not post.has_server:
        return "No mail server is set. Set SMTP_URL to yours and start Regulars again."
    if sender is None:
        return "Say first who your letters come from: a name, an e-mail address and your postal address."
    if sender.accepted_at is None and not post.is_caught:
        return f"Look first at what the records of the domain of {sender.email} say, and confirm that you have."
    return ""


def _check(wish: Wish) -> None:
    if not SHORTEST_DELAY <= wish.delay_minutes <= LONGEST_DELAY:
        raise BadRequest("Wait between 15 minutes and 7 days before reminding somebody.")
    if wish.quiet_from not in HOURS or wish.quiet_until not in HOURS:
        raise BadRequest("Quiet hours begin and end at a full hour between 0 and 23.")
    if wish.control_percent not in CONTROLS:
        raise BadRequest("Leave between 0 and 50 in a hundred people alone.")
    if wish.language not in LANGUAGES:
        raise BadRequest("The language is English (en) or German (de).")


def _begin_or_end_comparing(campaign: Campaign) -> None:
    """Keep from when until when one share held: people drawn at different odds are not to be compared."""
    if campaign.control_percent:
        campaign.control_since, campaign.control_until = func.regulars_now(), None
    else:
        campaign.control_until = func.regulars_now()


def _held(session: Session, shop_id: int) -> Campaign:
    campaign = find_campaign(session, shop_id)
    if campaign is None:
        raise NotFound("The campaign has not been opened yet.")
    session.refresh(campaign, with_for_update=True)
    return campaign
