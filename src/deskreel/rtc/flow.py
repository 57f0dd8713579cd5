"""What leaves, and when: the queue of pictures, the pace of packets, how often keyframes are asked for."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from deskreel.rtc.wire import Unit

MAX_WAIT_MS = 500  # a picture that has waited longer is of no use to a live view
KEYFRAME_EVERY_MS = 1000.0  # a keyframe is as large as many pictures: one a second at most


class Bucket:
    """Bytes that may leave: so many a second, and a few at once."""

    def __init__(self, bytes_per_s: float, burst: float) -> None:
        self._rate, self._burst, self._have = bytes_per_s, burst, burst
        self._at_ms: float | None = None

    def set_rate(self, bytes_per_s: float) -> None:
        """From now on."""
        self._rate = bytes_per_s

    def wait_ms(self, now_ms: float) -> float:
        """How long until the next packet may leave; 0: now."""
        if self._at_ms is not None:
            self._have = min(self._burst, self._have + (now_ms - self._at_ms) * self._rate / 1000)
        self._at_ms = now_ms
        return 0.0 if self._have > 0 else (1 - self._have) * 1000 / self._rate

    def take(self, size: int) -> None:
        """A packet left. What was taken too much is waited for before the next."""
        self._have -= size


class Allowance:
    """Bytes for repeats, earned by what is sent: repeats must not take the way from what is new."""

    def __init__(self, share: float, most: float) -> None:
        self._share, self._most, self._have = share, most, most

    def earn(self, size: int) -> None:
        """So many new bytes were sent."""
        self._have = min(self._most, self._have + size * self._share)

    def spend(self, size: int) -> bool:
        """Whether a repeat of that size may be sent; it counts as sent then."""
        if self._have < size:
            return False
        self._have -= size
        return True


@dataclass(slots=True)
class _Waiting:
    unit: Unit
    since_ms: float


class SendQueue:
    """Pictures that wait to be sent. Old ones make way; then nothing is sent before the next keyframe."""

    def __init__(self) -> None:
        self._waiting: deque[_Waiting] = deque()
        self._broken = True  # the receiver has nothing to build on
        self.dropped = 0  # pictures, since the beginning

    def put(self, unit: Unit, now_ms: float) -> bool:
        """Queue a picture. True: a keyframe is needed to go on."""
        if self._waiting and now_ms - self._waiting[0].since_ms > MAX_WAIT_MS:
            self.dropped += len(self._waiting)
            self._waiting.clear()
            self._broken = True
        if self._broken and not unit.keyframe:
            self.dropped += 1
            return True
        self._broken = False
        self._waiting.append(_Waiting(unit, now_ms))
        return False

    def take(self) -> Unit | None:
        """The next picture; None: nothing waits."""
        return self._waiting.popleft().unit if self._waiting else None

    def clear(self) -> None:
        """Forget what waits, and go on with a keyframe."""
        self.dropped += len(self._waiting)
        self._waiting.clear()
        self._broken = True

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)


class KeyframeLimiter:
    """Requests for keyframes, of however many viewers, to at most one a second. A request may wait, none is lost."""

    def __init__(self, every_ms: float = KEYFRAME_EVERY_MS) -> None:
        self._every_ms = every_ms
        self._asked_ms: float | None = None  # when the last one was passed on
        self.waits = False  # a request that was not passed on yet

    def ask(self, now_ms: float) -> float:
        """A viewer wants one. How long to wait before it is passed on; 0: pass it on now."""
        wait = 0.0 if self._asked_ms is None else max(0.0, self._asked_ms + self._every_ms - now_ms)
        if wait:
            self.waits = True
        else:
            self._asked_ms, self.waits = now_ms, False
        return wait

    def arrived(self) -> None:
        """A keyframe came: who waited for one has it."""
        self.waits = False
