"""Session tokens: of whom, of which shop, and until when; forged, foreign, half and late ones."""

import base64
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from shopify import session_token as theirs

from plugins.errors import BadSignature
from plugins.shopify.session_token import claimed_shop, read_session_token

NOW = datetime.now(UTC).replace(microsecond=0)  # their library asks the machine's clock
SHOP = "harbour-tea.myshopify.com"
KEY, SECRET, NEXT = (
    "client-id",
    b"a-client-secret-of-48-bytes-as-longer-algorithms-ask",
    b"the-next-secret-of-48-bytes-as-longer-algorithms-ask",
)


def claims(**changes):
    told = {
        "iss": f"https://{SHOP}/admin",
        "dest": f"https://{SHOP}",
        "aud": KEY,
        "sub": "42",
        "exp": int(NOW.timestamp()) + 60,
        "nbf": int(NOW.timestamp()),
        "iat": int(NOW.timestamp()),
        "jti": "j1",
        "sid": "s1",
        **changes,
    }
    return {name: value for name, value in told.items() if value is not None}


def token(secret=SECRET, algorithm="HS256", **changes):
    return jwt.encode(claims(**changes), secret, algorithm)


def read(text, *, secrets=(SECRET,), now=NOW):
    return read_session_token(text, KEY, secrets, now)


def test_a_sound_token_says_who_and_where():
    visit = read(token())

    assert (visit.shop, visit.user, visit.ends_at) == (SHOP, "42", NOW + timedelta(seconds=60))
    assert token() not in repr(visit)


def test_either_secret_of_a_rotation_may_have_signed():
    assert read(token(NEXT), secrets=(NEXT, SECRET)).shop == SHOP
    assert read(token(SECRET), secrets=(NEXT, SECRET)).shop == SHOP


def unsigned(algorithm):
    parts = [{"alg": algorithm, "typ": "JWT"}, claims()]
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join(texts) + "."


EVIL = "evil.example"
BAD = {
    "nothing": "",
    "no token": "not.a.token",
    "too long": token(filler="x" * 5000),
    "unsigned": unsigned("none"),
    "signed by nobody": unsigned("HS256"),
    "another secret": token(NEXT),
    "another algorithm": token(algorithm="HS384"),
    "another app's": token(aud="another-app"),
    "of two apps": token(aud=[KEY, "another-app"]),
    "without an app": token(aud=None),
    "without an end": token(exp=None),
    "without a beginning": token(nbf=None),
    "without a shop": token(dest=None),
    "without an issuer": token(iss=None),
    "without a person": token(sub=None),
    "without a number": token(jti=None),
    "no end": token(exp="never"),
    "true end": token(exp=True),
    "a person with tricks": token(sub="42' or 1=1"),
    "another shop than its issuer": token(dest="https://other.myshopify.com"),
    "no shop at Shopify": token(dest=f"https://{EVIL}", iss=f"https://{EVIL}/admin"),
    "looks like a shop": token(dest=f"https://{SHOP}.{EVIL}", iss=f"https://{SHOP}.{EVIL}/admin"),
    "a shop before an @": token(dest=f"https://{SHOP}@{EVIL}", iss=f"https://{SHOP}@{EVIL}/admin"),
    "a shop with a port": token(dest=f"https://{SHOP}:8443", iss=f"https://{SHOP}:8443/admin"),
    "not by https": token(dest=f"http://{SHOP}", iss=f"http://{SHOP}/admin"),
    "over": token(exp=int(NOW.timestamp()) - 11),
    "not yet": token(nbf=int(NOW.timestamp()) + 12),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_token_is_refused_in_the_same_words(name):
    with pytest.raises(BadSignature, match="Reload the page"):
        read(BAD[name])


def test_without_a_secret_nothing_is_taken():
    with pytest.raises(BadSignature):
        read(token(), secrets=())


def test_a_few_seconds_between_clocks_are_forgiven():
    assert read(token(), now=NOW + timedelta(seconds=69)).user == "42"
    assert read(token(), now=NOW - timedelta(seconds=9)).user == "42"
    with pytest.raises(BadSignature):
        read(token(), now=NOW + timedelta(seconds=71))


def test_the_claimed_shop_is_read_without_proof_and_never_badly():
    assert claimed_shop(token(NEXT)) == SHOP
    assert {claimed_shop(BAD[name]) for name in ("nothing", "no token", "without a shop", "looks like a shop")} == {""}


def theirs_takes(text):
    try:
        theirs.decode_from_header(f"Bearer {text}", KEY, SECRET.decode())
    except (theirs.SessionTokenError, ValueError):
        return False
    return True


def test_whatever_shopifys_own_library_refuses_is_refused():
    assert theirs_takes(token(exp=int(NOW.timestamp()) + 3600))  # it asks the machine's clock, which has gone on
    for name, text in BAD.items():
        with pytest.raises(BadSignature):
            read(text)
        if name == "without an end":
            assert theirs_takes(text)  # which is why the end is asked for here
