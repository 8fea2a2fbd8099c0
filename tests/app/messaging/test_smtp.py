"""Handing over: whatever a mail server does, it is known whether the letter can be tried again."""

import threading
import time

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from app.messaging import outbox, smtp
from app.messaging.replies import without_addresses
from app.messaging.senders import Envelope, Outcome, Verdict
from app.messaging.smtp import SmtpSender
from tests.app.messaging.mailservers import free_port, hold, make_certificate, scripted

LETTER = Envelope("shop@harbour-tea.example", "alice@example.com", "key-1", b"Subject: Hello\r\n\r\n.dots\r\n..\r\nbye")
LONG = Envelope("shop@harbour-tea.example", "alice@example.com", "key-2", b"x" * 70 + b"\r\n" + b"y" * 30_000_000)


class Kept:
    """A good server's memory."""

    def __init__(self):
        self.letters = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's word
        self.letters.append(envelope)
        return "250 2.0.0 kept for alice@example.com as 12345"


@pytest.fixture
def kept():
    return Kept()


@pytest.fixture
def serve(kept):
    """Start aiosmtpd with options; returns its SMTP_URL."""
    running = []

    def start(**options):
        controller = Controller(kept, hostname="127.0.0.1", port=free_port(), **options)
        controller.start()
        running.append(controller)
        return f"smtp://127.0.0.1:{controller.port}"

    yield start
    for controller in running:
        controller.stop()


@pytest.fixture
def send():
    def hand_over(url, letter=LETTER, seconds=1.0):
        sender = SmtpSender(url, connect_seconds=seconds, reply_seconds=seconds)
        outcome = sender.hand_over(letter)
        sender.close()
        return outcome

    return hand_over


def test_a_letter_arrives_as_it_was_written_and_the_reply_names_nobody(send, serve, kept):
    outcome = send(serve())

    assert outcome == Outcome(Verdict.ACCEPTED, "250 2.0.0 kept for … as 12345")
    (envelope,) = kept.letters
    assert (envelope.mail_from, envelope.rcpt_tos) == (LETTER.from_address, [LETTER.to_address])
    assert envelope.content == LETTER.data + b"\r\n"


def test_a_batch_is_one_conversation_and_one_that_died_is_begun_anew():
    heard = []

    def patient(line):
        line.to_letter()
        line.hear_letter()
        line.say("250 one")
        line.take_addresses()
        line.say("354 go on")
        heard.append(line.hear_letter())
        line.say("250 two")

    def second(line):
        line.to_letter()
        line.hear_letter()
        line.say("250 three")

    with scripted(patient, second) as url:
        sender = SmtpSender(url, connect_seconds=2, reply_seconds=2)
        replies = [sender.hand_over(LETTER).reply for _ in range(3)]
        sender.close()

    assert replies == ["250 one", "250 two", "250 three"]
    assert heard == [b"Subject: Hello\r\n\r\n..dots\r\n...\r\nbye\r\n"]


def test_a_conversation_that_the_server_has_ended_for_lack_of_words_is_begun_anew():
    def sleepy(line):
        line.to_letter()
        line.hear_letter()
        line.say("250 one")
        line.hear()
        line.say("421 4.4.2 idle too long")

    def second(line):
        line.to_letter()
        line.hear_letter()
        line.say("250 two")

    with scripted(sleepy, second) as url:
        sender = SmtpSender(url, connect_seconds=2, reply_seconds=2)
        assert [sender.hand_over(LETTER).reply for _ in range(2)] == ["250 one", "250 two"]
        sender.close()


def test_nobody_at_home_is_later(send):
    outcome = send(f"smtp://127.0.0.1:{free_port()}")

    assert (outcome.verdict, outcome.is_server_away) == (Verdict.LATER, True)
    assert "cannot be reached" in outcome.reply


def test_a_name_that_nobody_knows_is_later(send):
    outcome = send("smtp://no-such-server.invalid")

    assert (outcome.verdict, outcome.is_server_away) == (Verdict.LATER, True)


def silent(line):
    hold(0.6)


def rude(line):
    line.say("554 5.7.1 go away")
    line.hear()


def garbled(line):
    line.say("\xff\xfe what")
    line.hear()


def no_letters(line):
    line.greet()
    line.hear()
    line.say("451 4.3.0 later please")
    line.hear()
    line.say("250 reset")
    line.hear()


def hangs_up_at_data(line):
    line.greet()
    line.take_addresses()
    line.sock.close()
    line.file.close()


def not_now_at_data(line):
    line.greet()
    line.take_addresses()
    line.say("451 4.3.0 disk is full")
    line.hear()


@pytest.mark.parametrize(
    ("talk", "is_away"),
    [
        (silent, True),
        (rude, True),
        (garbled, True),
        (no_letters, False),
        (hangs_up_at_data, True),
        (not_now_at_data, False),
        (lambda line: line.sock.close(), True),
    ],
)
def test_whatever_happens_before_the_letter_is_later(send, talk, is_away):
    with scripted(talk) as url:
        outcome = send(url, seconds=0.3)

    assert (outcome.verdict, outcome.is_server_away) == (Verdict.LATER, is_away)


@pytest.mark.parametrize(
    ("reply", "verdict", "is_dead"),
    [
        ("550 5.1.1 no alice here, alice@example.com is unknown", Verdict.REFUSED, True),
        ("550 unknown", Verdict.REFUSED, True),
        ("553 5.7.1 we do not like you", Verdict.REFUSED, False),
        ("552 5.2.2 mailbox full", Verdict.REFUSED, False),
        ("450 4.2.0 greylisted", Verdict.LATER, False),
        ("530 5.7.0 sign in first", Verdict.LATER, False),
    ],
)
def test_a_refused_recipient_is_dead_only_when_the_server_says_so(send, reply, verdict, is_dead):
    def talk(line):
        line.greet()
        line.hear()
        line.say("250 fine")
        line.hear()
        line.say(reply)
        assert line.hear().upper() == "RSET"
        line.say("250 fine")
        line.hear()

    with scripted(talk) as url:
        outcome = send(url)

    assert (outcome.verdict, outcome.is_address_dead) == (verdict, is_dead)
    assert "alice" not in outcome.reply


def test_after_a_refusal_the_next_letter_goes_through_in_the_same_conversation():
    def talk(line):
        line.greet()
        line.hear()
        line.say("250 fine")
        line.hear()
        line.say("550 5.1.1 nobody")
        line.hear()
        line.say("250 fine")
        line.take_addresses()
        line.say("354 go on")
        line.hear_letter()
        line.say("250 kept")

    with scripted(talk) as url:
        sender = SmtpSender(url, connect_seconds=2, reply_seconds=2)
        assert [sender.hand_over(LETTER).verdict for _ in range(2)] == [Verdict.REFUSED, Verdict.ACCEPTED]
        sender.close()


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ("554 5.7.1 looks like spam", Verdict.REFUSED),
        ("452 4.3.1 no room", Verdict.LATER),
        ("421 4.3.2 going down", Verdict.LATER),
        ("999 what", Verdict.IN_DOUBT),
        ("354 what", Verdict.IN_DOUBT),
        ("hello", Verdict.IN_DOUBT),
        ("250 " + "x" * 9000, Verdict.IN_DOUBT),
    ],
)
def test_after_the_letter_only_the_servers_own_word_counts(send, reply, verdict):
    def talk(line):
        line.to_letter()
        line.hear_letter()
        line.say(reply)
        line.hear()

    with scripted(talk) as url:
        assert send(url).verdict == verdict


def drops_after_the_letter(line):
    line.to_letter()
    line.hear_letter()
    line.reset()


def hangs_up_after_the_letter(line):
    line.to_letter()
    line.hear_letter()


def says_nothing_after_the_letter(line):
    line.to_letter()
    line.hear_letter()
    hold(1.0)


def half_a_word_after_the_letter(line):
    line.to_letter()
    line.hear_letter()
    line.sock.sendall(b"25")
    hold(1.0)


@pytest.mark.parametrize(
    "talk",
    [
        drops_after_the_letter,
        hangs_up_after_the_letter,
        says_nothing_after_the_letter,
        half_a_word_after_the_letter,
    ],
)
def test_silence_after_the_letter_leaves_it_in_doubt(send, talk):
    with scripted(talk) as url:
        outcome = send(url, seconds=0.5)

    assert (outcome.verdict, outcome.is_server_away) == (Verdict.IN_DOUBT, False)


def test_an_answer_that_takes_its_time_is_waited_for(send):
    def slow(line):
        line.to_letter()
        line.hear_letter()
        hold(0.6)
        line.say("250 at last")

    with scripted(slow) as url:
        assert send(url, seconds=2).reply == "250 at last"


def test_a_greeting_that_takes_its_time_is_waited_for():
    def slow(line):
        hold(0.6)
        line.to_letter()
        line.hear_letter()
        line.say("250 kept")

    with scripted(slow) as url:
        sender = SmtpSender(url, connect_seconds=0.3, reply_seconds=3)
        assert sender.hand_over(LETTER).reply == "250 kept"
        sender.close()


def test_a_password_or_a_name_that_cannot_travel_is_later_and_no_fault_of_the_letter(
    send, serve, tmp_path, monkeypatch
):
    certificate, context = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    url = serve(tls_context=context, authenticator=lambda *_: AuthResult(success=True))

    assert send(url.replace("smtp://", "smtp://shop:gehe%C3%AFm@")).verdict == Verdict.LATER
    assert send(f"smtp://{'x' * 80}.example").verdict == Verdict.LATER


def test_a_letter_cut_in_the_middle_is_later(send):
    def drops(line):
        line.to_letter()
        line.sock.recv(20_000)
        line.reset()

    with scripted(drops) as url:
        assert send(url, LONG).verdict == Verdict.LATER


def test_a_server_that_stops_reading_in_the_middle_is_later(send):
    def stops(line):
        line.to_letter()
        hold(1.5)

    with scripted(stops) as url:
        assert send(url, LONG, seconds=0.5).verdict == Verdict.LATER


@pytest.mark.parametrize(("word", "verdict"), [("552 too large", Verdict.REFUSED), ("451 no", Verdict.LATER)])
def test_a_server_that_speaks_before_the_end_has_not_taken_it(word, verdict, monkeypatch):
    spoken = threading.Event()

    def interrupts(line):
        line.to_letter()
        line.say(word)
        spoken.set()
        hold(0.3)

    look = smtp._early_word

    def wait_and_look(sock):
        spoken.wait(5)
        time.sleep(0.05)
        return look(sock)

    monkeypatch.setattr(smtp, "_early_word", wait_and_look)
    with scripted(interrupts) as url:
        assert SmtpSender(url, connect_seconds=2, reply_seconds=2).hand_over(LETTER).verdict == verdict


def test_a_server_without_encryption_gets_no_letter_where_that_is_required(send, serve, kept):
    url = serve()

    refused = send(f"{url}?starttls=required")
    assert (refused.verdict, refused.is_server_away) == (Verdict.LATER, True)
    assert "STARTTLS" in refused.reply
    assert send(url.replace("smtp://", "smtp://shop:secret@")).verdict == Verdict.LATER  # a password wants encryption
    assert kept.letters == []


def test_certificates_are_checked_and_the_password_travels_encrypted(send, serve, kept, tmp_path, monkeypatch):
    certificate, context = make_certificate(tmp_path)
    signed_in = []

    def authenticator(server, session, envelope, mechanism, data):
        signed_in.append((bytes(data.login), bytes(data.password)))
        return AuthResult(success=data.password == b"s3cret")

    url = serve(tls_context=context, authenticator=authenticator, auth_required=True)
    good, bad = (url.replace("smtp://", f"smtp://shop%40x:{word}@") for word in ("s3cret", "wrong"))

    strange = send(good)
    assert (strange.verdict, strange.is_server_away) == (Verdict.LATER, True)
    assert "certificate" in strange.reply
    assert signed_in == []

    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert send(good).verdict == Verdict.ACCEPTED
    assert signed_in == [(b"shop@x", b"s3cret")]
    refused = send(bad)
    assert (refused.verdict, refused.is_server_away) == (Verdict.LATER, True)
    assert len(kept.letters) == 1


def test_a_server_that_is_encrypted_from_the_first_byte(send, tmp_path, monkeypatch):
    certificate, context = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    def fine(line):
        line.to_letter()
        line.hear_letter()
        line.say("250 kept")

    def cut(line):
        line.to_letter()
        line.sock.recv(20_000)
        line.reset()

    with scripted(fine, cut, drops_after_the_letter, context=context) as plain:
        url = plain.replace("smtp://", "smtps://")
        assert send(url).verdict == Verdict.ACCEPTED
        assert send(url, LONG).verdict == Verdict.LATER
        assert send(url).verdict == Verdict.IN_DOUBT


def test_addresses_in_other_scripts_go_only_to_servers_that_write_them(send, serve, kept):
    letter = Envelope("shop@harbour-tea.example", "алиса@example.com", "key-3", b"Subject: Hello\r\n\r\nbye\r\n")

    refused = send(serve(enable_SMTPUTF8=False), letter)
    assert (refused.verdict, refused.is_address_dead) == (Verdict.REFUSED, False)
    assert send(serve(), letter).verdict == Verdict.ACCEPTED
    assert [one.rcpt_tos for one in kept.letters] == [["алиса@example.com"]]


@pytest.mark.parametrize(
    "reply",
    [
        "550 5.1.1 <Alice.Smith+tea@example.com>: Recipient address rejected",
        "550 alice.smith+tea... User unknown",
        "250 queued for bob@other.example (relay=mx.example)",
    ],
)
def test_replies_are_kept_without_addresses(reply):
    kept = without_addresses(reply, "alice.smith+tea@example.com")

    assert "@" not in kept
    assert "smith" not in kept.lower()
    assert kept.startswith(reply[:3])


def drip(line, words):
    """Say something a byte at a time, each well before anybody's time-out."""
    for byte in words.encode():
        line.sock.sendall(bytes([byte]))
        hold(0.1)


@pytest.mark.parametrize("word", ["greeting", "tls"])
def test_a_server_that_drips_its_words_before_the_letter_is_cut_off_in_time(word):
    def dripping(line):
        if word == "tls":
            line.greet("STARTTLS")
            line.hear()
            line.say("220 go ahead")
            line.sock.sendall(b"\x16\x03\x03\x01\x00")
            drip(line, "x" * 100)
        drip(line, "220 " + "x" * 100)

    with scripted(dripping) as url:
        sender = SmtpSender(url, connect_seconds=1, reply_seconds=1, letter_seconds=1)
        began = time.monotonic()
        outcome = sender.hand_over(LETTER)
        assert time.monotonic() - began < 3
        sender.close()

    assert (outcome.verdict, outcome.is_server_away) == (Verdict.LATER, True)


def test_a_server_that_drips_its_answer_to_the_letter_leaves_it_in_doubt_in_time():
    def dripping(line):
        line.to_letter()
        line.hear_letter()
        drip(line, "x" * 100)

    with scripted(dripping) as url:
        sender = SmtpSender(url, connect_seconds=1, reply_seconds=1, letter_seconds=1)
        began = time.monotonic()
        outcome = sender.hand_over(LETTER)
        assert time.monotonic() - began < 3
        sender.close()

    assert outcome.verdict == Verdict.IN_DOUBT


def test_a_conversation_that_was_cut_off_does_not_end_the_next():
    def dripping(line):
        drip(line, "220 " + "x" * 100)

    def good(line):
        line.to_letter()
        line.hear_letter()
        line.say("250 kept")

    with scripted(dripping, good) as url:
        sender = SmtpSender(url, connect_seconds=1, reply_seconds=1, letter_seconds=1)
        assert sender.hand_over(LETTER).verdict == Verdict.LATER
        assert sender.hand_over(LETTER).verdict == Verdict.ACCEPTED
        sender.close()


def test_a_lease_outlives_the_slowest_conversation():
    assert smtp.LETTER_SECONDS + smtp.CONNECT_SECONDS < outbox.SENDING_SECONDS
