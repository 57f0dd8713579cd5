"""The live encoder's thread: takes from the tap, encodes when `pace` says so, hands pictures over.

Lives while somebody watches. It gives way to the recording: it is the nicer thread, and takes fewer pictures when it
cannot follow.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from deskreel.recorder.encode import EncoderError
from deskreel.recorder.live.encoder import LiveEncoder
from deskreel.recorder.live.pace import HEARTBEAT_S, Pace, at_rate, due_s, keyframe_from_s, sent
from deskreel.recorder.live.tap import Shown, Tap
from deskreel.rtc.port import LivePicture

log = structlog.get_logger(__name__)
_NICER = 10
_EXIT_S = 1.5  # a picture takes far less


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A picture on its way out."""

    picture: LivePicture
    age: int  # of the tap, when its frame was taken: of another age, it must not leave
    new: bool  # it shows something else than the one before


class EncodeThread:
    """Encodes until `stop`; `deliver` and `failed` are called on this thread."""

    def __init__(
        self,
        tap: Tap,
        *,
        kbps: int,
        deliver: Callable[[Encoded], object],
        failed: Callable[[EncoderError], object],
    ) -> None:
        self._tap = tap
        self._deliver = deliver
        self._failed = failed
        self._kbps = kbps
        self._pace = Pace(kbps=kbps)
        self._encoder: LiveEncoder | None = None
        self._shown: Shown | None = None  # what was encoded last, or is to be next
        self._keyframe = False  # somebody needs one
        self._new = False  # `_shown` was not encoded yet
        self._age: int | None = None  # of the tap, of the last picture
        self._at_ms = -1  # of the last picture
        self._stopping = False
        self._thread = threading.Thread(target=self._main, name="live-encoder", daemon=True)
        tap.open()
        self._thread.start()

    # --- from the event loop's thread -----------------------------------------------------------------------

    def keyframe(self) -> None:
        """Somebody needs one: soon, but not more than one a second."""
        self._keyframe = True
        self._tap.wake()

    def rate(self, kbps: int) -> None:
        """From the next picture on."""
        self._kbps = kbps

    def stop(self) -> None:
        """Nothing is delivered that is encoded from now on; does not wait."""
        if not self._stopping:  # the tap may be another thread's by now
            self._stopping = True
            self._tap.close()

    def join(self) -> bool:
        """Wait for its end; whether it came."""
        self._thread.join(_EXIT_S)
        return not self._thread.is_alive()

    # --- the thread -----------------------------------------------------------------------------------------

    def _main(self) -> None:
        try:
            if sys.platform == "linux":  # where a thread has a priority of its own
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICER)
            while not self._stopping:
                self._fetch()
                self._encode_if_due()
        except EncoderError as error:
            log.warning("live.encoder_failed", error=error.detail)
            self._end(error)
        except Exception as error:  # nobody else would notice that no pictures come
            log.exception("live.encoder_failed")
            self._end(EncoderError(f"the live encoder ended: {type(error).__name__} {error}".strip()))
        self._encoder = self._shown = None

    def _end(self, error: EncoderError) -> None:
        if not self._stopping:
            self._failed(error)

    def _fetch(self) -> None:
        """Wait until there is something to do, or something new."""
        left_s = HEARTBEAT_S
        if (shown := self._shown) is not None:
            left_s = self._due_s() - time.monotonic()
        if left_s > 0 or shown is None:
            fresh = self._tap.take(shown, left_s)
            if fresh is not None:
                self._shown, self._new = fresh, True
        if self._shown is not None and self._shown.age != self._tap.age:
            self._shown, self._new = None, False

    def _due_s(self) -> float:
        return due_s(self._pace, new=self._new, keyframe=self._keyframe)

    def _encode_if_due(self) -> None:
        shown, now_s = self._shown, time.monotonic()
        if shown is None or now_s < self._due_s():
            return
        canvas = (shown.frame.width, shown.frame.height)
        # what was made at another age may not have left: nothing can build on it, however soon this comes after it
        alone = shown.age != self._age
        if self._encoder is None or self._encoder.canvas != canvas:
            self._encoder, alone = LiveEncoder(*canvas, self._kbps), True
        self._pace = at_rate(self._pace, self._kbps)
        self._encoder.rate(self._kbps)
        keyframe = alone or (self._keyframe and now_s >= keyframe_from_s(self._pace))
        if keyframe:
            self._keyframe = False  # before it is made: who asks meanwhile gets another
        # what is new was looked at a little while ago, and what was sent again may have the later time
        self._at_ms = max(int((shown.taken_s if self._new else now_s) * 1000), self._at_ms + 1)
        self._age = shown.age
        picture = LivePicture(
            data=self._encoder.encode(shown.frame, self._at_ms, keyframe=keyframe),
            at_ms=self._at_ms,
            keyframe=keyframe,
        )
        done_s = time.monotonic()
        self._pace = sent(
            self._pace,
            done_s,
            size=len(picture.data),
            cost_s=done_s - now_s,
            new=self._new,
            keyframe=keyframe,
        )
        if not self._stopping:
            self._deliver(Encoded(picture=picture, age=shown.age, new=self._new))
        self._new = False
