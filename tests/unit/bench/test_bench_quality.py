from __future__ import annotations

import numpy as np
import pytest
from bench.recorder.kills import Kill, _figures
from bench.recorder.quality import misread, settled, ssim
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.chunk import ChunkMeta, sha256
from deskreel.core.time import WallTime


def picture(seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (64, 96), np.uint8)


def test_a_picture_is_like_itself_and_unlike_another():
    assert ssim(picture(), picture()) == pytest.approx(1)
    assert ssim(picture(), picture(2)) < 0.2


def test_more_noise_is_less_like():
    flat = np.full((64, 96), 100, np.uint8)
    flat[::8] = 200
    noise = np.random.default_rng(1).integers(0, 2, flat.shape, np.uint8)
    assert 1 > ssim(flat + noise, flat) > ssim(flat + 20 * noise, flat)


def test_misread_counts_characters_of_the_lines_that_are_most_alike():
    want = ["the first line of text", "another one"]
    assert misread(want, want) == 0
    assert misread(["noise", "another one", "the first lime of text"], want) == pytest.approx(100 / 33)
    assert misread([], want) == 100


@given(st.lists(st.text(alphabet="abc ", min_size=1), min_size=1), st.lists(st.text(alphabet="abc ")))
def test_misread_is_a_share(want: list[str], got: list[str]):
    assert 0 <= misread(got, want) <= 200


def test_settled_are_pictures_that_stand_long_enough():
    assert settled([0, 100, 600, 700], 1200, 500) == [1, 3]


def meta(seq: int, start: int, end: int) -> ChunkMeta:
    digest = sha256(str(seq).encode())
    return ChunkMeta(
        seq=seq,
        start=WallTime(start),
        duration_ms=end - start,
        keyframe=True,
        init=digest,
        digest=digest,
        size=1,
    )


def test_a_kill_loses_what_lies_between_the_last_chunk_and_itself():
    chunks = [meta(1, 1000, 3000), meta(2, 3000, 5000), meta(3, 8000, 9000)]
    kills = [
        Kill(at=5700, stored=frozenset({chunks[0].digest})),
        Kill(at=7000, stored=frozenset({chunks[0].digest})),  # before anything was captured
        Kill(at=9100, stored=frozenset({chunks[1].digest, sha256(b"gone")})),
    ]
    gone, lost = _figures(kills, chunks)
    assert (gone.value, gone.met) == (1, False)
    assert (lost.value, lost.runs) == (700, 2)
