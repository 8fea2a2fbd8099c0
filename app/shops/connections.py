"""A shop's connection to its platform: what opens its API, sealed, and how it stands.

Credentials are one sealed JSON, bound to the shop. Who renews them claims the row first (`claim_renewal`): a renewal
ends the credentials it began with, and of two at once one would be left holding the dead ones.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import Connection, ConnectionState, Shop
from app.settings import Settings
from app.shops.secrets import CLIENT, current_secrets, seal, unseal
from plugins.errors import Refused
from plugins.talking import App, Credentials

SEALED_KIND = "credentials"
SHARED = "shopify"  # the platform at which one app of ours may serve many shops
RENEWING_SECONDS = 90.0  # longer than the client waits for any answer
LONGEST_TROUBLE = 500
NOT_CONNECTED = "This shop is not connected to its platform. Connect it under Connection."

FIND = text("""
    UPDATE connections SET found = found || jsonb_build_object(CAST(:look AS text), CAST(:found AS jsonb))
    WHERE shop_id = :shop_id
""")


def connection_of(session: Session, shop_id: int) -> Connection | None:
    """Return a shop's connection, as it stands now."""
    return session.get(Connection, shop_id, populate_existing=True)


def prepare(session: Session, shop_id: int, client_id: str = "") -> Connection:
    """Make room for a connection, through the shop's own app where one is named. What is connected stays connected."""
    fresh = insert(Connection).values(shop_id=shop_id, state=ConnectionState.NEW, client_id=client_id)
    session.execute(fresh.on_conflict_do_nothing())
    row = session.get_one(Connection, shop_id, with_for_update=True, populate_existing=True)
    if row.state == ConnectionState.GONE:
        row.state = ConnectionState.NEW
    if client_id:
        row.client_id = client_id
    session.flush()
    return row


def keep_credentials(
    session: Session, shop_id: int, credentials: Credentials, *, secret_key: str, now: datetime, is_anew: bool = False
) -> Connection:
    """Keep what opens the shop's API. The shop is connected from now on, and one that had left is back.

    is_anew: a person has just connected it, so a word of its leaving that is older than this is over.
    """
    row = prepare(session, shop_id)
    sealed = json.dumps(dict(credentials.secrets)).encode()
    row.key_id, row.credentials = seal(sealed, shop_id, SEALED_KIND, secret_key)
    row.scopes = list(credentials.scopes)
    row.expires_at, row.renewable_until = credentials.expires_at, credentials.renewable_until
    if is_anew or row.connected_at is None:
        row.connected_at = now
    row.state, row.renewed_at, row.claimed_until = ConnectionState.CONNECTED, now, None
    row.trouble, row.trouble_at = "", None
    session.execute(update(Shop).where(Shop.id == shop_id).values(uninstalled_at=None))
    session.flush()
    return row


def credentials_of(row: Connection | None, secret_key: str) -> Credentials:
    """Return what opens the shop's API. Raises Refused where nothing does."""
    if row is None or row.credentials is None or row.state in (ConnectionState.NEW, ConnectionState.GONE):
        raise Refused(NOT_CONNECTED)
    sealed = (row.key_id, row.credentials)
    return Credentials(
        secrets=json.loads(unseal(sealed, row.shop_id, SEALED_KIND, secret_key)),
        scopes=tuple(row.scopes),
        expires_at=row.expires_at,
        renewable_until=row.renewable_until,
    )


def claim_renewal(session: Session, shop_id: int) -> datetime | None:
    """Claim the renewing of a shop's credentials; return until when it is ours, None while somebody else's."""
    return session.execute(
        update(Connection)
        .where(
            Connection.shop_id == shop_id,
            Connection.credentials.is_not(None),
            or_(Connection.claimed_until.is_(None), Connection.claimed_until < func.clock_timestamp()),
        )
        .values(claimed_until=func.clock_timestamp() + timedelta(seconds=RENEWING_SECONDS))
        .returning(Connection.claimed_until)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()


def holds_claim(session: Session, shop_id: int, claim: datetime) -> bool:
    """Lock the connection and tell whether a claim is still ours: nobody took over, and nobody connected anew."""
    held = select(Connection.shop_id).where(Connection.shop_id == shop_id, Connection.claimed_until == claim)
    return session.execute(held.with_for_update()).first() is not None


def release_claim(session: Session, shop_id: int, claim: datetime) -> None:
    """Give the renewing back."""
    ours = (Connection.shop_id == shop_id, Connection.claimed_until == claim)
    session.execute(update(Connection).where(*ours).values(claimed_until=None))


def note_trouble(session: Session, shop_id: int, sentence: str, *, needs_person: bool) -> None:
    """Keep what is wrong, in a sentence for the merchant. Passing trouble does not cover what needs a person."""
    row = session.get(Connection, shop_id, with_for_update=True, populate_existing=True)
    if row is None or row.state in (ConnectionState.NEW, ConnectionState.GONE):
        return
    if row.state == ConnectionState.BROKEN and not needs_person:
        return
    if row.trouble != sentence[:LONGEST_TROUBLE]:  # it began when it was first said
        row.trouble, row.trouble_at = sentence[:LONGEST_TROUBLE], session.scalar(select(func.clock_timestamp()))
    if needs_person:
        row.state = ConnectionState.BROKEN
    session.flush()


def note_well(session: Session, shop_id: int) -> None:
    """Note that the platform answered as it should: whatever trouble there was is over."""
    troubled = (Connection.shop_id == shop_id, Connection.trouble != "", Connection.credentials.is_not(None))
    well = {"state": ConnectionState.CONNECTED, "trouble": "", "trouble_at": None}
    session.execute(update(Connection).where(*troubled).values(well))


def note_found(session: Session, shop_id: int, look: str, found: Mapping[str, object]) -> None:
    """Keep what the last look of a kind found, in place of what the one before did."""
    session.execute(FIND, {"shop_id": shop_id, "look": look, "found": json.dumps(dict(found))})


def mark_gone(session: Session, shop_id: int) -> None:
    """Destroy what opened the shop's API. The app's own secret stays: the platform signs its last words with it."""
    left: dict[str, object] = {
        "state": ConnectionState.GONE,
        "credentials": None,
        "key_id": "",
        "scopes": [],
        "claimed_until": None,
    }
    moments = dict.fromkeys(("expires_at", "renewable_until", "connected_at", "trouble_at"))
    session.execute(update(Connection).where(Connection.shop_id == shop_id).values(**left, **moments, trouble=""))


def app_of(session: Session, shop: Shop, settings: Settings) -> App:
    """Return who we are to this shop's platform: the shop's own app, else the one this installation runs for many."""
    return own_app(session, shop.id, settings) or installations_app(shop.platform, settings)


def own_app(session: Session, shop_id: int, settings: Settings) -> App | None:
    """Return the app that belongs to this shop alone, if it brought one."""
    client_id = session.scalar(select(Connection.client_id).where(Connection.shop_id == shop_id))
    if not client_id:
        return None
    secrets = current_secrets(session, shop_id, CLIENT, secret_key=settings.secret_key)
    return App(client_id=client_id, client_secrets=tuple(secrets), base_url=settings.base_url)


def installations_app(platform: str, settings: Settings) -> App:
    """Return who this installation is to all shops of a platform; without a client id where that takes none."""
    if platform != SHARED:
        return App(base_url=settings.base_url)
    return App(
        client_id=settings.shopify_client_id,
        client_secrets=tuple(one.encode() for one in settings.shopify_client_secret.split()),
        base_url=settings.base_url,
    )
