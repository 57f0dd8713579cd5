"""Settings that change while a session runs: what has begun keeps its limits, the past stays as it was."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.capture_session import CaptureSession, SessionRules
from deskreel.core.events import CallEvent, EventKind
from deskreel.core.ids import CallId
from deskreel.core.time import WallTime

END = WallTime(60_000)


def event(at: int, kind: EventKind) -> CallEvent:
    return CallEvent(
        event_id=f"{at}-{kind}",
        kind=kind,
        agent="1001",
        occurred_at=WallTime(at),
        received_at=WallTime(at),
        call_id=CallId("c1"),
        attributes={},
    )


CALL = (
    event(1000, EventKind.CALL_ANSWERED),
    event(1000, EventKind.RECORDING_STARTED),
    event(9000, EventKind.CALL_ENDED),
)


def spans(
    *later: tuple[int, SessionRules], first: SessionRules, now: int = END
) -> list[tuple[str, int, int | None]]:
    changes = tuple((WallTime(at), rules) for at, rules in later)
    session = CaptureSession(rules=first, later=changes).apply_all(CALL)
    view = session.at(WallTime(now))
    return [(s.state.value, s.window.start, s.window.end) for r in view.recordings for s in r.spans]


WITH_ACW, WITHOUT = SessionRules(acw_timeout_ms=10_000), SessionRules(acw=False)


def test_acw_switched_off_in_mid_call_holds_for_its_end() -> None:
    assert spans((5000, WITHOUT), first=WITH_ACW) == [("recorded", 1000, 9000)]


def test_acw_that_has_begun_ends_as_it_would_have() -> None:
    assert spans((12_000, WITHOUT), first=WITH_ACW) == [("recorded", 1000, 9000), ("acw", 9000, 19_000)]


def test_a_recording_keeps_the_longest_length_that_it_began_with() -> None:
    long, short = SessionRules(acw=False, max_length_ms=6000), SessionRules(acw=False, max_length_ms=500)
    assert spans((5000, short), first=long) == [("recorded", 1000, 7000)]


@given(at=st.integers(0, 30_000), now=st.integers(0, 60_000), acw=st.booleans())
def test_what_closed_before_a_change_stays(at: int, now: int, acw: bool) -> None:
    first = SessionRules(acw=acw, acw_timeout_ms=4000, max_length_ms=7000)
    other = SessionRules(acw=not acw, acw_timeout_ms=1, max_length_ms=1)
    before = [span for span in spans(first=first, now=at) if span[2] is not None and span[2] < at]
    after = spans((at, other), first=first, now=max(at, now))
    assert after[: len(before)] == before
