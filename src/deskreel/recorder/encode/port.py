"""What the recorder knows of an encoder: pictures out, settings in, one error."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol

import av

from deskreel.core.errors import DeskreelError, InvalidInputError

MAX_QUALITY_STEP = 4


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


class Profile(StrEnum):
    """What the encoder is to be good at."""

    RECORD = "record"  # few bits; under a cap it holds a picture back
    LIVE = "live"  # every picture at once, and under a cap none much larger than the others


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderSettings:
    """What may change while a screen recording is being made; the init segment stays the same."""

    profile: Profile = Profile.RECORD
    quality: int = 0  # steps below the best, 0 to MAX_QUALITY_STEP: each a quarter to a third fewer bits
    max_kbps: int | None = None  # kbit/s at most, over 15 s (live: 1 s); None: no cap

    def __post_init__(self) -> None:
        if not 0 <= self.quality <= MAX_QUALITY_STEP:
            raise InvalidInputError(f"quality step {self.quality}: 0 to {MAX_QUALITY_STEP} are possible")
        if self.max_kbps is not None and self.max_kbps < 1:
            raise InvalidInputError(f"a cap of {self.max_kbps} kbit/s is too low")


class Encoder(Protocol):
    """A running video encoder for one picture size; used by one thread.

    Pictures come out in the order in which frames went in, some later, as an encoder may look ahead.
    """

    @property
    def config(self) -> bytes:
        """The init segment that decodes what it makes, whatever the settings are."""
        ...

    @property
    def settings(self) -> EncoderSettings:
        """In use now."""
        ...

    @property
    def held(self) -> int:
        """How many pictures are inside."""
        ...

    def encode(self, frame: av.VideoFrame, pts_ms: int, keyframe: bool) -> list[EncodedPicture]:
        """Encode `frame`, captured at `pts_ms` of any steady clock. The frame is not kept.

        A time that does not rise is moved to 1 ms after the one before.

        Raises:
            EncoderError: it failed and is of no further use; what is inside is lost.
        """
        ...

    def drain(self, settings: EncoderSettings | None = None) -> list[EncodedPicture]:
        """All pictures that are inside. The encoder is then as new, with other settings if any are given.

        The next frame must be a keyframe.

        Raises:
            EncoderError: it failed and is of no further use; what was inside is lost.
        """
        ...

    def close(self) -> None:
        """Free it; pictures still inside are lost. Harmless when repeated."""
        ...
