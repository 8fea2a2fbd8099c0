"""Make room for carts, consent with its proof, campaigns, messages, and being forgotten.

Adds columns and partial indexes to orders, customers, items, shops and consent_records; the indexes are built while the
table is locked against writing, which takes a second per million orders. From here on consent is append-only for the
application, and the planner keeps no samples of personal columns: statistics would outlive the people in them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261126_messages_and_forgetting"
down_revision = "20261125_refresh_statistics"
branch_labels = None
depends_on = None

TENANT_TABLES = (
    "campaigns",
    "carts",
    "customer_merges",
    "erasures",
    "mail_links",
    "mail_senders",
    "messages",
    "stock_counts",
    "suppressions",
    "tombstones",
)
WALL = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY shop_wall ON {table}
    USING (shop_id = nullif(current_setting('regulars.shop_id', true), '')::bigint)
    WITH CHECK (shop_id = nullif(current_setting('regulars.shop_id', true), '')::bigint);
"""
PERSONAL = {
    "browsing_events": ("query",),
    "carts": ("email", "phone", "lines"),
    "consent_records": ("email", "phone"),
    "customers": ("email", "phone", "first_name", "last_name", "first_name_first", "last_name_first"),
    "deliveries": ("body", "headers"),
    "erasures": ("subject",),
    "mail_links": ("email",),
    "messages": ("email", "subject", "content", "reply", "decisions"),
    "orders": ("email", "phone"),
    "set_aside_rows": ("raw",),
    "suppressions": ("address",),
}
NAMES = {
    "first_name_first": ("customers_by_first_name", "lower(first_name || ' ' || last_name)"),
    "last_name_first": ("customers_by_last_name", "lower(last_name || ' ' || first_name)"),
}
# What is due is asked of the database's clock. A rehearsal may set another time for its own transactions.
NOW = """
CREATE FUNCTION regulars_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT coalesce(nullif(current_setting('regulars.now', true), '')::timestamptz, clock_timestamp())
$$;
GRANT EXECUTE ON FUNCTION regulars_now() TO regulars_app;
"""


def upgrade() -> None:
    op.create_table(
        "campaigns",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("is_on", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("on_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delay_minutes", sa.Integer(), server_default="60", nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("preheader", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), server_default="en", nullable=False),
        sa.Column("quiet_from", sa.Integer(), server_default="21", nullable=False),
        sa.Column("quiet_until", sa.Integer(), server_default="7", nullable=False),
        sa.Column(
            "changed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "id"),
    )
    op.create_index("campaigns_one_of_a_kind", "campaigns", ["shop_id", "kind"], unique=True)
    op.create_table(
        "carts",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("customer_external_id", sa.Text(), nullable=True),
        sa.Column("visitor_key", sa.LargeBinary(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("address_key", sa.LargeBinary(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("named_at", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "first_heard_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("version_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version_digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "id"),
        sa.UniqueConstraint("shop_id", "external_id"),
    )
    op.create_index(
        "carts_by_address",
        "carts",
        ["shop_id", "address_key"],
        unique=False,
        postgresql_where=sa.text("address_key IS NOT NULL"),
    )
    op.create_index(
        "carts_by_customer",
        "carts",
        ["shop_id", "customer_external_id"],
        unique=False,
        postgresql_where=sa.text("customer_external_id IS NOT NULL"),
    )
    op.create_index(
        "carts_by_email",
        "carts",
        ["shop_id", "email"],
        unique=False,
        postgresql_ops={"email": "text_pattern_ops"},
        postgresql_where=sa.text("email IS NOT NULL"),
    )
    op.create_index(
        "carts_by_phone", "carts", ["shop_id", "phone"], unique=False, postgresql_where=sa.text("phone IS NOT NULL")
    )
    op.create_index(
        "carts_by_visitor",
        "carts",
        ["shop_id", "visitor_key"],
        unique=False,
        postgresql_where=sa.text("visitor_key IS NOT NULL"),
    )
    op.create_index(
        "carts_open",
        "carts",
        ["shop_id", "version_at"],
        unique=False,
        postgresql_where=sa.text("stage IN ('cart', 'checkout') AND email IS NOT NULL"),
    )
    op.create_table(
        "customer_merges",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("from_external_id", sa.Text(), nullable=False),
        sa.Column("into_external_id", sa.Text(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "from_external_id"),
    )
    op.create_index("customer_merges_by_target", "customer_merges", ["shop_id", "into_external_id"], unique=False)
    op.create_table(
        "erasures",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), server_default="erase", nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("subject", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "requested_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("live_erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("found", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("link_seal", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("claim_token", sa.Uuid(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "id"),
    )
    op.create_index("erasures_by_state", "erasures", ["shop_id", "state"], unique=False)
    op.create_table(
        "mail_links",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("customer_external_id", sa.Text(), nullable=True),
        sa.Column("cart_external_id", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("followed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "digest"),
    )
    op.create_index("mail_links_by_email", "mail_links", ["shop_id", "email"], unique=False)
    op.create_index("mail_links_by_message", "mail_links", ["shop_id", "message_id"], unique=False)
    op.create_table(
        "mail_senders",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("postal_address", sa.Text(), server_default="", nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("check", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id"),
    )
    op.create_table(
        "messages",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Integer(), server_default="1", nullable=False),
        sa.Column("is_test", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("cart_external_id", sa.Text(), nullable=False),
        sa.Column("cart_version_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("customer_external_id", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="planned", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("decisions", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column(
            "planned_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sending_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_key", sa.Text(), server_default="", nullable=False),
        sa.Column("reply", sa.Text(), server_default="", nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("claim_token", sa.Uuid(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "id"),
    )
    op.create_index("messages_by_email", "messages", ["shop_id", "email", "sent_at"], unique=False)
    op.create_index("messages_by_state", "messages", ["shop_id", "state", "id"], unique=False)
    op.create_index("messages_by_time", "messages", ["shop_id", "planned_at", "id"], unique=False)
    op.create_index(
        "messages_due",
        "messages",
        ["shop_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('planned', 'sending')"),
    )
    op.create_index(
        "messages_once",
        "messages",
        ["shop_id", "campaign_id", "cart_external_id", "step"],
        unique=True,
        postgresql_where=sa.text("NOT is_test"),
    )
    op.create_table(
        "stock_counts",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("stock_key", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("version_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "stock_key", "location"),
    )
    op.create_table(
        "suppressions",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "channel", "address"),
    )
    op.create_table(
        "tombstones",
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "kind", "seal"),
    )
    op.add_column("consent_records", sa.Column("email", sa.Text(), nullable=True))
    op.add_column("consent_records", sa.Column("phone", sa.Text(), nullable=True))
    op.add_column("consent_records", sa.Column("customer_external_id", sa.Text(), nullable=True))
    op.add_column("consent_records", sa.Column("wording", sa.Text(), server_default="", nullable=False))
    op.add_column("consent_records", sa.Column("wording_version", sa.Text(), server_default="", nullable=False))
    op.add_column("consent_records", sa.Column("locale", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "consent_records",
        sa.Column(
            "occurred_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
    )
    op.add_column("consent_records", sa.Column("digest", sa.LargeBinary(), nullable=True))
    op.alter_column("consent_records", "visitor_key", existing_type=postgresql.BYTEA(), nullable=True)
    op.create_index(
        "consent_records_by_customer",
        "consent_records",
        ["shop_id", "customer_external_id", "purpose"],
        unique=False,
        postgresql_where=sa.text("customer_external_id IS NOT NULL"),
    )
    op.create_index(
        "consent_records_by_email",
        "consent_records",
        ["shop_id", "email", "purpose"],
        unique=False,
        postgresql_ops={"email": "text_pattern_ops"},
        postgresql_where=sa.text("email IS NOT NULL"),
    )
    op.create_index(
        "consent_records_by_phone",
        "consent_records",
        ["shop_id", "phone", "purpose"],
        unique=False,
        postgresql_where=sa.text("phone IS NOT NULL"),
    )
    op.create_unique_constraint("consent_records_shop_id_digest_key", "consent_records", ["shop_id", "digest"])
    op.create_index(
        "customers_by_email",
        "customers",
        ["shop_id", "email"],
        unique=False,
        postgresql_ops={"email": "text_pattern_ops"},
        postgresql_where=sa.text("email IS NOT NULL"),
    )
    for column, (index, words) in NAMES.items():
        op.add_column("customers", sa.Column(column, sa.Text(), sa.Computed(words, persisted=True), nullable=False))
        op.create_index(index, "customers", ["shop_id", column], postgresql_ops={column: "text_pattern_ops"})
    op.create_index(
        "customers_by_phone",
        "customers",
        ["shop_id", "phone"],
        unique=False,
        postgresql_where=sa.text("phone IS NOT NULL"),
    )
    op.add_column("items", sa.Column("stock_keys", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.add_column("items", sa.Column("names", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.create_index("items_by_name", "items", ["names"], unique=False, postgresql_using="gin")
    op.add_column(
        "imports", sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False)
    )
    op.create_index("items_by_stock_key", "items", ["stock_keys"], unique=False, postgresql_using="gin")
    op.add_column("orders", sa.Column("address_key", sa.LargeBinary(), nullable=True))
    op.add_column("orders", sa.Column("cart_external_id", sa.Text(), nullable=True))
    op.create_index(
        "orders_by_address",
        "orders",
        ["shop_id", "address_key"],
        unique=False,
        postgresql_where=sa.text("address_key IS NOT NULL"),
    )
    op.create_index(
        "orders_by_cart",
        "orders",
        ["shop_id", "cart_external_id"],
        unique=False,
        postgresql_where=sa.text("cart_external_id IS NOT NULL"),
    )
    op.create_index(
        "orders_by_email",
        "orders",
        ["shop_id", "email"],
        unique=False,
        postgresql_ops={"email": "text_pattern_ops"},
        postgresql_where=sa.text("email IS NOT NULL"),
    )
    op.create_index(
        "impressions_by_visitor",
        "impressions",
        ["shop_id", "visitor_key", "shown_at"],
        unique=False,
        postgresql_where=sa.text("visitor_key IS NOT NULL"),
    )
    op.create_index(
        "orders_by_phone", "orders", ["shop_id", "phone"], unique=False, postgresql_where=sa.text("phone IS NOT NULL")
    )
    op.add_column("shops", sa.Column("uninstalled_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(NOW)
    op.alter_column("carts", "first_heard_at", server_default=sa.text("regulars_now()"))
    op.execute("REVOKE UPDATE ON consent_records FROM regulars_app")
    for table in TENANT_TABLES:
        op.execute(WALL.format(table=table))
    for table, columns in PERSONAL.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")


def downgrade() -> None:
    op.execute("GRANT UPDATE ON consent_records TO regulars_app")
    for table in ("browsing_events", "customers", "deliveries", "orders", "set_aside_rows"):
        for column in PERSONAL[table]:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS -1")
    op.drop_column("shops", "uninstalled_at")
    op.drop_index("orders_by_phone", table_name="orders", postgresql_where=sa.text("phone IS NOT NULL"))
    op.drop_index("orders_by_email", table_name="orders", postgresql_where=sa.text("email IS NOT NULL"))
    op.drop_index("orders_by_cart", table_name="orders", postgresql_where=sa.text("cart_external_id IS NOT NULL"))
    op.drop_index("orders_by_address", table_name="orders", postgresql_where=sa.text("address_key IS NOT NULL"))
    op.drop_column("orders", "cart_external_id")
    op.drop_column("orders", "address_key")
    op.drop_column("imports", "counts")
    op.drop_index("items_by_name", table_name="items", postgresql_using="gin")
    op.drop_column("items", "names")
    op.drop_index("items_by_stock_key", table_name="items", postgresql_using="gin")
    op.drop_column("items", "stock_keys")
    op.drop_index("customers_by_phone", table_name="customers", postgresql_where=sa.text("phone IS NOT NULL"))
    op.drop_index(
        "impressions_by_visitor", table_name="impressions", postgresql_where=sa.text("visitor_key IS NOT NULL")
    )
    for column, (index, _words) in NAMES.items():
        op.drop_index(index, table_name="customers")
        op.drop_column("customers", column)
    op.drop_index("customers_by_email", table_name="customers", postgresql_where=sa.text("email IS NOT NULL"))
    op.drop_constraint("consent_records_shop_id_digest_key", "consent_records", type_="unique")
    op.drop_index(
        "consent_records_by_phone", table_name="consent_records", postgresql_where=sa.text("phone IS NOT NULL")
    )
    op.drop_index(
        "consent_records_by_email", table_name="consent_records", postgresql_where=sa.text("email IS NOT NULL")
    )
    op.drop_index(
        "consent_records_by_customer",
        table_name="consent_records",
        postgresql_where=sa.text("customer_external_id IS NOT NULL"),
    )
    op.execute("DELETE FROM consent_records WHERE visitor_key IS NULL")
    op.alter_column("consent_records", "visitor_key", existing_type=postgresql.BYTEA(), nullable=False)
    op.drop_column("consent_records", "digest")
    op.drop_column("consent_records", "occurred_at")
    op.drop_column("consent_records", "locale")
    op.drop_column("consent_records", "wording_version")
    op.drop_column("consent_records", "wording")
    op.drop_column("consent_records", "customer_external_id")
    op.drop_column("consent_records", "phone")
    op.drop_column("consent_records", "email")
    op.drop_table("tombstones")
    op.drop_table("suppressions")
    op.drop_table("stock_counts")
    op.drop_index("messages_once", table_name="messages", postgresql_where=sa.text("NOT is_test"))
    op.drop_index("messages_due", table_name="messages", postgresql_where=sa.text("state IN ('planned', 'sending')"))
    op.drop_index("messages_by_time", table_name="messages")
    op.drop_index("messages_by_state", table_name="messages")
    op.drop_index("messages_by_email", table_name="messages")
    op.drop_table("messages")
    op.drop_table("mail_senders")
    op.drop_index("mail_links_by_message", table_name="mail_links")
    op.drop_index("mail_links_by_email", table_name="mail_links")
    op.drop_table("mail_links")
    op.drop_index("erasures_by_state", table_name="erasures")
    op.drop_table("erasures")
    op.drop_index("customer_merges_by_target", table_name="customer_merges")
    op.drop_table("customer_merges")
    op.drop_index(
        "carts_open",
        table_name="carts",
        postgresql_where=sa.text("stage IN ('cart', 'checkout') AND email IS NOT NULL"),
    )
    op.drop_index("carts_by_visitor", table_name="carts", postgresql_where=sa.text("visitor_key IS NOT NULL"))
    op.drop_index("carts_by_phone", table_name="carts", postgresql_where=sa.text("phone IS NOT NULL"))
    op.drop_index("carts_by_email", table_name="carts", postgresql_where=sa.text("email IS NOT NULL"))
    op.drop_index("carts_by_customer", table_name="carts", postgresql_where=sa.text("customer_external_id IS NOT NULL"))
    op.drop_index("carts_by_address", table_name="carts", postgresql_where=sa.text("address_key IS NOT NULL"))
    op.drop_table("carts")
    op.drop_index("campaigns_one_of_a_kind", table_name="campaigns")
    op.drop_table("campaigns")
    op.execute("DROP FUNCTION regulars_now()")
