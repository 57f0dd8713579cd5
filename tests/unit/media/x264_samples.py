"""Real x264 frames in our fragments: a picture whose brightness pattern spells the frame's number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.codec.context import Flags
from av.video.frame import PictureType

from deskreel.core.chunk import ChunkMeta, sha256
from deskreel.core.time import WallTime
from deskreel.media import fmp4

BITS = 12  # blocks of the picture, one for each bit of the number


def picture(number: int, width: int, height: int) -> np.ndarray:
    """A grey picture (height, width, 3) uint8 that spells `number` in vertical bars."""
    columns = np.arange(width) * BITS // width
    row = np.where((number >> columns) & 1, 200, 40).astype(np.uint8)
    return np.repeat(np.repeat(row[None, :, None], height, axis=0), 3, axis=2)


def read_number(image: np.ndarray) -> int:
    """What `picture` spelled; any layout with the width as its second axis."""
    grey = image.mean(axis=2) if image.ndim == 3 else image
    width = grey.shape[1]
    middles = [(2 * bit + 1) * width // (2 * BITS) for bit in range(BITS)]
    return sum(1 << bit for bit, x in enumerate(middles) if grey[:, x].mean() > 120)


@dataclass
class Encoded:
    init: bytes
    avcc: bytes
    extradata: bytes
    packets: list[bytes]  # Annex B
    frames: list[fmp4.EncodedFrame]


def encode(
    durations_ms: Sequence[int], *, keyframes: set[int], width: int = 192, height: int = 96, first: int = 0
) -> Encoded:
    """One frame for each duration; those at `keyframes` are forced to be IDR."""
    codec = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
    codec.time_base = Fraction(1, 1000)
    codec.framerate = Fraction(30)
    codec.flags |= Flags.global_header
    codec.options = {"preset": "ultrafast", "tune": "zerolatency", "crf": "24", "forced-idr": "1"}
    codec.gop_size = 100_000
    codec.open()
    packets = []
    at = 0
    for index, duration in enumerate(durations_ms):
        frame = av.VideoFrame.from_ndarray(picture(first + index, width, height), format="rgb24")
        frame = frame.reformat(format="yuv420p")
        frame.pts, frame.time_base = at, Fraction(1, 1000)
        frame.pict_type = PictureType.I if index in keyframes else PictureType.NONE
        packets += codec.encode(frame)
        at += duration
    packets += codec.encode(None)
    raw = [bytes(packet) for packet in packets]
    assert codec.extradata is not None
    extradata = bytes(codec.extradata)
    avcc = fmp4.avc_config(extradata)
    frames = [
        fmp4.EncodedFrame(
            data=fmp4.to_length_prefixed(data), duration_ms=duration, keyframe=packet.is_keyframe
        )
        for packet, data, duration in zip(packets, raw, durations_ms, strict=True)
    ]
    init = fmp4.video_init(width=width, height=height, avcc=avcc)
    return Encoded(init=init, avcc=avcc, extradata=extradata, packets=raw, frames=frames)


def chunked(
    encoded: Encoded, *, start: int, origin: int, per_chunk: int, first_seq: int = 1
) -> list[tuple[ChunkMeta, bytes]]:
    """The frames as chunks of `per_chunk` frames, the first one at wall time `start`."""
    chunks = []
    at = start
    for number, index in enumerate(range(0, len(encoded.frames), per_chunk)):
        frames = encoded.frames[index : index + per_chunk]
        seq = first_seq + number
        data = fmp4.write_fragment(sequence=seq, decode_time_ms=at - origin, frames=frames)
        duration = sum(frame.duration_ms for frame in frames)
        meta = ChunkMeta(
            seq=seq,
            start=WallTime(at),
            duration_ms=duration,
            keyframe=frames[0].keyframe,
            init=sha256(encoded.init),
            digest=sha256(data),
            size=len(data),
        )
        chunks.append((meta, data))
        at += duration
    return chunks
