"""What the recorder needs of a screen, whatever delivers it.

One thread uses a screen; only `wake` may be called from others. Coordinates are pixels of the whole desktop,
from its top left corner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from deskreel.core.errors import InvalidInputError, NoDisplayError


@dataclass(frozen=True, slots=True, kw_only=True)
class Rect:
    """A part of the desktop."""

    x: int  # pixels from the left
    y: int  # pixels from the top
    width: int  # pixels, above 0
    height: int  # pixels, above 0

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise InvalidInputError(f"a rectangle of {self.width}x{self.height} pixels is empty")

    def within(self, width: int, height: int) -> bool:
        """Whether it lies inside a desktop of that size."""
        inside = self.x >= 0 and self.y >= 0
        return inside and self.x + self.width <= width and self.y + self.height <= height


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """One monitor, physical or logical."""

    name: str  # as the display server calls it
    rect: Rect  # its place on the desktop
    primary: bool  # the one with the panel, at most one


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """Pixels of a part of the desktop, without the mouse cursor; valid until the next grab or close."""

    pixels: NDArray[np.uint8]  # height x width x 4: blue, green, red, unused; a view, rows may be padded
    rect: Rect  # what it shows

    @property
    def stride(self) -> int:
        """Bytes from one row to the next."""
        return self.pixels.strides[0]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CursorImage:
    """The shape of the mouse cursor; the same object as long as the shape stays the same."""

    pixels: NDArray[np.uint8]  # height x width x 4: blue, green, red, alpha; colours are multiplied by alpha
    hot_x: int  # the pixel that points, from the left of the image
    hot_y: int  # from its top


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """Where the mouse points and how it looks; equal when it would be drawn alike."""

    x: int  # of the pixel pointed at, on the desktop
    y: int
    image: CursorImage | None  # None while there is none to draw


class Screen(Protocol):
    """A desktop to take pictures of.

    Every method but `wake` and `close` raises `NoDisplayError` when the display is gone or does not answer in
    time; the screen is then of no further use than to be closed.
    """

    def monitors(self) -> tuple[Monitor, ...]:
        """The monitors as they are now, at least one; cheap enough to ask before every grab."""
        ...

    def grab(self, rect: Rect) -> Picture:
        """The pixels in `rect` as they are now; the buffer of the picture before is reused."""
        ...

    def wait_for_change(self, timeout_s: float) -> bool:
        """True as soon as a pixel may have changed since the last grab began, at once if it has already.

        False after `timeout_s` (0: only look), or when `wake` is called. A screen never grabbed has changed.
        """
        ...

    def pointer(self) -> Pointer:
        """The mouse pointer; the only input ever looked at, and only its place and shape."""
        ...

    def wake(self) -> None:
        """Make the wait under way, or else the next one, return at once; any thread, also after `close`."""
        ...

    def close(self) -> None:
        """Free everything; pictures handed out are no longer valid. Harmless when repeated."""
        ...


def main_monitor(monitors: Sequence[Monitor]) -> Monitor:
    """The primary monitor, else the first.

    Raises:
        NoDisplayError: there is none.
    """
    if not monitors:
        raise NoDisplayError("the display has no monitor")
    return next((monitor for monitor in monitors if monitor.primary), monitors[0])
