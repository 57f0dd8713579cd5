"""What was heard is told by an element's own time, not by the speed that it was told."""

from __future__ import annotations

import pytest
from bench.review.heard import Heard
from bench.review.sync import errors_of
from hypothesis import given
from hypothesis import strategies as st

EVERY_MS = 16
BEGIN = 1_700_000_000_000
DETAILS = {"call_recording": {"starts_at": BEGIN}, "screen_recordings": []}


def readings(from_speed: float, to_speed: float, tail_ms: int) -> list[list[float]]:
    """One second at each speed; told at 1,000 ms, heard `tail_ms` later."""
    made = []
    for at in range(0, 2001, EVERY_MS):
        old = min(at, 1000 + tail_ms)
        media = old * from_speed + (at - old) * to_speed
        made.append([BEGIN + at, media, from_speed if at < 1000 else to_speed])
    return made


def frame(at: float, media: float, **other: object) -> dict[str, object]:
    shown = {
        "shown": BEGIN + at,
        "clock": BEGIN + media,
        "state": "playing",
        "playing": True,
        "seeking": False,
    }
    return {**shown, "late": 17, "rate": 1, "wall": BEGIN, **other}


@given(st.sampled_from([0.5, 1, 2, 3]), st.sampled_from([0.5, 1, 2, 3]), st.integers(0, 200))
def test_the_speed_is_that_of_the_sound(old: float, new: float, tail_ms: int) -> None:
    heard = Heard(readings(old, new, tail_ms))
    for at in range(100, 1900, 10):
        turned = at - 1000 - tail_ms
        if at < 1000 or turned < -40:
            assert heard.speed(BEGIN + at) == old
        elif turned > 40:
            assert heard.speed(BEGIN + at) == new


def test_a_frame_counts_at_the_moment_at_which_it_was_shown_in_the_time_of_who_hears_it() -> None:
    heard = Heard(readings(2, 0.5, 90))
    right_after = frame(
        1040, 2080 + 40
    )  # the picture is ahead by 40 ms of the recording, heard at double speed
    much_later = frame(1500, 2180 + 205 + 40)
    assert errors_of([right_after, much_later], heard, DETAILS) == [
        pytest.approx(-20),
        pytest.approx(-80, abs=1),
    ]


def test_without_sound_the_clock_that_leads_stands_for_it() -> None:
    silent = frame(500, 480, playing=False, wall=BEGIN + 500, rate=2, late=5)
    assert errors_of([silent], Heard([]), DETAILS) == [pytest.approx(5)]
    assert (
        errors_of([frame(500, 480, state="paused"), frame(500, 480, seeking=True)], Heard([]), DETAILS) == []
    )
