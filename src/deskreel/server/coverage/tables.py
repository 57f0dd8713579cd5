"""Rows of coverage: each part of a call that an agent took, as the finish job found it."""

from sqlalchemy import BigInteger, Column, ForeignKey, ForeignKeyConstraint, Index, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from deskreel.server.db.base import Millis, metadata

interaction_coverage = Table(
    "interaction_coverage",
    metadata,
    Column("screen_recording_id", Text, primary_key=True),
    Column("interaction_id", Text, primary_key=True, index=True),
    Column("agent_id", Text, ForeignKey("agents.id"), nullable=False),
    Column("started_at", Millis, nullable=False),  # of the agent's part
    Column("expected_ms", BigInteger, nullable=False),
    Column("captured_ms", BigInteger, nullable=False),
    Column("missing", JSONB, nullable=False),  # [[start, end, reason], …]
    Column("reasons", JSONB, nullable=False),  # {reason: ms}: what `missing` adds up to
    ForeignKeyConstraint(
        ["screen_recording_id", "interaction_id"],
        ["recording_parts.screen_recording_id", "recording_parts.interaction_id"],
        name="fk_interaction_coverage_screen_recording_id",
        ondelete="CASCADE",
    ),
    Index("ix_interaction_coverage_started", "started_at", "agent_id"),
)
