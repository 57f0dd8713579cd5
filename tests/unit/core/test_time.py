"""Windows and clocks."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.time import (
    ClockSample,
    WallTime,
    Window,
    estimate_offset,
    intersect,
    merge,
    subtract,
    total_ms,
)

windows = st.lists(
    st.tuples(st.integers(0, 200), st.one_of(st.none(), st.integers(0, 60))).map(
        lambda pair: Window(WallTime(pair[0]), None if pair[1] is None else WallTime(pair[0] + pair[1]))
    ),
    max_size=6,
)


def instants(given_windows: tuple[Window, ...] | list[Window]) -> set[int]:
    return {at for at in range(300) if any(window.contains(WallTime(at)) for window in given_windows)}


@given(windows)
def test_merge_keeps_every_instant_and_makes_windows_disjoint(some: list[Window]) -> None:
    merged = merge(some)
    assert instants(merged) == instants(some)
    assert all(a.limit < b.start for a, b in itertools.pairwise(merged))


@given(windows, windows)
def test_subtract_and_intersect_are_set_operations(left: list[Window], right: list[Window]) -> None:
    assert instants(subtract(left, right)) == instants(left) - instants(right)
    assert instants(intersect(left, right)) == instants(left) & instants(right)


def test_slack_closes_small_gaps_only() -> None:
    pair = [Window(WallTime(0), WallTime(10)), Window(WallTime(12), WallTime(20))]
    assert total_ms(merge(pair, slack_ms=2)) == 20
    assert len(merge(pair, slack_ms=1)) == 2


def test_a_window_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="ends before"):
        Window(WallTime(5), WallTime(4))


@given(
    st.floats(-1e7, 1e7),
    st.lists(st.tuples(st.floats(0, 500), st.floats(0, 500)), min_size=1, max_size=20),
)
def test_the_truth_lies_within_the_uncertainty(offset: float, ways: list[tuple[float, float]]) -> None:
    """Whatever the delays of the ways there and back."""
    samples = [
        ClockSample(
            sent_ms=1000.0 * n, server_ms=1000.0 * n + there + offset, received_ms=1000.0 * n + there + back
        )
        for n, (there, back) in enumerate(ways)
    ]
    estimate = estimate_offset(samples)
    assert estimate is not None
    assert abs(estimate.offset_ms - offset) <= estimate.uncertainty_ms + 1e-3


def test_without_samples_there_is_no_offset() -> None:
    assert estimate_offset([]) is None
