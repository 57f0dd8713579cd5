"""What was seen and what was heard, from what `outside_capture` took; and how far apart the two were. Pure.

The picture spells its time in cells. The sound beeps twice a second, at 1,000 Hz on whole seconds and at 1,250 Hz on
the halves, so that a beep cannot be taken for its neighbour, and a speed that bends the pitch is found out.
"""

from __future__ import annotations

import itertools
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.review.outside_capture import SOUND_HZ
from deskreel.testing.clock_window import CELL_HEIGHT, FULL, ROW_TOPS, decode_clock

BEEP_EVERY_MS, BEEP_MS = 500, 100
BEEP_HZ = (1000, 1250)  # on whole seconds, on halves
_ENVELOPE_MS, _LEAST_BEEP_MS = 2, 10
_GAP_MS = 40  # within a beep: what stretches sound repeats a bit of it after its end
_LOUD = 0.3  # of the loudest
_QUIET = 300  # of 32,768: below, nothing was heard at all
_WHOLE = 0.8  # of the length that the speed says; what is shorter was cut by a pause or a seek
_JUMP_MS = 300  # a seek's picture and sound come nearer to each other than that
_STEADY = 0.6  # how far the distance of two beeps in a row may be from what the speed says
_FOLLOWS_MS = 250  # media ms: a frame this far after the last one was played to, not jumped to
_REACH_MS = 600  # media ms from a beep to the frames that are compared with it
_CLOCK_WINDOW_NS = 1_000_000_000


Run = list[
    tuple[float, float]
]  # beeps that followed each other: when each came out, where in the recording it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A picture came to the screen."""

    at_ms: float  # monotonic
    clock_ms: int  # wall, as it spells
    doubt_ms: float  # it came between at_ms - doubt_ms and at_ms + doubt_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Beep:
    """A beep came out."""

    at_ms: float  # monotonic, the middle of its energy
    length_ms: float  # of what is loud in it
    hz: float


def lines_of(width: int, height: int) -> tuple[int, int]:
    """The two lines of a picture of this height that go through the cells."""
    first, second = ((top + CELL_HEIGHT // 2) * height // FULL[1] for top in ROW_TOPS)
    if width < FULL[0] // 3:
        raise ValueError(f"a picture {width} pixels wide is too small to be read")
    return first, second


def frames_of(looks: NDArray[np.int64], seen: NDArray[np.uint8]) -> list[Frame]:
    """Each reading that is another one than that before. Torn looks are passed over: the next one is whole."""
    found: list[Frame] = []
    torn_since: int | None = None
    for (before, after), line in zip(looks.tolist(), seen, strict=True):
        since = before if torn_since is None else torn_since
        clock = decode_clock(_picture(line))
        torn_since = since if clock is None else None
        if clock is not None and not (found and found[-1].clock_ms == clock):
            doubt = (after - since) / 2e6
            found.append(Frame(at_ms=since / 1e6 + doubt, clock_ms=clock, doubt_ms=doubt))
    return found


def _picture(line: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture that has these two lines in the middle of its cells."""
    first, second = line.reshape(2, -1)
    picture = np.zeros((108, len(first)), np.uint8)
    for top, row in zip(ROW_TOPS, (first, second), strict=True):
        picture[top * 108 // FULL[1] : (top + CELL_HEIGHT) * 108 // FULL[1]] = row
    return picture


class SoundClock:
    """When each sample came out, by when the pieces could be read.

    A null sink plays by CLOCK_MONOTONIC itself, so samples are evenly spaced. A piece is read some time after it is
    there, never before: within a second around, the one that was read soonest tells.
    """

    def __init__(self, pieces: NDArray[np.int64]) -> None:
        at, counts = pieces[:, 0], pieces[:, 1]
        begins = at - counts * 1_000_000_000 // SOUND_HZ
        from_, to = (np.searchsorted(at, at + side * _CLOCK_WINDOW_NS) for side in (-1, 1))
        soonest = [int(begins[a:b].min()) for a, b in zip(from_, np.maximum(to, from_ + 1), strict=True)]
        self._counts, self._begins = counts.astype(float), np.asarray(soonest, float)

    @property
    def wander_ms(self) -> float:
        """How much the pieces' own begin moved: what is doubtful of it."""
        return float(np.ptp(self._begins)) / 1e6

    def at_ms(self, sample: float) -> float:
        """When it came out."""
        return (float(np.interp(sample, self._counts, self._begins)) + sample * 1e9 / SOUND_HZ) / 1e6


def beeps_of(samples: NDArray[np.int16], clock: SoundClock) -> list[Beep]:
    """Every beep, also one that was cut."""
    size = SOUND_HZ * _ENVELOPE_MS // 1000
    steps = samples[: len(samples) // size * size].astype(float).reshape(-1, size)
    envelope = np.sqrt((steps**2).mean(axis=1))
    if not len(envelope) or envelope.max() < _QUIET:
        return []
    loud = np.flatnonzero(envelope > _LOUD * envelope.max())
    parts = np.split(loud, np.flatnonzero(np.diff(loud) > _GAP_MS // _ENVELOPE_MS) + 1)
    found = []
    for part in parts:
        length_ms = len(part) * _ENVELOPE_MS
        if length_ms < _LEAST_BEEP_MS:
            continue
        middle = (float(np.average(part, weights=envelope[part] ** 2)) + 0.5) * size
        whole = samples[int(part[0]) * size : (int(part[-1]) + 1) * size]
        found.append(Beep(at_ms=clock.at_ms(middle), length_ms=length_ms, hz=_pitch(whole)))
    return found


def _pitch(samples: NDArray[np.int16]) -> float:
    """The strongest frequency."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 1 << 17))
    return float(np.argmax(spectrum)) * SOUND_HZ / (1 << 17)


def runs_of(beeps: Sequence[Beep], frames: Sequence[Frame], speed: float) -> list[Run]:
    """The beeps that followed each other at this speed, run by run."""
    runs: list[Run] = []
    for beep in beeps:
        media = _place_of(beep, frames, speed)
        if media is None:
            continue
        last_at, last_media = runs[-1][-1] if runs else (0.0, 0.0)
        apart = (beep.at_ms - last_at) * speed / BEEP_EVERY_MS
        if media - last_media == BEEP_EVERY_MS and abs(apart - 1) < _STEADY:
            runs[-1].append((beep.at_ms, media))
        else:
            runs.append([(beep.at_ms, media)])
    return [run for run in runs if len(run) > 1]


def _place_of(beep: Beep, frames: Sequence[Frame], speed: float) -> float | None:
    """Where in the recording its middle is; None for one that was cut, or that came about when the picture jumped.

    Its pitch tells half a second from the next, and what was on the screen tells the second: to be mistaken, picture
    and sound would have to be half a second of the recording apart.
    """
    if beep.length_ms * speed < _WHOLE * BEEP_MS:
        return None
    half = int(np.argmin([abs(beep.hz - hz) for hz in BEEP_HZ])) * BEEP_EVERY_MS + BEEP_MS / 2
    times = [frame.at_ms for frame in frames]
    before, after = bisect(times, beep.at_ms) - 1, bisect(times, beep.at_ms + _JUMP_MS)
    shown = [frames[before].clock_ms] if before >= 0 else []
    if after < len(frames):
        shown.append(round(frames[after].clock_ms - (times[after] - beep.at_ms) * speed))
    places = {round((clock - half) / 1000) * 1000 + half for clock in shown}
    return places.pop() if len(places) == 1 else None


def lateness(frames: Sequence[Frame], runs: Sequence[Run], speed: float) -> list[float]:
    """How late each picture was for its sound, in ms; of those that were played to and have sound about them."""
    late: list[float] = []
    for before, frame in itertools.pairwise(frames):
        if not 0 < frame.clock_ms - before.clock_ms <= _FOLLOWS_MS:
            continue
        about = [(_apart(frame, run), run) for run in runs if _covers(run, frame.clock_ms)]
        apart, run = min(about, default=(np.inf, []), key=lambda one: one[0])
        if apart > _REACH_MS / speed + _JUMP_MS:
            continue  # on the other side of a pause or a seek
        at, media = zip(*run, strict=True)
        inside = min(max(frame.clock_ms, media[0]), media[-1])
        heard_at = float(np.interp(inside, media, at)) + (frame.clock_ms - inside) / speed
        late.append(frame.at_ms - heard_at)
    return late


def _covers(run: Run, clock_ms: float) -> bool:
    return run[0][1] - _REACH_MS <= clock_ms <= run[-1][1] + _REACH_MS


def _apart(frame: Frame, run: Run) -> float:
    """How long before or after the run it came, in ms."""
    return max(run[0][0] - frame.at_ms, frame.at_ms - run[-1][0], 0)


def bent(beeps: Sequence[Beep]) -> list[float]:
    """How far each beep is from the pitch that it was made with, in per cent."""
    return [min(abs(beep.hz / hz - 1) for hz in BEEP_HZ) * 100 for beep in beeps]


def read(taken: Mapping[str, Any]) -> tuple[list[Frame], list[Beep], SoundClock]:
    """What `outside_capture` wrote."""
    clock = SoundClock(taken["pieces"])
    return frames_of(taken["looks"], taken["seen"]), beeps_of(taken["samples"], clock), clock
