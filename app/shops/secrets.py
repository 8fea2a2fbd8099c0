"""Secrets that a shop shares with us, encrypted at rest (AES-256-GCM under a key derived from SECRET_KEY).

Shop and kind are bound to the ciphertext, so that a row moved to another shop does not open. Adding a secret retires
the earlier ones a day later: both hold during rotation.
"""

import hashlib
import os
from datetime import timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from app.errors import BadRequest, SettingsError
from app.models import ShopSecret

WEBHOOK = "webhook"
CLIENT = "client"  # of the shop's own app at its platform
OVERLAP = timedelta(days=1)
NONCE_BYTES = 12
SHORTEST, LONGEST = 16, 500  # bytes of a secret that a person brought


def check_secret(value: str) -> bytes:
    """Return a secret that a person brought, as bytes. Raises BadRequest."""
    if not SHORTEST <= len(value.encode()) <= LONGEST:
        raise BadRequest(f"A webhook secret has between {SHORTEST} and {LONGEST} characters.")
    return value.encode()


def add_secret(session: Session, shop_id: int, kind: str, value: bytes, *, secret_key: str) -> None:
    """Keep a secret; earlier ones of its kind hold for one more day."""
    now = func.clock_timestamp()
    earlier = (ShopSecret.shop_id == shop_id, ShopSecret.kind == kind, ShopSecret.retires_at.is_(None))
    session.execute(update(ShopSecret).where(*earlier).values(retires_at=now + OVERLAP))
    key_id, ciphertext = seal(value, shop_id, kind, secret_key)
    session.add(ShopSecret(shop_id=shop_id, kind=kind, key_id=key_id, ciphertext=ciphertext))
    session.flush()


def current_secrets(session: Session, shop_id: int, kind: str, *, secret_key: str) -> list[bytes]:
    """Return the secrets that hold now, newest first. Raises SettingsError when SECRET_KEY is not what it was."""
    holds = or_(ShopSecret.retires_at.is_(None), ShopSecret.retires_at > func.clock_timestamp())
    rows = session.execute(
        select(ShopSecret)
        .where(ShopSecret.shop_id == shop_id, ShopSecret.kind == kind, holds)
        .order_by(ShopSecret.id.desc())
    ).scalars()
    return [unseal((row.key_id, row.ciphertext), shop_id, kind, secret_key) for row in rows]


def seal(value: bytes, shop_id: int, kind: str, secret_key: str) -> tuple[str, bytes]:
    """Encrypt a value of a shop; return which key did it, and the ciphertext."""
    key_id, key = _key(secret_key)
    nonce = os.urandom(NONCE_BYTES)
    return key_id, nonce + AESGCM(key).encrypt(nonce, value, _bound_to(shop_id, kind))


def unseal(sealed: tuple[str, bytes], shop_id: int, kind: str, secret_key: str) -> bytes:
    """Return what `seal` was given. Raises SettingsError when SECRET_KEY is not what it was."""
    key_id, ciphertext = sealed
    known_id, key = _key(secret_key)
    sentence = "SECRET_KEY: a stored secret was encrypted with another key. Set SECRET_KEY back to what it was."
    if key_id != known_id:
        raise SettingsError(sentence)
    try:
        return AESGCM(key).decrypt(ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:], _bound_to(shop_id, kind))
    except InvalidTag:
        raise SettingsError(sentence) from None


def _bound_to(shop_id: int, kind: str) -> bytes:
    return f"{shop_id}:{kind}".encode()


def _key(secret_key: str) -> tuple[str, bytes]:
    key = HKDF(SHA256(), 32, salt=None, info=b"regulars shop secrets").derive(secret_key.encode())
    return hashlib.sha256(key).hexdigest()[:12], key
