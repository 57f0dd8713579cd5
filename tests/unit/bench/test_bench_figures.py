"""Rows of results.json: goals, ratios, rounding, merging."""

from __future__ import annotations

import pytest
from bench.figures import Figure, merged, percentile, rounded


def figure(**changes: object) -> Figure:
    return Figure(**{"name": "put", "value": 200.0, "unit": "PUT/s", "runs": 3, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("goal", "value", "met"),
    [
        ("<= 300", 300, True),
        ("<= 300", 300.1, False),
        (">= 2.5", 2.5, True),
        ("< 1", 1, False),
        ("> -1", 0, True),
        ("== 0", 0, True),
        ("== 0", 1, False),
    ],
)
def test_a_goal_is_met_or_not(goal: str, value: float, met: bool) -> None:
    assert figure(value=value, goal=goal).met is met


def test_without_goal_and_peer_there_is_neither_verdict_nor_ratio() -> None:
    row = figure().row()
    assert (row["goal"], row["met"], row["peer"], row["peer_value"], row["ratio"]) == (None,) * 5


def test_a_goal_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ValueError, match="<= 300"):
        figure(goal="about 300")


def test_the_ratio_is_value_over_peer() -> None:
    assert figure(peer="nginx", peer_value=800).row()["ratio"] == 0.25
    assert figure(peer="nginx", peer_value=0).ratio is None


@pytest.mark.parametrize(
    ("value", "short"),
    [(None, None), (0, 0), (3.0, 3), (1234.5678, 1235), (0.123456, 0.1235), (12.3456, 12.35), (-0.5, -0.5)],
)
def test_four_digits_are_kept(value: float | None, short: float | None) -> None:
    assert rounded(value) == short


def test_percentiles_are_interpolated() -> None:
    assert percentile([4, 1, 3, 2], 50) == 2.5
    assert percentile([7], 95) == 7
    assert percentile([0, 10], 95) == pytest.approx(9.5)


def test_rows_of_benchmarks_that_did_not_run_stay() -> None:
    known = [
        {"name": "a", "benchmark": "one", "value": 1},
        {"name": "gone", "benchmark": "two", "value": 1},
        {"name": "b", "benchmark": "two", "value": 1},
    ]
    new = [{"name": "b", "benchmark": "two", "value": 2}, {"name": "c", "benchmark": "two", "value": 2}]
    assert [(row["name"], row["value"]) for row in merged(known, new, ["two"])] == [
        ("a", 1),
        ("b", 2),
        ("c", 2),
    ]
