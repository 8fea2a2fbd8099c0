"""What somebody we know would be shown now, and why: the same for the merchant's page and for their own."""

from sqlalchemy.orm import Session

from app.errors import Unavailable
from app.profiles.profile import Profile
from app.serving.recommend import HOME, Answer, Ask, nothing
from app.serving.visit import STRANGER, Visit, visit_of_customer
from app.wiring import Wiring


def visit_of(session: Session, shop_id: int, profile: Profile, *, is_unasked_allowed: bool) -> Visit:
    """Return what may be used of a person when they stand in front of a shelf; a stranger where nothing may."""
    if not profile.standing.personal.is_allowed or not profile.who.customers:
        return STRANGER
    known = [one.external_id for one in profile.accounts]
    customer = known[0] if known else min(profile.who.customers)
    return visit_of_customer(session, shop_id, customer, is_unasked_allowed=is_unasked_allowed)


def picks_for(wiring: Wiring, shop_id: int, visit: Visit, limit: int) -> Answer:
    """Return what the home page would show; nothing while the shop cannot be seen."""
    try:
        return wiring.shelves.of(shop_id).recommend(Ask(placement=HOME, visit=visit, limit=limit))
    except Unavailable:
        return nothing(HOME)
