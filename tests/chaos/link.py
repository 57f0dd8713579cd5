"""What a bad link does to each packet: a pure schedule, with counts of all that it did.

A packet passes, in this order, what is blocked, a bottleneck with a bounded queue, loss, delay and jitter. The order
of packets stays. Times are seconds of any steady clock; the same seed and the same packets give the same schedule.
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, fields
from typing import Any

UDP = 17  # IP protocol number
_IPV6_HEADER = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One direction of a link."""

    loss: float = 0.0  # of packets, 0 to 1
    delay_ms: float = 0.0
    jitter_ms: float = 0.0  # more delay, even from 0 to this; packets stay in order
    kbps: float | None = None  # of the bottleneck; None: there is none
    tcp_free: bool = False  # the bottleneck is for UDP alone: TCP goes past it
    queue_ms: float = 400.0  # what waits before the bottleneck at most, in its own time
    udp: bool = True  # whether UDP passes
    up: bool = True  # whether anything passes

    def __post_init__(self) -> None:
        if not 0 <= self.loss <= 1:
            raise ValueError(f"loss is 0 to 1, not {self.loss}")
        if min(self.delay_ms, self.jitter_ms) < 0 or self.queue_ms <= 0:
            raise ValueError("times are positive")
        if self.kbps is not None and self.kbps <= 0:
            raise ValueError("a bottleneck has a rate: to cut the link say up=False")


CLEAN = Shape()


@dataclass(slots=True, kw_only=True)
class Counts:
    """What one direction did since it began."""

    packets: int = 0  # offered
    bytes: int = 0  # offered
    passed: int = 0
    blocked: int = 0
    overflowed: int = 0  # did not fit into the queue
    lost: int = 0
    delayed_ms: float = 0.0  # of all that passed, together
    longest_ms: float = 0.0

    def since(self, earlier: Counts) -> Counts:
        """What was added; the longest delay is of all time."""
        mine, theirs = asdict(self), asdict(earlier)
        return Counts(**{k: v if k == "longest_ms" else v - theirs[k] for k, v in mine.items()})


class Lane:
    """One direction: tells when each packet comes out, or that it does not."""

    def __init__(self, seed: int, shape: Shape = CLEAN) -> None:
        self.shape = shape  # may be replaced at any time; packets under way keep their times
        self.counts = Counts()
        self._random = random.Random(seed)
        self._free_at = 0.0  # when the bottleneck has sent all that waits
        self._last_out = 0.0

    def offer(self, now: float, packet: bytes) -> float | None:
        """When `packet`, offered at `now`, comes out; None: it does not."""
        shape, counts = self.shape, self.counts
        counts.packets += 1
        counts.bytes += len(packet)
        if not shape.up or (not shape.udp and protocol(packet) == UDP):
            counts.blocked += 1
            return None
        out = now
        if shape.kbps is not None and not (shape.tcp_free and protocol(packet) != UDP):
            begin = max(now, self._free_at)
            if begin - now > shape.queue_ms / 1000:
                counts.overflowed += 1
                return None
            out = self._free_at = begin + len(packet) / (shape.kbps * 125)
        # both are drawn for each packet, so that changing one of them leaves the other's dice alone
        lost, jitter_ms = self._random.random() < shape.loss, self._random.random() * shape.jitter_ms
        if lost:
            counts.lost += 1
            return None
        out = max(out + (shape.delay_ms + jitter_ms) / 1000, self._last_out)
        self._last_out = out
        counts.passed += 1
        counts.delayed_ms += (out - now) * 1000
        counts.longest_ms = max(counts.longest_ms, (out - now) * 1000)
        return out


def protocol(packet: bytes) -> int | None:
    """The protocol in an IP packet; None for what is none."""
    match packet[0] >> 4 if packet else 0:
        case 4 if len(packet) >= 20:
            return packet[9]
        case 6 if len(packet) >= _IPV6_HEADER:
            return packet[6]  # our packets carry no extension headers before UDP and TCP
        case _:
            return None


def shape_from(given: dict[str, Any]) -> Shape:
    """A shape out of JSON; unknown fields are refused."""
    unknown = given.keys() - {field.name for field in fields(Shape)}
    if unknown:
        raise ValueError(f"a link has no {', '.join(sorted(unknown))}")
    return Shape(**given)
