# pyright: reportPrivateImportUsage=false
# av.logging is documented API that av's package does not list
"""Encoders: frames of the canvas become H.264 samples for fMP4.

The record leg's encoder gives each frame's sample at once (no B-frames, no lookahead) and makes a keyframe
only when asked, because a keyframe of a text page costs as much as a minute of typing.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Protocol

import av
from av.codec.context import Flags
from av.error import FFmpegError
from av.video.frame import PictureType

from deskreel.core.errors import BadFragmentError, DeskreelError
from deskreel.media.fmp4 import avc_config, to_length_prefixed, video_init

_BT709, _LIMITED = 1, 1  # ISO/IEC 23091-2 code points, as FFmpeg numbers them
_TIME_BASE = Fraction(1, 1000)
# Declared in the SPS and used to choose the level; true times stand in the fragments. Fixed, so that the init
# segment of a canvas size is always the same.
_DECLARED_FPS = 10

# Cheap decisions, and a motion search wide enough for scrolling. What is not obvious:
#   partitions=i4x4  a new page takes a third of the time of veryfast's p8x8 (1080p: 110 ms, not 345),
#                    the whole for 5 % more bytes
#   qcomp=1          one quantiser throughout: otherwise x264 sharpens a picture that stands still for ever,
#                    and heartbeat frames of a noisy one grow to 200 kB
#   force-cfr=1      with VFR input x264 holds each frame back until it knows the next one's time; without a
#                    rate cap the times change nothing else
X264_PARAMS = (
    "subme=0:trellis=1:8x8dct=0:weightp=0:me=umh:merange=256:partitions=i4x4:qcomp=1"
    ":bframes=0:rc-lookahead=0:sync-lookahead=0:mbtree=0:force-cfr=1"
    ":scenecut=0:keyint=infinite:repeat-headers=0"
)


class EncoderError(DeskreelError):
    """The encoder cannot be opened or failed on a frame."""

    code: ClassVar[str] = "encoder_failed"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "The video encoder failed"
    retryable: ClassVar[bool] = True
    hint: ClassVar[str] = "It is restarted by itself; if this repeats, see the recorder's log."


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedPicture:
    """One encoded frame."""

    data: bytes  # H.264 NAL units after 32-bit lengths: an MP4 sample
    keyframe: bool  # decodes by itself


class Encoder(Protocol):
    """A running video encoder for one picture size; used by one thread."""

    @property
    def config(self) -> bytes:
        """The init segment that decodes what it makes; equal for equal settings."""
        ...

    def encode(self, frame: av.VideoFrame, pts_ms: int, keyframe: bool) -> list[EncodedPicture]:
        """Encode `frame`, captured at `pts_ms` of any steady clock. The frame is not kept.

        A time that does not rise is moved to 1 ms after the one before.

        Raises:
            EncoderError: it failed and is of no further use.
        """
        ...

    def close(self) -> None:
        """Free it; pictures still inside are lost. Harmless when repeated."""
        ...


class X264Encoder:
    """libx264 in this process, on one thread.

    Raises:
        EncoderError: it cannot be opened, or does not take every option.
    """

    def __init__(
        self, width: int, height: int, *, crf: int = 24, preset: str = "veryfast", params: str = X264_PARAMS
    ) -> None:
        self._context = _open(width, height, crf=crf, preset=preset, params=params)
        self._last_pts_ms: int | None = None
        extradata = self._context.extradata
        if not extradata:
            raise EncoderError("libx264 gave no parameter sets")
        self._config = video_init(width=width, height=height, avcc=avc_config(extradata))

    @property
    def config(self) -> bytes:
        """The init segment."""
        return self._config

    def encode(self, frame: av.VideoFrame, pts_ms: int, keyframe: bool) -> list[EncodedPicture]:
        """Encode one frame; the list has exactly one element."""
        if self._context is None:
            raise EncoderError("the encoder was closed")
        if self._last_pts_ms is not None:
            pts_ms = max(pts_ms, self._last_pts_ms + 1)
        self._last_pts_ms = frame.pts = pts_ms
        frame.time_base = _TIME_BASE
        frame.pict_type = PictureType.I if keyframe else PictureType.NONE
        try:
            packets = self._context.encode(frame)
            return [
                EncodedPicture(data=to_length_prefixed(bytes(packet)), keyframe=packet.is_keyframe)
                for packet in packets
            ]
        except (FFmpegError, BadFragmentError, MemoryError, ValueError) as error:
            raise EncoderError(f"libx264: {error}") from error

    def close(self) -> None:
        """Free the encoder."""
        self._context = None


def _open(width: int, height: int, *, crf: int, preset: str, params: str) -> av.VideoCodecContext:
    try:
        context = av.CodecContext.create("libx264", "w")
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base, context.framerate = _TIME_BASE, Fraction(_DECLARED_FPS)
        context.thread_count = 1
        context.max_b_frames = 0
        context.flags |= Flags.global_header
        context.color_range, context.colorspace = _LIMITED, _BT709
        context.color_primaries = context.color_trc = _BT709
        context.options = {"preset": preset, "crf": str(crf), "forced-idr": "1", "x264-params": params}
        complaints = _open_listening(context)
    except (FFmpegError, ValueError, MemoryError) as error:
        raise EncoderError(f"libx264 does not open at {width}x{height}: {error}") from error
    complaints += [f"unknown option {name}" for name in context.options]
    if complaints:
        raise EncoderError("libx264 refused its options: " + "; ".join(complaints))
    return context


def _open_listening(context: av.VideoCodecContext) -> list[str]:
    """Open `context`; what libx264 warned of, because it only logs an option that it cannot parse."""
    level = av.logging.get_level()
    av.logging.set_level(av.logging.WARNING)
    try:
        with av.logging.Capture() as logs:
            context.open()
        return [text.strip() for severity, name, text in logs if severity <= av.logging.WARNING]
    finally:
        av.logging.set_level(level)
