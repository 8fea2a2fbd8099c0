"""Segments: people by what they did, where they stand and what is expected, in the merchant's own words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.errors import BadRequest
from app.jobs.segments import ask_for_segments
from app.models import Segment
from app.profiles import segment_lists, segments
from app.profiles.conditions import FIELDS, Field
from app.profiles.segments import Moves
from app.shops import audit
from app.web.admin import segment_form, segment_words
from app.web.admin.access import Here, here
from app.web.admin.listing import PAGE_ROWS, read_listing
from app.web.admin.segment_form import Draft
from app.web.admin.tongue import _

MOVED_WITHIN = timedelta(days=30)
NOBODY_MOVED = Moves()


@dataclass(frozen=True)
class Row:
    """A segment as it stands in the list."""

    id: int
    name: str
    words: str
    use: str
    people: int
    moves: Moves
    is_counted: bool


NOT_TOLD_YET = frozenset({"due_again_days", "interest"})  # the language knows them, but nothing writes them so far


def hang(pages: Blueprint) -> None:
    """Hang the pages."""
    pages.get("/segments", endpoint="segments")(show_list)
    pages.post("/segments", endpoint="add_segment")(add)
    pages.get("/segments/new", endpoint="new_segment")(show_new)
    pages.post("/segments/draft", endpoint="draft_segment")(draft)
    pages.post("/segments/count", endpoint="count_segment")(count)
    pages.post("/segments/ready-made", endpoint="put_in_segments")(put_in)
    pages.get("/segments/<row:segment_id>", endpoint="segment")(show_one)
    pages.post("/segments/<row:segment_id>", endpoint="change_segment")(change)
    pages.post("/segments/<row:segment_id>/delete", endpoint="delete_segment")(delete)
    pages.post("/segments/<row:segment_id>/restore", endpoint="restore_segment")(restore)


def show_list() -> str:
    """Show every segment: how many are in it and how that moved."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        listed = segment_lists.list_segments(session, at.shop.id)
        people = segment_lists.count_members(session, at.shop.id)
        moves = segments.moves_since(session, at.shop.id, at.now - MOVED_WITHIN)
        told = {one.id: segments.readable(one.condition) for one in listed}
        names = segment_lists.names_for(session, at.shop.id, at.shop.currency, filter(None, told.values()))
    rows = [
        Row(
            one.id,
            one.name,
            segment_words.who_words(told[one.id], names),
            segment_words.use_of(one),
            people.get(one.id, 0),
            moves.get(one.id, NOBODY_MOVED),
            one.counted_at is not None,
        )
        for one in listed
        if one.deleted_at is None
    ]
    return render_template(
        "admin/segments.html",
        here=at,
        rows=sorted(rows, key=lambda row: -row.people),
        deleted=[one for one in listed if one.deleted_at is not None],
        sentence=segment_words.sentence_of_all([(row.name, row.people) for row in rows]),
    )


def show_new() -> str:
    """Show an empty form."""
    return _show_form(here(), Draft())


def show_one(segment_id: int) -> str:
    """Show one segment: what it asks, and who is in it."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        segment = segments.find_segment(session, at.shop.id, segment_id)
    condition = segments.readable(segment.condition)
    return _show_form(at, segment_form.draft_of(segment.name, condition, at.shop.currency), segment)


def draft() -> ResponseReturnValue:
    """Show the form again as it was sent, with a line more or less, or with how many fit."""
    at = here()
    read = segment_form.read_draft(request.form, at.shop.currency)
    wish = request.form.get("do", "")
    if wish == "add":
        read = segment_form.add_line(read, request.form.get("add", ""))
    elif wish.startswith("remove-"):
        read = segment_form.drop_line(read, wish.removeprefix("remove-"), at.shop.currency)
    return _show_form(at, read, _segment_of_form(at))


def count() -> str:
    """Say how many people fit what is written right now."""
    at = here()
    read = segment_form.read_draft(request.form, at.shop.currency)
    with at.wiring.db.of_shop(at.shop.id) as session:
        return _count_words(session, at, read)


def add() -> ResponseReturnValue:
    """Keep a new segment."""
    at = here()
    read = segment_form.read_draft(request.form, at.shop.currency)
    if read.condition is None:
        return _show_form(at, read), 400
    try:
        with at.wiring.db.of_shop(at.shop.id) as session:
            row = segments.add_segment(session, at.shop.id, read.name, read.condition)
            audit.record(session, at.shop.id, at.person.person_id, "segment_added", segment=row.id, name=row.name)
    except BadRequest as error:
        return _show_form(at, read, name_fault=str(error)), 400
    return _done(at, _("“%(name)s” is kept. Who fits is in it in a moment.", name=row.name), row.id)


def change(segment_id: int) -> ResponseReturnValue:
    """Keep what was changed in a segment."""
    at = here()
    read = segment_form.read_draft(request.form, at.shop.currency)
    if read.condition is None:
        return _show_form(at, read, _segment_of_form(at)), 400
    try:
        with at.wiring.db.of_shop(at.shop.id) as session:
            segments.rename(session, at.shop.id, segment_id, read.name)
            segments.change_condition(session, at.shop.id, segment_id, read.condition)
            told = {"segment": segment_id, "name": read.name}
            audit.record(session, at.shop.id, at.person.person_id, "segment_changed", **told)
    except BadRequest as error:
        return _show_form(at, read, _segment_of_form(at), name_fault=str(error)), 400
    return _done(at, _("Kept. Who fits now is in it in a moment."), segment_id)


def delete(segment_id: int) -> ResponseReturnValue:
    """Delete a segment."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        name = segments.find_segment(session, at.shop.id, segment_id).name
        segments.delete_segment(session, at.shop.id, segment_id)
        audit.record(session, at.shop.id, at.person.person_id, "segment_deleted", segment=segment_id, name=name)
    flash(_("“%(name)s” is deleted. It can be put back at the end of the list.", name=name), "good")
    return redirect(url_for("admin.segments"), code=303)


def restore(segment_id: int) -> ResponseReturnValue:
    """Put a deleted segment back."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        name = segments.restore_segment(session, at.shop.id, segment_id).name
        audit.record(session, at.shop.id, at.person.person_id, "segment_restored", segment=segment_id, name=name)
    return _done(at, _("“%(name)s” is back. Who fits is in it in a moment.", name=name), segment_id)


def put_in() -> ResponseReturnValue:
    """Put the ready-made segments in now, without waiting for the clock."""
    at = here()
    ask_for_segments(at.wiring, at.shop.id)
    flash(_("The ready-made segments are in. Who fits is counted in a moment."), "good")
    return redirect(url_for("admin.segments"), code=303)


def _done(at: Here, words: str, segment_id: int) -> ResponseReturnValue:
    ask_for_segments(at.wiring, at.shop.id)
    flash(words, "good")
    return redirect(url_for("admin.segment", segment_id=segment_id), code=303)


def _show_form(at: Here, read: Draft, segment: Segment | None = None, *, name_fault: str = "") -> str:
    listing = read_listing(tuple(segment_lists.COLUMNS), first="-last_order")
    currency, total = at.shop.currency, 0
    people: Sequence[segment_lists.Person] = ()
    with at.wiring.db.of_shop(at.shop.id) as session:
        names = segment_lists.names_for(session, at.shop.id, currency, [read.condition] if read.condition else [])
        counted = _count_words(session, at, read) if at.may_change else ""
        if segment is not None:
            total = segment_lists.count_members(session, at.shop.id).get(segment.id, 0)
            people = segment_lists.list_people(
                session, at.shop.id, segment.id, order=listing.order, offset=listing.offset, most=PAGE_ROWS
            )
        asked = {line.field for line in read.lines}
        offers = _offers(session, at, asked)
    return render_template(
        "admin/segment.html",
        here=at,
        segment=segment,
        draft=read,
        name_fault=name_fault,
        words=segment_words.who_words(read.condition, names),
        part_words=lambda fixed: segment_words.who_words(segment_form.read_part(fixed), names),
        use=segment_words.use_of(segment) if segment else "",
        counted=counted,
        offers=offers,
        groups=_groups(),
        op_words=segment_form.op_words,
        listing=listing,
        people=people,
        total=total,
        shows_people=request.method == "GET",  # else the list's own links would lead nowhere
        sentence=segment_words.fault_sentence(read.faults) or segment_words.sentence_of_one(segment, total),
    )


def _offers(session: Session, at: Here, asked: set[str]) -> dict[str, Sequence[tuple[str, str]]]:
    """Return what there is to choose from, for the lines that name something of the shop's."""
    offers: dict[str, Sequence[tuple[str, str]]] = {}
    if "bought_item" in asked:
        offers["bought_item"] = segment_lists.offer_items(session, at.shop.id)
    if "bought_category" in asked:
        offers["bought_category"] = [(one, "") for one in segment_lists.offer_categories(session, at.shop.id)]
    if "interest" in asked:
        offers["interest"] = segment_lists.list_interests(session, at.shop.id)
    return offers


def _groups() -> list[tuple[str, list[Field]]]:
    asked = [one for key, one in FIELDS.items() if key not in NOT_TOLD_YET]
    return [(group, list(fields)) for group, fields in groupby(asked, key=lambda one: one.group)]


def _segment_of_form(at: Here) -> Segment | None:
    """Return the segment that a form is about; None where it is a new one."""
    told = str((request.view_args or {}).get("segment_id") or request.form.get("segment", ""))
    if not (told.isdecimal() and len(told) < 19):
        return None
    with at.wiring.db.of_shop(at.shop.id) as session:
        return segments.find_segment(session, at.shop.id, int(told))


def _count_words(session: Session, at: Here, read: Draft) -> str:
    if not read.lines:
        return ""
    if read.condition is None:
        return _("Not countable yet: something above is still missing.")
    fitting = segments.count_fitting(session, at.shop.id, read.condition)
    return segment_words.fitting_sentence(fitting, segment_lists.count_everybody(session, at.shop.id))
