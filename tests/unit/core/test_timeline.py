"""Coverage: every missing millisecond has a reason."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.chunk import Incident
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime, Window, intersect, merge, subtract, total_ms
from deskreel.core.timeline import JOIN_MS, Span, SpanState, coverage, with_missing

NOW = WallTime(1_000_000)


def window(start: int, end: int) -> Window:
    return Window(WallTime(start), WallTime(end))


def test_all_captured() -> None:
    figures = coverage(
        expected=[window(0, 4000)],
        captured=[window(0, 2000), window(2000, 4000)],
        incidents=[],
        now=NOW,
        default=ReasonCode.UNKNOWN,
    )
    assert (figures.ratio, figures.missing) == (1.0, ())


def test_the_first_moment_is_start_delay_and_a_hole_takes_its_incidents_reason() -> None:
    figures = coverage(
        expected=[window(0, 10_000)],
        captured=[window(80, 2000), window(6000, 10_000)],
        incidents=[Incident(window=window(2000, 6000), reason="recorder_killed")],
        now=NOW,
        default=ReasonCode.UNKNOWN,
    )
    assert [(s.window.start, s.window.end, s.reason) for s in figures.missing] == [
        (0, 80, ReasonCode.START_DELAY),
        (2000, 6000, ReasonCode.RECORDER_KILLED),
    ]
    assert figures.captured_ms == 5920


def test_an_unknown_reason_from_a_newer_recorder_does_not_break_anything() -> None:
    figures = coverage(
        expected=[window(0, 5000)],
        captured=[],
        incidents=[Incident(window=window(0, 5000), reason="eaten_by_dog")],
        now=NOW,
        default=ReasonCode.NOT_UPLOADED,
    )
    assert [s.reason for s in figures.missing] == [ReasonCode.UNKNOWN]


def test_what_is_still_open_counts_until_now() -> None:
    figures = coverage(
        expected=[Window(WallTime(0))],
        captured=[],
        incidents=[],
        now=WallTime(9000),
        default=ReasonCode.NOT_UPLOADED,
    )
    assert figures.expected_ms == 9000


def test_every_reason_has_advice() -> None:
    assert all(reason.advice.endswith(".") for reason in ReasonCode)


some_windows = st.lists(
    st.tuples(st.integers(0, 500), st.integers(1, 200)).map(lambda p: window(p[0], p[0] + p[1])), max_size=4
).map(merge)


@given(some_windows, some_windows, some_windows)
def test_expected_is_captured_or_missing_and_never_both(
    expected: tuple[Window, ...], captured: tuple[Window, ...], explained: tuple[Window, ...]
) -> None:
    figures = coverage(
        expected=expected,
        captured=captured,
        incidents=[Incident(window=w, reason="no_display") for w in explained],
        now=NOW,
        default=ReasonCode.UNKNOWN,
    )
    missing = [span.window for span in figures.missing]
    have = merge(captured, slack_ms=JOIN_MS)
    assert merge(missing) == subtract(expected, have)
    assert total_ms(missing) == total_ms(merge(missing))  # no stretch is listed twice
    assert figures.captured_ms + total_ms(missing) == figures.expected_ms
    for span in figures.missing:
        if intersect([span.window], explained):
            assert span.reason is ReasonCode.NO_DISPLAY


@given(some_windows, some_windows)
def test_shown_spans_never_overlap(recorded: tuple[Window, ...], missing: tuple[Window, ...]) -> None:
    spans = [Span(state=SpanState.RECORDED, window=w) for w in recorded]
    holes = [Span(state=SpanState.MISSING, window=w) for w in intersect(recorded, missing)]
    shown = with_missing(spans, holes)
    assert total_ms(s.window for s in shown) == total_ms(recorded)
    assert all(a.window.limit <= b.window.start for a, b in itertools.pairwise(shown))
