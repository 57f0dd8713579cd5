"""Rows of interactions: the calls, and the lines of their list.

`interaction_lines` is derived: triggers (revision 0030) keep it as the view `interaction_facts` says, in the
transaction of whatever changed. Nothing in Python writes it.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from deskreel.server.db.base import Millis, metadata

EVERYBODY = "*"  # whose line it is: this, or an agent's id
_FLAGS = ("has_screen_recording", "has_call_recording", "has_transcript", "has_evaluation")
_FILTERED = ("queue", "direction", "started_at", "duration_ms", "coverage", *_FLAGS)

interactions = Table(
    "interactions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("source_id", Text, ForeignKey("telephony_sources.id"), nullable=False),
    Column("call_id", Text, nullable=False),
    Column("direction", Text, nullable=False, server_default="unknown"),
    Column("caller", Text),
    Column("callee", Text),
    Column("queue", Text),
    Column("started_at", Millis, nullable=False),
    Column("ended_at", Millis),
    UniqueConstraint("source_id", "call_id"),
    Index("ix_interactions_started", "started_at", "id"),
)
interaction_lines = Table(
    "interaction_lines",
    metadata,
    Column("whose", Text, primary_key=True),  # one line for everybody, and one for each agent who took part
    Column("interaction_id", Text, ForeignKey("interactions.id", ondelete="CASCADE"), primary_key=True),
    Column("started_at", Millis, nullable=False),
    Column("duration_ms", Millis),  # null while the call goes on
    Column("coverage", Float),  # null until all its screen recordings are finished, and without any
    Column("queue", Text),
    Column("direction", Text, nullable=False),
    Column("state", Text, nullable=False),  # in_progress, after_call_work, ended
    Column("paused_ms", Millis, nullable=False),  # true once it has ended
    *(Column(name, Boolean, nullable=False) for name in _FLAGS),
    Column("agent_ids", ARRAY(Text), nullable=False),  # in order of appearance
    Column("numbers", ARRAY(Text), nullable=False),  # each four characters in a row of caller and callee
    *(
        Index(
            f"ix_interaction_lines_{name}",
            "whose",
            column,
            "interaction_id",
            postgresql_include=[field for field in _FILTERED if field != column],
        )
        for name, column in (
            ("time", "started_at"),
            ("duration", "duration_ms"),
            ("coverage", "coverage"),
        )
    ),
    *(
        Index(f"ix_interaction_lines_{name}", "whose", column, "started_at", "interaction_id")
        for name, column in (
            ("queue", "queue"),
            ("direction", "direction"),
            ("screen", "has_screen_recording"),
            ("audio", "has_call_recording"),
            ("transcript", "has_transcript"),
        )
    ),
    Index(
        "ix_interaction_lines_evaluated",
        "whose",
        "started_at",
        "interaction_id",
        postgresql_where=text("has_evaluation"),
    ),
    Index(
        "ix_interaction_lines_live",
        "whose",
        "started_at",
        "interaction_id",
        postgresql_where=text("state <> 'ended'"),
    ),
    Index(
        "ix_interaction_lines_numbers",
        "numbers",
        postgresql_using="gin",
        postgresql_where=text("whose = '*'"),
    ),
)
