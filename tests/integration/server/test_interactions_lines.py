"""The lines of the list are what the rows amount to, whatever is written, in the transaction that writes it."""

from __future__ import annotations

import json
import random
import re
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row

from deskreel.core.time import WallTime, Window
from support.postgres import TestPostgres

AGENTS = ("agt_a", "agt_b", "agt_c")
CALLS = ("c1", "c2", "c3")
RECORDINGS = ("scr_1", "scr_2")
MOMENTS = st.integers(min_value=1000, max_value=1060)

Row = dict[str, Any]


@pytest.fixture(scope="module")
def database(postgres: TestPostgres) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres.fresh()) as connection:
        connection.execute(
            "INSERT INTO telephony_sources (id, name, secrets, created_at) VALUES ('src', 'pbx', '{}', 0)"
        )
        for agent in AGENTS:
            connection.execute(
                "INSERT INTO agents (id, key, name, created_at) VALUES (%s, %s, %s, 0)", [agent, agent, agent]
            )
        connection.execute(
            "INSERT INTO users (id, email, name, role, created_at) VALUES ('usr', 'e@x.example', 'E', 'evaluator', 0)"
        )
        connection.execute(
            "INSERT INTO forms (id, name, content, created_at, created_by, updated_at) "
            "VALUES ('frm', 'Form', '{}', 0, 'usr', 0)"
        )
        connection.execute(
            "INSERT INTO form_versions (form_id, version, name, content, published_at, published_by) "
            "VALUES ('frm', 1, 'Form', '{}', 0, 'usr')"
        )
        connection.commit()
        yield connection


# --- what the server writes -----------------------------------------------------------------------------------


def event(connection: psycopg.Connection, call: str, agent: str, at: int, number: int) -> None:
    """As `calls.service`: first the event, then the interaction."""
    connection.execute(
        "INSERT INTO call_events (source_id, event_id, agent_id, kind, call_id, occurred_at, received_at) "
        "VALUES ('src', %s, %s, 'call.answered', %s, %s, %s)",
        [f"{call}-{number}", agent, call, at, at],
    )
    connection.execute(
        "INSERT INTO interactions (id, source_id, call_id, queue, caller, callee, started_at) "
        "VALUES (%s, 'src', %s, %s, '+49 (30) 5-5', '', %s) "
        "ON CONFLICT (source_id, call_id) DO UPDATE "
        "SET started_at = least(interactions.started_at, excluded.started_at)",
        [f"int_{call}", call, f"queue of {call}", at],
    )


OPERATIONS = st.one_of(
    st.tuples(st.just("event"), st.sampled_from(CALLS), st.sampled_from(AGENTS), MOMENTS),
    st.tuples(st.just("end"), st.sampled_from(CALLS), MOMENTS),
    st.tuples(st.just("callee"), st.sampled_from(CALLS), st.none() | st.text("1 2aB+", max_size=9)),
    st.tuples(
        st.just("spans"),
        st.sampled_from(RECORDINGS),
        st.lists(
            st.tuples(st.sampled_from(("recorded", "paused", "acw", "missing")), MOMENTS, st.none() | MOMENTS)
        ),
    ),
    st.tuples(
        st.just("part"),
        st.sampled_from(RECORDINGS),
        st.sampled_from(CALLS),
        MOMENTS,
        st.none() | MOMENTS,
        st.none() | MOMENTS,
    ),
    st.tuples(st.just("unlink"), st.sampled_from(RECORDINGS), st.sampled_from(CALLS)),
    st.tuples(
        st.just("coverage"),
        st.sampled_from(RECORDINGS),
        st.sampled_from(CALLS),
        st.integers(0, 60),
        st.integers(0, 60),
    ),
    st.tuples(st.just("audio"), st.sampled_from(CALLS), st.sampled_from(("waiting", "ready", "failed"))),
    st.tuples(st.just("transcript"), st.sampled_from(CALLS)),
    st.tuples(st.just("no transcript"), st.sampled_from(CALLS)),
    st.tuples(st.just("evaluation"), st.integers(1, 2), st.sampled_from(CALLS), st.none() | MOMENTS),
    st.tuples(st.just("no evaluation"), st.integers(1, 2)),
    st.tuples(st.just("forget events"), st.sampled_from(CALLS), st.sampled_from(AGENTS)),
    st.tuples(st.just("commit")),
    st.tuples(st.just("roll back")),
)


def apply(connection: psycopg.Connection, operation: tuple[Any, ...], number: int) -> None:
    """One write; what refers to rows that are not there does nothing."""
    do = connection.execute
    match operation:
        case ("event", call, agent, at):
            event(connection, call, agent, at, number)
        case ("end", call, at):
            do("UPDATE interactions SET ended_at = %s WHERE call_id = %s", [at, call])
        case ("callee", call, callee):
            do("UPDATE interactions SET callee = %s WHERE call_id = %s", [callee, call])
        case ("spans", recording, spans):
            tidy = [[state, a, None if b is None else max(a, b)] for state, a, b in spans]
            do(
                "INSERT INTO screen_recordings (id, agent_id, state, started_at, spans, canvas_width, "
                "canvas_height, max_fps) VALUES (%s, 'agt_a', 'recording', 1000, %s, 1, 1, 1) "
                "ON CONFLICT (id) DO UPDATE SET spans = excluded.spans",
                [recording, json.dumps(tidy)],
            )
        case ("part", recording, call, start, end, call_end):
            do(
                "INSERT INTO recording_parts SELECT r.id, i.id, %s, %s, %s FROM screen_recordings r, interactions i "
                "WHERE r.id = %s AND i.call_id = %s ON CONFLICT (screen_recording_id, interaction_id) DO UPDATE SET "
                "started_at = excluded.started_at, ended_at = excluded.ended_at, "
                "call_ended_at = excluded.call_ended_at",
                [
                    start,
                    None if end is None else max(start, end),
                    None if call_end is None else max(start, call_end),
                    recording,
                    call,
                ],
            )
        case ("unlink", recording, call):
            do(
                "DELETE FROM recording_parts WHERE (screen_recording_id, interaction_id) = (%s, %s)",
                [recording, f"int_{call}"],
            )
        case ("coverage", recording, call, expected, captured):
            do(
                "INSERT INTO interaction_coverage SELECT screen_recording_id, interaction_id, 'agt_a', 0, %s, %s, "
                "'[]', '{}' FROM recording_parts WHERE (screen_recording_id, interaction_id) = (%s, %s) "
                "ON CONFLICT (screen_recording_id, interaction_id) DO UPDATE "
                "SET expected_ms = excluded.expected_ms, captured_ms = excluded.captured_ms",
                [expected, min(expected, captured), recording, f"int_{call}"],
            )
        case ("audio", call, state):
            do(
                "INSERT INTO call_recordings (id, interaction_id, state, starts_at, created_at) "
                "SELECT 'aud_' || id, id, %s, 0, 0 FROM interactions WHERE call_id = %s "
                "ON CONFLICT (id) DO UPDATE SET state = excluded.state",
                [state, call],
            )
        case ("transcript", call):
            do(
                "INSERT INTO transcripts (id, interaction_id, starts_at, segments, text, created_at) "
                "SELECT 'trn_' || id, id, 0, '[]', 'hello', 0 FROM interactions WHERE call_id = %s "
                "ON CONFLICT DO NOTHING",
                [call],
            )
        case ("no transcript", call):
            do("DELETE FROM transcripts WHERE interaction_id = %s", [f"int_{call}"])
        case ("evaluation", which, call, published_at):
            do(
                "INSERT INTO evaluations (id, interaction_id, interaction_started_at, agent_id, form_id, "
                "form_version, evaluator_id, state, assigned_by, created_at, updated_at, published_at) "
                "SELECT %s, id, started_at, %s, 'frm', 1, 'usr', 'draft', 'usr', 0, 0, %s "
                "FROM interactions WHERE call_id = %s ON CONFLICT (id) DO UPDATE "
                "SET published_at = excluded.published_at, interaction_id = excluded.interaction_id",
                [f"evl_{which}", AGENTS[which], published_at, call],
            )
        case ("no evaluation", which):
            do("DELETE FROM evaluations WHERE id = %s", [f"evl_{which}"])
        case ("forget events", call, agent):
            do("DELETE FROM call_events WHERE (call_id, agent_id) = (%s, %s)", [call, agent])
        case ("commit",):
            connection.commit()
        case _:
            connection.rollback()


# --- what they amount to, by another road -----------------------------------------------------------------------


def rows(connection: psycopg.Connection, query: str) -> list[Row]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query).fetchall()  # type: ignore[arg-type]  # written here


def expected_lines(connection: psycopg.Connection) -> list[Row]:
    events = rows(connection, "SELECT * FROM call_events")
    parts = rows(
        connection,
        "SELECT p.*, r.spans, c.expected_ms, c.captured_ms FROM recording_parts p "
        "JOIN screen_recordings r ON r.id = p.screen_recording_id "
        "LEFT JOIN interaction_coverage c USING (screen_recording_id, interaction_id)",
    )
    ready = {
        r["interaction_id"] for r in rows(connection, "SELECT * FROM call_recordings WHERE state = 'ready'")
    }
    said = {r["interaction_id"] for r in rows(connection, "SELECT interaction_id FROM transcripts")}
    evaluated = {
        r["interaction_id"]
        for r in rows(connection, "SELECT interaction_id, published_at FROM evaluations")
        if r["published_at"] is not None
    }
    found: list[Row] = []
    for call in rows(connection, "SELECT * FROM interactions"):
        mine = [part for part in parts if part["interaction_id"] == call["id"]]
        first: dict[str, int] = {}
        for seen in events:
            if seen["call_id"] == call["call_id"]:
                at = first.get(seen["agent_id"], seen["occurred_at"])
                first[seen["agent_id"]] = min(at, seen["occurred_at"])
        agents = sorted(first, key=lambda agent: (first[agent], agent))
        line = {
            "interaction_id": call["id"],
            "started_at": call["started_at"],
            "duration_ms": None
            if call["ended_at"] is None
            else max(0, call["ended_at"] - call["started_at"]),
            "coverage": coverage(call, mine),
            "queue": call["queue"],
            "direction": call["direction"],
            "state": state(call, mine),
            "paused_ms": sum(map(paused, mine)),
            "has_screen_recording": bool(mine),
            "has_call_recording": call["id"] in ready,
            "has_transcript": call["id"] in said,
            "has_evaluation": call["id"] in evaluated,
            "agent_ids": agents,
            "numbers": pieces(call),
        }
        found += [{"whose": whose, **line} for whose in ("*", *agents)]
    return found


def pieces(call: Row) -> list[str]:
    plain = [re.sub(r"\W", "", call[name] or "").lower() for name in ("caller", "callee")]
    return sorted({text[at : at + 4] for text in plain if text for at in range(max(1, len(text) - 3))})


def state(call: Row, parts: list[Row]) -> str:
    if call["ended_at"] is None:
        return "in_progress"
    return "after_call_work" if any(part["ended_at"] is None for part in parts) else "ended"


def coverage(call: Row, parts: list[Row]) -> float | None:
    if state(call, parts) != "ended" or not parts or any(part["expected_ms"] is None for part in parts):
        return None
    expected = sum(part["expected_ms"] for part in parts)
    return sum(part["captured_ms"] for part in parts) / expected if expected else None


def paused(part: Row) -> int:
    """Of the call's pauses those that have ended, or end with the call."""
    end = part["call_ended_at"]
    call = Window(WallTime(part["started_at"]), None if end is None else WallTime(end))
    shared = [Window(start, end).intersect(call) for kind, start, end in part["spans"] if kind == "paused"]
    return sum(both.duration_ms for both in shared if both is not None and both.end is not None)


def in_order(lines: list[Row]) -> list[Row]:
    return sorted(lines, key=lambda line: (line["interaction_id"], line["whose"]))


# --- the tests --------------------------------------------------------------------------------------------------


BEFORE: list[tuple[Any, ...]] = [  # so that whatever is drawn has something to change
    *(("event", call, agent, 1030) for call, agent in zip(CALLS, AGENTS, strict=True)),
    *(("end", call, 1050) for call in CALLS),
    *(("spans", recording, [("recorded", 1030, 1035), ("paused", 1035, 1050)]) for recording in RECORDINGS),
    ("part", "scr_1", "c1", 1030, 1050, 1045),
    ("part", "scr_2", "c1", 1030, 1050, 1045),
    ("part", "scr_2", "c2", 1030, 1050, 1045),
    ("coverage", "scr_1", "c1", 20, 10),
    ("coverage", "scr_2", "c2", 20, 20),
    ("evaluation", 1, "c1", 1055),
    ("evaluation", 2, "c2", None),
]


@settings(max_examples=150)
@given(operations=st.lists(OPERATIONS, min_size=5, max_size=40), each=st.booleans())
def test_after_every_commit_the_lines_say_what_the_rows_amount_to(
    database: psycopg.Connection, operations: list[tuple[Any, ...]], each: bool
) -> None:
    """One transaction for `each` write, or several writes in some."""
    empty(database)
    commit = [("commit",)]
    begun = [*BEFORE, *commit] if each else []
    drawn = [step for operation in operations for step in (operation, *(commit if each else []))]
    for number, operation in enumerate([*begun, *drawn, *commit]):
        apply(database, operation, number)
        if operation == ("commit",):
            lines = in_order(rows(database, "SELECT * FROM interaction_lines"))
            assert lines == in_order(expected_lines(database)), operations
            assert lines == in_order(rows(database, "SELECT * FROM interaction_lines_wanted"))


def empty(database: psycopg.Connection) -> None:
    for table in (
        "evaluations",
        "transcripts",
        "call_recordings",
        "recording_parts",
        "screen_recordings",
        "call_events",
    ):
        database.execute(f"DELETE FROM {table}")  # type: ignore[arg-type]  # named here
    database.execute("DELETE FROM interactions")
    database.commit()


def test_lines_are_there_within_the_transaction_at_its_end_and_not_before(
    database: psycopg.Connection,
) -> None:
    empty(database)
    event(database, "c1", "agt_a", 1000, 1)
    assert rows(database, "SELECT * FROM interaction_lines") == []
    database.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert {line["whose"] for line in rows(database, "SELECT * FROM interaction_lines")} == {"*", "agt_a"}
    database.rollback()
    assert rows(database, "SELECT * FROM interaction_lines") == []


def test_writers_of_the_same_calls_never_wait_for_each_other_in_a_circle(postgres: TestPostgres) -> None:
    """As the server's: a batch of events holds its calls and then asks for its agents; a job only for an agent.

    Each writes to the same calls, in an order of its own. A circle would end in a DeadlockDetected.
    """
    url = postgres.fresh()
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO telephony_sources (id, name, secrets, created_at) VALUES ('src', 'pbx', '{}', 0)"
        )
        for agent in AGENTS:
            connection.execute(
                "INSERT INTO agents (id, key, name, created_at) VALUES (%s, %s, %s, 0)", [agent, agent, agent]
            )
        for number, call in enumerate(CALLS):
            event(connection, call, "agt_a", 1000, number)
        connection.execute(
            "INSERT INTO screen_recordings (id, agent_id, state, started_at, spans, canvas_width, canvas_height, "
            "max_fps) VALUES ('scr_1', 'agt_a', 'recording', 1000, '[]', 1, 1, 1)"
        )
    failures: list[Exception] = []
    done: list[int] = []
    together = threading.Barrier(4)

    def work(writer: int) -> None:
        rng = random.Random(writer)
        together.wait()
        try:
            with psycopg.connect(url) as connection:
                for round_ in range(60):
                    if writer % 2:
                        at = 1000 + rng.randrange(60)
                        event(connection, rng.choice(CALLS), rng.choice(AGENTS), at, 1000 * writer + round_)
                    connection.execute("SELECT pg_advisory_xact_lock(42)")
                    for call in rng.sample(CALLS, k=2):
                        apply(connection, ("part", "scr_1", call, 1000, 1000 + rng.randrange(60), None), 0)
                    connection.commit()
                    done.append(round_)
        except psycopg.Error as error:
            failures.append(error)

    writers = [threading.Thread(target=work, args=[number]) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failures == []
    assert len(done) == 240
    with psycopg.connect(url) as connection:
        assert in_order(rows(connection, "SELECT * FROM interaction_lines")) == in_order(
            expected_lines(connection)
        )
