"""The rules about what is known: a stop just before an end, an unknown pause, a lost link, an agent switched off.

By example, and by property against what may be shown.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.capture_session import (
    STOP_IS_END_MS,
    CaptureSession,
    SessionRules,
    State,
    UnknownPause,
)
from deskreel.core.events import CallEvent, EventKind
from deskreel.core.ids import CallId
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime, Window, intersect, subtract, total_ms
from deskreel.core.timeline import coverage

K = EventKind
LATER = WallTime(10_000_000)
RECORD = SessionRules(on_unknown_pause=UnknownPause.RECORD, silence_ms=10_000)
PAUSE = SessionRules()


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


def up(at: int = 1000, call: str = "c1") -> list[CallEvent]:
    return [event(at, K.CALL_ANSWERED, call), event(at, K.RECORDING_STARTED, call)]


def session(
    *events: CallEvent,
    rules: SessionRules = PAUSE,
    lost: list[tuple[int, int | None]] | None = None,
    enabled: list[tuple[int, int | None]] | None = None,
) -> CaptureSession:
    made = CaptureSession(rules=rules, lost=windows(lost or []))
    if enabled is not None:
        made = CaptureSession(rules=rules, lost=windows(lost or []), enabled=windows(enabled))
    return made.apply_all(events)


def windows(pairs: list[tuple[int, int | None]]) -> tuple[Window, ...]:
    return tuple(Window(WallTime(a), None if b is None else WallTime(b)) for a, b in pairs)


def spans(given_session: CaptureSession, now: int = LATER, number: int = 0) -> list[tuple[object, ...]]:
    recording = given_session.at(WallTime(now)).recordings[number]
    return [
        (s.state.value, s.window.start, s.window.end, *([s.reason.value] if s.reason else ()))
        for s in recording.spans
    ]


# --- a stop just before the end -------------------------------------------------------------------------------------


def test_a_stop_just_before_the_end_does_not_interrupt() -> None:
    events = [*up(), event(9000, K.RECORDING_STOPPED), event(9100, K.CALL_ENDED)]
    assert spans(session(*events)) == [("recorded", 1000, 9100), ("acw", 9100, 39_100)]
    stopped = session(*events[:-1])
    assert stopped.at(WallTime(9050)).state is State.RECORDING
    assert stopped.at(WallTime(9050)).deadline == 9000 + STOP_IS_END_MS


def test_a_stop_in_mid_call_counts_from_its_own_instant() -> None:
    given_session = session(*up(), event(3000, K.RECORDING_STOPPED))
    assert given_session.at(WallTime(4999)).state is State.RECORDING
    assert given_session.at(WallTime(5000)).state is State.STOPPED
    assert spans(given_session, 5000) == [("recorded", 1000, 3000), ("paused", 3000, None)]


def test_a_pause_hides_at_once_even_right_after_a_stop() -> None:
    """A stop is no pause; a pause that comes within its grace hides all the same."""
    events = [*up(), event(3000, K.RECORDING_STOPPED), event(3100, K.RECORDING_PAUSED)]
    assert session(*events).at(WallTime(3200)).state is State.PAUSED
    assert spans(session(*events, event(4000, K.CALL_ENDED)))[:2] == [
        ("recorded", 1000, 3100),
        ("paused", 3100, 4000),
    ]


def test_a_paused_recording_that_is_stopped_stays_hidden_until_the_end() -> None:
    events = [
        *up(),
        event(2000, K.RECORDING_PAUSED),
        event(9000, K.RECORDING_STOPPED),
        event(9500, K.CALL_ENDED),
    ]
    assert spans(session(*events)) == [
        ("recorded", 1000, 2000),
        ("paused", 2000, 9500),
        ("acw", 9500, 39_500),
    ]


def test_a_stop_and_a_start_within_the_grace_is_a_gap() -> None:
    events = [
        *up(),
        event(3000, K.RECORDING_STOPPED),
        event(4000, K.RECORDING_STARTED),
        event(9000, K.CALL_ENDED),
    ]
    assert spans(session(*events))[:3] == [
        ("recorded", 1000, 3000),
        ("paused", 3000, 4000),
        ("recorded", 4000, 9000),
    ]


# --- pauses that nobody knows of ------------------------------------------------------------------------------------


def found(at: int = 1000) -> list[CallEvent]:
    return [event(at, K.CALL_ANSWERED), event(at, K.RECORDING_STARTED, pause="unknown")]


def test_a_recording_found_under_way_is_withheld_until_its_pause_is_known() -> None:
    events = [*found(), event(4000, K.RECORDING_RESUMED), event(9000, K.CALL_ENDED)]
    assert spans(session(*events))[:2] == [
        ("missing", 1000, 4000, "pause_unknown"),
        ("recorded", 4000, 9000),
    ]


def test_or_recorded_with_a_word_about_it() -> None:
    events = [*found(), event(4000, K.RECORDING_RESUMED), event(9000, K.CALL_ENDED)]
    assert spans(session(*events, rules=RECORD))[:2] == [
        ("recorded", 1000, 4000, "pause_unknown"),
        ("recorded", 4000, 9000),
    ]


def test_what_was_known_to_be_paused_stays_hidden_under_either_rule() -> None:
    events = [*up(), event(2000, K.RECORDING_PAUSED), event(5000, K.RECORDING_STARTED, pause="unknown")]
    for rules in (PAUSE, RECORD):
        assert spans(session(*events, rules=rules), 9000) == [
            ("recorded", 1000, 2000),
            ("paused", 2000, None),
        ]


# --- a telephony that is away ---------------------------------------------------------------------------------------


def test_while_the_link_is_away_the_screen_is_withheld_at_once() -> None:
    given_session = session(*up(), lost=[(5000, None)])
    assert given_session.at(WallTime(5000)).state is State.WITHHELD
    assert spans(given_session, 8000) == [("recorded", 1000, 5000), ("missing", 5000, None, "telephony_lost")]


def test_or_after_a_while_if_it_is_to_be_recorded() -> None:
    given_session = session(*up(), rules=RECORD, lost=[(5000, None)])
    assert given_session.at(WallTime(14_999)).state is State.RECORDING
    assert given_session.at(WallTime(14_999)).deadline == 15_000
    assert spans(given_session, 20_000) == [
        ("recorded", 1000, 15_000),
        ("missing", 15_000, None, "telephony_lost"),
    ]


def test_after_the_link_is_back_the_pause_is_still_unknown() -> None:
    given_session = session(*up(), event(9000, K.RECORDING_RESUMED), lost=[(5000, 6000)])
    assert spans(given_session, 10_000) == [
        ("recorded", 1000, 5000),
        ("missing", 5000, 6000, "telephony_lost"),
        ("missing", 6000, 9000, "pause_unknown"),
        ("recorded", 9000, None),
    ]


def test_a_call_that_ended_while_the_link_was_away() -> None:
    given_session = session(*up(), event(6000, K.SNAPSHOT, None, calls=[]), lost=[(5000, 6000)])
    recording = given_session.at(LATER).recordings[0]
    assert recording.window.end == 6000
    assert recording.parts[0].reason is ReasonCode.TELEPHONY_LOST
    assert given_session.at(LATER).state is State.IDLE  # whether it is After Call Work, nobody knows


def test_after_call_work_outlives_a_lost_link_until_its_timeout() -> None:
    given_session = session(*up(), event(4000, K.CALL_ENDED), lost=[(5000, None)])
    assert spans(given_session) == [("recorded", 1000, 4000), ("acw", 4000, 34_000)]


def test_what_was_withheld_counts_as_missing_with_its_reason() -> None:
    recording = session(*up(), lost=[(5000, None)]).at(WallTime(8000)).recordings[0]
    figures = coverage(
        expected=recording.expected,
        captured=[Window(WallTime(1000), WallTime(5000))],
        incidents=(),
        now=WallTime(8000),
        default=ReasonCode.UNKNOWN,
        withheld=recording.withheld,
    )
    assert (figures.expected_ms, figures.captured_ms) == (7000, 4000)
    assert [(s.reason, s.window.duration_ms) for s in figures.missing] == [(ReasonCode.TELEPHONY_LOST, 3000)]


# --- agents who are switched off ------------------------------------------------------------------------------------


def test_switched_off_in_mid_call() -> None:
    given_session = session(*up(), event(9000, K.CALL_ENDED), enabled=[(0, 5000)])
    recording = given_session.at(LATER).recordings[0]
    assert recording.window == Window(WallTime(1000), WallTime(5000))
    assert recording.reason is ReasonCode.USER_DISABLED
    assert given_session.at(LATER).state is State.IDLE  # no After Call Work


def test_switched_on_in_mid_call() -> None:
    given_session = session(*up(), event(9000, K.CALL_ENDED), enabled=[(5000, None)])
    assert spans(given_session)[0] == ("recorded", 5000, 9000)
    recording = given_session.at(LATER).recordings[0]
    assert recording.parts[0].window.start == 5000


def test_off_and_on_again_are_two_screen_recordings() -> None:
    given_session = session(*up(), event(9000, K.CALL_ENDED), enabled=[(0, 3000), (5000, None)])
    assert spans(given_session, number=0) == [("recorded", 1000, 3000)]
    assert spans(given_session, number=1)[0] == ("recorded", 5000, 9000)


def test_off_ends_after_call_work() -> None:
    given_session = session(*up(), event(9000, K.CALL_ENDED), enabled=[(0, 12_000)])
    assert spans(given_session)[-1] == ("acw", 9000, 12_000)


def test_never_switched_on() -> None:
    assert session(*up(), enabled=[]).at(LATER).recordings == ()


# --- properties -----------------------------------------------------------------------------------------------------

_BOUNDS = st.lists(st.integers(0, 60_000), max_size=6, unique=True).map(sorted)


@st.composite
def stretches(draw: st.DrawFn) -> list[tuple[int, int | None]]:
    bounds = draw(_BOUNDS)
    return [(a, b) for a, b in zip(bounds[::2], bounds[1::2], strict=False)]


@st.composite
def calls(draw: st.DrawFn) -> list[CallEvent]:
    out: list[CallEvent] = []
    for number in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, 40_000))
        times = sorted(draw(st.lists(st.integers(start, start + 20_000), max_size=5)))
        kinds = st.sampled_from(
            [K.RECORDING_PAUSED, K.RECORDING_RESUMED, K.RECORDING_STOPPED, K.RECORDING_STARTED]
        )
        out += [*up(start, f"c{number}"), *(event(at, draw(kinds), f"c{number}") for at in times)]
        if draw(st.booleans()):
            out.append(event(start + 20_001, K.CALL_ENDED, f"c{number}"))
    return list({known.event_id: known for known in out}.values())


@given(calls(), stretches(), stretches())
def test_nothing_is_shown_of_an_agent_who_is_switched_off(
    history: list[CallEvent], enabled: list[tuple[int, int | None]], lost: list[tuple[int, int | None]]
) -> None:
    view = session(*history, enabled=enabled, lost=lost).at(LATER)
    shown = [window for recording in view.recordings for window in recording.expected]
    assert total_ms(shown) == total_ms(intersect(shown, windows(enabled)))


@given(calls(), stretches())
def test_of_a_call_nothing_is_shown_while_the_link_is_away(
    history: list[CallEvent], lost: list[tuple[int, int | None]]
) -> None:
    view = session(*history, lost=lost, rules=SessionRules(acw=False)).at(LATER)
    shown = [window for recording in view.recordings for window in recording.expected]
    assert intersect(shown, windows(lost)) == ()


@given(calls(), stretches(), stretches(), st.integers(0, 70_000))
def test_spans_fill_each_recording_and_hidden_ones_have_a_reason(
    history: list[CallEvent],
    enabled: list[tuple[int, int | None]],
    lost: list[tuple[int, int | None]],
    now: int,
) -> None:
    for rules in (PAUSE, RECORD):
        view = session(*history, enabled=enabled, lost=lost, rules=rules).at(WallTime(now))
        assert view.deadline is None or view.deadline > now
        for recording in view.recordings:
            at = recording.window.start
            for span in recording.spans:
                assert span.window.start == at
                at = span.window.limit
            assert at == recording.window.limit
            assert all(span.reason is not None for span in recording.withheld)


@given(calls(), stretches())
def test_a_lost_link_never_shows_more(history: list[CallEvent], lost: list[tuple[int, int | None]]) -> None:
    rules = SessionRules(acw=False)
    with_link = session(*history, rules=rules).at(LATER)
    without = session(*history, rules=rules, lost=lost).at(LATER)
    may = [window for recording in with_link.recordings for window in recording.expected]
    shown = [window for recording in without.recordings for window in recording.expected]
    assert subtract(shown, may) == ()
