from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskreel.media.fmp4 import EncodedFrame, parse_init, write_fragment
from deskreel.recorder.canvas import Canvas
from deskreel.recorder.encode import (
    MAX_QUALITY_STEP,
    EncodedPicture,
    EncoderError,
    EncoderSettings,
    Profile,
    X264Encoder,
)
from deskreel.recorder.encode.context import Context
from deskreel.recorder.encode.x264 import x264_options
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
        a = np.frombuffer(memoryview(got.planes[0]), np.uint8).reshape(HEIGHT, -1)[:, :WIDTH].astype(float)
        b = np.frombuffer(memoryview(want.planes[0]), np.uint8).reshape(HEIGHT, -1)[:, :WIDTH].astype(float)
        assert ((a - b) ** 2).mean() < 60  # above 30 dB


def test_the_init_segment_is_the_same_for_every_encoder_of_a_size():
    one, two = X264Encoder(WIDTH, HEIGHT), X264Encoder(WIDTH, HEIGHT)
    two.encode(frames(1)[0], 0, keyframe=True)
    assert one.config == two.config
    info = parse_init(one.config)
    assert (info.width, info.height) == (WIDTH, HEIGHT)


def options_in(data: bytes) -> dict[str, str]:
    """What x264 says of itself in its first packet."""
    said = data.decode("latin-1")
    return dict(re.findall(r"(\w+)=(\S+)", said[said.index("options:") :]))


def test_x264_really_uses_the_options():
    context = Context("libx264", WIDTH, HEIGHT, options=x264_options(EncoderSettings()))._context
    assert context is not None
    used = options_in(bytes(context.encode(frames(1)[0])[0]))
    wanted = {
        "me": "umh", "me_range": "256", "subme": "0", "trellis": "1", "8x8dct": "0", "weightp": "0",
        "bframes": "0", "scenecut": "0", "mbtree": "0", "keyint": "infinite", "threads": "1", "crf": "22.5",
        "qcomp": "1.00",
    }  # fmt: skip
    assert {name: used[name] for name in wanted} == wanted


def test_an_option_that_x264_cannot_parse_is_an_error():
    with pytest.raises(EncoderError, match="nonsense"):
        Context("libx264", WIDTH, HEIGHT, options={"x264-params": "nonsense=1"})


def test_an_option_that_ffmpeg_does_not_know_is_an_error():
    with pytest.raises(EncoderError, match="wonders"):
        Context("libx264", WIDTH, HEIGHT, options={"wonders": "1"})


EVERY_SETTING = [
    EncoderSettings(profile=profile, quality=quality, max_kbps=cap)
    for profile in Profile
    for quality in (0, 2, MAX_QUALITY_STEP)
    for cap in (None, 100, 500, 20_000)
]


@pytest.mark.parametrize("settings", EVERY_SETTING, ids=str)
def test_the_init_segment_decodes_whatever_the_settings_become(settings: EncoderSettings, tmp_path: Path):
    """As one file, by another decoder than the one that knows the encoder: across the switch and back."""
    encoder = X264Encoder(WIDTH, HEIGHT)
    config = encoder.config
    assert X264Encoder(WIDTH, HEIGHT, settings).config == config
    shown = frames(12)
    pictures: list[EncodedPicture] = []
    for n, frame in enumerate(shown):
        if n == 4:
            pictures += encoder.drain(settings)
            assert encoder.settings == settings
        if n == 8:
            pictures += encoder.drain(EncoderSettings())
        pictures += encoder.encode(frame, n * 200, keyframe=n in (0, 4, 8))
    assert encoder.config == config
    assert [n for n, picture in enumerate(pictures) if picture.keyframe] == [0, 4, 8]
    path = tmp_path / "clip.mp4"
    path.write_bytes(
        config
        + write_fragment(
            sequence=1,
            decode_time_ms=0,
            frames=[EncodedFrame(data=p.data, duration_ms=200, keyframe=p.keyframe) for p in pictures],
        )
    )
    with av.open(str(path)) as clip:
        clip.streams.video[0].codec_context.options = {"err_detect": "explode"}
        decoded = list(clip.decode(video=0))
    assert len(decoded) == len(shown)
    for got, want in zip(decoded, shown, strict=True):
        a = np.frombuffer(memoryview(got.planes[0]), np.uint8).reshape(HEIGHT, -1)[:, :WIDTH].astype(float)
        b = np.frombuffer(memoryview(want.planes[0]), np.uint8).reshape(HEIGHT, -1)[:, :WIDTH].astype(float)
        assert ((a - b) ** 2).mean() < 400  # above 22 dB even at the coarsest


def test_parameter_sets_differ_in_nothing_but_the_declared_rate():
    """Slices are read with the picture parameter set and the sequence's but for its level and declared rate."""
    sets = set()
    for one in EVERY_SETTING:
        context = Context("libx264", WIDTH, HEIGHT, options=x264_options(one))
        sps, pps = parameter_sets(context.config)
        sets.add((sps[:3] + sps[4:17], pps))
    assert len(sets) == 1


def parameter_sets(config: bytes) -> tuple[bytes, bytes]:
    """From the avcC box."""
    at = config.index(b"avcC") + 4 + 6
    size = int.from_bytes(config[at : at + 2], "big")
    sps = config[at + 2 : at + 2 + size]
    at += 2 + size + 1
    size = int.from_bytes(config[at : at + 2], "big")
    return sps, config[at + 2 : at + 2 + size]


def test_quality_steps_cost_fewer_bits():
    rng = np.random.default_rng(3)
    noise = Picture(pixels=rng.integers(0, 256, (HEIGHT, WIDTH, 4), np.uint8), rect=RECT)
    frame = Canvas(WIDTH, HEIGHT).draw(noise)
    sizes = []
    for step in range(MAX_QUALITY_STEP + 1):
        encoder = X264Encoder(WIDTH, HEIGHT, EncoderSettings(quality=step))
        sizes.append(len(encoder.encode(frame, 0, keyframe=True)[0].data))
    for finer, coarser in pairwise(sizes):
        assert coarser < 0.95 * finer


def test_under_a_cap_one_picture_is_held_and_a_drain_gives_it():
    encoder = X264Encoder(WIDTH, HEIGHT, EncoderSettings(max_kbps=500))
    got = [encoder.encode(frame, n * 200, n == 0) for n, frame in enumerate(frames(3))]
    assert [len(pictures) for pictures in got] == [0, 1, 1]
    assert encoder.held == 1
    assert len(encoder.drain()) == 1
    assert (encoder.held, encoder.settings.max_kbps) == (0, 500)
    assert encoder.encode(frames(1)[0], 10_000, keyframe=True) == []
    assert len(encoder.drain(EncoderSettings())) == 1


def test_the_live_profile_holds_nothing_even_under_a_cap():
    encoder = X264Encoder(WIDTH, HEIGHT, EncoderSettings(profile=Profile.LIVE, max_kbps=500))
    for n, frame in enumerate(frames(5)):
        assert len(encoder.encode(frame, n * 200, n == 0)) == 1


def test_a_cap_is_kept_over_its_window_and_lets_a_new_page_through():
    """Noise would take some 8 Mbit/s at 5 frames a second."""
    rng = np.random.default_rng(5)
    encoder = X264Encoder(WIDTH, HEIGHT, EncoderSettings(max_kbps=200))
    sizes = []
    for n in range(300):  # 60 s
        noise = Picture(pixels=rng.integers(0, 256, (HEIGHT, WIDTH, 4), np.uint8), rect=RECT)
        for picture in encoder.encode(Canvas(WIDTH, HEIGHT).draw(noise), n * 200, n == 0):
            sizes.append(len(picture.data))
    assert sum(sizes) * 8 <= 200_000 * (60 + 15)
    assert max(sizes) * 8 > 200_000  # one picture may take more than a second's worth


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
