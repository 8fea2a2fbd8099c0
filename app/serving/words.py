"""Why an item is shown, in the shopper's language. English is the source; German is written by hand."""

from gettext import NullTranslations

from app.serving.recommend import Cause, Shown
from app.translations import LANGUAGES, speaker
from recommender.ranking.ranker import Why


def reason_words(shown: Shown, language: str = LANGUAGES[0]) -> str:
    """Say why an item is shown, in one sentence a shopper understands."""
    say = speaker(language)
    sentence = _with_count(say, shown) or _with_title(say, shown) or say.gettext("Popular in the shop just now")
    title = shown.evidence.title if shown.evidence else ""
    return sentence % {"title": title, "count": shown.count}


def _with_count(say: NullTranslations, shown: Shown) -> str:
    if shown.why == Why.BOUGHT_BEFORE:
        return say.ngettext("You bought this before", "You bought this %(count)d times", max(shown.count, 1))
    if shown.why == Why.POPULAR and shown.count:
        return say.ngettext(
            "%(count)d person bought this in the last 30 days",
            "%(count)d people bought this in the last 30 days",
            shown.count,
        )
    return ""


def _with_title(say: NullTranslations, shown: Shown) -> str:
    sentences: dict[str, str] = {
        Cause.PINNED: say.gettext("Picked by the shop"),
        Cause.NEW: say.gettext("New in the shop"),
        Why.TASTE: say.gettext("Chosen by people with a taste like yours"),
    }
    if shown.evidence is not None:
        sentences |= {
            Why.BOUGHT_TOGETHER: say.gettext("Often bought with %(title)s"),
            Why.SIMILAR: say.gettext("Similar to %(title)s"),
            Why.TASTE: say.gettext("Liked by people who choose %(title)s"),
        }
    return sentences.get(shown.why, "")
