"""Teams, identities, features, recording settings, API keys; the audit log refuses every change."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0003"
branch_labels = None
depends_on = None

_JSONB = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    _people()
    _accounts()
    _api_keys()
    _audit()


def _people() -> None:
    op.alter_column("users", "password_hash", nullable=True)
    op.add_column("users", sa.Column("reset_code_hash", sa.Text(), nullable=True))
    op.add_column("users", sa.Column("reset_code_expires_at", sa.BigInteger(), nullable=True))
    op.create_unique_constraint(op.f("uq_users_reset_code_hash"), "users", ["reset_code_hash"])
    op.create_index("ix_users_name_id", "users", ["name", "id"])
    op.create_table(
        "teams",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("screen_recording", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
    )
    op.create_index("uq_teams_name", "teams", [sa.text("lower(name)")], unique=True)
    op.create_table(
        "user_teams",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_user_teams_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_user_teams_team_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "team_id", name=op.f("pk_user_teams")),
    )
    op.create_index(op.f("ix_user_teams_team_id"), "user_teams", ["team_id"])
    op.add_column("agents", sa.Column("user_id", sa.Text(), nullable=True))
    op.add_column("agents", sa.Column("team_id", sa.Text(), nullable=True))
    op.add_column("agents", sa.Column("in_qm", sa.Boolean(), server_default="false", nullable=False))
    op.execute("UPDATE agents SET in_qm = enabled")  # whoever was captured until now still is
    op.alter_column("agents", "enabled", server_default="false")
    op.create_foreign_key(
        op.f("fk_agents_user_id"), "agents", "users", ["user_id"], ["id"], ondelete="SET NULL"
    )
    op.create_foreign_key(
        op.f("fk_agents_team_id"), "agents", "teams", ["team_id"], ["id"], ondelete="SET NULL"
    )
    op.create_unique_constraint(op.f("uq_agents_user_id"), "agents", ["user_id"])
    op.create_index(op.f("ix_agents_team_id"), "agents", ["team_id"])
    op.create_index("ix_agents_name_id", "agents", ["name", "id"])
    op.create_table(
        "agent_identities",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_agent_identities_agent_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["telephony_sources.id"],
            name=op.f("fk_agent_identities_source_id"),
            ondelete="CASCADE",
        ),
    )
    op.create_index(op.f("ix_agent_identities_agent_id"), "agent_identities", ["agent_id"])
    op.create_index(
        "uq_agent_identities_value",
        "agent_identities",
        ["value", sa.text("coalesce(source_id, '')"), "kind"],
        unique=True,
    )


def _accounts() -> None:
    flags = ("quality_management", "call_recording", "screen_recording", "new_agents", "agents_see_own")
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Boolean(), server_default="false", nullable=False) for name in flags),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("selection_version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("id = 1", name="ck_account_one_row"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
    )
    # a new account has everything off; one that records already goes on as before
    op.execute(
        "INSERT INTO account (id, quality_management, call_recording, screen_recording, new_agents) "
        "SELECT 1, used, used, used, used FROM (SELECT EXISTS (SELECT 1 FROM agents) AS used) AS it"
    )
    op.create_table(
        "recording_settings",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("values", _JSONB, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_recording_settings")),
    )
    op.create_table(
        "do_not_record",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_do_not_record")),
    )
    op.create_index("ix_do_not_record_removed_at", "do_not_record", ["removed_at"])
    op.create_table(
        "agent_terms",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("terms", _JSONB, nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_agent_terms_agent_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("agent_id", "since", name=op.f("pk_agent_terms")),
    )


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.Text(), nullable=False),
        sa.Column("permissions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_api_keys_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_keys_key_hash")),
    )
    op.create_index(op.f("ix_api_keys_user_id"), "api_keys", ["user_id"])


def _audit() -> None:
    for name in ("actor", "action", "subject"):
        op.create_index(f"ix_audit_log_{name}_id", "audit_log", [name, "id"])
    op.execute(
        """
        CREATE FUNCTION deskreel_audit_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
        FOR EACH STATEMENT EXECUTE FUNCTION deskreel_audit_log_is_append_only()
        """
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER audit_log_append_only ON audit_log")
    op.execute("DROP FUNCTION deskreel_audit_log_is_append_only")
    for name in ("actor", "action", "subject"):
        op.drop_index(f"ix_audit_log_{name}_id", "audit_log")
    for name in (
        "api_keys",
        "agent_terms",
        "do_not_record",
        "recording_settings",
        "account",
        "agent_identities",
    ):
        op.drop_table(name)
    op.drop_index("ix_agents_name_id", "agents")
    for name in ("in_qm", "team_id", "user_id"):
        op.drop_column("agents", name)
    op.alter_column("agents", "enabled", server_default="true")
    op.drop_table("user_teams")
    op.drop_table("teams")
    op.drop_index("ix_users_name_id", "users")
    for name in ("reset_code_expires_at", "reset_code_hash"):
        op.drop_column("users", name)
    op.execute("DELETE FROM users WHERE password_hash IS NULL")
    op.alter_column("users", "password_hash", nullable=False)
