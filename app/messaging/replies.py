"""What mail servers answer, and what of it may be kept."""

import re

from app.messaging.plain import one_line
from app.messaging.senders import Verdict

LONGEST_REPLY = 300
ADDRESS = re.compile(r"<?[^\s<>@,;:]+@[^\s<>@,;:]+>?")
# Refusals that are about us, not about this letter: who we are, and whether the line is encrypted. 5xx all the same.
ABOUT_US = frozenset({530, 534, 535, 538})
NOBODY_THERE = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})  # RFC 3463


def said(code: int, words: bytes | str) -> str:
    """Return a reply as one text, its code in front."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {text}"


def without_addresses(reply: str, to_address: str) -> str:
    """Return a server's words without any e-mail address, short enough to keep."""
    line = one_line(reply)
    for person in (to_address, to_address.rpartition("@")[0]):
        line = re.sub(rf"(?<![\w.+-]){re.escape(person)}(?![\w+-])", "…", line, flags=re.IGNORECASE)
    return ADDRESS.sub("…", line)[:LONGEST_REPLY]


def verdict_of(code: int) -> Verdict:
    """Tell for good refusals from those that may be over later."""
    return Verdict.REFUSED if 500 <= code < 600 and code not in ABOUT_US else Verdict.LATER


def is_dead(code: int, words: str) -> bool:
    """Tell whether a refusal of the recipient says that there is nobody at this address (RFC 3463: 5.1.x, 5.2.1)."""
    enhanced = re.match(r"\d{3} (5\.\d{1,3}\.\d{1,3})", words)
    if enhanced is None:
        return code in (550, 551, 553)
    return enhanced[1] in NOBODY_THERE
