"""The plugin's sentences: found in its PHP and its block, kept in `languages/`, and made ready for WordPress.

`python -m plugins.woocommerce.wordpress.words` brings the catalogues up to date after a sentence changed.
"""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

DOMAIN = "regulars-for-woocommerce"
SOURCE = Path(__file__).parent / DOMAIN
BLOCK_SCRIPT = "regulars-recommendations-editor-script"  # under this name WordPress loads the block's editor script

_CALL = re.compile(
    r"""(?<![\w])(?:esc_html__|esc_attr__|esc_html_e|esc_attr_e|__|_e)\(\s*'(?P<words>(?:[^'\\]|\\.)*)',\s*'regulars-for-woocommerce'""",
    re.VERBOSE,
)
_CHANCE = re.compile(
    rb'"(?:Project-Id-Version|[A-Za-z-]+-Date|Generated-By|Last-Translator|Language-Team|Report-Msgid-Bugs-To): '
)
_HEADER = re.compile(r"^ \* (?:Plugin Name|Description): +(.+)$", re.MULTILINE)


class Sentence(NamedTuple):
    """A sentence, where WordPress looks it up by context its context, and where it stands."""

    words: str
    context: str | None
    place: str


def sentences(source: Path = SOURCE) -> Iterator[Sentence]:
    """Yield every sentence that can be translated, in the order of the files."""
    for path in sorted(source.rglob("*")):
        place = path.relative_to(source).as_posix()
        if path.suffix in {".php", ".js"}:
            text = path.read_text("utf-8")
            for found in _CALL.finditer(text):
                yield Sentence(re.sub(r"\\(['\\])", r"\1", found["words"]), None, place)
        if path.name == f"{DOMAIN}.php":
            yield from (Sentence(words, None, place) for words in _HEADER.findall(path.read_text("utf-8")))
        if path.name == "block.json":
            block = json.loads(path.read_bytes())
            yield Sentence(block["title"], "block title", place)
            yield Sentence(block["description"], "block description", place)
            yield from (Sentence(word, "block keyword", place) for word in block.get("keywords", []))


def template(source: Path = SOURCE) -> Catalog:
    """Return all sentences as an empty catalogue."""
    catalog = Catalog(charset="utf-8", fuzzy=False)
    catalog.header_comment = "# Regulars for WooCommerce, GPL-2.0-or-later."
    for sentence in sentences(source):
        flags = ["php-format"] if re.search(r"%(\d\$)?[sd]", sentence.words) else []
        catalog.add(sentence.words, context=sentence.context, locations=[(sentence.place, 0)], flags=flags)
    return catalog


def compiled(po: bytes) -> bytes:
    """Return a translation as WordPress loads it for PHP."""
    out = io.BytesIO()
    write_mo(out, read_po(io.BytesIO(po)))
    return out.getvalue()


def for_scripts(po: bytes) -> bytes:
    """Return a translation as WordPress loads it for the block's editor script."""
    catalog = read_po(io.BytesIO(po))
    words = {
        str(message.id): [message.string]
        for message in catalog
        if message.id
        and message.string
        and not message.context
        and any(".js" in place for place, _ in message.locations)
    }
    head = {"": {"domain": "messages", "lang": str(catalog.locale), "plural-forms": catalog.plural_forms}}
    told = {"domain": "messages", "locale_data": {"messages": {**head, **words}}}
    return json.dumps(told, ensure_ascii=False, sort_keys=True).encode()


def written(catalog: Catalog) -> bytes:
    """Return a catalogue as a file, the same whenever it is written."""
    out = io.BytesIO()
    write_po(out, catalog, omit_header=False, sort_output=True, width=120, include_lineno=False)
    return b"".join(line for line in out.getvalue().splitlines(keepends=True) if not _CHANCE.match(line))


def main(source: Path = SOURCE) -> None:
    """Write the template, and bring each translation up to date with it."""
    empty = template(source)
    folder = source / "languages"
    (folder / f"{DOMAIN}.pot").write_bytes(written(empty))
    for path in sorted(folder.glob("*.po")):
        catalog = read_po(io.BytesIO(path.read_bytes()), locale=path.stem.removeprefix(f"{DOMAIN}-"))
        catalog.update(empty, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        path.write_bytes(written(catalog))


if __name__ == "__main__":
    main()
