"""Looking back: what is remembered, when, and that nothing of it comes out but what a recording may have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from capture_rig import DEADLINE_S, Rig, assert_contiguous, decode
from hypothesis import given
from hypothesis import strategies as st
from recorder_samples import desired, keep, order

from deskreel.core.ids import ScreenRecordingId
from deskreel.core.messages import AgentDesk, Phase, Pong
from deskreel.core.policy import CapturePolicy
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import FAR_FUTURE, WallTime
from deskreel.media.fmp4 import parse_fragment
from deskreel.recorder.capture.job import CaptureJob
from deskreel.recorder.capture.look_back import LookBack, Memory
from deskreel.recorder.control.looking_back import SILENCE_MS, look_back, look_back_ends
from deskreel.recorder.control.view import ServerView

KEEP_MS = 10_000
LOOK_BACK = LookBack(keep_ms=KEEP_MS)


# --- the memory ---------------------------------------------------------------------------------------------------


def test_a_picture_that_still_stood_at_the_start_begins_there() -> None:
    memory = Memory(KEEP_MS)
    memory.add(b"old", WallTime(1_000))
    memory.unchanged(WallTime(2_000))
    memory.add(b"standing", WallTime(3_000))
    memory.unchanged(WallTime(5_000))
    memory.add(b"new", WallTime(6_000))
    assert [(one.at, one.data) for one in memory.since(4_000)] == [(4_000, b"standing"), (6_000, b"new")]
    assert [one.data for one in memory.since(5_001)] == [b"new"], "it is not known how long it stood"
    assert memory.since(6_001) == ()


@st.composite
def days(draw: st.DrawFn) -> list[tuple[int, int | None]]:
    """Steps of a desktop: ms since the one before, and the size of a new picture or None for no change."""
    return draw(
        st.lists(st.tuples(st.integers(0, 4_000), st.none() | st.integers(1, 600)), min_size=1, max_size=60)
    )


@given(days(), st.integers(0, 30_000), st.integers(1, 1_500))
def test_what_comes_out_was_on_the_screen_and_is_not_older_than_allowed(
    steps: list[tuple[int, int | None]], back_ms: int, most: int
) -> None:
    memory, now = Memory(KEEP_MS, max_bytes=most), 0
    shown: dict[int, tuple[int, int]] = {}  # by number: from when until when it was seen
    for number, (wait_ms, size) in enumerate(steps):
        now += wait_ms
        if size is not None:
            now = memory.add(number.to_bytes(2, "big").ljust(size + 1, b"."), WallTime(now))
            shown[number] = (now, now)
        elif shown:
            last = max(shown)
            memory.unchanged(WallTime(now))
            shown[last] = (shown[last][0], now)
        assert memory.size <= most
    start = now - back_ms
    out = memory.since(start)
    for one in out:
        taken, seen = shown[int.from_bytes(one.data[:2], "big")]
        assert one.at >= start
        assert taken <= one.at <= one.seen_until <= seen, "it showed this when it is said to have"
        assert one.seen_until >= now - KEEP_MS
    times = [one.at for one in out]
    assert times == sorted(set(times))
    memory.forget()
    assert (memory.size, memory.since(0)) == (0, ())


# --- when to look back --------------------------------------------------------------------------------------------

POLICY = CapturePolicy(look_back_ms=5_000, max_fps=7, canvas_width=1280, canvas_height=720)
IDLE = replace(desired(as_of=1_000), policy=POLICY, look_back_until=FAR_FUTURE)


def of(state: object, now: int = 1_500) -> LookBack | None:
    return look_back(ServerView().with_desired(state), WallTime(now))  # type: ignore[arg-type]


def test_an_idle_desktop_looks_back_as_the_policy_says() -> None:
    assert of(IDLE) == LookBack(keep_ms=5_000, canvas=(1280, 720), max_fps=7)


@pytest.mark.parametrize(
    "state",
    [
        replace(IDLE, policy=CapturePolicy()),
        replace(IDLE, look_back_until=None),
        replace(IDLE, look_back_until=WallTime(1_500)),
        replace(IDLE, agent=AgentDesk(name="Ada", status="Signed out")),
        replace(IDLE, phase=Phase.PAUSED, order=order(), keep=(keep((0, 900)),)),
        replace(IDLE, phase=Phase.RECORDING, order=order(), keep=(keep((0, None)),)),
        replace(IDLE, phase=Phase.ACW, order=order(), keep=(keep((0, None)),)),
    ],
    ids=["off", "not allowed", "no longer", "signed out", "paused", "recording", "acw"],
)
def test_otherwise_it_does_not(state: object) -> None:
    assert of(state) is None


def test_an_agent_at_work_changes_nothing() -> None:
    assert of(replace(IDLE, agent=AgentDesk(name="Ada", status="Away"))) is not None


def test_without_a_word_from_the_server_it_ends() -> None:
    view = ServerView().with_desired(IDLE)
    assert look_back_ends(view) == 1_000 + SILENCE_MS
    assert look_back(view, WallTime(1_000 + SILENCE_MS)) is None
    heard = view.with_pong(Pong(sent_ms=0, server_time=50_000, version=1))
    assert look_back(heard, WallTime(1_000 + SILENCE_MS)) is not None


def test_a_recorder_that_the_server_does_not_know_remembers_nothing() -> None:
    assert look_back(ServerView().with_desired(IDLE).dismissed(), WallTime(1_500)) is None


# --- the loop -----------------------------------------------------------------------------------------------------


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    assert rig.loop.close(DEADLINE_S)


def grabbed(rig: Rig, count: int) -> None:
    with rig.display.news:
        assert rig.display.news.wait_for(lambda: rig.display.grabs >= count, DEADLINE_S)


def remember(rig: Rig, changes: int) -> list[WallTime]:
    """Have the loop look back over so many changes; a moment before each."""
    before: list[WallTime] = []
    rig.loop.look_back(LOOK_BACK)
    for n in range(changes):
        before.append(rig.clock.now())
        rig.display.change()
        grabbed(rig, n + 1)
    return before


def job_since(rig: Rig, start: int, name: str = "scr_1") -> CaptureJob:
    return replace(
        rig.job(name),
        screen_recording_id=ScreenRecordingId(name),
        origin=WallTime(start),
        not_before=WallTime(start),
    )


def test_a_job_has_what_was_remembered_since_its_window_began(rig: Rig) -> None:
    before = remember(rig, 5)
    assert rig.notes.chunks == []
    rig.loop.start(job_since(rig, before[2]))
    rig.notes.until(lambda n: n.first)
    rig.display.change()
    rig.notes.more_chunks(3)
    rig.stop()
    first = rig.notes.chunks[0]
    assert rig.notes.first == [first.start_ms]
    assert before[2] <= first.start_ms <= before[2] + 300
    assert_contiguous(rig.notes.chunks)
    assert first.keyframe
    assert len(decode(rig.notes.chunks)) == sum(len(parse_fragment(c.data).samples) for c in rig.notes.chunks)
    assert rig.notes.gaps == []


def test_a_job_whose_window_begins_now_has_nothing_of_before(rig: Rig) -> None:
    remember(rig, 3)
    now = rig.clock.now() + 1
    rig.loop.start(job_since(rig, now))
    rig.notes.until(lambda n: n.first)
    rig.stop()
    assert all(chunk.start_ms >= now for chunk in rig.notes.chunks)


@pytest.mark.parametrize("how", ["told to", "locked", "asked for more", "no display", "another canvas"])
def test_it_forgets(rig: Rig, how: str) -> None:
    begin = rig.clock.now()
    remember(rig, 3)
    grabs, forgotten = rig.display.grabs, rig.clock.now()
    match how:
        case "told to":
            rig.loop.look_back(None)
            rig.loop.look_back(LOOK_BACK)
        case "locked":
            rig.display.hide(ReasonCode.LOCKED)
            rig.display.change()
            looks = rig.display.looks
            with rig.display.news:
                assert rig.display.news.wait_for(lambda: rig.display.looks > looks + 1, DEADLINE_S)
            rig.display.hide(None)
        case "asked for more":
            rig.loop.look_back(replace(LOOK_BACK, keep_ms=KEEP_MS + 1))
        case "no display":
            rig.display.fail()
            rig.notes.until(lambda n: n.problems)
            rig.display.return_()
        case _:
            rig.loop.look_back(replace(LOOK_BACK, canvas=(160, 90)))
    grabbed(rig, grabs + 1)
    rig.loop.start(job_since(rig, begin))
    rig.notes.until(lambda n: n.first)
    rig.stop()
    assert rig.notes.first[0] >= forgotten
    assert all(chunk.start_ms >= forgotten for chunk in rig.notes.chunks)


def test_a_locked_desktop_is_not_grabbed_and_forgets(rig: Rig) -> None:
    begin = rig.clock.now()
    remember(rig, 3)
    rig.display.hide(ReasonCode.LOCKED)
    grabs = rig.display.grabs
    rig.display.change()
    rig.loop.start(job_since(rig, begin))
    rig.notes.until(lambda n: ("scr_1", ReasonCode.LOCKED) in n.problems)
    rig.stop()
    assert rig.display.grabs == grabs


def test_after_a_job_nothing_is_remembered_until_asked_again(rig: Rig) -> None:
    remember(rig, 2)
    rig.loop.start(job_since(rig, rig.clock.now()))
    rig.notes.until(lambda n: n.first)
    rig.stop()
    grabs = rig.display.grabs
    rig.display.change()
    assert rig.loop.look_back(None)
    assert rig.display.grabs == grabs


def test_a_clock_that_steps_makes_it_forget(rig: Rig) -> None:
    begin = rig.clock.now()
    remember(rig, 3)
    rig.clock.offset_ms = 2_000
    rig.loop.start(job_since(rig, begin))
    rig.notes.until(lambda n: n.first)
    rig.stop()
    assert rig.notes.first[0] >= begin + 2_000
