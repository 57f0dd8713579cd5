"""Rows of recorders: enrolled ones, and the tokens and codes that enrol them."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from deskreel.server.db.base import Millis, metadata
from deskreel.server.recordings.tables import screen_recordings

recorders = Table(
    "recorders",
    metadata,
    Column("id", Text, primary_key=True),
    Column("agent_id", Text, ForeignKey("agents.id"), nullable=False, index=True),
    Column("hostname", Text, nullable=False),
    Column("platform", Text, nullable=False, server_default=""),  # as its last greeting said: "linux-x11"
    Column("version", Text, nullable=False, server_default=""),  # of the program, likewise
    Column("credential_hash", Text, nullable=False, unique=True),  # sha-256 of the bearer credential
    Column("credential_expires_at", Millis, nullable=False),
    Column("next_credential_hash", Text, unique=True),  # renewed; takes the other's place at its first use
    Column("next_credential_expires_at", Millis),
    Column("public_key", JSONB, nullable=False),  # JWK (Ed25519) that signs manifests
    Column("created_at", Millis, nullable=False),
    Column("revoked_at", Millis),
    Column("last_seen_at", Millis),
    Column("online_since", Millis),  # when it connected last
    Column("observed", JSONB),  # its last report
)

recorder_checks = Table(  # the last connectivity check of each
    "recorder_checks",
    metadata,
    Column("recorder_id", Text, ForeignKey("recorders.id", ondelete="CASCADE"), primary_key=True),
    Column("at", Millis, nullable=False),
    Column("verdict", Text, nullable=False),  # ok, warning, failed: of its worst row
    Column("region", Text),  # that was checked
    Column("warnings", Integer, nullable=False),  # rows
    Column("failures", Integer, nullable=False),
    Column("rows", JSONB, nullable=False),  # as the recorder sent them
)

enrolment_tokens = Table(
    "enrolment_tokens",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("agent_id", Text, ForeignKey("agents.id"), nullable=False),
    Column("expires_at", Millis, nullable=False),
    Column("used_at", Millis),
)

enrolment_requests = Table(  # RFC 8628: one row for each pair of device code and user code
    "enrolment_requests",
    metadata,
    Column("device_code_hash", Text, primary_key=True),
    Column("user_code_hash", Text, nullable=False, unique=True),
    Column("hostname", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("address", Text, nullable=False),  # where the request came from, for the person who approves
    Column("public_key", JSONB, nullable=False),
    Column("created_at", Millis, nullable=False),
    Column("expires_at", Millis, nullable=False, index=True),
    Column("interval_s", Integer, nullable=False),  # between polls; grows when it is not kept
    Column("polled_at", Millis),
    Column("state", Text, nullable=False, server_default="pending"),  # then approved, refused or used
    Column("agent_id", Text, ForeignKey("agents.id")),  # whose recorder it becomes, once approved
)

# What the desired state of a recorder is read from: of a year's recordings only those that are not done with.
Index(
    "ix_screen_recordings_unfinished",
    screen_recordings.c.recorder_id,
    postgresql_where=screen_recordings.c.ended_at.is_(None) | screen_recordings.c.manifest.is_(None),
)
Index(
    "ix_screen_recordings_open",
    screen_recordings.c.agent_id,
    postgresql_where=screen_recordings.c.ended_at.is_(None),
)
