from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.errors import InvalidInputError
from deskreel.core.time import WallTime
from deskreel.media.fmp4 import parse_fragment
from deskreel.recorder.capture.chunker import Chunker, ChunkRules, FinishedChunk

ORIGIN = WallTime(1_700_000_000_000)


def chunker() -> Chunker:
    return Chunker(origin=ORIGIN, init=b"init")


def times(chunk: FinishedChunk) -> list[tuple[int, int]]:
    """(start, end) of each frame in ms after the origin."""
    fragment = parse_fragment(chunk.data)
    at, out = fragment.decode_time_ms, []
    for sample in fragment.samples:
        out.append((at, at + sample.duration_ms))
        at += sample.duration_ms
    return out


def test_a_frame_lasts_until_the_next_and_the_last_until_the_chunks_end():
    made = chunker()
    for at, key in ((100, True), (300, False), (1100, False)):
        made.add(b"x", ORIGIN + at, key)
    sealed = made.close_chunk(ORIGIN + 2000)
    assert sealed is not None
    assert times(sealed) == [(100, 300), (300, 1100), (1100, 2000)]
    assert (sealed.start_ms, sealed.duration_ms, sealed.keyframe) == (ORIGIN + 100, 1900, True)
    assert sealed.init == b"init"


def test_a_later_frame_in_the_same_millisecond_moves_on_by_one():
    made = chunker()
    assert made.add(b"x", ORIGIN, True) == ORIGIN
    assert made.add(b"y", ORIGIN, False) == ORIGIN + 1
    assert made.add(b"z", ORIGIN - 50, False) == ORIGIN + 2
    sealed = made.close_chunk(ORIGIN)
    assert sealed is not None
    assert times(sealed) == [(0, 1), (1, 2), (2, 3)]


def test_the_next_chunk_begins_where_the_one_before_ended():
    made = chunker()
    made.add(b"x", ORIGIN, True)
    made.close_chunk(ORIGIN + 2000)
    made.add(b"y", ORIGIN + 2150, False)
    sealed = made.cut(ORIGIN + 3000)
    assert sealed is not None
    assert times(sealed) == [(2000, 3000)]
    assert not sealed.keyframe


def test_a_cut_drops_what_was_captured_at_or_after_it():
    made = chunker()
    for at in (0, 200, 400, 600):
        made.add(b"x", ORIGIN + at, at == 0)
    sealed = made.cut(ORIGIN + 400)
    assert sealed is not None
    assert times(sealed) == [(0, 200), (200, 400)]


def test_a_cut_before_the_open_chunk_leaves_nothing():
    made = chunker()
    made.add(b"x", ORIGIN + 500, True)
    assert made.cut(ORIGIN + 500) is None
    assert made.cut(ORIGIN + 900) is None


@pytest.mark.parametrize(("at", "key"), [(0, False), (-1, True)])
def test_a_run_begins_with_a_keyframe_not_before_the_origin(at: int, key: bool):
    with pytest.raises(InvalidInputError):
        chunker().add(b"x", ORIGIN + at, key)


def test_sequence_numbers_rise_over_runs_without_a_counter():
    numbers = []
    for start in (0, 2500):
        made = chunker()
        made.add(b"x", ORIGIN + start, True)
        for end in (start + 1000, start + 2000):
            sealed = made.close_chunk(ORIGIN + end)
            assert sealed is not None
            numbers.append(parse_fragment(sealed.data).sequence)
            made.add(b"x", ORIGIN + end, False)
    assert numbers == sorted(set(numbers))


steps = st.lists(st.tuples(st.sampled_from(["frame", "frame", "close"]), st.integers(0, 700)), max_size=60)


@given(steps=steps, last=st.integers(0, 700), back=st.integers(0, 1500))
def test_no_time_of_a_run_is_lost_or_doubled(steps: list[tuple[str, int]], last: int, back: int):
    made, now = chunker(), int(ORIGIN)
    first = now
    made.add(b"first", now, True)
    added, sealed = [now], []
    for what, pause in steps:
        now += pause
        if what == "frame":
            added.append(made.add(b"x", now, False))
        elif (chunk := made.close_chunk(now)) is not None:
            sealed.append(chunk)
    end = now + last - back
    final = made.cut(WallTime(end))
    if final is not None:
        sealed.append(final)

    assert added == sorted(set(added))
    frames = [frame for chunk in sealed for frame in times(chunk)]
    for before, after in pairwise(frames):
        assert before[1] == after[0]
    for chunk in sealed:
        shown = times(chunk)
        assert shown[0][0] == chunk.start_ms - ORIGIN
        assert shown[-1][1] == chunk.start_ms + chunk.duration_ms - ORIGIN
    starts = [start + ORIGIN for start, _ in frames]
    assert starts == added[: len(starts)]  # with a cut, the last ones are gone
    if frames:
        assert frames[0][0] + ORIGIN == first
        if final is not None:
            assert frames[-1][1] + ORIGIN == end


@given(steps=steps, end=st.integers(0, 20_000))
def test_after_a_cut_nothing_of_the_open_chunk_reaches_beyond_it(steps: list[tuple[str, int]], end: int):
    made, now = chunker(), int(ORIGIN)
    made.add(b"first", now, True)
    for what, pause in steps:
        now += pause
        if what == "frame":
            made.add(b"x", now, False)
        else:
            made.close_chunk(now)
    final = made.cut(WallTime(ORIGIN + end))
    assert final is None or final.start_ms + final.duration_ms == ORIGIN + end


def test_rules_that_contradict_each_other_are_refused():
    with pytest.raises(InvalidInputError):
        ChunkRules(chunk_ms=2000, keyframe_min_ms=1000)
    with pytest.raises(InvalidInputError):
        ChunkRules(keyframe_frames=0)


@pytest.mark.parametrize(("still_ms", "length"), [(5000, 5000), (100, 2000), (90_000, 55_000)])
def test_a_chunk_without_a_change_is_no_shorter_than_others_and_no_longer_than_a_segment(
    still_ms: int, length: int
):
    assert ChunkRules(still_ms=still_ms).still_chunk_ms == length
