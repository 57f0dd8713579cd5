"""When a chunk begins and when a keyframe is due. Pure.

Keyframes are decided as frames go into the encoder (`keyframe_due`, `went_in`), chunks as pictures come out of it
(`begins_chunk`, `came_out`), for between the two there may be seconds. All times are server wall time in ms.
"""

from __future__ import annotations

from deskreel.recorder.capture.chunker import ChunkRules


class Cadence:
    """Where one run stands between chunks and keyframes."""

    def __init__(self, rules: ChunkRules) -> None:
        self._rules = rules
        self._keyframe_at = 0  # of the last keyframe that went in
        self._frames = 0  # since that one went in
        self._chunk_at = 0  # when the open chunk began
        self._chunk_open = False
        self._new = False  # the open chunk shows something new
        self._short = True  # the open chunk is the first of the run or after a boundary, or has yet to begin

    @property
    def hold_ms(self) -> int:
        """How long something new may stay inside the encoder."""
        rules = self._rules
        return min(rules.first_ms, rules.hold_ms) if self._short else rules.hold_ms

    def due_at(self) -> int:
        """When a frame is wanted at the latest, while nothing new is inside the encoder."""
        chunk_end = self._chunk_at + self._chunk_ms(self._new)
        return chunk_end if self._new else min(chunk_end, self._keyframe_at + self._rules.keyframe_max_ms)

    def keyframe_due(self, now_ms: int, share: float) -> bool:
        """Whether a frame that changed `share` of the canvas is to be a keyframe; a run's first one always is."""
        since_ms = now_ms - self._keyframe_at
        return (
            since_ms >= self._rules.keyframe_max_ms
            or self._frames >= self._rules.keyframe_frames
            or (share >= self._rules.big_change and since_ms >= self._rules.keyframe_min_ms)
        )

    def boundary(self) -> None:
        """What goes in next is a keyframe, and begins a short chunk."""
        self._short, self._chunk_open = True, False

    def went_in(self, at_ms: int, *, keyframe: bool) -> None:
        """Take note of a frame."""
        if keyframe:
            self._keyframe_at, self._frames = at_ms, 0
        self._frames += 1

    def begins_chunk(self, at_ms: int, *, keyframe: bool, new: bool) -> bool:
        """Whether a picture that comes out, of the time `at_ms`, begins a chunk."""
        if keyframe or not self._chunk_open:
            return True
        return at_ms - self._chunk_at >= self._chunk_ms(new or self._new)

    def came_out(self, at_ms: int, *, begins_chunk: bool, new: bool) -> None:
        """Take note of a picture."""
        if begins_chunk:
            self._short = self._short and not self._chunk_open
            self._chunk_at, self._chunk_open, self._new = at_ms, True, False
        self._new = self._new or new

    def _chunk_ms(self, new: bool) -> int:
        if self._short:
            return self._rules.first_ms
        return self._rules.chunk_ms if new else self._rules.still_chunk_ms
