"""Names of the files in a recording's spool directory. Pure; the one place that knows them.

recording.json                                     what recording this is
open                                               capture is on (or was when the program died), since when
ledger.jsonl                                       what was acknowledged, what is missing
init-<init>-<sha256>.sealed                        an init segment
<seq>-<start>-<duration>-<k|d>-<init>-<sha256>-<fragment|cut>.ready   a chunk that waits for upload
*.part                                             being written

<sha256> is the digest of the file's sealed bytes, <init> and <fragment> are those of what is sealed in it; `cut`
stands where a privacy cut has made the fragment's digest unknown here.
"""

from __future__ import annotations

import re

from deskreel.core.errors import InvalidInputError
from deskreel.core.ids import Digest
from deskreel.core.time import WallTime
from deskreel.recorder.spool.spooled import SpooledChunk

RECORDING = "recording.json"
OPEN = "open"
LEDGER = "ledger.jsonl"
PART_SUFFIX = ".part"
GONE_SUFFIX = ".gone"  # of a whole directory that is being removed

_CUT = "cut"
_CHUNK = re.compile(
    r"([0-9]{8})-([0-9]{1,15})-([0-9]{1,5})-([kd])-([0-9a-f]{64})-([0-9a-f]{64})-([0-9a-f]{64}|cut)\.ready"
)
_INIT = re.compile(r"init-([0-9a-f]{64})-([0-9a-f]{64})\.sealed")


def chunk_name(chunk: SpooledChunk) -> str:
    """The name says all that a chunk is, but its size. At most 237 characters."""
    kind, inside = "k" if chunk.keyframe else "d", chunk.opened_digest or _CUT
    place = f"{chunk.seq:08d}-{chunk.start}-{chunk.duration_ms}-{kind}"
    return f"{place}-{chunk.init}-{chunk.digest}-{inside}.ready"


def parse_chunk_name(name: str, size: int) -> SpooledChunk | None:
    """The chunk of that name and size; None when no chunk is named so."""
    match = _CHUNK.fullmatch(name)
    if match is None:
        return None
    seq, start, duration_ms, kind, init, digest, inside = match.groups()
    try:
        return SpooledChunk(
            seq=int(seq),
            start=WallTime(int(start)),
            duration_ms=int(duration_ms),
            keyframe=kind == "k",
            init=Digest(init),
            digest=Digest(digest),
            size=size,
            opened_digest=None if inside == _CUT else Digest(inside),
        )
    except InvalidInputError:
        return None


def init_name(init: Digest, sealed: Digest) -> str:
    """The name of a sealed init segment."""
    return f"init-{init}-{sealed}.sealed"


def parse_init_name(name: str) -> tuple[Digest, Digest] | None:
    """Digests of the init segment of that name and of its sealed bytes; None when none is named so."""
    match = _INIT.fullmatch(name)
    return None if match is None else (Digest(match[1]), Digest(match[2]))
