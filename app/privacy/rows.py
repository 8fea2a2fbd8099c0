"""A person's rows: how many there are of what, and how they go.

Orders stay, for the shop must keep its books: their lines and money, without whoever bought. Everything else goes.
Where somebody else's account once used the person's address, that row stays the other's and loses the address.
"""

from dataclasses import dataclass

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from app import consent
from app.privacy.person import ALL_THEIRS, OWN_NAMES, THEIRS, Whole

MESSAGES = "email = ANY(:emails) OR customer_external_id = ANY(:customers) OR cart_external_id = ANY(:carts)"
SAID = (
    "email = ANY(:emails) OR customer_external_id = ANY(:customers) OR phone = ANY(:phones) "
    "OR visitor_key = ANY(:visitors)"
)
OTHERS = "email = ANY(:emails) AND customer_external_id <> ALL(:customers)"
SHOWN = "SELECT id FROM impressions WHERE shop_id = :shop_id AND visitor_key = ANY(:visitors)"
NAMELESS = (
    "customer_external_id = NULL, visitor_key = NULL, email = NULL, phone = NULL, address_key = NULL, "
    "cart_external_id = NULL, version_digest = ''"  # a digest of what is known otherwise would tell who it was
)


HERS = "profile_id = ANY(:profiles)"
THEIRS_ALONE = f"SELECT id FROM profiles WHERE shop_id = :shop_id AND ({ALL_THEIRS})"  # noqa: S608 - our own words
JOINED = f"""
    (from_id = ANY(:profiles) OR into_id = ANY(:profiles)) AND (
        from_id IN ({THEIRS_ALONE}) OR into_id IN ({THEIRS_ALONE})
        OR EXISTS (SELECT FROM jsonb_to_recordset(evidence -> 'names') AS n (kind text, name text) WHERE {OWN_NAMES}))
"""
NAMED = f"EXISTS (SELECT FROM (SELECT kind, name) AS n WHERE {OWN_NAMES})"
ANSWERED_TWICE = """
    AND EXISTS (SELECT FROM interest_answers a WHERE a.shop_id = :shop_id AND a.key = interest_answers.key
        AND a.customer_external_id = interest_answers.customer_external_id
        AND (a.email IS NULL OR a.email = ANY(:emails) AND a.id > interest_answers.id))
"""


@dataclass(frozen=True)
class Step:
    """Rows of one table that tell of a person. `change`: what is set in them instead of deleting them."""

    name: str
    table: str
    where: str
    change: str = ""


LED_TO = f"{MESSAGES} OR message_id IN (SELECT id FROM messages WHERE shop_id = :shop_id AND ({MESSAGES}))"  # noqa: S608
AUDITED = """
    EXISTS (SELECT FROM jsonb_each_text(detail) AS said WHERE said.value = ANY(:emails) OR said.value = ANY(:phones)
        OR starts_with(said.key, 'customer') AND said.value = ANY(:customers))
"""
ASKED = """
    kind = 'show' AND subject IS NOT NULL AND (
        jsonb_exists_any(subject -> 'customers', CAST(:customers AS text[]))
        OR jsonb_exists_any(subject -> 'emails', CAST(:emails AS text[])))
"""
ANSWERED = """
    subject = NULL, answered_at = coalesce(answered_at, clock_timestamp()),
    reason = 'They were forgotten before it was answered.'
"""
WROTE = "customer_external_id = ANY(:customers) OR customer_external_id IS NULL AND email = ANY(:emails)"
TOLD = "change ->> 'email' = ANY(:emails) OR change ->> 'customer_external_id' = ANY(:customers)"
REPORTED = "kind = 'customer' AND external_id = ANY(:customers) OR kind = 'cart' AND external_id = ANY(:carts)"

# What was counted and expected of them goes, even where somebody else's name leads to the profile: it is counted anew.
PROFILE_STEPS = (
    Step("predictions", "predictions", HERS),
    Step("said_predictions", "said_predictions", HERS),
    Step("due_again", "due_again", HERS),
    Step("segments", "segment_members", HERS),
    Step("segment_moves", "segment_moves", HERS),
    Step("joined_profiles", "profile_merges", JOINED),
    Step("profile_names", "profile_names", f"{NAMED} OR kind = 'visitor' AND profile_id IN ({THEIRS_ALONE})"),
    Step("profiles", "profiles", ALL_THEIRS),
    Step(
        "others_profiles", "profiles", f"id = ANY(:profiles) AND NOT ({ALL_THEIRS})", "look_again_at = regulars_now()"
    ),
    Step("interests", "interest_answers", WROTE),
    Step("others_interests_twice", "interest_answers", f"{OTHERS} {ANSWERED_TWICE}"),
    Step("others_interests", "interest_answers", OTHERS, "email = NULL"),
)

# First the browser: whatever is being kept of it at this moment ends before, and is seen by what follows.
STEPS = (
    Step("visitors", "visitors", "visitor_key = ANY(:visitors)"),
    Step("mail_links", "mail_links", LED_TO),
    Step("messages", "messages", MESSAGES),
    Step("carts", "carts", THEIRS),
    Step("others_carts", "carts", OTHERS, "email = NULL"),
    Step("consents", "consent_records", SAID),
    Step("suppressions", "suppressions", "address = ANY(:emails)"),
    Step("browsing", "browsing_events", "visitor_key = ANY(:visitors)"),
    Step("clicks", "clicks", f"impression_id IN ({SHOWN})"),
    Step("impressions", "impressions", "visitor_key = ANY(:visitors)", "visitor_key = NULL"),
    Step("visitor_links", "visitor_links", "visitor_key = ANY(:visitors) OR customer_external_id = ANY(:customers)"),
    Step("merges", "customer_merges", "from_external_id = ANY(:customers) OR into_external_id = ANY(:customers)"),
    Step("deletion_reports", "deletion_reports", REPORTED),
    Step("reviews", "reviews", WROTE),
    Step("others_reviews", "reviews", OTHERS, "email = NULL"),
    Step("write_backs", "write_backs", TOLD),
    Step("refunds", "refunds", "reason <> '' AND order_external_id = ANY(:orders)", "reason = ''"),
    Step("orders", "orders", THEIRS, NAMELESS),
    Step("others_orders", "orders", OTHERS, "email = NULL"),
    Step("customers", "customers", "external_id = ANY(:customers)"),
    Step("audit", "audit_entries", AUDITED, "detail = '{}'"),
    Step("wishes", "erasures", ASKED, ANSWERED),
    *PROFILE_STEPS,
    Step("news", "profile_news", NAMED),  # last: whatever went before told of it
)


def erase_rows(session: Session, shop_id: int, person: Whole) -> dict[str, int]:
    """Take a person out of every row, and return of what there was how much.

    A message that is being handed over at this moment is waited for; one that was planned is not there any more.
    """
    told = person.as_parameters(shop_id)
    consent.hold_addresses(session, shop_id, person.names.emails)  # in a hand-over's order: addresses, then the message
    session.execute(HOLD_MESSAGES, told)
    session.execute(HOLD_PROFILES, told)
    return {step.name: count for step in STEPS if (count := len(session.execute(_do(step), told).all()))}


def count_rows(session: Session, shop_id: int, person: Whole) -> dict[str, int]:
    """Return what `erase_rows` would find, changing nothing."""
    told = person.as_parameters(shop_id)
    counted = {step.name: int(session.execute(_count(step), told).scalar_one()) for step in STEPS}
    return {name: count for name, count in counted.items() if count}


def _do(step: Step) -> TextClause:
    where = f"WHERE shop_id = :shop_id AND ({step.where}) RETURNING 1"
    if step.change:
        return text(f"UPDATE {step.table} SET {step.change} {where}")  # noqa: S608 - the words of this module
    return text(f"DELETE FROM {step.table} {where}")  # noqa: S608 - likewise


def _count(step: Step) -> TextClause:
    return text(f"SELECT count(*) FROM {step.table} WHERE shop_id = :shop_id AND ({step.where})")  # noqa: S608 - likewise


# As app.profiles.stitching holds them: what it has read of this person's facts is written before they go.
HOLD_PROFILES = text("SELECT pg_advisory_xact_lock(hashtextextended('profiles:' || CAST(:shop_id AS text), 0))")
HOLD_MESSAGES = text(f"SELECT id FROM messages WHERE shop_id = :shop_id AND ({MESSAGES}) ORDER BY id FOR UPDATE")  # noqa: S608
