"""Plain text that goes into letters and their headers: nothing in it can end a line, turn it round or break it off."""

import re

BREAKS = re.compile(r"[\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
HIDDEN = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
NEW_LINES = re.compile(r"\r\n|[\r\x85\u2028\u2029]")
BEFORE_A_MARK = re.compile(r"[ \t]+(?=[,.;:!?])")
WEB_ADDRESS = re.compile(r"https?://[^\s\"<>\\]+", re.IGNORECASE)
NO_NAME = re.compile(r"://|www\.|[@<>{}]|\d{4}", re.IGNORECASE)
LONGEST_NAME = 40


def one_line(text: str) -> str:
    """Return a text as one line: what cannot be seen is taken out, blanks and line breaks become one blank."""
    return BREAKS.sub(" ", HIDDEN.sub("", text)).strip()


def many_lines(text: str) -> str:
    """Return a text of several lines without what cannot be seen; never more than one empty line in a row."""
    lines = NEW_LINES.sub("\n", CONTROLS.sub("", HIDDEN.sub("", text))).split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in lines)).strip()


def close_gaps(text: str) -> str:
    """Take out blanks before a mark, such as an empty name leaves: "Hello ," becomes "Hello,"."""
    return BEFORE_A_MARK.sub("", text)


def name_to_greet(name: str) -> str:
    """Return a first name to greet somebody by; nothing where it is none, but an address or an advertisement."""
    line = one_line(name)
    return "" if len(line) > LONGEST_NAME or NO_NAME.search(line) else line


def web_address(url: str) -> str:
    """Return an address of the web, or nothing where it is something else."""
    return url if WEB_ADDRESS.fullmatch(url) else ""
