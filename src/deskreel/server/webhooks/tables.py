"""Rows of webhooks: status events (the outbox, and the feed), endpoints, deliveries."""

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

status_events = Table(
    "status_events",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("event_id", Text, nullable=False, unique=True),
    Column(
        "position", BigInteger, unique=True
    ),  # in the feed; given after the commit, so that none is skipped
    Column("type", Text, nullable=False),
    Column("at", Millis, nullable=False),
    Column("agent_id", Text, ForeignKey("agents.id")),
    Column("data", JSONB, nullable=False),
    Column("once", Text, unique=True),  # of what is said at most once
    Index("ix_status_events_new", "id", postgresql_where=text("position IS NULL")),
    Index("ix_status_events_at", "at"),
)

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("id", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("events", ARRAY(Text), nullable=False),  # types that it wants; empty: all
    Column("secret_box", Text, nullable=False),  # whsec_…, encrypted
    Column("old_secret_box", Text),  # signs as well until `old_secret_until`
    Column("old_secret_until", Millis),
    Column("active", Boolean, nullable=False, server_default="true"),
    Column("created_at", Millis, nullable=False),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("endpoint_id", Text, ForeignKey("webhook_endpoints.id", ondelete="CASCADE"), nullable=False),
    Column(
        "status_event_id",
        BigInteger,
        ForeignKey("status_events.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("state", Text, nullable=False),  # waiting, delivered, dead
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at", Millis),  # of the next attempt while waiting
    Column("created_at", Millis, nullable=False),
    Column("done_at", Millis),
    Column("last_status", Integer),  # HTTP status of the last answer
    Column("last_error", Text),
    UniqueConstraint("endpoint_id", "status_event_id"),
    Index("ix_webhook_deliveries_waiting", "next_at", postgresql_where=text("state = 'waiting'")),
    Index("ix_webhook_deliveries_state_id", "state", "id"),
)
