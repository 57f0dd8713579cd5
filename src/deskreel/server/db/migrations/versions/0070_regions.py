"""Media regions: where each recording and download is, and which region the account, teams and agents chose."""

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0060"
branch_labels = None
depends_on = None

HELD = ("screen_recordings", "call_recordings", "downloads")


def upgrade() -> None:
    """What was there before is in the region that installations have without naming one."""
    for table in HELD:
        op.add_column(table, sa.Column("region", sa.Text(), nullable=False, server_default="default"))
    op.create_table(
        "region_choices",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("region", sa.Text()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_region_choices")),
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_table("region_choices")
    for table in HELD:
        op.drop_column(table, "region")
