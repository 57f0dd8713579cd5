"""Where a screen recording is read from: its chunks while it grows, the finished file afterwards.

Both are the same to the routes: what chunks there are, and the bytes of one. Which one it is, is one small
look-up of the finished file's index, which is kept for a few seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from deskreel.core.chunk import ChunkMeta, sha256
from deskreel.core.errors import NotFoundError, StorageUnavailableError
from deskreel.core.ids import ScreenRecordingId
from deskreel.core.time import WallTime
from deskreel.gateway.growing import GrowingChunks
from deskreel.media.assemble import IndexEntry, parse_index
from deskreel.storage import layout, recordings
from deskreel.storage.store import ObjectStore

_KEPT_MS = 10_000
_KEPT_INDEXES = 256


class StaleIndexError(StorageUnavailableError):
    """The finished file is not the one that the index is about: it was made anew."""


class Source(Protocol):
    """One screen recording, to be read."""

    @property
    def finished(self) -> bool:
        """Whether nothing will be added."""
        ...

    async def chunks(self, between: tuple[int, int] | None = None) -> tuple[ChunkMeta, ...]:
        """All chunks by sequence number, or those from the first to the last of `between`."""
        ...

    async def read(self, meta: ChunkMeta) -> bytes:
        """The fragment of a chunk. NotFoundError if it was removed since it was listed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkSource:
    """A recording as chunks in the store."""

    store: ObjectStore
    scr: ScreenRecordingId
    growing: GrowingChunks
    finished: bool = False

    async def chunks(self, between: tuple[int, int] | None = None) -> tuple[ChunkMeta, ...]:
        """See `Source.chunks`."""
        if between is None:
            return await self.growing.all(self.scr)
        return await self.growing.numbered(self.scr, *between)

    async def read(self, meta: ChunkMeta) -> bytes:
        """See `Source.read`."""
        try:
            return await recordings.get_chunk(self.store, self.scr, meta)
        except NotFoundError:
            self.growing.forget(self.scr)
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedSource:
    """A recording as one file, whose index says where each chunk lies in it."""

    store: ObjectStore
    scr: ScreenRecordingId
    entries: dict[int, IndexEntry]  # by sequence number, in order
    finished: bool = True

    async def chunks(self, between: tuple[int, int] | None = None) -> tuple[ChunkMeta, ...]:
        """See `Source.chunks`."""
        first, last = between or (0, 1 << 62)
        return tuple(entry.meta for seq, entry in self.entries.items() if first <= seq <= last)

    async def read(self, meta: ChunkMeta) -> bytes:
        """See `Source.read`.

        The bytes are checked against the chunk's digest: in a file that was made anew, other chunks, perhaps
        ones that must not be seen, lie where the old index points.

        Raises:
            StaleIndexError: they are not the chunk's.
        """
        entry = self.entries[meta.seq]
        key = layout.final_key(self.scr, layout.FINAL_VIDEO)
        data = await self.store.get(key, start=entry.offset, end=entry.offset + entry.size)
        if sha256(data) != entry.meta.digest:
            raise StaleIndexError(f"chunk {meta.seq} is not where the index says")
        return data


class Sources:
    """Opens recordings; keeps the indexes of finished ones for a few seconds."""

    def __init__(self, store: ObjectStore, now: Callable[[], WallTime]) -> None:
        self._store = store
        self._now = now
        self._kept: dict[ScreenRecordingId, tuple[WallTime, FinishedSource]] = {}
        self._growing = GrowingChunks(store, now)

    async def open(self, scr: ScreenRecordingId, *, fresh: bool = False) -> Source:
        """The recording as it is stored now; unless `fresh`, give or take a few seconds."""
        kept = None if fresh else self._kept.get(scr)
        if kept is not None and 0 <= self._now() - kept[0] < _KEPT_MS:
            return kept[1]
        try:
            text = await self._store.get(layout.final_key(scr, layout.FINAL_INDEX))
        except NotFoundError:
            return ChunkSource(store=self._store, scr=scr, growing=self._growing)
        entries = sorted(parse_index(text), key=lambda entry: entry.meta.seq)
        source = FinishedSource(
            store=self._store, scr=scr, entries={entry.meta.seq: entry for entry in entries}
        )
        self._growing.forget(scr)
        self._kept.pop(scr, None)
        while len(self._kept) >= _KEPT_INDEXES:
            self._kept.pop(next(iter(self._kept)))
        self._kept[scr] = (self._now(), source)
        return source
