"""Indexes of the screen recordings that are not done with: what a recorder's desired state is read from."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes."""
    op.create_index(
        "ix_screen_recordings_unfinished",
        "screen_recordings",
        ["recorder_id"],
        postgresql_where=sa.text("ended_at IS NULL OR manifest IS NULL"),
    )
    op.create_index(
        "ix_screen_recordings_open",
        "screen_recordings",
        ["agent_id"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_screen_recordings_open", "screen_recordings")
    op.drop_index("ix_screen_recordings_unfinished", "screen_recordings")
