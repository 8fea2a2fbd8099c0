"""An adapter for `requests` whose connections go to the very address that was looked at, whatever the name says later.

The certificate and the Host header still go by the name.
"""

import socket
from contextlib import suppress
from http.client import HTTPException
from threading import Timer
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.connection import create_connection

from plugins.destinations import Resolve, find_addresses, resolve

CONNECTIONS = 4  # kept open per host, and hosts kept


class PinnedAdapter(HTTPAdapter):
    """Makes connections only where `find_addresses` allows it."""

    def __init__(self, *, may_reach_private: bool, ask: Resolve = resolve) -> None:
        self._may_reach_private, self._ask = may_reach_private, ask
        super().__init__(pool_connections=CONNECTIONS, pool_maxsize=CONNECTIONS, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:  # noqa: FBT001, FBT002 - the library's signature
        """Make the pools that `requests` takes its connections from."""
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **options)
        self.poolmanager.pool_classes_by_scheme = _pools(self._may_reach_private, self._ask)


class _Timed(HTTPConnection):
    """Ends the wait for an answer's head after the time given, also where it comes letter by letter."""

    def getresponse(self) -> Any:
        line, ended = self.sock, []

        def end() -> None:
            ended.append(True)
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

        assert self.timeout is not None  # every question is asked with one
        timer = Timer(self.timeout, end)
        timer.daemon = True
        timer.start()
        try:
            return super().getresponse()
        except (OSError, HTTPException):
            if ended:
                raise TimeoutError from None
            raise
        finally:
            timer.cancel()


def _pools(may_reach_private: bool, ask: Resolve) -> dict[str, Any]:  # noqa: FBT001 - private
    def connect(connection: HTTPConnection) -> socket.socket:
        port = int(connection.port or connection.default_port)
        failed: OSError | None = None
        for address in find_addresses(connection.host, port, may_reach_private=may_reach_private, ask=ask):
            try:
                return create_connection((address, port), connection.timeout, None, connection.socket_options)
            except OSError as error:
                failed = error
        if isinstance(failed, TimeoutError):
            raise ConnectTimeoutError(connection, "The connection timed out.") from failed
        raise NewConnectionError(connection, "The connection was refused.") from failed

    class Plain(_Timed):
        def _new_conn(self) -> socket.socket:
            return connect(self)

    class Secure(_Timed, HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
