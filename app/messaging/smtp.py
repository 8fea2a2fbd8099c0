"""Handing letters over by SMTP, with every failure known to be before or after the end of the letter.

The whole question is one moment: the line with the single dot that ends a letter. Whatever goes wrong before it is out,
the server cannot have taken the letter, and it may be tried again. Whatever goes wrong after it, nobody knows.
`smtplib` speaks the commands; the letter itself is sent here, because its `data()` does not tell the two apart.
"""

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

from app.messaging.replies import ABOUT_US, is_dead, said, verdict_of, without_addresses
from app.messaging.senders import Envelope, Outcome, Verdict
from app.settings import parse_smtp_url

CONNECT_SECONDS = 10.0
REPLY_SECONDS = 60.0
LETTER_SECONDS = 150.0  # for everything about one letter: a server may be slow at every word and at every byte of it
GOODBYE_SECONDS = 10.0
END = b".\r\n"
FAULTS = (OSError, UnicodeError)  # all of smtplib's are OSErrors; the other is a name that cannot be a host's


class _Stop(Exception):
    """The server will not take this letter now; says what came of it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.verdict)
        self.outcome = outcome


class SmtpSender:
    """Hands letters over to one server, several in one conversation."""

    def __init__(
        self,
        url: str,
        *,
        connect_seconds: float = CONNECT_SECONDS,
        reply_seconds: float = REPLY_SECONDS,
        letter_seconds: float = LETTER_SECONDS,
    ) -> None:
        self._address = parse_smtp_url(url)
        self._connect_seconds, self._reply_seconds = connect_seconds, reply_seconds
        self._letter_seconds = letter_seconds
        self._lock = threading.Lock()
        self._line: smtplib.SMTP | None = None
        self._handle: socket.socket | None = None  # a second one of the line's, which TLS does not take over
        self._is_late = False

    def hand_over(self, envelope: Envelope) -> Outcome:
        """Hand one letter over and say what became of it."""
        with self._lock, self._in_time(self._letter_seconds):
            try:
                line = self._ask_for_letter(envelope)
                outcome = self._send_letter(line, envelope.data)
            except _Stop as stop:
                outcome = stop.outcome
            return Outcome(
                outcome.verdict,
                without_addresses(outcome.reply, envelope.to_address),
                is_address_dead=outcome.is_address_dead,
                is_server_away=outcome.is_server_away,
            )

    def close(self) -> None:
        """End the conversation."""
        with self._lock, self._in_time(GOODBYE_SECONDS):
            if self._line is not None:
                with suppress(OSError):
                    self._line.quit()
                self._hang_up()

    @contextmanager
    def _in_time(self, seconds: float) -> Iterator[None]:
        """Cut the line off after so long, wherever the conversation stands: a time-out counts for one byte only."""
        self._is_late = False
        alarm = threading.Timer(seconds, self._cut_off)
        alarm.daemon = True
        alarm.start()
        try:
            yield
        finally:
            alarm.cancel()

    def _cut_off(self) -> None:
        self._is_late = True
        handle = self._handle
        if handle is not None:
            with suppress(OSError):
                handle.shutdown(socket.SHUT_RDWR)

    def _ask_for_letter(self, envelope: Envelope) -> smtplib.SMTP:
        """Come to where the server waits for the letter. A conversation that has died meanwhile is begun anew, once."""
        is_fresh = self._line is None
        try:
            return self._begin(self._line or self._connect(), envelope)
        except FAULTS as fault:
            self._hang_up()
            if is_fresh:
                raise _Stop(_away(fault)) from None
        try:
            return self._begin(self._connect(), envelope)
        except FAULTS as fault:
            self._hang_up()
            raise _Stop(_away(fault)) from None

    def _connect(self) -> smtplib.SMTP:
        address, context = self._address, ssl.create_default_context()
        line = self._line = smtplib.SMTP(local_hostname=_our_name())
        line.sock = self._open(context)
        line._host = address.host  # type: ignore[attr-defined]  # noqa: SLF001 - whose certificate STARTTLS checks
        self._need(line.getreply(), 220)
        self._need(line.ehlo(), 250)
        if address.starttls != "no" and not address.is_tls:
            self._encrypt(line, context)
        if address.user:
            self._sign_in(line)
        return line

    def _open(self, context: ssl.SSLContext) -> socket.socket:
        """Open the line: quickly or not at all. Once it is open, the server may take its time."""
        sock = socket.create_connection((self._address.host, self._address.port), self._connect_seconds)
        self._handle = sock.dup()
        if self._is_late:
            sock.close()
            raise TimeoutError("It took too long.")
        if self._address.is_tls:
            sock = context.wrap_socket(sock, server_hostname=self._address.host)
        sock.settimeout(self._reply_seconds)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # a letter's end waits for nothing
        return sock

    def _encrypt(self, line: smtplib.SMTP, context: ssl.SSLContext) -> None:
        if line.has_extn("starttls"):
            try:
                line.starttls(context=context)
            except smtplib.SMTPResponseException as fault:
                self._give_up(said(fault.smtp_code, fault.smtp_error))
            self._need(line.ehlo(), 250)
        elif self._address.starttls == "required":
            self._give_up("The mail server offers no encryption (STARTTLS), and SMTP_URL wants it.")

    def _sign_in(self, line: smtplib.SMTP) -> None:
        try:
            line.login(self._address.user, self._address.password)
        except smtplib.SMTPResponseException as fault:
            self._give_up(said(fault.smtp_code, fault.smtp_error))
        except smtplib.SMTPNotSupportedError:
            self._give_up("The mail server takes no user name and password here.")
        except (smtplib.SMTPException, UnicodeError) as fault:
            self._give_up(f"Signing in at the mail server failed: {_fault(fault)}")

    def _begin(self, line: smtplib.SMTP, envelope: Envelope) -> smtplib.SMTP:
        options = [f"SIZE={len(envelope.data)}"] if line.has_extn("size") else []
        if not (envelope.from_address + envelope.to_address).isascii():
            if not line.has_extn("smtputf8"):
                words = "The mail server cannot write to addresses with letters such as these before the @ (SMTPUTF8)."
                raise _Stop(Outcome(Verdict.REFUSED, words))
            options += ["SMTPUTF8", "BODY=8BITMIME"]
        self._want(line.mail(envelope.from_address, options), 250)
        self._want(line.rcpt(envelope.to_address), 250, 251, is_recipient=True)
        self._want(line.docmd("DATA"), 354)
        return line

    def _send_letter(self, line: smtplib.SMTP, data: bytes) -> Outcome:
        """Send the letter without its end, look whether the server is still there, then the end."""
        assert line.sock is not None
        try:
            line.sock.sendall(_dotted(data))
            early = _early_word(line.sock)
        except OSError as fault:
            self._hang_up()
            return Outcome(Verdict.LATER, f"The line broke before the letter was out: {_fault(fault)}")
        finally:
            if line.sock is not None:
                line.sock.settimeout(self._reply_seconds)
        if early is not None:
            self._hang_up()
            verdict = Verdict.REFUSED if early.startswith("5") else Verdict.LATER
            return Outcome(verdict, early or "The server hung up before the letter was out.")
        return self._end_letter(line)

    def _end_letter(self, line: smtplib.SMTP) -> Outcome:
        """From the first byte of the end on, only the server's own word tells what became of the letter."""
        try:
            line.send(END)
            code, told = line.getreply()
        except OSError as fault:
            self._hang_up()
            return Outcome(Verdict.IN_DOUBT, f"The line broke after the letter was out: {_fault(fault)}")
        if code == 421:
            self._hang_up()
        if 200 <= code < 300:
            return Outcome(Verdict.ACCEPTED, said(code, told))
        if 400 <= code < 600:
            return Outcome(verdict_of(code), said(code, told), is_server_away=code == 421)
        self._hang_up()
        return Outcome(Verdict.IN_DOUBT, said(code, told))

    def _need(self, reply: tuple[int, bytes], wanted: int) -> None:
        """Go on with the conversation only if the server wants it; nothing of this is about the letter."""
        if reply[0] != wanted:
            self._give_up(said(*reply))

    def _give_up(self, words: str) -> NoReturn:
        self._hang_up()
        raise _Stop(Outcome(Verdict.LATER, words, is_server_away=True))

    def _want(self, reply: tuple[int, bytes], *wanted: int, is_recipient: bool = False) -> None:
        """Go on with the letter only if the server wants it; otherwise leave the conversation as it was before."""
        code = reply[0]
        if code in wanted:
            return
        words, verdict = said(*reply), verdict_of(code)
        if code == 421:
            raise smtplib.SMTPServerDisconnected(words)
        self._start_over()
        raise _Stop(
            Outcome(
                verdict,
                words,
                is_address_dead=is_recipient and verdict == Verdict.REFUSED and is_dead(code, words),
                is_server_away=code in ABOUT_US or not 400 <= code < 600,
            )
        )

    def _start_over(self) -> None:
        try:
            if self._line is None or self._line.rset()[0] != 250:
                self._hang_up()
        except OSError:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._handle is not None:
            self._handle.close()
        self._line = self._handle = None


def _dotted(data: bytes) -> bytes:
    """Return a letter as it travels: a dot more on lines that begin with one, a line's end at its end."""
    body = re.sub(rb"\r\n|\r|\n", b"\r\n", data)
    body = re.sub(rb"(?m)^\.", b"..", body)
    return body if body.endswith(b"\r\n") else body + b"\r\n"


def _early_word(sock: socket.socket) -> str | None:
    """Return what the server says before it may: empty when it has hung up, None when it waits as it should."""
    sock.settimeout(0)
    try:
        return sock.recv(1000).decode("utf-8", "replace")
    except (BlockingIOError, ssl.SSLWantReadError):
        return None


def _away(fault: Exception) -> Outcome:
    return Outcome(Verdict.LATER, f"The mail server cannot be reached: {_fault(fault)}", is_server_away=True)


def _fault(fault: Exception) -> str:
    return str(fault) or type(fault).__name__


def _our_name() -> str:
    """Return how we greet, without asking the network for it."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"
