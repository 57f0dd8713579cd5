"""The canvas: the fixed picture of a screen recording, and the way of a grabbed picture onto it.

A picture gets the mouse cursor, is shrunk to fit, centred on black, never stretched or enlarged, and turned
from BGRA into the yuv420p (BT.709, limited range) that the encoder takes. One frame lives as long as the
canvas: a `draw` renews the rows that changed, and whoever has nothing new to show encodes `frame` again.
"""

from __future__ import annotations

from dataclasses import dataclass

import av
from av.video.reformatter import ColorRange, Colorspace

from deskreel.core.errors import InvalidInputError
from deskreel.recorder.canvas.cursor import blend_cursor, cursor_columns, cursor_rows
from deskreel.recorder.canvas.place import Placement, place
from deskreel.recorder.canvas.strips import Strips, plane_of
from deskreel.recorder.screen.port import Picture, Pointer, Rect
from deskreel.recorder.screen.rows import Columns, Rows, merge

__all__ = ["Canvas", "Placement", "place"]

_BLACK_LUMA, _GREY_CHROMA = 16, 128  # limited range


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """What is shown, and how large."""

    rect: Rect
    shrink: float


class Canvas:
    """A picture of `width` x `height` pixels, both even, black at first.

    `share` is the part of it (0 to 1) that the last `draw` renewed.
    """

    def __init__(self, width: int, height: int) -> None:
        if width < 2 or height < 2 or width % 2 or height % 2:
            raise InvalidInputError(f"a canvas of {width}x{height} pixels: both must be even and above 0")
        self.width = width
        self.height = height
        self.share = 0.0
        self._frame = av.VideoFrame(width, height, "yuv420p")
        self._frame.colorspace, self._frame.color_range = Colorspace.ITU709, ColorRange.MPEG
        self._blacken()
        self._view: _View | None = None
        self._strips: Strips | None = None
        self._pointer: Pointer | None = None  # as drawn last

    @property
    def frame(self) -> av.VideoFrame:
        """The canvas as drawn last; the next `draw` changes it."""
        return self._frame

    def forget(self) -> None:
        """Let the next `draw` renew everything."""
        self._view = None

    def draw(self, picture: Picture, pointer: Pointer | None = None, *, shrink: float = 1.0) -> av.VideoFrame:
        """Show `picture`, with the cursor where `pointer` says; the picture is as before afterwards.

        Only what it says has changed is renewed, if the picture before was of the same part and place.
        """
        self._frame.make_writable()  # an encoder may still hold it; normally none does, and this is free
        height = picture.rect.height
        rows = (Rows(0, height),) if picture.changed is None else picture.changed
        columns = picture.columns
        view = _View(rect=picture.rect, shrink=shrink)
        if view != self._view or self._strips is None:
            target = place(picture.rect.width, height, self.width, self.height, shrink)
            self._strips, self._view = Strips(picture.rect.width, height, target), view
            self._blacken()
            rows, columns = (Rows(0, height),), None
        elif pointer != self._pointer:
            marks = cursor_rows(self._pointer, picture.rect) + cursor_rows(pointer, picture.rect)
            columns = self._wider(rows, columns, pointer, picture.rect)
            rows = merge([*rows, *marks], height)
        under = None if pointer is None else blend_cursor(picture, pointer)
        try:
            planes = [plane_of(self._frame, n) for n in range(3)]
            renewed = self._strips.draw(picture.pixels, rows, planes, columns)
        finally:
            if under is not None:
                under.restore()
        self._pointer = pointer
        self.share = renewed / (self.width * self.height)
        return self._frame

    def _wider(
        self, rows: tuple[Rows, ...], columns: Columns | None, pointer: Pointer | None, rect: Rect
    ) -> Columns | None:
        """The columns that changed with those of the cursor, where it was and where it is."""
        if rows and columns is None:
            return None
        found = [columns, cursor_columns(self._pointer, rect), cursor_columns(pointer, rect)]
        spans = [one for one in found if one is not None]
        return Columns(min(s.left for s in spans), max(s.right for s in spans)) if spans else None

    def _blacken(self) -> None:
        for index, value in enumerate((_BLACK_LUMA, _GREY_CHROMA, _GREY_CHROMA)):
            plane_of(self._frame, index)[...] = value
