"""Changes told to Shopify. Each says how things are to be, so the same told twice changes nothing."""

from datetime import UTC, datetime
from typing import Any

from plugins.errors import Rejected
from plugins.shopify.admin import Data, NotDone, ask, tell
from plugins.shopify.bodies import name_of
from plugins.talking import Access, CampaignTold, Change, DiscountMade, FieldSet, MailAnswer, TagsChanged

TAKEN = "TAKEN"
LONGEST_TITLE = 255
STAMP = "%Y-%m-%dT%H:%M:%SZ"


def write_back(change: Change, access: Access, *, key: str) -> None:
    """Write one change to Shopify."""
    match change:
        case TagsChanged():
            _tags(change, access)
        case FieldSet():
            customer = name_of("Customer", change.customer_external_id)
            tell(access, "field_set", {"customer": customer, "key": change.key, "value": change.value})
        case MailAnswer():
            _answer(change, access)
        case DiscountMade():
            _discount(change, access, title=f"Regulars: {key}"[:LONGEST_TITLE])
        case CampaignTold():
            _campaign(change, access)


def _tags(change: TagsChanged, access: Access) -> None:
    customer = name_of("Customer", change.customer_external_id)
    for name, tags in (("tags_add", change.add), ("tags_remove", change.remove)):
        if tags:
            tell(access, name, {"id": customer, "tags": list(tags)})


def _answer(change: MailAnswer, access: Access) -> None:
    """Tell what was answered for an address, to whoever has this address at Shopify now.

    A customer's number is not enough: they may have another address by now, and a yes belongs to its address. Whatever
    they told Shopify later stands.
    """
    found = ask(access, "customer_named", {"email": change.email})["customerByIdentifier"]
    mail = (found or {}).get("defaultEmailAddress")
    if not found or not mail or mail["emailAddress"].strip().lower() != change.email.strip().lower():
        return
    state = "SUBSCRIBED" if change.is_given else "UNSUBSCRIBED"
    if mail["marketingState"] == state or _is_later(mail, change.answered_at):
        return
    told = {
        "customer": found["id"],
        "state": state,
        "level": "SINGLE_OPT_IN" if change.is_given else None,
        "answeredAt": _stamp(change.answered_at),
    }
    tell(access, "consent_told", told)


def _is_later(mail: Data, answered_at: datetime) -> bool:
    told_at = mail["marketingUpdatedAt"]
    return told_at is not None and datetime.fromisoformat(told_at) > answered_at


def _discount(change: DiscountMade, access: Access, *, title: str) -> None:
    """Make a code. Where it is there already under our title, it was made when this was told before."""
    customer = change.customer_external_id
    told: dict[str, Any] = {
        "title": title,
        "code": change.code,
        "share": change.percent / 100,
        "startsAt": _stamp(change.starts_at),
        "endsAt": _stamp(change.ends_at),
        "context": {"customers": {"add": [name_of("Customer", customer)]}} if customer else {"all": "ALL"},
    }
    try:
        tell(access, "discount_make", told)
    except NotDone as error:
        if error.code != TAKEN:
            raise
        found = ask(access, "discount_named", {"code": change.code})["codeDiscountNodeByCode"]
        if found is None or found["codeDiscount"].get("title") != title:
            raise Rejected(
                "The shop already has another discount under this code. Regulars needs a new code."
            ) from None


def _campaign(change: CampaignTold, access: Access) -> None:
    status = "ACTIVE" if change.is_on else "PAUSED"
    told = {"key": change.key, "title": change.title[:LONGEST_TITLE], "status": status, "address": access.app.base_url}
    tell(access, "campaign_told", told)
    if change.sent or change.clicked or change.unsubscribed:
        day = {"key": change.key, "day": f"{change.day.astimezone(UTC):%Y-%m-%d}", "offset": "+00:00"}
        numbers = {"sent": change.sent, "clicked": change.clicked, "left": change.unsubscribed}
        tell(access, "campaign_day", day | numbers)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(STAMP)
