"""The page of an archive: what a shop knows of somebody, in words, readable without a network. English and German."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from markupsafe import Markup

from app.privacy.known import Table

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "What {shop} knows about you",
        "made": "Made on {at} UTC, from what was kept at that moment. Nothing is left out but what names others too.",
        "names": "You are known as {names}.",
        "nobody": "Nothing is known under these names.",
        "none": "Nothing.",
        "files": "The same is in this folder as tables (.csv, for a spreadsheet) and as data.json, for programs.",
        "yes": "yes",
        "no": "no",
        "accounts": "Your account",
        "orders": "Orders",
        "order_lines": "What was in them",
        "refunds": "Money given back",
        "carts": "Carts and checkouts you left",
        "browsers": "Browsers that may be remembered",
        "browsing": "What you looked at",
        "recommendations": "What was recommended to you",
        "consents": "What you said yes or no to",
        "not_written_to": "Addresses that are not written to",
        "messages": "E-mails to you",
        "merges": "Accounts that became one",
    },
    "de": {
        "title": "Was {shop} über Sie weiß",
        "made": "Erstellt am {at} UTC aus dem, was zu diesem Zeitpunkt gespeichert war. Ausgelassen ist nur, was auch "
        "andere nennt.",
        "names": "Sie sind bekannt als {names}.",
        "nobody": "Unter diesen Namen ist nichts bekannt.",
        "none": "Nichts.",
        "files": "Dasselbe liegt in diesem Ordner als Tabellen (.csv, für ein Tabellenprogramm) und als data.json, für "
        "Programme.",
        "yes": "ja",
        "no": "nein",
        "accounts": "Ihr Konto",
        "orders": "Bestellungen",
        "order_lines": "Was darin war",
        "refunds": "Erstattungen",
        "carts": "Warenkörbe und Kassenbesuche, die Sie nicht abgeschlossen haben",
        "browsers": "Browser, die wiedererkannt werden dürfen",
        "browsing": "Was Sie angesehen haben",
        "recommendations": "Was Ihnen empfohlen wurde",
        "consents": "Wozu Sie Ja oder Nein gesagt haben",
        "not_written_to": "Adressen, an die nicht geschrieben wird",
        "messages": "E-Mails an Sie",
        "merges": "Konten, die zusammengelegt wurden",
    },
}
STYLE = """
:root { color-scheme: light dark; --paper: #FBFAF7; --ink: #1F1D1A; --quiet: #66615A; --rule: #E4E0D8 }
@media (prefers-color-scheme: dark) { :root { --paper: #171614; --ink: #F1EEE8; --quiet: #A8A29A; --rule: #35322D } }
body { margin: 0 auto; padding: 24px; max-width: 68rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif }
h1 { font: 2rem/1.2 Georgia, serif } h2 { margin-top: 2rem } p.quiet { color: var(--quiet) }
div { overflow-x: auto } table { border-collapse: collapse; min-width: 100% }
th, td { padding: 8px 12px 8px 0; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top }
"""
PAGE = Markup(
    '<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    "<title>{title}</title><style>{style}</style></head><body><main><h1>{title}</h1><p>{names}</p>"
    '<p class="quiet">{made} {files}</p>{sections}</main></body></html>\n'
)
SECTION = Markup('<section><h2 id="{key}">{title}</h2>{content}</section>\n')
TABLE = Markup('<div tabindex="0" role="region" aria-labelledby="{key}"><table><thead><tr>{head}</tr></thead>'
               "<tbody>{body}</tbody></table></div>")  # fmt: skip


def write_page(shop: str, made_at: datetime, names: Sequence[str], tables: Mapping[str, Table], language: str) -> str:
    """Return the page as HTML. Whatever people once typed is text in it, never markup."""
    words = WORDS.get(language, WORDS["en"])
    known = words["names"].format(names=", ".join(names)) if names else words["nobody"]
    sections = [
        SECTION.format(key=key, title=words[key], content=_table(key, table, words)) for key, table in tables.items()
    ]
    return PAGE.format(
        language=language if language in WORDS else "en",
        title=words["title"].replace("{shop}", shop),
        style=Markup(STYLE),  # noqa: S704 - ours
        names=known,
        made=words["made"].format(at=f"{made_at:%Y-%m-%d %H:%M}"),
        files=words["files"],
        sections=Markup().join(sections),
    )


def _table(key: str, table: Table, words: Mapping[str, str]) -> Markup:
    if not table:
        return Markup("<p>{}</p>").format(words["none"])
    head = Markup().join(Markup('<th scope="col">{}</th>').format(name.replace("_", " ")) for name in table[0])
    rows = (Markup().join(Markup("<td>{}</td>").format(_cell(value, words)) for value in row.values()) for row in table)
    return TABLE.format(key=key, head=head, body=Markup().join(Markup("<tr>{}</tr>").format(row) for row in rows))


def _cell(value: Any, words: Mapping[str, str]) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return words["yes"] if value else words["no"]
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
