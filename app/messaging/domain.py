"""What a sender's domain says about letters like ours: SPF, DKIM and DMARC, in words, and what to publish.

Mail providers read the same records. Whoever looks is handed in, so that nothing here waits for a network in a test.
"""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from ipaddress import ip_address
from typing import Any

import dns.exception
import dns.resolver

from app.errors import Unavailable
from app.messaging.dkim_keys import SELECTOR
from app.messaging.envelope import check_address

LOOKUP_SECONDS = 5.0
MOST_LOOKUPS = 10  # RFC 7208: then SPF counts as broken
LOOKING_TERM = re.compile(r"[+?~-]?(?:(include|redirect|exists|ptr|a|mx)(?=[:=/\s]|$))[:=]?(\S*)", re.IGNORECASE)
OF_MAIL_PROVIDERS = frozenset(
    {
        *(
            "gmail.com",
            "googlemail.com",
            "yahoo.com",
            "yahoo.de",
            "outlook.com",
            "outlook.de",
            "hotmail.com",
            "live.com",
        ),
        *("msn.com", "aol.com", "icloud.com", "me.com", "gmx.de", "gmx.net", "gmx.com", "gmx.at", "web.de"),
        *("t-online.de", "freenet.de", "mail.com", "proton.me", "protonmail.com"),
    }
)

TextRecords = Callable[[str], list[str]]
"""Returns the text records of a name, none where there are none. Raises Unavailable when nobody answers."""


class State(StrEnum):
    """How bad it is."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True)
class Record:
    """A text record to publish."""

    name: str
    value: str


@dataclass(frozen=True)
class Finding:
    """One thing that a domain says, or should."""

    name: str
    state: State
    sentence: str
    publish: Record | None = None


def check_domain(email: str, texts: TextRecords, *, dkim_record: str, mail_host: str = "") -> list[Finding]:
    """Look at the records of an address's domain. Raises BadAddress; a silent network is a finding.

    dkim_record: what should stand there for our signatures. mail_host: the mail server of SMTP_URL.
    """
    domain = check_address(email).ascii_domain.lower()
    if domain in OF_MAIL_PROVIDERS:
        return [_not_yours(domain)]
    try:
        dmarc, is_strict = _dmarc(domain, email, texts)
        return [_spf(domain, mail_host, texts), _dkim(domain, dkim_record, texts, is_strict=is_strict), dmarc]
    except Unavailable as error:
        return [Finding("DNS", State.WARN, f"{error} Nothing is known about {domain} until then; check again later.")]


def as_json(findings: list[Finding]) -> dict[str, Any]:
    """Return findings as a row keeps them."""
    return {"findings": [asdict(one) for one in findings]}


def is_signed(check: dict[str, Any]) -> bool:
    """Tell from kept findings whether our key was found published, so that a signature can be checked."""
    found: list[dict[str, Any]] = check.get("findings", [])
    return any(one["name"] == "DKIM" and one["state"] == State.GOOD for one in found)


def ask_dns(name: str, resolver: dns.resolver.Resolver | None = None) -> list[str]:
    """Return the text records of a name, as this machine's resolver says. Raises Unavailable."""
    try:
        answer = (resolver or dns.resolver.Resolver()).resolve(name, "TXT", lifetime=LOOKUP_SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError, UnicodeError) as error:
        raise Unavailable("The domain name system does not answer from here.") from error
    return [b"".join(one.strings).decode("utf-8", "replace") for one in answer]


def _not_yours(domain: str) -> Finding:
    sentence = (
        f"{domain} belongs to a mail provider, and only its own servers may send for it: letters of others under such "
        "an address are thrown away. Use an address of your shop's own domain."
    )
    return Finding("Address", State.BAD, sentence)


def _spf(domain: str, mail_host: str, texts: TextRecords) -> Finding:
    found = [one for one in texts(domain) if one.lower().split(" ")[0] == "v=spf1"]
    wanted = Record(domain, f"v=spf1 {_sends_from(mail_host)} ~all")
    server = mail_host or "your mail server"
    if not found:
        sentence = (
            f"No record says which servers may send for {domain}. Your mail provider knows the line to publish; if you "
            f"run {server} yourself, it is this one."
        )
        return Finding("SPF", State.BAD, sentence, wanted)
    if len(found) > 1:
        sentence = f"There are {len(found)} records, and then none counts. Put what they allow into one: {found[0]}"
        return Finding("SPF", State.BAD, sentence)
    terms = found[0].lower().split()
    if {"+all", "all"} & set(terms):
        return Finding("SPF", State.BAD, f"It lets everybody send for {domain}. Let it end with ~all: {found[0]}")
    if (count := _lookups(found[0], texts)) > MOST_LOOKUPS:
        sentence = f"It makes readers look up more than {MOST_LOOKUPS} other names ({count}); then it counts as broken."
        return Finding("SPF", State.BAD, f"{sentence} Take out what you no longer use.")
    if not ({"-all", "~all"} & set(terms) or any(term.startswith("redirect=") for term in terms)):
        return Finding("SPF", State.WARN, "It does not say what becomes of all other servers. Let it end with ~all.")
    return Finding(
        "SPF", State.GOOD, f"A record says who may send for {domain}. Make sure that {server} is among them."
    )


def _sends_from(mail_host: str) -> str:
    """Return how SPF names a mail server; one that the world cannot see is taken for the one that receives mail too."""
    try:
        address = ip_address(mail_host)
    except ValueError:
        return f"a:{mail_host}" if "." in mail_host else "mx"
    return f"ip{address.version}:{address}" if address.is_global else "mx"


def _lookups(record: str, texts: TextRecords, depth: int = 0) -> int:
    """Count what a reader of an SPF record has to look up, with what it includes; no further than it matters."""
    count = 0
    for term in record.split()[1:]:
        match = LOOKING_TERM.fullmatch(term)
        if match is None:
            continue
        count += 1
        if match[1].lower() in ("include", "redirect") and match[2] and depth <= MOST_LOOKUPS >= count:
            inner = [one for one in texts(match[2]) if one.lower().startswith("v=spf1")]
            count += _lookups(inner[0], texts, depth + 1) if inner else 0
        if count > MOST_LOOKUPS:
            break
    return count


def _dkim(domain: str, record: str, texts: TextRecords, *, is_strict: bool) -> Finding:
    wanted = Record(f"{SELECTOR}._domainkey.{domain}", record)
    found = [one for one in texts(wanted.name) if "p" in _tags(one)]
    missing = State.BAD if is_strict else State.WARN
    strict = f" {domain} asks for mails without one to be turned away (DMARC)." if is_strict else ""
    if not found:
        sentence = f"Letters go out without your signature until this record is published.{strict}"
        return Finding("DKIM", missing, sentence, wanted)
    if all(_tags(one)["p"] != _tags(record)["p"] for one in found):
        sentence = "The key that is published there is another one than ours, so letters go out without your signature."
        return Finding("DKIM", State.BAD, f"{sentence}{strict} Put this in its place.", wanted)
    return Finding(
        "DKIM", State.GOOD, "Our key is published: each letter is signed, and nobody can change it on its way."
    )


def _dmarc(domain: str, email: str, texts: TextRecords) -> tuple[Finding, bool]:
    """Return what is said about forgeries, and whether they are to be put aside or turned away."""
    labels = domain.split(".")
    for start in range(max(len(labels) - 1, 1)):  # the nearest one that holds a record decides
        holder = ".".join(labels[start:])
        found = [one for one in texts(f"_dmarc.{holder}") if one.lower().replace(" ", "").startswith("v=dmarc1")]
        if found:
            return _policy(holder, found)
    sentence = (
        "No record says what becomes of mails that pretend to be yours. Large providers want one from shops. This one "
        "changes nothing yet, and sends you reports."
    )
    wanted = Record(f"_dmarc.{domain}", f"v=DMARC1; p=none; rua=mailto:{email}")
    return Finding("DMARC", State.WARN, sentence, wanted), False


def _policy(holder: str, found: list[str]) -> tuple[Finding, bool]:
    if len(found) > 1:
        sentence = f"There are {len(found)} records at _dmarc.{holder}, and then none counts. Leave one."
        return Finding("DMARC", State.BAD, sentence), False
    policy = _tags(found[0]).get("p", "").lower()
    wishes = {
        "none": "only asks to be told about them. That is enough to begin with.",
        "quarantine": "asks for them to be put aside (quarantine).",
        "reject": "asks for them to be turned away (reject).",
    }
    if policy not in wishes:
        sentence = (
            f"The record at _dmarc.{holder} does not say what is to be done. It needs p=none, quarantine or reject."
        )
        return Finding("DMARC", State.BAD, sentence), False
    sentence = f"A record speaks of mails that pretend to be yours: {holder} {wishes[policy]}"
    return Finding("DMARC", State.GOOD, sentence), policy != "none"


def _tags(record: str) -> dict[str, str]:
    pairs = (part.split("=", 1) for part in record.split(";") if "=" in part)
    return {name.strip().lower(): re.sub(r"\s", "", value) for name, value in pairs}
