"""One picture of a screen recording as a small JPEG. Decodes and encodes: 20 to 50 ms for a full HD picture."""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction

import av
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Interpolation

from deskreel.core.errors import BadFragmentError
from deskreel.media.untyped import untyped

_QUALITY = 5  # of mjpeg's quantiser: 2 is best, 31 worst; letters of a small screen stay readable


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """A picture."""

    jpeg: bytes
    width: int  # pixels
    height: int  # pixels


def first_still(init: bytes, fragment: bytes, *, width: int) -> Still:
    """The first picture of a fragment that begins with a keyframe, at most `width` pixels wide.

    Raises:
        BadFragmentError: it cannot be decoded.
    """
    try:
        with av.open(io.BytesIO(init + fragment), "r", format="mp4") as container:
            stream = container.streams.video[0]
            stream.thread_count = 1  # one picture: more threads only cost their start
            for frame in container.decode(stream):
                return _jpeg(frame, min(width, frame.width))
    except (FFmpegError, IndexError, ValueError) as error:
        raise BadFragmentError(f"no picture can be decoded: {error}") from error
    raise BadFragmentError("the fragment holds no picture")


def _jpeg(frame: VideoFrame, width: int) -> Still:
    height = max(2, round(frame.height * width / frame.width / 2) * 2)
    small = frame.reformat(
        width=width,
        height=height,
        format="yuvj420p",
        interpolation=Interpolation.AREA,
        dst_color_range=ColorRange.JPEG,
    )
    encoder = untyped(av.CodecContext.create("mjpeg", "w"))
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuvj420p"
    encoder.time_base = Fraction(1, 1000)
    encoder.color_range = ColorRange.JPEG
    encoder.options = {"qmin": str(_QUALITY), "qmax": str(_QUALITY)}
    small.pts = 0
    packets = [*encoder.encode(small), *encoder.encode(None)]
    return Still(jpeg=b"".join(bytes(packet) for packet in packets), width=width, height=height)
