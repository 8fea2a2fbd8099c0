"""Files coming in: send one, see how far it is, and take the rows that could not be read back as a file."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from app.errors import BadRequest, NotFound, Unavailable
from app.ingest import reports
from app.ingest.imports import request_import
from app.ingest.outcomes import outcomes
from app.ingest.reports import Part
from app.jobs.imports import recognize_file
from app.models import Import
from app.queues import FILES
from app.shops import audit
from app.web.admin.access import Here, here, takes_files
from app.web.admin.listing import PAGE_ROWS, read_listing
from app.web.admin.tongue import _
from app.web.admin.work import work_in_hand
from plugins.csvfile import KINDS

CHUNK_BYTES = 1024 * 1024
CSV_ROWS = 2000
SHOWN_ROWS = 20
ENDINGS = (".csv", ".csv.gz", ".csv.xz", ".txt")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # a spreadsheet would run a cell that begins like this


def hang(pages: Blueprint) -> None:
    """Hang the pages."""
    pages.get("/imports", endpoint="imports")(show_list)
    pages.post("/imports", endpoint="send_file")(send_file)
    pages.get("/imports/<row:import_id>", endpoint="import")(show_one)
    pages.get("/imports/<row:import_id>/set-aside.csv", endpoint="set_aside")(download)


def show_list() -> str:
    """Show all imports, and the form to send a file."""
    return _listed()


def _listed(fault: str = "") -> str:
    at = here()
    listing = read_listing(tuple(reports.IMPORT_COLUMNS), first="-created_at")
    with at.wiring.db.of_shop(at.shop.id) as session:
        found = reports.list_imports(session, at.shop.id, Part(listing.order, listing.offset, PAGE_ROWS))
        running = reports.open_imports(session, at.shop.id)
    return render_template(
        "admin/imports.html",
        here=at,
        listing=listing,
        rows=found.rows,
        total=found.total,
        work=work_in_hand(running, (), at.now),
        columns=_columns(),
        list_columns=_list_columns(),
        kinds=KINDS,
        sources=_sources(),
        endings=ENDINGS,
        fault=fault,
    )


@takes_files
def send_file() -> ResponseReturnValue:
    """Keep a file, put it in line, and ring for it."""
    at = here()
    chosen = request.form.get("kind", "")
    if chosen and chosen not in KINDS:
        raise BadRequest(_("Choose what is in the file from the list."))
    try:
        path = _keep(at, request.files.get("file"))
    except BadRequest as error:
        return _listed(str(error)), 400
    try:
        kind = chosen or recognize_file(path)
        with at.wiring.db.of_shop(at.shop.id) as session:
            import_id = request_import(session, at.shop.id, path, kind=kind)
            audit.record(session, at.shop.id, at.person.person_id, "import_asked", **{"import": import_id})
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    at.wiring.queues.nudge(FILES, "imports.run_import", at.shop.id, import_id)
    flash(_("The file is here. It is read in the background; you may leave this page."), "good")
    return redirect(url_for("admin.import", import_id=import_id), code=303)


def show_one(import_id: int) -> str:
    """Show one import, and why rows were set aside."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        found = _find(reports.find_import(session, at.shop.id, import_id))
        reasons = reports.reasons_set_aside(session, at.shop.id, import_id)
        examples = reports.set_aside_after(session, at.shop.id, import_id, 0, most=SHOWN_ROWS)
    work = work_in_hand([found], (), at.now) if found.finished_at is None else []
    return render_template(
        "admin/import.html",
        here=at,
        one=found,
        kind=KINDS.get(found.kind),
        outcomes=outcomes(found.counts),
        reasons=reasons,
        examples=examples,
        work=work,
    )


def download(import_id: int) -> Response:
    """Give the rows that were set aside as CSV, whose cells no spreadsheet runs."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        _find(reports.find_import(session, at.shop.id, import_id))
    answer = Response(_csv(at, import_id), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="set-aside-{import_id}.csv"'
    return answer


def safe_cell(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def safe_name(text: str) -> str:
    """Return a file name of ours that still reads like the sender's, with one of the endings that are read."""
    base = unicodedata.normalize("NFKD", text.replace("\\", "/").rsplit("/", 1)[-1])
    base = base.encode("ascii", "ignore").decode().lower()
    ending = next((one for one in ENDINGS if base.endswith(one)), None)
    if ending is None:
        raise BadRequest(_("Send a file whose name ends in %(endings)s.", endings=", ".join(ENDINGS)))
    stem = re.sub(r"[^a-z0-9]+", "-", base.removesuffix(ending)).strip("-")[:60]
    return f"{stem or 'file'}{ending}"


def _csv(at: Here, import_id: int) -> Iterator[str]:
    cells = io.StringIO()
    writer = csv.writer(cells)
    writer.writerow(["row_number", "reason", "row"])
    last = 0
    while True:
        with at.wiring.db.of_shop(at.shop.id) as session:
            rows = reports.set_aside_after(session, at.shop.id, import_id, last, most=CSV_ROWS)
        writer.writerows([one.row_number, safe_cell(one.reason), safe_cell(one.raw)] for one in rows)
        yield cells.getvalue()
        cells.seek(0)
        cells.truncate()
        if len(rows) < CSV_ROWS:
            return
        last = rows[-1].row_number


def _keep(at: Here, file: FileStorage | None) -> Path:
    if file is None or not file.filename:
        raise BadRequest(_("No file was chosen. Choose one."))
    folder = at.wiring.settings.data_dir / "uploads" / str(at.shop.id) / uuid4().hex
    path = folder / safe_name(file.filename)
    try:
        folder.mkdir(parents=True, mode=0o700)
        file.save(path, buffer_size=CHUNK_BYTES)
    except OSError as error:
        raise Unavailable(_("The file could not be kept: %(why)s.", why=error.strerror or "")) from error
    finally:
        file.close()
    return path


def _find(found: Import | None) -> Import:
    if found is None:
        raise NotFound(_("There is no import by this number."))
    return found


def _sources() -> list[tuple[str, str]]:
    """Return where each export is found, in the order in which files are best sent."""
    return [
        (
            "Shopify",
            _("Customers, Products and Orders each have an “Export” button: choose all, and “Plain CSV file”."),
        ),
        (
            "WooCommerce",
            _(
                "Set your own language in WordPress to English first. Products: “Export” above the list. Customers: "
                "Analytics, Customers, “Download”."
            ),
        ),
        (
            _("WooCommerce orders"),
            _(
                "With the free plugin Advanced Order Export For WooCommerce, as CSV, one row for each item. Analytics, "
                "Orders, “Download” works too, but names neither customers nor the prices of items."
            ),
        ),
        (
            "Klaviyo",
            _(
                "A list or segment: “Export to CSV”, with the columns of consent, its timestamp and suppressions. A "
                "segment of everybody who is suppressed too."
            ),
        ),
        (
            "Mailchimp",
            _(
                "Audience, All contacts, “Export audience”: unpack the folder and send each file under its own name. "
                "Send the unsubscribed and cleaned ones too."
            ),
        ),
        ("MailPoet", _("Subscribers, “Export”. It tells nobody's time of consent, so only those who left count.")),
    ]


def _list_columns() -> list[tuple[str, bool, str]]:
    return [
        ("email", True, ""),
        ("status", True, _("subscribed, unsubscribed, bounced, complained, blocked, or empty for never subscribed")),
        ("said_at", True, _("when they said so: 2026-11-24 18:30+01:00; without a zone it is UTC; empty is no proof")),
        ("wording", False, _("the sentence they agreed to")),
        ("wording_version", False, ""),
        ("locale", False, _("the language it was in: en, de")),
        ("first_name", False, ""),
        ("last_name", False, ""),
        ("phone", False, ""),
        ("country", False, _("two letters")),
    ]


def _columns() -> list[tuple[str, bool, str]]:
    return [
        ("order_id", True, _("rows of one order stand together")),
        ("ordered_at", True, _("2026-11-24 18:30, in the shop's time zone, or with its own: 2026-11-24T18:30+01:00")),
        ("item_id", True, _("your own id or article number")),
        ("quantity", True, _("a whole number; negative is a return")),
        ("unit_price", True, _("12.95, with a point")),
        ("item_title", False, _("as shown in the shop")),
        ("item_state", False, _("“hidden” for what is never recommended, such as postage; otherwise empty")),
        ("item_category", False, _("one shelf")),
        ("customer_id", False, _("empty is a guest")),
        ("email", False, ""),
        ("country", False, ""),
        ("currency", False, _("three letters; the shop's own where empty")),
        ("order_state", False, _("placed (or empty), cancelled, refunded")),
    ]
