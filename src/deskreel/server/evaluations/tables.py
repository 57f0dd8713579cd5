"""Rows of evaluations: forms and their versions, evaluations with what belongs to them, sampling, calibration.

Versions of forms and the history of evaluations never change, which triggers of the database see to (revision 0040);
other triggers there keep `has_evaluation` of the interactions' lines.
"""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from deskreel.server.db.base import Millis, metadata

NEVER = 2**53  # when that is due which has no time

forms = Table(
    "forms",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("content", JSONB, nullable=False),  # the draft: what the next version will say
    Column("revision", Integer, nullable=False, server_default="1"),  # rises with each change
    Column("published_version", Integer),  # the newest; null: none yet
    Column("published_revision", Integer),  # of which that was made
    Column("archived_at", Millis),
    Column("created_at", Millis, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("updated_at", Millis, nullable=False),
    Index("ix_forms_name_id", "name", "id"),
)

form_versions = Table(
    "form_versions",
    metadata,
    Column("form_id", Text, ForeignKey("forms.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    Column("published_at", Millis, nullable=False),
    Column("published_by", Text, nullable=False),
)

sampling_rules = Table(
    "sampling_rules",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("form_id", Text, ForeignKey("forms.id"), nullable=False),
    Column("per_agent", Integer, nullable=False),  # calls of each agent and week
    Column("team_ids", ARRAY(Text)),  # agents of these teams; null: of all
    Column("direction", Text),  # null: any
    Column("min_duration_ms", Millis),
    Column("screen_only", Boolean, nullable=False, server_default="false"),  # calls with a screen recording
    Column("evaluator_ids", ARRAY(Text), nullable=False),
    Column("due_days", Integer, nullable=False),  # after the calls were chosen
    Column("active", Boolean, nullable=False, server_default="true"),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("created_at", Millis, nullable=False),
    Column("created_by", Text, nullable=False),
)

sampling_runs = Table(  # that a rule has had its week: its key lets one worker do so
    "sampling_runs",
    metadata,
    Column("rule_id", Text, ForeignKey("sampling_rules.id", ondelete="CASCADE"), primary_key=True),
    Column("week", Text, primary_key=True),  # ISO: 2026-W47
    Column("at", Millis, nullable=False),
    Column("assigned", Integer, nullable=False),
    Column("without_evaluator", Integer, nullable=False),  # chosen, but nobody of the pool may do them
)

calibrations = Table(
    "calibrations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("interaction_id", Text, ForeignKey("interactions.id", ondelete="SET NULL"), index=True),
    Column("agent_id", Text, ForeignKey("agents.id"), nullable=False),
    Column("form_id", Text, nullable=False),
    Column("form_version", Integer, nullable=False),
    Column("due_at", Millis),
    Column("created_at", Millis, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("closed_at", Millis),  # by the lead, or when all had published
    ForeignKeyConstraint(["form_id", "form_version"], ["form_versions.form_id", "form_versions.version"]),
    Index("ix_calibrations_created", "created_at", "id"),
)

evaluations = Table(
    "evaluations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("interaction_id", Text, ForeignKey("interactions.id", ondelete="SET NULL"), index=True),
    Column("interaction_started_at", Millis, nullable=False),  # stays when the interaction is gone
    Column("agent_id", Text, ForeignKey("agents.id"), nullable=False),
    Column("form_id", Text, nullable=False),
    Column("form_version", Integer, nullable=False),
    Column("evaluator_id", Text, ForeignKey("users.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", Millis),
    Column("assigned_by", Text, nullable=False),  # a user, an API key, or a sampling rule
    Column("calibration_id", Text, ForeignKey("calibrations.id", ondelete="CASCADE"), index=True),
    Column("sampling_rule_id", Text, ForeignKey("sampling_rules.id", ondelete="SET NULL"), index=True),
    Column("sampling_week", Text),
    Column("answers", JSONB, nullable=False, server_default="{}"),
    Column("comment", Text, nullable=False, server_default=""),  # on the call as a whole
    Column("revision", Integer, nullable=False, server_default="1"),  # rises with each change
    Column("score", Numeric(5, 2)),  # of what is answered; null when nothing counts
    Column("failed", Boolean, nullable=False, server_default="false"),  # an answer failed the whole form
    Column("created_at", Millis, nullable=False),
    Column("updated_at", Millis, nullable=False),
    Column("published_at", Millis),
    Column("acknowledged_at", Millis),
    Column("acknowledgement", Text),  # the agent's words, if any
    Column("disputed_at", Millis),
    Column("dispute", Text),
    Column("reviewer_id", Text, ForeignKey("users.id")),
    Column("reviewed_at", Millis),
    Column("review", Text),
    Column("review_decision", Text),  # kept, changed
    ForeignKeyConstraint(["form_id", "form_version"], ["form_versions.form_id", "form_versions.version"]),
    # twice the same to do for the same evaluator there is not
    Index(
        "uq_evaluations_open",
        "interaction_id",
        "agent_id",
        "form_id",
        "evaluator_id",
        unique=True,
        postgresql_where=text("state IN ('assigned', 'draft') AND calibration_id IS NULL"),
    ),
    Index(
        "uq_evaluations_sampled",
        "sampling_rule_id",
        "sampling_week",
        "interaction_id",
        "agent_id",
        unique=True,
        postgresql_where=text("sampling_rule_id IS NOT NULL"),
    ),
    Index("ix_evaluations_created", "created_at", "id"),
    Index("ix_evaluations_evaluator", "evaluator_id", "state", "created_at"),
    Index("ix_evaluations_agent", "agent_id", "created_at"),
    Index(
        "ix_evaluations_published", "published_at", "id", postgresql_where=text("published_at IS NOT NULL")
    ),
    Index("ix_evaluations_form", "form_id", "form_version"),
    # as the list is sorted
    Index("ix_evaluations_due", text(f"coalesce(due_at, {NEVER})"), "id"),
    Index("ix_evaluations_last_published", text("coalesce(published_at, 0)"), "id"),
)

evaluation_feedback = Table(
    "evaluation_feedback",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "evaluation_id", Text, ForeignKey("evaluations.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("start_ms", Millis, nullable=False),  # since the interaction began
    Column("end_ms", Millis),  # null: a point
    Column("text", Text, nullable=False),
    Column("rectangle", JSONB),  # x, y, width, height: parts of the picture, 0 to 1
    Column("question_id", Text),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("created_at", Millis, nullable=False),
    Column("updated_at", Millis, nullable=False),
)

evaluation_results = Table(  # of published evaluations, what each question came to: for the reports
    "evaluation_results",
    metadata,
    Column("evaluation_id", Text, ForeignKey("evaluations.id", ondelete="CASCADE"), primary_key=True),
    Column("question_id", Text, primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("score", Numeric(5, 2)),
    Column("failed", Boolean, nullable=False),
)

evaluation_history = Table(
    "evaluation_history",
    metadata,
    Column("evaluation_id", Text, ForeignKey("evaluations.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Millis, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("state", Text, nullable=False),  # afterwards
    Column("text", Text, nullable=False, server_default=""),  # what was said with it
    Column("score", Numeric(5, 2)),  # afterwards
    Column("content", JSONB),  # answers, comment and feedback as they were from then on; null: unchanged
)
