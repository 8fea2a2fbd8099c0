"""Our own words in letters and on the pages behind their links. English is the source; German is written by hand."""

from app.translations import speaker


def letter_words(language: str, shop_name: str) -> dict[str, str]:
    """Return the words around a merchant's text."""
    say = speaker(language)
    shop = {"shop": shop_name}
    return {
        "basket": say.gettext("In your basket"),
        "total": say.gettext("Total"),
        "back": say.gettext("Back to my basket"),
        "also": say.gettext("You may also like"),
        "why": say.gettext(
            "You get this e-mail because you agreed to e-mails from %(shop)s and left something in your basket there."
        )
        % shop,
        "unsubscribe": say.gettext("No more of these e-mails"),
        "data": say.gettext("What %(shop)s knows about you") % shop,
    }


def more_words(language: str, count: int) -> str:
    """Say how many things of a cart are not shown."""
    return speaker(language).ngettext("and %(count)d more thing", "and %(count)d more things", count) % {"count": count}
