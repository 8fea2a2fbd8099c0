"""What a domain's records say, in words; asked of a fake, of a real server on the loopback, and of nobody."""

import socket
import threading

import dns.message
import dns.resolver
import dns.rrset
import pytest

from app.errors import Unavailable
from app.messaging.dkim_keys import make_key, record_of
from app.messaging.domain import State, as_json, ask_dns, check_domain, is_signed
from app.messaging.envelope import BadAddress

EMAIL = "hello@harbour-tea.example"
DOMAIN = "harbour-tea.example"
OURS = "v=DKIM1; k=rsa; p=MIIBIjANBg"
SOUND = {
    DOMAIN: ["some-verification=1", "v=spf1 include:mail.example -all"],
    "mail.example": ["v=spf1 ip4:192.0.2.1 -all"],
    f"regulars._domainkey.{DOMAIN}": ["v=DKIM1; k=rsa; p=MIIB IjANBg"],
    f"_dmarc.{DOMAIN}": ["v=DMARC1; p=none"],
}


def look(records, email=EMAIL, **more):
    findings = check_domain(email, lambda name: records.get(name, []), dkim_record=OURS, **more)
    return {one.name: one for one in findings}


def test_a_sound_domain_is_good_all_over():
    found = look(SOUND, mail_host="smtp.mail.example")

    assert {name: one.state for name, one in found.items()} == dict.fromkeys(("SPF", "DKIM", "DMARC"), State.GOOD)
    assert "smtp.mail.example" in found["SPF"].sentence
    assert is_signed(as_json(list(found.values())))


def test_a_bare_domain_is_told_exactly_what_to_publish():
    found = look({}, mail_host="smtp.mail.example")

    assert found["SPF"].publish.value == "v=spf1 a:smtp.mail.example ~all"
    assert found["SPF"].state == State.BAD
    assert (found["DKIM"].publish.name, found["DKIM"].publish.value) == (f"regulars._domainkey.{DOMAIN}", OURS)
    assert found["DMARC"].publish.value == f"v=DMARC1; p=none; rua=mailto:{EMAIL}"
    assert not is_signed(as_json(list(found.values())))


@pytest.mark.parametrize(
    ("host", "term"),
    [
        ("smtp.mail.example", "a:smtp.mail.example"),
        ("8.8.8.8", "ip4:8.8.8.8"),
        ("2606:4700::1", "ip6:2606:4700::1"),
        ("127.0.0.1", "mx"),
        ("10.0.0.7", "mx"),
        ("localhost", "mx"),
        ("", "mx"),
    ],
)
def test_the_line_to_publish_names_the_mail_server_as_spf_does(host, term):
    assert look({}, mail_host=host)["SPF"].publish.value == f"v=spf1 {term} ~all"


@pytest.mark.parametrize(
    ("records", "state", "words"),
    [
        (["v=spf1 -all", "v=spf1 ~all"], State.BAD, "none counts"),
        (["v=spf1 +all"], State.BAD, "everybody"),
        (["v=spf1 all"], State.BAD, "everybody"),
        (["v=spf1 mx"], State.WARN, "~all"),
        (["v=spf1 ?all"], State.WARN, "~all"),
        (["v=spf1 redirect=mail.example"], State.GOOD, ""),
        (["v=spf10 -all"], State.BAD, "No record"),
        ([f"v=spf1 {' '.join(f'a:m{n}.example' for n in range(11))} -all"], State.BAD, "more than 10"),
    ],
)
def test_spf_is_read_as_receivers_read_it(records, state, words):
    found = look({**SOUND, DOMAIN: records})["SPF"]

    assert found.state == state
    assert words in found.sentence


def test_an_spf_record_that_includes_itself_is_broken_and_not_endless():
    assert look({**SOUND, DOMAIN: [f"v=spf1 include:{DOMAIN} -all"]})["SPF"].state == State.BAD
    many = {f"i{n}.example": [f"v=spf1 include:i{n + 1}.example include:i{n + 2}.example -all"] for n in range(40)}
    assert look({**SOUND, **many, DOMAIN: ["v=spf1 include:i0.example -all"]})["SPF"].state == State.BAD


@pytest.mark.parametrize("record", ["v=DKIM1; k=rsa; p=OTHER", "v=DKIM1; p="])
def test_another_key_than_ours_is_named(record):
    found = look({**SOUND, f"regulars._domainkey.{DOMAIN}": [record]})["DKIM"]

    assert found.state == State.BAD
    assert found.publish.value == OURS


def test_a_missing_signature_is_worse_where_the_domain_insists_on_one():
    unsigned = {name: value for name, value in SOUND.items() if "_domainkey" not in name}
    assert look(unsigned)["DKIM"].state == State.WARN
    strict = look({**unsigned, f"_dmarc.{DOMAIN}": ["v=DMARC1; p=reject"]})
    assert strict["DKIM"].state == State.BAD
    assert strict["DMARC"].state == State.GOOD


@pytest.mark.parametrize(
    ("records", "state"), [(["v=DMARC1"], "bad"), (["v=DMARC1; p=x"], "bad"), (["v=DMARC1;p=none"] * 2, "bad")]
)
def test_a_dmarc_record_that_says_nothing_counts_as_broken(records, state):
    assert look({**SOUND, f"_dmarc.{DOMAIN}": records})["DMARC"].state == state


def test_the_record_of_the_domain_above_counts():
    records = {**SOUND, "mail.harbour-tea.example": ["v=spf1 -all"]}
    assert look(records, "hello@mail.harbour-tea.example")["DMARC"].state == State.GOOD
    assert look({"_dmarc.example": ["v=DMARC1; p=none"]})["DMARC"].state == State.WARN  # never a whole country's


def test_a_mail_providers_address_is_not_for_shops():
    (found,) = look({}, "myshop@gmail.com").values()

    assert (found.name, found.state) == ("Address", State.BAD)


def test_addresses_in_other_scripts_are_looked_up_as_dns_writes_them():
    asked = []
    check_domain("hallo@bücher.example", lambda name: asked.append(name) or [], dkim_record=OURS)

    assert "xn--bcher-kva.example" in asked


def test_nonsense_is_no_address():
    with pytest.raises(BadAddress):
        look({}, "no address")


def test_a_silent_network_is_a_finding():
    def nobody(_name):
        raise Unavailable("Nobody answers.")

    (found,) = check_domain(EMAIL, nobody, dkim_record=OURS)
    assert (found.name, found.state) == ("DNS", State.WARN)
    assert "check again" in found.sentence


@pytest.fixture
def name_server():
    """A real DNS server on the loopback; returns a resolver that asks it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(5)

        def serve():
            while True:
                try:
                    data, asker = sock.recvfrom(4096)
                except OSError:
                    return
                if data == b"stop":
                    return
                query = dns.message.from_wire(data)
                answer = dns.message.make_response(query)
                name = str(query.question[0].name).rstrip(".")
                if texts := SOUND.get(name):
                    quoted = [" ".join(f'"{one[n : n + 200]}"' for n in range(0, len(one), 200)) for one in texts]
                    answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "TXT", *quoted))
                elif name.startswith("broken"):
                    answer.set_rcode(dns.rcode.SERVFAIL)
                else:
                    answer.set_rcode(dns.rcode.NXDOMAIN)
                sock.sendto(answer.to_wire(), asker)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], sock.getsockname()[1]
        yield resolver
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"stop", sock.getsockname())
        thread.join(timeout=5)


def test_records_come_from_a_real_name_server(name_server):
    found = check_domain(EMAIL, lambda name: ask_dns(name, name_server), dkim_record=OURS)

    assert [one.state for one in found] == [State.GOOD] * 3
    assert ask_dns("nothing.example", name_server) == []
    with pytest.raises(Unavailable):
        ask_dns("broken.example", name_server)
    with pytest.raises(Unavailable):
        ask_dns("x" * 70 + ".example", name_server)


def test_without_a_name_server_nothing_breaks():
    lost = dns.resolver.Resolver(configure=False)
    lost.nameservers, lost.port = ["127.0.0.1"], 1

    with pytest.raises(Unavailable):
        ask_dns(EMAIL.split("@")[1], lost)


def test_a_keys_record_is_one_that_receivers_can_read():
    record = record_of(make_key())

    assert record.startswith("v=DKIM1; k=rsa; p=MIIBIj")
    assert 400 < len(record) < 450
