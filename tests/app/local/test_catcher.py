"""The catcher: letters stay on this machine, as their owner's files, and each shop sees its own."""

import smtplib
import stat
import subprocess
import sys
import time

import pytest

from app.errors import SettingsError
from app.local.catcher import Catcher
from app.local.plan import make_plan, programs
from app.messaging.caught import FOLDER, list_caught, read_caught
from app.messaging.envelope import Label, compose
from app.messaging.letter import DEFAULT_TEXTS, EXAMPLE, write_letter
from app.messaging.senders import Verdict
from app.messaging.smtp import SmtpSender
from app.settings import Settings, load_settings, parse_smtp_url
from tests.app.cast import MONDAY
from tests.app.local.conftest import ROOT, free_port

LETTER = write_letter(DEFAULT_TEXTS["en"], EXAMPLE)


def envelope(to="alice@example.com", shop="harbour-tea", subject="Your basket"):
    label = Label(
        sender_name="Harbour Tea",
        sender_email="hello@harbour-tea.example",
        to=to,
        message_key="k",
        unsubscribe_url="https://regulars.example/u/k/t",
        language="en",
        shop_slug=shop,
        sent_at=MONDAY,
    )
    return compose(LETTER.__class__(subject, "", LETTER.html, LETTER.text), label)


@pytest.fixture
def catcher(tmp_path):
    return Catcher(tmp_path)


@pytest.fixture
def server(tmp_path):
    """The real process; yields its SMTP_URL."""
    port = free_port()
    told = {"DATA_DIR": str(tmp_path), "DATABASE_URL": "postgresql://", "REDIS_URL": "unix://", "PATH": ""}
    command = [sys.executable, "-m", "app.local.catcher", str(port)]
    with subprocess.Popen(command, env=told, cwd=ROOT) as process:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                smtplib.SMTP("127.0.0.1", port, timeout=5).quit()
                break
            except OSError:
                time.sleep(0.05)
        yield f"smtp://127.0.0.1:{port}?starttls=no&caught=yes"
        process.terminate()
        assert process.wait(timeout=10) == 0


def test_a_letter_is_caught_by_the_real_process_and_found_again(server, tmp_path):
    sender = SmtpSender(server)
    assert sender.hand_over(envelope()).verdict == Verdict.ACCEPTED
    assert sender.hand_over(envelope("алиса@exämple.com", subject="Grüße")).verdict == Verdict.ACCEPTED
    sender.close()

    second, first = list_caught(tmp_path, "harbour-tea")
    assert (first.to, first.subject) == ("alice@example.com", "Your basket")
    assert second.subject == "Grüße"
    opened = read_caught(tmp_path, "harbour-tea", first.name)
    assert opened.html.strip() == LETTER.html.strip()
    assert opened.text == LETTER.text.strip()
    assert ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click") in opened.headers
    folder = tmp_path / FOLDER
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_eve_sees_and_opens_no_letter_of_another_shop(catcher, tmp_path):
    path = catcher.keep(envelope().data)

    assert list_caught(tmp_path, "linden-loom") == []
    assert read_caught(tmp_path, "linden-loom", path.name) is None
    assert read_caught(tmp_path, "harbour-tea", path.name) is not None


def test_only_the_last_letters_are_kept(catcher, tmp_path, monkeypatch):
    monkeypatch.setattr("app.local.catcher.MOST_KEPT", 8)
    for number in range(11):
        catcher.keep(envelope(subject=f"Number {number}").data)

    assert len(list((tmp_path / FOLDER).iterdir())) == 8
    assert [one.subject for one in list_caught(tmp_path, "harbour-tea")] == [f"Number {n}" for n in range(10, 2, -1)]
    assert len(list_caught(tmp_path, "harbour-tea", most=5)) == 5


@pytest.mark.parametrize("name", ["../secret_key", "x.eml", "/etc/passwd", "", "0" * 20 + "-00000000.eml", "\x00"])
def test_only_names_of_letters_are_opened(catcher, tmp_path, name):
    catcher.keep(envelope().data)

    assert read_caught(tmp_path, "harbour-tea", name) is None


def test_junk_in_the_folder_is_passed_over(catcher, tmp_path):
    kept = catcher.keep(envelope().data)
    folder = tmp_path / FOLDER
    shop = b"X-Regulars-Shop: harbour-tea\r\n"
    junk = [
        b"",
        b"\x00\xff" * 500,
        shop + b"Content-Type: multipart/alternative; boundary=\r\n\r\n\xff",
        shop + b"Content-Type: text/html; charset=nonsense\r\nContent-Transfer-Encoding: base64\r\n\r\n===!",
        shop + b"To: =?x?q?=?= <<>>;,@\r\nSubject: =?utf-8?b?////?=\r\n\r\nhi",
        b"\r\n\r\n" + shop,
    ]
    for number, data in enumerate(junk):
        (folder / f"{number:020d}-00000000.eml").write_bytes(data)
    (folder / f"{9:020d}-0000000a.eml").symlink_to(kept)
    (folder / f"{8:020d}-0000000b.eml").mkdir()
    (folder / "notes.txt").write_text("hello")
    (folder / f"{7:020d}-0000000c.half").write_bytes(shop)

    names = [one.name for one in list_caught(tmp_path, "harbour-tea")]
    assert names[0] == kept.name
    assert not any(name.endswith(("-0000000a.eml", "-0000000b.eml", ".half", ".txt")) for name in names)
    for name in names:
        read_caught(tmp_path, "harbour-tea", name)


def test_nothing_caught_yet_is_no_fault(tmp_path):
    assert list_caught(tmp_path, "harbour-tea") == []


def test_make_run_starts_a_catcher_only_where_no_mail_server_is_named(tmp_path):
    environ = {"DATA_DIR": str(tmp_path), "DEMO": "0"}
    plan = make_plan(environ)
    assert {"catcher", "mailer"} <= programs(plan).keys()
    address = parse_smtp_url(plan.mail_url)
    assert (address.host, address.is_caught) == ("127.0.0.1", True)

    real = make_plan({**environ, "SMTP_URL": "smtp://shop:secret@mail.example"})
    assert "catcher" not in programs(real)
    assert "mailer" in programs(real)
    assert real.mail_url == ""


def settings(url):
    told = {"DATABASE_URL": "postgresql://", "REDIS_URL": "unix://", "SECRET_KEY": "k" * 40, "SMTP_URL": url}
    return Settings.model_validate(told)


def test_an_address_of_a_mail_server_is_read_whole_and_never_shown():
    found = settings("smtps://shop%40x:p%3Ass@mail.example")
    address = parse_smtp_url(found.smtp_url)

    assert (address.host, address.port, address.is_tls, address.user) == ("mail.example", 465, True, "shop@x")
    assert address.password == "p:ss"
    assert "p%3Ass" not in repr(found)
    assert "p:ss" not in repr(address)
    assert not found.is_mail_caught
    assert parse_smtp_url("smtp://a:b@mail.example").starttls == "required"
    assert parse_smtp_url("smtp://mail.example").port == 587
    assert parse_smtp_url("smtp://mail.example:25?starttls=no").starttls == "no"
    assert not settings("").is_mail_caught


@pytest.mark.parametrize(
    "url",
    ["http://mail.example", "smtp://", "mail.example:25", "smtp://h:99999", "smtp://h?starttls=maybe", "smtp://h?x=1",
     "smtp://h/path", "smtp://[::1", "smtp://s3cret@h?x"],
)  # fmt: skip
def test_a_wrong_address_is_named_without_being_quoted(url):
    with pytest.raises(ValueError) as refused:
        settings(url)

    assert "SMTP_URL" in str(refused.value) or "smtp_url" in str(refused.value)
    assert "s3cret" not in str(refused.value)


def test_the_address_may_stand_in_a_file_that_only_its_owner_reads(tmp_path):
    (tmp_path / "smtp").write_text("smtp://shop:secret@mail.example\n")
    environ = {
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": "postgresql://",
        "REDIS_URL": "unix://",
        "SMTP_URL_FILE": str(tmp_path / "smtp"),
    }

    assert load_settings(environ).smtp_url == "smtp://shop:secret@mail.example"
    with pytest.raises(SettingsError, match="Both SMTP_URL and SMTP_URL_FILE are set"):
        load_settings({**environ, "SMTP_URL": "smtp://mail.example"})
    with pytest.raises(SettingsError, match="SMTP_URL: must be like"):
        load_settings({**environ, "SMTP_URL_FILE": "", "SMTP_URL": "mail.example"})
