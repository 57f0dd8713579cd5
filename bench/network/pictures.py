"""H.264 for benchmarks of live streams: encoded once, sent many times."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np

from deskreel.rtc.port import LivePicture

FPS = 5
SIZE = (1280, 720)
_TILE = 32  # pixels of a side of what changes


def make_pictures(kbps: int, seconds: int, *, seed: int = 4) -> list[LivePicture]:
    """Access units of a live profile, `seconds` long at about `kbps`, a keyframe at the begin alone; times from 0."""
    rng = np.random.default_rng(seed)
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height = SIZE
    encoder.pix_fmt = "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, 1000), Fraction(FPS)
    encoder.bit_rate = kbps * 1000
    encoder.options = {
        "preset": "veryfast",
        "tune": "zerolatency",
        "x264-params": f"keyint=infinite:repeat-headers=1:vbv-maxrate={kbps}:vbv-bufsize={kbps}",
    }
    luma = np.full((SIZE[1] * 3 // 2, SIZE[0]), 128, np.uint8)
    made: list[LivePicture] = []
    for number in range(seconds * FPS):
        for _ in range(24):  # pieces of the screen get new content
            x, y = (int(rng.integers(0, side // _TILE)) * _TILE for side in SIZE)
            luma[y : y + _TILE, x : x + _TILE] = rng.integers(16, 235, (_TILE, _TILE), np.uint8)
        frame = av.VideoFrame.from_ndarray(luma, format="yuv420p")
        frame.pts = number * 1000 // FPS
        for packet in encoder.encode(frame):
            at_ms = number * 1000 // FPS
            made.append(LivePicture(data=bytes(packet), at_ms=at_ms, keyframe=packet.is_keyframe))
    return made
