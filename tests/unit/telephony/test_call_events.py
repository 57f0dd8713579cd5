"""The call-events API's JSON, and the simulator's scripts."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.errors import DeskreelError, InvalidInputError
from deskreel.core.events import EventKind
from deskreel.core.time import WallTime
from deskreel.telephony.call_events import dump_batch, parse_batch
from deskreel.telephony.simulator import ScriptedCall, cues, parse_pause

NOW = WallTime(1_700_000_000_000)
GOOD = {"event_id": "e1", "kind": "call.answered", "agent": "1001", "call_id": "c1", "occurred_at": NOW - 50}


def test_one_event_or_a_batch() -> None:
    assert parse_batch(json.dumps(GOOD).encode(), NOW) == parse_batch(dump_batch([GOOD]), NOW)


@pytest.mark.parametrize(
    "moment", ["2023-11-14T22:13:20Z", "2023-11-14T23:13:20.000+01:00", int(NOW), float(NOW)]
)
def test_moments_in_iso_or_milliseconds(moment: object) -> None:
    assert parse_batch(dump_batch([{**GOOD, "occurred_at": moment}]), NOW).events[0].occurred_at == NOW


def test_a_source_whose_clock_is_ahead_cannot_act_in_the_future() -> None:
    assert parse_batch(dump_batch([{**GOOD, "occurred_at": NOW + 60_000}]), NOW).events[0].occurred_at == NOW


def test_unknown_kinds_are_ignored_and_named() -> None:
    batch = parse_batch(dump_batch([GOOD, {**GOOD, "event_id": "e2", "kind": "call.teleported"}]), NOW)
    assert len(batch.events) == 1
    assert batch.ignored[0].event_id == "e2"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"event_id": None}, "event_id"),
        ({"event_id": "x" * 201}, "event_id"),
        ({"agent": 7}, "agent"),
        ({"call_id": None}, "call_id"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"occurred_at": "2023-11-14T22:13:20"}, "occurred_at"),
        ({"occurred_at": True}, "occurred_at"),
        ({"attributes": []}, "attributes"),
        ({"occurred_at": "0001-01-01T00:00:00Z"}, "occurred_at"),
        ({"occurred_at": 5}, "occurred_at"),
        ({"kind": "snapshot"}, "calls"),
        ({"kind": "snapshot", "attributes": {"calls": [1]}}, "calls"),
        ({"attributes": {"note": "\0"}}, "NUL"),
    ],
)
def test_faulty_events_are_refused_and_the_field_named(change: dict[str, object], named: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        parse_batch(dump_batch([{**GOOD, **change}]), NOW)
    assert named in refused.value.detail


@given(st.binary(max_size=300))
def test_any_bytes_are_a_batch_or_a_clear_error(body: bytes) -> None:
    try:
        parse_batch(body, NOW)
    except DeskreelError as error:
        assert isinstance(error, InvalidInputError)  # noqa: PT017 - whatever else is raised fails the test


def test_a_scripted_call_says_what_a_telephony_says() -> None:
    call = ScriptedCall(agent="1001", call_id="c1", seconds=30, pause=(10, 14), acw=5)
    kinds = [(cue.at_s, cue.kind) for cue in cues(call)]
    assert (10, EventKind.RECORDING_PAUSED) in kinds
    assert (14, EventKind.RECORDING_RESUMED) in kinds
    assert kinds[-1] == (35, EventKind.AGENT_STATUS)
    assert [at for at, _ in kinds] == sorted(at for at, _ in kinds)


@pytest.mark.parametrize("pause", [(5.0, 5.0), (5.0, 40.0), (-1.0, 2.0)])
def test_a_pause_outside_the_call_is_refused(pause: tuple[float, float]) -> None:
    with pytest.raises(InvalidInputError):
        ScriptedCall(agent="1001", call_id="c1", seconds=30, pause=pause)


def test_parse_pause() -> None:
    assert parse_pause("10-14.5") == (10.0, 14.5)
    with pytest.raises(InvalidInputError):
        parse_pause("10")


def test_when_a_sources_clock_is_behind_a_resume_counts_late_and_a_pause_early() -> None:
    late = {**GOOD, "occurred_at": NOW - 2100}

    def moved(kind: str, least_delay_ms: int) -> int:
        batch = parse_batch(dump_batch([{**late, "kind": kind}]), NOW, least_delay_ms)
        return NOW - batch.events[0].occurred_at

    assert moved("recording.resumed", 2000) == 100
    assert moved("recording.paused", 2000) == 2100
    assert moved("recording.resumed", 300) == 2100  # an ordinary delay is no wrong clock
    assert moved("recording.resumed", 5000) == 0
