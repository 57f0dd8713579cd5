"""What is remembered of the screen before there is a job to capture. Pure; in memory only.

While a desktop has nothing to record, an administrator may let it remember the last seconds, so that a call whose
event comes late is seen from its beginning. A `Memory` holds them: pictures that each decode by themselves, with
the time over which the screen was known to look like that. Nothing of it is handed out but what was on the screen
at or after the moment asked for, and nothing is remembered for longer than `LookBack.keep_ms`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

from deskreel.core.policy import DEFAULT_CANVAS, MonitorMode
from deskreel.core.time import WallTime

MAX_BYTES = 32 * 1024 * 1024  # of pictures: with more than that in it, a memory is shorter than asked for
BEAT_MS = 250  # between looks at a screen that stands still, each of which says that it still looks the same
MAX_FPS = 5  # frames per second: every one is a keyframe


@dataclass(frozen=True, slots=True, kw_only=True)
class LookBack:
    """What to remember while there is no job."""

    keep_ms: int  # back from now, above 0
    canvas: tuple[int, int] = DEFAULT_CANVAS  # the largest width and height that a job would have
    max_fps: int = MAX_FPS  # frames per second at most
    monitors: MonitorMode = MonitorMode.ACTIVE
    dwell_ms: int = 600  # the pointer stays this long on a monitor before the picture follows


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """One picture, and when the screen looked like that."""

    at: WallTime  # when it was taken, or the later moment from which on it may be shown
    seen_until: WallTime  # the screen was looked at then and had not changed since `at`
    data: bytes  # a keyframe


class Memory:
    """The last `keep_ms`, within `max_bytes`. Times are server times and rise."""

    def __init__(self, keep_ms: int, *, max_bytes: int = MAX_BYTES) -> None:
        self._keep_ms = keep_ms
        self._max_bytes = max_bytes
        self._pictures: deque[Remembered] = deque()
        self._bytes = 0

    @property
    def size(self) -> int:
        """Bytes in it."""
        return self._bytes

    @property
    def looked_at(self) -> WallTime | None:
        """When the screen was looked at last; None when nothing is remembered."""
        return self._pictures[-1].seen_until if self._pictures else None

    def add(self, data: bytes, at: WallTime) -> WallTime:
        """The screen looks different since `at`; the time that the picture got."""
        last = self.looked_at
        at = at if last is None else WallTime(max(at, last + 1))
        self._pictures.append(Remembered(at=at, seen_until=at, data=data))
        self._bytes += len(data)
        self.age(at)
        return at

    def unchanged(self, at: WallTime) -> None:
        """The screen was looked at and looks as before."""
        if self._pictures and at > self._pictures[-1].seen_until:
            self._pictures[-1] = replace(self._pictures[-1], seen_until=at)
        self.age(at)

    def age(self, now: int) -> None:
        """Forget what is too old, and the oldest of what is too much."""
        while self._pictures and (
            self._pictures[0].seen_until < now - self._keep_ms or self._bytes > self._max_bytes
        ):
            self._bytes -= len(self._pictures.popleft().data)

    def forget(self) -> None:
        """All of it."""
        self._pictures.clear()
        self._bytes = 0

    def since(self, start: int) -> tuple[Remembered, ...]:
        """What was on the screen at or after `start`, none of it timed before that."""
        return tuple(on_screen_since(self._pictures, start))


def on_screen_since(pictures: Iterable[Remembered], start: int) -> Iterable[Remembered]:
    """Those of `pictures` that were seen at or after `start`, none timed before that."""
    for one in pictures:
        if one.seen_until >= start:
            yield replace(one, at=WallTime(max(one.at, start)))
