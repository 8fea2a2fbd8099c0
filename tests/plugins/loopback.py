"""An HTTP server on loopback that answers as a test says: with an answer, a delay, a broken line, or TLS of its own."""

import datetime as dt
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Asked:
    """One request as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int  # requests over one connection share it


@dataclass
class Answer:
    """One answer to be sent."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    is_bare: bool = False  # no status and no headers before the pieces
    pieces: Callable[[], Iterator[bytes]] | None = None  # instead of the body, as it comes; then the line is closed


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body go out apart; else each answer waits 40 ms
    server: "_Server"

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        given = self.server.answer(Asked(self.command, self.path, headers, body, id(self.connection)))
        if not given.is_bare:
            self._send_head(given)
        with suppress(OSError):  # whoever asked may have gone
            for piece in given.pieces() if given.pieces else (given.body,):
                self.wfile.write(piece)
        self.close_connection = self.close_connection or bool(given.pieces)

    def _send_head(self, given: Answer) -> None:
        self.send_response(given.status)
        sent = {"content-type": "application/json", **given.headers}
        sent |= {"connection": "close"} if given.pieces else {"content-length": str(len(given.body))}
        for name, value in sent.items():
            self.send_header(name, value)
        with suppress(OSError):
            self.end_headers()

    do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815 - the library's names

    def log_message(self, *_: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads, block_on_close = True, False
    answer: Callable[[Asked], Answer]

    def handle_error(self, *_: Any) -> None:
        pass  # a client that refuses our certificate is what some tests are about


@contextmanager
def serve(answer: Callable[[Asked], Answer], *, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve on a free port and yield the address. Threads that hang do not hold up the end."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.answer = answer
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def make_certificate(folder: Path, *names: str, days: int = 1) -> tuple[ssl.SSLContext, Path]:
    """Make a certificate signed by itself for names or addresses, and return what a server and a client need of it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    whose = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    made = (
        x509.CertificateBuilder()
        .subject_name(whose)
        .issuer_name(whose)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=30))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([_name(one) for one in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, secret)
    return context, certificate


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)
