"""Mail servers for tests: real ones that take mail, and scripted ones that misbehave at a chosen moment."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

Talk = Callable[["Line"], None]


class Line:
    """The server's end of a conversation."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.file = sock.makefile("rb")

    def say(self, words: str) -> None:
        self.sock.sendall(words.encode() + b"\r\n")

    def hear(self) -> str:
        return self.file.readline().decode("utf-8").rstrip("\r\n")

    def hear_letter(self) -> bytes:
        lines = []
        while (line := self.file.readline()) not in (b".\r\n", b""):
            lines.append(line)
        return b"".join(lines)

    def to_letter(self, *extensions: str) -> None:
        """Be a good server until the letter comes."""
        self.greet(*extensions)
        self.take_addresses()
        self.say("354 go on")

    def greet(self, *extensions: str) -> None:
        self.say("220 hello")
        self.hear()
        words = ["mail.example", *extensions]
        for word in words[:-1]:
            self.say(f"250-{word}")
        self.say(f"250 {words[-1]}")

    def take_addresses(self) -> None:
        for _ in ("MAIL", "RCPT"):
            self.hear()
            self.say("250 fine")
        self.hear()

    def reset(self) -> None:
        """End without a good-bye, as a machine that is switched off."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.file.close()
        self.sock.close()


@contextmanager
def scripted(*talks: Talk, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Run a server whose n-th conversation goes as the n-th talk says; yield its SMTP_URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        thread = threading.Thread(target=_serve, args=(listener, talks, context), daemon=True)
        thread.start()
        yield f"smtp://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)  # nobody else is coming
    thread.join(timeout=10)


def _serve(listener: socket.socket, talks: tuple[Talk, ...], context: ssl.SSLContext | None) -> None:
    for talk in talks:
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        with sock:
            try:
                sock.settimeout(10)
                with context.wrap_socket(sock, server_side=True) if context else sock as ready:
                    talk(Line(ready))
            except OSError:
                continue  # the other side has had enough


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def hold(seconds: float) -> None:
    time.sleep(seconds)


def make_certificate(folder: Path, name: str = "127.0.0.1") -> tuple[Path, ssl.SSLContext]:
    """Make a certificate that signs itself; return its file, for those who trust it, and a server's context."""
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names: list[x509.GeneralName] = [x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_path = folder / "key.pem"
    key_path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, key_path)
    return path, context
