"""Rows of a picture that changed. Pure: from rectangles of damage, or from two pictures, to few bands.

Whole rows, because they lie together in memory: a band is grabbed into its place, compared and converted in
one piece. Rounding out to a grain and closing small gaps keeps the pieces few; a row too many costs 2 µs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

GRAIN = 16  # pixels: bands begin and end at multiples of it; the macroblock of the encoder
_GAP = 64  # unchanged pixels between two bands that cost less than another piece


class Rows(NamedTuple):
    """The rows from `top` to before `bottom`, counted from the top of the picture."""

    top: int
    bottom: int


class Columns(NamedTuple):
    """The columns from `left` to before `right`, counted from the left of the picture."""

    left: int
    right: int


def merge(rows: Iterable[Rows], height: int, *, gap: int = _GAP) -> tuple[Rows, ...]:
    """The rows inside a picture of `height`, rounded out to the grain, in order, gaps up to `gap` closed."""
    out: list[Rows] = []
    for top, bottom in sorted(rows):
        first, last = max(0, top) // GRAIN * GRAIN, min(height, -(-bottom // GRAIN) * GRAIN)
        if first >= last:
            continue
        if out and first <= out[-1].bottom + gap:
            out[-1] = Rows(out[-1].top, max(last, out[-1].bottom))
        else:
            out.append(Rows(first, last))
    return tuple(out)


def damaged(
    rects: NDArray[np.integer], *, left: int, top: int, width: int, height: int
) -> tuple[tuple[Rows, ...], Columns | None]:
    """What `rects` (n x 4: x, y, width, height) touch of the part (`left`, `top`, `width`, `height`).

    The rows, and the columns that hold all of it; None when there is nothing.
    """
    x, y, w, h = (rects[:, column].astype(np.int64) for column in range(4))
    inside = (x < left + width) & (x + w > left) & (y < top + height) & (y + h > top)
    if not inside.any():
        return (), None
    tops, bottoms = y[inside] - top, y[inside] + h[inside] - top
    bands = set(zip(tops.tolist(), bottoms.tolist(), strict=True))
    first, last = int(x[inside].min()) - left, int((x + w)[inside].max()) - left
    return merge((Rows(*band) for band in bands), height), Columns(max(0, first), min(width, last))


def differing(now: NDArray[np.uint8], before: NDArray[np.uint8]) -> tuple[Rows, ...]:
    """The rows in which two pictures of one size (height x bytes, a multiple of 4) differ."""
    height = now.shape[0]
    left, right = now.view(np.uint32), before.view(np.uint32)
    bands = (Rows(top, min(height, top + GRAIN)) for top in range(0, height, GRAIN))
    return merge(
        (b for b in bands if not np.array_equal(left[b.top : b.bottom], right[b.top : b.bottom])), height
    )
