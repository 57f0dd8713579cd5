"""Encoders: frames of the canvas become H.264 samples for fMP4.

`port` is what the rest of the recorder knows, `x264` the encoder in software, `hardware` the ones in graphics
processors; `choice` finds out by `probe` which of them works here and falls back when it stops working.
"""

from deskreel.recorder.encode.choice import EncoderChoice
from deskreel.recorder.encode.port import (
    MAX_QUALITY_STEP,
    EncodedPicture,
    Encoder,
    EncoderError,
    EncoderSettings,
    Profile,
)
from deskreel.recorder.encode.x264 import X264Encoder

__all__ = [
    "MAX_QUALITY_STEP",
    "EncodedPicture",
    "Encoder",
    "EncoderChoice",
    "EncoderError",
    "EncoderSettings",
    "Profile",
    "X264Encoder",
]
