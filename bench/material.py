"""What benchmarks send and store: real H.264 in real fragments, of the sizes that desktops make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import av
import numpy as np

from deskreel.core.chunk import ChunkMeta, sha256
from deskreel.core.ids import Digest
from deskreel.core.time import WallTime
from deskreel.media.fmp4 import EncodedFrame, write_fragment
from deskreel.recorder.encode import X264Encoder

CHUNK_MS = 2000
ORIGIN = WallTime(1_700_000_000_000)  # of the recordings that they make
FRAMES = 10  # 5 per second
_WIDTH, _HEIGHT = 1280, 720


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Some fragments of about the same size, and the init segment that decodes them."""

    init: bytes
    fragments: tuple[bytes, ...]  # each 2 s that begin with a keyframe

    @property
    def init_digest(self) -> Digest:
        """Digest of the init segment."""
        return sha256(self.init)

    @property
    def mean_bytes(self) -> int:
        """Of a fragment."""
        return sum(map(len, self.fragments)) // len(self.fragments)

    def chunks(self, count: int) -> Iterator[tuple[ChunkMeta, bytes]]:
        """The first `count` chunks of a recording that begins at `ORIGIN`."""
        for index in range(count):
            body = self.fragments[index % len(self.fragments)]
            meta = ChunkMeta(
                seq=index + 1,
                start=WallTime(ORIGIN + index * CHUNK_MS),
                duration_ms=CHUNK_MS,
                keyframe=True,
                init=self.init_digest,
                digest=sha256(body),
                size=len(body),
            )
            yield meta, body


def make_material(target_bytes: int, *, count: int = 8, seed: int = 2) -> Material:
    """`count` different fragments of `target_bytes` within some per cent.

    The pictures are noise of as many rows as it takes: a page of text would compress to its own mind.
    """
    rng = np.random.default_rng(seed)
    encoder = X264Encoder(_WIDTH, _HEIGHT)
    try:
        rows = 32
        for _ in range(4):
            size = len(_fragment(encoder, rng, rows, 1))
            rows = max(2, min(_HEIGHT, round(rows * target_bytes / size / 2) * 2))
        fragments = tuple(_fragment(encoder, rng, rows, number + 1) for number in range(count))
        return Material(init=encoder.config, fragments=fragments)
    finally:
        encoder.close()


def _fragment(encoder: X264Encoder, rng: np.random.Generator, rows: int, sequence: int) -> bytes:
    luma = np.full((_HEIGHT * 3 // 2, _WIDTH), 128, np.uint8)
    luma[:rows] = rng.integers(16, 235, (rows, _WIDTH), np.uint8)
    frames = []
    for number in range(FRAMES):
        luma[_HEIGHT - 40 : _HEIGHT - 20, number * 64 : number * 64 + 40] = 40 + number  # something moves
        frame = av.VideoFrame.from_ndarray(luma, format="yuv420p")
        for picture in encoder.encode(frame, number * CHUNK_MS // FRAMES, number == 0):
            frames.append(
                EncodedFrame(data=picture.data, duration_ms=CHUNK_MS // FRAMES, keyframe=picture.keyframe)
            )
    return write_fragment(sequence=sequence, decode_time_ms=0, frames=frames)
