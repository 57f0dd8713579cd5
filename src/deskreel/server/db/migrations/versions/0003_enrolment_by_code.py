"""Requests for enrolment by code; credentials of recorders expire and are renewed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enrolment_requests",
        sa.Column("device_code_hash", sa.Text(), nullable=False),
        sa.Column("user_code_hash", sa.Text(), nullable=False),
        sa.Column("hostname", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("public_key", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("interval_s", sa.Integer(), nullable=False),
        sa.Column("polled_at", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_enrolment_requests_agent_id")),
        sa.PrimaryKeyConstraint("device_code_hash", name=op.f("pk_enrolment_requests")),
        sa.UniqueConstraint("user_code_hash", name=op.f("uq_enrolment_requests_user_code_hash")),
    )
    op.create_index(op.f("ix_enrolment_requests_expires_at"), "enrolment_requests", ["expires_at"])
    for column in (
        sa.Column("platform", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Text(), server_default="", nullable=False),
        sa.Column("credential_expires_at", sa.BigInteger(), nullable=True),
        sa.Column("next_credential_hash", sa.Text(), nullable=True),
        sa.Column("next_credential_expires_at", sa.BigInteger(), nullable=True),
        sa.Column("online_since", sa.BigInteger(), nullable=True),
    ):
        op.add_column("recorders", column)
    # recorders that are there get their full time from now on: they learn of it at their next look
    op.execute(
        "UPDATE recorders SET credential_expires_at = "
        "(extract(epoch FROM now() + interval '90 days') * 1000)::bigint"
    )
    op.alter_column("recorders", "credential_expires_at", nullable=False)
    op.create_unique_constraint(
        op.f("uq_recorders_next_credential_hash"), "recorders", ["next_credential_hash"]
    )


def downgrade() -> None:
    op.drop_constraint(op.f("uq_recorders_next_credential_hash"), "recorders")
    for name in (
        "online_since",
        "next_credential_expires_at",
        "next_credential_hash",
        "credential_expires_at",
        "version",
        "platform",
    ):
        op.drop_column("recorders", name)
    op.drop_table("enrolment_requests")
