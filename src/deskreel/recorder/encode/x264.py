"""libx264 in this process, on one thread: few bits and little time for text that scrolls."""

from __future__ import annotations

import av

from deskreel.recorder.encode.context import Context
from deskreel.recorder.encode.port import EncodedPicture, EncoderSettings, Profile

_PRESET = "superfast"
_BEST_CRF, _CRF_PER_STEP = 22.5, 3
# The window of a cap. In the record leg it is so long that a new page comes out whole and is paid for later.
_WINDOW_S = {Profile.RECORD: 15, Profile.LIVE: 1}

# Cheap decisions, and a motion search wide enough for scrolling; docs/design/encode.md has the measurements.
#   partitions=i4x4  a new page takes a third of the time of veryfast's p8x8, the whole for 5 % more bytes
#   qcomp=1          one quantiser throughout: otherwise x264 sharpens a picture that stands still for ever,
#                    and repeats of a noisy one grow to 200 kB
#   rc-lookahead=0   with one quantiser there is nothing to gain from looking ahead: each picture comes out at once
#   stitchable=1     the same parameter sets whatever the quality and the cap
X264_PARAMS = (
    "subme=0:trellis=1:8x8dct=0:weightp=0:me=umh:merange=256:partitions=i4x4:qcomp=1"
    ":bframes=0:rc-lookahead=0:sync-lookahead=0:mbtree=0:stitchable=1"
    ":scenecut=0:keyint=infinite:repeat-headers=0"
)
# With true times x264 holds each picture back until it knows the next one's. Only a cap needs them: without, its
# bucket is filled by the frame instead of by the second and starves a screen that seldom changes.
_EVEN_TIMES, _TRUE_TIMES = ":force-cfr=1", ":force-cfr=0"


class X264Encoder:
    """H.264 in software. It makes a keyframe only when asked to.

    Raises:
        EncoderError: it cannot be opened, or does not take every option.
    """

    def __init__(self, width: int, height: int, settings: EncoderSettings | None = None) -> None:
        self._size = (width, height)
        self._settings = EncoderSettings()
        self._context = self._open()
        # True times change the declared rate in the parameter sets, which no decoder needs: one config for all.
        self._config = self._context.config
        if settings is not None:
            self.drain(settings)

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
        """One at most, and only under a cap."""
        return self._context.held

    def encode(self, frame: av.VideoFrame, pts_ms: int, keyframe: bool) -> list[EncodedPicture]:
        """Encode one frame; without a cap the list has exactly one element."""
        return self._context.encode(frame, pts_ms, keyframe)

    def drain(self, settings: EncoderSettings | None = None) -> list[EncodedPicture]:
        """All that is inside."""
        changed = settings is not None and settings != self._settings
        out: list[EncodedPicture] = []
        if self._context.held or changed:
            out = self._context.drain()
            self._settings = settings or self._settings
            self._context = self._open()
        return out

    def close(self) -> None:
        """Free the encoder."""
        self._context.close()

    def _open(self) -> Context:
        return Context("libx264", *self._size, options=x264_options(self._settings))


def x264_options(settings: EncoderSettings) -> dict[str, str]:
    """FFmpeg's options for libx264."""
    options = {
        "preset": _PRESET,
        "crf": str(_BEST_CRF + _CRF_PER_STEP * settings.quality),
        "forced-idr": "1",
    }
    params = X264_PARAMS
    if settings.max_kbps is None:
        params += _EVEN_TIMES
    else:
        window_kbit = settings.max_kbps * _WINDOW_S[settings.profile]
        params += f":vbv-maxrate={settings.max_kbps}:vbv-bufsize={window_kbit}"
        params += _TRUE_TIMES if settings.profile is Profile.RECORD else _EVEN_TIMES
    return {**options, "x264-params": params}
