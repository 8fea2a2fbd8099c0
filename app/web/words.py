"""The widget's own words, in the shopper's language. English is the source; German is written by hand."""

from functools import lru_cache

from app.serving.recommend import CART, HOME, PRODUCT
from app.translations import LANGUAGES, speaker
from app.web.shapes import WidgetWords


def language_of(wish: str) -> str:
    """Return the language we speak that comes closest to a browser's wish, such as `de-AT,de;q=0.9`."""
    wished = (part.split(";")[0].strip()[:2].lower() for part in wish[:200].split(","))
    return next((one for one in wished if one in LANGUAGES), LANGUAGES[0])


@lru_cache(maxsize=32)
def widget_words(placement: str, language: str) -> WidgetWords:
    """Return the words around a placement's items."""
    say = speaker(language)
    headings = {
        HOME: say.gettext("Picked for you"),
        PRODUCT: say.gettext("Goes well with this"),
        CART: say.gettext("Goes well with your basket"),
    }
    return WidgetWords(
        heading=headings[placement],
        why=say.gettext("Why this?"),
        dismiss=say.gettext("Not for me"),
        dismissed=say.gettext("We will not show this again."),
    )
