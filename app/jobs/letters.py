"""What goes into a reminder: the cart from its rows, recommendations from the shelf, all of it as plain values."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.errors import NotFound, Unavailable
from app.messaging import content
from app.messaging.content import Piece, money
from app.messaging.letter import Content, Letter, Thing, write_letter
from app.messaging.texts import Texts
from app.models import Campaign, Cart, Customer, MailSender, Shop
from app.serving.recommend import CART, Ask, recommend
from app.serving.snapshot import Snapshot
from app.serving.visit import STRANGER, Visit, visit_of_customer
from app.serving.words import reason_words
from app.translations import LANGUAGES
from app.wiring import Wiring

RECOMMENDED = 3
NO_LINK = "#"


def find_cart(session: Session, shop_id: int, cart_external_id: str) -> Cart:
    """Return a cart. Raises NotFound."""
    cart = session.query(Cart).filter_by(shop_id=shop_id, external_id=cart_external_id).one_or_none()
    if cart is None:
        raise NotFound("This cart is not known here any more.")
    return cart


def beside(
    session: Session, snapshot: Snapshot | None, cart: Cart, pieces: Sequence[Piece], language: str
) -> tuple[Thing, ...]:
    """Return three things that go with a cart, with their reasons; fewer where the shop has no more.

    What is known of a customer is used only if they may be personalized for. All of it from memory but that.
    """
    if snapshot is None:
        return ()
    context = tuple(dict.fromkeys(one.item_id for one in pieces if one.item_id is not None))
    answer = recommend(snapshot, Ask(CART, _visit(session, cart), RECOMMENDED, context))
    return tuple(
        Thing(
            shown.good.title,
            shown.good.url,
            shown.good.image_url,
            "" if shown.good.price_minor is None else money(shown.good.price_minor, shown.good.currency, language),
            reason=reason_words(shown, language),
        )
        for shown in answer.items
    )


def shelf_of(wiring: Wiring, shop_id: int) -> Snapshot | None:
    """Return the shop's shelf as it stands; None when it cannot be seen: a letter goes out without it."""
    try:
        return wiring.shelves.of(shop_id).snapshot()
    except Unavailable:
        return None


def fill(
    session: Session, shop: Shop, cart: Cart, snapshot: Snapshot | None, *, language: str
) -> tuple[Content, list[Piece]]:
    """Return what a letter about a cart shows, its links still empty, and the lines that can still be had."""
    lines = content.pieces_of(session, shop.id, cart.external_id)
    pieces = [one for one in lines if one.is_available]
    sender = session.get(MailSender, shop.id)
    filled = Content(
        shop_name=shop.name,
        shop_url=shop.origins[0] if shop.origins else "",
        language=language,
        first_name=content.first_name_of(session, shop.id, cart.customer_external_id, cart.email or ""),
        items=content.things(pieces, language),
        total=content.total(pieces, language),
        recommendations=beside(session, snapshot, cart, lines, language),
        recover_url=NO_LINK,
        unsubscribe_url=NO_LINK,
        data_url=NO_LINK,
        postal_address=sender.postal_address if sender else "",
    )
    return filled, pieces


def preview(
    wiring: Wiring, shop_id: int, cart_external_id: str, texts: Texts, *, language: str | None = None
) -> Letter:
    """Write a letter for a real cart as it would go out now; its links lead nowhere.

    Raises NotFound, and BadLetter where a text breaks.
    """
    snapshot = shelf_of(wiring, shop_id)
    with wiring.db.of_shop(shop_id) as session:
        shop, cart = session.get_one(Shop, shop_id), find_cart(session, shop_id, cart_external_id)
        filled, _ = fill(session, shop, cart, snapshot, language=language or _language(session, shop_id))
    return write_letter(texts, filled)


def as_kept(filled: Content, pieces: Sequence[Piece]) -> dict[str, object]:
    """Return what is kept of a letter's content: which things it showed, and why."""
    return {
        "items": [
            {"item": one.item_external_id, "title": one.title, "quantity": one.quantity, "price": thing.price}
            for one, thing in zip(pieces, filled.items, strict=True)
        ],
        "recommendations": [
            {"title": thing.title, "url": thing.url, "price": thing.price, "reason": thing.reason}
            for thing in filled.recommendations
        ],
        "total": filled.total,
    }


def _visit(session: Session, cart: Cart) -> Visit:
    """Return what may be used for a letter: of the account only what goes to the account's own address."""
    account = session.query(Customer).filter_by(shop_id=cart.shop_id, external_id=cart.customer_external_id).first()
    if cart.customer_external_id is None or (account and account.email not in (None, cart.email)):
        return STRANGER
    allowed = session.get_one(Shop, cart.shop_id).learns_from_imported
    return visit_of_customer(session, cart.shop_id, cart.customer_external_id, is_unasked_allowed=allowed)


def _language(session: Session, shop_id: int) -> str:
    campaign = session.query(Campaign).filter_by(shop_id=shop_id).one_or_none()
    return campaign.language if campaign else LANGUAGES[0]
