"""Rows of accounts: features, recording settings, do-not-record rules, and each agent's terms over time."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from deskreel.server.db.base import Millis, metadata

account = Table(  # one row
    "account",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("quality_management", Boolean, nullable=False, server_default="false"),
    Column("call_recording", Boolean, nullable=False, server_default="false"),
    Column("screen_recording", Boolean, nullable=False, server_default="false"),
    Column("new_agents", Boolean, nullable=False, server_default="false"),  # are selected at first sight
    Column("agents_see_own", Boolean, nullable=False, server_default="false"),  # agents watch their own calls
    Column("version", Integer, nullable=False, server_default="1"),  # of the features
    Column("selection_version", Integer, nullable=False, server_default="1"),  # of who is selected
    CheckConstraint("id = 1", name="ck_account_one_row"),
)

recording_settings = Table(
    "recording_settings",
    metadata,
    Column("scope", Text, primary_key=True),  # "account", a team's id, or an agent's id
    Column("values", JSONB, nullable=False),  # what is set here; the rest is inherited
    Column("version", Integer, nullable=False),
    Column("updated_at", Millis, nullable=False),
)

do_not_record = Table(
    "do_not_record",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # number, queue, agent
    Column("value", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("created_at", Millis, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("removed_at", Millis),  # calls that began before keep to it
    Index("ix_do_not_record_removed_at", "removed_at"),
)

agent_terms = Table(
    "agent_terms",
    metadata,
    Column("agent_id", Text, ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    Column("since", Millis, primary_key=True),
    Column("refusal", Text),  # why the agent is not captured; null: they are
    Column("terms", JSONB, nullable=False),  # session rules and percentage of calls
)
