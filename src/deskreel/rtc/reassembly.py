"""Packets that came in any order, twice or never, to whole pictures in order. Rules only, no clock and no socket.

A gap is asked for at once, then after 60, 120 and 240 ms; what has not come by then is given up: everything up to
the next keyframe is left out, and a keyframe is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from deskreel.rtc.wire import MOST_PAYLOAD, Unit, Unwrap, has_parameter_set

_WAITS_MS = (60, 120, 240, 400)  # after each request; after the last the packet is given up
_SPAN = 2048  # packets between the oldest missing and the newest; beyond that the stream has jumped
_MOST_ASKED = 256  # packets in one request
_MOST_PACKETS, _MOST_BYTES = 400, 512 * 1024  # of one picture; a keyframe has 60 KB
_NEVER = float("inf")


@dataclass(slots=True)
class _Packet:
    payload: bytes
    timestamp: int
    marker: bool


@dataclass(slots=True)
class _Missing:
    due_ms: float
    asked: int = 0


@dataclass(slots=True)
class Wanted:
    """What to tell the sender."""

    again: list[int] = field(default_factory=list[int])  # sequence numbers, 16 bits each
    keyframe: bool = False


class Reassembly:
    """One incoming video."""

    def __init__(self) -> None:
        self._seq, self._time = Unwrap(16), Unwrap(32)
        self._packets: dict[int, _Packet] = {}
        self._missing: dict[int, _Missing] = {}
        self._next: int | None = None  # the first packet of the picture that comes next
        self._high = 0
        self._seek, self._size = 0, 0  # so far the next picture is there, and bytes of that
        self._due_ms = _NEVER  # not before that is anything missing asked for
        self._broken = True  # nothing can be shown until a keyframe
        self._left_out = False  # a picture was, since the last look
        self.given_up = 0  # packets, since the beginning

    def add(
        self, seq: int, timestamp: int, payload: bytes, *, marker: bool, now_ms: float
    ) -> tuple[list[Unit], Wanted]:
        """A packet has come: pictures that are whole now, and what to ask for."""
        wanted = Wanted()
        number = self._seq(seq)
        if self._next is None:
            self._high = number - 1
            self._go_on(number)
        elif number < self._next:
            return [], wanted  # twice, or too late
        elif number - self._next >= _SPAN:
            self._restart(number)
            wanted.keyframe = True
        for gap in range(self._high + 1, number):
            self._missing[gap] = _Missing(due_ms=now_ms)
            self._due_ms = min(self._due_ms, now_ms)
        self._high = max(self._high, number)
        self._missing.pop(number, None)
        self._packets[number] = _Packet(payload, self._time(timestamp), marker)
        units = self._whole()
        due = self.due(now_ms)
        if due.keyframe:
            units += self._whole()
        wanted.again, wanted.keyframe = due.again, wanted.keyframe or due.keyframe or self._left_out
        self._left_out = False
        return units, wanted

    def due(self, now_ms: float) -> Wanted:
        """What to ask for now. After a packet was given up, `whole` may have more."""
        wanted = Wanted()
        if now_ms < self._due_ms:
            return wanted
        for number, missing in self._missing.items():
            if missing.due_ms > now_ms:
                continue
            if missing.asked >= len(_WAITS_MS):
                wanted.keyframe = True
            elif len(wanted.again) < _MOST_ASKED:
                missing.due_ms = now_ms + _WAITS_MS[missing.asked]
                missing.asked += 1
                wanted.again.append(number & 0xFFFF)
        if wanted.keyframe:
            self._give_up()
        self._due_ms = min((missing.due_ms for missing in self._missing.values()), default=_NEVER)
        return wanted

    def next_due_ms(self) -> float | None:
        """When `due` has to be asked again, if no packet comes before."""
        return self._due_ms if self._missing else None

    def whole(self) -> list[Unit]:
        """Pictures that became whole otherwise than by a packet."""
        return self._whole()

    def _restart(self, number: int) -> None:
        self.given_up += len(self._missing)
        self._packets.clear()
        self._missing.clear()
        self._high, self._broken, self._due_ms = number - 1, True, _NEVER
        self._go_on(number)

    def _go_on(self, number: int) -> None:
        """The next picture begins with this packet."""
        self._next, self._seek, self._size = number, number, 0

    def _give_up(self) -> None:
        """Leave out everything that the packets given up belong to, and what depends on it."""
        last = max(n for n, missing in self._missing.items() if missing.asked >= len(_WAITS_MS))
        gone = [n for n in self._missing if n <= last]
        self.given_up += len(gone)
        for number in gone:
            del self._missing[number]
        for number in [n for n in self._packets if n <= last]:
            del self._packets[number]
        self._go_on(last + 1)
        self._broken = True

    def _whole(self) -> list[Unit]:
        units: list[Unit] = []
        while self._next is not None:
            taken = self._take(self._next)
            if taken is None:
                break
            count, unit = taken
            for number in range(self._next, self._next + count):
                del self._packets[number]
            self._go_on(self._next + count)
            if unit is None:
                self._broken = True
            elif unit.keyframe:
                self._broken = False
            if self._broken or unit is None:
                self._left_out = True
            else:
                units.append(unit)
        return units

    def _take(self, first: int) -> tuple[int, Unit | None] | None:
        """The picture that begins with packet `first`, and how many packets it has; None while one is missing.

        One without a last packet, or with more than anybody sends, or that could not be sent on, is none.
        """
        while (packet := self._packets.get(self._seek)) is not None:
            if packet.timestamp != self._packets[first].timestamp:
                return self._seek - first, None
            self._seek += 1
            self._size += len(packet.payload)
            if packet.marker:
                break
            if self._seek - first >= _MOST_PACKETS or self._size > _MOST_BYTES:
                return self._seek - first, None
        else:
            return None
        count = self._seek - first
        payloads = [self._packets[number].payload for number in range(first, self._seek)]
        kept = tuple(payload for payload in payloads if payload)
        if max(map(len, payloads)) > MOST_PAYLOAD:
            return count, None
        timestamp = self._packets[first].timestamp
        return count, Unit(payloads=kept, timestamp=timestamp, keyframe=any(map(has_parameter_set, kept)))
