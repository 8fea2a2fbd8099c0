"""What a merchant writes, and what stands there before one has: in English, and in German by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

FIELDS: Mapping[str, str] = MappingProxyType({"subject": "Subject", "preheader": "Preview line", "text": "Text"})


@dataclass(frozen=True)
class Texts:
    """What a merchant writes: plain text with Liquid in it. preheader: the line that inboxes show after the subject."""

    subject: str
    preheader: str
    text: str


DEFAULT_TEXTS: Mapping[str, Texts] = MappingProxyType(
    {
        "en": Texts(
            subject="Your basket at {{ shop_name }}",
            preheader="{{ items[0].title }}: where you left off, if you would still like it.",
            text="Hello {{ first_name }},\n\n"
            "You left something in your basket at {{ shop_name }}. If you would still like it, one click brings you "
            "back to where you were.\n\n"
            "If something held you up, just reply to this e-mail. We are glad to help.",
        ),
        "de": Texts(
            subject="Ihr Warenkorb bei {{ shop_name }}",
            preheader="{{ items[0].title }}: weiter, wo Sie aufgehört haben, wenn Sie noch mögen.",
            text="Guten Tag {{ first_name }},\n\n"
            "in Ihrem Warenkorb bei {{ shop_name }} liegt noch etwas. Wenn Sie es noch haben möchten, bringt Sie ein "
            "Klick dorthin zurück, wo Sie waren.\n\n"
            "Falls Sie etwas aufgehalten hat, antworten Sie einfach auf diese E-Mail. Wir helfen gern.",
        ),
    }
)
