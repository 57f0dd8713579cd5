"""Chunks over a store: once each, listed as they are, and physically gone when expunged."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskreel.core.chunk import ChunkMeta, sha256
from deskreel.core.errors import (
    ChunkConflictError,
    DigestMismatchError,
    NotFoundError,
    StorageUnavailableError,
)
from deskreel.core.ids import ScreenRecordingId, make_id
from deskreel.core.time import WallTime, Window
from deskreel.media.fmp4 import EncodedFrame, parse_fragment, write_fragment
from deskreel.storage import layout, recordings
from deskreel.storage.recordings import PutOutcome
from deskreel.testing.memory_store import FlakyStore, MemoryStore

NOW = WallTime(1_700_000_000_000)
SCR = ScreenRecordingId(make_id("scr", NOW, bytes(10)))
FRAME_MS = (700, 800, 500)


def frame(seq: int, index: int, variant: int = 0) -> bytes:
    return hashlib.shake_256(f"{seq} {index} {variant}".encode()).digest(24)


def chunk(seq: int, variant: int = 0) -> tuple[ChunkMeta, bytes]:
    frames = [
        EncodedFrame(data=frame(seq, index, variant), duration_ms=duration, keyframe=index == 0)
        for index, duration in enumerate(FRAME_MS)
    ]
    data = write_fragment(sequence=seq, decode_time_ms=seq * 2000, frames=frames)
    meta = ChunkMeta(
        seq=seq,
        start=WallTime(NOW + seq * 2000),
        duration_ms=2000,
        keyframe=True,
        init=sha256(b"init"),
        digest=sha256(data),
        size=len(data),
    )
    return meta, data


def window(start_ms: int, end_ms: int) -> Window:
    return Window(WallTime(NOW + start_ms), WallTime(NOW + end_ms))


async def filled(*seqs: int) -> MemoryStore:
    store = MemoryStore()
    for seq in seqs:
        assert await recordings.put_chunk(store, SCR, *chunk(seq)) is PutOutcome.STORED
    return store


async def test_a_chunk_is_stored_once() -> None:
    store = await filled(1)
    assert await recordings.put_chunk(store, SCR, *chunk(1)) is PutOutcome.DUPLICATE
    assert await recordings.get_chunk(store, SCR, chunk(1)[0]) == chunk(1)[1]
    assert len(store.objects) == 1


async def test_the_same_bytes_with_another_clock_are_a_duplicate_and_the_first_stays() -> None:
    store = await filled(1)
    meta, data = chunk(1)
    moved = replace(meta, start=WallTime(meta.start + 7))
    assert await recordings.put_chunk(store, SCR, moved, data) is PutOutcome.DUPLICATE
    assert (await recordings.list_chunks(store, SCR)).chunks == (meta,)


async def test_other_bytes_conflict() -> None:
    store = await filled(1)
    with pytest.raises(ChunkConflictError):
        await recordings.put_chunk(store, SCR, *chunk(1, variant=1))
    assert await recordings.get_chunk(store, SCR, chunk(1)[0]) == chunk(1)[1]


async def test_bytes_that_are_not_the_metas() -> None:
    store = MemoryStore()
    with pytest.raises(DigestMismatchError):
        await recordings.put_chunk(store, SCR, chunk(1)[0], chunk(2)[1])
    with pytest.raises(DigestMismatchError):
        await recordings.put_init(store, SCR, sha256(b"a"), b"b")
    assert store.objects == {}


async def test_inits() -> None:
    store = MemoryStore()
    digest = sha256(b"init")
    assert not await recordings.has_init(store, SCR, digest)
    with pytest.raises(NotFoundError):
        await recordings.get_init(store, SCR, digest)
    assert await recordings.put_init(store, SCR, digest, b"init") is True
    assert await recordings.put_init(store, SCR, digest, b"init") is False
    assert await recordings.has_init(store, SCR, digest)
    assert await recordings.get_init(store, SCR, digest) == b"init"


async def test_a_listing_between_numbers_reads_their_shards_only() -> None:
    store = await filled(1, 99, 100, 150, 201, 1500)
    listed = await recordings.list_chunks(store, SCR, between=(99, 201))
    assert [meta.seq for meta in listed.chunks] == [99, 100, 150, 201]
    wide = await recordings.list_chunks(store, SCR, between=(2, 99_999_999))
    assert [meta.seq for meta in wide.chunks] == [99, 100, 150, 201, 1500]


async def test_keys_that_name_no_chunk_are_reported() -> None:
    store = await filled(1)
    junk = f"{layout.chunks_prefix(SCR)}/000000/00000002-notes.txt"
    store.objects[junk] = b""
    listing = await recordings.list_chunks(store, SCR)
    assert [meta.seq for meta in listing.chunks] == [1]
    assert listing.unparsable == (junk,)


async def test_of_two_under_a_number_the_shorter_counts() -> None:
    store = await filled(1)
    meta, _ = chunk(1)
    short = replace(meta, duration_ms=700, digest=sha256(b"short"), size=5)
    store.objects[layout.chunk_key(SCR, short)] = b"short"
    listing = await recordings.list_chunks(store, SCR)
    assert (listing.chunks, listing.superseded) == ((short,), (meta,))


# --- expunge ------------------------------------------------------------------------------------------------


async def test_expunge_deletes_cuts_and_leaves() -> None:
    store = await filled(1, 2, 3, 4)
    gone = await recordings.expunge(store, SCR, [window(4700, 6100)])
    assert gone.deleted == (chunk(3)[0],)
    ((before, after),) = gone.truncated
    assert before == chunk(2)[0]
    assert (after.start, after.duration_ms) == (before.start, 700)
    assert gone.removed_ms == 1300 + 2000
    listing = await recordings.list_chunks(store, SCR)
    assert listing.chunks == (chunk(1)[0], after, chunk(4)[0])
    assert parse_fragment(await recordings.get_chunk(store, SCR, after)).duration_ms == 700


async def test_a_recorder_cannot_bring_a_cut_chunk_back() -> None:
    store = await filled(1)
    await recordings.expunge(store, SCR, [window(3000, 3500)])
    with pytest.raises(ChunkConflictError):
        await recordings.put_chunk(store, SCR, *chunk(1))


async def test_expunge_of_nothing() -> None:
    store = await filled(1, 2)
    before = dict(store.objects)
    for windows in ([], [window(0, 2000)], [window(6000, 9000)], [window(3000, 3000)]):
        gone = await recordings.expunge(store, SCR, windows)
        assert (gone.deleted, gone.truncated) == ((), ())
    assert store.objects == before


spans = st.tuples(st.integers(0, 14_000), st.integers(0, 14_000))


@settings(max_examples=150, deadline=None)
@given(pairs=st.lists(spans, max_size=4), seed=st.integers(0, 99), rate=st.sampled_from([0.0, 0.3]))
async def test_no_expunged_frame_is_left_however_often_the_store_fails(
    pairs: list[tuple[int, int]], seed: int, rate: float
) -> None:
    windows = [window(min(pair), max(pair)) for pair in pairs]
    store = await filled(*range(1, 7))
    flaky = FlakyStore(store, seed=seed, rate=rate)
    for _ in range(200):
        try:
            await recordings.expunge(flaky, SCR, windows)
            break
        except StorageUnavailableError:
            # Whatever the crash left, nobody sees more than before, and nothing twice.
            seqs = [meta.seq for meta in (await recordings.list_chunks(store, SCR)).chunks]
            assert len(seqs) == len(set(seqs))
    else:
        pytest.fail("never done")
    left = b"".join(store.objects.values())
    for seq in range(1, 7):
        at = NOW + seq * 2000
        for index, duration in enumerate(FRAME_MS):
            shown = Window(WallTime(at), WallTime(at + duration))
            inside = any(one.contains(shown.start) for one in windows)
            untouched = not any(chunk(seq)[0].window.intersect(one) for one in windows)
            assert not (inside and frame(seq, index) in left)
            assert not (untouched and frame(seq, index) not in left)
            at += duration
    again = await recordings.expunge(store, SCR, windows)
    assert (again.deleted, again.truncated) == ((), ())


async def test_flaky_stores_do_fail() -> None:
    flaky = FlakyStore(MemoryStore(), seed=3, rate=0.5)
    for number in range(50):
        try:
            await flaky.put(f"a/{number}", b"x")
        except StorageUnavailableError:
            continue
    assert flaky.faults["put before"] > 0
    assert flaky.faults["put after"] > 0
