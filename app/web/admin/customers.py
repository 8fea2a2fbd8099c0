"""Customers: who they are, what they did, what was written to them, and what is allowed."""

from dataclasses import dataclass

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app import consent
from app.errors import NotFound
from app.identity import Known
from app.learning.people_reports import expected_of
from app.messaging import links
from app.models import ProfileMerge
from app.profiles import known, names, profile, refresh, search, timeline
from app.profiles.stages import RULES
from app.serving.words import reason_words
from app.shops import audit
from app.web.admin.access import Here, here
from app.web.admin.giving import read_offer
from app.web.admin.listing import PAGE_ROWS, read_listing
from app.web.admin.mail_words import reason
from app.web.admin.prediction_words import expectations
from app.web.admin.stage_words import MET, STAGES
from app.web.admin.tongue import _, _n
from app.web.admin.words import day, number
from app.web.picks import picks_for, visit_of
from plugins.events import Purpose, SuppressionReason

LINK_DAYS = 7
SHOWN = 4
WHO = "/customers/<any(customer, order, cart, consent):kind>/<row:row_id>"
STOPPED = "Stopped by the shop."
KEPT_WORDS = {"stages": STAGES, "rules": RULES, "because": MET}


@dataclass(frozen=True)
class Whom:
    """Whose profile is open, and the row that names them in the address: no page's address holds an e-mail's."""

    kind: str
    row_id: int
    known: Known


def hang(pages: Blueprint) -> None:
    """Hang the pages."""
    pages.get("/customers", endpoint="customers")(show_list)
    pages.get(WHO, endpoint="customer")(show_one)
    pages.post(f"{WHO}/link", endpoint="make_data_link")(make_data_link)
    pages.post(f"{WHO}/stop", endpoint="stop_mail")(stop_mail)
    pages.post(f"{WHO}/apart/<row:merge_id>", endpoint="take_apart")(take_apart)


def show_list() -> str:
    """Show people: those heard of last, or those that were searched for."""
    at = here()
    listing = read_listing(tuple(search.COLUMNS), first="-last_at", filters=("q",))
    words = listing.filters["q"].strip()
    with at.wiring.db.of_shop(at.shop.id) as session:
        found = search.find_people(
            session, at.shop.id, words, order=listing.order, offset=listing.offset, most=PAGE_ROWS
        )
        accounts = search.count_accounts(session, at.shop.id)
    return render_template(
        "admin/customers.html",
        here=at,
        listing=listing,
        rows=found.rows,
        total=found.total,
        words=words,
        sentence=_list_sentence(words, found.total, accounts),
        is_cut=found.total >= search.MOST_FOUND,
    )


def show_one(kind: str, row_id: int) -> str:
    """Show one person's profile."""
    at = here()
    g.shows_pictures = True
    listing = read_listing(("at",), first="-at", filters=("show",))
    wanted = listing.filters["show"] if listing.filters["show"] in timeline.KINDS else ""
    allowed = at.shop.learns_from_imported
    part = profile.Part(wanted, listing.offset, PAGE_ROWS)
    with at.wiring.db.of_shop(at.shop.id) as session:
        whom = _find(at, session, kind, row_id)
        one = profile.read_profile(session, at.shop.id, whom.known, part, is_unasked_allowed=allowed)
        kept = known.read_kept(session, at.shop.id, whom.known)
        expected = expected_of(session, at.shop.id, kept.profile.id) if kept else []
        others = profile.held_back(session, at.shop.id, whom.known)
        corrected = profile.correction(session, at.shop.id, one.accounts)
        offer = read_offer(at, session, kind, row_id)
        visit = visit_of(session, at.shop.id, one, is_unasked_allowed=allowed)
    return render_template(
        "admin/customer.html",
        here=at,
        whom=whom,
        one=one,
        listing=listing,
        wanted=wanted,
        called=_called(one),
        sentence=_sentence(one),
        others=others,
        kept=kept,
        expectations=expectations(expected, at.shop.currency),
        **KEPT_WORDS,
        names_in=_names_in,
        corrected=corrected,
        visit=visit,
        offer=offer,
        answer=picks_for(at.wiring, at.shop.id, visit, SHOWN),
        reason_of=reason_words,
        why=reason,
        kinds=_kinds(),
        may_stop=any(word.reason != consent.Reason.SUPPRESSED for word in one.standing.mail.values()),
    )


def make_data_link(kind: str, row_id: int) -> str:
    """Make the link to somebody's own page and show it this once."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        holder = names.holder_by_row(session, at.shop.id, kind, row_id)
        if holder is None:
            raise NotFound(_("Nobody is known by this number any more."))
        target = links.Target(email=holder.email, customer_external_id=holder.customer)
        token = links.make_link(session, at.shop.id, links.DATA, target, days=LINK_DAYS)
        audit.record(session, at.shop.id, at.person.person_id, "data_link_made", kind=kind, row=row_id)
    address = links.address(at.wiring.settings.base_url, at.shop.public_key, links.DATA, token)
    whom = {"kind": kind, "row_id": row_id}
    return render_template(
        "admin/customer_link.html", here=at, address=address, email=holder.email, whom=whom, days=LINK_DAYS
    )


def stop_mail(kind: str, row_id: int) -> ResponseReturnValue:
    """Never write to this person again, whatever they once agreed to."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        whom = _find(at, session, kind, row_id)
        for email in sorted(whom.known.emails):
            word = consent.Word(
                purpose=Purpose.EMAIL_MARKETING,
                is_given=False,
                source="merchant",
                email=email,
                wording=STOPPED,
                locale="en",
                occurred_at=at.now,
            )
            consent.record(session, at.shop.id, word)
            consent.suppress(session, at.shop.id, consent.Stop(email, SuppressionReason.BLOCKED, "merchant", at.now))
        audit.record(session, at.shop.id, at.person.person_id, "mail_stopped", kind=kind, row=row_id)
    flash(_("Stopped. Only a later yes of their own lets mail go out to them again."), "good")
    return redirect(url_for("admin.customer", kind=kind, row_id=row_id), code=303)


def take_apart(kind: str, row_id: int, merge_id: int) -> ResponseReturnValue:
    """Undo a merge of this person, for good."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        kept = known.read_kept(session, at.shop.id, _find(at, session, kind, row_id).known)
        if kept is None or merge_id not in {one.id for one in kept.merges}:
            raise NotFound(_("There is no such merge."))
        refresh.take_apart(session, at.shop.id, merge_id, at.person.person_id)
        audit.record(session, at.shop.id, at.person.person_id, "taken_apart", kind=kind, row=row_id)
    flash(_("Taken apart. They stay two people, whatever is told later."), "good")
    return redirect(url_for("admin.customer", kind=kind, row_id=row_id), code=303)


def _names_in(merge: ProfileMerge) -> list[str]:
    told = merge.evidence.get("names")
    return [str(one["name"]) for one in told] if isinstance(told, list) else []


def _find(at: Here, session: Session, kind: str, row_id: int) -> Whom:
    found = names.names_by_row(session, at.shop.id, kind, row_id)
    if found is None:
        raise NotFound(_("Nobody is known by this number. They may have been erased."))
    return Whom(kind, row_id, found)


def _list_sentence(words: str, total: int, accounts: int) -> str:
    if words and not total:
        return _("Nobody is called “%(words)s”.", words=words)
    if words and total >= search.MOST_FOUND:
        return _("At least %(count)s people fit “%(words)s”.", count=number(total), words=words)
    if words:
        return _n(
            "One person fits “%(words)s”.", "%(count)s people fit “%(words)s”.", total, count=number(total), words=words
        )
    if not total:
        return _("Nobody has ordered or signed up yet.")
    if not accounts:
        return _n("One person is known so far.", "%(count)s people are known so far.", total, count=number(total))
    return _n(
        "You know one customer by their account, and guests by their e-mail address.",
        "You know %(count)s customers by their account, and guests by their e-mail address.",
        accounts,
        count=number(accounts),
    )


def _called(one: profile.Profile) -> str:
    if one.name:
        return one.name
    named = sorted(one.who.emails) or [_("Customer %(id)s", id=id_) for id_ in sorted(one.who.customers)]
    return named[0]


def _sentence(one: profile.Profile) -> str:
    who = _called(one)
    if one.first_at is None or one.last_at is None:
        return _("%(who)s has not ordered yet.", who=who)
    zone = here().zone
    first, last = (at.astimezone(zone).date() for at in (one.first_at, one.last_at))
    if one.orders == 1:
        return _("%(who)s has ordered once, on %(day)s.", who=who, day=day(last))
    return _(
        "%(who)s has ordered %(count)s times since %(first)s, last on %(last)s.",
        who=who,
        count=number(one.orders),
        first=day(first),
        last=day(last),
    )


def _kinds() -> dict[str, str]:
    return {
        "order": _("Orders"),
        "cart": _("Carts"),
        "visit": _("Visits"),
        "message": _("Messages"),
        "consent": _("Consents"),
        "suppression": _("Mail stopped"),
        "review": _("Reviews"),
    }
