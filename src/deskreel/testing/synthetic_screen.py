"""A screen that is made up: a pattern that moves when told to, fails when told to, on monitors as told.

Picture `n` is the same on every machine. It honours the contract of `recorder.screen.port.Screen`, threads and
all, and counts what is done to it.
"""

from __future__ import annotations

import threading

import numpy as np

from deskreel.core.errors import NoDisplayError
from deskreel.core.reasons import ReasonCode
from deskreel.recorder.screen.port import CursorImage, Desktop, Monitor, OutsideError, Picture, Pointer, Rect

_TILE = 16  # pixels
_STEP = 4  # pixels that the pattern moves per picture


class SyntheticDisplay:
    """The display server behind `SyntheticScreen`s: what it shows, and whether it is there.

    Change it from any thread; `open` is a screen factory.
    """

    def __init__(self, width: int = 320, height: int = 180) -> None:
        self.width = width
        self.height = height
        self.news = threading.Condition()
        self.picture = 0  # which one is shown
        self.place = (width // 2, height // 2)  # of the pointer
        self.clicked: tuple[int, int] | None = None  # and not looked at yet
        self.focused: Rect | None = None  # the same of a window that got the keyboard
        self.hidden: ReasonCode | None = None  # why nothing may be captured
        self.monitors = (
            Monitor(name="synthetic", rect=Rect(x=0, y=0, width=width, height=height), primary=True),
        )
        self.present = True
        self.losses = 0  # how often it went away
        self.looks = 0  # at how the desktop stands, so far
        self.grabs_begun = 0  # so far
        self.grabs = 0  # pictures taken so far
        self.opened = 0  # screens opened so far, failed attempts too
        self.grab_gate: threading.Event | None = None  # a grab waits for it, when there is one

    def open(self) -> SyntheticScreen:
        """A screen on this display.

        Raises:
            NoDisplayError: the display is away.
        """
        with self.news:
            self.opened += 1
            self.news.notify_all()
            if not self.present:
                raise NoDisplayError("the synthetic display is away")
            return SyntheticScreen(self)  # under the lock: it notes which losses were before its time

    def change(self) -> None:
        """Show the next picture."""
        with self.news:
            self.picture += 1
            self.news.notify_all()

    def move_pointer(self, x: int, y: int) -> None:
        """Put the pointer somewhere else; by itself no change of the picture."""
        with self.news:
            self.place = (x, y)

    def click(self, x: int, y: int) -> None:
        """Press and release a button there."""
        with self.news:
            self.place = self.clicked = (x, y)
            self.news.notify_all()

    def focus(self, window: Rect) -> None:
        """Give the keyboard to a window."""
        with self.news:
            self.focused = window
            self.news.notify_all()

    def arrange(self, *monitors: Monitor) -> None:
        """Have these monitors; the desktop is as large as it must be."""
        with self.news:
            self.monitors = monitors
            self.width = max(m.rect.x + m.rect.width for m in monitors)
            self.height = max(m.rect.y + m.rect.height for m in monitors)
            self.news.notify_all()

    def hide(self, reason: ReasonCode | None) -> None:
        """Be locked or out of sight, or with None visible again."""
        with self.news:
            self.hidden = reason
            self.news.notify_all()

    def fail(self) -> None:
        """Go away: every screen on it is dead, and none can be opened."""
        with self.news:
            self.present = False
            self.losses += 1
            self.news.notify_all()

    def return_(self) -> None:
        """Be there again, for screens opened from now on."""
        with self.news:
            self.present = True
            self.news.notify_all()


class SyntheticScreen:
    """A `Screen` on a `SyntheticDisplay`."""

    def __init__(self, display: SyntheticDisplay) -> None:
        self._display = display
        self._buffer = np.zeros(0, np.uint8)
        self._grabbed: int | None = None
        self._held: Rect | None = None  # what the buffer shows
        self._known = display.monitors, display.hidden
        self._woken = False
        self._losses = display.losses
        self._closed = False
        arrow = np.zeros((12, 8, 4), np.uint8)
        arrow[np.tri(12, 8, dtype=bool)] = 255
        self._cursor = CursorImage(pixels=arrow, hot_x=0, hot_y=0)

    def desktop(self) -> Desktop:
        """As the display was arranged; clicks and focus are told once."""
        display = self._display
        with display.news:
            self._require()
            display.looks += 1
            display.news.notify_all()
            click, display.clicked = display.clicked, None
            focus, display.focused = display.focused, None
            self._known = display.monitors, display.hidden
            return Desktop(monitors=display.monitors, hidden=display.hidden, click=click, focus=focus)

    def grab(self, rect: Rect) -> Picture:
        """The pattern, moved by a few pixels per picture."""
        with self._display.news:
            self._display.grabs_begun += 1
            self._display.news.notify_all()
            gate = self._display.grab_gate
        if gate is not None:
            gate.wait()
        with self._display.news:
            self._require()
            if not rect.within(self._display.width, self._display.height):
                raise OutsideError(f"{rect} is not on the display")
            self._display.grabs += 1
            same = rect == self._held and self._grabbed == self._display.picture
            grabbed = self._grabbed = self._display.picture
            self._display.news.notify_all()
        size = rect.width * rect.height * 4
        if self._buffer.size < size:
            self._buffer = np.zeros(size, np.uint8)
        pixels = self._buffer[:size].reshape(rect.height, rect.width, 4)
        changed = () if same else None
        if not same:
            pixels[...] = pattern(rect, grabbed)
        self._held = rect
        return Picture(pixels=pixels, rect=rect, changed=changed)

    def wait_for_change(self, timeout_s: float) -> bool:
        """Whether another picture is shown than was grabbed."""
        with self._display.news:
            self._display.news.wait_for(self._is_news, timeout_s)
            self._require()
            if self._grabbed != self._display.picture:
                return True
            self._woken = False
            return False

    def pointer(self) -> Pointer:
        """A triangle where the display says."""
        with self._display.news:
            self._require()
            return Pointer(x=self._display.place[0], y=self._display.place[1], image=self._cursor)

    def wake(self) -> None:
        """End a wait."""
        with self._display.news:
            self._woken = True
            self._display.news.notify_all()

    def close(self) -> None:
        """Be of no further use."""
        self._closed = True

    def _is_news(self) -> bool:
        display = self._display
        news = display.clicked or display.focused or self._known != (display.monitors, display.hidden)
        return self._woken or self._dead() or bool(news) or self._grabbed != display.picture

    def _dead(self) -> bool:
        return self._closed or self._losses != self._display.losses

    def _require(self) -> None:
        if self._dead():
            raise NoDisplayError("the synthetic display went away")


def pattern(rect: Rect, picture: int) -> np.ndarray:
    """Picture `picture` in `rect`: height x width x 4, blue, green, red, 255."""
    y = np.arange(rect.y, rect.y + rect.height)[:, None]
    x = np.arange(rect.x, rect.x + rect.width)[None, :] + _STEP * picture
    tile = (x // _TILE + y // _TILE) % 2 * 200
    out = np.empty((rect.height, rect.width, 4), np.uint8)
    out[..., 0], out[..., 1], out[..., 2], out[..., 3] = tile, x % 256, y % 256, 255
    return out
