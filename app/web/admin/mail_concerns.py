"""What is wrong with mail, and which wishes of people press: sentences like those of `concerns.py`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.campaigns.campaigns import Post
from app.messaging.reports import Standing
from app.privacy.reports import Pressing
from app.privacy.wishes import DAYS_TO_ANSWER
from app.web.admin.concerns import Concern
from app.web.admin.tongue import _, _n
from app.web.admin.words import day, number

AWAY_LONG = timedelta(minutes=5)
PRESSING_AFTER = timedelta(days=20)


@dataclass(frozen=True)
class MailFacts:
    """Everything the judgement rests on, read beforehand."""

    now: datetime
    standing: Standing
    post: Post
    pressing: Pressing


def judge(facts: MailFacts) -> list[Concern]:
    """Return what is wrong, the most pressing first."""
    found = (_wishes(facts), _in_doubt(facts), _server(facts), _no_server(facts), _sender(facts))
    return [one for one in found if one is not None]


def _wishes(facts: MailFacts) -> Concern | None:
    pressing = facts.pressing
    if not pressing.count or pressing.oldest_at is None:
        return None
    return Concern(
        _n(
            "Somebody's wish about their data is still open.",
            "%(count)s people's wishes about their data are still open.",
            pressing.count,
            count=number(pressing.count),
        ),
        _(
            "The law gives a month. The oldest has to be fulfilled by %(day)s.",
            day=day((pressing.oldest_at + timedelta(days=DAYS_TO_ANSWER)).date()),
        ),
        "admin.privacy",
        _("Look at the wishes"),
    )


def _in_doubt(facts: MailFacts) -> Concern | None:
    if not facts.standing.in_doubt:
        return None
    return Concern(
        _n(
            "One message may or may not have arrived.",
            "%(count)s messages may or may not have arrived.",
            facts.standing.in_doubt,
            count=number(facts.standing.in_doubt),
        ),
        _("The mail server fell silent at the last moment. Nothing is sent again by itself: it waits for your word."),
        "admin.messages",
        _("Decide"),
        arguments={"state": "in_doubt"},
    )


def _server(facts: MailFacts) -> Concern | None:
    since = facts.standing.away_since
    if since is None or since > facts.now - AWAY_LONG:
        return None
    minutes = int((facts.now - since).total_seconds() // 60)
    away = _n("for one minute", "for %(num)d minutes", minutes)
    if minutes >= 120:
        away = _n("for one hour", "for %(num)d hours", minutes // 60)
    return Concern(
        _("The mail server has not answered %(away)s.", away=away),
        _n(
            "One message waits. It is tried again by itself; whoever runs the mail server should look at it.",
            "%(count)s messages wait. They are tried again by themselves; whoever runs the mail server should look.",
            facts.standing.away,
            count=number(facts.standing.away),
        ),
        "admin.messages",
        _("See what waits"),
        arguments={"reason": "server_away"},
    )


def _no_server(facts: MailFacts) -> Concern | None:
    if not facts.standing.is_on or facts.post.has_server:
        return None
    return Concern(
        _("The campaign is on, but no mail server is set."),
        _("Nothing leaves until whoever runs this server sets SMTP_URL; what is planned waits."),
        "admin.sender",
        _("See what to set"),
    )


def _sender(facts: MailFacts) -> Concern | None:
    standing = facts.standing
    if not standing.is_on or facts.post.is_caught or not facts.post.has_server or standing.accepted_at is not None:
        return None
    return Concern(
        _("The campaign is on, but nobody has accepted the address it is sent from."),
        _("Read what was found about its domain, then use the address; what is planned waits until then."),
        "admin.sender",
        _("Look at the sender"),
    )
