"""The live leg's own encoder: libx264 that holds nothing back and obeys a rate that changes while it is open.

It makes what browsers are sure to decode, constrained baseline at level 3.1: so the picture fits 1280x720. The canvas
is scaled down to that. Annex B out, parameter sets before each keyframe, keyframes only when asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import av
from av.error import FFmpegError
from av.video.frame import PictureType
from av.video.reformatter import Interpolation, VideoReformatter

from deskreel.recorder.canvas.place import place
from deskreel.recorder.encode import EncoderError

LARGEST = (1280, 720)  # of the picture: level 3.1 allows no more
DECLARED_FPS = 5  # bits per picture = rate / this
_TIME_BASE = Fraction(1, 1000)
_BT709, _LIMITED = 1, 1  # ISO/IEC 23091-2 code points, as FFmpeg numbers them
# A picture takes at most about this: the first of a new page is coarse, those after it make it sharp. With the rate
# at 500 kbit/s even a page of noise leaves in half a second.
_LARGEST_KBIT = 250
MOST_KBPS = _LARGEST_KBIT * DECLARED_FPS  # with more, x264 enlarges the bucket to what comes in per picture
_LEAST_QUANTISER = 20  # sharper is of no use, and a quiet screen must not save up for one huge picture
# as in encode.x264 (scrolling text for little time), without what baseline lacks
_PARAMS = (
    "subme=0:me=umh:merange=256:qcomp=1:bframes=0:rc-lookahead=0:sync-lookahead=0:mbtree=0:weightp=0"
    ":scenecut=0:keyint=infinite:repeat-headers=1:annexb=1:force-cfr=1"
    f":level=3.1:qpmin={_LEAST_QUANTISER}"
)


def size_for(width: int, height: int) -> tuple[int, int]:
    """Of the live picture, for a canvas."""
    fitted = place(width, height, min(width, LARGEST[0]), min(height, LARGEST[1]))
    return fitted.width, fitted.height


class LiveEncoder:
    """For canvases of one size, on one thread.

    Raises:
        EncoderError: it cannot be opened.
    """

    def __init__(self, width: int, height: int, kbps: int) -> None:
        self.canvas = (width, height)
        self.size = size_for(width, height)
        self._scaler = VideoReformatter() if self.size != self.canvas else None
        self._last_ms = -1
        try:
            self._context = _open(*self.size, kbps)
        except (FFmpegError, ValueError, MemoryError) as error:
            raise EncoderError(f"libx264 does not open at {self.size}: {error}") from error

    def rate(self, kbps: int) -> None:
        """From the next picture on, on average over some seconds."""
        if self._context.bit_rate != kbps * 1000:
            self._context.bit_rate = kbps * 1000

    def encode(self, frame: av.VideoFrame, at_ms: int, *, keyframe: bool) -> bytes:
        """One access unit.

        Raises:
            EncoderError: it failed and is of no further use.
        """
        try:
            if self._scaler is not None:
                frame = self._scaler.reformat(
                    frame,
                    width=self.size[0],
                    height=self.size[1],
                    format="yuv420p",
                    interpolation=Interpolation.BICUBIC,
                    threads=1,
                )
            self._last_ms = frame.pts = max(at_ms, self._last_ms + 1)
            frame.time_base = _TIME_BASE
            frame.pict_type = PictureType.I if keyframe else PictureType.NONE
            return _bytes(self._context.encode(frame))
        except (FFmpegError, MemoryError, ValueError) as error:
            raise EncoderError(f"libx264: {error}") from error


def _bytes(packets: Iterable[av.Packet]) -> bytes:
    data = b"".join(bytes(packet) for packet in packets)
    if not data:
        raise EncoderError("libx264 held a picture back")
    return data


def _open(width: int, height: int, kbps: int) -> av.VideoCodecContext:
    context: av.VideoCodecContext = av.CodecContext.create("libx264", "w")  # pyright: ignore[reportAssignmentType]
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base, context.framerate = _TIME_BASE, Fraction(DECLARED_FPS)
    context.thread_count, context.max_b_frames = 1, 0
    context.bit_rate = kbps * 1000
    context.color_range, context.colorspace = _LIMITED, _BT709
    context.color_primaries = context.color_trc = _BT709
    context.options = {
        "preset": "superfast",
        "tune": "zerolatency",
        "profile": "baseline",
        "forced-idr": "1",
        "maxrate": f"{MOST_KBPS}k",
        "bufsize": f"{_LARGEST_KBIT}k",
        "x264-params": _PARAMS,
    }
    context.open()
    return context
