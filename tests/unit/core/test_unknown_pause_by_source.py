"""What a source says of its own unknown pauses goes before the rules, call by call."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.capture_session import CaptureSession, SessionRules, UnknownPause
from deskreel.core.events import ON_UNKNOWN_PAUSE, CallEvent, EventKind
from deskreel.core.ids import CallId
from deskreel.core.time import WallTime, Window

K = EventKind
RULES = {one: SessionRules(on_unknown_pause=one, acw=False, silence_ms=10_000) for one in UnknownPause}


def event(at: int, kind: EventKind, call: str = "c1", **attributes: str) -> CallEvent:
    return CallEvent(
        event_id=f"{at}-{kind}-{call}",
        kind=kind,
        agent="1001",
        occurred_at=WallTime(at),
        received_at=WallTime(at),
        call_id=CallId(call),
        attributes=attributes,
    )


def found(call: str, said: UnknownPause | None) -> list[CallEvent]:
    """A call whose recording was found under way at 1000, and that ends at 9000."""
    about = {} if said is None else {ON_UNKNOWN_PAUSE: said.value}
    return [
        event(1000, K.CALL_ANSWERED, call),
        event(1000, K.RECORDING_STARTED, call, pause="unknown", **about),
        event(9000, K.CALL_ENDED, call),
    ]


def states(session: CaptureSession) -> list[tuple[str, int, int | None, str | None]]:
    return [
        (s.state.value, s.window.start, s.window.end, s.reason)
        for recording in session.at(WallTime(100_000)).recordings
        for s in recording.spans
    ]


@pytest.mark.parametrize("rule", UnknownPause)
@pytest.mark.parametrize("said", UnknownPause)
def test_the_source_goes_before_the_rules(rule: UnknownPause, said: UnknownPause) -> None:
    shown = "missing" if said is UnknownPause.PAUSE else "recorded"
    session = CaptureSession(rules=RULES[rule]).apply_all(found("c1", said))
    assert states(session) == [(shown, 1000, 9000, "pause_unknown")]


def test_of_two_calls_at_once_one_that_hides_is_enough() -> None:
    events = [*found("c1", UnknownPause.RECORD), *found("c2", UnknownPause.PAUSE)]
    session = CaptureSession(rules=RULES[UnknownPause.RECORD]).apply_all(events)
    assert states(session) == [("missing", 1000, 9000, "pause_unknown")]


@pytest.mark.parametrize("rule", UnknownPause)
@pytest.mark.parametrize("said", [None, *UnknownPause])
def test_a_lost_link_is_the_same_question(rule: UnknownPause, said: UnknownPause | None) -> None:
    about = {} if said is None else {ON_UNKNOWN_PAUSE: said.value}
    events = [event(1000, K.CALL_ANSWERED), event(1000, K.RECORDING_STARTED, **about)]
    lost = (Window(WallTime(5000), WallTime(30_000)),)
    session = CaptureSession(rules=RULES[rule], lost=lost).apply_all(events)
    recorded = (said or rule) is UnknownPause.RECORD
    hidden_from = 15_000 if recorded else 5000  # with `record` after the silence that the rules allow
    assert ("missing", hidden_from, 30_000, "telephony_lost") in states(session)


kinds = st.sampled_from(
    [K.CALL_ANSWERED, K.RECORDING_STARTED, K.RECORDING_PAUSED, K.RECORDING_RESUMED, K.CALL_ENDED]
)
steps = st.lists(
    st.tuples(st.integers(1000, 20_000), kinds, st.sampled_from(["c1", "c2"]), st.booleans()), max_size=12
)


@given(steps, st.sampled_from(UnknownPause), st.sampled_from(UnknownPause))
def test_every_source_saying_the_same_is_a_rule_that_says_it(
    drawn: list[tuple[int, EventKind, str, bool]], rule: UnknownPause, said: UnknownPause
) -> None:
    events = [event(at, kind, call, **({"pause": "unknown"} if new else {})) for at, kind, call, new in drawn]
    telling = [
        replace(one, attributes={**one.attributes, ON_UNKNOWN_PAUSE: said.value})
        if one.kind is K.RECORDING_STARTED
        else one
        for one in events
    ]
    own = CaptureSession(rules=RULES[rule]).apply_all(telling)
    plain = CaptureSession(rules=RULES[said]).apply_all(events)
    assert states(own) == states(plain)
