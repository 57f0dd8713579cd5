"""Why a run stood still: by the clocks that count sleep and those that do not."""

from __future__ import annotations

import time

import pytest

from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime
from deskreel.recorder.capture import run_clock
from deskreel.recorder.capture.run_clock import RunClock, StalledError

STALL_MS = 5_000


class Server:
    def __init__(self) -> None:
        self.ahead_ms = 0

    def now(self) -> WallTime:
        return WallTime(1_000_000 + self.ahead_ms)


def test_time_goes_on_by_the_monotonic_clock():
    clock = RunClock(Server(), not_before=0, stall_ms=STALL_MS)
    now = time.monotonic()
    assert clock.tick(now + 2) - clock.tick(now + 1) == pytest.approx(1000, abs=1)


def test_a_loop_that_stood_still_is_told_as_suspended():
    clock = RunClock(Server(), not_before=0, stall_ms=STALL_MS)
    with pytest.raises(StalledError) as stalled:
        clock.tick(time.monotonic() + 6)
    assert stalled.value.reason is ReasonCode.SUSPENDED


@pytest.mark.parametrize(("slept_s", "reason"), [(3600.0, ReasonCode.SUSPENDED), (0.0, ReasonCode.UNKNOWN)])
def test_a_server_far_ahead_means_sleep_only_if_the_machine_slept(
    monkeypatch: pytest.MonkeyPatch, slept_s: float, reason: ReasonCode
):
    server = Server()
    clock = RunClock(server, not_before=0, stall_ms=STALL_MS)
    before = run_clock._slept_s()
    monkeypatch.setattr(run_clock, "_slept_s", lambda: before + slept_s)
    server.ahead_ms = 3_600_000
    with pytest.raises(StalledError) as stalled:
        clock.tick(time.monotonic())
    assert stalled.value.reason is reason
