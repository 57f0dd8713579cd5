"""Rows of API keys."""

from sqlalchemy import Column, ForeignKey, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from deskreel.server.db.base import Millis, metadata

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("prefix", Text, nullable=False),  # its first characters, to tell keys apart
    Column("key_hash", Text, nullable=False, unique=True),  # sha-256 of the whole key
    Column("permissions", ARRAY(Text), nullable=False),  # no more than its user has
    Column("created_at", Millis, nullable=False),
    Column("expires_at", Millis, nullable=False),
    Column("last_used_at", Millis),  # to the minute
    Column("revoked_at", Millis),
)
