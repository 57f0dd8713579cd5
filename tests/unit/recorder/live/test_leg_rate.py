"""The rate of a live view: over simulated ways, and what must hold whatever is reported."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.recorder.live.rate import CEILING_KBPS, FLOOR_KBPS, START_KBPS, Rate, after, with_ceiling
from deskreel.rtc.port import SendStats

PACKET = 1200  # bytes


@dataclass
class Way:
    """A link of a given rate with a queue of 400 ms in front of it; all that is sent is reported after 1 s."""

    cap_kbps: float
    loss: float = 0.0  # share, by chance
    base_ms: float = 40.0
    rng: random.Random = field(default_factory=lambda: random.Random(5))
    sent: int = 0
    lost: int = 0
    queued_ms: float = 0.0

    def second(self, kbps: float) -> SendStats:
        packets = max(1, round(kbps * 1000 / 8 / PACKET))
        overflow = 0.0
        self.queued_ms += (kbps - self.cap_kbps) / self.cap_kbps * 1000
        if self.queued_ms > 400:
            overflow, self.queued_ms = (self.queued_ms - 400) / 1000 * self.cap_kbps / kbps, 400
        self.queued_ms = max(0.0, self.queued_ms)
        dropped = sum(self.rng.random() < max(self.loss, overflow) for _ in range(packets))
        self.sent += packets
        self.lost += dropped
        return SendStats(
            report_age_s=0.3,
            packets=self.sent,
            lost=self.lost,
            loss_percent=100 * dropped / packets,
            jitter_ms=2.0,
            rtt_ms=self.base_ms + self.queued_ms,
            sent_bytes=self.sent * PACKET,
        )


def run(way: Way, seconds: int, rate: Rate | None = None, used: float = 1.0) -> list[int]:
    rate = rate or Rate()
    seen: list[int] = []
    for second in range(seconds):
        rate = after(rate, way.second(rate.kbps * used), float(second))
        seen.append(rate.kbps)
    return seen


def test_on_a_wide_way_it_rises_to_the_ceiling_and_stays() -> None:
    seen = run(Way(cap_kbps=20_000), 60)
    assert seen[0] == START_KBPS
    assert seen[-1] == CEILING_KBPS
    assert seen == sorted(seen)


@pytest.mark.parametrize("cap", [150, 300, 500, 1000])
def test_on_a_narrow_way_it_finds_the_cap_and_leaves_no_queue_standing(cap: int) -> None:
    way = Way(cap_kbps=cap)
    seen = run(way, 120)
    settled = seen[20:]
    assert max(settled) < cap * 1.35
    assert sum(settled) / len(settled) > cap * 0.55
    # in the long run nothing is lost to a queue that is full
    lost, sent = way.lost, way.sent
    run(way, 60, Rate(kbps=seen[-1]))
    assert (way.lost - lost) / (way.sent - sent) < 0.10


def test_plain_random_loss_of_ten_percent_does_not_bring_it_down() -> None:
    seen = run(Way(cap_kbps=20_000, loss=0.10), 60)
    assert min(seen) >= START_KBPS * 0.65
    assert seen[-1] >= START_KBPS


def test_heavy_loss_brings_it_to_the_floor() -> None:
    assert run(Way(cap_kbps=20_000, loss=0.4), 60)[-1] == FLOOR_KBPS


def test_who_sends_little_learns_nothing_and_does_not_rise() -> None:
    assert max(run(Way(cap_kbps=20_000), 60, used=0.2)) == START_KBPS


def test_after_a_bad_time_it_comes_back() -> None:
    rate = Rate()
    bad, good = Way(cap_kbps=100), Way(cap_kbps=5000)
    for second in range(30):
        rate = after(rate, bad.second(rate.kbps), float(second))
    low = rate.kbps
    good.sent, good.lost = bad.sent, bad.lost
    for second in range(30, 75):
        rate = after(rate, good.second(rate.kbps), float(second))
    assert low < 150
    assert rate.kbps > 800


def test_the_policys_cap_is_the_ceiling() -> None:
    capped = with_ceiling(Rate(kbps=900), 400)
    assert (capped.kbps, capped.ceiling) == (400, 400)
    assert max(run(Way(cap_kbps=20_000), 60, capped)) == 400
    assert with_ceiling(Rate(), None).ceiling == CEILING_KBPS


reports = st.builds(
    SendStats,
    report_age_s=st.none() | st.floats(0, 20),
    packets=st.integers(0, 10**6),
    lost=st.integers(0, 10**6),
    loss_percent=st.none() | st.floats(0, 100),
    jitter_ms=st.none() | st.floats(0, 5000),
    rtt_ms=st.none() | st.floats(0, 20_000),
    sent_bytes=st.integers(0, 10**9),
)


@given(st.lists(st.tuples(st.floats(0.01, 30), reports), max_size=40), st.integers(50, 4000))
def test_it_stays_within_floor_and_ceiling_whatever_is_reported(
    told: list[tuple[float, SendStats]], cap: int
) -> None:
    rate, now_s = with_ceiling(Rate(), cap), 0.0
    for step_s, stats in told:
        now_s += step_s
        before = rate
        rate = after(rate, stats, now_s)
        assert rate.floor <= rate.kbps <= max(rate.floor, min(cap, CEILING_KBPS))
        assert before.kbps * 0.64 - 1 <= rate.kbps <= before.kbps * 1.09 + 2  # one step at a time
