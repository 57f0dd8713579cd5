"""Adaptation over simulated traces: what is given up, in which order, with which reason, and how it comes back."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.recorder.adapt.adaptation import Adapting, adapt, adaptations_of, ladder, limits_of
from deskreel.recorder.adapt.values import Adaptation, Base, Limits, Readings, Rules

BASE = Base(max_fps=5)
RULES = Rules()
STEP_MS = 5_000
FULL = Limits(max_fps=5, quality=0, scale=1.0, upload_kbps=None, live=True)
CALM = Readings(
    at_ms=0,
    machine_cpu_percent=30,
    frame_ms=20,
    room_bytes=4 * 2**30,
    backlog_ms=500,
    upload_kbps=4000,
    loss_percent=0,
    jitter_ms=3,
    rtt_ms=20,
)


@dataclass(frozen=True)
class Look:
    at_ms: int
    limits: Limits
    why: tuple[Adaptation, ...]


def simulate(
    trace: Callable[[float], Readings], seconds: float, *, state: Adapting | None = None, start_ms: int = 0
) -> tuple[Adapting, list[Look]]:
    """Readings of `trace` (by seconds from the start) every 5 s."""
    state = state or Adapting()
    looks: list[Look] = []
    for at_ms in range(start_ms, start_ms + round(seconds * 1000), STEP_MS):
        readings = replace(trace((at_ms - start_ms) / 1000), at_ms=at_ms)
        state = adapt(state, readings, BASE, RULES)
        looks.append(
            Look(
                at_ms,
                limits_of(state, BASE, capturing=True),
                adaptations_of(state, BASE, capturing=True),
            )
        )
    return state, looks


def picture(limits: Limits) -> tuple[int, int, float]:
    return limits.max_fps, limits.quality, limits.scale


def changes(looks: Iterable[Look]) -> list[tuple[int, tuple[int, int, float]]]:
    """When the picture's limits changed, and to what."""
    found: list[tuple[int, tuple[int, int, float]]] = []
    before = picture(FULL)
    for look in looks:
        if picture(look.limits) != before:
            before = picture(look.limits)
            found.append((look.at_ms, before))
    return found


def with_cpu(percent: float) -> Readings:
    return replace(CALM, machine_cpu_percent=percent)


# --- traces -------------------------------------------------------------------------------------------------


def test_nothing_is_given_up_while_all_is_well() -> None:
    _, looks = simulate(lambda s: CALM, 600)
    assert {look.limits for look in looks} == {FULL}
    assert all(look.why == () for look in looks)


def test_a_spike_of_one_reading_changes_nothing() -> None:
    _, looks = simulate(lambda s: with_cpu(100 if s == 60 else 30), 300)
    assert changes(looks) == []


def test_a_busy_machine_costs_frame_rate_then_quality_then_detail_and_all_comes_back_in_steps() -> None:
    _, looks = simulate(lambda s: with_cpu(95 if s < 60 else 40), 400)
    assert [what for _, what in changes(looks)] == [
        (3, 0, 1.0),
        (2, 0, 1.0),
        (2, 1, 1.0),
        (2, 2, 1.0),
        (2, 2, 0.75),
        (2, 2, 0.5),
        (2, 2, 0.75),
        (2, 2, 1.0),
        (2, 1, 1.0),
        (2, 0, 1.0),
        (3, 0, 1.0),
        (5, 0, 1.0),
    ]
    down, up = changes(looks)[:6], changes(looks)[6:]
    assert [at for at, _ in down] == [5_000, 10_000, 15_000, 20_000, 25_000, 30_000]
    assert [at for at, _ in up] == [90_000, 120_000, 150_000, 180_000, 210_000, 240_000]
    assert [a.text for a in looks[1].why] == [
        "3 frames per second: machine CPU 95 %, limit 80 %",
        "no live view: machine CPU 95 %, limit 80 %",
    ]
    assert looks[-1].why == ()


def test_a_slow_climb_gives_up_only_what_it_takes() -> None:
    # each frame per second costs 4 % of the machine; the rest climbs by 1 % every 10 s up to 70 %
    state, at_ms, rate = Adapting(), 0, 5
    seen: list[int] = []
    for second in range(0, 900, 5):
        cpu = min(70.0, 30 + second / 10) + 4 * rate
        state = adapt(state, replace(with_cpu(cpu), at_ms=at_ms), BASE, RULES)
        rate = limits_of(state, BASE, capturing=True).max_fps
        seen.append(rate)
        at_ms += STEP_MS
    assert seen[0] == 5
    assert set(seen) == {5, 3, 2}, "78 % at 2 frames: below the limit, and not calm enough to go up"
    assert seen == sorted(seen, reverse=True), "never back while it would only go over again"


def test_frames_that_take_long_cost_frame_rate() -> None:
    _, looks = simulate(lambda s: replace(CALM, frame_ms=190), 60)
    assert changes(looks) == [(5_000, (3, 0, 1.0))], "at 3 per second there is time for them"
    assert looks[-1].why[0].text == "3 frames per second: a frame takes 190 ms, limit 160 ms"


def test_a_bad_wireless_link_costs_live_view_and_rate_and_leaves_the_picture_alone() -> None:
    def trace(s: float) -> Readings:
        bad = 60 <= s < 180
        return replace(CALM, loss_percent=6 if bad else 0, jitter_ms=520 if bad else 5)

    _, looks = simulate(trace, 400)
    assert changes(looks) == []
    worst = looks[100 // 5].limits
    assert (worst.live, worst.upload_kbps) == (False, 2000)
    assert looks[70 // 5].why[0].text == "no live view: loss 6 %, limit 2 %; jitter 520 ms, limit 400 ms"
    assert not any(adaptation.picture for look in looks for adaptation in look.why)
    assert looks[-1].limits == FULL


def test_ten_minutes_of_a_narrow_uplink_go_into_the_spool() -> None:
    def trace(s: float) -> Readings:  # the recording makes 400 kbit/s, the link takes 300
        behind = min(s, max(0.0, 1200 - s)) * 12_500  # ten minutes, then it drains
        age_ms = round(behind / 50)
        return replace(CALM, upload_kbps=300, backlog_bytes=round(behind), backlog_ms=age_ms)

    _, looks = simulate(trace, 1800)
    assert changes(looks) == [], "the spool takes it"
    narrow = looks[600 // 5]
    assert (narrow.limits.live, narrow.limits.upload_kbps) == (False, 150)
    assert narrow.why[0].why == "uplink 300 kbit/s, needs 500 kbit/s"
    assert looks[-1].limits == FULL


def test_the_rate_is_halved_once_however_long_it_lasts() -> None:
    """What is sent at half the rate reads as a slower link still."""
    state, at_ms, sent = Adapting(), 0, 400.0
    for _ in range(100):
        readings = replace(CALM, at_ms=at_ms, upload_kbps=sent, backlog_ms=60_000)
        state = adapt(state, readings, BASE, RULES)
        sent = float(limits_of(state, BASE, capturing=True).upload_kbps or 400)
        at_ms += STEP_MS
    assert sent == 200


def test_between_calls_the_link_is_the_uploads() -> None:
    state, _ = simulate(lambda s: replace(CALM, loss_percent=50), 60)
    assert limits_of(state, BASE, capturing=True).upload_kbps == 2000
    free = limits_of(state, BASE, capturing=False)
    assert (free.upload_kbps, free.live) == (None, False)
    assert [a.what for a in adaptations_of(state, BASE, capturing=False)] == ["no live view"]


def test_a_filling_disk_lowers_the_picture_and_a_draining_backlog_does_not() -> None:
    low = 300 * 2**20

    def filling(s: float) -> Readings:
        return replace(CALM, room_bytes=round(low - s * 10_000), backlog_bytes=round(s * 10_000))

    _, looks = simulate(filling, 120)
    assert changes(looks)[0][1] == (3, 0, 1.0)
    assert changes(looks)[-1][1] == (2, 2, 0.5)
    assert looks[-1].why[0].why == ("room for 298 MB of recordings, limit 512 MB")

    def draining(s: float) -> Readings:
        return replace(CALM, room_bytes=low, backlog_bytes=round(1e8 - s * 10_000))

    _, looks = simulate(draining, 120)
    assert changes(looks) == []


def test_a_disk_that_others_fill_counts_when_it_is_nearly_full() -> None:
    _, looks = simulate(lambda s: replace(CALM, room_bytes=100 * 2**20), 30)
    assert changes(looks)[0][1] == (3, 0, 1.0)


def test_a_pressure_that_returns_after_each_step_up_is_tried_more_and_more_rarely() -> None:
    # over the limit whenever 5 frames per second are taken
    state, at_ms, rate = Adapting(), 0, 5
    changed: list[tuple[int, int]] = []
    for _ in range(2 * 3600 // 5):
        readings = replace(with_cpu(90 if rate == 5 else 40), at_ms=at_ms)
        state = adapt(state, readings, BASE, RULES)
        now = limits_of(state, BASE, capturing=True).max_fps
        if now != rate:
            changed.append((at_ms, now))
        rate = now
        at_ms += STEP_MS
    ups = [at for at, now in changed if now == 5]
    gaps = [after - before for before, after in itertools.pairwise(ups)]
    assert gaps == sorted(gaps)
    assert gaps[-1] >= RULES.max_calm_ms
    assert len(ups) < 20, "of 120 that the pace without memory would have tried"


def test_a_desktop_that_slept_does_not_count_the_time() -> None:
    state = adapt(Adapting(), with_cpu(95), BASE, RULES)
    state = adapt(state, replace(with_cpu(95), at_ms=3_600_000), BASE, RULES)
    assert limits_of(state, BASE, capturing=True) == FULL
    state = adapt(state, replace(with_cpu(95), at_ms=3_605_000), BASE, RULES)
    assert limits_of(state, BASE, capturing=True).max_fps == 3


def test_readings_that_are_missing_decide_nothing() -> None:
    _, looks = simulate(lambda s: Readings(at_ms=0), 600)
    assert {look.limits for look in looks} == {FULL}


def test_a_policy_with_a_lower_frame_rate_has_a_shorter_ladder() -> None:
    state, _ = simulate(lambda s: with_cpu(99), 300)
    slow = replace(BASE, max_fps=1)
    assert picture(limits_of(state, slow, capturing=True)) == (1, 2, 0.5)


# --- properties ---------------------------------------------------------------------------------------------

PERCENT = st.one_of(st.none(), st.floats(0, 100))
MILLIS = st.one_of(st.none(), st.floats(0, 3000))
ANY_READINGS = st.builds(
    Readings,
    at_ms=st.just(0),
    machine_cpu_percent=PERCENT,
    frame_ms=MILLIS,
    room_bytes=st.one_of(st.none(), st.integers(0, 2**33)),
    backlog_bytes=st.integers(0, 2**33),
    backlog_ms=st.one_of(st.none(), st.integers(0, 10**8)),
    upload_kbps=st.one_of(st.none(), st.floats(0, 10**5)),
    loss_percent=PERCENT,
    jitter_ms=MILLIS,
    rtt_ms=MILLIS,
)
STRETCH = st.tuples(ANY_READINGS, st.integers(1, 12))  # the same readings for some looks
TRACES = st.lists(STRETCH, min_size=1, max_size=12)
BASES = st.builds(
    Base,
    max_fps=st.integers(1, 15),
    upload_kbps=st.one_of(st.none(), st.integers(50, 10_000)),
)


def run(trace: list[tuple[Readings, int]], base: Base) -> list[tuple[int, Adapting]]:
    state, at_ms, states = Adapting(), 0, []
    for readings, looks in trace:
        for _ in range(looks):
            state = adapt(state, replace(readings, at_ms=at_ms), base, RULES)
            states.append((at_ms, state))
            at_ms += STEP_MS
    return states


@given(TRACES, BASES)
def test_limits_stay_in_bounds_and_every_one_has_a_reason(
    trace: list[tuple[Readings, int]], base: Base
) -> None:
    for _, state in run(trace, base):
        limits = limits_of(state, base, capturing=True)
        assert min(2, base.max_fps) <= limits.max_fps <= base.max_fps
        assert picture(limits) in ladder(base.max_fps)
        if base.upload_kbps is not None:
            assert limits.upload_kbps is not None
            assert limits.upload_kbps <= base.upload_kbps
        decisions = adaptations_of(state, base, capturing=True)
        assert all(decision.why for decision in decisions)
        full = replace(
            FULL,
            max_fps=base.max_fps,
            upload_kbps=base.upload_kbps,
        )
        assert bool(decisions) == (limits != full)


@given(TRACES, BASES)
def test_it_never_flaps(trace: list[tuple[Readings, int]], base: Base) -> None:
    for name in ("machine", "disk", "link"):
        last_ms, level = -(10**9), 0
        for at_ms, state in run(trace, base):
            now = getattr(state, name).level
            assert abs(now - level) <= 1
            if now > level:
                assert at_ms - last_ms >= RULES.worse_ms
            if now < level:
                assert at_ms - last_ms >= RULES.calm_ms
            if now != level:
                last_ms, level = at_ms, now


@given(TRACES, BASES)
def test_all_comes_back_after_calm(trace: list[tuple[Readings, int]], base: Base) -> None:
    """Whatever was before: the longest way up is eleven steps, none slower than the longest wait."""
    states = run([*trace, (CALM, 12 * RULES.max_calm_ms // STEP_MS)], base)
    limits = limits_of(states[-1][1], base, capturing=True)
    assert picture(limits) == (base.max_fps, 0, 1.0)
    assert (limits.live, limits.upload_kbps) == (True, base.upload_kbps)


@given(
    st.floats(0, 100),
    st.floats(0, 100),
    st.floats(0, 1000),
    st.floats(0, 1000),
    st.integers(1, 40),
    BASES,
)
def test_more_load_never_leaves_more(
    cpu_a: float, cpu_b: float, frame_a: float, frame_b: float, looks: int, base: Base
) -> None:
    low = replace(CALM, machine_cpu_percent=min(cpu_a, cpu_b), frame_ms=min(frame_a, frame_b))
    high = replace(CALM, machine_cpu_percent=max(cpu_a, cpu_b), frame_ms=max(frame_a, frame_b))
    for (_, under_low), (_, under_high) in zip(
        run([(low, looks)], base), run([(high, looks)], base), strict=True
    ):
        assert under_low.machine.level <= under_high.machine.level


@pytest.mark.parametrize("max_fps", range(1, 16))
def test_each_step_of_the_ladder_gives_up_one_thing(max_fps: int) -> None:
    steps = ladder(max_fps)
    assert steps[0] == (max_fps, 0, 1.0)
    for before, after in itertools.pairwise(steps):
        assert sum(a != b for a, b in zip(before, after, strict=True)) == 1
