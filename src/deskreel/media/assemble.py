"""The finished screen recording: one ordinary MP4 that HLS byte ranges address at the same time. Pure.

    ftyp · moov (complete sample tables) · mdat( chunk · chunk · … )

The chunks stand in one outer mdat with their own bytes, moof included. An ordinary player sees ftyp, moov and
mdat, and its sample tables point past each moof; a gateway serves a chunk by its byte range behind the init
segment, by the index that stands beside the file. File time is wall time minus the start of the first chunk
everywhere: what was not captured extends the frame before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from deskreel.core.chunk import ChunkMeta, check_digest
from deskreel.core.errors import BadFragmentError, DeskreelError, InvalidInputError
from deskreel.core.ids import Digest
from deskreel.core.time import WallTime
from deskreel.media.fmp4 import Fragment
from deskreel.media.sample_tables import SampleTables

_INDEX_VERSION = 1
# one row for each chunk; four hours are some 7000 of them
_COLUMNS = ["seq", "start", "duration_ms", "keyframe", "init", "digest", "chunk_size", "offset", "size"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssemblyPart:
    """A chunk that goes into the file."""

    meta: ChunkMeta
    fragment: Fragment  # of the very bytes that are copied
    size: int  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """Where a chunk lies in the finished file."""

    meta: ChunkMeta
    offset: int  # of its first byte (the moof) in the file
    size: int  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """The plan: write `header`, then the bytes of the chunks in the order of `entries`."""

    header: bytes  # everything before the first chunk
    entries: tuple[IndexEntry, ...]
    starts_at: WallTime  # wall time of file time 0
    duration_ms: int  # to the end of the last frame

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        last = self.entries[-1]
        return last.offset + last.size


def plan_assembly(inits: Mapping[Digest, bytes], parts: Iterable[AssemblyPart]) -> Assembly:
    """Lay out the file. `parts` come in order of time and are taken one at a time, so that they may be lazy.

    Where chunks overlap (clocks corrected backwards) frames keep their order, 1 ms apart, until time
    has caught up.

    Raises:
        BadFragmentError: no parts, parts out of order, an init is missing or is none, or a size is wrong.
    """
    tables = SampleTables(inits)
    entries: list[tuple[ChunkMeta, int, int]] = []  # offset from the first chunk
    at = 0
    for part in parts:
        if entries and part.meta.seq <= entries[-1][0].seq:
            raise BadFragmentError(f"chunk {part.meta.seq} comes after chunk {entries[-1][0].seq}")
        if part.size != part.fragment.payload_offset + sum(sample.size for sample in part.fragment.samples):
            raise BadFragmentError(f"chunk {part.meta.seq} does not have the size of its fragment")
        tables.add(part.fragment, start=part.meta.start, init=part.meta.init, at=at)
        entries.append((part.meta, at, part.size))
        at += part.size
    if not entries:
        raise BadFragmentError("there are no chunks to assemble")
    header = tables.header(payload=at)
    return Assembly(
        header=header,
        entries=tuple(
            IndexEntry(meta=meta, offset=len(header) + offset, size=size) for meta, offset, size in entries
        ),
        starts_at=WallTime(tables.starts_at),
        duration_ms=tables.end - tables.starts_at,
    )


def index_json(assembly: Assembly) -> str:
    """The index as JSON: times in ms, offsets and sizes in bytes, `init` as a position in `inits`."""
    inits = list(dict.fromkeys(entry.meta.init for entry in assembly.entries))
    place = {digest: index for index, digest in enumerate(inits)}
    rows: list[list[Any]] = [
        [
            entry.meta.seq,
            entry.meta.start,
            entry.meta.duration_ms,
            int(entry.meta.keyframe),
            place[entry.meta.init],
            entry.meta.digest,
            entry.meta.size,
            entry.offset,
            entry.size,
        ]
        for entry in assembly.entries
    ]
    document: dict[str, Any] = {
        "version": _INDEX_VERSION,
        "starts_at": assembly.starts_at,
        "duration_ms": assembly.duration_ms,
        "size": assembly.size,
        "inits": inits,
        "columns": _COLUMNS,
        "chunks": rows,
    }
    return json.dumps(document, separators=(",", ":"))


def parse_index(text: str | bytes) -> tuple[IndexEntry, ...]:
    """The entries of an index, in the order of the file.

    Raises:
        InvalidInputError: it is no index of this version.
    """
    try:
        document = cast("dict[str, Any]", json.loads(text))
        if document["version"] != _INDEX_VERSION or document["columns"] != _COLUMNS:
            raise InvalidInputError("the index has another version")
        inits = [check_digest(digest) for digest in document["inits"]]
        rows = cast("list[list[Any]]", document["chunks"])
        return tuple(
            IndexEntry(
                meta=ChunkMeta(
                    seq=int(seq),
                    start=WallTime(int(start)),
                    duration_ms=int(duration_ms),
                    keyframe=bool(keyframe),
                    init=inits[int(init)],
                    digest=check_digest(digest),
                    size=int(chunk_size),
                ),
                offset=int(offset),
                size=int(size),
            )
            for seq, start, duration_ms, keyframe, init, digest, chunk_size, offset, size in rows
        )
    except DeskreelError:
        raise
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as error:
        raise InvalidInputError(f"not an index of a screen recording: {error}") from error
