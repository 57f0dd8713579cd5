"""What was heard at a moment, by readings of an audio element's own time: how far the sound was, how fast it went.

An element that is told another speed has some sound on its way to the loudspeaker that runs on at the old one for
about 75 ms. What its speed is said to be is then not what a person hears: the slope of its time is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LOOK_BACK_MS = 400  # a speed that was left longer ago is not heard any more
SLOPE_MS = 30  # to each side


class Heard:
    """Readings of one audio element: [wall ms, media ms, the speed that it was told], in order."""

    def __init__(self, readings: Sequence[Sequence[float]]) -> None:
        table = np.asarray(readings, dtype=float).reshape(-1, 3)
        self._at, self._media, self._told = table[:, 0], table[:, 1], table[:, 2]

    def media_ms(self, at: float) -> float:
        """How far the sound was."""
        return float(np.interp(at, self._at, self._media))

    def speed(self, at: float) -> float:
        """The one of the speeds told of late that its time went by at."""
        last = int(np.searchsorted(self._at, at, side="right"))
        first = int(np.searchsorted(self._at, at - LOOK_BACK_MS))
        told = np.unique(self._told[first : max(last, first + 1)])
        slope = (self.media_ms(at + SLOPE_MS) - self.media_ms(at - SLOPE_MS)) / (2 * SLOPE_MS)
        return float(told[np.argmin(np.abs(told - slope))])
