"""Rows of calls: telephony sources, when their link was away, and their events."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from deskreel.server.db.base import Millis, metadata

sources = Table(
    "telephony_sources",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False, server_default="call_events"),  # or asterisk
    Column("secrets", ARRAY(Text), nullable=False),  # whsec_…, the newest last; two while they rotate
    Column("old_secret_until", Millis),  # from then on only the newest counts
    Column("settings", JSONB, nullable=False, server_default="{}"),  # as the kind says; no secrets
    Column("secret_box", Text),  # asterisk: the manager's secret, encrypted
    Column("active", Boolean, nullable=False, server_default="true"),
    Column("version", Integer, nullable=False, server_default="1"),  # rises with every change of the settings
    Column("created_at", Millis, nullable=False),
    Column("deleted_at", Millis),  # what it sent is kept
    Column("last_event_at", Millis),
    Column("least_delay_ms", Millis),  # shortest delay of an event lately; null before the first
    Column("status", JSONB),  # asterisk: how the link stands, by the server that runs it
    Column("status_at", Millis),  # when that was written
    Column("heard_at", Millis),  # asterisk: until when all is known that happened at the PBX
)

losses = Table(  # when a source's link was away
    "telephony_losses",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("source_id", Text, ForeignKey("telephony_sources.id", ondelete="CASCADE"), nullable=False),
    Column("started_at", Millis, nullable=False),
    Column("ended_at", Millis),
    Index("ix_telephony_losses_source_ended", "source_id", "ended_at"),
    Index("uq_telephony_losses_open", "source_id", unique=True, postgresql_where=text("ended_at IS NULL")),
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
