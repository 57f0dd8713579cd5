"""What reviewers keep: comments, saved filters, viewings, downloads, thumbnails; transcripts searched without accents."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0050"
down_revision = "0040"
branch_labels = None
depends_on = None

# letters without their marks, so that "uber" finds "über"; `search.fold` does the same
FOLDED = """
CREATE FUNCTION deskreel_folded(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN normalize(regexp_replace(
    normalize(replace(replace(said, 'ß', 'ss'), 'ẞ', 'SS'), NFD), '[\u0300-\u036f]', '', 'g'), NFC)
"""

# a line of the text is a segment: so a place in the text leads to its segment
LINES = """
UPDATE transcripts SET text = (
    SELECT string_agg(regexp_replace(s ->> 'text', '[\n\r]', ' ', 'g'), E'\n' ORDER BY at)
    FROM jsonb_array_elements(segments) WITH ORDINALITY AS said (s, at)
) WHERE EXISTS (SELECT FROM jsonb_array_elements(segments) AS s WHERE s ->> 'text' ~ '[\n\r]')
"""


def upgrade() -> None:
    op.create_table(
        "comments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("interaction_id", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("edited_at", sa.BigInteger()),
        sa.Column("once", sa.Text()),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interactions.id"],
            name=op.f("fk_comments_interaction_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_comments_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
        sa.UniqueConstraint("author_id", "once", name=op.f("uq_comments_author_id_once")),
    )
    op.create_index("ix_comments_interaction", "comments", ["interaction_id", "at_ms", "id"])
    op.create_table(
        "saved_filters",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", postgresql.JSONB(), nullable=False),
        sa.Column("shared", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_saved_filters_owner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filters")),
    )
    op.create_index(
        "uq_saved_filters_owner_name", "saved_filters", ["owner_id", sa.text("lower(name)")], unique=True
    )
    op.create_table(
        "viewings",
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.BigInteger()),
        sa.PrimaryKeyConstraint("actor", "subject", "action", name=op.f("pk_viewings")),
    )
    op.create_index("ix_viewings_last_at", "viewings", ["last_at"])
    op.create_table(
        "downloads",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("interaction_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("screens", postgresql.JSONB(), nullable=False),
        sa.Column("made_of", sa.Text(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("bytes", sa.BigInteger()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interactions.id"],
            name=op.f("fk_downloads_interaction_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_downloads_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_downloads")),
    )
    op.create_index("ix_downloads_interaction_id", "downloads", ["interaction_id"])
    op.add_column("screen_recordings", sa.Column("thumbnails", sa.Integer()))
    # a wall of live calls asks for these few
    op.create_index(
        "ix_interaction_lines_live",
        "interaction_lines",
        ["whose", "started_at", "interaction_id"],
        postgresql_where=sa.text("state <> 'ended'"),
    )
    op.execute(sa.text(FOLDED.replace(":", "\\:")))
    op.execute(sa.text(LINES.replace(":", "\\:")))
    _search_by("to_tsvector('simple', deskreel_folded(text))")


def downgrade() -> None:
    _search_by("to_tsvector('simple', text)")
    op.execute("DROP FUNCTION deskreel_folded(text)")
    op.drop_index("ix_interaction_lines_live", "interaction_lines")
    op.drop_column("screen_recordings", "thumbnails")
    for table in ("downloads", "viewings", "saved_filters", "comments"):
        op.drop_table(table)


def _search_by(words: str) -> None:
    op.drop_index("ix_transcripts_search", "transcripts")
    op.drop_column("transcripts", "search")
    op.add_column(
        "transcripts", sa.Column("search", postgresql.TSVECTOR(), sa.Computed(words, persisted=True))
    )
    op.create_index("ix_transcripts_search", "transcripts", ["search"], postgresql_using="gin")
