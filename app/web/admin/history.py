"""The history: who changed what, and when."""

from flask import Blueprint, render_template

from app.shops import audit
from app.web.admin.access import here
from app.web.admin.listing import PAGE_ROWS, read_listing
from app.web.admin.tongue import _


def hang(pages: Blueprint) -> None:
    """Hang the page."""
    pages.get("/history", endpoint="history")(show)


def show() -> str:
    """Show the audit trail, newest first."""
    at = here()
    listing = read_listing(("happened_at",), first="-happened_at", filters=("action",))
    with at.wiring.db.of_shop(at.shop.id) as session:
        trail = audit.read(session, at.shop.id, action=listing.filters["action"], offset=listing.offset, most=PAGE_ROWS)
        actions = audit.actions(session, at.shop.id)
    return render_template(
        "admin/history.html", here=at, listing=listing, trail=trail, actions=actions, action_words=action_words
    )


def action_words(action: str) -> str:
    """Name a kind of change."""
    return {
        "campaign_changed": _("changed the abandoned-cart campaign"),
        "campaign_turned_off": _("turned the abandoned-cart campaign off"),
        "campaign_turned_on": _("turned the abandoned-cart campaign on"),
        "customer_corrected": _("corrected their own data"),
        "data_exported": _("exported a customer's data"),
        "data_link_made": _("made a customer's link to their data"),
        "delivery_retried": _("tried deliveries again"),
        "discount_asked": _("asked for a customer's discount code"),
        "erasure_asked": _("had a customer forgotten"),
        "erasure_retried": _("tried to forget a customer again"),
        "import_asked": _("sent a file"),
        "item_hidden": _("hid an item"),
        "item_pinned": _("pinned an item"),
        "leaving_confirmed": _("had the whole shop erased"),
        "link_made": _("made a new set-up link"),
        "mail_stopped": _("stopped mail to a customer"),
        "message_arrived": _("said that a message had arrived"),
        "message_sent_again": _("sent a message again"),
        "person_invited": _("invited somebody"),
        "person_removed": _("let somebody go"),
        "reading_asked": _("had the shop's past read again"),
        "role_changed": _("changed a role"),
        "rule_undone": _("undid a pin or a hiding"),
        "sender_accepted": _("accepted the address mails come from"),
        "sender_changed": _("changed who mails come from"),
        "settings_changed": _("changed the settings"),
        "shop_connected": _("connected the shop"),
        "shop_disconnected": _("disconnected the shop"),
        "shop_opened": _("opened the shop"),
        "shopify_app_kept": _("entered the app at Shopify"),
        "plan_begun": _("began the plan at Shopify"),
        "tag_asked": _("asked for a customer's tag at Shopify"),
        "test_sent": _("sent a test"),
        "training_asked": _("asked for a training"),
        "webhook_secret_added": _("added a webhook secret"),
        **_of_people(),
    }.get(action, action.replace("_", " "))


def _of_people() -> dict[str, str]:
    return {
        "segment_added": _("made a segment"),
        "segment_changed": _("changed a segment"),
        "segment_deleted": _("deleted a segment"),
        "segment_restored": _("put a segment back"),
        "taken_apart": _("took two people apart"),
    }
