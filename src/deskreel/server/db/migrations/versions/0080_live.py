"""Live views; the last connectivity check of each recorder; signs of life of the regions' workers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0080"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "live_views",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("screen_recording_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["screen_recording_id"],
            ["screen_recordings.id"],
            name=op.f("fk_live_views_screen_recording_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_live_views_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_views")),
    )
    op.create_index(
        "ix_live_views_open",
        "live_views",
        ["screen_recording_id"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_live_views_ended", "live_views", ["ended_at"])
    op.create_table(
        "recorder_checks",
        sa.Column("recorder_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("region", sa.Text()),
        sa.Column("warnings", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("rows", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recorder_id"],
            ["recorders.id"],
            name=op.f("fk_recorder_checks_recorder_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("recorder_id", name=op.f("pk_recorder_checks")),
    )
    op.create_table(
        "region_workers",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("region", name=op.f("pk_region_workers")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("region_workers")
    op.drop_table("recorder_checks")
    op.drop_table("live_views")
