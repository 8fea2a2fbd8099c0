"""The server for browsers in tests: threads, a port of its own, no log."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server


class _Silent(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        pass


@contextmanager
def serving(app: Any, port: int = 0) -> Iterator[str]:
    """Serve an application and yield its address."""
    server = make_server("127.0.0.1", port, _whole(app), threaded=True, request_handler=_Silent)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _whole(app: Any) -> Any:
    """Hand answers over whole: werkzeug's server forgets to close a file whose browser has gone."""

    def answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        parts: Iterable[bytes] = app(environ, start_response)
        try:
            return [b"".join(parts)]
        finally:
            getattr(parts, "close", lambda: None)()

    return answer
