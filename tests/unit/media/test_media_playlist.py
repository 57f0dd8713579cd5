from __future__ import annotations

import random
import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from listing_samples import INITS, T, chunk, recordings, window, window_lists

from deskreel.core.time import WallTime, Window, intersect, merge, subtract
from deskreel.media.hls import GrowingPlaylist, render_playlist
from deskreel.media.playlist import Listing, exposed_ms, listing, segments


def shape(listed):
    """(first, last, start, duration, discontinuity) of each."""
    return [(s.first, s.last, s.start - T, s.duration_ms, s.discontinuity) for s in listed]


# --- rules --------------------------------------------------------------------------------------------------


@given(recordings(), window_lists(), st.booleans(), st.integers(0, 2**32), st.sampled_from([0, 10_000]))
def test_the_order_of_chunks_and_windows_does_not_matter(chunks, windows, closed, seed, settle):
    rng = random.Random(seed)
    mixed, turned = chunks * 2, list(windows)
    rng.shuffle(mixed)
    rng.shuffle(turned)
    assert segments(mixed, turned, closed=closed, settle_ms=settle) == segments(
        chunks, windows, closed=closed, settle_ms=settle
    )


@given(recordings(), window_lists(), st.booleans())
def test_nothing_after_the_end_of_a_window_is_exposed(chunks, windows, closed):
    for segment in segments(chunks, windows, closed=closed):
        for part in segment.chunks:
            exposed = exposed_ms(part, windows)
            assert 0 < exposed <= part.duration_ms
            shown = Window(part.start, WallTime(part.start + exposed))
            assert intersect([shown], windows)
            # what no window shows is before all of them, or 1 ms of rounding
            for head in subtract([shown], windows):
                assert head.start == part.start
                assert head.limit == merge(windows)[0].start or head.duration_ms <= 1
        last = segment.chunks[-1]
        assert segment.start + segment.duration_ms == last.start + exposed_ms(last, windows)
        assert all(exposed_ms(part, windows) == part.duration_ms for part in segment.chunks[:-1])


@given(recordings(), window_lists(), st.booleans())
def test_each_segment_decodes_and_is_whole(chunks, windows, closed):
    listed = segments(chunks, windows, closed=closed)
    for segment in listed:
        assert segment.chunks[0].keyframe
        assert not any(part.keyframe for part in segment.chunks[1:])
        assert {part.init for part in segment.chunks} == {segment.init}
        assert (segment.first, segment.last) == (segment.chunks[0].seq, segment.chunks[-1].seq)
        for before, after in pairwise(segment.chunks):
            assert abs(after.start - before.window.limit) <= 1
    for before, after in pairwise(listed):
        assert before.last < after.first
        hole = abs(after.start - before.start - before.duration_ms) > 1
        if hole or after.init != before.init:
            assert after.discontinuity
    assert not any(segment.discontinuity for segment in listed[:1])


@given(recordings(), window_lists(closed=True), st.sampled_from([0, 10_000]))
def test_what_was_listed_stays_as_the_recording_grows(chunks, windows, settle):
    before = ()
    for count in range(len(chunks) + 1):
        now = segments(chunks[:count], windows, closed=False, settle_ms=settle)
        assert now[: len(before)] == before
        before = now
    closed = segments(chunks, windows, closed=True)
    assert closed[: len(before)] == before
    text, end = (
        # what is final has no parts: compare the segments alone
        render_playlist(Listing(segments=s), final=True, target_ms=20_000, part_ms=5_000).removesuffix(
            "#EXT-X-ENDLIST\n"
        )
        for s in (before, closed)
    )
    head = text.split("#EXT-X-INDEPENDENT-SEGMENTS")[1]
    assert head in end


@given(recordings(), window_lists(closed=True))
def test_when_closed_every_decodable_exposed_ms_is_listed_once(chunks, windows):
    listed = segments(chunks, windows, closed=True)
    parts = [part.seq for segment in listed for part in segment.chunks]
    assert parts == sorted(set(parts))
    for part in chunks:
        if part.keyframe and exposed_ms(part, windows):
            assert part.seq in parts


@given(recordings(), window_lists())
def test_while_open_only_the_last_group_is_held_back(chunks, windows):
    """Without patience for missing numbers, open and closed differ by one segment at most."""
    listed = segments(chunks, windows, closed=False, settle_ms=0)
    closed = segments(chunks, windows, closed=True)
    assert closed[: len(listed)] == listed
    assert len(closed) - len(listed) <= 1


# --- cases --------------------------------------------------------------------------------------------------


def test_the_running_segment_is_listed_by_the_next_keyframe_or_the_end():
    chunks = [chunk(1, 0), chunk(2, 2000, key=False), chunk(3, 4000), chunk(4, 6000, key=False)]
    assert shape(segments(chunks, [window(0)], closed=False)) == [(1, 2, 0, 4000, False)]
    assert shape(segments(chunks, [window(0)], closed=True)) == [
        (1, 2, 0, 4000, False),
        (3, 4, 4000, 4000, False),
    ]
    assert shape(segments(chunks, [window(0, 7000)], closed=False))[1:] == [(3, 4, 4000, 3000, False)]
    assert shape(segments(chunks, [window(0, 8000)], closed=False))[1:] == [(3, 4, 4000, 4000, False)]


def test_a_pause_cuts_the_tail_and_the_next_segment_needs_a_keyframe():
    chunks = [chunk(1, 0), chunk(2, 2000, key=False), chunk(3, 4000, key=False), chunk(4, 6000)]
    windows = [window(0, 2500), window(5000)]
    assert exposed_ms(chunks[1], windows) == 500
    assert exposed_ms(chunks[2], windows) == 0
    assert shape(segments(chunks, windows, closed=True)) == [(1, 2, 0, 2500, False), (4, 4, 6000, 2000, True)]


def test_a_chunk_over_two_windows_counts_in_the_first_only():
    assert exposed_ms(chunk(1, 0), [window(1500, 3000), window(0, 1000)]) == 1000
    assert exposed_ms(chunk(1, 0), [window(1000, 3000), window(0, 1000)]) == 2000
    assert exposed_ms(chunk(1, 0), [window(1999)]) == 0  # a head before the window cannot be cut off
    assert exposed_ms(chunk(1, 0), [window(1)]) == 2000  # but for a rounding
    assert exposed_ms(chunk(1, 0), [window(2000, 3000)]) == 0
    assert exposed_ms(chunk(1, 0), []) == 0


def test_a_lost_chunk_is_waited_for_then_it_is_a_hole():
    early = [chunk(1, 0), chunk(2, 2000), chunk(4, 6000), chunk(5, 8000)]
    assert shape(segments(early, [window(0)], closed=False)) == [(1, 1, 0, 2000, False)]
    late = [*early, *(chunk(seq, seq * 2000 - 2000) for seq in range(6, 10))]
    listed = segments(late, [window(0)], closed=False)
    assert [(s.first, s.discontinuity) for s in listed[:3]] == [(1, False), (2, False), (4, True)]
    arrived = segments([*early, chunk(3, 4000)], [window(0)], closed=False)
    assert [s.first for s in arrived] == [1, 2, 3, 4]


def test_a_keyframe_chunk_that_began_in_a_pause_is_left_out():
    """The pause was learned late, so capture went on over it: the first frame shows what must not be seen."""
    chunks = [chunk(1, 0), chunk(2, 2000), chunk(3, 4000, key=False), chunk(4, 6000)]
    windows = [window(0, 1000), window(3000)]
    assert exposed_ms(chunks[1], windows) == 0
    assert shape(segments(chunks, windows, closed=True)) == [(1, 1, 0, 1000, False), (4, 4, 6000, 2000, True)]
    assert exposed_ms(chunks[1], [window(0, 1000), window(2001)]) == 2000  # 1 ms is rounding


def test_numbers_missing_in_a_pause_are_not_waited_for():
    chunks = [chunk(1, 0), chunk(2, 2000), chunk(9, 6000), chunk(10, 8000)]
    listed = segments(chunks, [window(0, 4000), window(6000)], closed=False)
    assert [(s.first, s.discontinuity) for s in listed] == [(1, False), (2, False), (9, True)]


def test_one_ms_of_rounding_is_no_hole_two_are():
    for gap, expected in ((1, [(1, 2)]), (-1, [(1, 2)]), (2, [(1, 1)]), (-2, [(1, 1)])):
        chunks = [chunk(1, 0), chunk(2, 2000 + gap, key=False)]
        assert [(s.first, s.last) for s in segments(chunks, [window(0)], closed=True)] == expected


def test_the_playlist_as_text():
    chunks = [chunk(1, 0), chunk(2, 2000, 1234, key=False), chunk(3, 9000), chunk(4, 11000, 500, init=1)]
    text = render_playlist(
        listing(chunks, [window(0)], closed=True), final=True, target_ms=10_000, part_ms=5_000
    )
    assert text == (
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:10\n#EXT-X-MEDIA-SEQUENCE:0\n"
        "#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n"
        f'#EXT-X-MAP:URI="init/{INITS[0]}.mp4"\n'
        "#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:20.000Z\n#EXTINF:3.234,\nsegments/1-2.m4s\n"
        "#EXT-X-DISCONTINUITY\n"
        "#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:29.000Z\n#EXTINF:2.000,\nsegments/3-3.m4s\n"
        "#EXT-X-DISCONTINUITY\n"
        f'#EXT-X-MAP:URI="init/{INITS[1]}.mp4"\n'
        "#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:31.000Z\n#EXTINF:0.500,\nsegments/4-4.m4s\n"
        "#EXT-X-ENDLIST\n"
    )


@given(recordings(), st.integers(1, 20_000))
def test_no_segment_is_longer_than_the_target(chunks, target_ms):
    text = render_playlist(
        listing(chunks, [window(0)], closed=True), final=False, target_ms=60_000, part_ms=target_ms
    )
    (target,) = map(int, re.findall(r"TARGETDURATION:(\d+)", text))
    assert target * 1000 >= target_ms
    assert all(float(length) <= target for length in re.findall(r"#EXTINF:([\d.]+)", text))
    assert "ENDLIST" not in text
    assert "PLAYLIST-TYPE:EVENT" in text


def test_a_growing_playlist_lists_every_chunk_by_itself():
    chunks = [chunk(1, 0), chunk(2, 2000, key=False), chunk(3, 4000), chunk(4, 6000, 900, key=False)]
    text = render_playlist(
        listing(chunks, [window(0)], closed=False), final=False, target_ms=60_000, part_ms=5_100
    )
    assert "INDEPENDENT" not in text
    assert "#EXT-X-TARGETDURATION:6\n" in text
    assert re.findall(r"#EXTINF:([\d.]+),\n(.*)", text) == [
        ("2.000", "parts/1-key.m4s"),
        ("2.000", "parts/2.m4s"),
        ("2.000", "parts/3-key.m4s"),
        ("0.900", "parts/4.m4s"),
    ]


@given(recordings(), window_lists(), st.integers(0, 25), st.integers(0, 5000))
def test_a_growing_playlist_only_grows(chunks, windows, count, settle):
    before, after = (
        render_playlist(
            listing(some, windows, closed=False, settle_ms=settle),
            final=False,
            target_ms=60_000,
            part_ms=5_000,
        )
        for some in (chunks[:count], chunks)
    )
    assert after.startswith(before)


@given(recordings(), window_lists(), st.data())
def test_a_playlist_rendered_piece_by_piece_is_the_one_rendered_at_once(chunks, windows, data):
    playlist = GrowingPlaylist(windows, part_ms=5_000)
    there: set[int] = set()
    for _ in range(data.draw(st.integers(1, 6))):
        if listed := sorted(there)[: len(playlist)]:  # now and then one is removed that was listed
            there -= data.draw(st.sets(st.sampled_from(listed), max_size=1))
        if chunks:  # some come, in any order
            there |= data.draw(st.sets(st.integers(0, len(chunks) - 1)))
        some = [chunks[index] for index in sorted(there)]
        expected = render_playlist(
            listing(some, windows, closed=False), final=False, target_ms=60_000, part_ms=5_000
        )
        assert playlist.render(tuple(some)) == expected


def test_what_was_listed_stays_when_what_came_after_it_is_removed():
    """A hole that was given up because later chunks had come is not waited for again when those go."""
    before_the_hole, after_it = chunk(1, 0), chunk(3, 4000)
    another_hole_later = chunk(5, 20_000)
    playlist = GrowingPlaylist([window(0)], part_ms=5_000)
    seen = playlist.render((before_the_hole, after_it, another_hole_later))
    assert re.findall(r"parts/(\d)", seen) == ["1", "3"]
    assert playlist.render((before_the_hole, after_it)) == seen
