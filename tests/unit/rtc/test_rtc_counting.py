"""What an incoming stream amounts to: jitter over a wrap of its time, losses, and the share since the last report."""

from __future__ import annotations

import random

from aiortc.rtp import clamp_packets_lost
from hypothesis import given
from hypothesis import strategies as st

from deskreel.rtc.counting import Counted


def test_a_wrap_of_the_streams_time_is_no_jitter() -> None:
    counted, origin = Counted(), (1 << 32) - 90_000
    for number in range(40):
        counted.add((65_530 + number) & 0xFFFF, (origin + number * 18_000) & 0xFFFFFFFF, number * 200.0)
        assert counted.jitter == 0
    assert (counted.lost, counted.highest) == (0, 65_530 + 39)


def test_jitter_is_about_how_far_packets_stray() -> None:
    counted, chance = Counted(), random.Random(1)
    for number in range(400):
        counted.add(number, number * 9000, number * 100 + chance.choice([-10.0, 10.0]))
    assert 5 < counted.jitter / 90 < 20  # ms


def test_packets_of_one_picture_do_not_count_as_jitter() -> None:
    counted = Counted()
    for number in range(100):
        counted.add(number, number // 10 * 9000, number // 10 * 100 + number % 10 * 5.0)
    assert counted.jitter == 0


@given(st.integers(0, 65_535), st.lists(st.booleans(), min_size=2, max_size=300), st.integers(0, 2**32))
def test_lost_is_what_did_not_come(first: int, comes: list[bool], seed: int) -> None:
    numbers = [n for n, there in enumerate([True, *comes, True]) if there]
    middle = numbers[1:-1]
    random.Random(seed).shuffle(middle)
    counted = Counted()
    for number in [0, *middle, numbers[-1]]:
        counted.add((first + number) & 0xFFFF, 0, 0)
    missing = len(comes) + 2 - len(numbers)
    assert counted.lost == missing
    assert counted.take_fraction() == missing * 256 // (len(comes) + 2)
    assert counted.take_fraction() == 0
    assert counted.highest == first + numbers[-1]


def test_what_comes_twice_counts_below_zero_and_fits_into_its_24_bits() -> None:
    counted = Counted()
    for number in (7, 8, 8, 8):
        counted.add(number, 0, 0)
    assert counted.lost == clamp_packets_lost(-2) == -2
    assert counted.take_fraction() == 0
