"""What the gateway remembers of growing recordings and of tokens: never more than is true, and within bounds."""

from __future__ import annotations

import asyncio

import pytest
from gateway_samples import INIT_DIGEST, KEY, NOW, OTHER_SCR, SCR, Clock, Gateway, chunk, token, window
from hypothesis import given, settings
from hypothesis import strategies as st

from deskreel.core.chunk import ChunkMeta, sha256
from deskreel.core.errors import TokenError, TokenExpiredError
from deskreel.core.time import WallTime
from deskreel.gateway import grants, growing
from deskreel.gateway.grants import Grants
from deskreel.gateway.growing import GrowingChunks
from deskreel.storage import layout, recordings
from deskreel.storage.signing import SigningKey
from deskreel.testing.memory_store import MemoryStore
from support.waiting import turns


def meta(seq: int, variant: int = 0) -> ChunkMeta:
    return ChunkMeta(
        seq=seq,
        start=WallTime(NOW + seq * 2000),
        duration_ms=2000,
        keyframe=True,
        init=INIT_DIGEST,
        digest=sha256(f"{seq} {variant}".encode()),
        size=1,
    )


class CountingStore(MemoryStore):
    """Counts what is listed."""

    listed = 0

    async def list(self, prefix: str):
        found = await super().list(prefix)
        self.listed += len(found)
        return found


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_what_is_remembered_is_what_is_stored(data: st.DataObject) -> None:
    async def story() -> None:
        store, clock = MemoryStore(), Clock()
        chunks = GrowingChunks(store, clock)
        newest = 0
        for _ in range(data.draw(st.integers(1, 12))):
            step = data.draw(st.sampled_from(["more", "more", "late", "gap", "removed"]))
            if step in ("more", "gap"):
                first = newest + (1 if step == "more" else data.draw(st.integers(1, 350)))
                newest = first + data.draw(st.integers(0, 120))
                wanted = range(first, newest + 1)
            else:
                wanted = data.draw(st.lists(st.integers(1, max(1, newest)), max_size=3))
            for seq in wanted:
                key = layout.chunk_key(SCR, meta(seq))
                if step == "removed":
                    store.objects.pop(key, None)
                else:
                    store.objects[key] = b"x"
            seen = await chunks.all(SCR)
            true = (await recordings.list_chunks(store, SCR)).chunks
            assert list(seen) == sorted(seen, key=lambda c: c.seq)
            if step == "more" and true and len(wanted) <= layout.SHARD:
                assert seen[-1] == true[-1]  # at once
            clock.now = WallTime(clock.now + 30_000)
            await chunks.all(SCR)
            await turns(50)  # the listing of everything goes on in the background
            assert await chunks.all(SCR) == true
            for seq in data.draw(st.lists(st.integers(1, newest + 1), max_size=3)):
                have = tuple(c for c in true if c.seq == seq)
                assert await chunks.numbered(SCR, seq, seq) == have

    asyncio.run(asyncio.wait_for(story(), 30))


async def test_a_poll_lists_no_more_than_some_shards() -> None:
    store = CountingStore()
    chunks = GrowingChunks(store, Clock())
    for seq in range(1, 3001):
        store.objects[layout.chunk_key(SCR, meta(seq))] = b"x"
    assert len(await chunks.all(SCR)) == 3000
    store.listed = 0
    store.objects[layout.chunk_key(SCR, meta(3001))] = b"x"
    assert len(await chunks.all(SCR)) == 3001
    assert store.listed <= 3 * layout.SHARD
    assert (await chunks.numbered(SCR, 7, 9))[0] == meta(7)
    assert store.listed <= 3 * layout.SHARD


async def test_two_polls_at_once_and_a_listing_in_the_background_lose_nothing() -> None:
    store, clock = MemoryStore(), Clock()
    chunks = GrowingChunks(store, clock)
    for seq in range(1, 400):
        store.objects[layout.chunk_key(SCR, meta(seq))] = b"x"
        clock.now = WallTime(clock.now + 7000)  # a listing of everything every few polls
        for seen in await asyncio.gather(*(chunks.all(SCR) for _ in range(3))):
            assert len(seen) == seq


async def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing, "_MOST_CHUNKS", 10)
    store = CountingStore()
    chunks = GrowingChunks(store, Clock())
    for scr in (SCR, OTHER_SCR):
        for seq in range(1, 9):
            store.objects[layout.chunk_key(scr, meta(seq))] = b"x"
        assert len(await chunks.all(scr)) == 8
    store.listed = 0
    await chunks.numbered(OTHER_SCR, 1, 1)
    assert store.listed == 0
    await chunks.numbered(SCR, 1, 1)
    assert store.listed > 0  # it was forgotten


async def test_a_chunk_that_was_cut_since_it_was_listed_is_read_as_it_is(gateway: Gateway) -> None:
    whole = [chunk(seq) for seq in range(1, 4)]
    await gateway.fill(whole)
    text = token("play", windows=(window(0, None),))
    base = f"/v1/play/{text}"
    assert "parts/2.m4s" in (await gateway.client.get(f"{base}/screen.m3u8")).text
    await recordings.expunge(gateway.memory, SCR, [window(3000, 3500)])
    cut = await gateway.client.get(f"{base}/parts/2.m4s")
    assert cut.status_code == 200
    assert whole[1].frames[0] in cut.content
    assert all(frame not in cut.content for frame in whole[1].frames[2:])
    await recordings.expunge(gateway.memory, SCR, [window(2000, 4000)])
    assert (await gateway.client.get(f"{base}/parts/2.m4s")).status_code == 404


# --- tokens ---------------------------------------------------------------------------------------------------


def test_a_token_is_checked_once_and_expires_nevertheless(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    real = grants.verify_grant
    monkeypatch.setattr(
        grants, "verify_grant", lambda keys, text, now: checked.append(text) or real(keys, text, now)
    )
    kept = Grants(KEY.public)
    text = token("play", windows=(window(0, None),), expires_ms=60_000)
    for _ in range(3):
        assert kept.verify(text, NOW).subject == SCR
    assert checked == [text]
    with pytest.raises(TokenExpiredError):
        kept.verify(text, WallTime(NOW + 60_000))
    for wrong in (text[:-4] + "AAAA", token("play", key=SigningKey.generate())):
        for _ in range(2):
            with pytest.raises(TokenError):
                kept.verify(wrong, NOW)
    assert len(kept) == 1


def test_few_long_tokens_are_kept_and_many_short_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grants, "_MOST_CHARS", 3000)
    kept = Grants(KEY.public)
    for number in range(50):
        assert (
            kept.verify(token("play", windows=(window(0, number + 1),)), NOW).windows[0].end
            == NOW + number + 1
        )
        assert 1 <= len(kept) <= 10
