"""What the recorder gives up when desktop, disk or link are short of room, and how it takes it back. Pure.

Readings flow in every few seconds, limits with their reasons flow out. Three pressures climb a stair each:

| pressure | over | what each step gives up |
|---|---|---|
| machine | CPU, or frames that take too long | the live view, then frame rate, then quality, then scale |
| disk | room for the spool, while the backlog grows | the same, but for the live view |
| link | loss, jitter, round trip, uplink while behind | the live view, then half the rate of the backlog |

The link never lowers the recording: the spool takes what it does not carry. A step down needs the pressure for
`worse_ms`, a step up calm for `calm_ms`, which doubles whenever a step up turns out to have been too early.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from deskreel.recorder.adapt.values import Adaptation, Base, Limits, Readings, Rules

_FRAME_RATES = (10, 7, 5, 3, 2)  # frames per second, the steps down from what the policy allows
_QUALITIES = 2  # steps of quality
_SCALES = (0.75, 0.5)
_LINK_STEPS = 2
NO_LIVE = "no live view"
_LEAST_UPLOAD_KBPS = 100
_VERY_LOW = 4  # a disk this many times below its limit counts even when the backlog does not grow
_GROWTH_MS = 20_000  # between two looks at whether the backlog grows
_GAP_MS = 60_000  # readings further apart (the desktop slept) do not add up


class Verdict(StrEnum):
    """What readings say about one pressure."""

    OVER = "over"
    BETWEEN = "between"
    CALM = "calm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stair:
    """How far one pressure has pushed."""

    level: int = 0  # steps given up
    why: str = ""  # the pressure, as read last while it was there
    verdict: Verdict = Verdict.BETWEEN
    since_ms: int | None = None  # the verdict holds, or the last step was made
    rose_ms: int | None = None  # the last step up
    calm_ms: int | None = None  # calm asked for before the next step up; None: as in the rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapting:
    """All that is remembered between readings."""

    live: Stair = field(default_factory=Stair)  # of the machine, while a live view can be given up for it
    machine: Stair = field(default_factory=Stair)
    disk: Stair = field(default_factory=Stair)
    link: Stair = field(default_factory=Stair)
    link_kbps: float | None = None  # what the link gave when it came under pressure
    backlog: tuple[int, int] | None = None  # when, and how many bytes, to see whether it grows
    grows: bool = False
    at_ms: int | None = None  # of the last readings


# --- the ladder of the picture ------------------------------------------------------------------------------


def ladder(max_fps: int) -> tuple[tuple[int, int, float], ...]:
    """Frame rate, quality step and scale, from nothing given up to all."""
    rates = (max_fps, *(rate for rate in _FRAME_RATES if rate < max_fps))
    least = rates[-1]
    worst = _QUALITIES
    return (
        *((rate, 0, 1.0) for rate in rates),
        *((least, quality, 1.0) for quality in range(1, worst + 1)),
        *((least, worst, scale) for scale in _SCALES),
    )


def _rung(adapting: Adapting, base: Base) -> int:
    return min(max(adapting.machine.level, adapting.disk.level), len(ladder(base.max_fps)) - 1)


def limits_of(adapting: Adapting, base: Base, *, capturing: bool) -> Limits:
    """What applies. Without a call to protect (`capturing` False) the link is the upload's alone."""
    fps, quality, scale = ladder(base.max_fps)[_rung(adapting, base)]
    step = adapting.link.level if capturing else 0
    kbps = base.upload_kbps
    if step >= _LINK_STEPS and adapting.link_kbps is not None:
        half = max(_LEAST_UPLOAD_KBPS, round(adapting.link_kbps / 2))
        kbps = half if kbps is None else min(kbps, half)
    return Limits(
        max_fps=fps,
        quality=quality,
        scale=scale,
        upload_kbps=kbps,
        live=not _against_live(adapting),
    )


def _against_live(adapting: Adapting) -> list[Stair]:
    return [stair for stair in (adapting.link, adapting.machine, adapting.live) if stair.level > 0]


def adaptations_of(adapting: Adapting, base: Base, *, capturing: bool) -> tuple[Adaptation, ...]:
    """Every decision in force, with its reason; none when nothing is given up."""
    limits = limits_of(adapting, base, capturing=capturing)
    pushing = [s for s in (adapting.machine, adapting.disk) if s.level > 0]
    why = "; ".join(stair.why for stair in sorted(pushing, key=lambda stair: -stair.level))
    found: list[Adaptation] = []
    if limits.max_fps < base.max_fps:
        found.append(Adaptation(what=f"{limits.max_fps} frames per second", why=why, picture=True))
    if limits.quality:
        found.append(Adaptation(what=f"quality {limits.quality} below the best", why=why, picture=True))
    if limits.scale < 1:
        found.append(Adaptation(what=f"detail at {limits.scale:.0%}", why=why, picture=True))
    if not limits.live:
        whys = dict.fromkeys(stair.why for stair in _against_live(adapting))
        found.append(Adaptation(what=NO_LIVE, why="; ".join(whys), picture=False))
    if limits.upload_kbps is not None and limits.upload_kbps != base.upload_kbps:
        what = f"backlog at {limits.upload_kbps} kbit/s"
        found.append(Adaptation(what=what, why=adapting.link.why, picture=False))
    return tuple(found)


# --- readings -----------------------------------------------------------------------------------------------


def adapt(adapting: Adapting, readings: Readings, base: Base, rules: Rules) -> Adapting:
    """The state after new readings."""
    at_ms = readings.at_ms
    if adapting.at_ms is not None and not 0 <= at_ms - adapting.at_ms <= _GAP_MS:
        adapting = _interrupted(adapting)
    adapting = _with_growth(adapting, readings)
    top = len(ladder(base.max_fps)) - 1
    pressure = _machine(adapting, readings, base, rules)
    over = pressure[0] is Verdict.OVER
    # first the live view; once it is gone, whatever pressure is left is the recording's
    spared = (Verdict.BETWEEN, "") if over and readings.live else pressure
    no_cause = (Verdict.BETWEEN, "") if over and not readings.live else pressure
    live = _climb(adapting.live, no_cause, at_ms, 1, rules)
    machine = _climb(adapting.machine, spared, at_ms, top, rules)
    disk = _climb(adapting.disk, _disk(adapting, readings, rules), at_ms, top, rules)
    link = _climb(adapting.link, _link(readings, rules), at_ms, _LINK_STEPS, rules)
    link_kbps = adapting.link_kbps
    if link.level == 0:
        link_kbps = None
    elif link_kbps is None:  # as it was before we held back: else each look would halve it again
        link_kbps = readings.upload_kbps
    return replace(
        adapting, live=live, machine=machine, disk=disk, link=link, link_kbps=link_kbps, at_ms=at_ms
    )


def _interrupted(adapting: Adapting) -> Adapting:
    return replace(
        adapting,
        live=replace(adapting.live, since_ms=None),
        machine=replace(adapting.machine, since_ms=None),
        disk=replace(adapting.disk, since_ms=None),
        link=replace(adapting.link, since_ms=None),
        backlog=None,
        grows=False,
    )


def _with_growth(adapting: Adapting, readings: Readings) -> Adapting:
    now = (readings.at_ms, readings.backlog_bytes)
    if adapting.backlog is None:
        return replace(adapting, backlog=now)
    then_ms, then_bytes = adapting.backlog
    if readings.at_ms - then_ms < _GROWTH_MS:
        return adapting
    return replace(adapting, backlog=now, grows=readings.backlog_bytes > then_bytes)


def _machine(adapting: Adapting, readings: Readings, base: Base, rules: Rules) -> tuple[Verdict, str]:
    steps = ladder(base.max_fps)
    rung = _rung(adapting, base)
    slot_ms = 1000 / steps[rung][0]
    better_ms = 1000 / steps[max(0, rung - 1)][0]  # what a frame may take after a step up
    cpu, frame = readings.machine_cpu_percent, readings.frame_ms
    over: list[str] = []
    calm: list[bool] = []
    if cpu is not None:
        if cpu > rules.cpu_percent:
            over.append(f"machine CPU {cpu:.0f} %, limit {rules.cpu_percent:.0f} %")
        calm.append(cpu < rules.cpu_percent * rules.calm_share)
    if frame is not None:
        limit_ms = slot_ms * rules.frame_share
        if frame > limit_ms:
            over.append(f"a frame takes {frame:.0f} ms, limit {limit_ms:.0f} ms")
        calm.append(frame < better_ms * rules.frame_share * rules.calm_share)
    return _verdict(over, calm)


def _disk(adapting: Adapting, readings: Readings, rules: Rules) -> tuple[Verdict, str]:
    room = readings.room_bytes
    if room is None:
        return Verdict.BETWEEN, ""
    low = room < rules.room_bytes
    counts = adapting.grows or room * _VERY_LOW < rules.room_bytes
    why = f"room for {room // 2**20} MB of recordings, limit {rules.room_bytes // 2**20} MB"
    return _verdict([why] if low and counts else [], [room * rules.calm_share > rules.room_bytes])


def _link(readings: Readings, rules: Rules) -> tuple[Verdict, str]:
    over: list[str] = []
    calm: list[bool] = []
    for name, unit, value, limit in (
        ("loss", "%", readings.loss_percent, rules.loss_percent),
        ("jitter", "ms", readings.jitter_ms, rules.jitter_ms),
        ("round trip", "ms", readings.rtt_ms, rules.rtt_ms),
    ):
        if value is not None:
            if value > limit:
                over.append(f"{name} {value:.0f} {unit}, limit {limit:.0f} {unit}")
            calm.append(value < limit * rules.calm_share)
    behind = readings.backlog_ms is not None and readings.backlog_ms > rules.behind_ms
    kbps = readings.upload_kbps
    if behind and kbps is not None:
        if kbps < rules.uplink_kbps:
            over.append(f"uplink {kbps:.0f} kbit/s, needs {rules.uplink_kbps:.0f} kbit/s")
        calm.append(kbps * rules.calm_share > rules.uplink_kbps)
    return _verdict(over, calm)


def _verdict(over: list[str], calm: list[bool]) -> tuple[Verdict, str]:
    if over:
        return Verdict.OVER, "; ".join(over)
    return (Verdict.CALM if calm and all(calm) else Verdict.BETWEEN), ""


def _climb(stair: Stair, reading: tuple[Verdict, str], at_ms: int, top: int, rules: Rules) -> Stair:
    """The stair after one more reading: a step, or one step nearer to it."""
    verdict, why = reading
    if verdict is Verdict.OVER:
        stair = replace(stair, why=why)
    if verdict is not stair.verdict or stair.since_ms is None:
        return replace(stair, verdict=verdict, since_ms=at_ms)
    held_ms = at_ms - stair.since_ms
    calm_ms = stair.calm_ms or rules.calm_ms
    if verdict is Verdict.OVER and stair.level < top and held_ms >= rules.worse_ms:
        relapse = stair.rose_ms is not None and at_ms - stair.rose_ms < 2 * calm_ms
        calm_ms = min(2 * calm_ms, rules.max_calm_ms) if relapse else calm_ms
        return replace(stair, level=stair.level + 1, since_ms=at_ms, rose_ms=None, calm_ms=calm_ms)
    if verdict is Verdict.CALM and held_ms >= calm_ms:
        if stair.level > 0:
            return replace(stair, level=stair.level - 1, since_ms=at_ms, rose_ms=at_ms, calm_ms=calm_ms)
        return replace(stair, since_ms=at_ms, calm_ms=max(rules.calm_ms, calm_ms // 2))
    return stair
