"""Let a campaign leave some people alone, to see what its letters bring."""

import sqlalchemy as sa
from alembic import op

revision = "20261129_control_groups"
down_revision = "20261128_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("control_percent", sa.Integer(), server_default="0", nullable=False))
    op.add_column("campaigns", sa.Column("control_since", sa.DateTime(timezone=True)))
    op.add_column("campaigns", sa.Column("control_until", sa.DateTime(timezone=True)))
    op.add_column("messages", sa.Column("is_control", sa.Boolean(), server_default=sa.text("false"), nullable=False))


def downgrade() -> None:
    op.drop_column("messages", "is_control")
    op.drop_column("campaigns", "control_until")
    op.drop_column("campaigns", "control_since")
    op.drop_column("campaigns", "control_percent")
