# pyright: reportPrivateImportUsage=false
# av.logging is documented API that av's package does not list
"""FFmpeg's encoders by PyAV: opening one so that a wrong option is an error, and what comes out of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

import av
from av.codec.context import Flags
from av.error import FFmpegError
from av.video.frame import PictureType

from deskreel.core.errors import BadFragmentError
from deskreel.media.fmp4 import avc_config, to_length_prefixed, video_init
from deskreel.recorder.encode.port import EncodedPicture, EncoderError

_BT709, _LIMITED = 1, 1  # ISO/IEC 23091-2 code points, as FFmpeg numbers them
_TIME_BASE = Fraction(1, 1000)
# Declared in the SPS and used to choose the level; true times stand in the fragments. Fixed, so that the init
# segment of a canvas size is always the same.
DECLARED_FPS = 10


class Context:
    """An open encoder of FFmpeg without B-frames: frames in, samples out. It counts what it holds.

    Raises:
        EncoderError: it cannot be opened, or complained about its options.
    """

    def __init__(
        self,
        codec: str,
        width: int,
        height: int,
        *,
        options: Mapping[str, str],
        pixel_format: str = "yuv420p",
        kbps: int | None = None,
    ) -> None:
        self._codec = codec
        self._last_pts_ms: int | None = None
        self.held = 0
        try:
            context = _new_context(codec, width, height, pixel_format)
            if kbps is not None:
                context.bit_rate = kbps * 1000
            context.options = dict(options)
            complaints = _open_listening(context)
        except (FFmpegError, ValueError, MemoryError) as error:
            raise EncoderError(f"{codec} does not open at {width}x{height}: {error}") from error
        complaints += [f"unknown option {name}" for name in context.options]
        if complaints:
            raise EncoderError(f"{codec} refused its options: " + "; ".join(complaints))
        self._context: av.VideoCodecContext | None = context
        try:
            extradata = context.extradata
            if not extradata:
                raise EncoderError(f"{codec} gave no parameter sets")
            self.config = video_init(width=width, height=height, avcc=avc_config(extradata))
        except BadFragmentError as error:
            raise EncoderError(f"{codec} gave bad parameter sets: {error}") from error

    def encode(self, frame: av.VideoFrame, pts_ms: int, keyframe: bool) -> list[EncodedPicture]:
        """As of an `Encoder`."""
        if self._last_pts_ms is not None:
            pts_ms = max(pts_ms, self._last_pts_ms + 1)
        self._last_pts_ms = frame.pts = pts_ms
        frame.time_base = _TIME_BASE
        frame.pict_type = PictureType.I if keyframe else PictureType.NONE
        self.held += 1
        return self._run(frame)

    def drain(self) -> list[EncodedPicture]:
        """All that is inside; the context is of no further use."""
        out = self._run(None)
        self.close()
        return out

    def close(self) -> None:
        """Free it."""
        self._context = None
        self.held = 0

    def _run(self, frame: av.VideoFrame | None) -> list[EncodedPicture]:
        if self._context is None:
            raise EncoderError("the encoder was closed")
        try:
            return self._pictures(self._context.encode(frame))
        except (FFmpegError, BadFragmentError, MemoryError, ValueError) as error:
            self.close()
            raise EncoderError(f"{self._codec}: {error}") from error

    def _pictures(self, packets: Iterable[av.Packet]) -> list[EncodedPicture]:
        out = [
            EncodedPicture(data=to_length_prefixed(bytes(packet)), keyframe=packet.is_keyframe)
            for packet in packets
        ]
        self.held -= len(out)
        return out


def _new_context(codec: str, width: int, height: int, pixel_format: str) -> av.VideoCodecContext:
    context: av.VideoCodecContext = av.CodecContext.create(codec, "w")  # pyright: ignore[reportAssignmentType]
    context.width, context.height, context.pix_fmt = width, height, pixel_format
    context.time_base, context.framerate = _TIME_BASE, Fraction(DECLARED_FPS)
    context.thread_count = 1
    context.max_b_frames = 0
    context.flags |= Flags.global_header
    context.color_range, context.colorspace = _LIMITED, _BT709
    context.color_primaries = context.color_trc = _BT709
    return context


def _open_listening(context: av.VideoCodecContext) -> list[str]:
    """Open `context`; what it warned of, because libx264 only logs an option that it cannot parse."""
    level = av.logging.get_level()
    av.logging.set_level(av.logging.WARNING)
    try:
        with av.logging.Capture() as logs:
            context.open()
        return [text.strip() for severity, _, text in logs if severity <= av.logging.WARNING]
    finally:
        av.logging.set_level(level)
