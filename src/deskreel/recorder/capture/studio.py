"""Canvas and encoder together: what frames are drawn on and encoded by, kept open from job to job."""

from __future__ import annotations

from collections.abc import Callable

from deskreel.recorder.canvas import Canvas
from deskreel.recorder.encode import Encoder


class Studio:
    """Canvas and encoder of one size, kept from job to job so that a run begins at once."""

    def __init__(self, width: int, height: int, new_encoder: Callable[[int, int], Encoder]) -> None:
        self.size = (width, height)
        self.canvas = Canvas(width, height)
        self.encoder = new_encoder(width, height)
        # the first picture costs twice the time of the next, for page faults: let it be a black one
        self.encoder.encode(self.canvas.frame, 0, True)
        self.encoder.drain()
