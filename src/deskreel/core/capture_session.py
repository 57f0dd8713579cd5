"""CaptureSession: which screen recordings exist for an agent, and in what state each stands at any instant.

A session is the *set* of the agent's events, and what is known besides: when the agent was to be captured, and
when the telephony was away. Every answer is a replay of these in the order in which they took place, so that
arrival order, duplicates and late events cannot change the outcome.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from deskreel.core.events import CallEvent, EventKind
from deskreel.core.session_replay import Replay, SessionView, StopFate
from deskreel.core.session_rules import (
    STOP_IS_END_MS,
    TRANSITIONS,
    SessionRules,
    State,
    Trigger,
    UnknownPause,
)
from deskreel.core.time import FAR_FUTURE, WallTime, Window

__all__ = [
    "STOP_IS_END_MS",
    "TRANSITIONS",
    "CaptureSession",
    "SessionRules",
    "SessionView",
    "State",
    "Trigger",
    "UnknownPause",
]

ALWAYS = (Window(WallTime(0)),)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureSession:
    """One agent's events and the rules they are read by."""

    rules: SessionRules = field(default_factory=SessionRules)
    events: tuple[CallEvent, ...] = ()  # unique by event_id, in `CallEvent.order`
    enabled: tuple[Window, ...] = ALWAYS  # when the agent was to be captured; disjoint, in order
    lost: tuple[Window, ...] = ()  # when the agent's telephony was away; disjoint, in order
    later: tuple[tuple[WallTime, SessionRules], ...] = ()  # rules that took the place of `rules` from then on

    def apply(self, event: CallEvent) -> CaptureSession:
        """The session with one more event; the same session if it is a duplicate."""
        if any(known.event_id == event.event_id for known in self.events):
            return self
        place = bisect.bisect_left(self.events, event.order, key=lambda known: known.order)
        return replace(self, events=(*self.events[:place], event, *self.events[place:]))

    def apply_all(self, events: Iterable[CallEvent]) -> CaptureSession:
        """`apply` over many, sorted once."""
        unique = {known.event_id: known for known in self.events}
        for event in events:
            unique.setdefault(event.event_id, event)
        return replace(self, events=tuple(sorted(unique.values(), key=lambda event: event.order)))

    def at(self, now: WallTime) -> SessionView:
        """How things stand at `now`, by all that took place until then."""
        replay = Replay(self.rules)
        bounds = sorted(self._bounds(), key=lambda bound: (bound[0], str(bound[1])))
        due = FAR_FUTURE
        for index, event in enumerate(self.events):
            if event.occurred_at > now:
                break
            while bounds and bounds[0][0] <= event.occurred_at:
                _cross(replay, bounds.pop(0))
            replay.elapse(event.occurred_at)
            fate = self._fate(index, now) if event.kind is EventKind.RECORDING_STOPPED else StopFate.COUNTS
            if fate is StopFate.OPEN:
                due = min(due, WallTime(event.occurred_at + STOP_IS_END_MS))
            replay.event(event, fate)
        while bounds and bounds[0][0] <= now:
            _cross(replay, bounds.pop(0))
        replay.elapse(now)
        return replay.view(min(due, bounds[0][0]) if bounds else due)

    def _bounds(self) -> Iterator[tuple[WallTime, str | SessionRules]]:
        """When what is known of the agent or of the telephony changes, and how. Rules and hiding come first."""
        yield from self.later
        at = WallTime(0)
        for window in self.enabled:
            if window.start > at:
                yield at, "disable"
            yield window.start, "enable"
            at = WallTime(window.limit)
        if at < FAR_FUTURE:
            yield at, "disable"
        for window in self.lost:
            yield window.start, "lose"
            if window.start + self.rules.silence_ms < window.limit:
                yield WallTime(window.start + self.rules.silence_ms), "miss"
            if window.end is not None:
                yield window.end, "regain"

    def _fate(self, index: int, now: WallTime) -> StopFate:
        """Whether a stop of the call recording is one in mid call, or just comes before the call's end."""
        stop = self.events[index]
        limit = stop.occurred_at + STOP_IS_END_MS
        for event in self.events[index + 1 :]:
            if event.occurred_at > min(limit, now):
                break
            if event.kind is EventKind.SNAPSHOT and stop.call_id not in event.attributes.get("calls", ()):
                return StopFate.BEFORE_END
            if event.call_id != stop.call_id:
                continue
            if event.kind in (EventKind.CALL_ENDED, EventKind.CALL_TRANSFERRED):
                return StopFate.BEFORE_END
            if event.kind is EventKind.RECORDING_STARTED:
                return StopFate.COUNTS
        return StopFate.OPEN if now < limit else StopFate.COUNTS


def _cross(replay: Replay, bound: tuple[WallTime, str | SessionRules]) -> None:
    at, change = bound
    replay.elapse(at)
    match change:
        case SessionRules():
            replay.go_by(change)
        case "enable" | "disable":
            replay.enable(at, change == "enable")
        case "lose":
            replay.link_lost(at)
        case "miss":
            replay.silent_too_long(at)
        case _:
            replay.link_back(at)
