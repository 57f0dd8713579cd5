"""Rows of calls: telephony sources and their events."""

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, Table, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from deskreel.server.db.base import Millis, metadata

sources = Table(
    "telephony_sources",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("secrets", ARRAY(Text), nullable=False),  # whsec_…; several while keys rotate
    Column("created_at", Millis, nullable=False),
    Column("last_event_at", Millis),
    Column("least_delay_ms", Millis),  # shortest delay of an event lately; null before the first
)

call_events = Table(
    "call_events",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("source_id", Text, ForeignKey("telephony_sources.id"), nullable=False),
    Column("event_id", Text, nullable=False),
    Column("agent_id", Text, ForeignKey("agents.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("call_id", Text),
    Column("occurred_at", Millis, nullable=False),
    Column("received_at", Millis, nullable=False),
    Column("attributes", JSONB, nullable=False, server_default="{}"),
    UniqueConstraint("source_id", "event_id"),
    Index("ix_call_events_agent_time", "agent_id", "occurred_at"),
    Index("ix_call_events_call", "source_id", "call_id"),
)
