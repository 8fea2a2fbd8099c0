"""The one polite client for what is asked of a platform: time-outs, size limits, no redirects, no private addresses.

A host's name is resolved once, each address checked, and the connection made to exactly that address.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer, whole. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """Return the body as JSON. Raises Unreachable, in words, where it is a page of HTML or nothing readable."""
        raise NotImplementedError


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

    def lines(self, url: str, *, skip_bytes: int = 0) -> AbstractContextManager[Iterator[bytes]]:
        """Open a long answer and return its lines as they come, without the whole of it in memory."""
        ...
