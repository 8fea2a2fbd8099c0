"""The words of the pages behind the links in letters. English is the source; German is written by hand."""

from functools import lru_cache

from app.serving.words import speaker


@lru_cache(maxsize=256)
def page_words(kind: str, language: str, shop_name: str) -> dict[str, str]:
    """Return title, text and button of a page. Without a shop's name it speaks of the shop."""
    say = speaker(language)
    pages = {
        "ask": (
            say.gettext("No more e-mails from %(shop)s?"),
            say.gettext("One click, and you get no more of them. E-mails about something you order come all the same."),
            say.gettext("Unsubscribe"),
        ),
        "left": (
            say.gettext("Done. You get no more of these e-mails from %(shop)s."),
            say.gettext("If you ever want them again, just say so in the shop. You can close this page."),
            say.gettext("Go to %(shop)s"),
        ),
        "unknown": (
            say.gettext("This link does not work any more."),
            say.gettext(
                "Perhaps it is very old, or its end was lost when it was copied. A newer e-mail has a link that "
                "works. Or reply to it and say what you would like."
            ),
            say.gettext("Go to %(shop)s"),
        ),
        "gone": (
            say.gettext("This basket is not there any more."),
            say.gettext("Perhaps it was ordered or emptied meanwhile, or the e-mail is older than two weeks."),
            say.gettext("Go to %(shop)s"),
        ),
        "busy": (
            say.gettext("A moment, please."),
            say.gettext("This was asked very often just now. Wait a minute, then open the link once more."),
            say.gettext("Go to %(shop)s"),
        ),
        "failed": (
            say.gettext("That did not work just now."),
            say.gettext("It is our fault, not yours. Wait a minute, then open the link once more."),
            say.gettext("Go to %(shop)s"),
        ),
    }
    shop = {"shop": shop_name or say.gettext("the shop")}
    title, text, button = (sentence % shop for sentence in pages[kind])
    return {"title": title, "text": text, "button": button}
