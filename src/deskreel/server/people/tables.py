"""Rows of people: users, sign-in sessions, agents."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, Table, Text

from deskreel.server.db.base import Millis, metadata

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("email", Text, nullable=False, unique=True),  # lower case
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password_hash", Text, nullable=False),  # argon2id
    Column("active", Boolean, nullable=False, server_default="true"),
    Column("created_at", Millis, nullable=False),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("token_hash", Text, primary_key=True),  # sha-256 of the cookie
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("csrf_token", Text, nullable=False),
    Column("created_at", Millis, nullable=False),
    Column("expires_at", Millis, nullable=False),
)

agents = Table(
    "agents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("key", Text, nullable=False, unique=True),  # as the telephony names the agent
    Column("name", Text, nullable=False),
    Column("enabled", Boolean, nullable=False, server_default="true"),  # for screen recording
    Column("desired_version", Integer, nullable=False, server_default="0"),  # of the recorder's desired state
    Column("created_at", Millis, nullable=False),
)
