"""From frames to chunks: one run's frames go through the encoder and come out as sealed chunks.

A `Reel` owns the order and the time of the pictures that are inside the encoder. An encoder that looks ahead
holds pictures back; what goes in first comes out first, so a queue beside it says what each one is:

* *New*: a frame that shows something else than the one before keeps the time at which it was captured.
* A *repeat* of the frame before pushes new ones out while the screen stands still: after `hold_ms` nothing new
  is left inside. It has no time of its own. It gets one when it comes out: just before the new one behind it, or
  about now when there is none, so that chunks end without delay although older repeats are still inside.

Chunks begin where pictures come out; `chunker` says when.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import av

from deskreel.core.time import FAR_FUTURE, WallTime
from deskreel.recorder.capture.cadence import Cadence
from deskreel.recorder.capture.chunker import Chunker, ChunkRules, FinishedChunk
from deskreel.recorder.capture.look_back import Remembered
from deskreel.recorder.encode import EncodedPicture, Encoder, EncoderError, EncoderSettings

_MOST_HELD = 100  # pictures; an encoder that holds more is broken


@dataclass(frozen=True, slots=True)
class _Inside:
    """A picture that went into the encoder and has not come out."""

    at: int | None  # when it was captured; None: a repeat
    keyframe: bool


class Reel:
    """The frames of one run. The encoder outlives it: the run begins with a keyframe and leaves nothing inside.

    Args:
        origin: zero of the media timeline.
        encoder: used by this reel alone until `cut`.
        rules: lengths of chunks and segments.
        deliver: takes each chunk as it is sealed, in order; they touch.
    """

    def __init__(
        self,
        *,
        origin: WallTime,
        encoder: Encoder,
        rules: ChunkRules,
        deliver: Callable[[FinishedChunk], None],
    ) -> None:
        self._encoder = encoder
        self._deliver = deliver
        self._rules = rules
        self._cadence = Cadence(rules)
        self._chunker = Chunker(origin=origin, init=encoder.config)
        self._inside: deque[_Inside] = deque()
        self._last_at = 0  # of the frame taken last
        self._boundary = True  # the next frame begins a chunk, with nothing before it inside
        self._settings: EncoderSettings | None = None  # to be used from the next frame on
        self.covered_until: WallTime | None = None  # end of the last delivered chunk
        if encoder.held:  # of a run that ended by a failure
            encoder.drain()

    def begin_with(self, pictures: Sequence[Remembered]) -> None:
        """What the run's first frame follows on; before any frame, and none before the origin."""
        for one in pictures:
            since = self._chunker.open_since
            if since is not None and one.at - since >= self._rules.chunk_ms:
                self._hand_over(self._chunker.close_chunk(one.at))
            self._last_at = self._chunker.add(one.data, one.at, True)

    def ms_left(self, now: int) -> int:
        """How long until it wants a frame although nothing changed; 0: now."""
        return 0 if self._boundary else max(0, self._due_at() - now)

    def take(self, frame: av.VideoFrame, at: WallTime, *, changed: bool, share: float = 0.0) -> WallTime:
        """Put in `frame`, which is not kept. The time that it got: `at`, or 1 ms after the frame before.

        In the file it may begin later than that by 1 ms for each picture that the encoder holds.

        Args:
            frame: what the canvas shows.
            at: when it was captured.
            changed: it shows something else than the frame before.
            share: how much of the canvas changed, 0 to 1.

        Raises:
            EncoderError: the encoder failed; `cut` saves what came out of it.
        """
        at = WallTime(max(at, self._last_at + 1))
        boundary, self._boundary = self._boundary, False
        if boundary and (self._inside or self._settings is not None):
            self._drain(settings=self._settings)
            self._settings = None
        if boundary:
            self._hand_over(self._chunker.close_chunk(at))
            self._cadence.boundary()
        keyframe = boundary or self._cadence.keyframe_due(at, share)
        self._last_at = at
        self._put_in(frame, at, new=changed or boundary, keyframe=keyframe)
        for _ in range(_MOST_HELD):
            if self._due_at() > at:
                return at
            self._put_in(frame, at, new=False, keyframe=False)
        raise EncoderError(f"the encoder holds more than {_MOST_HELD} pictures back")

    def force_boundary(self) -> None:
        """The next frame taken is a keyframe and begins a chunk; what is inside comes out before it."""
        self._boundary = True

    def apply(self, settings: EncoderSettings) -> None:
        """Use other settings from the next frame on, which is a keyframe. No hole, and the same init segment."""
        if settings != (self._settings or self._encoder.settings):
            self._settings = settings
            self._boundary = True

    def cut(self, at: int) -> None:
        """End the run: deliver everything before `at`, drop the rest.

        If the encoder has failed, the run ends where the first picture was lost inside.
        """
        try:
            self._drain(before=at)
        except EncoderError:
            at = min([at, *(one.at for one in self._inside if one.at is not None)])
            self._inside.clear()
        self._boundary = True
        self._hand_over(self._chunker.cut(at))

    # --- into the encoder -----------------------------------------------------------------------------------

    def _due_at(self) -> int:
        """When a frame is wanted at the latest."""
        for one in self._inside:
            if one.at is not None:
                return one.at + self._cadence.hold_ms
            if one.keyframe:  # it ends the segment before: nothing else pushes it out in time
                return self._last_at
        return self._cadence.due_at()

    def _put_in(self, frame: av.VideoFrame, at: WallTime, *, new: bool, keyframe: bool) -> None:
        # the encoder lives longer than the run and wants a time that never falls, so it gets the steady one
        pictures = self._encoder.encode(frame, time.monotonic_ns() // 1_000_000, keyframe)
        self._inside.append(_Inside(at if new else None, keyframe))
        self._cadence.went_in(at, keyframe=keyframe)
        for picture in pictures:
            self._come_out(picture, at)

    # --- out of the encoder ---------------------------------------------------------------------------------

    def _drain(self, *, before: int = FAR_FUTURE, settings: EncoderSettings | None = None) -> None:
        """Everything out, but for what is of no use: pictures from `before` on, and repeats at the end."""
        pictures = self._encoder.drain(settings)
        useful = 0
        for number, one in enumerate(self._inside, 1):
            if one.at is not None and one.at < before:
                useful = number
        for picture in pictures[:useful]:
            if max(self._inside[0].at or 0, self._chunker.next_at) >= before:
                break
            self._come_out(picture, None)
        self._inside.clear()

    def _come_out(self, picture: EncodedPicture, now: int | None) -> None:
        """Add a picture to the chunk; `now`: the time of the frame that pushed it, None if it was drained."""
        one = self._inside.popleft()
        new = one.at is not None
        if one.at is not None:
            at = clock = one.at
        elif now is None or any(other.at is not None for other in self._inside):
            at = clock = self._chunker.next_at
        else:  # a little back, to leave room for those behind it, but chunks are counted from now
            at, clock = now - len(self._inside), now
        at = max(at, self._chunker.next_at)
        begins = self._cadence.begins_chunk(clock, keyframe=picture.keyframe, new=new)
        if begins:
            self._hand_over(self._chunker.close_chunk(at))
        self._cadence.came_out(clock, begins_chunk=begins, new=new)
        self._chunker.add(picture.data, at, picture.keyframe)

    def _hand_over(self, sealed: FinishedChunk | None) -> None:
        if sealed is not None:
            self.covered_until = WallTime(sealed.start_ms + sealed.duration_ms)
            self._deliver(sealed)
