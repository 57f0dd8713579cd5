"""The tap on the capture: the newest frame, as a copy, from the capture's thread to the live encoder's.

Owns one slot. It costs nothing while nobody watches. `empty` takes everything back that was given: what it is called
after is of another age, and nothing of an age before may leave the desktop.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

from deskreel.recorder.canvas.strips import plane_of

_SPARE = 3  # one in the slot, one with the encoder, one being written to


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """What the screen showed."""

    frame: av.VideoFrame  # a copy; given back by `Tap.take`
    taken_s: float  # when it was looked at, on the monotonic clock
    age: int  # of the tap, when it was given


class Tap:
    """The slot (`capture.job.FrameTap`). `age` may be read from any thread."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._open = False
        self._woken = False
        self._held = False  # something was given in this age
        self._slot: Shown | None = None
        self._spare: list[av.VideoFrame] = []
        self.age = 0

    # --- the capture's side ---------------------------------------------------------------------------------

    def wants(self, *, changed: bool) -> bool:
        """Whether somebody waits: for something new, or for what there is to see at all."""
        return self._open and (changed or not self._held)

    def offer(self, frame: av.VideoFrame, taken_s: float) -> None:
        """Take a copy; one that was not fetched makes way."""
        with self._news:
            age = self.age
            copy = next((f for f in self._spare if (f.width, f.height) == (frame.width, frame.height)), None)
            self._spare = [f for f in self._spare if f is not copy]
        copy = _copy(frame, copy)
        with self._news:
            if not self._open or age != self.age:
                return
            if self._slot is not None:
                self._keep(self._slot.frame)
            self._slot, self._held = Shown(frame=copy, taken_s=taken_s, age=age), True
            self._news.notify_all()

    def empty(self) -> None:
        """What was given is taken back, from any thread."""
        with self._news:
            self.age += 1
            self._slot, self._held = None, False
            self._news.notify_all()

    # --- the watching side ----------------------------------------------------------------------------------

    def open(self) -> None:
        """Somebody watches from now on."""
        with self._news:
            self._open = True

    def close(self) -> None:
        """Nobody does."""
        with self._news:
            self._open = False
            self._spare.clear()
        self.empty()

    def take(self, done: Shown | None, timeout_s: float) -> Shown | None:
        """The newest frame, waited for; `done` is not looked at any more. None: nothing new, but perhaps
        another age.
        """
        with self._news:
            age = self.age
            self._news.wait_for(lambda: self._woken or self._slot is not None or self.age != age, timeout_s)
            self._woken = False
            if self.age != age:
                return None
            slot, self._slot = self._slot, None
            if slot is not None and done is not None:
                self._keep(done.frame)
            return slot

    def wake(self) -> None:
        """End a `take` that waits, or else the next one."""
        with self._news:
            self._woken = True
            self._news.notify_all()

    def _keep(self, frame: av.VideoFrame) -> None:
        if self._open:
            self._spare = [*self._spare[1 - _SPARE :], frame]


def _copy(frame: av.VideoFrame, into: av.VideoFrame | None) -> av.VideoFrame:
    if into is None:
        into = av.VideoFrame(frame.width, frame.height, "yuv420p")
        into.colorspace, into.color_range = Colorspace.ITU709, ColorRange.MPEG
    into.make_writable()  # the encoder may hold it still
    for number in range(3):
        source, target = plane_of(frame, number), plane_of(into, number)
        width = frame.width >> (1 if number else 0)
        np.copyto(target[:, :width], source[:, :width])
    return into
