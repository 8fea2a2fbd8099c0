"""A condition as SQL on a `profiles p`. Values travel as parameters only; what stands in the SQL is of this module.

A figure that is not known is NULL and fits nothing, also under "is not". EXISTS with plain equalities is what the
planner can turn into one hashed pass over a whole shop as well as into look-ups for a few people.
"""

from collections.abc import Callable, Mapping
from itertools import count

from app.profiles.conditions.fields import FIELDS, Kind, Op
from app.profiles.conditions.shape import Condition, Group, Not, Term, Value
from plugins.events import OrderState

# As regulars_now(), but the statement's own moment, the same in every row: what is volatile is never made one pass.
MOMENT = "coalesce(nullif(current_setting('regulars.now', true), '')::timestamptz, statement_timestamp())"
NOW = f"(SELECT {MOMENT})"
TODAY = f"(SELECT ({MOMENT} AT TIME ZONE 'UTC')::date)"
COLUMNS: Mapping[str, str] = {
    "orders_count": "p.orders_count",
    "spent": "p.spent_minor",
    "first_order_days": "p.first_order_at",
    "last_order_days": "p.last_order_at",
    "seen_days": "p.last_seen_at",
    "views_30": "p.views_30",
    "cart_left_days": "p.cart_left_at",
    "stage": "p.stage",
    "recency_score": "p.recency_score",
    "frequency_score": "p.frequency_score",
    "money_score": "p.money_score",
    "country": "p.country",
    "may_mail": "p.may_mail",
    "may_personalize": "p.may_personalize",
    "has_account": "NOT p.is_guest",
}
PREDICTIONS: Mapping[str, tuple[str, str]] = {  # the kind of prediction, and what is asked of it
    "churn_chance": ("churn", "q.value * 100"),
    "orders_90": ("orders_90", "q.value"),
    "orders_365": ("orders_365", "q.value"),
    "value_90": ("value_90", "q.value"),
    "value_365": ("value_365", "q.value"),
    "next_order_days": ("next_order", f"q.value - extract(epoch FROM {NOW} - q.made_at)::float8 / 86400"),
}
# A prediction that knew of another last order is outdated, and one that is over says nothing of today.
KNEW = "coalesce({}, '-infinity')"  # an equality, which can be hashed
PREDICTED = f"""EXISTS (SELECT FROM predictions q
    WHERE q.shop_id = p.shop_id AND q.profile_id = p.id AND q.kind = '{{kind}}' AND q.is_known
        AND {KNEW.format("q.knew_order_at")} = {KNEW.format("p.last_order_at")} AND (q.until IS NULL OR q.until > {NOW})
        AND {{fits}})"""
DUE = f"""EXISTS (SELECT FROM due_again d JOIN profiles h ON h.shop_id = d.shop_id AND h.id = d.profile_id
    WHERE d.shop_id = p.shop_id AND d.profile_id = p.id AND d.due_on <= {TODAY} + CAST({{within}} AS int)
        AND d.high >= {TODAY} AND (h.last_order_at IS NULL OR d.made_at >= h.last_order_at))"""
STATES = f"'{OrderState.PLACED}', '{OrderState.PENDING}'"
BY_ACCOUNT = "n.kind = 'customer' AND {row}.customer_external_id = n.name"
BY_EMAIL = "n.kind = 'email' AND {row}.email = n.name AND coalesce({row}.customer_external_id, '') = ''"
BOUGHT = f"""EXISTS (SELECT FROM profile_names n
    JOIN orders o ON o.shop_id = n.shop_id AND {{named}}
    JOIN order_lines l ON l.shop_id = o.shop_id AND l.order_id = o.id
    WHERE n.shop_id = p.shop_id AND n.profile_id = p.id AND o.state IN ({STATES}) AND l.quantity > 0
        AND {{what}}{{since}})"""
ITEM = "l.item_external_id = ANY({value})"
CATEGORY = """l.item_external_id IN (SELECT i.external_id FROM items i
            WHERE i.shop_id = :shop_id AND i.categories && CAST({value} AS text[]))"""
REVIEWED = """EXISTS (SELECT FROM profile_names n JOIN reviews r ON r.shop_id = n.shop_id AND {named}
    WHERE n.shop_id = p.shop_id AND n.profile_id = p.id)"""
SIGNS: Mapping[Op, str] = {Op.IS: "=", Op.IS_NOT: "<>", Op.AT_LEAST: ">=", Op.AT_MOST: "<="}

Keep = Callable[[object], str]
"""Keep a value as a parameter; return the SQL that stands for it."""


def where(condition: Condition, *, prefix: str = "c") -> tuple[str, dict[str, object]]:
    """Return SQL on `profiles p`, true for whoever fits, and its parameters, named by the prefix.

    The statement around it has to give `:shop_id`, and to leave merged profiles out (`p.merged_into_id IS NULL`).
    """
    numbers, parameters = count(), dict[str, object]()

    def keep(value: object) -> str:
        name = f"{prefix}{next(numbers)}"
        parameters[name] = value
        return f":{name}"

    return _sql(condition, keep), parameters


def _sql(condition: Condition, keep: Keep) -> str:
    match condition:
        case Group():
            joined = (" AND " if condition.needs_all else " OR ").join(_sql(part, keep) for part in condition.parts)
            return f"({joined})"
        case Not():
            return f"({_sql(condition.part, keep)} IS NOT TRUE)"
    return f"({_term(condition, keep)})"


def _term(term: Term, keep: Keep) -> str:
    one = FIELDS[term.field]
    if term.field in PREDICTIONS:
        kind, left = PREDICTIONS[term.field]
        return PREDICTED.format(kind=kind, fits=_compare(left, term.op, term.value, keep))
    if one.kind in (Kind.WITHIN, Kind.BOUGHT):
        return DUE.format(within=keep(term.value)) if one.kind == Kind.WITHIN else _bought(term, keep)
    if one.kind == Kind.DAYS:
        return _days_ago(COLUMNS[term.field], term.op, term.value, keep)
    if one.kind == Kind.FLAG:
        sql = _named(REVIEWED, "r") if term.field == "reviewed" else COLUMNS[term.field]
        return sql if term.value else f"NOT ({sql})"
    return _figure(term, keep)


def _figure(term: Term, keep: Keep) -> str:
    if term.field == "interest":
        said = f"p.interests && CAST({keep(_listed(term.value))} AS text[])"
        return f"NOT {said}" if term.op == Op.IS_NOT else said
    if term.field == "average_order":  # multiplied, not divided: nothing is rounded
        each = "CAST({value} AS numeric) * p.orders_count"
        return "p.orders_count > 0 AND " + _compare("p.spent_minor", term.op, term.value, keep, each)
    return _compare(COLUMNS[term.field], term.op, term.value, keep)


def _compare(left: str, op: Op, value: Value, keep: Keep, each: str = "{value}") -> str:
    if op == Op.ONE_OF:
        return f"{left} = ANY({keep(_listed(value))})"
    if op == Op.BETWEEN:
        assert isinstance(value, tuple)
        low, high = (each.format(value=keep(end)) for end in value)
        return f"{left} BETWEEN {low} AND {high}"
    return f"{left} {SIGNS[op]} {each.format(value=keep(value))}"


def _days_ago(column: str, op: Op, value: Value, keep: Keep) -> str:
    """Compare whole days gone by: on its last day, "at most 7 days ago" still holds."""
    low, high = value if isinstance(value, tuple) else (value, value)
    assert isinstance(low, int)
    assert isinstance(high, int)
    parts = []
    if op in (Op.AT_LEAST, Op.BETWEEN):
        parts.append(f"{column} <= {NOW} - make_interval(days => CAST({keep(low)} AS int))")
    if op in (Op.AT_MOST, Op.BETWEEN):
        parts.append(f"{column} > {NOW} - make_interval(days => CAST({keep(high + 1)} AS int))")
    return " AND ".join(parts)


def _bought(term: Term, keep: Keep) -> str:
    value = keep(_listed(term.value))
    what = (ITEM if term.field == "bought_item" else CATEGORY).format(value=value)
    since = ""
    if term.days is not None:
        since = f" AND o.placed_at > {NOW} - make_interval(days => CAST({keep(term.days)} AS int))"
    sql = _named(BOUGHT, "o", what=what, since=since)
    return f"NOT {sql}" if term.op == Op.IS_NOT else sql


def _named(sql: str, row: str, **more: str) -> str:
    """Ask for rows under an account's name or, where they name none, under an address."""
    by = (sql.format(named=named.format(row=row), **more) for named in (BY_ACCOUNT, BY_EMAIL))
    return f"({' OR '.join(by)})"


def _listed(value: Value) -> list[object]:
    return list(value) if isinstance(value, tuple) else [value]
