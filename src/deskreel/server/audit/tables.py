"""Rows of the audit log: append-only, which a trigger of the database sees to."""

from sqlalchemy import BigInteger, Column, Identity, Index, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from deskreel.server.db.base import Millis, metadata

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("at", Millis, nullable=False),
    Column("actor", Text, nullable=False),  # a user's or API key's id, "cli", a source or recorder id
    Column("action", Text, nullable=False),  # "session.created", "interaction.opened", …
    Column("subject", Text, nullable=False),
    Column("details", JSONB, nullable=False, server_default="{}"),
    Index("ix_audit_log_at", "at"),
    Index("ix_audit_log_actor_id", "actor", "id"),
    Index("ix_audit_log_action_id", "action", "id"),
    Index("ix_audit_log_subject_id", "subject", "id"),
)
