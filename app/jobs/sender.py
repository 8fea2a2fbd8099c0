"""A shop's name on its letters: the key they are signed with, made once, and what its domain's records say."""

from functools import partial

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.messaging import domain, shop_sender
from app.messaging.dkim_keys import DKIM, SELECTOR, make_key, record_of
from app.messaging.envelope import Envelope, check_address, sign_dkim
from app.models import MailSender
from app.settings import Settings, parse_smtp_url
from app.shops.secrets import add_secret, current_secrets
from app.wiring import Wiring


def look_up(wiring: Wiring, shop_id: int, email: str, texts: domain.TextRecords = domain.ask_dns) -> bool:
    """Look at the records of an address's domain and keep what is found; False when the shop's address is another.

    Raises BadAddress. The network is asked between two transactions.
    """
    with wiring.db.of_shop(shop_id) as session:
        record = record_of(signing_key(session, shop_id, wiring.settings.secret_key))
    findings = domain.check_domain(email, texts, dkim_record=record, mail_host=_mail_host(wiring.settings))
    with wiring.db.of_shop(shop_id) as session:
        return shop_sender.keep_findings(session, shop_id, email, domain.as_json(findings))


def sign(session: Session, sender: MailSender, envelope: Envelope, secret_key: str) -> Envelope:
    """Sign a letter, where its readers can check that: a signature whose key nobody finds does more harm than none."""
    if not domain.is_signed(sender.check):
        return envelope
    key = signing_key(session, sender.shop_id, secret_key)
    return sign_dkim(envelope, key, SELECTOR, check_address(sender.email).ascii_domain)


def signing_key(session: Session, shop_id: int, secret_key: str) -> bytes:
    """Return the key of a shop's signatures, as PEM; the first who asks makes it."""
    find = partial(current_secrets, session, shop_id, DKIM, secret_key=secret_key)
    if not find():
        session.execute(text("SELECT FROM shops WHERE id = :id FOR UPDATE"), {"id": shop_id})  # one maker at a time
        if not find():
            add_secret(session, shop_id, DKIM, make_key(), secret_key=secret_key)
    return find()[0]


def _mail_host(settings: Settings) -> str:
    is_real = settings.smtp_url and not settings.is_mail_caught
    return parse_smtp_url(settings.smtp_url).host if is_real else ""
