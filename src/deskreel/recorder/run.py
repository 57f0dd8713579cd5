"""One run of capture: an unbroken stretch of frames from screen to sealed chunks.

A run owns the way of a frame (look, grab, draw, encode, chunk) and the time of its frames. It knows neither
threads nor retries: `capture` calls `step` slot by slot, and a failure ends the run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import ClassVar

from deskreel.core.errors import DeskreelError
from deskreel.core.time import FAR_FUTURE, WallTime
from deskreel.recorder.canvas import Canvas
from deskreel.recorder.chunker import Cadence, Chunker, ChunkRules, SealedChunk
from deskreel.recorder.encode import Encoder
from deskreel.recorder.job import CaptureJob, Clock
from deskreel.recorder.screen.port import Picture, Pointer, Screen, main_monitor


class StalledError(DeskreelError):
    """Time went by without the run: the desktop slept, or its clock was set forward."""

    title: ClassVar[str] = "The desktop slept, or its clock was set forward"


class RunClock:
    """The server's time at the beginning of a run, then steady: it never steps, whatever `clock` does."""

    def __init__(self, clock: Clock, *, not_before: int, stall_ms: int) -> None:
        self._clock = clock
        self._stall_ms = stall_ms
        self._anchor_ms = max(clock.now(), not_before)
        self._anchor_s = time.monotonic()
        self.alive_at = WallTime(self._anchor_ms)  # the last `tick`

    def at(self, monotonic_s: float) -> WallTime:
        """A reading of `time.monotonic` as server time."""
        return WallTime(self._anchor_ms + int((monotonic_s - self._anchor_s) * 1000))

    def tick(self, monotonic_s: float) -> WallTime:
        """As `at`, of a moment at which the run did its work.

        Raises:
            StalledError: the moment is long after the one before, by this clock or by the server's.
        """
        now = self.at(monotonic_s)
        if now - self.alive_at > self._stall_ms or self._clock.now() - now > self._stall_ms:
            raise StalledError
        self.alive_at = now
        return now


@dataclass(slots=True, kw_only=True, eq=False)
class Order:
    """A job under way: `boundary` to `cut_at` are set by whoever gives orders, the rest by the run's thread."""

    job: CaptureJob
    started: WallTime
    boundary: bool = False  # asked for and not yet served
    grabbing: bool = False  # the screen is being looked at
    stopped_s: float | None = None  # on the monotonic clock; None while it is to be captured
    stopped_at: WallTime | None = None  # the same moment in server time, or the earlier cut asked for
    cut_at: WallTime | None = None  # the cut asked for
    begun: bool = False  # its first frame was reported
    covered_until: WallTime | None = None  # end of its last chunk

    def end(self, clock: RunClock) -> WallTime:
        """Where it ends, by the clock of a run."""
        if self.stopped_s is None:
            return FAR_FUTURE
        stopped = clock.at(self.stopped_s)
        return stopped if self.cut_at is None else min(stopped, self.cut_at)


class Studio:
    """Canvas and encoder of one size, kept from job to job so that a run begins at once."""

    def __init__(self, width: int, height: int, new_encoder: Callable[[int, int], Encoder]) -> None:
        self.size = (width, height)
        self.canvas = Canvas(width, height)
        self.encoder = new_encoder(width, height)
        # the first picture costs twice the time of the next, for page faults: let it be a black one
        self.encoder.encode(self.canvas.frame, 0, True)


class CaptureRun:
    """Frames of `job` from `screen`; chunks go to `deliver` as they are sealed.

    `may_grab` is entered around every look at the screen and yields whether looking is still allowed; a
    picture grabbed while it was withdrawn is thrown away.
    """

    def __init__(
        self,
        *,
        job: CaptureJob,
        screen: Screen,
        studio: Studio,
        rules: ChunkRules,
        clock: RunClock,
        may_grab: Callable[[], AbstractContextManager[Callable[[], bool]]],
        deliver: Callable[[SealedChunk], None],
    ) -> None:
        self.clock = clock
        self._job = job
        self._screen = screen
        self._studio = studio
        self._may_grab = may_grab
        self._deliver = deliver
        self._cadence = Cadence(rules)
        self._chunker = Chunker(origin=job.origin, init=studio.encoder.config)
        self._slot_s = 1 / max(1, job.max_fps)
        self._frame_s: float | None = None  # when the last frame was taken, on the monotonic clock
        self._pointer: Pointer | None = None  # as drawn last
        self.covered_until: WallTime | None = None  # end of the last sealed chunk

    def slot_left_s(self) -> float:
        """How long to wait before the next `step`."""
        if self._frame_s is None:
            return 0.0
        return self._frame_s + self._slot_s - time.monotonic()

    def force_boundary(self) -> None:
        """The next step takes a keyframe and begins a chunk with it."""
        self._cadence.force_boundary()

    def step(self) -> WallTime | None:
        """Wait for a change, at most a slot; take a frame if there is something to show. Its time, if any.

        Raises:
            NoDisplayError, EncoderError, StalledError: the run is over; `finish` it.
        """
        left_ms = self._cadence.ms_left(self.clock.at(time.monotonic()))
        changed = self._screen.wait_for_change(min(self._slot_s, left_ms / 1000))
        with self._may_grab() as allowed:
            if not allowed():
                return None
            pointer = self._screen.pointer()
            fresh = changed or self._frame_s is None or pointer != self._pointer
            picture = self._screen.grab(main_monitor(self._screen.monitors()).rect) if fresh else None
            # after the grab: nothing in the picture is younger than its time
            taken_s = time.monotonic()
            if not allowed():
                return None
        at = self.clock.tick(taken_s)
        if picture is None and self._cadence.ms_left(at) > 0:
            return None
        self._frame_s = taken_s
        return self._take(picture, pointer, at)

    def finish(self, at: int) -> None:
        """End the run: nothing captured at or after `at` is delivered."""
        self._hand_over(self._chunker.cut(at))

    def _take(self, picture: Picture | None, pointer: Pointer, at: WallTime) -> WallTime:
        begins_chunk = self._cadence.ms_left(at) == 0
        keyframe = begins_chunk and self._cadence.keyframe_due(at)
        if begins_chunk:
            self._hand_over(self._chunker.close_chunk(at))
        canvas = self._studio.canvas
        frame = canvas.frame if picture is None else canvas.draw(picture, pointer)
        self._pointer = pointer
        # the encoder lives longer than the run and wants a time that never falls, so it gets the steady one
        for encoded in self._studio.encoder.encode(frame, int(time.monotonic() * 1000), keyframe):
            at = self._chunker.add(encoded.data, at, encoded.keyframe)
        self._cadence.frame(
            at, begins_chunk=begins_chunk, keyframe=keyframe, changed=picture is not None and not keyframe
        )
        return at

    def _hand_over(self, sealed: SealedChunk | None) -> None:
        if sealed is not None:
            self.covered_until = WallTime(sealed.start_ms + sealed.duration_ms)
            self._deliver(sealed)
