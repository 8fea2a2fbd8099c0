"""How long it takes to count who fits a condition among 100,000 people, and to keep the ready-made segments."""

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sqlalchemy import text

from app.db import Database, make_engine
from app.local import postgres
from app.profiles import conditions, ready_made, segments
from tests.conftest import add_shop, migrate

PEOPLE = 100_000
ORDERS_EACH = 3
TIMES = 7
ASKED: dict[str, dict[str, object]] = {
    "behaviour: two orders or more, the last 60 days ago or longer": {
        "all": [
            {"field": "orders_count", "is": "at_least", "value": 2},
            {"field": "last_order_days", "is": "at_least", "value": 60},
        ]
    },
    "RFM: bought lately, spent much": {
        "all": [
            {"field": "recency_score", "is": "at_least", "value": 4},
            {"field": "money_score", "is": "one_of", "value": [4, 5]},
        ]
    },
    "predicted: likely to stay away and worth much": {
        "all": [
            {"field": "churn_chance", "is": "at_least", "value": 50},
            {"field": "value_365", "is": "at_least", "value": 5_000},
        ]
    },
    "bought one item, ever": {"field": "bought_item", "is": "is", "value": "i7"},
    "bought from a category in the last 90 days": {
        "field": "bought_category", "is": "is", "value": "c3", "days": 90,
    },
    "any and not: a cart left, or due again, but did not buy an item": {
        "all": [
            {"any": [
                {"field": "cart_left_days", "is": "at_most", "value": 7},
                {"field": "due_again_days", "is": "at_most", "value": 14},
            ]},
            {"not": {"field": "bought_item", "is": "is", "value": "i7"}},
        ]
    },
}  # fmt: skip
FILL = (
    """INSERT INTO items (shop_id, external_id, title, currency, categories, state, version_at, version_digest,
            stock_version_at, stock_version_digest)
        SELECT :shop_id, 'i' || i, 'Item ' || i, 'GBP', ARRAY['c' || i % 40], 'on_sale', now(), '', now(), ''
        FROM generate_series(0, 4999) i""",
    """INSERT INTO profiles (shop_id, orders_count, spent_minor, first_order_at, last_order_at, last_seen_at, views_30,
            cart_left_at, country, is_guest, may_mail, may_personalize, stage, recency_score, frequency_score,
            money_score)
        SELECT :shop_id, :each, i % 20000, now() - i % 900 * interval '1 day', now() - i % 400 * interval '1 day',
            now() - i % 60 * interval '1 day', i % 12, CASE WHEN i % 9 = 0 THEN now() - i % 90 * interval '1 day' END,
            (ARRAY['GB', 'DE', 'FR'])[1 + i % 3], i % 2 = 0, i % 3 = 0, true,
            (ARRAY['new', 'active', 'loyal', 'at_risk', 'lapsed', 'won_back'])[1 + i % 6],
            1 + i % 5, 1 + i / 7 % 5, 1 + i / 3 % 5
        FROM generate_series(1, :people) i""",
    """INSERT INTO profile_names (shop_id, kind, name, profile_id, home_id, because)
        SELECT shop_id, kind, CASE kind WHEN 'email' THEN 'p' || id || '@example.com' ELSE 'c' || id END, id, id, ''
        FROM profiles CROSS JOIN (VALUES ('customer'), ('email')) AS k (kind)
        WHERE shop_id = :shop_id AND (kind = 'email' OR NOT is_guest)""",
    """INSERT INTO orders (shop_id, external_id, customer_external_id, email, state, currency, total_minor, placed_at,
            version_at, version_digest)
        SELECT :shop_id, p.id || '-' || n, CASE WHEN is_guest THEN NULL ELSE 'c' || p.id END,
            'p' || p.id || '@example.com', 'placed', 'GBP', 2500, last_order_at - n * interval '40 days', now(), ''
        FROM profiles p CROSS JOIN generate_series(0, :each - 1) n WHERE p.shop_id = :shop_id""",
    """INSERT INTO order_lines (shop_id, order_id, external_id, item_external_id, quantity, total_minor)
        SELECT shop_id, id, n::text, 'i' || (id * 7919 + n * 104729) % 5000, 1, 1250
        FROM orders CROSS JOIN generate_series(1, 2) n WHERE shop_id = :shop_id""",
    """INSERT INTO predictions (shop_id, profile_id, kind, value, low, high, is_known, version_id, until, knew_order_at)
        SELECT shop_id, id, kind, CASE kind WHEN 'churn' THEN id % 100 / 100.0 ELSE id % 20000 END, 0, 0, true, 1,
            now() + interval '90 days', last_order_at
        FROM profiles CROSS JOIN (VALUES ('churn'), ('value_365'), ('orders_90'), ('next_order')) AS k (kind)
        WHERE shop_id = :shop_id""",
    """INSERT INTO due_again (shop_id, profile_id, item_id, due_on, low, high, times_bought)
        SELECT shop_id, id, 1 + id % 5000, current_date + (id % 60)::int, current_date, current_date + 70, 3
        FROM profiles WHERE shop_id = :shop_id AND id % 4 = 0""",
)


def main() -> None:
    """Fill a shop, count each condition, then keep the ready-made segments whole and for five hundred people."""
    folder = Path(tempfile.mkdtemp(prefix="regulars-bench-"))
    place = postgres.find_place(folder)
    database = postgres.start(place, folder / "postgresql.log")
    try:
        migrate(place.url)
        db = Database(place.url)
        shop_id = add_shop(db, "harbour-tea")
        print(f"{PEOPLE:,} people filled in in {_seconds(lambda: _fill(place.url, shop_id)):.0f} s")
        _count(db, shop_id)
        _keep(db, shop_id)
        db.close()
    finally:
        postgres.stop(database)
        shutil.rmtree(place.data.parent, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def _fill(url: str, shop_id: int) -> None:
    engine = make_engine(url, pool_size=1)
    told = {"shop_id": shop_id, "people": PEOPLE, "each": ORDERS_EACH}
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # no news of anybody is written
        for sql in FILL:
            connection.execute(text(sql), told)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()


def _count(db: Database, shop_id: int) -> None:
    for name, told in ASKED.items():
        condition = conditions.parse(told)
        with db.of_shop(shop_id) as session:
            fitting = segments.count_fitting(session, shop_id, condition)
            again = partial(segments.count_fitting, session, shop_id, condition)
            took = [_seconds(again) for _ in range(TIMES)]
        print(f"{name:65}{fitting:8,} people{statistics.median(took) * 1000:8.0f} ms, longest {max(took) * 1000:.0f}")


def _keep(db: Database, shop_id: int) -> None:
    with db.of_shop(shop_id) as session:
        ready_made.put_in(session, shop_id)
        due = segments.timely(session, shop_id)
    print(f"{len(due)} segments taken whole, first: {_seconds(lambda: _take(db, shop_id, due)):.1f} s")
    with db.of_shop(shop_id) as session:
        due = segments.timely(session, shop_id)
    print(f"{len(due)} that time moves, taken again: {_seconds(lambda: _take(db, shop_id, due)):.1f} s")
    with db.of_shop(shop_id) as session:
        people = list(session.scalars(text("SELECT id FROM profiles WHERE id % 200 = 0")))
        took = [_seconds(lambda: segments.keep_memberships(session, shop_id, people)) for _ in range(TIMES)]
    print(f"kept for {len(people)} people: {statistics.median(took) * 1000:.0f} ms, longest {max(took) * 1000:.0f}")


def _take(db: Database, shop_id: int, due: list[int]) -> None:
    for segment_id in due:
        after: int | None = 0
        while after is not None:
            with db.of_shop(shop_id) as session:
                after = segments.take_anew(session, shop_id, segment_id, after=after)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
