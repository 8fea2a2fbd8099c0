"""The thread that empties the outbox: in order, over one connection, until each message is answered with 2xx.

No transaction is open while it talks. If it dies between an answer and the note of it, the message goes out again
under the same id, which the receiver knows. Pages only ring its bell; they never wait for it.
"""

import sqlite3
import threading
import time
from pathlib import Path

import requests

from app.demo.database import connect, writing
from app.demo.outbox import Message, Outcome, due, settle, tidy
from app.demo.settings import DemoSettings
from app.demo.signing import signed_headers

BATCH = 20
CATALOGUE_PER_SECOND = 100
TIMEOUT_SECONDS = (2, 10)
IDLE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 5.0
REFUSED_ALONE = {400, 409, 410, 413, 415, 422}  # says something about this message, not about the line
MEANINGS = {
    401: "the signature was refused: is DEMO_WEBHOOK_SECRET the secret that Regulars knows?",
    404: "Regulars does not know this shop yet",
    413: "the message is too large",
    429: "too many at once",
}


class Sender:
    """One thread, one connection to Regulars, one bell."""

    def __init__(self, settings: DemoSettings, database: Path) -> None:
        self._settings = settings
        self._database = database
        self._bell = threading.Event()
        self._stopped = threading.Event()
        self._pause_seconds = 0.0
        self._thread: threading.Thread | None = None  # made after the fork: a thread of before is none

    def start(self) -> None:
        """Begin sending."""
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._thread.start()

    def ring(self) -> None:
        """Say that something was written down."""
        self._bell.set()

    def stop(self) -> None:
        """Finish the message under way, and end."""
        self._stopped.set()
        self._bell.set()
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(timeout=15)

    def _run(self) -> None:
        db = connect(self._database)
        with writing(db):
            tidy(db)
        with requests.Session() as session:
            session.trust_env = False  # a proxy of the machine is not for the way to Regulars
            while not self._stopped.is_set():
                self._bell.clear()
                try:
                    sent = self._empty_some(session, db)
                except sqlite3.Error:  # a full disk, a lock held too long: what was sent goes out again, same id
                    sent = 0
                self._rest(has_more=sent == BATCH)
        db.close()

    def _empty_some(self, session: requests.Session, db: sqlite3.Connection) -> int:
        outcomes = self._send_some(session, due(db, BATCH))
        if outcomes:
            with writing(db):
                settle(db, outcomes)
        return len(outcomes)

    def _send_some(self, session: requests.Session, messages: list[Message]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for message in messages:
            started = time.monotonic()
            status, error = self._send(session, message)
            outcomes.append(Outcome(message, error))
            if error and status not in REFUSED_ALONE:
                self._pause_seconds = min(LONGEST_PAUSE_SECONDS, self._pause_seconds * 2 or 0.25)
                break
            self._pause_seconds = 0.0
            if self._stopped.is_set() or (self._bell.is_set() and not message.is_urgent):
                break  # something urgent was written down meanwhile
            if not message.is_urgent:
                time.sleep(max(0.0, 1 / CATALOGUE_PER_SECOND - (time.monotonic() - started)))
        return outcomes

    def _send(self, session: requests.Session, message: Message) -> tuple[int, str]:
        headers = signed_headers(self._settings.webhook_secret, message.webhook_id, int(time.time()), message.body)
        try:
            answer = session.post(
                self._settings.webhook_url,
                data=message.body,
                headers=headers,
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            return 0, f"no answer ({type(error).__name__})"
        if answer.ok and not answer.is_redirect:
            return answer.status_code, ""
        meaning = MEANINGS.get(answer.status_code, "not taken")
        return answer.status_code, f"answered {answer.status_code}: {meaning}"

    def _rest(self, *, has_more: bool) -> None:
        if self._pause_seconds:
            self._stopped.wait(self._pause_seconds)
        elif not has_more:
            self._bell.wait(IDLE_SECONDS)
