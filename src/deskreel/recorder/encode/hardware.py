"""Encoders in graphics processors, through FFmpeg: which there are, and how each is asked for the same.

None of them holds pictures back. How well they do is up to the hardware; `probe` tells whether one works at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import av
from av.video.reformatter import VideoReformatter

from deskreel.recorder.encode.context import Context
from deskreel.recorder.encode.port import EncodedPicture, EncoderSettings

_BEST_QUANTISER, _PER_STEP = 24, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One encoder of FFmpeg."""

    codec: str  # its name there
    what: str  # for people
    ask: str  # its words for one quality, no delay, keyframes as asked; {q}: the quantiser, {grade}: of 100, the best
    pixel_format: str = "nv12"  # that it takes

    def options(self, quantiser: int) -> dict[str, str]:
        """FFmpeg's options for it."""
        asked = self.ask.format(q=quantiser, grade=max(1, 100 - 2 * quantiser))
        return dict(word.split("=", 1) for word in asked.split())


KINDS: tuple[Kind, ...] = (
    Kind(
        codec="h264_nvenc",
        what="NVIDIA NVENC",
        pixel_format="yuv420p",
        ask="preset=p4 rc=constqp qp={q} zerolatency=1 delay=0 forced-idr=1",
    ),
    Kind(
        codec="h264_qsv",
        what="Intel Quick Sync Video",
        ask="preset=medium global_quality={q} async_depth=1 forced_idr=1",
    ),
    Kind(
        codec="h264_amf",
        what="AMD AMF",
        ask="usage=lowlatency rc=cqp qp_i={q} qp_p={q} forced_idr=1",
    ),
    Kind(codec="h264_vaapi", what="VA-API", ask="rc_mode=CQP qp={q} async_depth=1"),
    Kind(codec="h264_videotoolbox", what="Apple VideoToolbox", ask="realtime=1 allow_sw=0 q:v={grade}"),
    Kind(
        codec="h264_mf",
        what="Windows Media Foundation",
        ask="rate_control=quality quality={grade} hw_encoding=1",
    ),
)
BY_NAME = {kind.codec: kind for kind in KINDS}


class HardwareEncoder:
    """An `Encoder` in hardware. It is opened anew to change the quality; a cap becomes a target bit rate.

    Raises:
        EncoderError: it cannot be opened.
    """

    def __init__(self, kind: Kind, width: int, height: int, settings: EncoderSettings | None = None) -> None:
        self._kind = kind
        self._size = (width, height)
        self._settings = settings or EncoderSettings()
        self._reformatter = VideoReformatter()
        self._context = self._open()
        self._config = self._context.config

    @property
    def config(self) -> bytes:
        """The init segment."""
        return self._config

    @property
    def settings(self) -> EncoderSettings:
        """In use now."""
        return self._settings

    @property
    def held(self) -> int:
        """Pictures inside."""
        return self._context.held

    def encode(self, frame: av.VideoFrame, pts_ms: int, keyframe: bool) -> list[EncodedPicture]:
        """Encode one frame."""
        if self._kind.pixel_format != frame.format.name:
            frame = self._reformatter.reformat(frame, format=self._kind.pixel_format)
        return self._context.encode(frame, pts_ms, keyframe)

    def drain(self, settings: EncoderSettings | None = None) -> list[EncodedPicture]:
        """All that is inside."""
        out: list[EncodedPicture] = []
        if self._context.held or (settings is not None and settings != self._settings):
            out = self._context.drain()
            self._settings = settings or self._settings
            self._context = self._open()
        return out

    def close(self) -> None:
        """Free the encoder."""
        self._context.close()

    def _open(self) -> Context:
        quantiser = _BEST_QUANTISER + _PER_STEP * self._settings.quality
        return Context(
            self._kind.codec,
            *self._size,
            options=self._kind.options(quantiser),
            pixel_format=self._kind.pixel_format,
            kbps=self._settings.max_kbps,
        )
