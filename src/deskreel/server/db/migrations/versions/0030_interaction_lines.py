"""What the list of interactions is searched and sorted by, kept by the database itself: docs/design/interactions.md."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0020"
branch_labels = None
depends_on = None

FLAGS = ("has_screen_recording", "has_call_recording", "has_transcript", "has_evaluation")
FILTERED = ("queue", "direction", "started_at", "duration_ms", "coverage", *FLAGS)

PLAIN = """
CREATE FUNCTION deskreel_plain(number text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(lower(number), '[^[:alnum:]]', '', 'g')
"""

# every four characters of a call's numbers in a row; of a shorter number, all of it
GRAMS = """
CREATE FUNCTION deskreel_grams(caller text, callee text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT coalesce(array_agg(DISTINCT substr(plain, at, 4) ORDER BY substr(plain, at, 4)), '{}')
    FROM (VALUES (deskreel_plain(caller)), (deskreel_plain(callee))) AS numbers (plain),
        generate_series(1, greatest(1, length(plain) - 3)) AS at
    WHERE plain <> '';
END
"""

# the definition: what a line must say, from the rows that are the truth
FACTS = """
CREATE VIEW interaction_facts AS
SELECT
    i.id AS interaction_id,
    i.started_at,
    CASE WHEN i.ended_at IS NOT NULL THEN greatest(0, i.ended_at - i.started_at) END AS duration_ms,
    CASE WHEN i.ended_at IS NOT NULL AND screen.finished AND screen.expected_ms > 0
        THEN screen.captured_ms::float8 / screen.expected_ms::float8 END AS coverage,
    i.queue,
    i.direction,
    CASE WHEN i.ended_at IS NULL THEN 'in_progress'
        WHEN screen.capturing THEN 'after_call_work' ELSE 'ended' END AS state,
    screen.paused_ms,
    screen.parts > 0 AS has_screen_recording,
    EXISTS (SELECT FROM call_recordings AS c WHERE c.interaction_id = i.id AND c.state = 'ready')
        AS has_call_recording,
    EXISTS (SELECT FROM transcripts AS t WHERE t.interaction_id = i.id) AS has_transcript,
    false AS has_evaluation,
    people.agent_ids,
    deskreel_grams(i.caller, i.callee) AS numbers
FROM interactions AS i
CROSS JOIN LATERAL (
    SELECT
        count(*) AS parts,
        coalesce(bool_or(p.ended_at IS NULL), false) AS capturing,
        bool_and(p.ended_at IS NOT NULL AND c.expected_ms IS NOT NULL) AS finished,
        sum(c.expected_ms) AS expected_ms,
        sum(c.captured_ms) AS captured_ms,
        coalesce(sum(paused.ms), 0)::bigint AS paused_ms
    FROM recording_parts AS p
    JOIN screen_recordings AS r ON r.id = p.screen_recording_id
    LEFT JOIN interaction_coverage AS c USING (screen_recording_id, interaction_id)
    CROSS JOIN LATERAL (
        SELECT sum(greatest(0, least((s ->> 2)::bigint, p.call_ended_at)
            - greatest((s ->> 1)::bigint, p.started_at))) AS ms
        FROM jsonb_array_elements(r.spans) AS s
        WHERE s ->> 0 = 'paused' AND coalesce((s ->> 2)::bigint, p.call_ended_at) IS NOT NULL
    ) AS paused
    WHERE p.interaction_id = i.id
) AS screen
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(seen.agent_id ORDER BY seen.first_at, seen.agent_id), '{}') AS agent_ids
    FROM (
        SELECT e.agent_id, min(e.occurred_at) AS first_at FROM call_events AS e
        WHERE e.source_id = i.source_id AND e.call_id = i.call_id GROUP BY e.agent_id
    ) AS seen
) AS people
"""

WANTED = """
CREATE VIEW interaction_lines_wanted AS
SELECT '*' AS whose, f.* FROM interaction_facts AS f
UNION ALL
SELECT agent AS whose, f.* FROM interaction_facts AS f, unnest(f.agent_ids) AS agent
"""

# The locks come first and in one order: the statement behind them then sees what others have committed, and no two
# transactions wait for each other. A large batch takes one lock for all, for there is room for some thousands.
REFRESH = """
CREATE FUNCTION deskreel_refresh_lines(ids text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    everything CONSTANT bigint := hashtextextended('interaction_lines', 0);
BEGIN
    IF cardinality(ids) > 500 THEN
        PERFORM pg_advisory_xact_lock(everything);
    ELSE
        PERFORM pg_advisory_xact_lock_shared(everything);
        PERFORM pg_advisory_xact_lock(hashtextextended(one, 1))
        FROM (SELECT DISTINCT unnest(ids) AS one ORDER BY one) AS sorted;
    END IF;
    DELETE FROM interaction_lines AS line
    WHERE line.interaction_id = ANY (ids) AND line.whose <> '*' AND line.whose NOT IN (
        SELECT e.agent_id FROM call_events AS e JOIN interactions AS i USING (source_id, call_id)
        WHERE i.id = line.interaction_id
    );
    INSERT INTO interaction_lines AS line
    WITH fresh AS MATERIALIZED (SELECT * FROM interaction_facts WHERE interaction_id = ANY (ids))
    SELECT '*', fresh.* FROM fresh
    UNION ALL
    SELECT agent, fresh.* FROM fresh, unnest(fresh.agent_ids) AS agent
    ON CONFLICT (interaction_id, whose) DO UPDATE SET (
        started_at, duration_ms, coverage, queue, direction, state, paused_ms, has_screen_recording,
        has_call_recording, has_transcript, has_evaluation, agent_ids, numbers
    ) = (
        excluded.started_at, excluded.duration_ms, excluded.coverage, excluded.queue, excluded.direction,
        excluded.state, excluded.paused_ms, excluded.has_screen_recording, excluded.has_call_recording,
        excluded.has_transcript, excluded.has_evaluation, excluded.agent_ids, excluded.numbers
    ) WHERE line.* IS DISTINCT FROM excluded.*;
END $$
"""

# Which interactions a transaction has touched is noted in a setting that ends with it; at commit they are refreshed,
# all at once. Not before: a transaction may still wait for an agent's lock, and must hold none of these meanwhile.
TOUCH = """
CREATE FUNCTION deskreel_touch(ids text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    noted CONSTANT text := coalesce(current_setting('deskreel.touched', true), '');
BEGIN
    IF cardinality(ids) > 0 THEN
        PERFORM set_config('deskreel.touched', concat_ws(',', nullif(noted, ''), array_to_string(ids, ',')), true);
    END IF;
END $$
"""

AT_COMMIT = """
CREATE FUNCTION deskreel_refresh_touched() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    noted CONSTANT text := coalesce(current_setting('deskreel.touched', true), '');
BEGIN
    IF noted <> '' THEN
        PERFORM set_config('deskreel.touched', '', true);
        PERFORM deskreel_refresh_lines(ARRAY(SELECT DISTINCT one FROM unnest(string_to_array(noted, ',')) AS one));
    END IF;
    RETURN NULL;
END $$
"""

# by table: what of it a line depends on, and which interactions a change touches
TRIGGERS = {
    "interactions": (
        "INSERT OR UPDATE OF started_at, ended_at, caller, callee, queue, direction, source_id, call_id",
        "IF TG_OP = 'INSERT' OR NEW IS DISTINCT FROM OLD THEN PERFORM deskreel_touch(ARRAY[NEW.id]); END IF;",
    ),
    # the agent alone in a call stays so; this spares most events the work
    "call_events": (
        "INSERT OR UPDATE OF agent_id, call_id, occurred_at OR DELETE",
        """
        PERFORM deskreel_touch(ARRAY(
            SELECT i.id FROM interactions AS i
            LEFT JOIN interaction_lines AS l ON l.interaction_id = i.id AND l.whose = '*'
            WHERE (i.source_id, i.call_id) IN ((NEW.source_id, NEW.call_id), (OLD.source_id, OLD.call_id))
                AND (TG_OP <> 'INSERT' OR l.agent_ids IS DISTINCT FROM ARRAY[NEW.agent_id])));
        """,
    ),
    "recording_parts": (
        "INSERT OR UPDATE OR DELETE",
        "PERFORM deskreel_touch(array_remove(ARRAY[NEW.interaction_id, OLD.interaction_id], NULL));",
    ),
    "screen_recordings": (
        "UPDATE OF spans",
        """
        IF NEW.spans IS DISTINCT FROM OLD.spans THEN
            PERFORM deskreel_touch(ARRAY(
                SELECT p.interaction_id FROM recording_parts AS p WHERE p.screen_recording_id = NEW.id));
        END IF;
        """,
    ),
    "call_recordings": (
        "INSERT OR UPDATE OF state, interaction_id OR DELETE",
        "PERFORM deskreel_touch(array_remove(ARRAY[NEW.interaction_id, OLD.interaction_id], NULL));",
    ),
    "interaction_coverage": (
        "INSERT OR UPDATE OR DELETE",
        "PERFORM deskreel_touch(array_remove(ARRAY[NEW.interaction_id, OLD.interaction_id], NULL));",
    ),
    "transcripts": (
        "INSERT OR UPDATE OF interaction_id OR DELETE",
        "PERFORM deskreel_touch(array_remove(ARRAY[NEW.interaction_id, OLD.interaction_id], NULL));",
    ),
}


def upgrade() -> None:
    op.create_table(
        "interaction_lines",
        sa.Column("whose", sa.Text(), nullable=False),
        sa.Column("interaction_id", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("coverage", sa.Float(), nullable=True),
        sa.Column("queue", sa.Text(), nullable=True),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("paused_ms", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in FLAGS),
        sa.Column("agent_ids", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("numbers", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interactions.id"],
            name=op.f("fk_interaction_lines_interaction_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("interaction_id", "whose", name=op.f("pk_interaction_lines")),
    )
    for command in (PLAIN, GRAMS, FACTS, WANTED, REFRESH, TOUCH, AT_COMMIT):
        op.execute(sa.text(command.replace(":", "\\:")))
    op.execute("INSERT INTO interaction_lines SELECT * FROM interaction_lines_wanted")
    for name, column in (("time", "started_at"), ("duration", "duration_ms"), ("coverage", "coverage")):
        op.create_index(
            f"ix_interaction_lines_{name}",
            "interaction_lines",
            ["whose", column, "interaction_id"],
            postgresql_include=[field for field in FILTERED if field != column],
        )
    # few calls are very long or badly covered, and parts of numbers are many: the default of 100 sees them too coarsely
    for column in ("duration_ms", "coverage", "numbers"):
        op.execute(f"ALTER TABLE interaction_lines ALTER COLUMN {column} SET STATISTICS 1000")
    for name, columns in (
        ("queue", ["whose", "queue", "started_at", "interaction_id"]),
        ("direction", ["whose", "direction", "started_at", "interaction_id"]),
        ("screen", ["whose", "has_screen_recording", "started_at", "interaction_id"]),
        ("audio", ["whose", "has_call_recording", "started_at", "interaction_id"]),
        ("transcript", ["whose", "has_transcript", "started_at", "interaction_id"]),
    ):
        op.create_index(f"ix_interaction_lines_{name}", "interaction_lines", columns)
    op.create_index(
        "ix_interaction_lines_evaluated",
        "interaction_lines",
        ["whose", "started_at", "interaction_id"],
        postgresql_where=sa.text("has_evaluation"),
    )
    op.create_index(
        "ix_interaction_lines_numbers",
        "interaction_lines",
        ["numbers"],
        postgresql_using="gin",
        postgresql_where=sa.text("whose = '*'"),
    )
    for table, (changes, body) in TRIGGERS.items():
        op.execute(
            sa.text(
                f"CREATE FUNCTION deskreel_touched_by_{table}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN {body} RETURN NULL; END $$".replace(":", "\\:")
            )
        )
        op.execute(
            f"CREATE TRIGGER touch_lines AFTER {changes} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION deskreel_touched_by_{table}()"
        )
        op.execute(
            f"CREATE CONSTRAINT TRIGGER refresh_lines AFTER {changes} ON {table} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION deskreel_refresh_touched()"
        )


def downgrade() -> None:
    for table in TRIGGERS:
        op.execute(f"DROP TRIGGER refresh_lines ON {table}")
        op.execute(f"DROP TRIGGER touch_lines ON {table}")
        op.execute(f"DROP FUNCTION deskreel_touched_by_{table}")
    for name in ("refresh_touched()", "touch(text[])", "refresh_lines(text[])"):
        op.execute(f"DROP FUNCTION deskreel_{name}")
    op.execute("DROP VIEW interaction_lines_wanted")
    op.execute("DROP VIEW interaction_facts")
    for name in ("grams(text, text)", "plain(text)"):
        op.execute(f"DROP FUNCTION deskreel_{name}")
    op.drop_table("interaction_lines")
