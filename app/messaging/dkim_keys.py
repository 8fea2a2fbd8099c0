"""The key with which a shop's letters are signed, and the record by which anybody can check a signature."""

import base64

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

DKIM = "dkim"  # the kind of secret
SELECTOR = "regulars"
KEY_BITS = 2048


def make_key() -> bytes:
    """Make a key, as PEM."""
    key = generate_private_key(65537, KEY_BITS)
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def record_of(key: bytes) -> str:
    """Return what stands in the domain name system at `SELECTOR._domainkey.` of the sender's domain."""
    loaded = load_pem_private_key(key, None)
    assert isinstance(loaded, RSAPrivateKey)
    public = loaded.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"
