"""Make room for people as we know them: profiles, segments, and what is predicted of people, items and the shop."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261128_people"
down_revision = "20261127_connections"
branch_labels = None
depends_on = None

TENANT_TABLES = (
    "backtests",
    "cohort_months",
    "due_again",
    "interest_answers",
    "interests",
    "item_forecasts",
    "predictions",
    "predictor_versions",
    "profile_merges",
    "profile_names",
    "profile_news",
    "profiles",
    "said_predictions",
    "segment_members",
    "segment_moves",
    "segments",
    "shop_forecasts",
    "shop_rhythms",
    "stage_days",
)
WALL = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY shop_wall ON {table}
    USING (shop_id = nullif(current_setting('regulars.shop_id', true), '')::bigint)
    WITH CHECK (shop_id = nullif(current_setting('regulars.shop_id', true), '')::bigint);
"""
PERSONAL = {
    "interest_answers": ("email",),
    "profile_merges": ("evidence",),
    "profile_names": ("name",),
    "profile_news": ("name",),
}

NAMED = """
SELECT shop_id, 'customer' AS kind, customer_external_id AS name FROM told
UNION ALL
SELECT shop_id, 'email', email FROM told WHERE coalesce(customer_external_id, '') = ''
"""
TELLS = {
    "customers": "SELECT shop_id, 'customer' AS kind, external_id AS name FROM told",
    "orders": NAMED,
    "carts": NAMED,
    "interest_answers": NAMED,
    "refunds": f"""
        WITH told AS (
            SELECT o.shop_id, o.customer_external_id, o.email FROM told AS back
            JOIN orders AS o ON o.shop_id = back.shop_id AND o.external_id = back.order_external_id
        ) {NAMED}
    """,
    "consent_records": """
        SELECT shop_id, 'customer' AS kind, customer_external_id AS name FROM told
        UNION ALL SELECT shop_id, 'email', email FROM told
        UNION ALL SELECT shop_id, 'visitor', encode(visitor_key, 'hex') FROM told
    """,
    "suppressions": "SELECT shop_id, 'email' AS kind, address AS name FROM told",
    "visitor_links": "SELECT shop_id, 'customer' AS kind, customer_external_id AS name FROM told",
    "customer_merges": """
        SELECT shop_id, 'customer' AS kind, unnest(ARRAY[from_external_id, into_external_id]) AS name FROM told
    """,
}
"""Which names each table's rows speak of, of rows called `told`. What names an account is the account's."""

EVENTS = (("INSERT", "NEW"), ("UPDATE", "NEW"), ("UPDATE", "OLD"))
STAY = ("customers", "refunds", "suppressions")  # their rows never change hands; those of consent_records never change
# No name is unique in the news: two deliveries that tell of the same people in another order would wait in a circle.
TELL = """
CREATE FUNCTION tell_profiles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'INSERT INTO profile_news (shop_id, kind, name) '
        'SELECT DISTINCT shop_id, kind, name FROM (' || TG_ARGV[0] || ') AS named WHERE length(name) > 0';
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION tell_profiles() FROM PUBLIC;
"""
TRIGGER = """
CREATE TRIGGER tell_profiles_of_{event}_{rows} AFTER {event} ON {table}
REFERENCING {rows} TABLE AS told FOR EACH STATEMENT EXECUTE FUNCTION tell_profiles({names})
"""
TELL_ALL = """
INSERT INTO profile_news (shop_id, kind, name)
SELECT DISTINCT shop_id, kind, name FROM ({told}) AS named WHERE length(name) > 0
"""


def upgrade() -> None:
    op.create_table(
        "backtests",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "kind", "said_on"),
    )
    op.create_table(
        "cohort_months",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("first_month", sa.Date(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("spent_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "counted_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "first_month", "month"),
    )
    op.create_table(
        "due_again",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("low", sa.Date(), nullable=False),
        sa.Column("high", sa.Date(), nullable=False),
        sa.Column("times_bought", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "profile_id", "item_id"),
    )
    op.create_index("due_again_by_day", "due_again", ["shop_id", "due_on"], unique=False)
    op.create_table(
        "interest_answers",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("customer_external_id", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("is_liked", sa.Boolean(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "id"),
        sa.UniqueConstraint("shop_id", "key", "customer_external_id", "email", postgresql_nulls_not_distinct=True),
    )
    op.create_index(
        "interest_answers_by_customer",
        "interest_answers",
        ["shop_id", "customer_external_id"],
        unique=False,
        postgresql_where=sa.text("customer_external_id IS NOT NULL"),
    )
    op.create_index(
        "interest_answers_by_email",
        "interest_answers",
        ["shop_id", "email"],
        unique=False,
        postgresql_where=sa.text("email IS NOT NULL"),
    )
    op.create_table(
        "interests",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("is_offered", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "key"),
    )
    op.create_table(
        "item_forecasts",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.Float(), nullable=False),
        sa.Column("low", sa.Float(), nullable=False),
        sa.Column("high", sa.Float(), nullable=False),
        sa.Column("stock_out_on", sa.Date(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "item_id"),
    )
    op.create_table(
        "predictions",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("low", sa.Float(), nullable=False),
        sa.Column("high", sa.Float(), nullable=False),
        sa.Column("is_known", sa.Boolean(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("knew_order_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "profile_id", "kind"),
    )
    op.create_index("predictions_by_value", "predictions", ["shop_id", "kind", "value"], unique=False)
    op.create_table(
        "predictor_versions",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("training_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("artifact", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("drift", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column(
            "trained_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "id"),
    )
    op.create_index("predictor_versions_by_kind", "predictor_versions", ["shop_id", "kind", "id"], unique=False)
    op.create_index(
        "predictor_versions_one_serving",
        "predictor_versions",
        ["shop_id", "kind"],
        unique=True,
        postgresql_where=sa.text("state = 'serving'"),
    )
    op.create_table(
        "profile_merges",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("from_id", sa.BigInteger(), nullable=False),
        sa.Column("into_id", sa.BigInteger(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "id"),
    )
    op.create_index("profile_merges_by_source", "profile_merges", ["shop_id", "from_id"], unique=False)
    op.create_index("profile_merges_by_target", "profile_merges", ["shop_id", "into_id"], unique=False)
    op.create_table(
        "profile_names",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("home_id", sa.BigInteger(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "kind", "name"),
    )
    op.create_index("profile_names_by_profile", "profile_names", ["shop_id", "profile_id"], unique=False)
    op.create_table(
        "profile_news",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "id"),
    )
    op.create_index("profile_news_by_name", "profile_news", ["shop_id", "kind", "name"], unique=False)
    op.create_table(
        "profiles",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("merged_into_id", sa.BigInteger(), nullable=True),
        sa.Column("orders_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("spent_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("other_currencies", sa.Integer(), server_default="0", nullable=False),
        sa.Column("first_order_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_order_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("usual_gap_days", sa.Float(), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("views_30", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cart_left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("is_guest", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("may_mail", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("may_personalize", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("interests", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("stage", sa.Text(), server_default="never_bought", nullable=False),
        sa.Column(
            "stage_since", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("recency_score", sa.SmallInteger(), nullable=True),
        sa.Column("frequency_score", sa.SmallInteger(), nullable=True),
        sa.Column("money_score", sa.SmallInteger(), nullable=True),
        sa.Column("look_again_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "refreshed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "id"),
    )
    op.create_index("profiles_by_last_order", "profiles", ["shop_id", "last_order_at"], unique=False)
    op.create_index("profiles_by_look", "profiles", ["shop_id", "look_again_at"], unique=False)
    op.create_index("profiles_by_stage", "profiles", ["shop_id", "stage"], unique=False)
    op.create_table(
        "said_predictions",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("low", sa.Float(), nullable=False),
        sa.Column("high", sa.Float(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("happened", sa.Float(), nullable=True),
        sa.Column("is_over", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "said_on", "kind", "profile_id"),
    )
    op.create_index("said_predictions_by_profile", "said_predictions", ["shop_id", "profile_id"], unique=False)
    op.create_table(
        "segment_members",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("segment_id", sa.BigInteger(), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "segment_id", "profile_id"),
    )
    op.create_index("segment_members_by_profile", "segment_members", ["shop_id", "profile_id"], unique=False)
    op.create_table(
        "segment_moves",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("segment_id", sa.BigInteger(), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("is_in", sa.Boolean(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), server_default=sa.text("regulars_now()"), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "id"),
    )
    op.create_index("segment_moves_by_profile", "segment_moves", ["shop_id", "profile_id"], unique=False)
    op.create_index("segment_moves_by_time", "segment_moves", ["shop_id", "segment_id", "moved_at"], unique=False)
    op.create_table(
        "segments",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_ready_made", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("condition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "changed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "id"),
        sa.UniqueConstraint("shop_id", "key"),
    )
    op.create_table(
        "shop_forecasts",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("week_start", sa.Date(), nullable=False),
        sa.Column("weeks", sa.Integer(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("low", sa.Float(), nullable=False),
        sa.Column("high", sa.Float(), nullable=False),
        sa.Column("happened", sa.Float(), nullable=True),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("is_rehearsed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "said_on", "measure", "week_start", "weeks"),
    )
    op.create_table(
        "shop_rhythms",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("gap_days", sa.Float(), nullable=True),
        sa.Column("recency_cuts", postgresql.ARRAY(sa.DateTime(timezone=True)), nullable=False),
        sa.Column("frequency_cuts", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("money_cuts", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column(
            "counted_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id"),
    )
    op.create_table(
        "stage_days",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("spent_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "day", "stage"),
    )
    for table in TENANT_TABLES:
        op.execute(WALL.format(table=table))
    for table, columns in PERSONAL.items():
        for column in columns:  # the planner's samples would outlive the people in them
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")
    _tell_of_all()
    op.execute(TELL)
    for table, event, rows in _triggers():
        names = "'" + TELLS[table].replace("'", "''") + "'"
        op.execute(TRIGGER.format(event=event, rows=rows, table=table, names=names))


def _triggers() -> list[tuple[str, str, str]]:
    return [
        (table, event, rows)
        for table in TELLS
        for event, rows in EVENTS
        if event == "INSERT" or (table != "consent_records" and (rows == "NEW" or table not in STAY))
    ]


def _tell_of_all() -> None:
    """Tell of everybody whom a shop knows already; the first sweep makes their profiles."""
    connection = op.get_bind()
    for shop_id in connection.execute(sa.text("SELECT id FROM shops ORDER BY id")).scalars().all():
        connection.execute(sa.text("SELECT set_config('regulars.shop_id', :id, true)"), {"id": str(shop_id)})
        for table in ("customers", "orders", "carts", "consent_records", "visitor_links", "customer_merges"):
            told = f"WITH told AS (SELECT * FROM {table} WHERE shop_id = :id) {TELLS[table]}"
            connection.execute(sa.text(TELL_ALL.format(told=told)), {"id": shop_id})
    connection.execute(sa.text("SELECT set_config('regulars.shop_id', '', true)"))


def downgrade() -> None:
    for table, event, rows in _triggers():
        op.execute(f"DROP TRIGGER tell_profiles_of_{event}_{rows} ON {table}")
    op.execute("DROP FUNCTION tell_profiles()")
    for table in TENANT_TABLES:
        op.drop_table(table)
