"""Rows of people: users, sign-in sessions, teams, agents and the names by which telephonies know them."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, func

from deskreel.server.db.base import Millis, metadata

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("email", Text, nullable=False, unique=True),  # lower case
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password_hash", Text),  # argon2id; null: none set yet
    Column("reset_code_hash", Text, unique=True),  # sha-256 of the one-time code that sets a password
    Column("reset_code_expires_at", Millis),
    Column("active", Boolean, nullable=False, server_default="true"),
    Column("created_at", Millis, nullable=False),
    Index("ix_users_name_id", "name", "id"),
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

teams = Table(
    "teams",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column(
        "screen_recording", Boolean, nullable=False, server_default="false"
    ),  # all its agents are selected
    Column("created_at", Millis, nullable=False),
)
Index("uq_teams_name", func.lower(teams.c.name), unique=True)

user_teams = Table(
    "user_teams",
    metadata,
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("team_id", Text, ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True, index=True),
)

agents = Table(
    "agents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("key", Text, nullable=False, unique=True),  # as the telephony first named the agent
    Column("name", Text, nullable=False),
    Column(
        "user_id", Text, ForeignKey("users.id", ondelete="SET NULL"), unique=True
    ),  # null: signs in nowhere
    Column("team_id", Text, ForeignKey("teams.id", ondelete="SET NULL"), index=True),
    Column("in_qm", Boolean, nullable=False, server_default="false"),  # enabled in Quality Management
    Column("enabled", Boolean, nullable=False, server_default="false"),  # selected for screen recording
    Column("desired_version", Integer, nullable=False, server_default="0"),  # of the recorder's desired state
    Column("created_at", Millis, nullable=False),
    Index("ix_agents_name_id", "name", "id"),
)

agent_identities = Table(
    "agent_identities",
    metadata,
    Column("agent_id", Text, ForeignKey("agents.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", Text, nullable=False),  # extension, interface, external_id
    Column("value", Text, nullable=False),
    Column("source_id", Text, ForeignKey("telephony_sources.id", ondelete="CASCADE")),  # null: any source
)
Index(
    "uq_agent_identities_value",
    agent_identities.c.value,
    func.coalesce(agent_identities.c.source_id, ""),
    agent_identities.c.kind,
    unique=True,
)
