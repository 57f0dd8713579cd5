"""Forms, evaluations and what belongs to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0040"
down_revision = "0030"
branch_labels = None
depends_on = None

EVALUATED = """(EXISTS (
    SELECT FROM evaluations AS e
    WHERE e.interaction_id = i.id AND e.published_at IS NOT NULL AND e.calibration_id IS NULL
)) AS has_evaluation"""

# as those of revision 0030
TOUCHED = """
CREATE FUNCTION deskreel_touched_by_evaluations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM deskreel_touch(array_remove(ARRAY[NEW.interaction_id, OLD.interaction_id], NULL));
    RETURN NULL;
END $$
"""
CHANGES = "INSERT OR UPDATE OF published_at, interaction_id, calibration_id OR DELETE"

UNCHANGING = """
CREATE FUNCTION deskreel_row_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % never change', TG_TABLE_NAME;
END $$
"""


def upgrade() -> None:
    """Make the tables."""
    _forms()
    _form_versions()
    _sampling_rules()
    _sampling_runs()
    _calibrations()
    _evaluations()
    _evaluation_feedback()
    _evaluation_results()
    _evaluation_history()
    _view("false", EVALUATED)
    for command in (TOUCHED, UNCHANGING):
        op.execute(command.replace(":", "\\:"))
    op.execute(
        f"CREATE TRIGGER touch_lines AFTER {CHANGES} ON evaluations "
        "FOR EACH ROW EXECUTE FUNCTION deskreel_touched_by_evaluations()"
    )
    op.execute(
        f"CREATE CONSTRAINT TRIGGER refresh_lines AFTER {CHANGES} ON evaluations "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION deskreel_refresh_touched()"
    )
    for table in ("form_versions", "evaluation_history"):
        op.execute(
            f"CREATE TRIGGER never_changes BEFORE UPDATE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION deskreel_row_never_changes()"
        )


def downgrade() -> None:
    """Drop them."""
    for trigger in ("refresh_lines", "touch_lines"):
        op.execute(f"DROP TRIGGER {trigger} ON evaluations")
    op.execute("DROP FUNCTION deskreel_touched_by_evaluations")
    _view("(EXISTS", "false AS has_evaluation")
    op.drop_table("evaluation_history")
    op.drop_table("evaluation_results")
    op.drop_table("evaluation_feedback")
    op.drop_table("evaluations")
    op.drop_table("calibrations")
    op.drop_table("sampling_runs")
    op.drop_table("sampling_rules")
    op.drop_table("form_versions")
    op.drop_table("forms")
    op.execute("DROP FUNCTION deskreel_row_never_changes")


def _view(old: str, new: str) -> None:
    """Have `interaction_facts` say `new` of evaluations, and no more what begins with `old`; the rest of it stays."""
    view = op.get_bind().execute(sa.text("SELECT pg_get_viewdef('interaction_facts')")).scalar_one()
    if view.count("AS has_evaluation") != 1:
        raise RuntimeError("interaction_facts is not as expected")
    start = view.rindex(old, 0, view.index(" AS has_evaluation"))
    end = view.index(" AS has_evaluation") + len(" AS has_evaluation")
    op.execute(
        sa.text(
            "CREATE OR REPLACE VIEW interaction_facts AS "
            + (view[:start] + new + view[end:]).replace(":", "\\:")
        )
    )


def _forms() -> None:
    op.create_table(
        "forms",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("published_version", sa.Integer(), nullable=True),
        sa.Column("published_revision", sa.Integer(), nullable=True),
        sa.Column("archived_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forms")),
    )
    op.create_index("ix_forms_name_id", "forms", ["name", "id"], unique=False)


def _form_versions() -> None:
    op.create_table(
        "form_versions",
        sa.Column("form_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["form_id"], ["forms.id"], name=op.f("fk_form_versions_form_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("form_id", "version", name=op.f("pk_form_versions")),
    )


def _sampling_rules() -> None:
    op.create_table(
        "sampling_rules",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("form_id", sa.Text(), nullable=False),
        sa.Column("per_agent", sa.Integer(), nullable=False),
        sa.Column("team_ids", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("direction", sa.Text(), nullable=True),
        sa.Column("min_duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("screen_only", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("evaluator_ids", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("due_days", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["form_id"], ["forms.id"], name=op.f("fk_sampling_rules_form_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sampling_rules")),
    )


def _sampling_runs() -> None:
    op.create_table(
        "sampling_runs",
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("assigned", sa.Integer(), nullable=False),
        sa.Column("without_evaluator", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["sampling_rules.id"], name=op.f("fk_sampling_runs_rule_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("rule_id", "week", name=op.f("pk_sampling_runs")),
    )


def _calibrations() -> None:
    op.create_table(
        "calibrations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("interaction_id", sa.Text(), nullable=True),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("form_id", sa.Text(), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_calibrations_agent_id")),
        sa.ForeignKeyConstraint(
            ["form_id", "form_version"],
            ["form_versions.form_id", "form_versions.version"],
            name=op.f("fk_calibrations_form_id_form_version"),
        ),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interactions.id"],
            name=op.f("fk_calibrations_interaction_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibrations")),
    )
    op.create_index("ix_calibrations_created", "calibrations", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_calibrations_interaction_id"), "calibrations", ["interaction_id"], unique=False)


def _evaluations() -> None:
    op.create_table(
        "evaluations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("interaction_id", sa.Text(), nullable=True),
        sa.Column("interaction_started_at", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("form_id", sa.Text(), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("evaluator_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("assigned_by", sa.Text(), nullable=False),
        sa.Column("calibration_id", sa.Text(), nullable=True),
        sa.Column("sampling_rule_id", sa.Text(), nullable=True),
        sa.Column("sampling_week", sa.Text(), nullable=True),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("failed", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledgement", sa.Text(), nullable=True),
        sa.Column("disputed_at", sa.BigInteger(), nullable=True),
        sa.Column("dispute", sa.Text(), nullable=True),
        sa.Column("reviewer_id", sa.Text(), nullable=True),
        sa.Column("reviewed_at", sa.BigInteger(), nullable=True),
        sa.Column("review", sa.Text(), nullable=True),
        sa.Column("review_decision", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_evaluations_agent_id")),
        sa.ForeignKeyConstraint(
            ["calibration_id"],
            ["calibrations.id"],
            name=op.f("fk_evaluations_calibration_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["evaluator_id"], ["users.id"], name=op.f("fk_evaluations_evaluator_id")),
        sa.ForeignKeyConstraint(
            ["form_id", "form_version"],
            ["form_versions.form_id", "form_versions.version"],
            name=op.f("fk_evaluations_form_id_form_version"),
        ),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interactions.id"],
            name=op.f("fk_evaluations_interaction_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["reviewer_id"], ["users.id"], name=op.f("fk_evaluations_reviewer_id")),
        sa.ForeignKeyConstraint(
            ["sampling_rule_id"],
            ["sampling_rules.id"],
            name=op.f("fk_evaluations_sampling_rule_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluations")),
    )
    op.create_index("ix_evaluations_agent", "evaluations", ["agent_id", "created_at"], unique=False)
    op.create_index(op.f("ix_evaluations_calibration_id"), "evaluations", ["calibration_id"], unique=False)
    op.create_index("ix_evaluations_created", "evaluations", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_evaluations_due",
        "evaluations",
        [sa.literal_column("coalesce(due_at, 9007199254740992)"), "id"],
        unique=False,
    )
    op.create_index(
        "ix_evaluations_evaluator", "evaluations", ["evaluator_id", "state", "created_at"], unique=False
    )
    op.create_index("ix_evaluations_form", "evaluations", ["form_id", "form_version"], unique=False)
    op.create_index(op.f("ix_evaluations_interaction_id"), "evaluations", ["interaction_id"], unique=False)
    op.create_index(
        "ix_evaluations_last_published",
        "evaluations",
        [sa.literal_column("coalesce(published_at, 0)"), "id"],
        unique=False,
    )
    op.create_index(
        "ix_evaluations_published",
        "evaluations",
        ["published_at", "id"],
        unique=False,
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_evaluations_sampling_rule_id"), "evaluations", ["sampling_rule_id"], unique=False
    )
    op.create_index(
        "uq_evaluations_open",
        "evaluations",
        ["interaction_id", "agent_id", "form_id", "evaluator_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('assigned', 'draft') AND calibration_id IS NULL"),
    )
    op.create_index(
        "uq_evaluations_sampled",
        "evaluations",
        ["sampling_rule_id", "sampling_week", "interaction_id", "agent_id"],
        unique=True,
        postgresql_where=sa.text("sampling_rule_id IS NOT NULL"),
    )


def _evaluation_feedback() -> None:
    op.create_table(
        "evaluation_feedback",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("evaluation_id", sa.Text(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("rectangle", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("question_id", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evaluation_id"],
            ["evaluations.id"],
            name=op.f("fk_evaluation_feedback_evaluation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_feedback")),
    )
    op.create_index(
        op.f("ix_evaluation_feedback_evaluation_id"), "evaluation_feedback", ["evaluation_id"], unique=False
    )


def _evaluation_results() -> None:
    op.create_table(
        "evaluation_results",
        sa.Column("evaluation_id", sa.Text(), nullable=False),
        sa.Column("question_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evaluation_id"],
            ["evaluations.id"],
            name=op.f("fk_evaluation_results_evaluation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("evaluation_id", "question_id", name=op.f("pk_evaluation_results")),
    )


def _evaluation_history() -> None:
    op.create_table(
        "evaluation_history",
        sa.Column("evaluation_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["evaluation_id"],
            ["evaluations.id"],
            name=op.f("fk_evaluation_history_evaluation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("evaluation_id", "number", name=op.f("pk_evaluation_history")),
    )
