"""Let the application ask for fresh statistics after a file has come in.

Locks nothing: it adds one function. What the planner does not know of a shop it takes for empty, and then compares
every order with every line; autovacuum would look only within a minute, and a statement that has begun is not planned
anew. The application owns no table, so it may not ANALYZE itself.
"""

from alembic import op

revision = "20261125_refresh_statistics"
down_revision = "20261124_make_first_tables"
branch_labels = None
depends_on = None

REFRESH_STATISTICS = """
CREATE FUNCTION refresh_statistics() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
    ANALYZE public.items, public.customers, public.orders, public.order_lines;
END $$;
REVOKE ALL ON FUNCTION refresh_statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION refresh_statistics() TO regulars_app;
"""


def upgrade() -> None:
    op.execute(REFRESH_STATISTICS)


def downgrade() -> None:
    op.execute("DROP FUNCTION refresh_statistics()")
