"""Shopify's billing of merchants for the app, where whoever runs it for many shops asks for a price.

A server of one's own has no price, and then nothing here is called. The merchant says yes at Shopify, on its page.
"""

from dataclasses import dataclass

from plugins.errors import Rejected
from plugins.money import PRICE
from plugins.shopify.admin import ask, tell
from plugins.talking import Access

NAME = "Regulars"
TRIAL_DAYS = 14
ACTIVE = "ACTIVE"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is asked for a month."""

    amount: str
    currency: str


def plan_of(text: str) -> Plan | None:
    """Read a price such as `19.00 USD`; nothing where nothing is charged. Raises ValueError."""
    if not text.strip():
        return None
    read = PRICE.fullmatch(text.strip())
    if read is None:
        raise ValueError("Write the price of a month as an amount and a currency, such as 19.00 USD.")
    return Plan(amount=read[1], currency=read[2])


def begin_plan(access: Access, plan: Plan, return_url: str, *, is_test: bool = False) -> str:
    """Return the address at Shopify where the merchant says yes to the plan."""
    told = {
        "name": NAME,
        "amount": plan.amount,
        "currency": plan.currency,
        "returnUrl": return_url,
        "trialDays": TRIAL_DAYS,
        "test": is_test,
    }
    address = tell(access, "plan_start", told)["confirmationUrl"]
    if not address:
        raise Rejected("Shopify began no subscription. Try again later.")
    return str(address)


def has_plan(access: Access) -> bool:
    """Tell whether the merchant pays, or is still trying for free."""
    found = ask(access, "plan_now")["currentAppInstallation"]["activeSubscriptions"]
    return any(one["name"] == NAME and one["status"] == ACTIVE for one in found)
