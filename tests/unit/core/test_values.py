"""Ids, chunks, grants, messages: what they refuse, and that they survive the wire."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core import errors
from deskreel.core.chunk import ChunkMeta, chain_digest, check_digest, sha256
from deskreel.core.errors import DeskreelError, InvalidInputError, TokenError, TokenScopeError
from deskreel.core.ids import PREFIXES, ScreenRecordingId, check_id, make_id
from deskreel.core.messages import (
    Desired,
    Keep,
    MonitorInfo,
    Observed,
    Phase,
    Ping,
    Pong,
    dump,
    parse_recorder_message,
    parse_server_message,
)
from deskreel.core.time import WallTime, Window
from deskreel.core.tokens import Grant

SCR = ScreenRecordingId(make_id("scr", WallTime(1_700_000_000_000), bytes(10)))


@given(st.sampled_from(PREFIXES), st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_ids_are_checked_and_sort_by_time(prefix: str, now: int, random: bytes) -> None:
    made = make_id(prefix, WallTime(now), random)
    assert check_id(prefix, made) == made
    if now < 2**48 - 1:
        assert made < make_id(prefix, WallTime(now + 1), random)


@pytest.mark.parametrize(
    "text", ["", "scr_", "scr_../../etc", SCR + "x", SCR.upper(), "int" + SCR[3:], SCR + "\n"]
)
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        check_id("scr", text)


@pytest.mark.parametrize("text", ["", "0" * 63, "0" * 65, "G" * 64, "A" * 64])
def test_what_is_no_digest_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        check_digest(text)


def chunk(**changes: int) -> ChunkMeta:
    values = {"seq": 1, "start": 0, "duration_ms": 2000, "size": 10, **changes}
    return ChunkMeta(keyframe=True, init=sha256(b"i"), digest=sha256(b"d"), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("changes", [{"seq": 0}, {"start": -1}, {"duration_ms": 0}, {"duration_ms": 60_001}])
def test_impossible_chunks_are_refused(changes: dict[str, int]) -> None:
    with pytest.raises(InvalidInputError):
        chunk(**changes)


def test_the_chain_covers_order_place_and_bytes() -> None:
    one, two = chunk(), chunk(seq=2, start=2000)
    chains = {
        chain_digest(SCR, [one, two]),
        chain_digest(SCR, [two, one]),
        chain_digest(SCR, [one]),
        chain_digest(SCR, [chunk(duration_ms=1999), two]),
        chain_digest(ScreenRecordingId("other"), [one, two]),
    }
    assert len(chains) == 5


@given(st.lists(st.tuples(st.integers(0, 100), st.one_of(st.none(), st.integers(100, 200))), max_size=3))
def test_a_grant_survives_its_claims(windows: list[tuple[int, int | None]]) -> None:
    grant = Grant(
        purpose="play",
        subject=SCR,
        expires_at=WallTime(5000),
        windows=tuple(Window(WallTime(a), None if b is None else WallTime(b)) for a, b in windows),
        final=True,
        view="lvw_one",
    )
    assert Grant.from_claims(grant.claims()) == grant


def test_a_grant_is_for_one_purpose_and_one_recording() -> None:
    grant = Grant(purpose="upload", subject=SCR, expires_at=WallTime(0))
    grant.require("upload", SCR)
    with pytest.raises(TokenScopeError):
        grant.require("play", SCR)
    with pytest.raises(TokenScopeError):
        grant.require("upload", "scr_other")


@pytest.mark.parametrize(
    "claims", [{}, {"sub": SCR}, {"sub": SCR, "purpose": "play", "exp": 1, "win": [[5, 1]], "fin": 0}]
)
def test_claims_that_are_no_grant_are_refused(claims: dict[str, object]) -> None:
    with pytest.raises(TokenError):
        Grant.from_claims(claims)


def test_messages_survive_the_wire_and_ignore_what_is_new() -> None:
    keep = Keep(
        screen_recording_id=SCR, windows=((WallTime(1), WallTime(2)), (WallTime(3), None)), ended=False
    )
    desired = Desired(version=3, as_of=WallTime(9), phase=Phase.PAUSED, order=None, keep=(keep,))
    assert parse_server_message(dump(desired)) == desired
    newer = dump(Pong(sent_ms=1.5, server_time=2.5, version=3))[:-1] + ',"from_the_future":1}'
    assert parse_server_message(newer) == Pong(sent_ms=1.5, server_time=2.5, version=3)
    monitor = MonitorInfo(name="DP-1", x=0, y=0, width=1920, height=1080, primary=True)
    observed = Observed(version=3, phase=Phase.IDLE, screen_recording_id=None, monitors=(monitor,))
    assert parse_recorder_message(dump(observed)) == observed
    assert parse_recorder_message(dump(Ping(sent_ms=1.0))) == Ping(sent_ms=1.0)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"type":"format_disk"}', '{"type":"ping","sent_ms":"soon"}']
)
def test_what_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_recorder_message(text)
    with pytest.raises(InvalidInputError):
        parse_server_message(text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"problem_detail": "a\0"},
        {"first_frame_at": 2**70},
        {"clock_offset_ms": float("nan")},
        {"health": {"dropped_slots": {"a\0": 1}}},
        {"backlog": [{"screen_recording_id": SCR, "chunks": -(2**63), "bytes": 1}]},
    ],
)
def test_what_no_database_keeps_is_refused(wrong: dict[str, Any]) -> None:
    plain = {"type": "observed", "version": 1, "phase": "idle", "screen_recording_id": None}
    said = parse_recorder_message(json.dumps({**plain, "problem_detail": r"C:\u0000"}))
    assert isinstance(said, Observed)
    assert said.problem_detail == r"C:\u0000"
    with pytest.raises(InvalidInputError, match="NUL"):
        parse_recorder_message(json.dumps({**plain, **wrong}))


def _all_errors(root: type[DeskreelError] = DeskreelError) -> list[type[DeskreelError]]:
    return [root, *(leaf for child in root.__subclasses__() for leaf in _all_errors(child))]


def test_every_error_has_a_code_of_its_own_a_status_and_a_hint() -> None:
    known = [error for error in _all_errors() if error.__module__ == errors.__name__]
    assert len({error.code for error in known}) == len(known)
    for error in known:
        problem = error("what happened").problem()
        assert 400 <= problem["status"] < 600
        assert problem["hint"]
        assert problem["title"]
