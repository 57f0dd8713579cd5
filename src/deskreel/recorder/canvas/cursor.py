"""The mouse cursor: drawn into a picture in place, and taken away again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deskreel.recorder.screen.port import Picture, Pointer, Rect
from deskreel.recorder.screen.rows import Columns, Rows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Under:
    """What lay under a cursor that was drawn, to put it back."""

    spot: NDArray[np.uint8]  # the place in the picture
    pixels: NDArray[np.uint8]  # what was there

    def restore(self) -> None:
        """Take the cursor away again."""
        self.spot[...] = self.pixels


def blend_cursor(picture: Picture, pointer: Pointer) -> Under | None:
    """Draw the cursor into the picture in place; None when no part of it is inside."""
    image = pointer.image
    if image is None:
        return None
    left = pointer.x - image.hot_x - picture.rect.x
    top = pointer.y - image.hot_y - picture.rect.y
    height, width = image.pixels.shape[:2]
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(picture.rect.width, left + width), min(picture.rect.height, top + height)
    if x0 >= x1 or y0 >= y1:
        return None
    spot = picture.pixels[y0:y1, x0:x1, :3]
    cursor = image.pixels[y0 - top : y1 - top, x0 - left : x1 - left]
    under = Under(spot=spot, pixels=spot.copy())
    clear = 255 - cursor[..., 3:].astype(np.uint16)
    # X cursors come with colours already multiplied by alpha: over = colour + (1 - alpha) * under
    spot[...] = np.minimum(cursor[..., :3] + (spot * clear + 127) // 255, 255)
    return under


def cursor_columns(pointer: Pointer | None, rect: Rect) -> Columns | None:
    """The columns of a picture of `rect` that the cursor touches; None: it touches nothing."""
    if pointer is None or pointer.image is None or not cursor_rows(pointer, rect):
        return None
    left = pointer.x - pointer.image.hot_x - rect.x
    return Columns(max(0, left), min(rect.width, left + pointer.image.pixels.shape[1]))


def cursor_rows(pointer: Pointer | None, rect: Rect) -> tuple[Rows, ...]:
    """The rows of a picture of `rect` that the cursor touches."""
    if pointer is None or pointer.image is None:
        return ()
    height, width = pointer.image.pixels.shape[:2]
    left, top = pointer.x - pointer.image.hot_x, pointer.y - pointer.image.hot_y
    if left + width <= rect.x or left >= rect.x + rect.width:
        return ()
    first, last = max(0, top - rect.y), min(rect.height, top - rect.y + height)
    return (Rows(first, last),) if first < last else ()
