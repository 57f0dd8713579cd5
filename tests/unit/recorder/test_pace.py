"""The rate limit and the measured rate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.recorder.upload.pace import RateMeter, TokenBucket, Transfer, busy_time_s, eta_s

sizes = st.lists(st.integers(1, 400_000), min_size=1, max_size=60)


@given(sizes, st.integers(50, 10_000), st.floats(0, 5))
def test_over_any_stretch_no_more_than_the_limit_goes(chunks: list[int], kbps: int, idle_s: float) -> None:
    bucket, now_s, sent = TokenBucket.full(kbps, 0.0), idle_s, 0
    begin_s = now_s
    for size in chunks:
        now_s += bucket.wait_s(now_s)
        assert bucket.wait_s(now_s) == pytest.approx(0.0, abs=1e-6)
        bucket = bucket.taken(size, now_s)
        sent += size
        # a second's worth at once at the begin, and the last chunk that went into debt
        assert sent - size <= kbps * 125 * (now_s - begin_s + 1.0) + 1


@given(sizes, st.integers(50, 10_000))
def test_all_of_the_limit_is_used(chunks: list[int], kbps: int) -> None:
    bucket, now_s = TokenBucket.full(kbps, 0.0), 0.0
    for size in chunks:
        now_s += bucket.wait_s(now_s)
        bucket = bucket.taken(size, now_s)
    assert now_s <= sum(chunks[:-1]) / (kbps * 125) + 1e-6


def test_a_clock_that_stands_still_gives_nothing() -> None:
    bucket = TokenBucket.full(100, 10.0).taken(12_500 + 1250, 10.0)
    assert bucket.wait_s(10.0) == pytest.approx(0.1)
    assert bucket.wait_s(5.0) == pytest.approx(0.1)
    assert bucket.wait_s(10.1) == pytest.approx(0.0)


def transfer(begun_s: float, ended_s: float, size: int = 125_000) -> Transfer:
    return Transfer(begun_s=begun_s, ended_s=ended_s, size=size)


def test_the_rate_is_that_of_the_time_in_which_something_was_sent() -> None:
    meter = RateMeter()
    assert meter.kbps is None
    meter.add(transfer(0, 1))
    assert meter.kbps == pytest.approx(1000)
    meter.add(transfer(0, 1))  # beside the other
    assert meter.kbps == pytest.approx(2000)
    meter.add(transfer(30, 32))  # half as fast, after a pause
    assert meter.kbps == pytest.approx(1000)
    meter.add(transfer(95, 96))  # the ones of a minute ago are forgotten
    assert meter.kbps == pytest.approx(1000)
    assert busy_time_s([transfer(0, 4), transfer(1, 2), transfer(3, 6)]) == 6


def test_the_time_that_is_left() -> None:
    assert eta_s(0, None, None) == 0
    assert eta_s(125_000, None, 500) is None
    assert eta_s(125_000, 1000, None) == 1
    assert eta_s(125_000, 1000, 250) == 4
    assert eta_s(125_000, 1000, 5000) == 1
