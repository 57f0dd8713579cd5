"""The clock is read back from pictures of many sizes, with noise, after H.264 and in JavaScript."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.testing.clock_window import (
    CELL_HEIGHT,
    CELL_WIDTH,
    CELLS_LEFT,
    CLOCK_DECODER_JS,
    COLUMNS,
    FULL,
    ROW_TOPS,
    decode_clock,
    encode_clock,
)

NOW_MS = 1_767_225_612_345
SIZES = [(1920, 1080), (1600, 900), (1366, 768), (1280, 720), (960, 540), (853, 480), (640, 360)]


def picture(cells: tuple[int, ...], black: int = 0, white: int = 255) -> np.ndarray:
    image = np.full((FULL[1], FULL[0]), 36, dtype=np.uint8)
    for i, bit in enumerate(cells):
        left, top = CELLS_LEFT + CELL_WIDTH * (i % COLUMNS), ROW_TOPS[i // COLUMNS]
        image[top : top + CELL_HEIGHT, left : left + CELL_WIDTH] = white if bit else black
    return image


def scaled(image: np.ndarray, width: int, height: int) -> np.ndarray:
    frame = av.VideoFrame.from_ndarray(image, format="gray")
    return frame.reformat(width, height, interpolation="BILINEAR").to_ndarray()


def through_h264(images: list[np.ndarray], crf: int) -> list[np.ndarray]:
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=30, options={"crf": str(crf), "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = images[0].shape[1], images[0].shape[0], "yuv420p"
        for i, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = i, Fraction(1, 30)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    target.seek(0)
    with av.open(target, "r") as back:
        return [f.reformat(format="gray").to_ndarray() for f in back.decode(video=0)]


@given(st.integers(0, 2**48 - 1))
def test_any_time_is_read_back(ms: int) -> None:
    assert decode_clock(picture(encode_clock(ms))[::2, ::2]) == ms


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_scaled_and_noisy_pictures_are_read(width: int, height: int) -> None:
    rng = np.random.default_rng(width)
    for ms in range(NOW_MS, NOW_MS + 5000, 617):
        small = scaled(picture(encode_clock(ms), black=16, white=235), width, height)
        noisy = np.clip(small + rng.normal(0, 25, small.shape), 0, 255).astype(np.uint8)
        assert decode_clock(noisy) == ms


def test_h264_at_crf_28_and_640_pixels_is_read() -> None:
    times = [NOW_MS + i * 33 for i in range(60)]
    images = [scaled(picture(encode_clock(ms)), 640, 360) for ms in times]
    assert [decode_clock(image) for image in through_h264(images, 28)] == times


def test_a_picture_without_a_clock_is_not_read() -> None:
    rng = np.random.default_rng(1)
    assert decode_clock(np.zeros((360, 640), np.uint8)) is None
    assert decode_clock(np.full((360, 640), 255, np.uint8)) is None
    assert decode_clock(rng.integers(0, 255, (360, 640), np.uint8)) is None


def test_a_torn_picture_is_not_read() -> None:
    before, after = encode_clock(NOW_MS), encode_clock(NOW_MS + 33)
    assert sum(a != b for a, b in zip(before, after, strict=True)) > 2
    torn = before[:56] + after[56:]  # new checksum under old time
    assert torn not in (before, after)
    assert decode_clock(picture(torn)) is None


def test_a_mixture_of_two_readings_is_not_read() -> None:
    before, after = picture(encode_clock(NOW_MS)), picture(encode_clock(NOW_MS + 1))
    mixed = ((before.astype(int) + after) // 2).astype(np.uint8)
    assert decode_clock(mixed) is None


def test_a_time_beyond_48_bits_is_refused() -> None:
    with pytest.raises(ValueError, match="48-bit"):
        encode_clock(2**48)


@pytest.mark.skipif(shutil.which("node") is None, reason="node runs the JavaScript decoder")
def test_javascript_reads_the_same() -> None:
    good = scaled(picture(encode_clock(NOW_MS)), 640, 360)
    cells = encode_clock(NOW_MS)
    bad = scaled(picture((*cells[:20], 1 - cells[20], *cells[21:])), 640, 360)
    script = (
        CLOCK_DECODER_JS
        + """
        const raw = require('fs').readFileSync(0), size = 640 * 360, answers = [];
        for (let at = 0; at < raw.length; at += size) {
          const data = new Uint8ClampedArray(size * 4);
          for (let i = 0; i < size; i++) data.fill(raw[at + i], 4 * i, 4 * i + 3);
          answers.push(decodeClock({ data, width: 640, height: 360 }));
        }
        console.log(JSON.stringify(answers));
        """
    )
    images = good.tobytes() + bad.tobytes() + np.zeros((360, 640), np.uint8).tobytes()
    done = subprocess.run(
        ["node", "-e", script], input=images, capture_output=True, check=True, env=os.environ
    )
    assert json.loads(done.stdout) == [NOW_MS, None, None]
