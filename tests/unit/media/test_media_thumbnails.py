"""Which pictures a recording's timeline gets, and what of them a player is told."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from listing_samples import T, chunk, recordings, window, window_lists
from x264_samples import chunked, encode

from deskreel.core.errors import BadFragmentError, InvalidInputError
from deskreel.core.time import WallTime, merge
from deskreel.media.still import first_still
from deskreel.media.thumbnails import (
    Thumbnail,
    Thumbnails,
    choose,
    exposed_json,
    index_json,
    parse_index,
    shown_window,
)


def stored(*at: int) -> Thumbnails:
    tiles = tuple(Thumbnail(at=WallTime(T + one), offset=10 * n, size=10) for n, one in enumerate(sorted(at)))
    return Thumbnails(pictures="thumbnails-1.jpgs", width=160, height=90, tiles=tiles)


@given(recordings(), window_lists(), st.integers(1, 12))
def test_only_keyframes_within_the_windows_are_chosen_and_no_more_than_so_many(chunks, windows, most):
    chosen = choose(chunks, windows, most)
    assert len(chosen) <= most
    shown = [c for c in chunks if c.keyframe and shown_window(c.start, merge(windows)) is not None]
    assert set(chosen) <= set(shown)
    assert (not chosen) == (not shown)
    if len(shown) <= most:
        assert set(chosen) == set(shown)


def test_they_are_spread_over_a_long_recording():
    chunks = [chunk(seq, seq * 2000, key=seq % 5 == 1) for seq in range(1, 7201)]
    chosen = choose(chunks, [window(0)], 200)
    assert len(chosen) == 200
    gaps = [after.start - before.start for before, after in pairwise(chosen)]
    assert max(gaps) <= 2 * min(gaps)


@given(st.sets(st.integers(0, 20_000), max_size=20), window_lists())
def test_a_player_is_told_of_nothing_outside_its_windows(at, windows):
    told = json.loads(exposed_json(stored(*at), windows))
    merged = merge(windows)
    for tile in told["tiles"]:
        shown = shown_window(WallTime(tile["at"]), merged)
        assert shown is not None
        assert tile["until"] is None or tile["at"] < tile["until"] <= shown.limit
        assert tile["uri"] == f"thumbnails/{tile['at']}.jpg"
    assert len(told["tiles"]) == sum(shown_window(WallTime(T + one), merged) is not None for one in at)


def test_the_index_comes_back_as_it_was_stored():
    assert parse_index(index_json(stored(0, 1000))) == stored(0, 1000)
    for wrong in (b"", b"[]", b'{"version": 2}', b'{"version": 1}'):
        with pytest.raises(InvalidInputError):
            parse_index(wrong)


def test_a_still_is_a_small_jpeg_of_the_first_picture():
    film = encode([100] * 4, keyframes={0}, width=320, height=180)
    ((_, data),) = chunked(film, start=T, origin=T, per_chunk=4)
    still = first_still(film.init, data, width=160)
    assert (still.width, still.height) == (160, 90)
    assert still.jpeg.startswith(b"\xff\xd8")
    assert still.jpeg.endswith(b"\xff\xd9")
    assert first_still(film.init, data, width=4000).width == 320  # never larger than it was
    for init, fragment in ((film.init, b""), (b"", data), (film.init[:30], data)):
        with pytest.raises(BadFragmentError):
            first_still(init, fragment, width=160)
