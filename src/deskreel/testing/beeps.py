"""Audio that says what time it is: a beep at every whole wall second, and the finder for such beeps.

With a clock on the screen and beeps in the call audio, the sync error of a playback is the difference between
the time that the picture shows and the whole second at which the beep is heard.
"""

from __future__ import annotations

import wave
from os import PathLike

import numpy as np
from numpy.typing import NDArray

RATE = 48_000  # samples per second of the written file
BEEP_HZ = 1_000
BEEP_S = 0.030
_LEVEL = 0.6  # of full scale
_WINDOW_S = 0.002  # two periods of the beep: the shortest window that measures its level without ripple
_SHORTEST_S = 0.015  # anything shorter is a click, not a beep
_FLOOR = 0.01  # of full scale; quieter than this is silence


def make_beep_audio(
    path: str | PathLike[str], start_wall_ms: int, seconds: float, pause: tuple[float, float] | None = None
) -> None:
    """Write a 2-channel, 16-bit, 48 kHz WAV with a 30 ms beep of 1 kHz starting at each whole wall second.

    The first sample is at `start_wall_ms` (Unix time). `pause` is a window in seconds from the start in which
    there is silence. A beep that would not fit whole into the file or outside the pause is left out.
    """
    total = round(seconds * RATE)
    mono = np.zeros(total, dtype=np.float64)
    beep = _LEVEL * np.sin(2 * np.pi * BEEP_HZ * np.arange(round(BEEP_S * RATE)) / RATE)
    first_ms = -start_wall_ms % 1000
    for onset in range(first_ms * RATE // 1000, total - len(beep) + 1, RATE):
        if pause and onset < pause[1] * RATE and onset + len(beep) > pause[0] * RATE:
            continue
        mono[onset : onset + len(beep)] = beep
    samples = np.repeat(np.round(mono * 32767).astype("<i2"), 2)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())


def find_beeps(samples: NDArray[np.floating], rate: int) -> list[float]:
    """Onsets of the beeps in seconds from the first sample, to within 2 ms.

    `samples` is one channel, 1-D, at any `rate` that carries 1 kHz; noise, other levels and a lossy codec on
    the way are fine. An onset is where the level at 1 kHz, measured over two periods, reaches half of the
    beep's own level.
    """
    level = _level_at_beep_hz(np.asarray(samples, dtype=np.float64), rate)
    peak = float(level.max(initial=0.0))
    if peak < _FLOOR:
        return []
    loud = np.concatenate(([False], level > peak / 4, [False]))
    edges = np.flatnonzero(np.diff(loud.astype(np.int8)))
    onsets: list[float] = []
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if end - begin < _SHORTEST_S * rate:
            continue
        half = float(np.median(level[begin:end])) / 2
        at = int(begin) + int(np.argmax(level[begin:end] >= half))
        before = float(level[at - 1]) if at else 0.0
        rise = float(level[at]) - before
        onsets.append((at - (float(level[at]) - half) / rise if rise > 0 else at) / rate)
    return onsets


def _level_at_beep_hz(samples: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """Amplitude of the 1 kHz part around each sample."""
    if not len(samples):
        return samples
    mixed = samples * np.exp(-2j * np.pi * BEEP_HZ * np.arange(len(samples)) / rate)
    width = max(1, round(_WINDOW_S * rate))
    padded = np.concatenate((np.zeros(width // 2 + 1), mixed, np.zeros(width - width // 2 - 1)))
    sums = np.cumsum(padded)
    return 2 * np.abs(sums[width:] - sums[:-width]) / width
