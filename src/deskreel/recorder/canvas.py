"""The canvas: the fixed picture of a screen recording, and the way of a grabbed picture onto it.

A picture gets the mouse cursor, is scaled to fit, centred on black, never stretched, and turned from BGRA
into the yuv420p (BT.709, limited range) that the encoder takes. `frame` then is the canvas until the next
`draw`: whoever has nothing new to show encodes it again, and no work is done here.
"""

from __future__ import annotations

from dataclasses import dataclass

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from deskreel.core.errors import InvalidInputError
from deskreel.recorder.screen.port import Picture, Pointer

_BLACK_LUMA, _GREY_CHROMA = 16, 128  # limited range


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a picture lies on the canvas; every number is even, because chroma has half the resolution."""

    x: int  # pixels from the left
    y: int  # pixels from the top
    width: int  # pixels
    height: int  # pixels


def place(width: int, height: int, canvas_width: int, canvas_height: int) -> Placement:
    """The largest place of the same shape, centred; shapes are kept to within the pixel that even costs."""
    scale = min(canvas_width / width, canvas_height / height)
    fitted_width = min(canvas_width, max(2, round(width * scale / 2) * 2))
    fitted_height = min(canvas_height, max(2, round(height * scale / 2) * 2))
    return Placement(
        x=(canvas_width - fitted_width) // 4 * 2,
        y=(canvas_height - fitted_height) // 4 * 2,
        width=fitted_width,
        height=fitted_height,
    )


class Canvas:
    """A picture of `width` x `height` pixels, both even, black at first."""

    def __init__(self, width: int, height: int) -> None:
        if width < 2 or height < 2 or width % 2 or height % 2:
            raise InvalidInputError(f"a canvas of {width}x{height} pixels: both must be even and above 0")
        self.width = width
        self.height = height
        self._scaler = VideoReformatter()
        self._letterbox = _black(width, height)
        self._letterbox_place: Placement | None = None
        self._frame = self._letterbox

    @property
    def frame(self) -> av.VideoFrame:
        """The canvas as drawn last; good until the next `draw`."""
        return self._frame

    def draw(self, picture: Picture, pointer: Pointer | None = None) -> av.VideoFrame:
        """Show `picture`, with the cursor where `pointer` says; the picture is as before afterwards."""
        pixels = picture.pixels
        under = None if pointer is None else blend_cursor(picture, pointer)
        try:
            if (pixels.shape[1] & ~1, pixels.shape[0] & ~1) == (self.width, self.height):
                # one to one (an odd last row or column is left out): the converted picture is the canvas
                self._frame = self._convert(pixels[: self.height, : self.width], self.width, self.height)
            else:
                self._frame = self._draw_letterboxed(pixels)
        finally:
            if under is not None:
                under.restore()
        return self._frame

    def _draw_letterboxed(self, pixels: NDArray[np.uint8]) -> av.VideoFrame:
        target = place(pixels.shape[1], pixels.shape[0], self.width, self.height)
        if target != self._letterbox_place:
            self._letterbox, self._letterbox_place = _black(self.width, self.height), target
        scaled = self._convert(pixels, target.width, target.height)
        for index in range(3):
            half = 1 if index else 0
            x, y = target.x >> half, target.y >> half
            width, height = target.width >> half, target.height >> half
            into = _plane(self._letterbox, index)
            into[y : y + height, x : x + width] = _plane(scaled, index)[:height, :width]
        return self._letterbox

    def _convert(self, pixels: NDArray[np.uint8], width: int, height: int) -> av.VideoFrame:
        # the source is wrapped, not copied; PyAV always allocates the result, which malloc serves from the
        # block that the frame before gave back
        source = av.VideoFrame.from_numpy_buffer(pixels, "bgra")
        same_size = pixels.shape[1] == width and pixels.shape[0] == height
        return self._scaler.reformat(
            source,
            width=width,
            height=height,
            format="yuv420p",
            src_color_range=ColorRange.JPEG,
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            interpolation=Interpolation.BILINEAR if same_size else Interpolation.AREA,
            threads=1,
        )


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


def _black(width: int, height: int) -> av.VideoFrame:
    frame = av.VideoFrame(width, height, "yuv420p")
    for index, value in enumerate((_BLACK_LUMA, _GREY_CHROMA, _GREY_CHROMA)):
        _plane(frame, index)[...] = value
    return frame


def _plane(frame: av.VideoFrame, index: int) -> NDArray[np.uint8]:
    """A plane as rows, written to in place; a row may be longer than the picture is wide."""
    plane = frame.planes[index]
    # a plane is a buffer, which its types do not say
    rows = np.frombuffer(plane, np.uint8)  # pyright: ignore[reportCallIssue, reportArgumentType]
    return rows.reshape(plane.height, plane.line_size)
