"""When the next live picture is encoded."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from deskreel.recorder.live.pace import (
    FPS,
    HEARTBEAT_S,
    KEYFRAME_EVERY_S,
    Pace,
    at_rate,
    due_s,
    keyframe_from_s,
    sent,
)


def test_the_first_picture_goes_at_once_and_a_small_one_does_not_hold_up_the_next() -> None:
    pace = Pace(kbps=500)
    assert due_s(pace, new=True, keyframe=True) == 0
    pace = sent(pace, 10.0, size=1000, cost_s=0.01, new=True, keyframe=True)
    assert 10.1 < due_s(pace, new=True, keyframe=False) < 10.2  # within a slot of 5 per second


def test_a_large_picture_is_waited_for() -> None:
    pace = sent(Pace(kbps=250), 10.0, size=40_000, cost_s=0.01, new=True, keyframe=True)  # 320 kbit
    assert 11.0 < due_s(pace, new=True, keyframe=False) < 11.28
    assert due_s(at_rate(pace, 1000), new=True, keyframe=False) < 10.3


def test_a_still_screen_is_made_sharp_and_then_only_kept_alive() -> None:
    pace = sent(Pace(kbps=2000), 0.0, size=3000, cost_s=0.01, new=True, keyframe=True)
    times = []
    for _ in range(15):
        now_s = due_s(pace, new=False, keyframe=False)
        times.append(now_s)
        pace = sent(pace, now_s, size=100, cost_s=0.01, new=False, keyframe=False)
    assert 9 <= sum(t < 2 for t in times) <= 10
    assert times[-1] - times[-2] == HEARTBEAT_S


def test_encoding_that_cannot_follow_takes_fewer_pictures_and_comes_back() -> None:
    pace = Pace(kbps=500)
    now_s = 100.0
    seen = []
    for _ in range(60):
        now_s = max(now_s + 0.01, due_s(pace, new=True, keyframe=False))
        pace = sent(pace, now_s, size=100, cost_s=0.3, new=True, keyframe=False)
        seen.append(pace.fps)
    assert seen[-1] == 1
    assert sorted(seen, reverse=True) == seen
    for _ in range(120):
        now_s = max(now_s + 0.01, due_s(pace, new=True, keyframe=False))
        pace = sent(pace, now_s, size=100, cost_s=0.005, new=True, keyframe=False)
    assert pace.fps == FPS[0]


@given(
    st.integers(80, 2000),
    st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(20, 60_000)), max_size=80),
)
def test_never_more_than_the_rate_nor_than_a_keyframe_a_second(
    kbps: int, story: list[tuple[bool, bool, int]]
) -> None:
    pace, now_s = Pace(kbps=kbps), 0.0
    keyframes: list[float] = []
    bits, largest = 0.0, 0.0
    for new, wanted, size in story:
        due = due_s(pace, new=new, keyframe=wanted)
        assert due <= now_s + max(HEARTBEAT_S, KEYFRAME_EVERY_S) + (largest + bits) / kbps + 1
        now_s = max(now_s, due)
        keyframe = wanted and now_s >= keyframe_from_s(pace)
        if keyframe:
            keyframes.append(now_s)
        pace = sent(pace, now_s, size=size, cost_s=0.01, new=new, keyframe=keyframe)
        bits += size * 8 / 1000
        largest = max(largest, size * 8 / 1000)
        assert bits <= kbps * (now_s + 0.13) + largest  # one picture ahead of the rate at most
    assert all(b - a > KEYFRAME_EVERY_S - 1e-6 for a, b in pairwise(keyframes))
