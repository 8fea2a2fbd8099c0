"""The fake's tokens: granted for a code or a session token, ending after an hour, renewed once, and migrated.

As at Shopify a used refresh token lives until its replacement is first used, and so does the access token beside it.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import jwt

from tests.plugins.shopify.fake.shop import FakeShop

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
LIFE = timedelta(hours=1)
RENEWABLE = timedelta(days=90)


@dataclass
class Pair:
    """What was granted once."""

    shop: str
    access: str
    refresh: str = ""  # empty: a permanent token
    ends_at: datetime | None = None
    renewable_until: datetime | None = None
    before: "Pair | None" = None  # the one that was renewed; it dies when this one is first used
    is_dead: bool = False


@dataclass
class Tokens:
    """Who may open what."""

    client_id: str
    client_secrets: list[str]  # newest first
    pairs: list[Pair] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)  # code -> shop

    def opens(self, token: str, shop: FakeShop, now: datetime) -> bool:
        """Tell whether an access token opens a shop, and note that it was used."""
        pair = next((one for one in self.pairs if one.access == token and one.shop == shop.domain), None)
        if pair is None or pair.is_dead or not shop.is_installed or (pair.ends_at is not None and now >= pair.ends_at):
            return False
        self._used(pair)
        return True

    def grant(self, shop: FakeShop, now: datetime, *, is_expiring: bool = True, before: Pair | None = None) -> Pair:
        """Make a new pair."""
        pair = Pair(shop=shop.domain, access=f"shpat_{secrets.token_hex(16)}", before=before)
        if is_expiring:
            pair.refresh = f"shprt_{secrets.token_hex(16)}"
            pair.ends_at, pair.renewable_until = now + LIFE, now + RENEWABLE
        self.pairs.append(pair)
        return pair

    def answer(self, asked: dict[str, Any], shop: FakeShop, now: datetime) -> tuple[int, dict[str, Any]]:
        """Answer a POST to /admin/oauth/access_token."""
        known = asked.get("client_id") == self.client_id and asked.get("client_secret") in self.client_secrets
        if not known or not shop.is_installed:
            return 401, {"error": "invalid_client", "error_description": "Client authentication failed"}
        kind = asked.get("grant_type")
        if kind == EXCHANGE:
            return self._exchange(asked, shop, now)
        if kind == "refresh_token":
            return self._refresh(str(asked.get("refresh_token", "")), shop, now)
        if kind is None and self.codes.pop(str(asked.get("code", "")), None) == shop.domain:
            return self._told(self.grant(shop, now, is_expiring=str(asked.get("expiring", "0")) == "1"), shop, now)
        return 400, {"error": "invalid_request", "error_description": "The authorization code was not found"}

    def session_token(self, shop: str, now: datetime, **changes: Any) -> str:
        """Return what App Bridge gives a page inside Shopify's admin."""
        seconds = int(now.timestamp())
        told = {
            "iss": f"https://{shop}/admin",
            "dest": f"https://{shop}",
            "aud": self.client_id,
            "sub": "42",
            "exp": seconds + 60,
            "nbf": seconds,
            "iat": seconds,
            "jti": secrets.token_hex(8),
            "sid": secrets.token_hex(8),
        }
        kept = {name: value for name, value in (told | changes).items() if value is not None}
        return jwt.encode(kept, self.client_secrets[0], algorithm="HS256")

    def callback(self, shop: str, state: str, now: datetime) -> dict[str, str]:
        """Return what Shopify sends a merchant's browser back with, signed, once they said yes."""
        code = secrets.token_hex(16)
        self.codes[code] = shop
        host = base64.b64encode(f"admin.shopify.com/store/{shop.partition('.')[0]}".encode()).decode().rstrip("=")
        return self.signed({"code": code, "host": host, "shop": shop, "state": state}, now)

    def signed(self, told: dict[str, str], now: datetime) -> dict[str, str]:
        """Sign a query as Shopify's admin does."""
        dated = told | {"timestamp": str(int(now.timestamp()))}
        text = "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in sorted(dated.items()))
        digest = hmac.new(self.client_secrets[0].encode(), text.encode(), hashlib.sha256).hexdigest()
        return dated | {"hmac": digest}

    def _used(self, pair: Pair) -> None:
        if pair.before is not None:
            pair.before.is_dead = True

    def _exchange(self, asked: dict[str, Any], shop: FakeShop, now: datetime) -> tuple[int, dict[str, Any]]:
        is_expiring = str(asked.get("expiring", "0")) == "1"
        if asked.get("requested_token_type") != OFFLINE:
            return 400, {"error": "invalid_request"}
        if asked.get("subject_token_type") == OFFLINE:
            old = next(
                (one for one in self.pairs if one.access == asked.get("subject_token") and not one.refresh), None
            )
            if old is None or old.is_dead or old.shop != shop.domain:
                return 400, {"error": "invalid_subject_token"}
            old.is_dead = True
            return self._told(self.grant(shop, now), shop, now)
        if not self._is_session(str(asked.get("subject_token", "")), shop, now):
            return 400, {"error": "invalid_subject_token"}
        return self._told(self.grant(shop, now, is_expiring=is_expiring), shop, now)

    def _is_session(self, token: str, shop: FakeShop, now: datetime) -> bool:
        for secret in self.client_secrets:
            try:
                off = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
                told = jwt.decode(token, secret, algorithms=["HS256"], audience=self.client_id, options=off)
            except jwt.InvalidTokenError:
                continue
            return told["exp"] > now.timestamp() and told["dest"] == f"https://{shop.domain}"
        return False

    def _refresh(self, refresh: str, shop: FakeShop, now: datetime) -> tuple[int, dict[str, Any]]:
        pair = next((one for one in self.pairs if refresh and one.refresh == refresh), None)
        is_late = pair is not None and pair.renewable_until is not None and now >= pair.renewable_until
        if pair is None or pair.is_dead or is_late or pair.shop != shop.domain:
            return 400, {"error": "invalid_grant", "error_description": "The refresh token is not valid"}
        self._used(pair)
        for one in self.pairs:
            one.is_dead = one.is_dead or one.before is pair  # there is one replacement, the newest
        return self._told(self.grant(shop, now, before=pair), shop, now)

    def _told(self, pair: Pair, shop: FakeShop, now: datetime) -> tuple[int, dict[str, Any]]:
        told: dict[str, Any] = {"access_token": pair.access, "scope": ",".join(sorted(shop.scopes))}
        if pair.ends_at is not None and pair.renewable_until is not None:
            told |= {
                "expires_in": int((pair.ends_at - now).total_seconds()),
                "refresh_token": pair.refresh,
                "refresh_token_expires_in": int((pair.renewable_until - now).total_seconds()),
            }
        return 200, told
