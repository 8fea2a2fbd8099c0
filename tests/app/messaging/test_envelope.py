"""Envelopes: headers that nobody can break out of, a way out that mail programs find, and a signature that holds."""

import email
from concurrent.futures import ThreadPoolExecutor
from email.policy import SMTP

import dkim
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from app.errors import BadRequest
from app.jobs.sender import look_up, sign, signing_key
from app.messaging.dkim_keys import SELECTOR, make_key, record_of
from app.messaging.envelope import BadAddress, Label, compose, sign_dkim
from app.messaging.letter import DEFAULT_TEXTS, EXAMPLE, Letter, write_letter
from app.models import MailSender, ShopSecret
from tests.app.cast import MONDAY

LETTER = write_letter(DEFAULT_TEXTS["en"], EXAMPLE)
URL = "https://regulars.example/u/harbour-tea/" + "t" * 32


def label(**more):
    told = {
        "sender_name": "Harbour Tea",
        "sender_email": "hello@harbour-tea.example",
        "to": "alice@example.com",
        "message_key": "0123456789abcdef",
        "unsubscribe_url": URL,
        "language": "en",
        "shop_slug": "harbour-tea",
        "sent_at": MONDAY,
    }
    return Label(**{**told, **more})


def read(envelope):
    return email.message_from_bytes(envelope.data, policy=SMTP)


def test_a_letter_carries_what_mail_programs_look_for():
    envelope = compose(LETTER, label())
    message = read(envelope)

    assert (envelope.from_address, envelope.to_address) == ("hello@harbour-tea.example", "alice@example.com")
    assert message["Message-ID"] == "<0123456789abcdef@harbour-tea.example>"
    assert message["List-Unsubscribe"] == f"<{URL}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Date"] == "Mon, 16 Nov 2026 09:00:00 +0000"
    assert message["X-Regulars-Shop"] == "harbour-tea"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "en"
    assert message["From"].addresses[0].display_name == "Harbour Tea"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert message.get_body(("plain",)).get_content().splitlines() == LETTER.text.splitlines()
    assert message.get_body(("html",)).get_content().splitlines() == LETTER.html.splitlines()


def test_every_line_fits_and_is_plain_ascii():
    lines = compose(LETTER, label()).data.split(b"\r\n")

    assert max(map(len, lines)) <= 998
    assert all(line.isascii() for line in lines)
    assert b"\n" not in b"".join(lines)


@pytest.mark.parametrize("length", [10, 60, 80, 200, 700])
def test_the_way_out_is_never_broken_up_however_long_it_is(length):
    url = f"https://regulars.example/u/key/{'t' * length}"
    data = compose(LETTER, label(unsubscribe_url=url, unsubscribe_email="leave@harbour-tea.example")).data

    assert f"List-Unsubscribe: <{url}>,\r\n <mailto:leave@harbour-tea.example?subject=unsubscribe>\r\n".encode() in data


BROKEN = "x\r\nBcc: eve@example.com"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b", "\x00"])
def test_no_line_break_reaches_a_header(end):
    hostile = f"Hi{end}Bcc: eve@example.com"
    data = compose(Letter(hostile, "", "<p>x</p>", "x"), label(sender_name=hostile)).data
    message = email.message_from_bytes(data, policy=SMTP)

    assert message["Bcc"] is None
    assert message["Subject"] == "Hi Bcc: eve@example.com"
    assert len(message["From"].addresses) == 1


@pytest.mark.parametrize(
    "field", ["sender_email", "to", "message_key", "unsubscribe_url", "language", "shop_slug", "unsubscribe_email"]
)
def test_what_cannot_stand_in_a_header_is_refused(field):
    with pytest.raises((BadRequest, ValueError)):
        compose(LETTER, label(**{field: BROKEN}))


def test_a_name_with_markup_commas_and_other_scripts_stays_one_name():
    name = 'Müller, "Tee" <b>& Söhne</b> 茶'
    message = read(compose(LETTER, label(sender_name=name)))

    (address,) = message["From"].addresses
    assert (address.display_name, address.addr_spec) == (name, "hello@harbour-tea.example")


def test_domains_in_other_scripts_travel_as_dns_writes_them():
    envelope = compose(LETTER, label(sender_email="hallo@bücher.example", to="anna@exämple.com"))

    assert envelope.from_address == "hallo@xn--bcher-kva.example"
    assert envelope.to_address == "anna@xn--exmple-cua.com"
    assert b"@xn--bcher-kva.example>" in envelope.data
    assert envelope.data.isascii()


def test_a_name_before_the_at_sign_in_another_script_stays_as_it_is():
    envelope = compose(LETTER, label(to="алиса@example.com"))

    assert envelope.to_address == "алиса@example.com"
    assert "To: алиса@example.com".encode() in envelope.data


@pytest.mark.parametrize(
    "address",
    ["", "alice", "alice@", "@example.com", "a@b", "a b@example.com", "a@example.com, b@example.com", "a@exa mple.com",
     "a@localhost", "a" * 65 + "@example.com", "a..b@example.com", "a@-x.example", "a@[127.0.0.1]", "<a@example.com>"],
)  # fmt: skip
def test_what_is_no_address_gets_no_letter(address):
    with pytest.raises(BadAddress):
        compose(LETTER, label(to=address))


def check(data, key):
    record = record_of(key).encode()
    asked = []

    def dns(name, timeout=5):
        asked.append(name)
        return record

    return dkim.verify(data, dnsfunc=dns), asked


def test_a_signature_holds_until_somebody_changes_the_letter():
    key = make_key()
    signed = sign_dkim(compose(LETTER, label()), key, SELECTOR, "harbour-tea.example")

    assert check(signed.data, key) == (True, [b"regulars._domainkey.harbour-tea.example."])
    for old, new in ((b"Your basket", b"Your casket"), (URL.encode(), URL[:-1].encode()), (b"hello@", b"hullo@")):
        assert old in signed.data
        assert not check(signed.data.replace(old, new), key)[0]
    assert not check(b"From: eve@harbour-tea.example\r\n" + signed.data, key)[0]
    assert not check(signed.data, make_key())[0]


def test_a_signature_covers_the_way_out():
    signed = sign_dkim(compose(LETTER, label()), make_key(), SELECTOR, "harbour-tea.example").data.lower()

    signature = b"".join(signed.split(b"\r\nlist-unsubscribe:")[0].split())
    assert b"list-unsubscribe:list-unsubscribe-post" in signature


@pytest.fixture
def sender(wiring, harbour):
    with wiring.db.of_shop(harbour) as session:
        session.add(MailSender(shop_id=harbour, name="Harbour Tea", email="hello@harbour-tea.example"))
    return harbour


def test_letters_are_signed_once_the_key_is_found_published(wiring, sender):
    def signed():
        with wiring.db.of_shop(sender) as session:
            row = session.get_one(MailSender, sender)
            return sign(session, row, compose(LETTER, label()), wiring.settings.secret_key)

    assert b"DKIM-Signature" not in signed().data
    assert look_up(wiring, sender, "hello@harbour-tea.example", lambda _name: [])
    assert b"DKIM-Signature" not in signed().data

    with wiring.db.of_shop(sender) as session:
        key = signing_key(session, sender, wiring.settings.secret_key)
    published = {"regulars._domainkey.harbour-tea.example": [record_of(key)]}
    assert look_up(wiring, sender, "hello@harbour-tea.example", lambda name: published.get(name, []))
    assert check(signed().data, key)[0]


def test_findings_about_an_address_that_was_changed_meanwhile_are_not_kept(wiring, sender):
    assert not look_up(wiring, sender, "other@harbour-tea.example", lambda _name: [])


def test_a_shops_key_is_made_once_kept_sealed_and_its_own(wiring, harbour, linden):
    keys = []
    for shop_id in (harbour, harbour, linden):
        with wiring.db.of_shop(shop_id) as session:
            keys.append(signing_key(session, shop_id, wiring.settings.secret_key))

    assert keys[0] == keys[1] != keys[2]
    assert load_pem_private_key(keys[0], None).key_size == 2048
    with wiring.db.of_shop(harbour) as session:
        (row,) = session.query(ShopSecret).all()
    assert b"PRIVATE KEY" not in row.ciphertext


def test_two_workers_make_one_key(wiring, harbour):
    def ask(_number):
        with wiring.db.of_shop(harbour) as session:
            return signing_key(session, harbour, wiring.settings.secret_key)

    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(ask, range(2)))) == 1
