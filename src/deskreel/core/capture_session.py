"""CaptureSession: which screen recordings exist for an agent, and in what state each stands at any instant.

A session is the *set* of the agent's events. Every answer is a replay of that set in the order in which the
events took place, so that arrival order, duplicates and late events cannot change the outcome. `TRANSITIONS` is
the whole state machine; the rest of this file finds out which trigger an event is, given the calls that are up.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from deskreel.core.events import AFTER_CALL_WORK, CallEvent, EventKind
from deskreel.core.ids import CallId
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import FAR_FUTURE, WallTime, Window
from deskreel.core.timeline import CallPart, RecordingTimeline, Span, SpanState


class State(StrEnum):
    """Where a capture session stands."""

    IDLE = "idle"  # nothing to capture
    RECORDING = "recording"  # a recorded call is up
    PAUSED = "paused"  # a call recording is paused
    STOPPED = "stopped"  # the call recording was stopped, the call goes on
    ACW = "acw"  # After Call Work
    ENDED = "ended"  # over its maximum length; waits for the call to end


class Trigger(StrEnum):
    """What moves it."""

    RECORDED = "recorded"  # at least one recorded call is up, none of them paused
    HELD_BACK = "held_back"  # a recorded call is up, at least one is paused
    UNRECORDED = "unrecorded"  # calls are up, none is being recorded any more
    CALL_OVER = "call_over"  # the last recorded call ended, ACW is on
    CALL_OVER_NO_ACW = "call_over_no_acw"  # the last recorded call ended, ACW is off
    ACW_OVER = "acw_over"  # status changed, or the ACW timeout passed
    TOO_LONG = "too_long"  # maximum length reached


# (state, trigger) → next state. A pair that is not here changes nothing.
TRANSITIONS: dict[tuple[State, Trigger], State] = {
    (State.IDLE, Trigger.RECORDED): State.RECORDING,
    (State.IDLE, Trigger.HELD_BACK): State.PAUSED,
    (State.RECORDING, Trigger.HELD_BACK): State.PAUSED,
    (State.RECORDING, Trigger.UNRECORDED): State.STOPPED,
    (State.RECORDING, Trigger.CALL_OVER): State.ACW,
    (State.RECORDING, Trigger.CALL_OVER_NO_ACW): State.IDLE,
    (State.RECORDING, Trigger.TOO_LONG): State.ENDED,
    (State.PAUSED, Trigger.RECORDED): State.RECORDING,
    (State.PAUSED, Trigger.UNRECORDED): State.STOPPED,
    (State.PAUSED, Trigger.CALL_OVER): State.ACW,
    (State.PAUSED, Trigger.CALL_OVER_NO_ACW): State.IDLE,
    (State.PAUSED, Trigger.TOO_LONG): State.ENDED,
    (State.STOPPED, Trigger.RECORDED): State.RECORDING,
    (State.STOPPED, Trigger.HELD_BACK): State.PAUSED,
    (State.STOPPED, Trigger.CALL_OVER): State.ACW,
    (State.STOPPED, Trigger.CALL_OVER_NO_ACW): State.IDLE,
    (State.STOPPED, Trigger.TOO_LONG): State.ENDED,
    (State.ACW, Trigger.RECORDED): State.RECORDING,  # a new screen recording
    (State.ACW, Trigger.HELD_BACK): State.PAUSED,  # a new screen recording
    (State.ACW, Trigger.ACW_OVER): State.IDLE,
    (State.ACW, Trigger.TOO_LONG): State.IDLE,
    (State.ENDED, Trigger.CALL_OVER): State.IDLE,
    (State.ENDED, Trigger.CALL_OVER_NO_ACW): State.IDLE,
}

_SPAN_OF = {State.RECORDING: SpanState.RECORDED, State.ACW: SpanState.ACW}
STOP_IS_END_MS = 2_000  # a telephony stops the call recording just before it reports the call's end


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturePolicy:
    """The settings that the rules go by."""

    acw: bool = True  # capture After Call Work
    acw_timeout_ms: int = 30_000  # ACW ends then at the latest
    max_length_ms: int = 4 * 3_600_000  # of one screen recording


@dataclass(slots=True, kw_only=True)
class _Call:
    """One call of this agent while it is up."""

    call_id: CallId
    answered: bool = False
    recording: bool = False
    paused: bool = False
    stopped_at: WallTime | None = None  # when its call recording was stopped, while it is

    @property
    def live(self) -> bool:
        return self.answered and self.recording


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A session as it stands at an instant."""

    state: State
    recordings: tuple[RecordingTimeline, ...]  # in order; the last may be open
    deadline: WallTime | None  # when it changes by itself (ACW timeout, maximum length)
    boundary: int  # how many calls have begun or ended within the open recording


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureSession:
    """One agent's events and the policy they are read by."""

    policy: CapturePolicy = field(default_factory=CapturePolicy)
    events: tuple[CallEvent, ...] = ()  # unique by event_id, in `CallEvent.order`

    def apply(self, event: CallEvent) -> CaptureSession:
        """The session with one more event; the same session if it is a duplicate."""
        if any(known.event_id == event.event_id for known in self.events):
            return self
        place = bisect.bisect_left(self.events, event.order, key=lambda known: known.order)
        return CaptureSession(policy=self.policy, events=(*self.events[:place], event, *self.events[place:]))

    def apply_all(self, events: Iterable[CallEvent]) -> CaptureSession:
        """`apply` over many, sorted once."""
        unique = {known.event_id: known for known in self.events}
        for event in events:
            unique.setdefault(event.event_id, event)
        return CaptureSession(
            policy=self.policy, events=tuple(sorted(unique.values(), key=lambda event: event.order))
        )

    def at(self, now: WallTime) -> SessionView:
        """How things stand at `now`, by all events that took place until then."""
        replay = _Replay(self.policy)
        for event in self.events:
            if event.occurred_at > now:
                break
            replay.elapse(event.occurred_at)
            replay.event(event)
        replay.elapse(now)
        return replay.view()


class _Replay:
    """The fold: calls that are up, the state, and the recordings made so far."""

    def __init__(self, policy: CapturePolicy) -> None:
        self._policy = policy
        self._state = State.IDLE
        self._calls: dict[CallId, _Call] = {}
        self._ended: set[CallId] = set()  # for good; a transferred call may come back
        self._acw_deadline = FAR_FUTURE
        self._done: list[RecordingTimeline] = []
        self._open: _OpenRecording | None = None

    # --- time -----------------------------------------------------------------------------------------------

    def _next_deadline(self) -> WallTime:
        too_long = FAR_FUTURE
        if self._open is not None and self._state is not State.ENDED:
            too_long = WallTime(self._open.start + self._policy.max_length_ms)
        return min(self._acw_deadline, too_long)

    def elapse(self, now: WallTime) -> None:
        """Fire what falls due up to and including `now`."""
        while (deadline := self._next_deadline()) <= now:
            over = deadline == self._acw_deadline
            self._trigger(Trigger.ACW_OVER if over else Trigger.TOO_LONG, deadline)

    # --- events ---------------------------------------------------------------------------------------------

    def event(self, event: CallEvent) -> None:
        """Take one event into account."""
        at = event.occurred_at
        match event.kind:
            case EventKind.AGENT_STATUS:
                if event.attributes.get("status") != AFTER_CALL_WORK:
                    self._trigger(Trigger.ACW_OVER, at)
            case EventKind.ACW_ENDED:
                self._trigger(Trigger.ACW_OVER, at)
            case EventKind.SNAPSHOT:
                up = set(event.attributes.get("calls", ()))
                for call_id in [known for known in self._calls if known not in up]:
                    self._call_over(call_id, at, ReasonCode.TELEPHONY_LOST)
            case EventKind.CALL_ENDED | EventKind.CALL_TRANSFERRED:
                if event.call_id is not None:
                    if event.kind is EventKind.CALL_ENDED:
                        self._ended.add(event.call_id)
                    self._call_over(event.call_id, at, None)
            case EventKind.HEARTBEAT | EventKind.ACW_STARTED | EventKind.CALL_HELD | EventKind.CALL_RETRIEVED:
                pass  # known, and without effect on capture: hold is recorded, ACW begins at the call's end
            case _:
                self._call_event(event)

    def _call_event(self, event: CallEvent) -> None:
        if event.call_id is None or event.call_id in self._ended:
            return
        call = self._calls.setdefault(event.call_id, _Call(call_id=event.call_id))
        was_live = call.live
        match event.kind:
            case EventKind.CALL_ANSWERED:
                call.answered = True
            case EventKind.RECORDING_STARTED:
                call.recording, call.paused, call.stopped_at = True, False, None
            case EventKind.RECORDING_PAUSED:
                call.paused = True
            case EventKind.RECORDING_RESUMED:
                call.paused = False
            case EventKind.RECORDING_STOPPED:
                call.recording, call.paused, call.stopped_at = False, False, event.occurred_at
            case _:
                pass
        self._settle(event.occurred_at)
        if call.live and not was_live and self._open is not None:
            self._open.call_begins(call.call_id, event.occurred_at)

    def _settle(self, at: WallTime) -> None:
        """The trigger that the calls now up amount to."""
        live = [call for call in self._calls.values() if call.live]
        if live:
            paused = any(call.paused for call in live)
            self._trigger(Trigger.HELD_BACK if paused else Trigger.RECORDED, at)
        elif self._state in (State.RECORDING, State.PAUSED):
            self._trigger(Trigger.UNRECORDED, at)

    def _call_over(self, call_id: CallId, at: WallTime, reason: ReasonCode | None) -> None:
        call = self._calls.pop(call_id, None)
        if self._state is State.ENDED and not any(other.live for other in self._calls.values()):
            self._trigger(Trigger.CALL_OVER_NO_ACW, at)
        if call is None or self._open is None or not self._open.knows(call_id):
            return
        recorded_to_the_end = call.recording or (
            call.stopped_at is not None and at - call.stopped_at <= STOP_IS_END_MS
        )
        self._open.call_ends(call_id, at, reason)
        if any(other.live for other in self._calls.values()):
            self._settle(at)
        elif any(self._open.knows(other) for other in self._calls):
            self._trigger(
                Trigger.UNRECORDED, at
            )  # another call of this recording is up, its recording stopped
        else:
            acw = self._policy.acw and recorded_to_the_end and reason is None
            self._trigger(Trigger.CALL_OVER if acw else Trigger.CALL_OVER_NO_ACW, at)

    # --- state ----------------------------------------------------------------------------------------------

    def _trigger(self, trigger: Trigger, at: WallTime) -> None:
        before = self._state
        after = TRANSITIONS.get((before, trigger))
        if after is None or after is before:
            return
        self._state = after
        if before is State.ACW:
            self._acw_deadline = FAR_FUTURE
        if before is State.ACW and after in (State.RECORDING, State.PAUSED):
            self._close(at)
        if after in (State.IDLE, State.ENDED):
            self._close(at, ReasonCode.MAX_LENGTH if trigger is Trigger.TOO_LONG else None)
            return
        if self._open is None:
            self._open = _OpenRecording(at)
            for call in self._calls.values():
                if call.live:
                    self._open.call_begins(call.call_id, at)
        self._open.enter(_SPAN_OF.get(after, SpanState.PAUSED), at)
        if after is State.ACW:
            self._acw_deadline = WallTime(at + self._policy.acw_timeout_ms)

    def _close(self, at: WallTime, reason: ReasonCode | None = None) -> None:
        if self._open is not None:
            self._done.append(self._open.close(at, reason))
            self._open = None

    def view(self) -> SessionView:
        """What the events so far amount to."""
        deadline = self._next_deadline()
        opened = (self._open.snapshot(),) if self._open is not None else ()
        return SessionView(
            state=self._state,
            recordings=(*self._done, *opened),
            deadline=None if deadline == FAR_FUTURE else deadline,
            boundary=self._open.boundary if self._open is not None else 0,
        )


class _OpenRecording:
    """A screen recording in the making."""

    def __init__(self, start: WallTime) -> None:
        self.start = start
        self.boundary = 0
        self._spans: list[Span] = []
        self._state: SpanState | None = None
        self._since = start
        self._parts: dict[CallId, CallPart] = {}

    def knows(self, call_id: CallId) -> bool:
        return call_id in self._parts

    def enter(self, state: SpanState, at: WallTime) -> None:
        if state is self._state:
            return
        self._leave(at)
        self._state, self._since = state, at

    def _leave(self, at: WallTime) -> None:
        if self._state is not None and at > self._since:
            self._spans.append(Span(state=self._state, window=Window(self._since, at)))

    def call_begins(self, call_id: CallId, at: WallTime) -> None:
        if call_id not in self._parts:
            self._parts[call_id] = CallPart(call_id=call_id, window=Window(at))
            self.boundary += 1

    def call_ends(self, call_id: CallId, at: WallTime, reason: ReasonCode | None) -> None:
        part = self._parts[call_id]
        if part.window.end is None:
            self._parts[call_id] = CallPart(
                call_id=call_id, window=Window(part.window.start, max(at, part.window.start)), reason=reason
            )
            self.boundary += 1

    def snapshot(self) -> RecordingTimeline:
        spans = list(self._spans)
        if self._state is not None:
            spans.append(Span(state=self._state, window=Window(self._since)))
        return RecordingTimeline(
            window=Window(self.start), spans=tuple(spans), parts=tuple(self._parts.values()), reason=None
        )

    def close(self, at: WallTime, reason: ReasonCode | None) -> RecordingTimeline:
        self._leave(at)
        parts = tuple(
            part
            if part.window.end is not None
            else CallPart(call_id=part.call_id, window=part.window.closed_at(at), reason=reason)
            for part in self._parts.values()
        )
        return RecordingTimeline(
            window=Window(self.start, at), spans=tuple(self._spans), parts=parts, reason=reason
        )
