"""A screen recording in the making, as the replay sees it: its spans and the parts of calls in it."""

from __future__ import annotations

from deskreel.core.ids import CallId
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime, Window
from deskreel.core.timeline import CallPart, RecordingTimeline, Span, SpanState


class OpenRecording:
    """Fed in the order of time; `snapshot` while it is open, `close` at its end."""

    def __init__(self, start: WallTime, limit: WallTime) -> None:
        self.start = start
        self.limit = limit  # it is too long from then on
        self.boundary = 0
        self._spans: list[Span] = []
        self._state: SpanState | None = None
        self._reason: ReasonCode | None = None
        self._since = start
        self._parts: dict[CallId, CallPart] = {}

    def knows(self, call_id: CallId) -> bool:
        """Whether a part of it is this call's."""
        return call_id in self._parts

    def enter(self, state: SpanState, at: WallTime, reason: ReasonCode | None) -> None:
        """From here on it is in this state; `reason` says what is missing or doubtful about it."""
        if (state, reason) == (self._state, self._reason):
            return
        self._leave(at)
        self._state, self._reason, self._since = state, reason, at

    def _leave(self, at: WallTime) -> None:
        if self._state is None or at <= self._since:
            return
        self._spans.append(Span(state=self._state, window=Window(self._since, at), reason=self._reason))

    def call_begins(self, call_id: CallId, at: WallTime) -> None:
        """A call is recorded from here on; its part begins once."""
        if call_id not in self._parts:
            self._parts[call_id] = CallPart(call_id=call_id, window=Window(at))
            self.boundary += 1

    def call_ends(self, call_id: CallId, at: WallTime, reason: ReasonCode | None) -> None:
        """The part of a call ends; `reason` is set when that is not the call's own end."""
        part = self._parts[call_id]
        if part.window.end is None:
            self._parts[call_id] = CallPart(
                call_id=call_id, window=Window(part.window.start, max(at, part.window.start)), reason=reason
            )
            self.boundary += 1

    def snapshot(self) -> RecordingTimeline:
        """The timeline so far, still open."""
        spans = list(self._spans)
        if self._state is not None:
            spans.append(Span(state=self._state, window=Window(self._since), reason=self._reason))
        return RecordingTimeline(
            window=Window(self.start), spans=tuple(spans), parts=tuple(self._parts.values()), reason=None
        )

    def close(self, at: WallTime, reason: ReasonCode | None) -> RecordingTimeline:
        """The whole timeline; `reason` is set when a rule ended it."""
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
