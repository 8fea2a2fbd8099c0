"""The one polite client for what is asked of a platform: time-outs, size limits, no redirects, no private addresses.

A host's name is resolved once, each address checked, and the connection made to exactly that address.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import requests
from urllib3.exceptions import HTTPError

from plugins.answers import check_status, explain
from plugins.destinations import Resolve, resolve, split_address
from plugins.errors import Malformed, Unreachable
from plugins.pinned import PinnedAdapter
from plugins.reading import DEEPEST, depth_of

LARGEST_REPLY = 32 * 1024 * 1024  # a hundred products with everything that plugins hang on them are about 3 MB
LONGEST_LINE = 16 * 1024 * 1024
CONNECT_SECONDS = 10.0
PIECE = 64 * 1024
AGENT = "Regulars"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer, whole. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """Return the body as JSON. Raises Unreachable, in words, where it is a page of HTML or nothing readable."""
        try:
            value = json.loads(self.body, parse_constant=_refuse)
        except (ValueError, RecursionError):
            kind = self.headers.get("content-type", "")
            if "html" in kind or self.body.lstrip()[:1] == b"<":
                raise Unreachable(
                    "The shop answered with a web page instead of data. Maintenance work, or a security or cache "
                    "plugin, may stand in between; let it pass what Regulars asks. Regulars keeps trying."
                ) from None
            raise Unreachable(
                "The shop's answer cannot be read: it is broken off or garbled. Regulars keeps trying."
            ) from None
        if depth_of(value) > DEEPEST:
            raise Unreachable("The shop's answer is nested too deep to be read. Regulars keeps trying.")
        return value


class Client(Protocol):
    """Asks, within limits."""

    def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        timeout_seconds: float = 30.0,
    ) -> Reply:
        """Ask once. Redirects are not followed.

        Raises WrongAddress (private address, certificate, redirect), Unreachable, and Throttled for 429 and 503 with
        how long to wait. Other statuses come back as they are.
        """
        ...

    def lines(self, url: str) -> AbstractContextManager[Iterator[bytes]]:
        """Open a long answer and return its lines as they come, without the whole of it in memory."""
        ...


class PoliteClient:
    """The client there is. One per process; threads may share it."""

    def __init__(self, *, may_reach_private: bool = False, trusted: str | None = None, ask: Resolve = resolve) -> None:
        """may_reach_private: for a shop on one's own network. trusted: a file of certificates in place of the usual."""
        self._may_reach_private = may_reach_private
        self._adapter = PinnedAdapter(may_reach_private=may_reach_private, ask=ask)
        self._trusted: str | bool = trusted or True

    def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        timeout_seconds: float = 30.0,
    ) -> Reply:
        """See Client."""
        ends_at = time.monotonic() + timeout_seconds
        request = requests.Request(method, url, headers=_headers(headers), params=dict(params or {}), json=json)
        with self._open(request, timeout_seconds) as answer:
            return Reply(status=answer.status_code, headers=_lower(answer), body=_whole(answer, ends_at))

    @contextmanager
    def lines(self, url: str) -> Iterator[Iterator[bytes]]:
        """See Client. Without their ends."""
        request = requests.Request("GET", url, headers=_headers({"Accept-Encoding": "identity"}))
        with self._open(request, timeout_seconds=60.0) as answer:
            if answer.status_code != requests.codes.ok:
                raise Unreachable(
                    "The file with the shop's data cannot be opened any more. Regulars asks for a new one."
                )
            yield _lines(answer)

    @contextmanager
    def _open(self, request: requests.Request, timeout_seconds: float) -> Iterator[requests.Response]:
        split_address(str(request.url), may_reach_private=self._may_reach_private)
        waits = (min(CONNECT_SECONDS, timeout_seconds), timeout_seconds)
        try:
            with self._adapter.send(request.prepare(), stream=True, timeout=waits, verify=self._trusted) as answer:
                check_status(answer.status_code, _lower(answer))
                yield answer
        except requests.RequestException as error:
            raise explain(error) from None  # the library's words hold the whole address, keys in it as well


def _headers(given: Mapping[str, str] | None) -> dict[str, str]:
    usual = {"User-Agent": AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"}
    return {**usual, **(given or {})}


def _lower(answer: requests.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}


def _whole(answer: requests.Response, ends_at: float) -> bytes:
    """Read an answer to its end, but not for ever, and not whatever its size. A store may drip."""
    pieces, size = [], 0
    while piece := _next(answer):
        size += len(piece)
        if size > LARGEST_REPLY:
            raise Unreachable("The shop's answer is larger than any list of orders or products. Regulars keeps trying.")
        if time.monotonic() > ends_at:
            raise Unreachable("The shop takes too long to answer. Regulars keeps trying.")
        pieces.append(piece)
    return b"".join(pieces)


def _next(answer: requests.Response) -> bytes:
    """Return what has come meanwhile, or nothing at the end. `iter_content` would wait until a piece is full."""
    try:
        piece: bytes = answer.raw.read1(PIECE, decode_content=True)
    except HTTPError as error:
        raise requests.ConnectionError(error) from None
    return piece


def _lines(answer: requests.Response) -> Iterator[bytes]:
    rest = b""
    try:
        for piece in answer.iter_content(PIECE):
            *whole, rest = (rest + piece).split(b"\n")
            yield from whole
            if len(rest) > LONGEST_LINE:
                raise Malformed("A line of the shop's file is longer than any order.")
    except requests.RequestException as error:
        raise explain(error) from None
    if rest:
        yield rest


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
