"""What was decided about a message, and what one can do about it, as a shopkeeper says it."""

from collections.abc import Mapping
from datetime import datetime

from babel.dates import format_timedelta
from flask import Flask

from app.campaigns.reports import LeftCart
from app.models import Defer, Message, MessageState, Note, Skip
from app.web.admin.tongue import _, _n
from app.web.admin.words import money, number

HOUR_MINUTES = 60
DAY_MINUTES = 24 * HOUR_MINUTES
CAUGHT = "Caught."  # what the mail server of this machine answers


def prepare(app: Flask) -> None:
    """Give templates these words."""
    app.jinja_env.filters.update(reason=reason, clause=clause, remedy=remedy, minutes=minutes)


def reason(value: str) -> str:
    """Say why, as a sentence's beginning: They never agreed to mail."""
    words = clause(value)
    return words[:1].upper() + words[1:]


def clause(value: str) -> str:
    """Say why, to stand after "because"."""
    return {**_skips(), **_deferrals(), **_notes()}.get(value, value.replace("_", " "))


def remedy(value: str) -> str:
    """Say what one can do about it; empty where there is nothing to do."""
    return {**_of_people(), **_of_machines()}.get(value, "")


def minutes(value: int) -> str:
    """Write a delay: 45 minutes, one hour, 2 days."""
    if value and value % DAY_MINUTES == 0:
        return _n("one day", "%(num)d days", value // DAY_MINUTES)
    if value and value % HOUR_MINUTES == 0:
        return _n("one hour", "%(num)d hours", value // HOUR_MINUTES)
    return _n("one minute", "%(count)s minutes", value, count=number(value))


def cart_label(cart: LeftCart, now: datetime) -> str:
    """Name a cart in a list to choose from."""
    return _n(
        "%(who)s: one line, %(total)s, %(when)s",
        "%(who)s: %(num)d lines, %(total)s, %(when)s",
        cart.lines,
        who=cart.email or _("somebody"),
        total=money(cart.total_minor, cart.currency),
        when=format_timedelta(cart.left_at - now, add_direction=True),
    )


def variables(shop_name: str) -> list[tuple[str, str, str]]:
    """Return what a merchant may write into a text, what it means, and an example."""
    return [
        ("{{ first_name }}", _("Their first name; empty when nobody told us"), _("Anna")),
        ("{{ shop_name }}", _("The name of your shop"), shop_name),
        ("{{ shop_url }}", _("The address of your shop"), "https://shop.example"),
        ("{{ recover_url }}", _("The link that fills their cart again"), "https://…/r/…"),
        ("{{ total }}", _("What the cart costs today"), "£9.00"),
        ("{{ items[0].title }}", _("The first item; price, quantity and url likewise"), _("Green tea")),
        (
            "{% for item in items %}{{ item.title }}{% unless forloop.last %}, {% endunless %}{% endfor %}",
            _("All items, one after the other"),
            _("Green tea, Tea pot"),
        ),
        (
            "{% if first_name %}Hello {{ first_name }}{% else %}Hello{% endif %}",
            _("One thing or another"),
            _("Hello Anna"),
        ),
    ]


def step(what: str) -> str:
    """Name what was decided in one step of a message."""
    return {
        MessageState.PLANNED: _("Planned"),
        MessageState.SENDING: _("Handed over"),
        MessageState.SENT: _("Sent"),
        MessageState.SKIPPED: _("Not sent"),
        MessageState.FAILED: _("Failed"),
        MessageState.IN_DOUBT: _("In doubt"),
        "deferred": _("Put off"),
        "word": _("Decided by a person"),
    }.get(what, what.replace("_", " "))


def is_caught(message: Message) -> bool:
    """Say whether a message stayed on this machine, by the words of its own mail server."""
    return message.state == MessageState.SENT and CAUGHT in (message.reply or "")


def answer(message: Message, *, is_deferred: bool) -> str:
    """Say in one sentence what became of a message."""
    if is_caught(message):
        return _("It was caught on this machine, and nobody received it.")
    why = clause(message.reason)
    if is_deferred:
        return _("It was put off, because %(why)s.", why=why)
    return {
        MessageState.PLANNED: _("It is planned, and not sent yet."),
        MessageState.SENDING: _("It is being handed to the mail server."),
        MessageState.SENT: _("It was sent."),
        MessageState.SKIPPED: _("It was not sent, because %(why)s.", why=why),
        MessageState.FAILED: _("It could not be sent, because %(why)s.", why=why),
        MessageState.IN_DOUBT: _("Nobody knows whether it arrived, because %(why)s.", why=why),
    }[MessageState(message.state)]


def _skips() -> Mapping[str, str]:
    return {
        Skip.NEVER_ASKED: _("they never agreed to mail"),
        Skip.WITHDRAWN: _("they said no to mail"),
        Skip.SUPPRESSED: _("their address must not be written to"),
        Skip.ORDERED: _("they have ordered since"),
        Skip.EMPTIED: _("they emptied the cart"),
        Skip.CART_DELETED: _("the shop deleted the cart"),
        Skip.NOTHING_LEFT: _("nothing in the cart can still be bought"),
        Skip.NEWER_CART: _("they left another cart later, and that one counts"),
        Skip.TOO_OLD: _("it would have come too late to make sense"),
        Skip.TOO_MANY: _("they were written to often enough"),
        Skip.SWITCHED_OFF: _("the campaign was turned off"),
        Skip.UNINSTALLED: _("the shop has removed Regulars"),
        Skip.FORGOTTEN: _("they asked to be forgotten"),
        Skip.CONTROL_GROUP: _("they are left alone, so that you can see what reminders bring"),
    }


def _deferrals() -> Mapping[str, str]:
    return {
        Defer.CART_CHANGED: _("they came back to the cart, so the wait began anew"),
        Defer.NEWS_WAITING: _("news from the shop is still being read"),
        Defer.NEWS_UNREAD: _("something came from the shop that could not be read"),
        Defer.QUIET_HOURS: _("these are quiet hours"),
        Defer.CAPPED: _("they were written to a short while ago"),
        Defer.NOT_TAKEN: _("the mail server asked to come again later"),
        Defer.SERVER_AWAY: _("the mail server does not answer"),
        Defer.NO_SERVER: _("no mail server is set"),
        Defer.NO_SENDER: _("nobody has accepted the address it is sent from"),
    }


def _notes() -> Mapping[str, str]:
    return {
        Note.DUE: _("a cart was left"),
        Note.HANDED_OVER: _("the mail server is being spoken to"),
        Note.ACCEPTED: _("the mail server took it"),
        Note.ADDRESS_DEAD: _("there is no such mailbox"),
        Note.REFUSED: _("the mail server refused it"),
        Note.UNREADABLE: _("the text could not be written for this cart"),
        Note.LINE_BROKE: _("the mail server fell silent after it had the whole letter"),
        Note.WORKER_DIED: _("the program stopped in the middle of handing it over"),
        Note.SAID_ARRIVED: _("somebody here said that it arrived"),
        Note.SAID_AGAIN: _("somebody here said to send it again"),
    }


def _of_people() -> Mapping[str, str]:
    return {
        Skip.NEVER_ASKED: _(
            "Only they can say yes. Put the box at your checkout, and bring in the consents you hold under “Coming in”."
        ),
        Skip.WITHDRAWN: _("That is theirs to decide. A later yes of their own counts again."),
        Skip.SUPPRESSED: _(
            "It bounced, complained or was blocked. After an unsubscription only its owner's own later yes counts."
        ),
        Skip.NOTHING_LEFT: _("Bring the items back into stock; who leaves such a cart then is reminded."),
        Skip.TOO_MANY: _("Nobody gets more than a few mails in a week, however many carts they leave."),
        Skip.TOO_OLD: _(
            "If that happens often, shorten the quiet hours, or see on the overview whether something stood."
        ),
        Skip.SWITCHED_OFF: _("Turn the campaign on again; it begins with the carts left from then on."),
        Note.ADDRESS_DEAD: _("This address is never written to again."),
    }


def _of_machines() -> Mapping[str, str]:
    return {
        Defer.NEWS_WAITING: _("It waits until what came in is read: an order may be in it."),
        Defer.NEWS_UNREAD: _("It may be their order. Open “Coming in”, look at what is quarantined, and try it again."),
        Defer.NOT_TAKEN: _("It is tried again by itself."),
        Defer.SERVER_AWAY: _("It is tried again by itself. Whoever runs the mail server should look at it."),
        Defer.NO_SERVER: _("Whoever runs this server sets SMTP_URL; what waits is sent then."),
        Defer.NO_SENDER: _("Open “Sender”, read what was found about the address, and accept it."),
        Note.REFUSED: _("What the mail server said stands below. Ask whoever runs it."),
        Note.UNREADABLE: _("Open the campaign, look at the preview with this cart, and mend the text."),
    }
