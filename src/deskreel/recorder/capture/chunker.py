"""Chunks from encoded frames. Pure: no clock, no I/O.

A `Chunker` holds one run: frames without a hole in time, beginning with a keyframe. Every millisecond of
the run belongs to exactly one frame and one chunk: a frame lasts until the next one, the last of a chunk
until the chunk's end, and chunks touch. When a chunk ends is for
`cadence` to say, by `ChunkRules`. All times are server wall time in ms.
"""

from __future__ import annotations

from dataclasses import dataclass

from deskreel.core.errors import InvalidInputError
from deskreel.core.time import WallTime, Window
from deskreel.media.fmp4 import EncodedFrame, write_fragment


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedChunk:
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

    @property
    def next_at(self) -> int:
        """The earliest time that the next frame may get."""
        if self._frames:
            return self._frames[-1].at + 1
        return self._origin if self._closed_at is None else self._closed_at

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

    def close_chunk(self, end_ms: int) -> FinishedChunk | None:
        """End the chunk at `end_ms`, where the run goes on; None when it has no frames.

        A chunk ends after its last frame began: an earlier `end_ms` is moved to 1 ms after that.
        """
        if not self._frames:
            return None
        end_ms = max(end_ms, self._frames[-1].at + 1)
        sealed = self._seal(end_ms)
        self._closed_at = end_ms
        return sealed

    def cut(self, end_ms: int) -> FinishedChunk | None:
        """End the run at `end_ms`: what was captured at or after it is gone; None when nothing is left.

        The chunker is then as new, for the next run.
        """
        self._frames = [frame for frame in self._frames if frame.at < end_ms]
        sealed = self._seal(end_ms) if self._frames else None
        self._closed_at = None
        return sealed

    def _seal(self, end_ms: int) -> FinishedChunk:
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
        return FinishedChunk(
            start_ms=WallTime(start),
            duration_ms=end_ms - start,
            keyframe=frames[0].keyframe,
            init=self._init,
            data=data,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkRules:
    """How long chunks and segments are. A keyframe costs bytes, a missing one costs seeking."""

    chunk_ms: int = 2_000  # a chunk with something new in it is full after this
    first_ms: int = (
        500  # the first one of a run or after a boundary: what came before is playable once it is stored
    )
    still_ms: int = 5_000  # a chunk in which nothing changes; at least chunk_ms, at most keyframe_max_ms
    hold_ms: int = 2_500  # how long something new may stay inside the encoder; first_ms in the first chunk
    keyframe_min_ms: int = 40_000  # a change of most of the canvas brings a keyframe after this
    keyframe_max_ms: int = 55_000  # and anything after this: the longest segment
    keyframe_frames: int = 500  # or after this many frames: what a seek may have to decode
    big_change: float = 0.5  # what part of the canvas is most of it

    def __post_init__(self) -> None:
        if not 0 < self.first_ms <= self.chunk_ms <= self.keyframe_min_ms <= self.keyframe_max_ms:
            raise InvalidInputError(f"chunk and keyframe lengths must rise from above 0: {self}")
        if self.still_ms < 1 or self.hold_ms < 1 or self.keyframe_frames < 1:
            raise InvalidInputError(f"lengths and counts must be above 0: {self}")

    @property
    def still_chunk_ms(self) -> int:
        """Length of a chunk in which nothing changes."""
        return min(max(self.still_ms, self.chunk_ms), self.keyframe_max_ms)
