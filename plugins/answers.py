"""What an answer that is no answer means: redirects, slow-downs, faults on the way. In words a merchant can read."""

import re
import ssl
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests

from plugins.errors import PlatformError, Throttled, Unreachable, WrongAddress

REDIRECTS = {301, 302, 303, 307, 308}
SLOW_DOWN = {429: 2.0, 503: 30.0}  # and how long to wait where nothing is said
SHORTEST_WAIT, LONGEST_WAIT = 1.0, 900.0
_HOST = re.compile(r"[a-z0-9.-]{1,253}")


def check_status(status: int, headers: Mapping[str, str]) -> None:
    """Raise WrongAddress for a redirect, Throttled where we are asked to wait. Header names are lower case."""
    if status in REDIRECTS:
        raise WrongAddress(
            f"The shop sends us on to another address{_elsewhere(headers.get('location', ''))}. Regulars does not "
            "follow: connect the shop under the address it has itself."
        )
    if status in SLOW_DOWN:
        raise Throttled(wait_seconds=wait_of(headers, SLOW_DOWN[status]))


def wait_of(headers: Mapping[str, str], otherwise: float) -> float:
    """Return how long Retry-After asks us to wait, within reason: seconds, or until a date by the shop's clock."""
    said = headers.get("retry-after", "").strip()
    try:
        if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", said):
            seconds = float(said)
        else:
            dates = [parsedate_to_datetime(text) for text in (said, headers["date"])]
            until, now = (one if one.tzinfo else one.replace(tzinfo=UTC) for one in dates)
            seconds = (until - now).total_seconds()
    except (KeyError, ValueError):
        seconds = otherwise
    return min(max(seconds, SHORTEST_WAIT), LONGEST_WAIT)


def explain(error: requests.RequestException) -> PlatformError:
    """Return a fault on the way as one of our errors. Nothing of the library's words: they hold the whole address."""
    if isinstance(error, requests.exceptions.SSLError):
        if any(isinstance(one, ssl.SSLCertVerificationError) for one in _chain(error)):
            return WrongAddress(
                "The shop's certificate cannot be trusted: it is out of date, made for another name, or signed by "
                "nobody known. Have your host renew it, then connect again."
            )
        return Unreachable("The shop breaks off before the connection is secure. Regulars keeps trying.")
    if isinstance(error, requests.exceptions.Timeout) or any(isinstance(one, TimeoutError) for one in _chain(error)):
        return Unreachable("The shop takes too long to answer. Regulars keeps trying.")
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidHeader):
        return WrongAddress("This is not an address on the web. Check how it is written.")
    return Unreachable("The connection to the shop broke off or was refused. Regulars keeps trying.")


def _elsewhere(location: str) -> str:
    try:
        host = urlsplit(location).hostname or ""
    except ValueError:
        host = ""
    return f" ({host})" if _HOST.fullmatch(host) else ""


def _chain(error: BaseException) -> list[BaseException]:
    """Return an error with all that it was made of; libraries wrap one in another, as argument or as cause."""
    found: list[BaseException] = []
    waiting = [error]
    while waiting and len(found) < 30:
        one = waiting.pop()
        found.append(one)
        inner = [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
        waiting += [each for each in inner if isinstance(each, BaseException) and each not in found]
    return found
