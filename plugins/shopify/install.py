"""How Shopify lets us into a shop: a session token or a code becomes a token that ends in an hour, and is renewed.

All of it is one address at the shop with four grants. Each answer brings a pair: what opens the API, and what renews
the pair. What renewed it once lives only until its successor is first used, so whoever calls `renew` keeps the answer
before using it, and is alone in it (`Access` is opened by one process at a time).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from plugins.errors import BadSignature, Malformed, PlatformError, Refused, Unreachable, WrongAddress
from plugins.http import Client, Reply
from plugins.shopify.library import permission_url
from plugins.shopify.query_hmac import check_query
from plugins.shopify.scopes import SCOPES
from plugins.shopify.session_token import STALE, Visit
from plugins.talking import Access, App, Credentials

TOKEN, REFRESH = "access_token", "refresh_token"  # as Shopify calls them, and as the credentials keep them
TYPE = "urn:ietf:params:oauth:token-type:id_token"
OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
HOUR, QUARTER = timedelta(hours=1), timedelta(days=90)  # where an answer forgets to say
LONGEST_CODE = 500
CALLBACK = "/install/shopify/callback"

NO_APP = "This server has no app at Shopify yet. Set one up under Connection, then connect again."
LAPSED = "Shopify no longer renews the permission to reach this shop. Open Regulars in the Shopify admin once."
NOT_OURS = "Shopify does not know the app by this client id and secret. Copy both again from the app's settings there."
CODE_USED = "Shopify does not take this answer any more. Connect again from your shop's page."


def begin_install(address: str, app: App, state: str) -> str:
    """Return where a merchant says yes to an app that is not opened inside the admin."""
    return permission_url(address, _known(app).client_id, tuple(SCOPES), app.base_url + CALLBACK, state)


def state_of(answer: Mapping[str, str]) -> str:
    """Return the state an answer carries."""
    return answer.get("state", "")


def finish_install(answer: Mapping[str, str], address: str, app: App, client: Client) -> Credentials:
    """Turn the code Shopify's answer carries into credentials, at this very shop.

    The code is one-time and short-lived, and so is the state, so the answer's age is not looked at. Its signed time is
    the one the hour is counted from: it is a little early, never late.
    """
    check_query(answer, _known(app).client_secrets, None)
    code, stamp = answer.get("code", ""), answer.get("timestamp", "")
    if answer.get("shop") != address:
        raise WrongAddress("Another shop said yes than the one you wanted to connect. Sign in to the right one first.")
    if not (0 < len(code) <= LONGEST_CODE and stamp.isdecimal() and len(stamp) < 12):
        raise BadSignature(CODE_USED)
    reply = _ask(client, address, app, {"code": code, "expiring": "1"})
    return _credentials(reply, datetime.fromtimestamp(int(stamp), UTC), CODE_USED)


def exchange_session_token(visit: Visit, app: App, client: Client, now: datetime) -> Credentials:
    """Turn a proven session token into what opens its shop's API when nobody is there.

    Raises BadSignature where Shopify wants a fresher one, Refused, Unreachable.
    """
    asked = {"subject_token": visit.token, "subject_token_type": TYPE}
    reply = _ask(client, visit.shop, app, {**asked, **_offline()})
    if "invalid_subject_token" in _fault(reply):
        raise BadSignature(STALE)
    return _credentials(reply, now, NOT_OURS)


def renew(access: Access) -> Credentials:
    """Return a fresh pair for one that ends, or for a token that never ended. Raises Refused, Unreachable."""
    refresh = access.credentials.secrets.get(REFRESH)
    if refresh is None:
        return migrate_permanent(access)
    asked = {"grant_type": REFRESH, REFRESH: refresh}
    reply = _ask(access.client, access.address, access.app, asked)
    return _credentials(reply, access.now(), LAPSED)


def migrate_permanent(access: Access) -> Credentials:
    """Turn a token that never ends into a pair that does. There is no way back: the old one ends with it."""
    asked = {"subject_token": access.credentials.secrets[TOKEN], "subject_token_type": OFFLINE}
    reply = _ask(access.client, access.address, access.app, {**asked, **_offline()})
    return _credentials(reply, access.now(), LAPSED)


def _offline() -> dict[str, str]:
    return {"grant_type": EXCHANGE, "requested_token_type": OFFLINE, "expiring": "1"}


def _known(app: App) -> App:
    if not (app.client_id and app.client_secrets):
        raise Refused(NO_APP)
    return app


def _ask(client: Client, address: str, app: App, asked: Mapping[str, str]) -> Reply:
    ours = {"client_id": _known(app).client_id, "client_secret": app.client_secrets[0].decode()}
    return client.ask("POST", f"https://{address}/admin/oauth/access_token", json={**ours, **asked})


def _fault(reply: Reply) -> str:
    """Return Shopify's own short name of what is wrong, or nothing."""
    if reply.status == 200 or reply.status >= 500:
        return ""
    try:
        told = reply.json()
    except PlatformError:
        return ""
    return str(told.get("error", ""))[:100] if isinstance(told, dict) else ""


def _credentials(reply: Reply, now: datetime, refused: str) -> Credentials:
    _check(reply, refused)
    told = reply.json()
    token = told.get(TOKEN) if isinstance(told, dict) else None
    if not isinstance(token, str) or not token:
        raise Malformed("Shopify's answer holds no permission to reach the shop. Connect again.")
    refresh = told.get(REFRESH)
    if not isinstance(refresh, str) or not refresh:  # a custom app that has not been moved to ending ones
        return Credentials(secrets={TOKEN: token}, scopes=_scopes(told.get("scope")))
    return Credentials(
        secrets={TOKEN: token, REFRESH: refresh},
        scopes=_scopes(told.get("scope")),
        expires_at=now + _seconds(told.get("expires_in"), HOUR),
        renewable_until=now + _seconds(told.get("refresh_token_expires_in"), QUARTER),
    )


def _check(reply: Reply, refused: str) -> None:
    if reply.status == 200:
        return
    if reply.status == 404:
        raise WrongAddress("There is no shop at this address at Shopify. Check the address, and connect again.")
    if 400 <= reply.status < 500:
        raise Refused(NOT_OURS if "client" in _fault(reply) else refused)
    raise Unreachable("Shopify has trouble of its own right now. Regulars keeps trying.")


def _scopes(told: object) -> tuple[str, ...]:
    words: Sequence[str] = told.split(",") if isinstance(told, str) else ()
    return tuple(sorted({word.strip() for word in words if word.strip()}))


def _seconds(told: Any, usual: timedelta) -> timedelta:
    is_number = isinstance(told, int | float) and not isinstance(told, bool) and 0 < told < 10**9
    return timedelta(seconds=told) if is_number else usual
