"""What the live encoder makes: what browsers are sure to decode, at the rate that it was told."""

from __future__ import annotations

import av
import numpy as np
import pytest

from deskreel.recorder.live.encoder import LARGEST, MOST_KBPS, LiveEncoder, size_for
from deskreel.recorder.live.rate import CEILING_KBPS
from deskreel.recorder.live.tap import Tap
from deskreel.rtc.wire import nal_units

GLYPHS = np.random.default_rng(3).random((60, 11, 7)) < 0.33


def page(seed: int, width: int = 1280, height: int = 720) -> av.VideoFrame:
    """Lines of made-up letters."""
    rng = np.random.default_rng(seed)
    rows = np.full((height * 3 // 2, width), 128, np.uint8)
    rows[:height] = 235
    for top in range(20, height - 20, 16):
        for column in range(int(rng.integers(20, width // 8 - 4))):
            rows[top : top + 11, 20 + column * 8 : 27 + column * 8][GLYPHS[rng.integers(0, 60)]] = 30
    return av.VideoFrame.from_ndarray(rows, format="yuv420p")


def test_a_keyframe_has_its_parameter_sets_in_constrained_baseline_at_level_3_1() -> None:
    encoder = LiveEncoder(1920, 1080, 250)
    assert encoder.size == LARGEST
    first = list(nal_units(encoder.encode(page(1, 1920, 1080), 0, keyframe=True)))
    kinds = [nal[0] & 0x1F for nal in first]
    assert kinds[:2] == [7, 8]
    assert kinds[-1] == 5
    profile, constraints, level = first[0][1:4]
    assert (profile, constraints & 0xC0, level) == (66, 0xC0, 31)
    assert [nal[0] & 0x1F for nal in nal_units(encoder.encode(page(1, 1920, 1080), 200, keyframe=False))][
        -1
    ] == 1


def test_what_it_makes_is_what_the_screen_showed() -> None:
    encoder, decoder = LiveEncoder(640, 360, 1000), av.CodecContext.create("h264", "r")
    shown = page(2, 640, 360)
    out: list[av.VideoFrame] = []
    for number in range(12):
        data = encoder.encode(shown, number * 200, keyframe=number == 0)
        out += decoder.decode(av.Packet(data))
    assert len(out) == 12  # each at once, none held back
    was = shown.to_ndarray(format="gray").astype(int)
    apart = [np.abs(frame.to_ndarray(format="gray").astype(int) - was).mean() for frame in out]
    assert apart[-1] < 4
    assert apart[-1] <= apart[0]  # it gets sharper


@pytest.mark.parametrize("kbps", [150, 500])
def test_the_rate_holds_and_changes_without_a_keyframe(kbps: int) -> None:
    encoder = LiveEncoder(1280, 720, 1000)
    sizes = [len(encoder.encode(page(n), n * 200, keyframe=n == 0)) for n in range(10)]
    assert max(sizes) < 70_000  # 250 kbit, and what no quantiser takes away from noise
    encoder.rate(kbps)
    later = [encoder.encode(page(n), n * 200, keyframe=False) for n in range(10, 40)]
    assert all(nal[0] & 0x1F != 5 for data in later for nal in nal_units(data))
    per_second = sum(map(len, later[10:])) * 8 / 1000 / (len(later[10:]) / 5)
    assert per_second < sum(sizes) * 8 / 1000 / 2  # every picture another page: less than before


def test_the_encoder_can_use_what_the_rate_may_grow_to() -> None:
    assert CEILING_KBPS <= MOST_KBPS


def test_a_canvas_is_never_enlarged_and_keeps_its_shape() -> None:
    assert size_for(320, 240) == (320, 240)
    assert size_for(1920, 1080) == (1280, 720)
    assert size_for(3840, 1080) == (1280, 360)
    assert size_for(1080, 1920) == (404, 720)


def test_the_tap_gives_copies_and_takes_them_back() -> None:
    tap = Tap()
    frame = page(3, 320, 180)
    assert not tap.wants(changed=True)
    tap.offer(frame, 1.0)  # nobody watches
    tap.open()
    assert tap.wants(changed=False)  # what there is to see
    tap.offer(frame, 2.0)
    assert not tap.wants(changed=False)
    assert tap.wants(changed=True)
    shown = tap.take(None, 0.0)
    assert shown is not None
    assert shown.taken_s == 2.0
    same = shown.frame.to_ndarray()
    assert (same == frame.to_ndarray()).all()
    for number in range(5):  # the newest wins, and what was taken stays as it is
        tap.offer(page(10 + number, 320, 180), 3.0 + number)
    assert (shown.frame.to_ndarray() == same).all()
    newest = tap.take(shown, 0.0)
    assert newest is not None
    assert newest.taken_s == 7.0
    tap.offer(page(20, 320, 180), 8.0)
    tap.empty()
    assert newest.age != tap.age
    assert tap.take(newest, 0.0) is None
    assert tap.wants(changed=False)
    tap.close()
    assert not tap.wants(changed=True)
