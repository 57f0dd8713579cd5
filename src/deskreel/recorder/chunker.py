"""Chunks from encoded frames, and when to begin them. Pure: no clock, no I/O.

A `Chunker` holds one run: frames without a hole in time, beginning with a keyframe. Every millisecond of
the run belongs to exactly one frame and one chunk: a frame lasts until the next one, the last of a chunk
until the chunk's end, and chunks touch. A `Cadence` says when a chunk is full and whether the next begins
with a keyframe. All times are server wall time in ms.
"""

from __future__ import annotations

from dataclasses import dataclass

from deskreel.core.errors import InvalidInputError
from deskreel.core.time import WallTime, Window
from deskreel.media.fmp4 import EncodedFrame, write_fragment


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedChunk:
    """A finished chunk, ready for the spool."""

    start_ms: WallTime  # server time of the first frame
    duration_ms: int  # until the next chunk, the pause or the stop; above 0
    keyframe: bool  # the first frame decodes by itself
    init: bytes  # the init segment that decodes it
    data: bytes  # one fMP4 fragment

    @property
    def window(self) -> Window:
        """The wall time it covers."""
        return Window(self.start_ms, WallTime(self.start_ms + self.duration_ms))


@dataclass(frozen=True, slots=True)
class _Frame:
    data: bytes
    at: int
    keyframe: bool


class Chunker:
    """The frames of one run; `origin` is the zero of the media timeline, not after the first frame.

    Two frames in one millisecond: the later one moves to the next millisecond, none is dropped, for the ones
    after it are encoded upon it. The first frame after `close_chunk(end)` stands from `end` on, so that a run
    has no hole.
    """

    def __init__(self, *, origin: WallTime, init: bytes) -> None:
        self._origin = origin
        self._init = init
        self._frames: list[_Frame] = []
        self._closed_at: int | None = None  # end of the chunk before, where the next one begins

    @property
    def open_since(self) -> WallTime | None:
        """Start of the chunk that frames are being added to, None when it has none yet."""
        return WallTime(self._frames[0].at) if self._frames else None

    def add(self, data: bytes, at: int, keyframe: bool) -> WallTime:
        """A frame that was captured at `at`; the time it got.

        Raises:
            InvalidInputError: the run does not begin with a keyframe, or begins before the origin.
        """
        if self._frames:
            at = max(at, self._frames[-1].at + 1)
        elif self._closed_at is not None:
            at = self._closed_at
        elif not keyframe or at < self._origin:
            raise InvalidInputError("a run begins with a keyframe, at or after the origin")
        self._frames.append(_Frame(data, at, keyframe))
        return WallTime(at)

    def close_chunk(self, end_ms: int) -> SealedChunk | None:
        """End the chunk at `end_ms`, where the run goes on; None when it has no frames.

        A chunk ends after its last frame began: an earlier `end_ms` is moved to 1 ms after that.
        """
        if not self._frames:
            return None
        end_ms = max(end_ms, self._frames[-1].at + 1)
        sealed = self._seal(end_ms)
        self._closed_at = end_ms
        return sealed

    def cut(self, end_ms: int) -> SealedChunk | None:
        """End the run at `end_ms`: what was captured at or after it is gone; None when nothing is left.

        The chunker is then as new, for the next run.
        """
        self._frames = [frame for frame in self._frames if frame.at < end_ms]
        sealed = self._seal(end_ms) if self._frames else None
        self._closed_at = None
        return sealed

    def _seal(self, end_ms: int) -> SealedChunk:
        frames, self._frames = self._frames, []
        ends = [frame.at for frame in frames[1:]] + [end_ms]
        start = frames[0].at
        decode_time_ms = start - self._origin
        data = write_fragment(
            # rises with every chunk of a recording, over runs and restarts, without a counter to keep
            sequence=(decode_time_ms + 1) & 0xFFFF_FFFF,
            decode_time_ms=decode_time_ms,
            frames=[
                EncodedFrame(data=frame.data, duration_ms=end - frame.at, keyframe=frame.keyframe)
                for frame, end in zip(frames, ends, strict=True)
            ],
        )
        return SealedChunk(
            start_ms=WallTime(start),
            duration_ms=end_ms - start,
            keyframe=frames[0].keyframe,
            init=self._init,
            data=data,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkRules:
    """How long chunks and segments are. A keyframe costs bytes, a missing one costs seeking."""

    chunk_ms: int = 2_000  # a chunk is full after this
    first_ms: int = (
        500  # the first one of a run or after a boundary: what came before is playable once it is stored
    )
    keyframe_min_ms: int = 8_000  # with changes since the last keyframe: the first chunk start after this
    keyframe_max_ms: int = 30_000  # without: the first chunk start after this

    def __post_init__(self) -> None:
        if not 0 < self.first_ms <= self.chunk_ms <= self.keyframe_min_ms <= self.keyframe_max_ms:
            raise InvalidInputError(f"chunk and keyframe lengths must rise from above 0: {self}")


class Cadence:
    """Where one run stands between chunks and keyframes."""

    def __init__(self, rules: ChunkRules) -> None:
        self._rules = rules
        self._chunk_at: int | None = None  # start of the open chunk, None before the first frame
        self._chunk_ms = rules.first_ms  # length of the open chunk
        self._keyframe_at = 0
        self._changed = False  # since the keyframe
        self._boundary = False

    def force_boundary(self) -> None:
        """The next frame begins a chunk, with a keyframe."""
        self._boundary = True

    def ms_left(self, now_ms: int) -> int:
        """How long the open chunk may still take frames; 0: the next frame begins a new one."""
        if self._chunk_at is None or self._boundary:
            return 0
        return max(0, self._chunk_at + self._chunk_ms - now_ms)

    def keyframe_due(self, now_ms: int) -> bool:
        """Whether a frame that begins a chunk now is to be a keyframe."""
        if self._chunk_at is None or self._boundary:
            return True
        since_ms = now_ms - self._keyframe_at
        limit_ms = self._rules.keyframe_min_ms if self._changed else self._rules.keyframe_max_ms
        return since_ms >= limit_ms

    def frame(self, at_ms: int, *, begins_chunk: bool, keyframe: bool, changed: bool) -> None:
        """Take note of an encoded frame; `changed`: it shows something else than the one before."""
        if begins_chunk:
            first = self._chunk_at is None or self._boundary
            self._chunk_ms = self._rules.first_ms if first else self._rules.chunk_ms
            self._chunk_at = at_ms
            self._boundary = False
        self._changed = self._changed or changed
        if keyframe:
            self._keyframe_at = at_ms
            self._changed = False
