"""Rows of recorders: enrolled ones, and the one-time tokens that enrol them."""

from sqlalchemy import Column, ForeignKey, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from deskreel.server.db.base import Millis, metadata

recorders = Table(
    "recorders",
    metadata,
    Column("id", Text, primary_key=True),
    Column("agent_id", Text, ForeignKey("agents.id"), nullable=False, index=True),
    Column("hostname", Text, nullable=False),
    Column("credential_hash", Text, nullable=False, unique=True),  # sha-256 of the bearer credential
    Column("public_key", JSONB, nullable=False),  # JWK (Ed25519) that signs manifests
    Column("created_at", Millis, nullable=False),
    Column("revoked_at", Millis),
    Column("last_seen_at", Millis),
    Column("observed", JSONB),  # its last report
)

enrolment_tokens = Table(
    "enrolment_tokens",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("agent_id", Text, ForeignKey("agents.id"), nullable=False),
    Column("expires_at", Millis, nullable=False),
    Column("used_at", Millis),
)
