"""Changed rows of a picture, scaled and converted into their place on the canvas.

Only the rows asked for are converted, in strips over the full width. A strip begins and ends where a row of
the picture and a row of the canvas meet, so that a strip comes out as if the whole had been converted; rows
beside it go through the filter with it and are left out of the copy.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from math import ceil, gcd, lcm

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from deskreel.recorder.canvas.place import Placement
from deskreel.recorder.screen.rows import Columns, Rows

SCALER = Interpolation.BICUBIC  # sharpest text of those that do not ring; measured in docs/design/capture.md
_REACH = 4  # rows of the smaller picture that a filter looks to either side
_HEIGHTS = 64  # rows: strips have few heights, because a new one makes swscale set up its filters anew
_WIDTHS = 128  # columns: the same at the same size
_SCALERS = 8  # kept, one per size of strip: a new one costs 0.2 ms, one that is kept 0.1 to 0.4 MB


class Strips:
    """The way of a picture of `width` x `height` pixels to `target` on the canvas."""

    def __init__(self, width: int, height: int, target: Placement) -> None:
        self._target = target
        self._same_size = (width & ~1, height & ~1) == (target.width, target.height)
        # at the same size an odd last row or column is left out
        self._width, self._height = (target.width, target.height) if self._same_size else (width, height)
        meets = gcd(self._height, target.height)
        pairs = lcm(2, target.height // meets) // (target.height // meets)
        self._step = self._height // meets * pairs  # rows of the picture between two meetings
        self._out_step = target.height // meets * pairs  # the same of the canvas, even for the chroma's sake
        reach = ceil(_REACH * max(1.0, self._height / target.height))
        self._reach = ceil(reach / self._step)
        self._grain = max(1, _HEIGHTS // self._step)
        self._scalers: OrderedDict[tuple[int, int], VideoReformatter] = OrderedDict()

    def draw(
        self,
        pixels: NDArray[np.uint8],
        rows: Iterable[Rows],
        planes: list[NDArray[np.uint8]],
        columns: Columns | None = None,
    ) -> int:
        """Put `rows` of `pixels` (BGRX) into `planes` (yuv420p); how many pixels of the canvas that were.

        At the same size only the given columns of them.
        """
        across = self._across(columns)
        whole = Rows(0, ceil(self._height / self._step))
        done = 0
        for strip in self._strips(rows, whole):
            first, last = self._outer(strip, whole)
            top, bottom = first * self._step, min(self._height, last * self._step)
            out_bottom = min(self._target.height, last * self._out_step)
            piece = pixels[top:bottom, across.left : across.right]
            scaled = self._convert(piece, out_bottom - first * self._out_step)
            skip = (strip.top - first) * self._out_step
            count = min(self._target.height, strip.bottom * self._out_step) - strip.top * self._out_step
            self._copy(
                scaled,
                skip,
                Rows(strip.top * self._out_step, strip.top * self._out_step + count),
                across,
                planes,
            )
            done += count * scaled.width
        return done

    def _across(self, columns: Columns | None) -> Columns:
        """Columns of the picture to convert: all, or at the same size few widths around those that changed."""
        if columns is None or not self._same_size:
            return Columns(0, self._width)
        left = min(columns.left, self._width - 2) // _WIDTHS * _WIDTHS
        return Columns(left, min(self._width, ceil(max(columns.right, left + 2) / _WIDTHS) * _WIDTHS))

    def _strips(self, rows: Iterable[Rows], whole: Rows) -> list[Rows]:
        """What to renew, in steps: every row that a changed one reaches through the filter."""
        out: list[Rows] = []
        for top, bottom in rows:
            first = max(0, top // self._step - self._reach)
            last = min(whole.bottom, ceil(bottom / self._step) + self._reach)
            if out and first <= out[-1].bottom:
                out[-1] = Rows(out[-1].top, max(last, out[-1].bottom))
            elif first < last:
                out.append(Rows(first, last))
        return out

    def _outer(self, strip: Rows, whole: Rows) -> Rows:
        """`strip` with what its filter looks at, in one of few heights."""
        need = strip.bottom - strip.top + 2 * self._reach
        grains = ceil(need / self._grain)
        count = (grains if grains <= 4 else 1 << (grains - 1).bit_length()) * self._grain
        if count >= whole.bottom:
            return whole
        first = min(max(0, strip.top - self._reach), whole.bottom - count)
        return Rows(first, first + count)

    def _convert(self, pixels: NDArray[np.uint8], out_height: int) -> av.VideoFrame:
        out_width = pixels.shape[1] if self._same_size else self._target.width
        scaler = self._scalers.pop((out_width, out_height), None) or VideoReformatter()
        self._scalers[out_width, out_height] = scaler
        if len(self._scalers) > _SCALERS:
            self._scalers.popitem(last=False)
        # the source is wrapped, not copied; PyAV always allocates the result, which malloc serves from the
        # block that the one before gave back
        return scaler.reformat(
            av.VideoFrame.from_numpy_buffer(pixels, "bgra"),
            width=out_width,
            height=out_height,
            format="yuv420p",
            src_color_range=ColorRange.JPEG,
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            interpolation=Interpolation.BILINEAR if self._same_size else SCALER,
            threads=1,
        )

    def _copy(
        self, scaled: av.VideoFrame, skip: int, rows: Rows, across: Columns, planes: list[NDArray[np.uint8]]
    ) -> None:
        left = across.left if self._same_size else 0
        for index, into in enumerate(planes):
            half = 1 if index else 0
            x, width = (self._target.x + left) >> half, scaled.width >> half
            y, count, source = (
                (self._target.y + rows.top) >> half,
                (rows.bottom - rows.top) >> half,
                skip >> half,
            )
            into[y : y + count, x : x + width] = plane_of(scaled, index)[source : source + count, :width]


def plane_of(frame: av.VideoFrame, index: int) -> NDArray[np.uint8]:
    """A plane as rows, written to in place; a row may be longer than the picture is wide."""
    plane = frame.planes[index]
    # a plane is a buffer, which its types do not say
    rows = np.frombuffer(plane, np.uint8)  # pyright: ignore[reportCallIssue, reportArgumentType]
    return rows.reshape(plane.height, plane.line_size)
