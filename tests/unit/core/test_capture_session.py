"""The rules of capture: by example for each rule, by property for order, duplicates and privacy."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.capture_session import (
    STOP_IS_END_MS,
    TRANSITIONS,
    CaptureSession,
    SessionRules,
    State,
    Trigger,
)
from deskreel.core.events import CallEvent, EventKind
from deskreel.core.ids import CallId
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime, Window
from deskreel.core.timeline import SpanState

K = EventKind
LATER = WallTime(10_000_000)


def event(at: int, kind: EventKind, call: str | None = "c1", **attributes: object) -> CallEvent:
    return CallEvent(
        event_id=f"{at}-{kind}-{call}",
        kind=kind,
        agent="1001",
        occurred_at=WallTime(at),
        received_at=WallTime(at),
        call_id=CallId(call) if call else None,
        attributes=attributes,
    )


def call(start: int, end: int, *middle: CallEvent, name: str = "c1") -> list[CallEvent]:
    return [
        event(start, K.CALL_ANSWERED, name),
        event(start, K.RECORDING_STARTED, name),
        *middle,
        event(end, K.RECORDING_STOPPED, name),
        event(end, K.CALL_ENDED, name),
    ]


def session(*events: CallEvent, **rules: object) -> CaptureSession:
    return CaptureSession(rules=SessionRules(**rules)).apply_all(events)  # type: ignore[arg-type]


def spans(given: CaptureSession, number: int = 0, now: int = LATER) -> list[tuple[str, int, int | None]]:
    recording = given.at(WallTime(now)).recordings[number]
    return [(span.state.value, span.window.start, span.window.end) for span in recording.spans]


def test_a_recorded_call_is_captured_from_answer_to_end() -> None:
    assert spans(session(*call(1000, 9000), acw=False)) == [("recorded", 1000, 9000)]


def test_capture_waits_for_both_answer_and_recording() -> None:
    events = [event(1000, K.RECORDING_STARTED), event(3000, K.CALL_ANSWERED), event(9000, K.CALL_ENDED)]
    assert spans(session(*events, acw=False)) == [("recorded", 3000, 9000)]


def test_a_call_that_is_not_recorded_is_not_captured() -> None:
    events = [event(1000, K.CALL_ANSWERED), event(9000, K.CALL_ENDED)]
    assert session(*events).at(LATER).recordings == ()


def test_pause_and_resume_follow_the_call_recording() -> None:
    events = call(1000, 9000, event(3000, K.RECORDING_PAUSED), event(5000, K.RECORDING_RESUMED))
    assert spans(session(*events, acw=False)) == [
        ("recorded", 1000, 3000),
        ("paused", 3000, 5000),
        ("recorded", 5000, 9000),
    ]


def test_the_agents_pause_and_the_telephonys_are_lifted_each_by_its_own() -> None:
    events = call(
        1000,
        9000,
        event(2000, K.RECORDING_PAUSED, by="agent"),
        event(3000, K.RECORDING_PAUSED),
        event(4000, K.RECORDING_RESUMED),
        event(5000, K.RECORDING_PAUSED, by="pbx"),
        event(6000, K.RECORDING_RESUMED, by="agent"),
        event(7000, K.RECORDING_RESUMED),
    )
    assert spans(session(*events, acw=False)) == [
        ("recorded", 1000, 2000),
        ("paused", 2000, 7000),
        ("recorded", 7000, 9000),
    ]


def test_with_two_calls_at_once_either_pause_pauses() -> None:
    events = [
        *call(1000, 9000, event(3000, K.RECORDING_PAUSED), event(6000, K.RECORDING_RESUMED)),
        *call(
            2000,
            8000,
            event(4000, K.RECORDING_PAUSED, "c2"),
            event(5000, K.RECORDING_RESUMED, "c2"),
            name="c2",
        ),
    ]
    assert spans(session(*events, acw=False)) == [
        ("recorded", 1000, 3000),
        ("paused", 3000, 6000),
        ("recorded", 6000, 9000),
    ]


def test_acw_goes_on_until_the_status_changes() -> None:
    events = [*call(1000, 9000), event(12_000, K.AGENT_STATUS, None, status="available")]
    assert spans(session(*events)) == [("recorded", 1000, 9000), ("acw", 9000, 12_000)]


def test_the_status_after_call_work_does_not_end_acw() -> None:
    events = [
        *call(1000, 9000),
        event(9001, K.AGENT_STATUS, None, status="after_call_work"),
        event(12_000, K.ACW_ENDED, None),
    ]
    assert spans(session(*events))[-1] == ("acw", 9000, 12_000)


def test_acw_ends_by_timeout() -> None:
    given_session = session(*call(1000, 9000), acw_timeout_ms=5000)
    assert given_session.at(WallTime(13_999)).deadline == 14_000
    assert given_session.at(WallTime(13_999)).state is State.ACW
    assert given_session.at(WallTime(14_000)).state is State.IDLE
    assert spans(given_session)[-1] == ("acw", 9000, 14_000)


def test_the_next_recorded_call_ends_acw_and_is_a_new_screen_recording() -> None:
    given_session = session(*call(1000, 9000), *call(11_000, 15_000, name="c2"), acw_timeout_ms=5000)
    assert spans(given_session, 0) == [("recorded", 1000, 9000), ("acw", 9000, 11_000)]
    assert spans(given_session, 1) == [("recorded", 11_000, 15_000), ("acw", 15_000, 20_000)]


def test_a_call_that_ends_while_paused_goes_on_in_acw() -> None:
    events = call(1000, 9000, event(3000, K.RECORDING_PAUSED))
    assert spans(session(*events, acw_timeout_ms=1000)) == [
        ("recorded", 1000, 3000),
        ("paused", 3000, 9000),
        ("acw", 9000, 10_000),
    ]


def test_a_recording_stopped_in_mid_call_resumes_in_the_same_screen_recording() -> None:
    events = call(1000, 9000, event(3000, K.RECORDING_STOPPED), event(5000, K.RECORDING_STARTED))
    given_session = session(*events, acw=False)
    assert len(given_session.at(LATER).recordings) == 1
    assert spans(given_session) == [
        ("recorded", 1000, 3000),
        ("paused", 3000, 5000),
        ("recorded", 5000, 9000),
    ]


def test_no_acw_after_a_call_whose_recording_was_stopped_long_before_its_end() -> None:
    events = [
        event(1000, K.CALL_ANSWERED),
        event(1000, K.RECORDING_STARTED),
        event(3000, K.RECORDING_STOPPED),
        event(60_000, K.CALL_ENDED),
    ]
    assert spans(session(*events)) == [("recorded", 1000, 3000), ("paused", 3000, 60_000)]


def test_a_transfer_ends_this_agents_part() -> None:
    events = [
        event(1000, K.CALL_ANSWERED),
        event(1000, K.RECORDING_STARTED),
        event(5000, K.CALL_TRANSFERRED),
        event(9000, K.CALL_ENDED),
    ]
    recording = session(*events, acw=False).at(LATER).recordings[0]
    assert recording.window == Window(WallTime(1000), WallTime(5000))
    assert recording.parts[0].window.end == 5000


def test_what_comes_after_a_calls_end_does_not_bring_it_back() -> None:
    events = [event(1000, K.CALL_ENDED), event(1050, K.CALL_ANSWERED), event(1050, K.RECORDING_STARTED)]
    assert session(*events).at(LATER).recordings == ()


def test_a_call_that_is_transferred_back_is_captured_again() -> None:
    events = [
        event(1000, K.CALL_ANSWERED),
        event(1000, K.RECORDING_STARTED),
        event(5000, K.CALL_TRANSFERRED),
        event(7000, K.CALL_ANSWERED),
        event(7000, K.RECORDING_STARTED),
        event(9000, K.CALL_ENDED),
    ]
    assert len(session(*events, acw=False).at(LATER).recordings) == 2


def test_maximum_length_ends_a_recording_and_says_so() -> None:
    given_session = session(*call(1000, 9000), max_length_ms=5000, acw=False)
    recording = given_session.at(LATER).recordings[0]
    assert recording.window.end == 6000
    assert recording.reason is ReasonCode.MAX_LENGTH
    assert given_session.at(WallTime(7000)).state is State.ENDED
    assert given_session.at(LATER).state is State.IDLE


def test_a_snapshot_ends_calls_that_the_telephony_no_longer_has() -> None:
    events = [
        event(1000, K.CALL_ANSWERED),
        event(1000, K.RECORDING_STARTED),
        event(5000, K.SNAPSHOT, None, calls=[]),
    ]
    recording = session(*events).at(LATER).recordings[0]
    assert recording.window.end == 5000
    assert recording.parts[0].reason is ReasonCode.TELEPHONY_LOST


def test_each_call_has_its_window_and_the_last_one_the_acw() -> None:
    events = [*call(1000, 6000), *call(2000, 9000, name="c2")]
    recording = session(*events, acw_timeout_ms=1000).at(LATER).recordings[0]
    assert recording.window_of(CallId("c1")) == Window(WallTime(1000), WallTime(6000))
    assert recording.window_of(CallId("c2")) == Window(WallTime(2000), WallTime(10_000))
    assert recording.window_of(CallId("c3")) is None


def test_a_late_pause_is_seen_as_soon_as_it_arrives() -> None:
    before = session(*call(1000, 9000)[:2])
    assert before.at(WallTime(4000)).state is State.RECORDING
    assert before.apply(event(3000, K.RECORDING_PAUSED)).at(WallTime(4000)).state is State.PAUSED


@pytest.mark.parametrize(("state", "trigger"), list(TRANSITIONS))
def test_every_transition_leads_somewhere_else(state: State, trigger: Trigger) -> None:
    assert TRANSITIONS[state, trigger] is not state


def test_every_state_can_be_left() -> None:
    assert {state for state, _ in TRANSITIONS} == set(State)


# --- properties ---------------------------------------------------------------------------------------------

_MIDDLE = st.sampled_from(
    [K.RECORDING_PAUSED, K.RECORDING_RESUMED, K.RECORDING_STOPPED, K.RECORDING_STARTED, K.CALL_HELD]
)


@st.composite
def histories(draw: st.DrawFn) -> list[CallEvent]:
    """One to three calls, overlapping or not, with pauses and stops, and status changes."""
    events: list[CallEvent] = []
    for number in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, 50_000))
        length = draw(st.integers(1, 40_000))
        times = draw(st.lists(st.integers(start, start + length), max_size=6))
        middle = [event(at, draw(_MIDDLE), f"c{number}") for at in times]
        events += call(start, start + length, *middle, name=f"c{number}")
    for at in draw(st.lists(st.integers(0, 120_000), max_size=3)):
        events.append(
            event(at, K.AGENT_STATUS, None, status=draw(st.sampled_from(["available", "after_call_work"])))
        )
    return list({e.event_id: e for e in events}.values())


@given(histories(), st.randoms(use_true_random=False))
def test_any_order_and_duplication_of_arrival_ends_in_the_same_timeline(
    history: list[CallEvent], rng: random.Random
) -> None:
    expected = session(*history).at(LATER)
    shuffled = history + rng.choices(history, k=len(history) // 2)
    rng.shuffle(shuffled)
    one_by_one = CaptureSession()
    for arriving in shuffled:
        one_by_one = one_by_one.apply(arriving)
    assert one_by_one.at(LATER) == expected


@given(histories())
def test_spans_are_disjoint_in_order_and_fill_the_recording(history: list[CallEvent]) -> None:
    for recording in session(*history).at(LATER).recordings:
        at = recording.window.start
        for span in recording.spans:
            assert span.window.start == at
            at = span.window.limit
        assert at == recording.window.limit


@given(histories())
def test_nothing_is_expected_while_a_recorded_call_is_paused(history: list[CallEvent]) -> None:
    """Checked against a plain second reading of the events, millisecond by changing millisecond."""
    view = session(*history).at(LATER)
    expected = [window for recording in view.recordings for window in recording.expected]
    ordered = sorted(history, key=lambda e: e.order)
    for index, (here, after) in enumerate(itertools.pairwise(ordered)):
        if here.occurred_at == after.occurred_at:
            continue
        if _paused_by(ordered[: index + 1]):
            assert not any(window.contains(here.occurred_at) for window in expected)


def _paused_by(events: list[CallEvent]) -> bool:
    flags: dict[str, dict[str, bool]] = {}
    for e in events:
        if e.call_id is None:
            continue
        call_flags = flags.setdefault(e.call_id, {"answered": False, "recording": False, "paused": False})
        match e.kind:
            case K.CALL_ANSWERED:
                call_flags["answered"] = True
            case K.RECORDING_STARTED:
                call_flags.update(recording=True, paused=False)
            case K.RECORDING_PAUSED:
                call_flags["paused"] = True
            case K.RECORDING_RESUMED:
                call_flags["paused"] = False
            case K.RECORDING_STOPPED:
                call_flags.update(recording=False, paused=False)
            case K.CALL_ENDED:
                del flags[e.call_id]
            case _:
                pass
    return any(all(call_flags.values()) for call_flags in flags.values())


@given(histories(), st.integers(0, 100_000))
def test_the_past_does_not_depend_on_when_one_asks(history: list[CallEvent], now: int) -> None:
    early = session(*history).at(WallTime(now))
    late = session(*history).at(LATER)
    for before, after in zip(early.recordings, late.recordings, strict=False):
        assert before.window.start == after.window.start
        settled = now - STOP_IS_END_MS  # what a stop in mid call means is known that much later
        closed = [span for span in before.spans if span.window.end is not None and span.window.end <= settled]
        assert list(after.spans[: len(closed)]) == closed


@given(histories())
def test_paused_spans_are_never_in_expected(history: list[CallEvent]) -> None:
    for recording in session(*history).at(LATER).recordings:
        paused = [span.window for span in recording.spans if span.state is SpanState.PAUSED]
        assert not any(p.intersect(w) for p in paused for w in recording.expected)
