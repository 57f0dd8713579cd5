"""A year of a contact centre's calls, written straight into the tables: for benchmarks of lists.

The rows are as the server writes them, made by PostgreSQL itself (`generate_series`), with the triggers off; the
lines of the list then come from the view that defines them. The same numbers give the same rows.

Unevenly on purpose: a tenth of the agents left after a quarter of the year, one queue was closed then, transcripts
began only lately. Whoever asks for those finds nothing among the newest calls.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

AGENTS, TEAMS, QUEUES = 500, 20, 40
FORMER = 50  # agents who left
YEAR_MS = 365 * 86_400_000
BEGAN = 1_750_000_000_000  # wall time of the first call
LEFT = BEGAN + YEAR_MS // 4
HOTLINE = 0.3  # of the calls went to one number
TRANSCRIBED = 0.3  # of the calls, the newest ones
_NAMES = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gita", "Hugo", "Ines", "Jan")
_FAMILIES = ("Abel", "Brandt", "Costa", "Dietz", "Eriksen", "Fontana", "Groß", "Haddad", "Ivanova", "Jensen")
_INDEXES = (
    "ix_interaction_lines_time",
    "ix_interaction_lines_duration",
    "ix_interaction_lines_coverage",
    "ix_interaction_lines_queue",
    "ix_interaction_lines_direction",
    "ix_interaction_lines_screen",
    "ix_interaction_lines_audio",
    "ix_interaction_lines_transcript",
    "ix_interaction_lines_evaluated",
    "ix_interaction_lines_numbers",
    "ix_transcripts_search",
)
_TABLES = (
    "agents",
    "interactions",
    "call_events",
    "screen_recordings",
    "recording_parts",
    "interaction_coverage",
    "call_recordings",
    "transcripts",
    "interaction_lines",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """What was written."""

    interactions: int
    lines: int
    bytes: int  # of the whole database


def agent_id(number: int) -> str:
    """Of an agent, counted from 1; the last `FORMER` ones left."""
    return f"agt_{number:026d}"


def team_id(number: int) -> str:
    """Of a team, counted from 1."""
    return f"tea_{number:026d}"


def agent_name(number: int) -> str:
    """First and family name; a hundred pairs, told apart by a number."""
    return f"{_NAMES[number % 10]} {_FAMILIES[number // 10 % 10]} {number:03d}"


def seed(url: str, count: int, report: Callable[[str], None]) -> Seeded:
    """Write `count` interactions into an empty, migrated database; takes minutes for a million."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # no triggers
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET maintenance_work_mem = '512MB'")
        found = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE indexname = ANY (%s)", [list(_INDEXES)]
        ).fetchall()
        for name, _ in found:
            connection.execute(f'DROP INDEX "{name}"')  # type: ignore[arg-type]  # names from above
        _people(connection)
        for what, statement in _STATEMENTS.items():
            report(f"writing {count} calls: {what}")
            connection.execute(statement.format(**_values(count)))  # type: ignore[arg-type]  # numbers of ours
        for name, definition in found:
            report(f"indexing: {name}")
            connection.execute(definition)
        report("vacuuming")
        for table in _TABLES:
            connection.execute(f"VACUUM (ANALYZE) {table}")  # type: ignore[arg-type]  # names from above
        connection.execute("CHECKPOINT")
        (calls, lines, size) = connection.execute(
            "SELECT (SELECT count(*) FROM interactions), (SELECT count(*) FROM interaction_lines), "
            "pg_database_size(current_database())"
        ).fetchone() or (0, 0, 0)
    return Seeded(interactions=calls, lines=lines, bytes=size)


def _people(connection: psycopg.Connection) -> None:
    connection.execute(
        "INSERT INTO telephony_sources (id, name, secrets, created_at) VALUES ('src_seed', 'pbx', '{}', 0)"
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO teams (id, name, created_at) VALUES (%s, %s, 0)",
            [(team_id(n), f"Team {n}") for n in range(1, TEAMS + 1)],
        )
        cursor.executemany(
            "INSERT INTO agents (id, key, name, team_id, created_at) VALUES (%s, %s, %s, %s, 0)",
            [
                (agent_id(n), str(1000 + n), agent_name(n), team_id(n % TEAMS + 1))
                for n in range(1, AGENTS + 1)
            ],
        )
    connection.execute("CREATE TEMP TABLE sentences (number int PRIMARY KEY, words text)")
    rng = random.Random(7)
    vocabulary = ["".join(rng.choices("abcdefghijklmnoprstuvwz", k=rng.randint(3, 9))) for _ in range(5000)]
    weights = [1 / rank for rank in range(1, len(vocabulary) + 1)]
    with connection.cursor().copy("COPY sentences FROM STDIN") as copy:
        for number in range(1000):
            words = rng.choices(vocabulary, weights, k=20)
            copy.write_row((number, " ".join(["hello", *words] if number % 2 else words)))


def _values(count: int) -> dict[str, object]:
    return {
        "count": count,
        "began": BEGAN,
        "step": YEAR_MS // count,
        "left": LEFT,
        "active": AGENTS - FORMER,
        "agents": AGENTS,
        "queues": QUEUES,
        "hotline": HOTLINE,
        "first_transcribed": round(count * (1 - TRANSCRIBED)),
    }


# r1, r2, … are numbers from 0 to 1 that depend on the call's number alone
_CALLS = """
SELECT n,
    'int_' || lpad(n::text, 26, '0') AS id, 'c' || n AS call_id,
    {began} + n::bigint * {step} AS started_at,
    (hashint4extended(n, 1) & 65535) / 65536.0 AS r1, (hashint4extended(n, 2) & 65535) / 65536.0 AS r2,
    (hashint4extended(n, 3) & 65535) / 65536.0 AS r3, (hashint4extended(n, 4) & 65535) / 65536.0 AS r4,
    (hashint4extended(n, 5) & 65535) / 65536.0 AS r5
FROM generate_series(1, {count}) AS n
"""

_STATEMENTS = {
    # everything that the other tables are made from, once
    "calls": "CREATE TEMP TABLE seeded AS SELECT n, id, call_id, started_at, "
    "(5000 + 180000 * -ln(1 - r1))::bigint AS duration_ms, r2, r3, r4, r5, "
    "'agt_' || lpad((1 + CASE WHEN started_at < {left} THEN floor(r2 * {agents}) "
    "ELSE floor(r2 * {active}) END)::text, 26, '0') AS agent_id, "
    "'agt_' || lpad((1 + floor(r3 * {active}))::text, 26, '0') AS second_id "
    "FROM (" + _CALLS + ") AS calls",
    "interactions": "INSERT INTO interactions "
    "(id, source_id, call_id, direction, caller, callee, queue, started_at, ended_at) "
    "SELECT id, 'src_seed', call_id, CASE WHEN r3 < 0.7 THEN 'inbound' ELSE 'outbound' END, "
    "'+49 30 ' || lpad((hashint4extended(n, 6) & 16777215)::text, 8, '0'), "
    "CASE WHEN r3 < {hotline} THEN '+49 800 7654321' ELSE (1000 + floor(r2 * 500))::text END, "
    "CASE WHEN r4 < 0.02 AND started_at < {left} THEN 'closed' "
    "ELSE 'queue ' || (1 + floor({queues} * r4 * r4)) END, "
    "started_at, CASE WHEN n <= {count} - 20 THEN started_at + duration_ms END FROM seeded",
    "events": "INSERT INTO call_events (source_id, event_id, agent_id, kind, call_id, occurred_at, received_at) "
    "SELECT 'src_seed', 'a' || n, agent_id, 'call.answered', call_id, started_at, started_at FROM seeded "
    "UNION ALL SELECT 'src_seed', 'b' || n, second_id, 'call.transferred', call_id, started_at + 2000, started_at "
    "FROM seeded WHERE r5 < 0.08",
    "screen recordings": "INSERT INTO screen_recordings (id, agent_id, state, started_at, ended_at, spans, "
    "canvas_width, canvas_height, max_fps, expected_ms, captured_ms, region) "
    "SELECT 'scr_' || lpad(n::text, 26, '0'), agent_id, 'available', started_at, started_at + duration_ms, "
    "CASE WHEN r3 < 0.9 THEN jsonb_build_array(jsonb_build_array('recorded', started_at, started_at + duration_ms)) "
    "ELSE jsonb_build_array(jsonb_build_array('recorded', started_at, started_at + 2000), "
    "jsonb_build_array('paused', started_at + 2000, started_at + 4000), "
    "jsonb_build_array('recorded', started_at + 4000, started_at + duration_ms)) END, "
    "1920, 1080, 10, duration_ms, duration_ms, 'default' FROM seeded WHERE r4 < 0.6 AND n <= {count} - 20",
    "parts": "INSERT INTO recording_parts SELECT 'scr_' || lpad(n::text, 26, '0'), id, started_at, "
    "started_at + duration_ms, started_at + duration_ms FROM seeded WHERE r4 < 0.6 AND n <= {count} - 20",
    "coverage": "INSERT INTO interaction_coverage SELECT 'scr_' || lpad(n::text, 26, '0'), id, agent_id, started_at, "
    "duration_ms, CASE WHEN r5 < 0.9 THEN duration_ms ELSE floor(duration_ms * (r5 - 0.9) * 10) END, '[]', "
    "'{{}}' FROM seeded WHERE r4 < 0.6 AND n <= {count} - 20",
    "call recordings": "INSERT INTO call_recordings (id, interaction_id, state, starts_at, created_at, region) "
    "SELECT 'aud_' || lpad(n::text, 26, '0'), id, 'ready', started_at, started_at, 'default' FROM seeded "
    "WHERE r5 < 0.8",
    "transcripts": "INSERT INTO transcripts (id, interaction_id, starts_at, segments, text, created_at) "
    "SELECT 'trn_' || lpad(n::text, 26, '0'), id, started_at, said.segments, said.text, started_at FROM seeded "
    "CROSS JOIN LATERAL (SELECT string_agg(line, E'\\n' ORDER BY turn) AS text, jsonb_agg(jsonb_build_object("
    "'start_ms', turn * 4000, 'end_ms', turn * 4000 + 3500, 'text', line, 'words', '[]'::jsonb, "
    "'speaker', CASE WHEN turn % 2 = 0 THEN 'Agent' ELSE 'Customer' END) ORDER BY turn) AS segments "
    "FROM (SELECT turn, words || CASE WHEN turn = 4 THEN ' reference code' || n ELSE '' END AS line "
    "FROM unnest(ARRAY[7, 31, 101, 577, 911]) WITH ORDINALITY AS turns (step, nth) "
    "CROSS JOIN LATERAL (SELECT nth::int - 1 AS turn) AS t "
    "JOIN sentences ON number = (n * step) % 1000) AS lines) AS said WHERE n > {first_transcribed}",
    "lines": "INSERT INTO interaction_lines SELECT * FROM interaction_lines_wanted",
}
