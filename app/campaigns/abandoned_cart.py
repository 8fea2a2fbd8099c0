"""The plan: every cart that was left alone long enough gets one row in the outbox, planned or skipped, with its reason.

What is planned here is asked again when it is handed over (`app/messaging/recheck.py`); what is skipped here spares
that, and is told to the merchant at once.
"""

import json
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from app import consent, identity
from app.campaigns import control
from app.campaigns.campaigns import find_campaign
from app.identity import Seals
from app.models import Campaign, MessageState, Note, Shop, Skip
from app.models.inbox import has_news

STEP: Final = 1
BATCH = 500
LOOKED_BACK = timedelta(days=7)  # carts whose moment came longer ago are let be

# One instant for the whole statement, so that the index on version_at is used.
LEFT = text("""
    SELECT c.external_id, c.version_at, c.first_heard_at, c.customer_external_id, c.visitor_key, c.email, c.phone,
        c.address_key, jsonb_array_length(c.lines) = 0 AS is_empty,
        EXISTS (SELECT FROM deletion_reports d WHERE d.shop_id = c.shop_id AND d.kind = 'cart'
            AND d.external_id = c.external_id AND d.reported_at >= c.version_at) AS is_deleted,
        EXISTS (SELECT FROM carts n WHERE n.shop_id = c.shop_id AND n.stage IN ('cart', 'checkout')
            AND n.email IS NOT NULL AND jsonb_array_length(n.lines) > 0
            AND (n.email = c.email OR n.customer_external_id = c.customer_external_id)
            AND (n.version_at, n.id) > (c.version_at, c.id)
            AND NOT EXISTS (SELECT FROM deletion_reports d WHERE d.shop_id = n.shop_id AND d.kind = 'cart'
                AND d.external_id = n.external_id AND d.reported_at >= n.version_at)) AS has_newer
    FROM carts c
    WHERE c.shop_id = :shop_id AND c.stage IN ('cart', 'checkout') AND c.email IS NOT NULL
        AND c.version_at <= (SELECT regulars_now()) - :delay
        AND c.version_at > (SELECT regulars_now()) - CAST(:delay AS interval) - :looked_back
        AND c.version_at >= :on_since
        AND NOT EXISTS (SELECT FROM messages m WHERE m.shop_id = c.shop_id AND m.campaign_id = :campaign_id
            AND m.cart_external_id = c.external_id AND m.step = :step AND NOT m.is_test)
    ORDER BY c.version_at, c.id LIMIT :most
""")
# Of two planners the first to commit has planned; the other changes nothing.
PLAN = text("""
    INSERT INTO messages (shop_id, campaign_id, step, cart_external_id, cart_version_at, customer_external_id, email,
        is_control, state, reason, decisions, planned_at, due_at, settled_at)
    SELECT :shop_id, :campaign_id, :step, cart_external_id, cart_version_at, customer_external_id, email, is_control,
        state, reason, jsonb_build_array(jsonb_build_object('at', now.at, 'what', state,
            'reason', coalesce(nullif(reason, ''), CAST(:due AS text)))),
        now.at,
        cart_version_at + :delay, CASE WHEN state = 'skipped' THEN now.at END
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (cart_external_id text, cart_version_at timestamptz,
        customer_external_id text, email text, is_control boolean, state text, reason text), regulars_now() AS now (at)
    ON CONFLICT (shop_id, campaign_id, cart_external_id, step) WHERE NOT is_test DO NOTHING
    RETURNING id
""")


def plan(session: Session, shop_id: int, seals: Seals) -> int:
    """Decide about the next carts that were left, and return about how many; fewer than BATCH: no more for now.

    A no is for ever, so none is written down while deliveries wait that may tell of a yes.
    """
    campaign, shop = find_campaign(session, shop_id), session.get(Shop, shop_id)
    if campaign is None or not campaign.is_on or shop is None or shop.uninstalled_at is not None:
        return 0
    same = {"shop_id": shop_id, "campaign_id": campaign.id, "step": STEP, "delay": _delay(campaign)}
    asked = {**same, "looked_back": LOOKED_BACK, "on_since": campaign.on_since, "most": BATCH}
    left = session.execute(LEFT, asked).all()
    if not left:
        return 0
    answers = consent.expect_mail(session, shop_id, [cart.email for cart in left])
    whose = (seals, shop_id, campaign.id)
    rows = [
        _row(cart, why_not(session, shop_id, cart, answers[cart.email]))
        | {"is_control": control.is_control(*whose, cart.email, campaign.control_percent)}
        for cart in left
    ]
    if rows and has_news(session, shop_id):
        rows = [row for row in rows if row["state"] == MessageState.PLANNED]
    if rows:
        session.execute(PLAN, {**same, "due": Note.DUE, "rows": json.dumps(rows)})
    return len(rows)


def why_not(session: Session, shop_id: int, cart: Any, answer: consent.Answer) -> Skip | None:
    """Say why nothing is planned for a cart, or None where there is no reason."""
    if cart.is_deleted or cart.is_empty:
        return Skip.CART_DELETED if cart.is_deleted else Skip.EMPTIED
    if not answer.is_allowed:
        return Skip(answer.reason.value)
    who = identity.known(
        customers=cart.customer_external_id,
        emails=cart.email,
        phones=cart.phone,
        addresses=cart.address_key,
        visitors=cart.visitor_key,
        carts=cart.external_id,
    )
    since: datetime = min(cart.first_heard_at, cart.version_at)
    if identity.has_ordered(session, shop_id, who, since=since, cart=cart.external_id):
        return Skip.ORDERED
    return Skip.NEWER_CART if cart.has_newer else None


def _row(cart: Any, skip: Skip | None) -> dict[str, object]:
    return {
        "cart_external_id": cart.external_id,
        "cart_version_at": cart.version_at.isoformat(),
        "customer_external_id": cart.customer_external_id,
        "email": cart.email,
        "state": MessageState.SKIPPED if skip else MessageState.PLANNED,
        "reason": skip or "",
    }


def _delay(campaign: Campaign) -> timedelta:
    return timedelta(minutes=campaign.delay_minutes)
