"""What is deleted is gone from the disk too: PostgreSQL itself keeps it in four places until something needs the space.

Dead rows and the free bytes of pages: a table is written anew (VACUUM FULL, its indexes and TOAST with it). Samples in
the planner's statistics: taken anew, and their own table written anew. The write-ahead log: closed and checkpointed,
which deletes what came before. All of it as the database's owner; where that is not enough, it is said.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, TextClause, text
from sqlalchemy.exc import DBAPIError

PERSONAL_TABLES = (
    "audit_entries", "browsing_events", "carts", "clicks", "consent_records", "customer_merges", "customers",
    "deletion_reports", "deliveries", "due_again", "erasures", "impressions", "interest_answers", "mail_links",
    "messages", "orders", "predictions", "profile_merges", "profile_names", "profile_news", "profiles", "refunds",
    "reviews", "said_predictions", "segment_members", "segment_moves", "set_aside_rows", "suppressions",
    "visitor_links", "visitors", "write_backs",
)  # fmt: skip
LARGEST_BY_DAY = 256 * 1024**2  # bytes with indexes; a larger table would keep shoppers waiting for more than a moment
LOCK_WAIT = "300ms"  # for so long at most whoever comes after us in the table's queue waits for nothing
TRIES = 10
PAUSE_SECONDS = 0.2
OLD_VIEWS_SECONDS = 30.0

LEAVES = text("""
    SELECT c.relname, pg_total_relation_size(c.oid) AS size
    FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND (
        c.relname = ANY(:tables) OR EXISTS (
            SELECT FROM pg_inherits i JOIN pg_class parent ON parent.oid = i.inhparent
            WHERE i.inhrelid = c.oid AND parent.relname = ANY(:tables)))
    ORDER BY c.relname
""")
# A transaction that began before the deletion still sees the rows, and so keeps them through a VACUUM.
OLD_VIEWS = text("""
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND age(backend_xmin) > age(CAST(:cut AS xid))
""")
# A table that is empty now keeps the samples of when it was not: ANALYZE passes it over.
CLEAR_STATISTICS = text("""
    WITH named AS (
        SELECT oid, relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname = ANY(:names)
    ), all_of_them AS (
        SELECT relname FROM named
        UNION
        SELECT i.relname FROM pg_index x
        JOIN named ON named.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
    )
    SELECT pg_clear_attribute_stats(s.schemaname, s.tablename, s.attname, s.inherited)
    FROM pg_stats s JOIN all_of_them ON all_of_them.relname = s.tablename WHERE s.schemaname = 'public'
""")
FILE_OF = text("SELECT pg_relation_filenode(CAST(:name AS regclass))")


@dataclass
class Scrubbed:
    """What came of it: `left`, tables that were too large or too busy; `not_allowed`, what this database forbids us."""

    left: list[str] = field(default_factory=list)
    not_allowed: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        """What is not done yet, or never will be by us, in a sentence or two; empty when all is."""
        said = []
        if self.left:
            said.append(
                f"Still to be written anew on the disk, when few people are in the shop: {', '.join(self.left)}."
            )
        if self.not_allowed:
            said.append(
                f"This database lets us not do everything: {', '.join(self.not_allowed)}. Its own routine does so in "
                "time; ask its administrator when."
            )
        return " ".join(said)


def scrub(
    connection: Connection, *, is_night: bool, beat: Callable[[], None], tables: Sequence[str] = PERSONAL_TABLES
) -> Scrubbed:
    """Write every table that holds people anew, then what the planner and the log remember of them.

    connection: of the database's owner, in autocommit. beat: called between tables, to hold a claim.
    """
    done = Scrubbed()
    connection.execute(text(f"SET lock_timeout = '{LOCK_WAIT}'"))
    if not _wait_for_old_views(connection, beat):
        done.left.append("everything, for a transaction that began long ago is still open")
        return done
    leaves = connection.execute(LEAVES, {"tables": list(tables)}).all()
    for name, size in leaves:
        if size > LARGEST_BY_DAY and not is_night:
            done.left.append(f"{name} ({size / 1e9:.1f} GB)")
        else:
            _rewrite(connection, name, done)
        beat()
    names = sorted({*tables, *(name for name, _ in leaves)})
    _try(connection, CLEAR_STATISTICS, done, "clearing statistics", names=names)
    for name in tables:
        _try(connection, text(f"ANALYZE public.{name}"), done, "fresh statistics")
    _rewrite(connection, "pg_catalog.pg_statistic", done)
    _try(connection, text("SELECT pg_switch_wal()"), done, "closing the write-ahead log")
    _try(connection, text("CHECKPOINT"), done, "a checkpoint")
    return done


def _wait_for_old_views(connection: Connection, beat: Callable[[], None]) -> bool:
    cut = connection.execute(text("SELECT CAST(pg_current_xact_id() AS xid)::text")).scalar_one()
    deadline = time.monotonic() + OLD_VIEWS_SECONDS
    while connection.execute(OLD_VIEWS, {"cut": cut}).scalar_one():
        if time.monotonic() > deadline:
            return False
        beat()
        time.sleep(PAUSE_SECONDS)
    return True


def _rewrite(connection: Connection, name: str, done: Scrubbed) -> None:
    """Write one table anew; whoever holds it is waited for a moment at a time, so that nobody queues behind us."""
    full = name if "." in name else f"public.{name}"
    before = connection.execute(FILE_OF, {"name": full}).scalar()
    for _ in range(TRIES):
        try:
            connection.execute(text(f"VACUUM (FULL) {full}"))
        except DBAPIError as error:
            if not _is_busy(error):
                done.not_allowed.append(f"writing {name} anew")
                return
            time.sleep(PAUSE_SECONDS)
            continue
        if connection.execute(FILE_OF, {"name": full}).scalar() == before:  # refused, with no more than a warning
            done.not_allowed.append(f"writing {name} anew")
        return
    done.left.append(f"{name} (in use)")


def _try(connection: Connection, statement: TextClause, done: Scrubbed, what: str, **told: object) -> None:
    try:
        connection.execute(statement, told)
    except DBAPIError as error:
        fault = done.left if _is_busy(error) else done.not_allowed
        if what not in fault:
            fault.append(what)


def _is_busy(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", "") in ("55P03", "40P01")  # lock not available, deadlock
