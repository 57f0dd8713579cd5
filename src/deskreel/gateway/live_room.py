"""Who sends and who watches one screen recording live, and what passes between them. Rules only, no socket.

A unit of the publisher goes to every viewer as it is. The newest publisher that delivers leads, and older ones are
let go; viewers stay when a publisher leaves. All keyframe requests together reach the publisher once a second.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from deskreel.rtc.flow import KeyframeLimiter
from deskreel.rtc.wire import CLOCK_HZ, Unit

_RATE_MS = 5000.0  # what the rate in the report is averaged over


class Publisher(Protocol):
    """A connection that pictures come in by."""

    def ask_keyframe(self) -> None:
        """Ask the recorder for one, now."""
        ...


class Viewer(Protocol):
    """A connection that pictures go out by."""

    def send_unit(self, unit: Unit) -> None:
        """Queue a picture."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomReport:
    """How a room is, for diagnosis."""

    publishing: bool  # pictures came lately
    publishers: int
    viewers: int
    pictures: int  # passed on since the room was opened
    kbps: float  # of the last seconds
    picture_age_ms: float | None  # since the last one
    keyframe_age_ms: float | None
    keyframes_asked: int  # of the publisher


class Timeline:
    """The times of one publisher after another as one time that goes on. Within one, distances stay as they are."""

    def __init__(self) -> None:
        self._source: object = None
        self._offset, self._last, self._last_ms = 0, 0, 0.0

    def map(self, source: object, timestamp: int, now_ms: float) -> int:
        """The time to send with, in ticks of the RTP clock."""
        if source is not self._source:
            away = int((now_ms - self._last_ms) * CLOCK_HZ / 1000) if self._source is not None else 0
            self._offset = self._last + max(away, CLOCK_HZ // 1000) - timestamp
            self._source = source
        self._last, self._last_ms = timestamp + self._offset, now_ms
        return self._last


class Room:
    """One screen recording that is sent or watched."""

    def __init__(
        self, later: Callable[[float, Callable[[], None]], object], now_ms: Callable[[], float]
    ) -> None:
        self._later, self._now_ms = later, now_ms  # call after so many seconds; steady clock
        self._publishers: list[Publisher] = []  # the newest last
        self._lead: Publisher | None = None
        self._viewers: list[Viewer] = []
        self._keyframes, self._timer = KeyframeLimiter(), False
        self._timeline = Timeline()
        self._pictures, self._asked = 0, 0
        self._recent: deque[tuple[float, int]] = deque()  # when, and bytes
        self._picture_ms: float | None = None
        self._keyframe_ms: float | None = None

    @property
    def empty(self) -> bool:
        """Nobody is there."""
        return not self._publishers and not self._viewers

    def enter_publisher(self, publisher: Publisher) -> None:
        """A recorder has connected. Harmless when repeated."""
        if publisher in self._publishers:
            return
        self._publishers.append(publisher)
        if self._viewers:
            self.want_keyframe()

    def enter_viewer(self, viewer: Viewer) -> None:
        """A viewer has connected: they need a keyframe."""
        self._viewers.append(viewer)
        self.want_keyframe()

    def leave(self, who: Publisher | Viewer) -> None:
        """One of them has gone. Harmless when repeated."""
        self._publishers = [one for one in self._publishers if one is not who]
        self._viewers = [one for one in self._viewers if one is not who]
        if self._lead is who:
            self._lead = None

    def take(self, publisher: Publisher, unit: Unit) -> list[Publisher]:
        """A picture has come in: pass it on. Publishers that are not needed any more."""
        if publisher not in self._publishers:
            return []
        replaced: list[Publisher] = []
        if publisher is not self._lead:
            if self._lead is not None and self._older(publisher, self._lead):
                return []
            if not unit.keyframe:
                self.want_keyframe()
                return []
            self._lead = publisher
            replaced = self._publishers[: self._publishers.index(publisher)]
        now_ms = self._now_ms()
        self._note(unit, now_ms)
        sent = replace(unit, timestamp=self._timeline.map(publisher, unit.timestamp, now_ms))
        for viewer in self._viewers:
            viewer.send_unit(sent)
        return replaced

    def want_keyframe(self) -> None:
        """A viewer, or a publisher that is to lead, cannot go on without one."""
        if not self._publishers:
            return
        wait_ms = self._keyframes.ask(self._now_ms())
        if wait_ms == 0:
            self._asked += 1
            first = self._publishers.index(self._lead) if self._lead is not None else 0
            for publisher in self._publishers[first:]:  # who leads, and who wants to
                publisher.ask_keyframe()
        elif not self._timer:
            self._timer = True
            self._later(wait_ms / 1000, self._timed)

    def report(self) -> RoomReport:
        """As of now."""
        now_ms = self._now_ms()
        self._forget(now_ms)
        age = None if self._picture_ms is None else now_ms - self._picture_ms
        return RoomReport(
            publishing=self._lead is not None and age is not None and age < _RATE_MS,
            publishers=len(self._publishers),
            viewers=len(self._viewers),
            pictures=self._pictures,
            kbps=round(sum(size for _, size in self._recent) * 8 / _RATE_MS, 1),
            picture_age_ms=age,
            keyframe_age_ms=None if self._keyframe_ms is None else now_ms - self._keyframe_ms,
            keyframes_asked=self._asked,
        )

    def _older(self, one: Publisher, other: Publisher) -> bool:
        return self._publishers.index(one) < self._publishers.index(other)

    def _timed(self) -> None:
        self._timer = False
        if self._keyframes.waits and not self.empty:
            self.want_keyframe()

    def _note(self, unit: Unit, now_ms: float) -> None:
        self._pictures += 1
        self._picture_ms = now_ms
        self._recent.append((now_ms, unit.size))
        self._forget(now_ms)
        if unit.keyframe:
            self._keyframe_ms = now_ms
            self._keyframes.arrived()

    def _forget(self, now_ms: float) -> None:
        while self._recent and now_ms - self._recent[0][0] > _RATE_MS:
            self._recent.popleft()
