"""Rows of live views: who watches a screen recording, and until when unless the page says so again."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text, text

from deskreel.server.db.base import Millis, metadata

live_views = Table(
    "live_views",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "screen_recording_id", Text, ForeignKey("screen_recordings.id", ondelete="CASCADE"), nullable=False
    ),
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("actor", Text, nullable=False),  # the user's id, or that of their API key
    Column("opened_at", Millis, nullable=False),
    Column("expires_at", Millis, nullable=False),  # the lease: renewed while somebody looks
    Column("ended_at", Millis),
    Index("ix_live_views_open", "screen_recording_id", postgresql_where=text("ended_at IS NULL")),
    Index("ix_live_views_ended", "ended_at"),
)
