"""Screen recordings over an object store: inits, chunks, the listing, and expunging.

While a recording runs, the store is its manifest: what `list_chunks` answers is what there is. Every
operation may be repeated after a crash or a lost answer and then ends in the same place.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from deskreel.core.chunk import ChunkMeta, sha256
from deskreel.core.errors import ChunkConflictError, DigestMismatchError, InvalidInputError, NotFoundError
from deskreel.core.ids import Digest, ScreenRecordingId
from deskreel.core.time import Window, merge
from deskreel.media.fmp4 import truncate_fragment
from deskreel.storage import layout
from deskreel.storage.store import ObjectStore

_MANY_SHARDS = 8  # from here on, one listing of everything is cheaper


class PutOutcome(Enum):
    """What a put of a chunk did."""

    STORED = "stored"
    DUPLICATE = "duplicate"  # the same bytes were there already


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkListing:
    """What the store holds of a screen recording."""

    chunks: tuple[ChunkMeta, ...]  # one per sequence number, by sequence number
    superseded: tuple[ChunkMeta, ...] = ()  # others under a number in `chunks`: a crash or two recorders
    unparsable: tuple[str, ...] = ()  # keys below the chunks that name no chunk


@dataclass(frozen=True, slots=True, kw_only=True)
class Expunged:
    """What an expunge took out."""

    deleted: tuple[ChunkMeta, ...] = ()
    truncated: tuple[tuple[ChunkMeta, ChunkMeta], ...] = ()  # (before, after)

    @property
    def removed_ms(self) -> int:
        """Milliseconds of picture that are gone; the part of a chunk behind a window goes with it."""
        cut = sum(before.duration_ms - after.duration_ms for before, after in self.truncated)
        return cut + sum(chunk.duration_ms for chunk in self.deleted)


async def list_chunks(
    store: ObjectStore, scr: ScreenRecordingId, *, between: tuple[int, int] | None = None
) -> ChunkListing:
    """The chunks of a recording, or those with sequence numbers in `between` (both ends included).

    Of several chunks under one number the shortest counts: after a crash in an expunge, that is the one from
    which the expunged part is gone.
    """
    keys: list[str] = []
    for prefix in _prefixes(scr, between):
        listed = (stored.key for stored in await store.list(prefix))
        keys += [key for key in listed if between is None or _numbered(key, between)]
    return chunks_of(keys)


def chunks_of(keys: Iterable[str]) -> ChunkListing:
    """The chunks that keys name; as `list_chunks`."""
    found: list[ChunkMeta] = []
    unparsable: list[str] = []
    for key in keys:
        try:
            found.append(layout.parse_chunk_key(key))
        except InvalidInputError:
            unparsable.append(key)
    found.sort(key=lambda meta: (meta.seq, meta.duration_ms, meta.digest))
    chunks: list[ChunkMeta] = []
    superseded: list[ChunkMeta] = []
    for meta in found:
        taken = bool(chunks) and chunks[-1].seq == meta.seq
        (superseded if taken else chunks).append(meta)
    return ChunkListing(chunks=tuple(chunks), superseded=tuple(superseded), unparsable=tuple(unparsable))


def _numbered(key: str, between: tuple[int, int]) -> bool:
    """Whether the key's number lies in `between`; True for what is no chunk's key. Cheaper than parsing it."""
    number = key.rpartition("/")[2].partition("-")[0]
    return not number.isdigit() or between[0] <= int(number) <= between[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a chunk is to go, as one listing of its shard shows it."""

    taken: tuple[ChunkMeta, ...]  # what is stored under its number
    shard_empty: (
        bool  # nothing is stored near it: the first of a hundred, or the chunks of a finished recording
    )


async def place_of(store: ObjectStore, scr: ScreenRecordingId, seq: int) -> Place:
    """Look where chunk `seq` is to go."""
    stored = await store.list(layout.shard_prefix(scr, seq))
    taken: list[ChunkMeta] = []
    for one in stored:
        if _numbered(one.key, (seq, seq)):
            with contextlib.suppress(InvalidInputError):  # `list_chunks` reports such keys
                taken.append(layout.parse_chunk_key(one.key))
    return Place(taken=tuple(taken), shard_empty=not stored)


async def put_chunk(
    store: ObjectStore, scr: ScreenRecordingId, meta: ChunkMeta, data: bytes, *, place: Place | None = None
) -> PutOutcome:
    """Store a chunk once; when this returns, it survives a power loss.

    Two writers of different bytes under one number are told apart unless they overlap within milliseconds;
    then both chunks lie in the store, and `list_chunks` picks one and reports the other. `place` saves looking again.

    Raises:
        ChunkConflictError: other bytes are stored under this sequence number. They stay as they are.
        DigestMismatchError: the bytes are not those that `meta` names.
        StorageUnavailableError: the store refuses.
    """
    if len(data) != meta.size or sha256(data) != meta.digest:
        raise DigestMismatchError(f"chunk {meta.seq}: the bytes are not those of its digest")
    there = (place or await place_of(store, scr, meta.seq)).taken
    if any(other.digest == meta.digest for other in there):
        return PutOutcome.DUPLICATE
    if there:
        raise ChunkConflictError(f"chunk {meta.seq} is stored with the digest {there[0].digest}")
    stored = await store.put(layout.chunk_key(scr, meta), data, if_absent=True)
    return PutOutcome.STORED if stored else PutOutcome.DUPLICATE


async def get_chunk(store: ObjectStore, scr: ScreenRecordingId, meta: ChunkMeta) -> bytes:
    """The bytes of a chunk as listed.

    Raises:
        NotFoundError: it was removed since.
    """
    return await store.get(layout.chunk_key(scr, meta))


async def put_init(store: ObjectStore, scr: ScreenRecordingId, digest: Digest, data: bytes) -> bool:
    """Store an init segment; False when it was there already.

    Raises:
        DigestMismatchError: the bytes have another digest.
    """
    if sha256(data) != digest:
        raise DigestMismatchError("the init segment does not match its digest")
    return await store.put(layout.init_key(scr, digest), data, if_absent=True)


async def get_init(store: ObjectStore, scr: ScreenRecordingId, digest: Digest) -> bytes:
    """An init segment.

    Raises:
        NotFoundError: the recording has no such init.
    """
    return await store.get(layout.init_key(scr, digest))


async def has_init(store: ObjectStore, scr: ScreenRecordingId, digest: Digest) -> bool:
    """Whether the recording has this init segment."""
    try:
        await store.size(layout.init_key(scr, digest))
    except NotFoundError:
        return False
    return True


async def is_finished(store: ObjectStore, scr: ScreenRecordingId) -> bool:
    """Whether the finished file is there; it is served instead of the chunks from then on."""
    try:
        await store.size(layout.final_key(scr, layout.FINAL_INDEX))
    except NotFoundError:
        return False
    return True


async def expunge(store: ObjectStore, scr: ScreenRecordingId, windows: Sequence[Window]) -> Expunged:
    """Remove from the chunks, physically, all that was captured within the windows.

    A chunk that begins inside a window goes whole; one that reaches into a window is cut where the window
    begins and rewritten under a new key before the old one is deleted. What a video needs and no longer has
    stays in the store: playlists leave out what cannot be decoded. The finished file is not touched: the job
    that made it makes it anew.

    Raises:
        StorageUnavailableError: part of it may be done; repeat the call.
    """
    listing = await list_chunks(store, scr)
    holes = merge(windows)
    deleted: list[ChunkMeta] = []
    truncated: list[tuple[ChunkMeta, ChunkMeta]] = []
    doomed: list[str] = []
    for meta in (*listing.chunks, *listing.superseded):
        keep_ms = _kept_ms(meta, holes)
        if keep_ms == meta.duration_ms:
            continue
        after = await _rewrite(store, scr, meta, keep_ms) if keep_ms > 0 else None
        if after is None:
            deleted.append(meta)
        elif after == meta:
            continue
        else:
            truncated.append((meta, after))
        doomed.append(layout.chunk_key(scr, meta))
    await store.delete(doomed)
    return Expunged(deleted=tuple(deleted), truncated=tuple(truncated))


def _kept_ms(meta: ChunkMeta, holes: Iterable[Window]) -> int:
    """How much of a chunk, from its start, lies before the first hole that touches it."""
    keep = meta.duration_ms
    for hole in holes:
        if meta.window.intersect(hole) is not None:
            keep = min(keep, max(0, hole.start - meta.start))
    return keep


async def _rewrite(
    store: ObjectStore, scr: ScreenRecordingId, meta: ChunkMeta, keep_ms: int
) -> ChunkMeta | None:
    """Store the chunk cut to `keep_ms`; None when no frame begins before that, or the chunk is gone."""
    try:
        cut = truncate_fragment(await get_chunk(store, scr, meta), keep_ms=keep_ms)
    except NotFoundError:
        return None
    if cut is None:
        return None
    after = ChunkMeta(
        seq=meta.seq,
        start=meta.start,
        duration_ms=keep_ms,
        keyframe=meta.keyframe,
        init=meta.init,
        digest=sha256(cut),
        size=len(cut),
    )
    await store.put(layout.chunk_key(scr, after), cut, if_absent=True)
    return after


def _prefixes(scr: ScreenRecordingId, between: tuple[int, int] | None) -> list[str]:
    if between is None:
        return [layout.chunks_prefix(scr)]
    shards = range(between[0] // layout.SHARD, between[1] // layout.SHARD + 1)
    if len(shards) > _MANY_SHARDS:
        return [layout.chunks_prefix(scr)]
    return [layout.shard_prefix(scr, shard * layout.SHARD) for shard in shards]
