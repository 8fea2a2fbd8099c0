"""Messages: who was written to, who was not and why; and a person's word where nobody can know."""

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.messaging import outbox, reports
from app.messaging.reports import Part, Week
from app.models import Message, MessageState
from app.models.decisions import DEFERRED
from app.queues import MAIL
from app.shops import audit
from app.web.admin import mail_words
from app.web.admin.access import here
from app.web.admin.campaign import read_campaign
from app.web.admin.listing import PAGE_ROWS, read_listing
from app.web.admin.mail_places import places, post_of, way
from app.web.admin.overview import midnight
from app.web.admin.tongue import _, _n
from app.web.admin.words import number

MOVING = (MessageState.PLANNED, MessageState.SENDING)


def hang(pages: Blueprint) -> None:
    """Hang the pages."""
    pages.get("/messages", endpoint="messages")(show_list)
    pages.get("/messages/<row:message_id>", endpoint="message")(show_one)
    pages.post("/messages/<row:message_id>/arrived", endpoint="message_arrived")(say_arrived)
    pages.post("/messages/<row:message_id>/again", endpoint="message_again")(say_again)


def show_list() -> str:
    """Show how the week went, the campaign, and every message with its reason."""
    at = here()
    listing = read_listing(tuple(reports.MESSAGE_COLUMNS), first="-planned_at", filters=("state", "reason"))
    part = Part(listing.order, listing.offset, PAGE_ROWS)
    with at.wiring.db.of_shop(at.shop.id) as session:
        campaign = read_campaign(session, at)
        week = reports.week(session, at.shop.id, midnight(at) - timedelta(days=6))
        rows = reports.list_messages(session, at.shop.id, part, **listing.filters)
        tally = reports.tally(session, at.shop.id)
        people = reports.people_of(session, at.shop.id, [one.id for one in rows])
    return render_template(
        "admin/messages.html",
        here=at,
        places=places(at),
        campaign=campaign,
        answer=week_answer(week, is_on=campaign.is_on),
        way=way(at) if post_of(at).is_caught else "",
        listing=listing,
        rows=rows,
        total=tally.total(**listing.filters),
        states=tally.states,
        reasons=tally.reasons,
        ever=tally.total(),
        standing=reports.standing,
        people=people,
    )


def show_one(message_id: int) -> str:
    """Show one message: what was decided, what was in it, what the mail server said."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        one = _find(reports.find_message(session, at.shop.id, message_id))
        people = reports.people_of(session, at.shop.id, [one.id])
    is_deferred = reports.standing(one) == DEFERRED
    return render_template(
        "admin/message.html",
        here=at,
        one=one,
        answer=mail_words.answer(one, is_deferred=is_deferred),
        is_caught=post_of(at).is_caught and mail_words.is_caught(one),
        is_doubtful=one.state == MessageState.IN_DOUBT,
        is_moving=one.state in MOVING,
        decisions=reports.decisions(one),
        step=mail_words.step,
        items=one.content.get("items") or [],
        recommendations=one.content.get("recommendations") or [],
        standing=reports.standing,
        people=people,
    )


def say_arrived(message_id: int) -> ResponseReturnValue:
    """Take a person's word that a message in doubt arrived."""
    _settle(message_id, outbox.say_arrived, "message_arrived", _("It is written down as sent."))
    return redirect(url_for("admin.message", message_id=message_id), code=303)


def say_again(message_id: int) -> ResponseReturnValue:
    """Send a message in doubt once more, on a person's word that it had not arrived."""
    if _settle(message_id, outbox.send_again, "message_sent_again", _("It is in line again.")):
        here().wiring.queues.nudge(MAIL, "messages.send_messages", here().shop.id)
    return redirect(url_for("admin.message", message_id=message_id), code=303)


def week_answer(week: Week, *, is_on: bool) -> str:
    """Say in one sentence how the week went."""
    if not (week.reminded or week.skipped):
        if week.waiting:
            return _n("One message is on its way.", "%(num)d messages are on their way.", week.waiting)
        return (
            _("Nobody had to be reminded of a cart this week.")
            if is_on
            else _("Nobody is being reminded of their cart.")
        )
    reminded = _n(
        "One person was reminded of their cart this week",
        "%(count)s people were reminded of their cart this week",
        week.reminded,
        count=number(week.reminded),
    )
    if not week.reminded:
        reminded = _("Nobody was reminded of their cart this week")
    if not week.skipped:
        return _("%(reminded)s.", reminded=reminded)
    return _("%(reminded)s; %(skipped)s.", reminded=reminded, skipped=_skipped(week))


def _skipped(week: Week) -> str:
    words = {"count": number(week.skipped), "why": mail_words.clause(week.main_reason)}
    if week.is_one_reason:
        return _n("one was not, because %(why)s", "%(count)s were not, because %(why)s", week.skipped, **words)
    return _n("one was not", "%(count)s were not, mostly because %(why)s", week.skipped, **words)


def _settle(message_id: int, decide: Callable[[Session, int, int], bool], action: str, said: str) -> bool:
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        _find(reports.find_message(session, at.shop.id, message_id))
        if not decide(session, at.shop.id, message_id):
            flash(_("It is not in doubt any more: somebody was faster, or the mail server answered late."), "warn")
            return False
        audit.record(session, at.shop.id, at.person.person_id, action, message=message_id)
    flash(said, "good")
    return True


def _find(found: Message | None) -> Message:
    if found is None:
        raise NotFound(_("There is no message by this number."))
    return found
