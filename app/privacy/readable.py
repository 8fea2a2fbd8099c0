"""The page of an archive: what a shop knows of somebody, in words, readable without a network. English and German."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from markupsafe import Markup

from app.privacy.known import Table
from app.privacy.readable_words import CODED, COLUMNS, MEANINGS

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "What {shop} knows about you",
        "made": "Made on {at} UTC, from what was kept at that moment. Nothing is left out but what names others too.",
        "names": "You are known as {names}.",
        "nobody": "Nothing is known under these names.",
        "none": "Nothing.",
        "files": "Times are UTC. The same is in this folder, with columns that are empty here, as tables (.csv, for a "
        "spreadsheet) and as data.json, for programs.",
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
        "reviews": "What you wrote about items",
        "told_to_platform": "What is about to be told to the shop's own system",
        "messages": "E-mails to you",
        "profile": "What is counted of you",
        "segments": "Groups of customers you are in",
        "segment_moves": "Groups you came into or left",
        "predictions": "What is expected of you",
        "expected_spending": "What you are expected to spend",
        "due_again": "What you may need again",
        "interests": "What you said you like",
        "joined_profiles": "What was counted apart and became one",
        "merges": "Accounts that became one",
    },
    "de": {
        "title": "Was {shop} über Sie weiß",
        "made": "Erstellt am {at} UTC aus dem, was zu diesem Zeitpunkt gespeichert war. Ausgelassen ist nur, was auch "
        "andere nennt.",
        "names": "Sie sind bekannt als {names}.",
        "nobody": "Unter diesen Namen ist nichts bekannt.",
        "none": "Nichts.",
        "files": "Zeiten in UTC. Dasselbe liegt in diesem Ordner, mit Spalten, die hier leer wären, als Tabellen "
        "(.csv, für ein Tabellenprogramm) und als data.json, für Programme.",
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
        "reviews": "Was Sie über Artikel geschrieben haben",
        "told_to_platform": "Was dem Shopsystem gleich mitgeteilt wird",
        "messages": "E-Mails an Sie",
        "profile": "Was über Sie gezählt wird",
        "segments": "Kundengruppen, in denen Sie sind",
        "segment_moves": "Gruppen, in die Sie kamen oder die Sie verließen",
        "predictions": "Was von Ihnen erwartet wird",
        "expected_spending": "Was Sie voraussichtlich ausgeben",
        "due_again": "Was Sie vielleicht wieder brauchen",
        "interests": "Was Ihnen nach eigenen Worten gefällt",
        "joined_profiles": "Was getrennt gezählt und zusammengelegt wurde",
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
td { overflow-wrap: anywhere; min-width: 7rem; max-width: 24rem } td:has(ul) { min-width: 16rem }
ul { margin: 0; padding-left: 1.2rem }
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
LIST = Markup("<ul>{}</ul>")
EMPTY: tuple[Any, ...] = (None, "", [], {})
SAID_FIRST = frozenset({"title", "quantity", "total", "price", "currency"})


def write_page(shop: str, made_at: datetime, names: Sequence[str], tables: Mapping[str, Table], language: str) -> str:
    """Return the page as HTML. Whatever people once typed is text in it, never markup."""
    language = language if language in WORDS else "en"
    words = WORDS[language]
    known = words["names"].format(names=", ".join(names)) if names else words["nobody"]
    sections = [
        SECTION.format(key=key, title=words[key], content=_table(key, table, language)) for key, table in tables.items()
    ]
    return PAGE.format(
        language=language,
        title=words["title"].replace("{shop}", shop),
        style=Markup(STYLE),  # noqa: S704 - ours
        names=known,
        made=words["made"].format(at=f"{made_at:%Y-%m-%d %H:%M}"),
        files=words["files"],
        sections=Markup().join(sections),
    )


def _table(key: str, table: Table, language: str) -> Markup:
    if not table:
        return Markup("<p>{}</p>").format(WORDS[language]["none"])
    names = [name for name in table[0] if any(row[name] not in EMPTY for row in table)]
    head = Markup().join(Markup('<th scope="col">{}</th>').format(_called(name, language)) for name in names)
    rows = ((Markup("<td>{}</td>").format(_cell(name, row[name], language)) for name in names) for row in table)
    body = Markup().join(Markup("<tr>{}</tr>").format(Markup().join(row)) for row in rows)
    return TABLE.format(key=key, head=head, body=body)


def _called(name: str, language: str) -> str:
    return COLUMNS[language].get(name, name.replace("_", " "))


def _cell(name: str, value: Any, language: str) -> str:
    if value in EMPTY:
        return "–"
    if isinstance(value, bool):
        return WORDS[language]["yes" if value else "no"]
    if isinstance(value, list):
        return LIST.format(Markup().join(Markup("<li>{}</li>").format(_cell("", one, language)) for one in value))
    if isinstance(value, dict):
        return _thing(value, language) if "title" in value else _facts(value, language)
    return _text(name, str(value), language)


def _text(name: str, told: str, language: str) -> str:
    if name in CODED:
        return MEANINGS[language].get(told, told.replace("_", " "))
    if name == "at" or name.endswith("_at"):
        return told.removesuffix("+00:00").replace("T", " ")
    return told


def _thing(one: Mapping[str, Any], language: str) -> Markup:
    """Write an item in one line: how many of what, for how much, then whatever else is kept of it."""
    count, price, currency = one.get("quantity"), one.get("total") or one.get("price"), one.get("currency")
    first = f"{count} × {one['title']}" if count else str(one["title"])
    line = ", ".join([first, *([f"{price} {currency or ''}".strip()] if price else [])])
    rest = {name: value for name, value in one.items() if name not in SAID_FIRST and value not in EMPTY}
    return Markup("{}{}").format(line, _facts(rest, language)) if rest else Markup("{}").format(line)


def _facts(told: Mapping[str, Any], language: str) -> Markup:
    lines = (
        Markup("<li>{}: {}</li>").format(_called(name, language), _cell(name, value, language))
        for name, value in told.items()
        if value not in EMPTY
    )
    return LIST.format(Markup().join(lines))
