"""What the pages about messages share: their tabs, and the way a mail goes from here."""

import re

from app.campaigns.campaigns import Post
from app.web.admin.access import Here
from app.web.admin.tongue import _

HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)


def in_new_windows(html: str) -> str:
    """Let a letter's links open new windows, never its frame; where the sandbox opens none they lead nowhere."""
    base = '<base target="_blank">'
    found, count = HEAD.subn(lambda head: head[0] + base, html, count=1)
    return found if count else base + html


def places(at: Here) -> list[tuple[str, str, str]]:
    """Return the tabs; caught mail only where mail is caught."""
    found = [
        ("messages", "admin.messages", _("Messages")),
        ("campaign", "admin.campaign", _("Campaign")),
        ("sender", "admin.sender", _("Sender")),
    ]
    return [*found, ("caught", "admin.caught_mail", _("Caught mail"))] if post_of(at).is_caught else found


def post_of(at: Here) -> Post:
    """Return what stands between a campaign and its letters on this server."""
    settings = at.wiring.settings
    return Post(has_server=bool(settings.smtp_url), is_caught=settings.is_mail_caught)


def way(at: Here) -> str:
    """Say where a mail goes from here."""
    post = post_of(at)
    if post.is_caught:
        return _("Mails are caught on this machine; nobody receives them. Read them under “Caught mail”.")
    if not post.has_server:
        return _("No mail server is set, so nothing leaves: whoever runs this server sets SMTP_URL.")
    return _("Mails leave through the mail server that SMTP_URL names, and reach people.")
