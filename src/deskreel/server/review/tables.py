"""Rows of reviewing: comments, saved filters, viewings."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from deskreel.server.db.base import Millis, metadata

comments = Table(
    "comments",
    metadata,
    Column("id", Text, primary_key=True),
    Column("interaction_id", Text, ForeignKey("interactions.id", ondelete="CASCADE"), nullable=False),
    Column("author_id", Text, ForeignKey("users.id"), nullable=False),
    Column("at_ms", BigInteger, nullable=False),  # after the interaction's start
    Column("until_ms", BigInteger),  # end of a range; null: a point
    Column("text", Text, nullable=False),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("created_at", Millis, nullable=False),
    Column("edited_at", Millis),
    Column("once", Text),  # the author's own name for it: sent twice, it is one
    UniqueConstraint("author_id", "once"),
    Index("ix_comments_interaction", "interaction_id", "at_ms", "id"),
)

saved_filters = Table(
    "saved_filters",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner_id", Text, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("query", JSONB, nullable=False),  # as `SavedQuery` takes it, without what is not set
    Column("shared", Boolean, nullable=False, server_default="false"),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("created_at", Millis, nullable=False),
    Column("changed_at", Millis, nullable=False),
)
# upper and lower case are the same name
Index("uq_saved_filters_owner_name", saved_filters.c.owner_id, func.lower(saved_filters.c.name), unique=True)

viewings = Table(
    "viewings",
    metadata,
    Column("actor", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("action", Text, primary_key=True),  # as in the audit log, and its details
    Column("last_at", Millis, nullable=False, index=True),
    Column("before", Millis),  # last_at of the request before
)
