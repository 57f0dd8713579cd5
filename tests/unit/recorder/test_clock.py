"""The server's time on a desktop whose clock is wrong, set, or asleep."""

from __future__ import annotations

from deskreel.core.time import ClockSample
from deskreel.recorder.control.clock import ServerClock


class Local:
    def __init__(self, ms: float = 1_000_000.0) -> None:
        self.ms = ms

    def __call__(self) -> float:
        return self.ms


def exchange(clock: ServerClock, local: Local, *, ahead_ms: float, there_ms: float, back_ms: float) -> None:
    sent = local.ms
    server = sent + there_ms + ahead_ms
    local.ms += there_ms + back_ms
    clock.add(ClockSample(sent_ms=sent, server_ms=server, received_ms=local.ms))


def test_the_local_clock_until_the_first_sample() -> None:
    clock = ServerClock(Local(1234.4))
    assert clock.offset() is None
    assert clock.now() == 1234


def test_the_shortest_exchange_counts() -> None:
    local = Local()
    clock = ServerClock(local)
    exchange(clock, local, ahead_ms=5000, there_ms=80, back_ms=20)
    exchange(clock, local, ahead_ms=5000, there_ms=2, back_ms=2)
    exchange(clock, local, ahead_ms=5000, there_ms=5, back_ms=70)
    offset = clock.offset()
    assert offset is not None
    assert (offset.offset_ms, offset.uncertainty_ms) == (5000, 2)
    assert clock.now() == local.ms + 5000


def test_small_corrections_never_turn_it_back() -> None:
    local = Local()
    clock = ServerClock(local)
    exchange(clock, local, ahead_ms=5060, there_ms=50, back_ms=50)
    before = clock.now()
    exchange(clock, local, ahead_ms=5000, there_ms=1, back_ms=1)
    readings = [before]
    for _ in range(100):
        local.ms += 1
        readings.append(clock.now())
    assert readings == sorted(readings)
    assert readings[-1] == local.ms + 5000


def test_the_first_sample_may_turn_it_back_by_hours() -> None:
    local = Local(10_000_000)
    clock = ServerClock(local)
    clock.now()
    exchange(clock, local, ahead_ms=-7_200_000, there_ms=1, back_ms=1)
    assert clock.now() == local.ms - 7_200_000


def test_a_clock_that_was_set_forgets_what_was_measured_before() -> None:
    local = Local()
    clock = ServerClock(local)
    exchange(clock, local, ahead_ms=5000, there_ms=1, back_ms=1)
    exchange(clock, local, ahead_ms=65_000, there_ms=30, back_ms=30)
    offset = clock.offset()
    assert offset is not None
    assert offset.offset_ms == 65_000


def test_samples_grow_old() -> None:
    local = Local()
    clock = ServerClock(local)
    exchange(clock, local, ahead_ms=5000, there_ms=1, back_ms=1)
    local.ms += 61_000
    exchange(clock, local, ahead_ms=5004, there_ms=10, back_ms=10)
    offset = clock.offset()
    assert offset is not None
    assert offset.offset_ms == 5004
