"""The words of the pages behind the links in letters. English is the source; German is written by hand."""

from functools import lru_cache
from typing import NamedTuple

from app.translations import speaker


def N_(sentence: str) -> str:  # noqa: N802 - gettext's word for "to be translated later"
    """Mark a sentence."""
    return sentence


class Page(NamedTuple):
    """What a page says, and what is written on the one thing to press."""

    title: str
    text: str
    button: str = N_("Go to %(shop)s")


PAGES = {
    "ask": Page(
        N_("No more e-mails from %(shop)s?"),
        N_("One click, and you get no more of them. E-mails about something you order come all the same."),
        N_("Unsubscribe"),
    ),
    "left": Page(
        N_("Done. You get no more of these e-mails from %(shop)s."),
        N_("If you ever want them again, just say so in the shop. You can close this page."),
    ),
    "test": Page(
        N_("Nothing was changed: this link came with a test."),
        N_("In an e-mail that is no test, this button ends the e-mails about carts at once."),
    ),
    "unknown": Page(
        N_("This link does not work any more."),
        N_(
            "Perhaps it is very old, or its end was lost when it was copied. A newer e-mail has a link that "
            "works. Or reply to it and say what you would like."
        ),
    ),
    "gone": Page(
        N_("This basket is not there any more."),
        N_("Perhaps it was ordered or emptied meanwhile, or the e-mail is older than two weeks."),
    ),
    "busy": Page(
        N_("A moment, please."),
        N_("This was asked very often just now. Wait a minute, then open the link once more."),
    ),
    "failed": Page(
        N_("That did not work just now."),
        N_("It is our fault, not yours. Wait a minute, then open the link once more."),
    ),
}


@lru_cache(maxsize=256)
def page_words(kind: str, language: str, shop_name: str) -> Page:
    """Return what a page says. Without a shop's name it speaks of the shop."""
    say = speaker(language)
    shop = {"shop": shop_name or say.gettext("the shop")}
    return Page(*(say.gettext(sentence) % shop for sentence in PAGES[kind]))
