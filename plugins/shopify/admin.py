"""Asking Shopify's Admin GraphQL. One question at a time, nobody sleeps here: who asked is told how long to wait.

Trouble has three places in an answer: the HTTP status, `errors` inside a 200 (throttling too), and `userErrors` inside
the data. Shopify's own messages may quote what was sent, so they are never repeated: codes and names of fields are.
"""

import math
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

from plugins.errors import PlatformError, Refused, Rejected, Throttled, Unreachable, WrongAddress
from plugins.http import Reply
from plugins.shopify.documents import document
from plugins.shopify.scopes import SCOPES
from plugins.shopify.version import API_VERSION
from plugins.talking import Access

Data = dict[str, Any]

TOKEN = "access_token"  # noqa: S105, what the credentials call it
LONGEST_WAIT = 600.0
LONGEST_LIST = 1800.0
SCOPE = re.compile(r"\b(?:read|write)_[a-z_]{2,40}\b")
WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,60}")

GONE = "Shopify no longer accepts Regulars' key to this shop. Open Regulars in the Shopify admin once, and it goes on."
BY_STATUS: dict[int, PlatformError] = {
    401: Refused(GONE),
    402: Refused("The shop is frozen at Shopify until its bill is paid. Pay it, then open Regulars there again."),
    403: Refused(
        "Shopify does not let Regulars read this. Open Regulars in the Shopify admin, and accept what it asks."
    ),
    404: WrongAddress("There is no shop at this address at Shopify. Check the address, and connect again."),
    423: Refused("Shopify has locked the shop. Ask Shopify's support to unlock it, then open Regulars there again."),
}


def ask(access: Access, name: str, variables: Mapping[str, Any] | None = None) -> Data:
    """Send a document of ours and return its data.

    Raises Throttled, Unreachable, Refused, Rejected, WrongAddress.
    """
    reply = access.client.ask(
        "POST",
        f"https://{access.address}/admin/api/{API_VERSION}/graphql.json",
        headers={"X-Shopify-Access-Token": access.credentials.secrets[TOKEN], "Accept": "application/json"},
        json={"query": document(name), "variables": dict(variables or {})},
    )
    return _data(_checked(reply), name)


def tell(access: Access, name: str, variables: Mapping[str, Any] | None = None) -> Data:
    """Send a mutation and return what it made. Raises Rejected, with the code, where Shopify will not do it."""
    (made,) = ask(access, name, variables).values()
    if not isinstance(made, dict):
        raise Unreachable("Shopify's answer was empty. Regulars keeps trying.")
    if faults := made.get("userErrors"):
        raise NotDone(*_named(faults[0]))
    return made


def all_nodes(access: Access, name: str) -> Iterator[list[Data]]:
    """Return the nodes of a document with one list in it, page by page.

    Nobody could go on in the middle of it later, so the short waits of a long list are waited for here.
    """
    after: str | None = None
    waited = 0.0
    while True:
        try:
            (found,) = ask(access, name, {"after": after}).values()
        except Throttled as error:
            waited += error.wait_seconds
            if waited > LONGEST_LIST:
                raise
            time.sleep(error.wait_seconds)
            continue
        yield found["nodes"]
        if not found["pageInfo"]["hasNextPage"]:
            return
        after = found["pageInfo"]["endCursor"]


class NotDone(Rejected):
    """Shopify did not accept what we sent."""

    def __init__(self, code: str, where: str) -> None:
        self.code = code
        super().__init__(f"Shopify did not accept what Regulars sent ({code} at {where}).")


def _named(fault: Data) -> tuple[str, str]:
    """Return the code and the place of a fault; a place's parts that are values rather than names are left out."""
    parts = [one for one in fault.get("field") or () if isinstance(one, str) and WORD.fullmatch(one)]
    return str(fault.get("code") or "INVALID")[:60], ".".join(parts) or "the request"


def _checked(reply: Reply) -> Data:
    if reply.status in BY_STATUS:
        known = BY_STATUS[reply.status]
        raise type(known)(str(known))  # a fresh one: an error raised twice would carry both its stories
    if reply.status >= 500:
        raise Unreachable("Shopify has trouble of its own right now. Regulars keeps trying.")
    if reply.status != 200:
        raise Rejected(f"Shopify answered with the status {reply.status}, which Regulars does not expect.")
    told = reply.json()
    if not isinstance(told, dict):
        raise Unreachable("Shopify's answer is not what it promises to send. Regulars keeps trying.")
    return told


def _data(told: Data, name: str) -> Data:
    errors = told.get("errors")
    if errors:
        raise _error(errors, told, name)
    data = told.get("data")
    if not isinstance(data, dict):
        raise Unreachable("Shopify's answer holds no data. Regulars keeps trying.")
    return data


def _error(errors: Any, told: Data, name: str) -> PlatformError:
    """Return what the errors of an answer mean. Shopify sends a list, or a sentence where it did not read on."""
    listed = [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    codes = [str((one.get("extensions") or {}).get("code", "")) for one in listed]
    if "THROTTLED" in codes:
        return Throttled("Shopify asks Regulars to slow down. It goes on by itself.", wait_seconds=_wait(told))
    if "ACCESS_DENIED" in codes:
        return _denied(listed[codes.index("ACCESS_DENIED")])
    if "SHOP_INACTIVE" in codes:
        return Refused("The shop is closed at Shopify. Open it there, then connect again.")
    if "INTERNAL_SERVER_ERROR" in codes or "TIMEOUT" in codes:
        return Unreachable("Shopify has trouble of its own right now. Regulars keeps trying.")
    code = next((one for one in codes if WORD.fullmatch(one)), "no code")
    return Rejected(f"Shopify did not accept the question {name} ({code}).")


def _denied(error: Data) -> Refused:
    needed = (error.get("extensions") or {}).get("requiredAccess") or error.get("message") or ""
    scope = next((one for one in SCOPE.findall(str(needed)) if one in SCOPES), None)
    if scope is None:
        return Refused(
            "Shopify does not let Regulars read this: a permission is missing, or its use of customers' data is not "
            "approved yet. Open Regulars in the Shopify admin, and accept what it asks."
        )
    return Refused(
        f"The permission {scope} is missing. {SCOPES[scope]} Open Regulars in the Shopify admin, and accept it."
    )


def _wait(told: Data) -> float:
    """Return after how many seconds the bucket holds what the question costs."""
    cost = (told.get("extensions") or {}).get("cost") or {}
    status = cost.get("throttleStatus") or {}
    try:
        missing = float(cost["requestedQueryCost"]) - float(status["currentlyAvailable"])
        wait = missing / float(status["restoreRate"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return 2.0
    return min(max(wait, 1.0), LONGEST_WAIT) if math.isfinite(wait) else 2.0
