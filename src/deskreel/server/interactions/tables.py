"""Rows of interactions."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text, UniqueConstraint

from deskreel.server.db.base import Millis, metadata

interactions = Table(
    "interactions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("source_id", Text, ForeignKey("telephony_sources.id"), nullable=False),
    Column("call_id", Text, nullable=False),
    Column("direction", Text, nullable=False, server_default="unknown"),
    Column("caller", Text),
    Column("callee", Text),
    Column("queue", Text),
    Column("started_at", Millis, nullable=False),
    Column("ended_at", Millis),
    UniqueConstraint("source_id", "call_id"),
    Index("ix_interactions_started", "started_at", "id"),
)
