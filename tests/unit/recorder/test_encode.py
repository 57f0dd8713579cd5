from __future__ import annotations

import re

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskreel.media.fmp4 import EncodedFrame, parse_init, write_fragment
from deskreel.recorder import encode
from deskreel.recorder.canvas import Canvas
from deskreel.recorder.encode import X264_PARAMS, EncoderError, X264Encoder
from deskreel.recorder.screen.port import Picture, Rect
from deskreel.testing.synthetic_screen import pattern

WIDTH, HEIGHT = 320, 180
RECT = Rect(x=0, y=0, width=WIDTH, height=HEIGHT)


def frames(count: int) -> list[av.VideoFrame]:
    out = []
    for n in range(count):
        out.append(Canvas(WIDTH, HEIGHT).draw(Picture(pixels=pattern(RECT, n), rect=RECT)))
    return out


def test_each_frame_comes_out_at_once_and_keyframes_only_when_asked():
    encoder = X264Encoder(WIDTH, HEIGHT)
    keys = []
    for n, frame in enumerate(frames(40)):
        (got,) = encoder.encode(frame, n * 200, keyframe=n in (0, 25))
        keys.append(got.keyframe)
    assert [n for n, key in enumerate(keys) if key] == [0, 25]


def test_what_comes_out_decodes_with_the_config_alone(tmp_path):
    encoder = X264Encoder(WIDTH, HEIGHT)
    shown = frames(5)
    data = encoder.config + write_fragment(
        sequence=1,
        decode_time_ms=0,
        frames=[
            EncodedFrame(data=got.data, duration_ms=200, keyframe=got.keyframe)
            for n, frame in enumerate(shown)
            for got in encoder.encode(frame, n * 200, n == 0)
        ],
    )
    path = tmp_path / "clip.mp4"
    path.write_bytes(data)
    with av.open(str(path)) as clip:
        stream = clip.streams.video[0]
        decoded = list(clip.decode(stream))
    assert [round(f.time * 1000) for f in decoded] == [0, 200, 400, 600, 800]
    assert (stream.codec_context.colorspace, stream.codec_context.color_range) == (1, 1)
    for got, want in zip(decoded, shown, strict=True):
        a = np.frombuffer(got.planes[0], np.uint8).reshape(HEIGHT, -1)[:, :WIDTH].astype(float)
        b = np.frombuffer(want.planes[0], np.uint8).reshape(HEIGHT, -1)[:, :WIDTH].astype(float)
        assert ((a - b) ** 2).mean() < 60  # above 30 dB


def test_the_init_segment_is_the_same_for_every_encoder_of_a_size():
    one, two = X264Encoder(WIDTH, HEIGHT), X264Encoder(WIDTH, HEIGHT)
    two.encode(frames(1)[0], 0, keyframe=True)
    assert one.config == two.config
    info = parse_init(one.config)
    assert (info.width, info.height) == (WIDTH, HEIGHT)


def test_x264_really_uses_the_options():
    context = encode._open(WIDTH, HEIGHT, crf=24, preset="veryfast", params=X264_PARAMS)
    frame = frames(1)[0]
    frame.pts, frame.time_base = 0, context.time_base
    packets = context.encode(frame)
    said = bytes(packets[0]).decode("latin-1")  # x264 writes its options into the first packet
    used = dict(re.findall(r"(\w+)=(\S+)", said[said.index("options:") :]))
    wanted = {
        "me": "umh", "me_range": "256", "subme": "0", "trellis": "1", "8x8dct": "0", "weightp": "0",
        "bframes": "0", "scenecut": "0", "mbtree": "0", "keyint": "infinite", "threads": "1", "crf": "24.0",
        "qcomp": "1.00",
    }  # fmt: skip
    assert {name: used[name] for name in wanted} == wanted


def test_an_option_that_x264_cannot_parse_is_an_error():
    with pytest.raises(EncoderError, match="nonsense"):
        X264Encoder(WIDTH, HEIGHT, params=X264_PARAMS + ":nonsense=1")


def test_an_encoder_that_cannot_be_opened_says_so():
    with pytest.raises(EncoderError):
        X264Encoder(100_000, 100_000)


def test_times_that_do_not_rise_are_moved():
    encoder = X264Encoder(WIDTH, HEIGHT)
    for n, frame in enumerate(frames(4)):
        assert len(encoder.encode(frame, 1000, n == 0)) == 1


def test_a_closed_encoder_refuses():
    encoder = X264Encoder(WIDTH, HEIGHT)
    encoder.close()
    encoder.close()
    with pytest.raises(EncoderError):
        encoder.encode(frames(1)[0], 0, keyframe=True)


def test_a_picture_that_stands_still_costs_next_to_nothing():
    encoder = X264Encoder(WIDTH, HEIGHT)
    rng = np.random.default_rng(1)
    noise = Picture(pixels=rng.integers(0, 256, (HEIGHT, WIDTH, 4), np.uint8), rect=RECT)
    frame = Canvas(WIDTH, HEIGHT).draw(noise)
    sizes = [len(encoder.encode(frame, n * 2000, n == 0)[0].data) for n in range(12)]
    assert max(sizes[2:]) < sizes[0] / 100


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 200), st.integers(1, 200))
def test_any_even_size_works(half_width: int, half_height: int):
    width, height = 2 * half_width, 2 * half_height
    encoder = X264Encoder(width, height)
    (got,) = encoder.encode(Canvas(width, height).frame, 0, keyframe=True)
    assert got.keyframe
