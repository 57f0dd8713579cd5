"""Names of the files in a recording's spool directory. Pure; the one place that knows them.

recording.json                                     what recording this is
open                                               capture is on (or was when the program died), since when
ledger.jsonl                                       what was acknowledged, what is missing
init-<sha256>.mp4                                  an init segment
<seq>-<start>-<duration>-<k|d>-<init>-<sha256>.ready   a chunk that waits for upload
*.part                                             being written
"""

from __future__ import annotations

import re

from deskreel.core.chunk import ChunkMeta
from deskreel.core.errors import InvalidInputError
from deskreel.core.ids import Digest
from deskreel.core.time import WallTime

RECORDING = "recording.json"
OPEN = "open"
LEDGER = "ledger.jsonl"
PART_SUFFIX = ".part"
GONE_SUFFIX = ".gone"  # of a whole directory that is being removed

_CHUNK = re.compile(r"([0-9]{8})-([0-9]{1,15})-([0-9]{1,5})-([kd])-([0-9a-f]{64})-([0-9a-f]{64})\.ready")
_INIT = re.compile(r"init-([0-9a-f]{64})\.mp4")


def chunk_name(meta: ChunkMeta) -> str:
    """The name says all that a chunk is, but its size."""
    kind = "k" if meta.keyframe else "d"
    return f"{meta.seq:08d}-{meta.start}-{meta.duration_ms}-{kind}-{meta.init}-{meta.digest}.ready"


def parse_chunk_name(name: str, size: int) -> ChunkMeta | None:
    """The chunk of that name and size; None when no chunk is named so."""
    match = _CHUNK.fullmatch(name)
    if match is None:
        return None
    seq, start, duration_ms, kind, init, digest = match.groups()
    try:
        return ChunkMeta(
            seq=int(seq),
            start=WallTime(int(start)),
            duration_ms=int(duration_ms),
            keyframe=kind == "k",
            init=Digest(init),
            digest=Digest(digest),
            size=size,
        )
    except InvalidInputError:
        return None


def init_name(digest: Digest) -> str:
    """The name of an init segment."""
    return f"init-{digest}.mp4"


def parse_init_name(name: str) -> Digest | None:
    """The init segment of that name; None when none is named so."""
    match = _INIT.fullmatch(name)
    return None if match is None else Digest(match[1])
