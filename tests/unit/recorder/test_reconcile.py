"""Desired against doing: the table, and that doing it once is enough."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from recorder_samples import OTHER, SCR, desired, keep, order

from deskreel.core.ids import ScreenRecordingId
from deskreel.core.messages import Desired, Phase
from deskreel.core.policy import CapturePolicy, MonitorMode
from deskreel.core.time import WallTime
from deskreel.recorder.control.reconcile import (
    Action,
    Adjust,
    Boundary,
    Close,
    Doing,
    Start,
    Stop,
    Wait,
    reconcile,
)
from deskreel.recorder.control.view import ServerView


def run(
    state: Desired | None,
    doing: Doing | None = None,
    *,
    now: int = 10_000,
    opened: set[ScreenRecordingId] | None = None,
) -> list[Action]:
    view = ServerView() if state is None else ServerView().with_desired(state)
    return list(reconcile(view, doing, now=WallTime(now), open_in_spool=opened or set()))


def doing(recording: ScreenRecordingId = SCR, *, boundary: int = 1, window_start: int = 1000) -> Doing:
    return Doing(
        recording=recording,
        boundary=boundary,
        policy=CapturePolicy(),
        window_start=WallTime(window_start),
    )


RECORDING = desired(keep((1000, None)), phase=Phase.RECORDING, order=order(), as_of=9000)
PAUSED = desired(keep((1000, 5000)), phase=Phase.PAUSED, order=order(), as_of=9000)
ENDED = desired(keep((1000, 6000), ended=True), phase=Phase.IDLE, as_of=9000)
RESUMED = desired(keep((1000, 5000), (7000, None)), phase=Phase.RECORDING, order=order(), as_of=9000)


def test_a_policy_that_changed_is_applied_to_what_goes_on() -> None:
    policy = CapturePolicy(monitors=MonitorMode.PRIMARY)
    changed = replace(RECORDING, policy=policy)
    assert run(changed, doing()) == [Adjust(policy=policy)]
    assert run(changed, replace(doing(), policy=policy)) == []


def test_nothing_is_done_before_the_server_spoke() -> None:
    assert run(None, opened={SCR}) == []


def test_start() -> None:
    assert run(RECORDING) == [Start(order=order(), window_start=WallTime(1000))]


def test_acw_goes_on() -> None:
    acw = desired(keep((1000, None)), phase=Phase.ACW, order=order(), as_of=9000)
    assert run(acw, doing()) == []


def test_capture_waits_for_its_window() -> None:
    assert run(RECORDING, now=999) == [Wait(until=WallTime(1000))]


def test_pause_stops_at_the_windows_end() -> None:
    assert run(PAUSED, doing()) == [Stop(recording=SCR, at=WallTime(5000))]
    assert run(PAUSED) == []


def test_the_end_stops_at_the_windows_end() -> None:
    assert run(ENDED, doing()) == [Stop(recording=SCR, at=WallTime(6000))]


def test_a_stop_without_a_known_end_is_as_of_the_state() -> None:
    assert run(desired(as_of=9000), doing()) == [Stop(recording=SCR, at=WallTime(9000))]


def test_a_boundary_is_cut_once() -> None:
    raised = desired(keep((1000, None)), phase=Phase.RECORDING, order=order(boundary=2))
    assert run(raised, doing()) == [Boundary(boundary=2)]
    assert run(raised, doing(boundary=2)) == []


def test_a_pause_that_was_not_heard_of_restarts_the_capture() -> None:
    assert run(RESUMED, doing()) == [
        Stop(recording=SCR, at=WallTime(5000)),
        Start(order=order(), window_start=WallTime(7000)),
    ]


def test_another_recording_takes_over() -> None:
    state = desired(
        keep((1000, 8000), ended=True),
        keep((8000, None), recording=OTHER),
        phase=Phase.RECORDING,
        order=order(OTHER),
        as_of=9000,
    )
    assert run(state, doing()) == [
        Stop(recording=SCR, at=WallTime(8000)),
        Start(order=order(OTHER), window_start=WallTime(8000)),
    ]


def test_what_a_killed_recorder_left_open_is_closed_unless_it_goes_on() -> None:
    assert run(ENDED, opened={SCR}) == [Close(recording=SCR, at=WallTime(6000))]
    assert run(PAUSED, opened={SCR}) == [Close(recording=SCR, at=WallTime(5000))]
    assert run(RECORDING, opened={SCR}) == [Start(order=order(), window_start=WallTime(1000))]
    assert run(RECORDING, doing(), opened={SCR}) == []


@st.composite
def states(draw: st.DrawFn) -> Desired:
    recording = draw(st.sampled_from([SCR, OTHER]))
    edges = sorted(draw(st.sets(st.integers(0, 9), min_size=1, max_size=5)))
    windows: list[tuple[int, int | None]] = list(zip(edges[::2], edges[1::2], strict=False))
    phase = draw(st.sampled_from(Phase))
    if len(edges) % 2:
        windows.append((edges[-1], None))
    state = desired(
        keep(*windows, recording=recording, ended=phase is Phase.IDLE),
        phase=phase,
        order=None if phase is Phase.IDLE else order(recording, boundary=draw(st.integers(0, 2))),
        as_of=draw(st.integers(0, 12)),
    )
    return replace(state, policy=CapturePolicy(max_fps=draw(st.integers(1, 3))))


@given(st.lists(states(), min_size=1, max_size=6), st.integers(9, 12))
def test_doing_what_it_says_leaves_nothing_to_do(sequence: list[Desired], now: int) -> None:
    at: Doing | None = None
    opened: set[ScreenRecordingId] = set()
    for state in sequence:
        for action in run(state, at, now=now, opened=opened):
            match action:
                case Start(order=wanted, window_start=window_start):
                    assert at is None, "one at a time"
                    at = Doing(
                        recording=wanted.screen_recording_id,
                        boundary=wanted.boundary,
                        policy=state.policy,
                        window_start=window_start,
                    )
                    opened.add(wanted.screen_recording_id)
                case Stop(recording=recording):
                    assert at is not None
                    assert at.recording == recording
                    at = None
                    opened.discard(recording)
                case Boundary(boundary=boundary):
                    assert at is not None
                    at = replace(at, boundary=boundary)
                case Adjust(policy=policy):
                    assert at is not None
                    at = replace(at, policy=policy)
                case Close(recording=recording):
                    opened.discard(recording)
                case Wait():
                    raise AssertionError("every window begins before now")
        assert run(state, at, now=now, opened=opened) == []
        capturing = state.phase in (Phase.RECORDING, Phase.ACW)
        assert (at is not None) == capturing
