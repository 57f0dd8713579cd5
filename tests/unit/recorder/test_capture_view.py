"""What the loop shows of a desktop with several monitors, and what it does when there is nothing to see."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from capture_rig import DEADLINE_S, FAST, LONG_CHUNKS, Rig, assert_contiguous, decode

from deskreel.core.chunk import MarkKind
from deskreel.core.policy import CapturePolicy, MonitorMode
from deskreel.core.reasons import ReasonCode
from deskreel.media.fmp4 import parse_fragment
from deskreel.recorder.capture.chunker import FinishedChunk
from deskreel.recorder.capture.job import CaptureLimits, plan_of
from deskreel.recorder.capture.loop import CaptureLoop
from deskreel.recorder.screen.port import Monitor, Rect, ScreenRefusedError
from deskreel.testing.synthetic_screen import SyntheticScreen

BIG = Monitor(name="big", rect=Rect(x=0, y=0, width=320, height=180), primary=True)
TALL = Monitor(name="tall", rect=Rect(x=320, y=20, width=100, height=160), primary=False)


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    rig.display.arrange(BIG, TALL)
    yield rig
    assert rig.loop.close(DEADLINE_S)


def eventually(what: Callable[[], bool]) -> None:
    """Wait for what nobody tells of."""
    deadline = time.monotonic() + DEADLINE_S
    while not what():
        assert time.monotonic() < deadline, "the deadline passed"
        threading.Event().wait(0.002)


def shown(rig: Rig) -> list[str]:
    return [str(mark.detail["name"]) for mark in rig.notes.marks if mark.kind is MarkKind.MONITOR]


def narrow(chunks: list[FinishedChunk]) -> list[bool]:
    """Of each frame, whether it has black bars at both sides, as only the tall monitor's has."""
    out = []
    for frame in decode(chunks):
        y = np.frombuffer(memoryview(frame.planes[0]), np.uint8).reshape(frame.height, -1)[:, : frame.width]
        out.append(bool((y[:, :100] < 24).all() and (y[:, -100:] < 24).all() and (y > 40).any()))
    return out


def test_a_click_switches_the_picture_at_once_and_marks_it(rig: Rig):
    rig.loop.start(rig.job(fps=5))
    rig.notes.until(lambda n: n.first)
    clicked = time.monotonic()
    rig.display.click(350, 100)
    rig.notes.until(lambda n: len(n.marks) == 2)
    assert time.monotonic() - clicked < 0.5
    begun, switched = rig.notes.marks
    assert begun.detail == {
        "name": "big", "x": 0, "y": 0, "width": 320, "height": 180, "cause": "start",
    }  # fmt: skip
    assert switched.detail["cause"] == "click"
    assert (switched.detail["name"], switched.detail["x"], switched.detail["height"]) == ("tall", 320, 160)
    assert [(info.name, info.active) for info in rig.loop.monitors] == [("big", False), ("tall", True)]
    rig.stop()
    assert narrow(rig.notes.chunks)[-1]
    assert not narrow(rig.notes.chunks)[0]
    assert_contiguous(rig.notes.chunks)


def test_a_slow_frame_rate_does_not_delay_the_switch():
    rig = Rig(settings=LONG_CHUNKS)
    rig.display.arrange(BIG, TALL)
    rig.loop.start(rig.job(fps=1))
    rig.notes.until(lambda n: n.first)
    clicked = time.monotonic()
    rig.display.click(350, 100)
    rig.notes.until(lambda n: len(n.marks) == 2)
    assert time.monotonic() - clicked < 0.5
    rig.display.change()
    with rig.display.news:
        grabs = rig.display.grabs
        assert not rig.display.news.wait_for(lambda: rig.display.grabs > grabs, 0.3)  # its slot is a second
    assert rig.loop.close(DEADLINE_S)


def test_a_pointer_that_stays_switches_after_the_dwell_though_nothing_else_happens(rig: Rig):
    rig.loop.apply(CapturePolicy())  # without a job it changes nothing
    rig.loop.start(rig.job())
    rig.notes.until(lambda n: n.first)
    moved = time.monotonic()
    rig.display.move_pointer(350, 100)
    rig.notes.until(lambda n: len(n.marks) == 2)
    assert 0.6 <= time.monotonic() - moved < 2
    assert rig.notes.marks[1].detail["cause"] == "pointer"


def test_a_focus_that_moves_is_followed(rig: Rig):
    rig.loop.start(rig.job())
    rig.notes.until(lambda n: n.first)
    time_at_rest = time.monotonic() + 0.6
    while time.monotonic() < time_at_rest:
        rig.notes.more_chunks(1)
    rig.display.focus(TALL.rect)
    rig.notes.until(lambda n: len(n.marks) == 2)
    assert rig.notes.marks[1].detail["cause"] == "focus"


def test_a_monitor_unplugged_and_plugged_in_again_costs_nothing(rig: Rig):
    rig.display.move_pointer(350, 100)
    rig.loop.start(rig.job())
    rig.notes.more_chunks(2)
    rig.display.arrange(BIG)
    rig.notes.until(lambda n: len(n.marks) == 3)
    rig.notes.more_chunks(1)
    rig.display.arrange(BIG, TALL)
    rig.notes.until(lambda n: len(n.marks) == 4)
    rig.notes.more_chunks(1)
    rig.stop()
    assert shown(rig) == ["tall", "big"]
    layouts = [mark.detail for mark in rig.notes.marks if mark.kind is MarkKind.MONITORS]
    assert layouts == [
        {"monitors": 1, "what": "removed tall"},
        {"monitors": 2, "what": "added tall"},
    ]
    assert not rig.notes.problems
    assert not rig.notes.gaps
    assert_contiguous(rig.notes.chunks)
    assert rig.notes.chunks[0].init == rig.notes.chunks[-1].init
    assert rig.display.opened == len(rig.encoders) == 1


def test_a_monitor_that_is_turned_is_named_so(rig: Rig):
    rig.loop.start(rig.job())
    rig.notes.more_chunks(1)
    rig.display.arrange(
        BIG, Monitor(name="tall", rect=Rect(x=320, y=20, width=160, height=100), primary=False)
    )
    rig.notes.until(lambda n: len(n.marks) == 2)
    assert rig.notes.marks[1].detail == {"monitors": 2, "what": "rotated tall"}


def test_a_policy_applies_to_the_capture_under_way(rig: Rig):
    rig.display.move_pointer(350, 100)
    rig.loop.start(rig.job())
    rig.notes.until(lambda n: n.first)
    rig.loop.apply(CapturePolicy(monitors=MonitorMode.ALL))
    rig.notes.until(lambda n: len(n.marks) == 2)
    rig.loop.apply(CapturePolicy(monitors=MonitorMode.PRIMARY))
    rig.notes.until(lambda n: len(n.marks) == 3)
    assert shown(rig) == ["tall", "all", "big"]
    assert {mark.detail["cause"] for mark in rig.notes.marks[1:]} == {"policy"}
    assert rig.notes.marks[1].detail["width"] == 420


def test_the_frame_rate_is_the_least_of_job_and_limits(rig: Rig):
    job = rig.job(fps=10)
    assert plan_of(job, CaptureLimits()).slot_s == 0.1
    assert plan_of(job, CaptureLimits(max_fps=4, scale=0.5)).slot_s == 0.25
    assert plan_of(job, CaptureLimits(max_fps=15)).slot_s == 0.1


def test_limits_apply_to_the_capture_under_way_and_are_taken_back():
    rig = Rig(settings=LONG_CHUNKS)
    rig.loop.start(rig.job(fps=50))
    rig.notes.until(lambda n: n.first)
    rig.loop.limit(CaptureLimits(scale=0.5))
    eventually(lambda: rig.loop.stats().frames == 2)
    rig.loop.limit(CaptureLimits())
    eventually(lambda: rig.loop.stats().frames == 3)
    rig.stop()
    assert rig.loop.close(DEADLINE_S)
    bars = []
    for frame in decode(rig.notes.chunks):
        y = np.frombuffer(memoryview(frame.planes[0]), np.uint8).reshape(frame.height, -1)
        bars.append(bool((y[:40] < 24).all()))
    assert bars[0] is False
    assert True in bars
    assert bars[-1] is False


@pytest.mark.parametrize("reason", [ReasonCode.LOCKED, ReasonCode.SESSION_SWITCHED, ReasonCode.SUSPENDED])
def test_nothing_is_captured_while_the_desktop_is_hidden(rig: Rig, reason: ReasonCode):
    rig.loop.start(rig.job())
    rig.notes.more_chunks(2)
    rig.display.hide(reason)
    rig.notes.until(lambda n: n.problems)
    grabs, before = rig.display.grabs, list(rig.notes.chunks)
    rig.display.change()
    with rig.display.news:
        assert not rig.display.news.wait_for(lambda: rig.display.grabs > grabs, 0.2)
    rig.display.hide(None)
    rig.notes.until(lambda n: n.gaps)
    rig.notes.more_chunks(1)
    rig.stop()
    (gap,) = rig.notes.gaps
    assert rig.notes.problems == rig.notes.recoveries == [("scr_1", reason)]
    assert gap.reason == reason
    assert gap.window.start == before[-1].window.limit
    assert gap.window.end == rig.notes.chunks[len(before)].start_ms
    assert rig.notes.chunks[len(before)].keyframe
    assert rig.display.opened == len(rig.encoders) == 1


def test_a_gap_that_goes_on_for_another_reason_is_two_spans_that_touch(rig: Rig):
    rig.loop.start(rig.job())
    rig.notes.more_chunks(1)
    rig.display.hide(ReasonCode.LOCKED)
    rig.notes.until(lambda n: len(n.problems) == 1)
    rig.display.hide(ReasonCode.SUSPENDED)
    rig.notes.until(lambda n: len(n.problems) == 2)
    rig.display.hide(None)
    rig.notes.until(lambda n: len(n.gaps) == 2)
    rig.stop()
    locked, slept = rig.notes.gaps
    assert (locked.reason, slept.reason) == (ReasonCode.LOCKED, ReasonCode.SUSPENDED)
    assert locked.window.end == slept.window.start


def test_a_locked_desktop_at_the_start_delays_the_first_frame_until_it_is_open(rig: Rig):
    rig.display.hide(ReasonCode.LOCKED)
    rig.loop.start(rig.job())
    rig.notes.until(lambda n: n.problems)
    assert rig.display.grabs == 0
    rig.display.hide(None)
    rig.notes.until(lambda n: n.first)
    assert [gap.reason for gap in rig.notes.gaps] == [ReasonCode.LOCKED]


def test_a_job_that_ends_while_locked_reports_what_it_missed(rig: Rig):
    rig.loop.start(rig.job())
    rig.notes.more_chunks(1)
    rig.display.hide(ReasonCode.LOCKED)
    rig.notes.until(lambda n: n.problems)
    rig.stop()
    assert [gap.reason for gap in rig.notes.gaps] == [ReasonCode.LOCKED]


def test_a_screen_that_is_refused_has_its_own_reason():
    rig = Rig()
    rig.notes.until(lambda _: rig.display.opened)
    assert rig.loop.close(DEADLINE_S)
    refuse = True

    def opened() -> SyntheticScreen:
        if refuse:
            raise ScreenRefusedError("not for you")
        return rig.display.open()

    loop = CaptureLoop(opened, rig.clock, rig.notes, FAST)
    loop.start(rig.job())
    rig.notes.until(lambda n: ("scr_1", ReasonCode.PERMISSION_DENIED) in n.problems)
    refuse = False
    rig.notes.until(lambda n: n.first)
    assert [gap.reason for gap in rig.notes.gaps] == [ReasonCode.PERMISSION_DENIED]
    assert loop.close(DEADLINE_S)


def test_the_monitors_are_known_without_a_job_and_kept_fresh(rig: Rig):
    def active() -> list[str]:
        return [info.name for info in rig.loop.monitors if info.active]

    eventually(lambda: active() == ["big"])
    rig.display.move_pointer(350, 100)
    eventually(lambda: active() == ["tall"])
    assert rig.display.grabs == 0
    rig.display.fail()
    eventually(lambda: not rig.loop.monitors)


def test_frames_and_their_times_are_counted(rig: Rig):
    rig.loop.start(rig.job())
    for _ in range(5):
        rig.display.change()
        rig.notes.more_chunks(1)
    rig.stop()
    stats = rig.loop.stats()
    assert stats.frames >= sum(len(parse_fragment(c.data).samples) for c in rig.notes.chunks)
    assert len(stats.frame_ms) == min(100, stats.frames)
    assert all(ms > 0 for ms in stats.frame_ms)


def test_slots_that_a_slow_encoder_costs_are_counted_with_that_reason():
    rig = Rig(settings=LONG_CHUNKS)
    rig.loop.start(rig.job(fps=20))
    rig.notes.until(lambda n: n.first)
    encoder = rig.encoders[-1]
    encoder.entered.clear()
    encoder.gate.clear()
    rig.display.change()
    assert encoder.entered.wait(DEADLINE_S)
    frames = encoder.frames
    assert not encoder.gate.wait(0.3)  # six slots
    rig.display.change()
    encoder.gate.set()
    eventually(lambda: encoder.frames > frames)
    dropped = rig.loop.stats().dropped_slots
    assert rig.loop.close(DEADLINE_S)
    assert set(dropped) == {"encoder_slow"}
    assert 4 <= dropped["encoder_slow"] <= 8
