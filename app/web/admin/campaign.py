"""The abandoned-cart campaign: what it says and when, who changed it, and its switch."""

from dataclasses import asdict, fields, replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.campaigns import campaigns, lift, rehearsal, reports
from app.campaigns.campaigns import LONGEST_DELAY, SHORTEST_DELAY, Wish
from app.messaging.shop_sender import find_sender
from app.messaging.texts import DEFAULT_TEXTS
from app.models import Campaign
from app.shops import audit
from app.translations import LANGUAGES
from app.web.admin.access import Here, here
from app.web.admin.campaign_form import CHOICES, TEXTS, CampaignForm, read_wish
from app.web.admin.lift_words import SMALLEST, told
from app.web.admin.mail_places import places, post_of, way
from app.web.admin.mail_words import cart_label, minutes, variables
from app.web.admin.tongue import _, _n
from app.web.admin.words import number

CHANGED = "campaign_changed"
CARTS_SHOWN = 20


def hang(pages: Blueprint) -> None:
    """Hang the pages."""
    pages.get("/campaigns/abandoned-cart", endpoint="campaign")(show)
    pages.post("/campaigns/abandoned-cart", endpoint="save_campaign")(save)
    pages.post("/campaigns/abandoned-cart/undo", endpoint="undo_campaign")(undo)
    pages.post("/campaigns/abandoned-cart/suggested", endpoint="reset_campaign")(take_suggested)
    pages.get("/campaigns/abandoned-cart/turn-on", endpoint="turning_on")(show_turning_on)
    pages.post("/campaigns/abandoned-cart/turn-on", endpoint="turn_on")(turn_on)
    pages.post("/campaigns/abandoned-cart/turn-off", endpoint="turn_off")(turn_off)


def show() -> str:
    """Show the campaign with its preview."""
    at = here()
    return page(at, kept_form(at))


def save() -> ResponseReturnValue:
    """Check and keep what was written; what is wrong is said beside its field."""
    at = here()
    form = CampaignForm()
    wish = read_wish(form)
    if wish is None:
        return page(at, form), 400
    with at.wiring.db.of_shop(at.shop.id) as session:
        is_different = _change(session, at, _spoken(opened(session, at), wish))
    flash(_("Kept. It holds for every mail from now on.") if is_different else _("Nothing was different."), "good")
    return redirect(url_for("admin.campaign"), code=303)


def undo() -> ResponseReturnValue:
    """Take the last change back; that is a change too, so it can be taken back as well."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        campaign = opened(session, at)
        before = _before(session, at)
        if before:
            _change(session, at, Wish(**{**asdict(campaigns.wish_of(campaign)), **before}))
    flash(_("It is as it was before.") if before else _("There is nothing to take back."), "good" if before else "warn")
    return redirect(url_for("admin.campaign"), code=303)


def take_suggested() -> ResponseReturnValue:
    """Put the texts we suggest in the place of the shop's own."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        now = campaigns.wish_of(opened(session, at))
        _change(session, at, Wish(**{**asdict(now), **asdict(DEFAULT_TEXTS[now.language])}))
    flash(_("The suggested text stands there again."), "good")
    return redirect(url_for("admin.campaign"), code=303)


def show_turning_on() -> str:
    """Show what would have happened in the last seven days, before somebody turns it on."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        campaign = read_campaign(session, at)
        dry = rehearsal.count(session, at.shop.id, campaign.delay_minutes)
        missing = campaigns.what_is_missing(find_sender(session, at.shop.id), post_of(at))
    return render_template(
        "admin/turning_on.html",
        here=at,
        campaign=campaign,
        dry=dry,
        missing=missing,
        answer=dry_answer(dry, is_on=campaign.is_on),
        way=way(at),
    )


def turn_on() -> ResponseReturnValue:
    """Turn the campaign on, where nothing is missing."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        opened(session, at)
        if campaigns.what_is_missing(find_sender(session, at.shop.id), post_of(at)):
            return redirect(url_for("admin.turning_on"), code=303)  # which says what is missing
        if campaigns.switch_on(session, at.shop.id, post_of(at)):
            audit.record(session, at.shop.id, at.person.person_id, "campaign_turned_on", campaign="abandoned_cart")
    flash(_("It is on. It begins with the next cart that is left."), "good")
    return redirect(url_for("admin.messages"), code=303)


def turn_off() -> ResponseReturnValue:
    """Turn the campaign off at once."""
    at = here()
    with at.wiring.db.of_shop(at.shop.id) as session:
        opened(session, at)
        if campaigns.switch_off(session, at.shop.id):
            audit.record(session, at.shop.id, at.person.person_id, "campaign_turned_off", campaign="abandoned_cart")
    flash(_("It is off. What was planned is not sent."), "good")
    return redirect(url_for("admin.messages"), code=303)


def page(at: Here, form: CampaignForm, **more: Any) -> str:
    """Lay the campaign's page out around a form."""
    with at.wiring.db.of_shop(at.shop.id) as session:
        campaign = read_campaign(session, at)
        carts = reports.recent_carts(session, at.shop.id, most=CARTS_SHOWN)
        changes = audit.read(session, at.shop.id, action=CHANGED, most=1).entries
        measured = lift.measure(session, at.shop.id, campaign, at.shop.currency)
    return render_template(
        "admin/campaign.html",
        here=at,
        places=places(at),
        campaign=campaign,
        form=form,
        choices=CHOICES,
        answer=campaign_answer(campaign),
        bringing=told(measured, campaign, at.shop.currency),
        smallest=SMALLEST,
        carts=[(cart.external_id, cart_label(cart, at.now)) for cart in carts],
        changed=changes[0] if changes else None,
        delays=(minutes(SHORTEST_DELAY), minutes(LONGEST_DELAY)),
        variables=variables(at.shop.name),
        views=(("phone", _("Phone")), ("desktop", _("Desktop")), ("text", _("Text only"))),
        is_own_text=any(getattr(campaign, name) != asdict(DEFAULT_TEXTS[campaign.language])[name] for name in TEXTS),
        way=way(at),
        **more,
    )


def read_campaign(session: Session, at: Here) -> Campaign:
    """Return the shop's campaign; before it was ever opened, what it would begin with."""
    return campaigns.find_campaign(session, at.shop.id) or Campaign(
        shop_id=at.shop.id,
        is_on=False,
        delay_minutes=60,
        language=LANGUAGES[0],
        quiet_from=21,
        quiet_until=7,
        control_percent=0,
        **asdict(DEFAULT_TEXTS[LANGUAGES[0]]),
    )


def kept_form(at: Here) -> CampaignForm:
    """Return the form as it is kept."""
    with at.wiring.db.of_shop(at.shop.id) as session:
        wish = campaigns.wish_of(read_campaign(session, at))
    return CampaignForm(formdata=None, data={name: str(value) for name, value in asdict(wish).items()})


def opened(session: Session, at: Here) -> Campaign:
    """Return the shop's campaign, opened with the texts we suggest if nobody has yet."""
    return campaigns.open_campaign(session, at.shop.id, **asdict(DEFAULT_TEXTS[LANGUAGES[0]]))


def campaign_answer(campaign: Campaign) -> str:
    """Say in one sentence what the campaign does."""
    delay = minutes(campaign.delay_minutes)
    if campaign.is_on:
        return _("Who leaves a cart gets one e-mail after %(delay)s.", delay=delay)
    return _("It is off. Turned on, it writes once to who left a cart, after %(delay)s.", delay=delay)


def dry_answer(dry: rehearsal.Count, *, is_on: bool) -> str:
    """Say in one sentence what the last seven days would have been."""
    if is_on:
        return _("It is on already.")
    if not dry.total:
        return _("In the last seven days nobody left a cart.")
    if not dry.would_send:
        return _("In the last seven days nobody would have been written to.")
    return _n(
        "In the last seven days one person would have been written to.",
        "In the last seven days %(count)s people would have been written to.",
        dry.would_send,
        count=number(dry.would_send),
    )


def _change(session: Session, at: Here, wish: Wish) -> bool:
    before = asdict(campaigns.wish_of(opened(session, at)))
    changed = campaigns.change_campaign(session, at.shop.id, wish)
    if changed:
        was = {name: before[name] for name in changed}
        audit.record(session, at.shop.id, at.person.person_id, CHANGED, changed=changed, before=was)
    return bool(changed)


def _spoken(campaign: Campaign, wish: Wish) -> Wish:
    """Follow a change of the language where the text is still the one we suggest."""
    old, new = asdict(DEFAULT_TEXTS[campaign.language]), asdict(DEFAULT_TEXTS[wish.language])
    is_untouched = all(getattr(wish, name) == old[name] for name in TEXTS)
    return replace(wish, **new) if is_untouched else wish


def _before(session: Session, at: Here) -> dict[str, Any]:
    entries = audit.read(session, at.shop.id, action=CHANGED, most=1).entries
    was = entries[0].detail.get("before") if entries else None
    names = {field.name for field in fields(Wish)}
    return {name: value for name, value in was.items() if name in names} if isinstance(was, dict) else {}
