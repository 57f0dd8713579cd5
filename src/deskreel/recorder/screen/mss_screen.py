# pyright: reportMissingImports=false
"""The desktop by mss, for systems without an adapter of their own: Windows and macOS.

mss gives whole pictures and no news, so every look grabs, and what changed is found by comparing. Monitors are
asked for anew every few seconds. The cursor is drawn as a plain arrow where the system says it is.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from mss import MSS
from mss.exception import ScreenShotError
from numpy.typing import NDArray

from deskreel.core.errors import NoDisplayError
from deskreel.recorder.screen.port import CursorImage, Desktop, Monitor, OutsideError, Picture, Pointer, Rect
from deskreel.recorder.screen.rows import Rows, differing
from deskreel.recorder.screen.system_probe import SystemProbe, probe_here

_BROKEN = (ScreenShotError, OSError, AssertionError)  # the last when an X server has gone away
_LAYOUT_S = 2.0  # between two looks at the monitors
_ARROW = 14  # pixels high


class MssScreen:
    """A `Screen` by mss.

    Args:
        open_mss: makes the mss object; the default takes the system's own display.
        probe: what the system tells besides its pictures.
    """

    def __init__(
        self, open_mss: Callable[[], Any] = MSS, *, probe: Callable[[], SystemProbe] = probe_here
    ) -> None:
        try:
            self._mss = open_mss()
        except _BROKEN as error:
            raise NoDisplayError(f"mss finds no display: {error}") from error
        self._probe = probe()
        self._woken = threading.Event()
        self._monitors: tuple[Monitor, ...] = ()
        self._origin = (0, 0)  # of the desktop, in the system's coordinates: may be negative
        self._size = (0, 0)
        self._layout_s = 0.0  # when the monitors were read
        self._buffer: NDArray[np.uint8] = np.empty(0, np.uint8)
        self._held: Rect | None = None
        self._fresh = True  # nothing has been grabbed yet
        self._arrow = CursorImage(pixels=_arrow(), hot_x=0, hot_y=0)
        self._closed = False
        try:
            self._read_layout()
        except BaseException:
            self.close()
            raise

    def desktop(self) -> Desktop:
        """Monitors of the last few seconds, lock and clicks of now."""
        self._require()
        if time.monotonic() - self._layout_s >= _LAYOUT_S:
            self._read_layout()
        place = self._place() if self._probe.clicked() else None
        return Desktop(monitors=self._monitors, hidden=self._probe.hidden(), click=place)

    def grab(self, rect: Rect) -> Picture:
        """The pixels in `rect`, compared with those before."""
        self._require()
        if not rect.within(*self._size):
            raise OutsideError(f"{rect} is not on the desktop of {self._size[0]}x{self._size[1]} pixels")
        left, top = self._origin
        try:
            shot = self._mss.grab(
                {"left": rect.x + left, "top": rect.y + top, "width": rect.width, "height": rect.height}
            )
        except _BROKEN as error:
            self._layout_s = 0.0
            raise NoDisplayError(f"mss failed: {error}") from error
        if (shot.width, shot.height) != (rect.width, rect.height):
            self._layout_s = 0.0
            raise OutsideError(f"{rect} came out as {shot.width}x{shot.height} pixels")
        self._fresh = False
        now = np.frombuffer(shot.raw, np.uint8).reshape(rect.height, rect.width * 4)
        changed = self._take_over(now, rect)
        pixels = self._buffer[: now.size].reshape(rect.height, rect.width, 4)
        return Picture(pixels=pixels, rect=rect, changed=changed)

    def wait_for_change(self, timeout_s: float) -> bool:
        """Nobody tells: any time waited in full counts as a change."""
        self._require()
        if self._fresh:
            return True
        woken = self._woken.wait(max(0.0, timeout_s))
        self._woken.clear()
        self._require()
        return not woken

    def pointer(self) -> Pointer | None:
        """Where the system says it is, as an arrow."""
        self._require()
        place = self._place()
        return None if place is None else Pointer(x=place[0], y=place[1], image=self._arrow)

    def wake(self) -> None:
        """End a wait, from any thread."""
        self._woken.set()

    def close(self) -> None:
        """Free what mss holds."""
        if not self._closed:
            self._closed = True
            with contextlib.suppress(*_BROKEN):
                self._mss.close()

    def _require(self) -> None:
        if self._closed:
            raise NoDisplayError("the screen was closed")

    def _place(self) -> tuple[int, int] | None:
        place = self._probe.place()
        return None if place is None else (place[0] - self._origin[0], place[1] - self._origin[1])

    def _read_layout(self) -> None:
        self._layout_s = time.monotonic()
        try:
            self._mss._monitors = None  # mss reads them once and has no call to read them again
            whole, *found = self._mss.monitors
        except (*_BROKEN, ValueError) as error:
            raise NoDisplayError(f"mss finds no monitor: {error}") from error
        self._origin, self._size = (whole["left"], whole["top"]), (whole["width"], whole["height"])
        self._monitors = tuple(
            Monitor(
                name=str(one.get("output") or one.get("name") or one.get("unique_id") or f"monitor {number}"),
                rect=Rect(
                    x=one["left"] - whole["left"],
                    y=one["top"] - whole["top"],
                    width=one["width"],
                    height=one["height"],
                ),
                primary=bool(one.get("is_primary", number == 1)),
            )
            for number, one in enumerate(found or [whole], 1)
        )

    def _take_over(self, now: NDArray[np.uint8], rect: Rect) -> tuple[Rows, ...] | None:
        """`now` into the buffer; the rows that were others there."""
        if self._buffer.size < now.size:
            self._buffer, self._held = np.zeros(now.size, np.uint8), None
        kept = self._buffer[: now.size].reshape(now.shape)
        if rect != self._held:
            kept[...], self._held = now, rect
            return None
        rows = differing(now, kept)
        for band in rows:
            kept[band.top : band.bottom] = now[band.top : band.bottom]
        return rows


def _arrow() -> NDArray[np.uint8]:
    """White with a black edge."""
    shape = np.tri(_ARROW, _ARROW * 2 // 3, dtype=bool)
    inside = shape.copy()
    inside[:, 0] = inside[-1, :] = False
    np.fill_diagonal(inside, False)
    pixels = np.zeros((*shape.shape, 4), np.uint8)
    pixels[shape] = (0, 0, 0, 255)
    pixels[inside] = 255
    return pixels
