"""Data and privacy: who asked to be forgotten or to be shown their data, and doing either for one person.

No address of a page holds an e-mail's: a person is found by a form, and named by a row of theirs.
"""

from dataclasses import dataclass

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.errors import BadRequest, NotFound
from app.identity import Known, clean_email
from app.models import Erasure, WorkState
from app.privacy import wishes
from app.privacy.archive import archive
from app.privacy.person import Whole, find_person
from app.privacy.rows import count_rows
from app.profiles import names
from app.queues import FAST
from app.shops import audit
from app.web.admin.access import Here, here, owners_only
from app.web.admin.listing import PAGE_ROWS, Listing, read_listing
from app.web.admin.tongue import _, _n
from app.web.admin.words import number

LONGEST_SEARCH = 320
CONFIRMED = "ERASE"
PLACES = frozenset(names.SEEDS)

FIND = text("""
    SELECT 'customer' AS kind, id, 1 AS rank FROM customers WHERE shop_id = :shop_id AND external_id = :words
    UNION ALL (SELECT 'customer', id, 2 FROM customers WHERE shop_id = :shop_id AND email = :email LIMIT 1)
    UNION ALL (SELECT 'order', id, 3 FROM orders WHERE shop_id = :shop_id AND customer_external_id = :words LIMIT 1)
    UNION ALL (SELECT 'order', id, 4 FROM orders WHERE shop_id = :shop_id AND email = :email LIMIT 1)
    UNION ALL (SELECT 'cart', id, 5 FROM carts WHERE shop_id = :shop_id AND email = :email LIMIT 1)
    UNION ALL (SELECT 'consent', id, 6 FROM consent_records WHERE shop_id = :shop_id AND email = :email LIMIT 1)
    ORDER BY rank LIMIT 1
""")


@dataclass(frozen=True)
class Found:
    """Somebody a page is open for: by which row, under which names, and how many rows tell of them."""

    kind: str
    row_id: int
    person: Whole
    counts: dict[str, int]


def hang(pages: Blueprint) -> None:
    """Hang the pages."""
    pages.get("/privacy", endpoint="privacy")(show)
    pages.post("/privacy/find", endpoint="find_person")(find)
    pages.post("/privacy/export", endpoint="export_person")(export)
    pages.post("/privacy/erase", endpoint="erase_person")(erase)
    pages.post("/privacy/<row:wish_id>/answer", endpoint="answer_wish")(answer)
    pages.post("/privacy/<row:wish_id>/again", endpoint="retry_wish")(try_again)
    pages.post("/privacy/<row:wish_id>/leave", endpoint="confirm_leaving")(confirm_leaving)


def show() -> str:
    """Show all wishes, and somebody whose data is to be exported or erased."""
    at = here()
    listing = read_listing(("requested_at",), first="-requested_at", filters=("kind", "row_id"))
    with at.wiring.db.of_shop(at.shop.id) as session:
        told = wishes.read_wishes(session, at.shop.id, offset=listing.offset, most=PAGE_ROWS)
        found = _chosen(session, at, listing)
    return render_template(
        "admin/privacy.html",
        here=at,
        listing=listing,
        wishes=told,
        found=found,
        sentence=_sentence(told),
        count_words=count_words,
        standing=standing,
        deadline=wishes.deadline,
        confirmed=CONFIRMED,
        waits_for_owner=_waits_for_owner,
    )


def find() -> ResponseReturnValue:
    """Look for somebody by their whole e-mail address or customer's number."""
    at = here()
    words = request.form.get("who", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    with at.wiring.db.of_shop(at.shop.id) as session:
        row = session.execute(FIND, {"shop_id": at.shop.id, "words": words, "email": clean_email(words)}).first()
    if row is None:
        flash(_("Nobody is known by exactly that. Try their whole e-mail address, or their customer's number."), "warn")
        return redirect(url_for("admin.privacy"), code=303)
    return redirect(url_for("admin.privacy", kind=row.kind, row_id=row.id) + "#person", code=303)


def export() -> ResponseReturnValue:
    """Hand out everything that is known of somebody."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        kind, row_id, known = _named(session, at)
        packed = archive(session, at.shop.id, known, is_proven_only=False)
        audit.record(session, at.shop.id, at.person.person_id, "data_exported", kind=kind, row=row_id)
    return _zip(packed, f"{at.shop.slug}-{kind}-{row_id}")


@owners_only
def erase() -> ResponseReturnValue:
    """Put somebody's erasure in line, once an owner has typed the word."""
    at = here()
    if request.form.get("word", "").strip().upper() != CONFIRMED:
        raise BadRequest(_("Nothing was erased. Go back and type %(word)s to confirm.", word=CONFIRMED))
    with at.wiring.db.of_shop(at.shop.id) as session:
        _kind, _row_id, known = _named(session, at)
        wish_id = wishes.request_erasure(session, at.shop.id, known, "merchant")
        audit.record(session, at.shop.id, at.person.person_id, "erasure_asked", wish=wish_id)
    at.wiring.queues.nudge(FAST, "forgetting.fulfil_wish", at.shop.id, wish_id)
    flash(_("They are being forgotten. Below stands how far it is; you may leave this page."), "good")
    return redirect(url_for("admin.privacy"), code=303)


def answer(wish_id: int) -> ResponseReturnValue:
    """Answer a request for data: hand out the archive, and write down that it was."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        known = wishes.answer(session, at.shop.id, wish_id, now=at.now)
        if known is None:
            raise NotFound(_("There is no such request, or the person was forgotten meanwhile."))
        packed = archive(session, at.shop.id, known, is_proven_only=False)
        audit.record(session, at.shop.id, at.person.person_id, "data_exported", wish=wish_id)
    return _zip(packed, f"{at.shop.slug}-request-{wish_id}")


def try_again(wish_id: int) -> ResponseReturnValue:
    """Put a wish back in line, now."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        if not wishes.try_again(session, at.shop.id, wish_id):
            raise NotFound(_("There is nothing to try again: it is over."))
        audit.record(session, at.shop.id, at.person.person_id, "erasure_retried", wish=wish_id)
    at.wiring.queues.nudge(FAST, "forgetting.fulfil_wish", at.shop.id, wish_id)
    flash(_("Back in line."), "good")
    return redirect(url_for("admin.privacy"), code=303)


@owners_only
def confirm_leaving(wish_id: int) -> ResponseReturnValue:
    """Take an owner's word that everything of the shop may go."""
    at = here()
    if request.form.get("word", "").strip() != at.shop.slug:
        raise BadRequest(_("Nothing was erased. Go back and type the shop's short name, %(slug)s.", slug=at.shop.slug))
    with at.wiring.db.of_shop(at.shop.id) as session:
        row = session.get(Erasure, (at.shop.id, wish_id))
        if row is None or not _waits_for_owner(row, at):
            raise NotFound(_("There is nothing to confirm."))
        wishes.confirm_leaving(session, at.shop.id, wish_id, now=at.now)
        wishes.try_again(session, at.shop.id, wish_id)
        audit.record(session, at.shop.id, at.person.person_id, "leaving_confirmed", wish=wish_id)
    at.wiring.queues.nudge(FAST, "forgetting.fulfil_wish", at.shop.id, wish_id)
    flash(_("Everything of this shop is being erased."), "good")
    return redirect(url_for("admin.privacy"), code=303)


def count_words(counts: dict[str, int]) -> list[tuple[str, int]]:
    """Name what was found, the largest first."""
    words = {
        "artifacts": _("learned rankers"), "audit": _("lines of the history"), "browsing": _("things they looked at"),
        "carts": _("carts"), "caught_mail": _("caught e-mails"), "clicks": _("clicks"), "consents": _("yeses and noes"),
        "customers": _("accounts"), "deletion_reports": _("reports of deletion"), "deliveries": _("webhook deliveries"),
        "impressions": _("recommendations seen (kept, without them)"), "mail_links": _("links in e-mails"),
        "merges": _("joined accounts"), "messages": _("messages"), "orders": _("orders (kept, without them)"),
        "others_carts": _("others' carts that used their address"),
        "others_orders": _("others' orders that used their address"), "refunds": _("reasons of refunds"),
        "reviews": _("reviews"), "others_reviews": _("others' reviews that used their address"),
        "write_backs": _("answers, codes and tags on their way to the platform"),
        "set_aside": _("rows of files set aside"), "suppressions": _("addresses not written to"),
        "uploads": _("files left over"), "visitor_links": _("sign-ins of browsers"), "visitors": _("browsers"),
        "wishes": _("open requests"), "profiles": _("profiles"), "profile_names": _("names of profiles"),
        "joined_profiles": _("joined profiles"), "others_profiles": _("profiles that others share (counted anew)"),
        "predictions": _("predictions"), "said_predictions": _("predictions of earlier months"),
        "due_again": _("items they may need again"), "segments": _("places in segments"),
        "segment_moves": _("ways in and out of segments"), "interests": _("interests they named"),
        "others_interests": _("others' interests that used their address"),
        "others_interests_twice": _("others' interests that were there twice"),
        "news": _("news on their way to a profile"),
    }  # fmt: skip
    named = [(words.get(name, name.replace("_", " ")), count) for name, count in counts.items()]
    return sorted(named, key=lambda one: (-one[1], one[0]))


def standing(wish: Erasure, at: Here) -> tuple[str, str]:
    """Return how a wish's state looks and what it is called."""
    if wish.kind == "show":
        return ("done", _("answered")) if wish.answered_at else ("waiting", _("waits for your answer"))
    if _waits_for_owner(wish, at):
        return "waiting", _("waits for an owner's word")
    if wish.state == WorkState.DONE:
        return "done", _("forgotten")
    if wish.state == WorkState.FAILED:
        return "failed", _("stopped")
    if wish.live_erased_at:
        return "running", _("gone from the shop; the disk follows")
    return "running", _("in line")


def _sentence(told: wishes.Wishes) -> str:
    if told.is_open:
        return _n("One wish is open.", "%(count)s wishes are open.", told.is_open, count=number(told.is_open))
    if told.total:
        return _n("The one who asked was answered.", "All %(count)s wishes are fulfilled.", told.total,
                  count=number(told.total))  # fmt: skip
    return _("Nobody has asked to be forgotten or to see their data.")


def _waits_for_owner(wish: Erasure, at: Here) -> bool:
    if wish.kind != "shop" or wish.live_erased_at is not None:
        return False
    left_at = at.shop.uninstalled_at
    return left_at is None or (wish.asked_by == "platform" and left_at > at.now - wishes.GRACE)


def _chosen(session: Session, at: Here, listing: Listing) -> Found | None:
    kind, row_id = listing.filters["kind"], listing.filters["row_id"]
    if kind not in PLACES or not (row_id.isdecimal() and len(row_id) < 19):
        return None
    known = names.names_by_row(session, at.shop.id, kind, int(row_id))
    if known is None:
        return None
    person = find_person(session, at.shop.id, Whole(known, frozenset()), is_proven_only=False)
    return Found(kind, int(row_id), person, count_rows(session, at.shop.id, person))


def _named(session: Session, at: Here) -> tuple[str, int, Known]:
    kind, row_id = request.form.get("kind", ""), request.form.get("row_id", "")
    if kind not in PLACES or not (row_id.isdecimal() and len(row_id) < 19):
        raise BadRequest(_("It is not clear who is meant. Find them again."))
    known = names.names_by_row(session, at.shop.id, kind, int(row_id))
    if known is None:
        raise NotFound(_("Nobody is known by this number any more."))
    return kind, int(row_id), known


def _zip(packed: bytes, name: str) -> Response:
    answer = Response(packed, mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
