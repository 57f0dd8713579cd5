"""The replay behind `CaptureSession`: calls that are up, the state, and the recordings made so far.

It lives for one answer. Events, the bounds of what is known and deadlines go in, in the order of time; a
`SessionView` comes out. It finds out which trigger each of them is; `TRANSITIONS` says what follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from deskreel.core.events import (
    AFTER_CALL_WORK,
    AGENT,
    BY,
    ON_UNKNOWN_PAUSE,
    PAUSE,
    UNKNOWN,
    CallEvent,
    EventKind,
)
from deskreel.core.ids import CallId
from deskreel.core.reasons import ReasonCode
from deskreel.core.session_recording import OpenRecording
from deskreel.core.session_rules import TRANSITIONS, SessionRules, State, Trigger, UnknownPause
from deskreel.core.time import FAR_FUTURE, WallTime
from deskreel.core.timeline import RecordingTimeline, SpanState

_SPAN_OF = {
    State.RECORDING: SpanState.RECORDED,
    State.ACW: SpanState.ACW,
    State.WITHHELD: SpanState.MISSING,
}


class StopFate(StrEnum):
    """What became of a stop of the call recording."""

    COUNTS = "counts"  # the call went on without it
    BEFORE_END = "before_end"  # the call ended within `STOP_IS_END_MS`: not a stop in mid call
    OPEN = "open"  # neither yet


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A session as it stands at an instant."""

    state: State
    recordings: tuple[RecordingTimeline, ...]  # in order; the last may be open
    deadline: WallTime | None  # when it changes by itself (ACW timeout, maximum length, …)
    boundary: int  # how many calls have begun or ended within the open recording


@dataclass(slots=True, kw_only=True)
class _Call:
    """One call of this agent while it is up."""

    call_id: CallId
    answered: bool = False
    recording: bool = False
    paused: bool = False
    agent_paused: bool = False  # by the agent, on the desktop: only the agent lifts it
    unsure: bool = False  # whether it is paused is not known; `paused` is then the last that was known
    on_unknown_pause: UnknownPause | None = None  # as its source says; None: as the rules say

    @property
    def live(self) -> bool:
        return self.answered and self.recording


class Replay:
    """The fold. Feed it in the order of time, and call `elapse` before each step."""

    def __init__(self, rules: SessionRules) -> None:
        self._rules = rules
        self._state = State.IDLE
        self._enabled = True
        self._lost = False  # the telephony is away, and has been for longer than it may
        self._calls: dict[CallId, _Call] = {}
        self._ended: set[CallId] = set()  # for good; a transferred call may come back
        self._acw_deadline = FAR_FUTURE
        self._done: list[RecordingTimeline] = []
        self._open: OpenRecording | None = None

    # --- time and bounds ----------------------------------------------------------------------------------------

    def _next_deadline(self) -> WallTime:
        too_long = FAR_FUTURE
        if self._open is not None and self._state is not State.ENDED:
            too_long = self._open.limit
        return min(self._acw_deadline, too_long)

    def elapse(self, now: WallTime) -> None:
        """Fire what falls due up to and including `now`."""
        while (deadline := self._next_deadline()) <= now:
            over = deadline == self._acw_deadline
            self._trigger(Trigger.ACW_OVER if over else Trigger.TOO_LONG, deadline)

    def go_by(self, rules: SessionRules) -> None:
        """Other rules from now on: what has begun, a recording or its ACW, keeps the limit it began with."""
        self._rules = rules

    def enable(self, at: WallTime, enabled: bool) -> None:
        """From now on the agent is to be captured, or not."""
        self._enabled = enabled
        if enabled:
            self._settle(at)
        else:
            self._trigger(Trigger.DISABLED, at, ReasonCode.USER_DISABLED)

    def link_lost(self, at: WallTime) -> None:
        """The telephony went away: what happens to the calls is not known from here on."""
        for call in self._calls.values():
            call.unsure = True
        wanted = {self._when_unsure(call) for call in self._calls.values()}
        if UnknownPause.PAUSE in (wanted or {self._rules.on_unknown_pause}):
            self.silent_too_long(at)

    def silent_too_long(self, at: WallTime) -> None:
        """The telephony has been away for longer than capture may go on without it."""
        self._lost = True
        self._settle(at)

    def link_back(self, at: WallTime) -> None:
        """The telephony is there again."""
        self._lost = False
        self._settle(at)

    # --- events -------------------------------------------------------------------------------------------------

    def event(self, event: CallEvent, stop: StopFate) -> None:
        """Take one event into account; `stop` is what became of it when it is a stop of the call recording."""
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
                self._call_event(event, stop)

    def _call_event(self, event: CallEvent, stop: StopFate) -> None:
        if event.call_id is None or event.call_id in self._ended:
            return
        call = self._calls.setdefault(event.call_id, _Call(call_id=event.call_id))
        was_live = call.live
        if event.kind is EventKind.RECORDING_STARTED and (told := event.attributes.get(ON_UNKNOWN_PAUSE)):
            call.on_unknown_pause = UnknownPause(told)
        match event.kind:
            case EventKind.CALL_ANSWERED:
                call.answered = True
            case EventKind.RECORDING_STARTED if event.attributes.get(PAUSE) == UNKNOWN:
                call.paused = call.paused and call.recording  # found under way: what was known stands
                call.recording, call.unsure = True, True
            case EventKind.RECORDING_STARTED:
                call.recording, call.paused, call.unsure = True, False, False
            case EventKind.RECORDING_PAUSED | EventKind.RECORDING_RESUMED if (
                event.attributes.get(BY) == AGENT
            ):
                call.agent_paused = event.kind is EventKind.RECORDING_PAUSED
            case EventKind.RECORDING_PAUSED:
                call.paused, call.unsure = True, False
            case EventKind.RECORDING_RESUMED:
                call.paused, call.unsure = False, False
            case EventKind.RECORDING_STOPPED if stop is StopFate.COUNTS:
                call.recording, call.paused, call.unsure = False, False, False
            case _:
                pass
        self._settle(event.occurred_at)
        if call.live and not was_live and self._open is not None:
            self._open.call_begins(call.call_id, event.occurred_at)

    def _settle(self, at: WallTime) -> None:
        """The trigger that the calls now up amount to."""
        if not self._enabled:
            return
        live = [call for call in self._calls.values() if call.live]
        if not live:
            if self._state in (State.RECORDING, State.PAUSED, State.WITHHELD):
                self._trigger(Trigger.UNRECORDED, at)
        elif any(call.paused or call.agent_paused for call in live):
            self._trigger(Trigger.HELD_BACK, at)
        elif self._lost:
            self._trigger(Trigger.UNSURE, at, ReasonCode.TELEPHONY_LOST)
        elif not (unsure := [call for call in live if call.unsure]):
            self._trigger(Trigger.RECORDED, at)
        elif any(self._when_unsure(call) is UnknownPause.PAUSE for call in unsure):
            self._trigger(Trigger.UNSURE, at, ReasonCode.PAUSE_UNKNOWN)
        else:
            self._trigger(Trigger.RECORDED, at, ReasonCode.PAUSE_UNKNOWN)

    def _when_unsure(self, call: _Call) -> UnknownPause:
        return call.on_unknown_pause or self._rules.on_unknown_pause

    def _call_over(self, call_id: CallId, at: WallTime, reason: ReasonCode | None) -> None:
        call = self._calls.pop(call_id, None)
        if self._state is State.ENDED and not any(other.live for other in self._calls.values()):
            self._trigger(Trigger.CALL_OVER_NO_ACW, at)
        if call is None or self._open is None or not self._open.knows(call_id):
            return
        self._open.call_ends(call_id, at, reason)
        if any(other.live for other in self._calls.values()):
            self._settle(at)
        elif any(self._open.knows(other) for other in self._calls):
            self._trigger(
                Trigger.UNRECORDED, at
            )  # another call of this recording is up, its recording stopped
        else:
            acw = self._rules.acw and call.recording and reason is None
            self._trigger(Trigger.CALL_OVER if acw else Trigger.CALL_OVER_NO_ACW, at)

    # --- state --------------------------------------------------------------------------------------------------

    def _trigger(self, trigger: Trigger, at: WallTime, reason: ReasonCode | None = None) -> None:
        """Move on. `reason` says why the stretch from here on is as it is, or why the recording ends."""
        before = self._state
        after = TRANSITIONS.get((before, trigger), before)
        if after is before:
            if trigger in (Trigger.RECORDED, Trigger.UNSURE) and self._open is not None:
                self._enter(after, at, reason)
            return
        self._state = after
        if before is State.ACW:
            self._acw_deadline = FAR_FUTURE
        if before is State.ACW and after is not State.IDLE:
            self._close(at)
        if after in (State.IDLE, State.ENDED):
            self._close(at, ReasonCode.MAX_LENGTH if trigger is Trigger.TOO_LONG else reason)
            return
        if self._open is None:
            self._open = OpenRecording(at, WallTime(at + self._rules.max_length_ms))
            for call in self._calls.values():
                if call.live:
                    self._open.call_begins(call.call_id, at)
        self._enter(after, at, reason)
        if after is State.ACW:
            self._acw_deadline = WallTime(at + self._rules.acw_timeout_ms)

    def _enter(self, state: State, at: WallTime, reason: ReasonCode | None) -> None:
        if self._open is not None and state in (State.RECORDING, State.WITHHELD):
            self._open.enter(_SPAN_OF[state], at, reason)
        elif self._open is not None and state is not State.ENDED:
            self._open.enter(_SPAN_OF.get(state, SpanState.PAUSED), at, None)

    def _close(self, at: WallTime, reason: ReasonCode | None = None) -> None:
        if self._open is not None:
            self._done.append(self._open.close(at, reason))
            self._open = None

    def view(self, also_due: WallTime = FAR_FUTURE) -> SessionView:
        """What went in so far amounts to; `also_due` is when it may change beside its own deadlines."""
        deadline = min(self._next_deadline(), also_due)
        opened = (self._open.snapshot(),) if self._open is not None else ()
        return SessionView(
            state=self._state,
            recordings=(*self._done, *opened),
            deadline=None if deadline == FAR_FUTURE else deadline,
            boundary=self._open.boundary if self._open is not None else 0,
        )
