"""How many bits a live view may take, by what the other side reports. Pure.

Up by a little while all is well and the bits are used, down by a third on loss or a delay that grows. Loss counts by
what is certain of it: a few dozen packets tell little, and plain random loss is repaired by repeats anyway. A delay
that grows says at once that the way is full. More bits are never pushed into a way that is full, so a live view does
not take for long what the recording's upload needs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from deskreel.rtc.port import SendStats

START_KBPS = 250
FLOOR_KBPS = 80
CEILING_KBPS = 1_250  # without a cap of the policy; what five pictures a second can use
_ENOUGH = 200  # packets
_WINDOW_S = 5.0
_LOSS_DOWN = 0.10  # share, that the true loss is above with some certainty
_LOSS_SLOW, _LOSS_HOLD = 0.05, 0.12
_SOON = 40  # packets, when the case is clear
_CERTAIN, _CLEAR = 2.0, 3.0  # standard errors
_RTT_DOWN_MS = 250.0  # over the least seen
_DOWN, _UP, _UP_SLOWLY = 0.65, 1.08, 1.02
_DOWN_EVERY_S = 1.5  # what is under way still belongs to the rate before
_UP_EVERY_S = 1.0
_USED = 0.5  # of the rate: who sends less learns nothing about the way
_RTT_MEMORY_S = 60.0  # the least round trip may be another after so long


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The rate, and what is remembered between reports."""

    kbps: int = START_KBPS
    floor: int = FLOOR_KBPS
    ceiling: int = CEILING_KBPS
    window: tuple[float, int, int, int] | None = None  # seconds, packets, lost, bytes where the window began
    changed_s: float | None = None  # the last step
    base_rtt: tuple[float, float] | None = None  # the least, ms, and when


def with_ceiling(rate: Rate, kbps: int | None) -> Rate:
    """Within the policy's cap."""
    ceiling = max(rate.floor, min(CEILING_KBPS, kbps or CEILING_KBPS))
    return replace(rate, ceiling=ceiling, kbps=min(rate.kbps, ceiling))


def after(rate: Rate, stats: SendStats, now_s: float) -> Rate:
    """The rate after a look at `stats`; look about once a second."""
    seen = (now_s, stats.packets, stats.lost, stats.sent_bytes)
    if rate.window is None or rate.changed_s is None or stats.packets < rate.window[1]:
        return replace(rate, window=seen, changed_s=now_s)
    rate = replace(rate, base_rtt=_base(rate, stats, now_s))
    if _delayed(rate, stats) and now_s - (rate.changed_s or 0.0) >= _DOWN_EVERY_S:
        return _stepped(rate, _DOWN, seen)
    began_s, packets, lost, sent_bytes = rate.window or seen
    length_s = now_s - began_s
    packets, lost = stats.packets - packets, stats.lost - lost
    loss = min(1.0, max(0, lost) / packets) if packets > 0 else 0.0
    over = (loss - _LOSS_DOWN) / (math.sqrt(loss * (1 - loss) / max(1, packets)) or 1e-6)  # standard errors
    full = packets >= _ENOUGH or length_s >= _WINDOW_S
    if (full and over > _CERTAIN) or (packets >= _SOON and over > _CLEAR):
        return _stepped(rate, _DOWN, seen)
    if full:
        rate = replace(rate, window=seen)
    if loss > _LOSS_HOLD or _delayed(rate, stats) or now_s - (rate.changed_s or 0.0) < _UP_EVERY_S:
        return rate
    kbps = (stats.sent_bytes - sent_bytes) * 8 / 1000 / length_s if length_s > 0 else 0.0
    if rate.kbps >= START_KBPS and kbps < rate.kbps * _USED:
        return rate
    factor = _UP if loss <= _LOSS_SLOW else _UP_SLOWLY
    return replace(rate, kbps=_within(rate, rate.kbps * factor + 1), changed_s=now_s)


def _base(rate: Rate, stats: SendStats, now_s: float) -> tuple[float, float] | None:
    if stats.rtt_ms is None:
        return rate.base_rtt
    known = rate.base_rtt
    if known is None or stats.rtt_ms <= known[0] or now_s - known[1] > _RTT_MEMORY_S:
        return stats.rtt_ms, now_s
    return known


def _delayed(rate: Rate, stats: SendStats) -> bool:
    if stats.rtt_ms is None or rate.base_rtt is None:
        return False
    return stats.rtt_ms > rate.base_rtt[0] + _RTT_DOWN_MS


def _stepped(rate: Rate, factor: float, seen: tuple[float, int, int, int]) -> Rate:
    return replace(rate, kbps=_within(rate, rate.kbps * factor), window=seen, changed_s=seen[0])


def _within(rate: Rate, kbps: float) -> int:
    return max(rate.floor, min(rate.ceiling, round(kbps)))
