"""Where a picture lies on the canvas. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a picture lies on the canvas; every number is even, because chroma has half the resolution."""

    x: int  # pixels from the left
    y: int  # pixels from the top
    width: int  # pixels
    height: int  # pixels


def place(width: int, height: int, canvas_width: int, canvas_height: int, shrink: float = 1.0) -> Placement:
    """The place of a picture: centred, in its own shape, shrunk to fit but never enlarged.

    `shrink` below 1 makes it smaller still. Shapes are kept to within the pixel that even costs.
    """
    scale = min(1.0, canvas_width / width, canvas_height / height) * shrink
    fitted_width, fitted_height = _even(width, scale, canvas_width), _even(height, scale, canvas_height)
    return Placement(
        x=(canvas_width - fitted_width) // 4 * 2,
        y=(canvas_height - fitted_height) // 4 * 2,
        width=fitted_width,
        height=fitted_height,
    )


def _even(length: int, scale: float, most: int) -> int:
    if scale == 1.0 and length >= 2:
        return length & ~1  # an odd last row or column is left out, so that no pixel is touched
    return min(most, max(2, round(length * scale / 2) * 2))
