"""What the recorder needs of a screen, whatever delivers it.

One thread uses a screen; only `wake` may be called from others. Coordinates are pixels of the whole desktop,
from its top left corner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from deskreel.core.errors import InvalidInputError, NoDisplayError
from deskreel.core.reasons import ReasonCode
from deskreel.recorder.screen.rows import Columns, Rows


class OutsideError(NoDisplayError):
    """A part that is not on the desktop, or is not any more: ask `desktop` again."""

    code: ClassVar[str] = "outside_desktop"
    title: ClassVar[str] = "That part of the desktop does not exist"


class ScreenRefusedError(NoDisplayError):
    """The system lets this program not look at the screen."""

    code: ClassVar[str] = "screen_refused"
    title: ClassVar[str] = "The system does not let the recorder see the screen"
    hint: ClassVar[str] = (
        "Run the recorder as the user of the desktop session; on macOS allow it under Privacy & Security, "
        "Screen Recording."
    )


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

    def contains(self, x: int, y: int) -> bool:
        """Whether the pixel lies inside."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height

    def within(self, width: int, height: int) -> bool:
        """Whether it lies inside a desktop of that size."""
        inside = self.x >= 0 and self.y >= 0
        return inside and self.x + self.width <= width and self.y + self.height <= height

    def overlap(self, other: Rect) -> int:
        """Pixels that both share."""
        width = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        height = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        return max(0, width) * max(0, height)


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """One monitor, physical or logical."""

    name: str  # as the display server calls it
    rect: Rect  # its place on the desktop
    primary: bool  # the one with the panel, at most one


@dataclass(frozen=True, slots=True, kw_only=True)
class Desktop:
    """What there is to capture now, and what the agent did since the last look."""

    monitors: tuple[Monitor, ...]  # at least one
    hidden: ReasonCode | None = None  # why nothing may be captured now, such as LOCKED
    stirring: bool = True  # the pointer may be moving; False: it is known to rest, and a move ends a wait
    click: tuple[int, int] | None = None  # where the pointer was at the last click since the last look
    focus: Rect | None = None  # of the window that got the keyboard since the last look


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """Pixels of a part of the desktop, without the mouse cursor; valid until the next grab or close."""

    pixels: NDArray[np.uint8]  # height x width x 4: blue, green, red, unused; a view, rows may be padded
    rect: Rect  # what it shows
    # what may differ from the picture before; None: all of it, as when that was of another part
    changed: tuple[Rows, ...] | None = None
    columns: Columns | None = None  # what of those rows; None: all

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
    time; the screen is then of no further use than to be closed, but after an `OutsideError`.
    """

    def desktop(self) -> Desktop:
        """Monitors, lock and doings, as known now; costs next to nothing while nothing happens."""
        ...

    def grab(self, rect: Rect) -> Picture:
        """The pixels in `rect` as they are now; the buffer of the picture before is reused.

        Raises:
            OutsideError: `rect` is not on the desktop as it is now.
        """
        ...

    def wait_for_change(self, timeout_s: float) -> bool:
        """True as soon as a pixel may have changed since the last grab began, at once if it has already.

        False after `timeout_s` (0: only look), when `wake` is called, or when `desktop` has other news. A
        screen never grabbed has changed.
        """
        ...

    def pointer(self) -> Pointer | None:
        """The mouse pointer; None where it cannot be seen. Costs a question to the display server."""
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


def around(monitors: Sequence[Monitor]) -> Rect:
    """The smallest part of the desktop that holds all of them, at least one."""
    left, top = min(m.rect.x for m in monitors), min(m.rect.y for m in monitors)
    right = max(m.rect.x + m.rect.width for m in monitors)
    bottom = max(m.rect.y + m.rect.height for m in monitors)
    return Rect(x=left, y=top, width=right - left, height=bottom - top)
