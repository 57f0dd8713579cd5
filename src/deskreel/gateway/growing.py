"""What chunks a growing recording has, without listing them all for each poll of a playlist.

A chunk's key never changes what it means, and new chunks come at the end. So what the last listing found is kept by
shards of a hundred, and a poll lists only the two newest shards, the one that may follow, and in turn one of the
older ones. That finds chunks that come late within minutes; a listing of everything, in the background, within
half a minute, and what lies beyond a gap of a whole shard. Chunks that were removed may be listed until then, but
their bytes are gone, and the windows of new tokens do not show them: the store and the token are the truth.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import chain

from deskreel.core.chunk import ChunkMeta
from deskreel.core.errors import StorageUnavailableError
from deskreel.core.ids import ScreenRecordingId
from deskreel.core.time import WallTime
from deskreel.storage import layout, recordings
from deskreel.storage.store import ObjectStore

_EVERYTHING_MS = 30_000  # a listing of everything is at most so old
_MOST_CHUNKS = 100_000  # of all recordings that are kept, about 35 MB; one of four hours has 7200
_MOST_RECORDINGS = 256
_NEWEST = 2  # shards that are listed each time: uploads run in parallel


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shard:
    """What the last listing of a shard found."""

    mark: int  # changes with its keys
    turn: int  # of the recording's listings
    chunks: tuple[ChunkMeta, ...]


@dataclass(slots=True, kw_only=True)
class _Kept:
    """What is known of one recording."""

    shards: dict[int, _Shard] = field(default_factory=dict[int, _Shard])  # the one listed longest ago first
    turn: int = 0  # listings so far
    everything_at: WallTime | None = None  # when all was listed
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    background: asyncio.Task[None] | None = None
    _all: tuple[ChunkMeta, ...] | None = None  # None: a shard has changed

    @property
    def all(self) -> tuple[ChunkMeta, ...]:
        """All chunks, by sequence number."""
        if self._all is None:
            self._all = tuple(chain.from_iterable(self.shards[n].chunks for n in sorted(self.shards)))
        return self._all

    def put(self, number: int, keys: tuple[str, ...]) -> None:
        """Take over what a listing of a shard found; what it found before is not read again."""
        old, mark = self.shards.pop(number, None), hash(keys)
        if old is not None and old.mark == mark:
            self.shards[number] = replace(old, turn=self.turn)
            return
        if keys:
            chunks = recordings.chunks_of(keys).chunks
            self.shards[number] = _Shard(mark=mark, turn=self.turn, chunks=chunks)
        self._all = None


class GrowingChunks:
    """The chunks of recordings that grow, as they were listed last."""

    def __init__(self, store: ObjectStore, now: Callable[[], WallTime]) -> None:
        self._store = store
        self._now = now
        self._kept: OrderedDict[ScreenRecordingId, _Kept] = OrderedDict()

    async def all(self, scr: ScreenRecordingId) -> tuple[ChunkMeta, ...]:
        """All chunks by sequence number, with those that were stored since the last call."""
        kept = self._of(scr)
        async with kept.lock:
            if kept.everything_at is None:
                await self._list_everything(scr, kept)
            else:
                await self._list_newest(scr, kept)
                late = self._now() - kept.everything_at >= _EVERYTHING_MS
                if late and (kept.background is None or kept.background.done()):
                    kept.background = asyncio.create_task(self._catch_up(scr, kept))
            found = kept.all
        self._bound(scr)
        return found

    async def numbered(self, scr: ScreenRecordingId, first: int, last: int) -> tuple[ChunkMeta, ...]:
        """Chunks with numbers from `first` to `last`, as they were listed last; else from the store."""
        kept = self._kept.get(scr)
        if kept is not None:
            numbers = range(first // layout.SHARD, last // layout.SHARD + 1)
            shards = [kept.shards[number].chunks for number in numbers if number in kept.shards]
            found = [chunk for chunks in shards for chunk in chunks if first <= chunk.seq <= last]
            if len(found) == last - first + 1:
                return tuple(found)
        return (await recordings.list_chunks(self._store, scr, between=(first, last))).chunks

    def forget(self, scr: ScreenRecordingId) -> None:
        """Something is not as it was listed, or the recording is finished."""
        self._kept.pop(scr, None)

    def _of(self, scr: ScreenRecordingId) -> _Kept:
        kept = self._kept.setdefault(scr, _Kept())
        self._kept.move_to_end(scr)
        return kept

    def _bound(self, scr: ScreenRecordingId) -> None:
        """Forget the recordings that nobody asked for longest."""
        total = sum(len(kept.all) for kept in self._kept.values())
        while len(self._kept) > 1 and (total > _MOST_CHUNKS or len(self._kept) > _MOST_RECORDINGS):
            oldest, gone = next(iter(self._kept.items()))
            if oldest == scr:
                return
            total -= len(gone.all)
            del self._kept[oldest]

    async def _list_everything(self, scr: ScreenRecordingId, kept: _Kept) -> None:
        began, turn = self._now(), kept.turn
        found: dict[int, list[str]] = {number: [] for number in kept.shards}
        for stored in await self._store.list(layout.chunks_prefix(scr)):
            number = stored.key.split("/")[-2]
            if number.isdigit():
                found.setdefault(int(number), []).append(stored.key)
        for number, keys in found.items():
            known = kept.shards.get(number)
            if known is None or known.turn <= turn:  # else a poll has listed it since
                kept.put(number, tuple(keys))
            await asyncio.sleep(0)  # other requests go on meanwhile
        kept.everything_at = began

    async def _list_newest(self, scr: ScreenRecordingId, kept: _Kept) -> None:
        newest = max(kept.shards, default=0)
        wanted = {newest + 1, *(max(0, newest - step) for step in range(_NEWEST))}
        wanted |= set(next(([n] for n in kept.shards if n not in wanted), []))
        ordered = sorted(wanted)
        found = await asyncio.gather(
            *(self._store.list(layout.shard_prefix(scr, number * layout.SHARD)) for number in ordered)
        )
        kept.turn += 1
        for number, listed in zip(ordered, found, strict=True):
            kept.put(number, tuple(stored.key for stored in listed))

    async def _catch_up(self, scr: ScreenRecordingId, kept: _Kept) -> None:
        try:
            await self._list_everything(scr, kept)
        except StorageUnavailableError:
            kept.everything_at = self._now()  # a poll says so by itself; this is tried again in a while
