"""A drawn placeholder for every item: the same item always looks the same, and nothing but shapes is in it."""

import hashlib
import re
from dataclasses import dataclass
from html import escape

from app.demo.motifs import motif_of, motifs


@dataclass(frozen=True)
class Palette:
    """A main colour, its dark and pale shades, and the wall behind it."""

    main: str
    dark: str
    pale: str
    wall: str


PALETTES = {
    "red": Palette("#B9574E", "#7C332E", "#F0D2C6", "#EFE3D8"),
    "pink": Palette("#D796A0", "#8F4E5C", "#F7E1E1", "#F1E4E0"),
    "blue": Palette("#6F93AE", "#37556D", "#DCE8EE", "#E3E9EA"),
    "green": Palette("#84A078", "#47633F", "#E1EBD8", "#E8EBDF"),
    "yellow": Palette("#DDB35A", "#8A6420", "#F8EBC8", "#F2EBDC"),
    "purple": Palette("#9C85AC", "#584467", "#E8DFEC", "#EAE5EA"),
    "black": Palette("#5B5955", "#2C2B29", "#D8D4CC", "#E9E4DB"),
    "white": Palette("#FBF8F1", "#94897A", "#EDE6D9", "#D9D2C5"),
    "silver": Palette("#B4B9BC", "#666E74", "#EEF0F0", "#E2E4E2"),
    "brown": Palette("#A17C5D", "#5C4029", "#EADBC9", "#EFE6DA"),
    "orange": Palette("#D68F5C", "#8A4E22", "#F7DFC9", "#F1E6DA"),
    "teal": Palette("#6BA39B", "#2F625B", "#D8EBE6", "#E1EBE7"),
}
COLOUR_WORDS = (
    ("red", "red ruby cherry strawberry poppy toadstool tomato"),
    ("pink", "pink rose rosebud peony sweetheart princess"),
    ("blue", "blue navy sky denim ocean lavender"),
    ("green", "green olive mint apple fern lime woodland"),
    ("yellow", "yellow gold lemon sunflower bee amber brass"),
    ("purple", "purple lilac amethyst violet mauve fuschia"),
    ("black", "black skull skulls slate jet zinc noir"),
    ("white", "white ivory cream pearl lace"),
    ("silver", "silver metal steel crystal diamante antique grey"),
    ("brown", "brown chocolate wooden wood wicker oak coffee jute"),
    ("orange", "orange peach copper pumpkin carrot"),
    ("teal", "turquoise teal aqua pistachio jade"),
)
COLOURS = tuple(
    (name, re.compile(rf"\b(?:{words.replace(' ', '|')})\b", re.IGNORECASE)) for name, words in COLOUR_WORDS
)
BY_CHANCE = ("red", "pink", "blue", "green", "yellow", "purple", "brown", "orange", "teal")

DOTS = '<circle cx="6" cy="6" r="3.4" fill="{c}"/><circle cx="17" cy="17" r="3.4" fill="{c}"/>'
STRIPES = '<rect width="9" height="22" fill="{c}" opacity=".75"/>'
CHECK = '<rect width="11" height="22" fill="{c}" opacity=".4"/><rect width="22" height="11" fill="{c}" opacity=".4"/>'
FLOWERS = (
    '<g fill="{c}" opacity=".85"><circle cx="8" cy="5" r="2.8"/><circle cx="8" cy="11" r="2.8"/>'
    '<circle cx="5" cy="8" r="2.8"/><circle cx="11" cy="8" r="2.8"/></g><circle cx="8" cy="8" r="1.8" fill="{b}"/>'
    '<circle cx="18" cy="18" r="1.6" fill="{c}"/>'
)
HEARTS = '<path d="M11 17c-6-5-8-7-8-10a4 4 0 0 1 8-1a4 4 0 0 1 8 1c0 3-2 5-8 10Z" fill="{c}" opacity=".8"/>'
STARS = '<path d="M11 3l2.3 5.2 5.7.6-4.3 3.8 1.3 5.6-5-3-5 3 1.3-5.6-4.3-3.8 5.7-.6Z" fill="{c}" opacity=".8"/>'
PATTERNS = (
    (DOTS, r"retrospot|polkadot|spot|spots|spotty|dotty|dots|toadstool|bobble"),
    (CHECK, r"gingham|check|checked|tartan|cottage|tea.?towel|picnic"),
    (STRIPES, r"stripe|stripes|striped|stripy|circus|beach|deckchair|nautical|seaside|knitted"),
    (
        FLOWERS,
        r"paisley|floral|flower|flowers|rose|roses|daisy|blossom|botanical|doily|lace|baroque|folk.?art|vintage",
    ),
    (HEARTS, r"hearts|love|sweetheart|valentine"),
    (STARS, r"stars|spaceboy|christmas|magic|fairy|circus"),
)
WORN = tuple((drawing, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for drawing, words in PATTERNS)
SEVERAL = re.compile(r"\b(?:set|pack|box|bundle) of (?:\d+|three)\b|\bset \d|\bassorted\b|^\d+ ", re.IGNORECASE)


def draw(item: str, title: str, shelf: str) -> str:
    """Return the picture as SVG."""
    chance = hashlib.sha256(item.encode()).digest()
    palette = _palette(title, chance[0])
    pattern = next((drawing for drawing, call in WORN if call.search(title)), "")
    fill = "url(#p)" if pattern else palette.main
    shades = {"b": palette.dark, "c": palette.pale, "w": "#FFFDF8"}
    motif = motifs()[motif_of(title, shelf)]
    front = motif.format(a=fill, **shades)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" role="img"><title>{escape(title)}</title>'
        + (_pattern(pattern, palette, shades) if pattern else "")
        + _room(palette, chance[1])
        + (_back(motif.format(a=palette.main, **shades)) if SEVERAL.search(title) else "")
        + f'<g transform="translate(62 92) scale(1.38) rotate({chance[2] % 7 - 3} 100 100)">{front}</g></svg>'
    )


def _palette(title: str, chance: int) -> Palette:
    named = (name for name, words in COLOURS if words.search(title))
    return PALETTES[next(named, BY_CHANCE[chance % len(BY_CHANCE)])]


def _pattern(drawing: str, palette: Palette, shades: dict[str, str]) -> str:
    inside = drawing.format(a=palette.main, **shades)
    return (
        '<defs><pattern id="p" width="22" height="22" patternUnits="userSpaceOnUse">'
        f'<rect width="22" height="22" fill="{palette.main}"/>{inside}</pattern></defs>'
    )


def _room(palette: Palette, chance: int) -> str:
    """Draw the wall, a quiet shape on it, and the board on which things stand."""
    shapes = (
        f'<circle cx="200" cy="196" r="148" fill="{palette.pale}" opacity=".75"/>',
        f'<path d="M72 318 V190 a128 128 0 0 1 256 0 V318 Z" fill="{palette.pale}" opacity=".75"/>',
        f'<rect x="66" y="62" width="268" height="256" rx="26" fill="{palette.pale}" opacity=".75"/>',
    )
    return (
        f'<rect width="400" height="400" fill="{palette.wall}"/>{shapes[chance % 3]}'
        f'<rect y="318" width="400" height="82" fill="{palette.dark}" opacity=".13"/>'
        f'<ellipse cx="200" cy="322" rx="118" ry="10" fill="{palette.dark}" opacity=".16"/>'
    )


def _back(motif: str) -> str:
    return (
        f'<g opacity=".45"><g transform="translate(2 136) scale(1.1)">{motif}</g>'
        f'<g transform="translate(178 136) scale(1.1)">{motif}</g></g>'
    )
