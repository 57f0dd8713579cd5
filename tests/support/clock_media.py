"""Video that says what time it is, made without a screen: each picture carries the wall time at which it stands.

A recorder's clock may run fast or slow against the server's: then each chunk's own length is by the one and its start
by the other, as they come from a real recorder.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray

from deskreel.media.fmp4 import EncodedFrame, write_fragment
from deskreel.recorder.encode import X264Encoder
from deskreel.testing.clock_window import (
    CELL_HEIGHT,
    CELL_WIDTH,
    CELLS_LEFT,
    COLUMNS,
    FULL,
    ROW_TOPS,
    encode_clock,
)

SIZE = (640, 360)
CHUNK_MS = 2000
GROUP = 5  # chunks from one keyframe to the next, where the picture is a filler
_FILLER_ROWS = 12  # of noise: what a page of text costs


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockChunk:
    """One chunk, ready to be sent."""

    seq: int  # from 1
    start: int  # wall ms, the server's clock
    duration_ms: int
    keyframe: bool  # decoding may begin here
    data: bytes


class ClockCamera:
    """Makes the chunks of one screen recording."""

    def __init__(self, *, frame_ms: int = 100, size: tuple[int, int] = SIZE) -> None:
        self._encoder = X264Encoder(*size)
        self._size = size
        self._frame_ms = frame_ms
        self._filler: list[list[EncodedFrame]] = []

    @property
    def init(self) -> bytes:
        return self._encoder.config

    def close(self) -> None:
        self._encoder.close()

    def chunks(
        self,
        start: int,
        seconds: float,
        *,
        first_seq: int = 1,
        origin: int | None = None,
        drift: float = 0.0,
        shown: tuple[tuple[float, float], ...] = ((0, float("inf")),),
    ) -> Iterator[ClockChunk]:
        """Chunks from wall time `start` on; `drift` is how much faster the server's clock runs than the recorder's.

        Outside `shown` (seconds from `start`, whole groups) there are pictures of the usual size that say nothing and
        are made once.
        """
        for number in range(round(seconds * 1000) // CHUNK_MS):
            at = start + round(number * CHUNK_MS * (1 + drift))
            reading = any(a <= number * CHUNK_MS / 1000 < b for a, b in shown)
            frames = self._frames(at) if reading else self._filling(number % GROUP)
            data = write_fragment(
                sequence=first_seq + number,
                decode_time_ms=at - (start if origin is None else origin),
                frames=frames,
            )
            yield ClockChunk(
                seq=first_seq + number,
                start=at,
                duration_ms=CHUNK_MS,
                keyframe=frames[0].keyframe,
                data=data,
            )

    def _frames(self, at: int) -> list[EncodedFrame]:
        times = [at + offset for offset in self._slots(CHUNK_MS)]
        return self._encoded([(ms, picture_of(ms, self._size)) for ms in times], at + CHUNK_MS)

    def _slots(self, length_ms: int) -> list[int]:
        """When frames are taken: in uneven slots, as recorders do, so that a browser shows each at its own time."""
        steady = range(0, length_ms, self._frame_ms)
        return [ms + (number % 2) * self._frame_ms // 10 for number, ms in enumerate(steady)]

    def _filling(self, index: int) -> list[EncodedFrame]:
        if not self._filler:
            rng = np.random.default_rng(7)
            width, height = self._size
            page = np.full((height * 3 // 2, width), 128, np.uint8)
            page[:_FILLER_ROWS] = rng.integers(16, 235, (_FILLER_ROWS, width), np.uint8)
            times = self._slots(GROUP * CHUNK_MS)
            pictures = []
            for ms in times:
                page[height - 20 : height - 10, (ms // self._frame_ms * 8) % (width - 40) :][:, :40] = (
                    40 + ms % 200
                )
                pictures.append((ms, page.copy()))
            frames = self._encoded(pictures, GROUP * CHUNK_MS)
            each = len(times) // GROUP
            self._filler = [frames[at : at + each] for at in range(0, len(frames), each)]
        return self._filler[index]

    def _encoded(self, pictures: list[tuple[int, NDArray[np.uint8]]], end: int) -> list[EncodedFrame]:
        made = []
        for index, (ms, picture) in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            made += self._encoder.encode(frame, ms, index == 0)
        made += self._encoder.drain()
        starts = [ms for ms, _ in pictures]
        lengths = [after - before for before, after in zip(starts, [*starts[1:], end], strict=True)]
        return [
            EncodedFrame(data=p.data, duration_ms=length, keyframe=p.keyframe)
            for p, length in zip(made, lengths, strict=True)
        ]


def picture_of(ms: int, size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    """The reading of `ms` as a yuv420p picture."""
    width, height = size
    picture = np.full((height * 3 // 2, width), 128, np.uint8)
    picture[:height] = 40
    cells = encode_clock(ms)
    for row, top in enumerate(ROW_TOPS):
        y0, y1 = top * height // FULL[1], (top + CELL_HEIGHT) * height // FULL[1]
        for column in range(COLUMNS):
            left = CELLS_LEFT + CELL_WIDTH * column
            x0, x1 = left * width // FULL[0], (left + CELL_WIDTH) * width // FULL[0]
            picture[y0:y1, x0:x1] = 235 if cells[row * COLUMNS + column] else 16
    return picture
