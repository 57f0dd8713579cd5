"""Rows of the audit log: append-only."""

from sqlalchemy import BigInteger, Column, Identity, Index, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from deskreel.server.db.base import Millis, metadata

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("at", Millis, nullable=False),
    Column("actor", Text, nullable=False),  # a user id, "cli", a source or recorder id
    Column("action", Text, nullable=False),  # "session.created", "interaction.viewed", …
    Column("subject", Text, nullable=False),
    Column("details", JSONB, nullable=False, server_default="{}"),
    Index("ix_audit_log_at", "at"),
)
