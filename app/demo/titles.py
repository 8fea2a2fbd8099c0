"""Titles as a shop would print them: "WHITE METAL LANTERN" becomes "White metal lantern"."""

import re

SHORTHAND = (
    (r"\bset/(\d+)", r"set of \1"),
    (r"\bs/(\d+)", r"set of \1"),
    (r"\bset (\d+)\b(?! piece)", r"set of \1"),
    (r",?\s?\bpack/(\d+)", r", pack of \1"),
    (r"\bass(?:td|t|td\.)?\.? col\b", "assorted colour"),
    (r"\bass(?:td|t)?\b\.?", "assorted"),
    (r"\bhldr\b", "holder"),
    (r"\bp'weight\b", "paperweight"),
    (r"\bant\b", "antique"),
    (r"\bturq\b", "turquoise"),
    (r"\bm/colour\b", "multicoloured"),
    (r"\bw/?\s", "with "),
    (r"\bt-?\s?lights?\b", lambda m: "T-lights" if m[0].endswith("s") else "T-light"),
    (r"(\d)\s?(cm|kg|pcs?)\b", r"\1 \2"),
    (r"(\d\s?cm)x(\d)", r"\1 × \2"),
    (r"(\d)x(\d)", r"\1 × \2"),
    (r"\s*\+\s*", " & "),
    (r"\band\b(?= lola)", "&"),
    (r",(?=[^\s\d])", ", "),
)
NAMES = """
        Christmas Easter Santa Xmas Noel London Paris Parisienne Parisian French English Victorian Edwardian Regency
        Georgian Scandinavian Moroccan Indian Chinese Japanese British Swiss Danish Scottish African American Egyptian
        Columbian Hawaiian Union Jack Charlie Lola Suki Charlotte Morris Henrietta Helga Poppy's Amelie Olivia Rosie
        Nancy Alice Ruby Susie Sophie Bertie Boudicca Madras Bollywood Venetian Provence Dr. Jam's USB LED DIY TV UK I
        Valentine Valentines Monday Friday Sunday
"""
PROPER = {word.lower(): word for word in NAMES.split()}


def readable(raw: str) -> str:
    """Return the title in sentence case, its shorthand spelled out."""
    text = " ".join(raw.split()).strip(" .,*-").lower()
    for pattern, better in SHORTHAND:
        text = re.sub(pattern, better, text)
    words = [_cased(word) for word in " ".join(text.split()).replace(" ,", ",").split(" ")]
    sentence = " ".join(words)
    return sentence[:1].upper() + sentence[1:]


def _cased(word: str) -> str:
    core = word.strip(",()!?\"'")
    return word.replace(core, PROPER[core]) if core in PROPER else word
