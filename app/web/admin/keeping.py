"""What one does about a connection that stands: look again, read the past again, and take Regulars out of the shop."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from app.errors import AppError, BadRequest
from app.ingest.backfills import ASKED, start_backfills
from app.jobs.access import open_access
from app.models import ConnectionState
from app.queues import FILES
from app.shops import audit, connections
from app.shops.shops import change_shop
from app.web.admin.access import here, owners_only
from app.web.admin.connect import talks_of
from app.web.admin.tongue import _
from app.web.limits import TRYING, check_pace
from plugins.errors import PlatformError
from plugins.talking import Kind


def hang(pages: Blueprint) -> None:
    """Hang the actions."""
    pages.post("/connection/look", endpoint="look_at_connection")(look)
    pages.post("/connection/read-again", endpoint="read_again")(read_again)
    pages.post("/connection/disconnect", endpoint="disconnect")(disconnect)


def look() -> ResponseReturnValue:
    """Have the shop, its webhooks and its storefront looked at now. What is broken waits for new keys, not for us."""
    at = here()
    check_pace(TRYING, "look", at.shop.id)
    talks_of(at)
    with at.wiring.db.of_shop(at.shop.id) as session:
        row = connections.connection_of(session, at.shop.id)
        stands = row is not None and row.state == ConnectionState.CONNECTED
    if stands:
        at.wiring.queues.nudge(FILES, "connecting.set_up_shop", at.shop.id)
    at.wiring.queues.nudge(FILES, "watching.watch_shop", at.shop.id)
    flash(_("Your shop is being looked at. What was found appears below in a moment."), "good")
    return redirect(url_for("admin.connection"), code=303)


def read_again() -> ResponseReturnValue:
    """Read the shop's past once more. What is known already stays as it is; only what is newer changes anything."""
    at = here()
    check_pace(TRYING, "read again", at.shop.id)
    talks = talks_of(at)
    kinds = [kind for kind in Kind if kind in talks.kinds]
    with at.wiring.db.of_shop(at.shop.id) as session:
        row = connections.connection_of(session, at.shop.id)
        if row is None or row.credentials is None:
            raise BadRequest(connections.NOT_CONNECTED)
        waiting = start_backfills(session, at.shop.id, kinds, cause=ASKED, until=at.now)
        audit.record(session, at.shop.id, at.person.person_id, "reading_asked")
    for backfill_id in waiting:
        at.wiring.queues.nudge(FILES, "backfills.run_backfill", at.shop.id, backfill_id)
    flash(_("Your shop's past is read once more. You may leave this page."), "good")
    return redirect(url_for("admin.connection"), code=303)


@owners_only
def disconnect() -> ResponseReturnValue:
    """Take away what we made in the shop, as far as it lets us, and destroy what opens it."""
    at = here()
    talks = talks_of(at)
    trouble = ""
    try:
        talks.revoke(open_access(at.wiring, at.shop.id))
    except (PlatformError, AppError) as error:
        trouble = str(error)
    with at.wiring.db.of_shop(at.shop.id) as session:
        connections.mark_gone(session, at.shop.id)
        # From now on nobody tells us who has bought, so nobody is written to about a cart either.
        change_shop(session, at.shop.id, {"uninstalled_at": at.shop.uninstalled_at or at.now})
        audit.record(session, at.shop.id, at.person.person_id, "shop_disconnected")
    flash(_("Disconnected. Regulars can no longer open your shop; what it knows already stays."), "good")
    if trouble:
        flash(
            _("Webhooks and keys of ours may still be in your shop; delete them there. (%(why)s)", why=trouble), "warn"
        )
    return redirect(url_for("admin.connection"), code=303)
