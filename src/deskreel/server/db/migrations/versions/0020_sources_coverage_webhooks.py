"""Sources of both kinds and their losses, coverage of each call, status events and webhooks, transcripts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0010"
branch_labels = None
depends_on = None

_JSONB = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    _sources()
    _coverage()
    _status_events()
    _call_audio()


def _sources() -> None:
    table = "telephony_sources"
    op.add_column(table, sa.Column("kind", sa.Text(), server_default="call_events", nullable=False))
    op.add_column(table, sa.Column("settings", _JSONB, server_default="{}", nullable=False))
    op.add_column(table, sa.Column("secret_box", sa.Text(), nullable=True))
    op.add_column(table, sa.Column("active", sa.Boolean(), server_default="true", nullable=False))
    op.add_column(table, sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    for name in ("old_secret_until", "status_at", "heard_at", "deleted_at"):
        op.add_column(table, sa.Column(name, sa.BigInteger(), nullable=True))
    op.add_column(table, sa.Column("status", _JSONB, nullable=True))
    op.create_table(
        "telephony_losses",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["telephony_sources.id"],
            name=op.f("fk_telephony_losses_source_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telephony_losses")),
    )
    op.create_index("ix_telephony_losses_source_ended", "telephony_losses", ["source_id", "ended_at"])
    op.create_index(
        "uq_telephony_losses_open",
        "telephony_losses",
        ["source_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _coverage() -> None:
    op.add_column("screen_recordings", sa.Column("cut", _JSONB, server_default="[]", nullable=False))
    op.create_table(
        "interaction_coverage",
        sa.Column("screen_recording_id", sa.Text(), nullable=False),
        sa.Column("interaction_id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("expected_ms", sa.BigInteger(), nullable=False),
        sa.Column("captured_ms", sa.BigInteger(), nullable=False),
        sa.Column("missing", _JSONB, nullable=False),
        sa.Column("reasons", _JSONB, nullable=False),
        sa.ForeignKeyConstraint(
            ["screen_recording_id", "interaction_id"],
            ["recording_parts.screen_recording_id", "recording_parts.interaction_id"],
            name=op.f("fk_interaction_coverage_screen_recording_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_interaction_coverage_agent_id")),
        sa.PrimaryKeyConstraint(
            "screen_recording_id", "interaction_id", name=op.f("pk_interaction_coverage")
        ),
    )
    op.create_index("ix_interaction_coverage_started", "interaction_coverage", ["started_at", "agent_id"])
    op.create_index(
        op.f("ix_interaction_coverage_interaction_id"), "interaction_coverage", ["interaction_id"]
    )


def _status_events() -> None:
    op.create_table(
        "status_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("data", _JSONB, nullable=False),
        sa.Column("once", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_status_events_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_events")),
        sa.UniqueConstraint("event_id", name=op.f("uq_status_events_event_id")),
        sa.UniqueConstraint("position", name=op.f("uq_status_events_position")),
        sa.UniqueConstraint("once", name=op.f("uq_status_events_once")),
    )
    op.create_index(
        "ix_status_events_new", "status_events", ["id"], postgresql_where=sa.text("position IS NULL")
    )
    op.create_index("ix_status_events_at", "status_events", ["at"])
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("events", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("secret_box", sa.Text(), nullable=False),
        sa.Column("old_secret_box", sa.Text(), nullable=True),
        sa.Column("old_secret_until", sa.BigInteger(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("endpoint_id", sa.Text(), nullable=False),
        sa.Column("status_event_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["webhook_endpoints.id"],
            name=op.f("fk_webhook_deliveries_endpoint_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["status_event_id"],
            ["status_events.id"],
            name=op.f("fk_webhook_deliveries_status_event_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint(
            "endpoint_id", "status_event_id", name=op.f("uq_webhook_deliveries_endpoint_id_status_event_id")
        ),
    )
    op.create_index(
        "ix_webhook_deliveries_waiting",
        "webhook_deliveries",
        ["next_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index("ix_webhook_deliveries_state_id", "webhook_deliveries", ["state", "id"])
    op.create_index(op.f("ix_webhook_deliveries_status_event_id"), "webhook_deliveries", ["status_event_id"])


def _call_audio() -> None:
    op.add_column("call_recordings", sa.Column("origin", _JSONB, server_default="{}", nullable=False))
    op.add_column("call_recordings", sa.Column("credentials_box", sa.Text(), nullable=True))
    op.add_column("call_recordings", sa.Column("attempts", sa.Integer(), server_default="0", nullable=False))
    op.add_column("call_recordings", sa.Column("once", sa.Text(), nullable=True))
    op.create_unique_constraint(op.f("uq_call_recordings_once"), "call_recordings", ["once"])
    op.create_table(
        "transcripts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("interaction_id", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("segments", _JSONB, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('simple', text)", persisted=True),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interactions.id"], name=op.f("fk_transcripts_interaction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transcripts")),
        sa.UniqueConstraint("interaction_id", name=op.f("uq_transcripts_interaction_id")),
    )
    op.create_index("ix_transcripts_search", "transcripts", ["search"], postgresql_using="gin")


def downgrade() -> None:
    for table in ("transcripts", "webhook_deliveries", "webhook_endpoints", "status_events"):
        op.drop_table(table)
    for name in ("once", "attempts", "credentials_box", "origin"):
        op.drop_column("call_recordings", name)
    op.drop_table("interaction_coverage")
    op.drop_column("screen_recordings", "cut")
    op.drop_table("telephony_losses")
    columns = ("kind", "settings", "secret_box", "active", "version", "old_secret_until", "status_at")
    for name in (*columns, "heard_at", "deleted_at", "status"):
        op.drop_column("telephony_sources", name)
