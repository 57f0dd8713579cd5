"""From looks at a screen and pieces of sound to how late each picture was: with a lateness that is known."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from bench.review.outside import Taken, exactness, figures_of
from bench.review.outside_capture import SOUND_HZ
from bench.review.outside_figures import (
    BEEP_EVERY_MS,
    BEEP_HZ,
    BEEP_MS,
    Beep,
    Frame,
    SoundClock,
    beeps_of,
    bent,
    frames_of,
    lateness,
    lines_of,
    runs_of,
)
from bench.review.outside_stage import place_of, write_pitched_beeps
from hypothesis import given, settings
from hypothesis import strategies as st

from support.clock_media import picture_of

WIDTH, HEIGHT = 800, 450
WALL = 1_700_000_000_000  # a whole second
BEGIN_NS = 5_000_000_000


def taken(late: list[float], *bent_by: float) -> Taken:
    return Taken(late=late, bent=list(bent_by), doubt=[2.0, 4.0], wander=0.5, looks_per_s=55)


def beeps(first_ms: int, last_ms: int, *, at_ms: float, speed: float = 1) -> list[Beep]:
    """Those whose begin is between two places of the recording; the first place is heard at `at_ms`."""
    return [
        Beep(
            at_ms=at_ms + (place + BEEP_MS / 2 - first_ms) / speed,
            length_ms=BEEP_MS / speed,
            hz=BEEP_HZ[place // BEEP_EVERY_MS % 2],
        )
        for place in range(first_ms, last_ms, BEEP_EVERY_MS)
    ]


def frames(first_ms: int, last_ms: int, *, at_ms: float, speed: float = 1) -> list[Frame]:
    return [
        Frame(at_ms=at_ms + (place - first_ms) / speed, clock_ms=WALL + place, doubt_ms=2)
        for place in range(first_ms, last_ms, 100)
    ]


@given(late=st.integers(-200, 200), speed=st.sampled_from([0.5, 1, 1.5, 2, 3]), first=st.integers(0, 100))
def test_a_picture_that_is_late_is_found_to_be_so_late(late: int, speed: float, first: int) -> None:
    place = first * BEEP_EVERY_MS
    seen = frames(place, place + 6000, at_ms=1000 + late, speed=speed)
    heard = beeps(place, place + 6000, at_ms=1000, speed=speed)
    if abs(late * speed) > 400:
        return  # as far apart as half a second of the recording: cannot be told
    found = lateness(seen, runs_of(heard, seen, speed), speed)
    assert len(found) == len(seen) - 1  # the first one was not played to
    assert found == pytest.approx([late] * len(found), abs=0.01)


def test_what_was_jumped_to_does_not_count_and_each_run_has_its_own_sound() -> None:
    seen = [*frames(0, 3000, at_ms=1000), *frames(9000, 12_000, at_ms=4100 + 40)]
    heard = [*beeps(0, 3000, at_ms=1000), *beeps(9000, 12_000, at_ms=4100)]
    found = lateness(seen, runs_of(heard, seen, 1), 1)
    assert found == pytest.approx([0] * 29 + [40] * 29)


def test_what_is_seen_between_a_pause_and_the_first_beep_after_it_is_not_held_against_the_sound_before() -> (
    None
):
    seen = [*frames(0, 1400, at_ms=1000), *frames(1400, 4000, at_ms=1000 + 1400 + 700)]
    heard = [*beeps(0, 1100, at_ms=1000), *beeps(2500, 4000, at_ms=1000 + 2500 + 700)]
    found = lateness(seen, runs_of(heard, seen, 1), 1)
    assert found == pytest.approx([0] * 31)  # the others are too far from any beep


def test_a_hole_in_the_sound_makes_the_pictures_in_it_early() -> None:
    seen = frames(0, 4000, at_ms=1000)
    heard = [*beeps(0, 2000, at_ms=1000), *beeps(2000, 4000, at_ms=3000 + 120)]
    found = lateness(seen, runs_of(heard, seen, 1), 1)
    assert found[:14] == pytest.approx([0] * 14)
    assert found[-10:] == pytest.approx([-120] * 10)


def test_a_beep_that_was_cut_tells_nothing() -> None:
    seen = frames(0, 3000, at_ms=1000)
    heard = beeps(0, 3000, at_ms=1000)
    heard[3] = Beep(at_ms=heard[3].at_ms - 20, length_ms=60, hz=heard[3].hz)
    assert lateness(seen, runs_of(heard, seen, 1), 1) == pytest.approx([0] * 29)


def test_silence_gives_nothing() -> None:
    assert lateness(frames(0, 3000, at_ms=0), [], 1) == []
    clock = SoundClock(np.array([[BEGIN_NS, 480], [BEGIN_NS + 10_000_000, 960]]))
    assert beeps_of(np.zeros(960, np.int16), clock) == []
    with pytest.raises(RuntimeError, match="nothing was measured"):
        figures_of("play", taken([]), taken([1.0]), pitch=False)


@settings(max_examples=20)
@given(hz=st.sampled_from([500, 1000, 1250, 2000]), begin=st.integers(20, 300), length=st.integers(25, 120))
def test_a_beep_is_heard_where_it_is_at_its_pitch(hz: int, begin: int, length: int) -> None:
    at = np.arange(SOUND_HZ // 2)
    inside = (at >= begin * SOUND_HZ // 1000) & (at < (begin + length) * SOUND_HZ // 1000)
    samples = np.where(inside, 20_000 * np.sin(2 * np.pi * hz * at / SOUND_HZ), 0).astype(np.int16)
    counts = np.arange(480, len(at) + 1, 480)
    late = np.where(np.arange(len(counts)) % 3 == 1, 0, 30_000_000)  # most pieces are read 30 ms too late
    clock = SoundClock(np.column_stack((BEGIN_NS + counts * 1_000_000_000 // SOUND_HZ + late, counts)))
    (beep,) = beeps_of(samples, clock)
    assert beep.at_ms == pytest.approx(BEGIN_NS / 1e6 + begin + length / 2, abs=2)
    assert beep.length_ms == pytest.approx(length, abs=4)
    assert beep.hz == pytest.approx(hz, rel=0.02)


def test_a_bent_pitch_is_far_from_both() -> None:
    for speed in (0.5, 1.5, 2):
        assert min(bent([Beep(at_ms=0, length_ms=30, hz=hz * speed) for hz in BEEP_HZ])) > 15
    assert bent([Beep(at_ms=0, length_ms=30, hz=1000)]) == [0]


def _line(place: int) -> np.ndarray:
    picture = picture_of(WALL + place, (WIDTH, HEIGHT))
    first, second = lines_of(WIDTH, HEIGHT)
    return np.concatenate((picture[first], picture[second]))


def test_frames_are_read_from_two_lines_and_torn_looks_are_passed_over() -> None:
    torn = np.concatenate((_line(100)[:WIDTH], _line(9_777_777)[WIDTH:]))
    looks = np.array([[0, 4], [100, 104], [104, 108], [200, 210]]) * 1_000_000
    found = frames_of(looks, np.array([_line(0), torn, _line(100), _line(100)]))
    assert [(one.clock_ms - WALL, one.at_ms, one.doubt_ms) for one in found] == [(0, 2, 2), (100, 104, 4)]


def test_a_picture_is_found_on_the_screen() -> None:
    screen = np.full((700, 1100), 90, np.uint8)
    screen[207 : 207 + HEIGHT, 131 : 131 + WIDTH] = picture_of(WALL, (WIDTH, HEIGHT))[:HEIGHT]
    found = place_of(screen, (120, 80, WIDTH, HEIGHT))
    assert found is not None
    assert abs(found[0] - 131) <= 5
    assert abs(found[1] - 207) <= 8
    assert place_of(np.full((700, 1100), 90, np.uint8), (120, 80, WIDTH, HEIGHT)) is None
    with pytest.raises(ValueError, match="too small"):
        lines_of(300, 170)


def test_the_sound_that_is_delivered_beeps_where_it_should(tmp_path: Path) -> None:
    write_pitched_beeps(tmp_path / "a.wav", 3)
    with wave.open(str(tmp_path / "a.wav")) as read:
        assert (read.getnchannels(), read.getnframes()) == (2, 3 * read.getframerate())
        samples = np.frombuffer(read.readframes(read.getnframes()), "<i2")[::2]
    as_heard = np.repeat(samples, SOUND_HZ // 8000)
    counts = np.arange(480, len(as_heard) + 1, 480)
    clock = SoundClock(np.column_stack((counts * 1_000_000_000 // SOUND_HZ, counts)))
    found = beeps_of(as_heard, clock)
    assert [one.at_ms for one in found] == pytest.approx([50 + 500 * n for n in range(6)], abs=2)
    assert [one.hz for one in found] == pytest.approx([1000, 1250] * 3, rel=0.02)


def test_rows_have_the_peer_beside_them_and_the_sign_is_kept() -> None:
    rows = figures_of("speed_2", taken([-60, -20, -10], 1, 2), taken([-20, -30], 0), pitch=True)
    rows += exactness([taken([1]), taken([2])])
    by_name = {row.name: row for row in rows}
    assert (by_name["outside_speed_2_shift"].value, by_name["outside_speed_2_shift"].peer_value) == (-20, -25)
    assert (by_name["outside_speed_2_max"].value, by_name["outside_speed_2_max"].peer_value) == (60, 30)
    assert by_name["outside_speed_2_p95"].met is False
    assert by_name["outside_speed_2_pitch"].met is True
    assert by_name["outside_screen_doubt_p95"].value == 4
    assert by_name["outside_sound_doubt"].value == 0.5
    assert by_name["outside_looks"].met is False
