"""Does a hardware encoder work here? Found out by encoding, in a process of its own, for drivers may crash or hang.

python -m deskreel.recorder.encode.probe h264_nvenc       prints "works", or why not
"""

from __future__ import annotations

import io
import subprocess
import sys
from glob import glob

import av
import numpy as np
from av.codec import Codec
from av.codec.codec import UnknownCodecError
from av.error import FFmpegError
from numpy.typing import NDArray

from deskreel.media.fmp4 import EncodedFrame, write_fragment
from deskreel.recorder.encode.hardware import BY_NAME, HardwareEncoder
from deskreel.recorder.encode.port import EncoderError, EncoderSettings

TIMEOUT_S = 10.0
_SIZE = (640, 360)
_FRAMES, _KEYFRAMES = 8, (0, 5)
_LEAST_PSNR_DB = 28.0
_WORKS = "works"
# where Linux keeps the hardware; without any of these files nothing needs to be tried
_DEVICES = {
    "h264_nvenc": ("/dev/nvidiactl", "/dev/dxg"),
    "h264_qsv": ("/dev/dri/renderD*",),
    "h264_amf": ("/dev/dri/renderD*",),
    "h264_vaapi": ("/dev/dri/renderD*",),
}


def why_not(codec: str) -> str | None:
    """None if `codec` works here, else what is in the way. Takes up to TIMEOUT_S."""
    try:
        Codec(codec, "w")
    except UnknownCodecError:
        return "not in this build of FFmpeg"
    if sys.platform == "linux" and not any(glob(pattern) for pattern in _DEVICES.get(codec, ())):
        return "no such device"
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__, codec],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"did not answer within {TIMEOUT_S:.0f} s"
    except OSError as error:
        return f"could not be tried: {error}"
    said = done.stdout.decode(errors="replace").strip().rpartition("\n")[2]
    if done.returncode < 0 or not said:
        return f"crashed (code {done.returncode})"
    return None if said == _WORKS else said[:200]


def try_encoder(codec: str) -> None:
    """Encode a few frames and look at what comes back.

    Raises:
        EncoderError: it does not do what a recording needs.
    """
    encoder = HardwareEncoder(BY_NAME[codec], *_SIZE)
    config = encoder.config
    pictures: list[EncodedFrame] = []
    shown = [_picture(n) for n in range(_FRAMES)]
    for n, luma in enumerate(shown):
        out = encoder.encode(_frame(luma), n * 200, keyframe=n in _KEYFRAMES)
        if len(out) != 1:
            raise EncoderError("it holds pictures back")
        pictures.append(EncodedFrame(data=out[0].data, duration_ms=200, keyframe=out[0].keyframe))
    if tuple(n for n, picture in enumerate(pictures) if picture.keyframe) != _KEYFRAMES:
        raise EncoderError("it makes keyframes where none were asked for, or none where they were")
    encoder.drain(EncoderSettings(quality=1))
    if encoder.config != config:
        raise EncoderError("its parameter sets depend on the quality")
    encoder.close()
    decoded = _decode(config + write_fragment(sequence=1, decode_time_ms=0, frames=pictures))
    if len(decoded) != len(shown):
        raise EncoderError(f"{len(decoded)} of {len(shown)} pictures decode")
    for got, want in zip(decoded, shown, strict=True):
        error = float(((got.astype(np.float64) - want) ** 2).mean())
        if 10 * np.log10(255**2 / max(error, 1e-9)) < _LEAST_PSNR_DB:
            raise EncoderError("the pictures are not what was shown")


def _picture(n: int) -> NDArray[np.uint8]:
    """Luma of a pattern that moves."""
    y, x = np.mgrid[0 : _SIZE[1], 0 : _SIZE[0]]
    return np.where(((x + 4 * n) // 16 + y // 16) % 2, 200, 50).astype(np.uint8)


def _frame(luma: NDArray[np.uint8]) -> av.VideoFrame:
    height, width = luma.shape
    grey = np.full((height // 2, width), 128, np.uint8)
    return av.VideoFrame.from_ndarray(np.vstack([luma, grey]), format="yuv420p")


def _decode(clip: bytes) -> list[NDArray[np.uint8]]:
    """Luma of each picture."""
    with av.open(io.BytesIO(clip), "r") as container:
        return [_luma(frame) for frame in container.decode(video=0)]


def _luma(frame: av.VideoFrame) -> NDArray[np.uint8]:
    plane = frame.planes[0]
    # a plane is a buffer, which its types do not say
    rows = np.frombuffer(plane, np.uint8)  # pyright: ignore[reportCallIssue, reportArgumentType]
    return rows.reshape(plane.height, plane.line_size)[:, : frame.width].copy()


def main(codec: str) -> None:
    """Say how it went, in one line."""
    try:
        try_encoder(codec)
    except (EncoderError, FFmpegError, ValueError) as error:
        print(" ".join(str(error).split()))
    else:
        print(_WORKS)


if __name__ == "__main__":
    main(sys.argv[1])
