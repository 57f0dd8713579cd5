"""What an incoming stream amounts to, for receiver reports (RFC 3550, 6.4.1 and A.8). Rules only, no clock."""

from __future__ import annotations

from deskreel.rtc.wire import CLOCK_HZ, Unwrap

_MOST_LOST = (1 << 23) - 1  # 24 bits with a sign


class Counted:
    """One stream, without its repeats."""

    def __init__(self) -> None:
        self._seq, self._time = Unwrap(16), Unwrap(32)
        self._first: int | None = None  # sequence number
        self._high = 0
        self.packets = 0  # that came
        self._jitter = 0.0  # in ticks
        self._before: tuple[float, int] | None = None  # when a picture began to come, in ms, and its time
        self._told = (0, 0)  # expected and come, when the fraction was asked for last

    def add(self, seq: int, timestamp: int, now_ms: float) -> None:
        """A packet has come; `now_ms` of a steady clock."""
        number, ticks = self._seq(seq), self._time(timestamp)
        self.packets += 1
        if self._first is None:
            self._first, self._high = number, number - 1
        if number <= self._high:
            return  # late, or twice
        self._high = number
        if self._before is not None:
            came_ms, sent = self._before
            if ticks == sent:
                return  # of the same picture, which leaves at a pace
            away = abs((now_ms - came_ms) * CLOCK_HZ / 1000 - (ticks - sent))
            self._jitter += (away - self._jitter) / 16
        self._before = now_ms, ticks

    @property
    def highest(self) -> int | None:
        """The highest sequence number with the cycles above it, in 32 bits; None: nothing has come."""
        return None if self._first is None else self._high & 0xFFFFFFFF

    @property
    def lost(self) -> int:
        """Packets, since the beginning; below zero by what came twice."""
        return max(-_MOST_LOST - 1, min(_MOST_LOST, self._expected - self.packets))

    @property
    def jitter(self) -> int:
        """In ticks of the stream's clock."""
        return min(0xFFFFFFFF, int(self._jitter))

    def take_fraction(self) -> int:
        """The share lost since this was asked last, in 256ths."""
        expected, came = self._expected - self._told[0], self.packets - self._told[1]
        self._told = self._expected, self.packets
        return 0 if expected <= 0 or came >= expected else min(255, ((expected - came) << 8) // expected)

    @property
    def _expected(self) -> int:
        return 0 if self._first is None else self._high - self._first + 1
