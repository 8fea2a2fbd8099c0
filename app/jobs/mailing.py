"""One message on its way out: asked again, its letter written, and the row written `sending`, in one transaction.

Writing a letter takes no network and some milliseconds, so it happens inside: what the letter shows is what was asked,
and a worker that dies over a letter has handed nothing over.
"""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import consent
from app.jobs import letters
from app.jobs.sender import sign
from app.messaging import links, outbox, recheck
from app.messaging.envelope import BadAddress, Envelope, Label, compose
from app.messaging.letter import BadLetter, Content, Letter, write_letter
from app.messaging.outbox import Claimed, Going, Later
from app.messaging.recheck import Case
from app.messaging.texts import Texts
from app.models import Campaign, Cart, Defer, MailSender, Note, Shop, Skip
from app.serving.snapshot import Snapshot
from app.wiring import Wiring

NO_SENDER_WAIT = timedelta(minutes=15)


def prepare(wiring: Wiring, session: Session, shop_id: int, one: Claimed, snapshot: Snapshot | None) -> Envelope | None:
    """Decide about a claimed message and write the decision down; an envelope only if it goes now.

    The person's addresses are locked before the row, the one planned for and the one the cart names now: whoever
    forgets or unsubscribes them takes the same way round. The campaign is held too: once it is off, nothing goes.
    """
    named = (Cart.shop_id == shop_id, Cart.external_id == one.cart_external_id)
    consent.hold_addresses(session, shop_id, {one.email, session.scalar(select(Cart.email).where(*named)) or one.email})
    held = outbox.hold(session, shop_id, one)
    if held is None:
        return None
    message, at = held
    campaign = session.get_one(Campaign, (shop_id, message.campaign_id), with_for_update={"read": True})
    cart = session.query(Cart).filter_by(shop_id=shop_id, external_id=one.cart_external_id).one_or_none()
    case = Case(message, campaign, session.get_one(Shop, shop_id), cart, at)
    answer = _why_not(wiring, session, case)
    if answer is None:
        return _write(wiring, session, case, one, snapshot)
    if isinstance(answer, Later):
        outbox.defer(
            session, shop_id, one, answer, cart_version_at=cart.version_at if cart else message.cart_version_at
        )
    else:
        outbox.skip(session, shop_id, one, answer)
    return None


def _why_not(wiring: Wiring, session: Session, case: Case) -> Skip | Later | None:
    """Ask everything again; of a test only whether there is a cart to show and somebody to write as."""
    is_test = case.message.is_test
    answer = None if is_test else recheck.ask_again(session, case)
    if answer is not None:
        return answer
    if case.cart is None:
        return Skip.CART_DELETED
    sender = session.get(MailSender, case.shop.id)
    is_fit = sender is not None and (is_test or sender.accepted_at is not None or wiring.settings.is_mail_caught)
    return None if is_fit else Later(reason=Defer.NO_SENDER, until=case.at + NO_SENDER_WAIT)


def _write(wiring: Wiring, session: Session, case: Case, one: Claimed, snapshot: Snapshot | None) -> Envelope | None:
    shop, cart, campaign = case.shop, case.left_cart, case.campaign
    filled, pieces = letters.fill(session, shop, cart, snapshot, language=campaign.language)
    if not pieces and not one.is_test:
        outbox.skip(session, shop.id, one, Skip.NOTHING_LEFT)
        return None
    email = one.email if one.is_test else case.email
    if case.message.is_control and not one.is_test:  # the last question, so that both sides have passed all others
        case.message.email, case.message.customer_external_id = (
            email,
            cart.customer_external_id,
        )  # as of who is sent one
        outbox.skip(session, shop.id, one, Skip.CONTROL_GROUP)
        return None
    filled = _with_links(wiring, session, case, filled, email)
    try:
        letter = write_letter(Texts(campaign.subject, campaign.preheader, campaign.text), filled)
        envelope = _seal(session, case, letter, filled.unsubscribe_url, email)
        envelope = sign(session, session.get_one(MailSender, shop.id), envelope, wiring.settings.secret_key)
    except (BadLetter, BadAddress) as error:
        reason = Note.UNREADABLE if isinstance(error, BadLetter) else Note.ADDRESS_DEAD
        outbox.fail_unsent(session, shop.id, one, reason, str(error))
        return None
    going = Going(
        email=email,
        message_key=envelope.message_key,
        subject=letter.subject,
        content=letters.as_kept(filled, pieces),
        cart_version_at=cart.version_at,
        customer_external_id=cart.customer_external_id,
    )
    return envelope if outbox.write_sending(session, shop.id, one, going) else None


def _with_links(wiring: Wiring, session: Session, case: Case, filled: Content, email: str) -> Content:
    cart = case.left_cart
    target = links.Target(
        message_id=case.message.id,
        email=email,
        customer_external_id=cart.customer_external_id,
        cart_external_id=cart.external_id,
    )

    def link(purpose: str) -> str:
        token = links.make_link(session, case.shop.id, purpose, target)
        return links.address(wiring.settings.base_url, case.shop.public_key, purpose, token)

    return replace(
        filled,
        recover_url=link(links.RECOVER),
        unsubscribe_url=link(links.UNSUBSCRIBE),
        data_url=link(links.DATA),
    )


def _seal(session: Session, case: Case, letter: Letter, unsubscribe_url: str, email: str) -> Envelope:
    sender = session.get_one(MailSender, case.shop.id)
    label = Label(
        sender_name=sender.name,
        sender_email=sender.email,
        to=email,
        message_key=uuid4().hex,
        unsubscribe_url=unsubscribe_url,
        language=case.campaign.language,
        shop_slug=case.shop.slug,
        sent_at=case.at,
    )
    return compose(letter, label)
