"""The one place that knows object keys.

A chunk's key carries everything that `ChunkMeta` says, so that listing a screen recording is reading its
manifest; nothing else is written while recording. Chunks lie in shards of 100, so that finding out whether a
sequence number is taken is one small LIST.

    recordings/{scr}/init/{digest}.mp4
    recordings/{scr}/chunks/{seq // 100}/{seq}-{start}-{duration}-{k|d}-{size}-{init}-{digest}.m4s
    recordings/{scr}/final/{recording.mp4, index.json, manifest.json, …}
    call-recordings/{aud}/{source, audio.mp4, audio.m3u8, peaks.json}
    downloads/{dld}/interaction.mp4
    probes/{prb}/{seq}

Prefixes are whole path segments without a slash at the end: that is how object stores list here.
"""

from __future__ import annotations

import re
import sys
from typing import Final, Literal

from deskreel.core.chunk import ChunkMeta, check_digest
from deskreel.core.errors import InvalidInputError
from deskreel.core.ids import CallRecordingId, Digest, DownloadId, ProbeId, ScreenRecordingId, check_id
from deskreel.core.time import WallTime

SHARD: Final = 100  # sequence numbers per shard
RECORDINGS: Final = "recordings"
CALL_RECORDINGS: Final = "call-recordings"
DOWNLOADS: Final = "downloads"
PROBES: Final = "probes"

FINAL_VIDEO: Final = "recording.mp4"
FINAL_INDEX: Final = "index.json"
FINAL_MANIFEST: Final = "manifest.json"
FINAL_THUMBNAILS: Final = "thumbnails.json"  # says where the pictures are; it comes last
THUMBNAIL_PREFIX: Final = "thumbnails"  # of the names of all that is made for thumbnails

AudioFile = Literal["source", "audio.mp4", "audio.m3u8", "peaks.json"]

_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_CHUNK = re.compile(
    r"recordings/(?P<scr>[a-z0-9_]+)/chunks/(?P<shard>\d{6,})/"
    r"(?P<seq>\d{8,})-(?P<start>\d+)-(?P<duration>\d+)-(?P<kind>[kd])-(?P<size>\d+)"
    r"-(?P<init>[0-9a-f]{64})-(?P<digest>[0-9a-f]{64})\.m4s",
    re.ASCII,
)


def check_key(key: str) -> str:
    """`key` if it is safe in every store: plain characters, no empty, hidden or parent segment.

    Raises:
        InvalidInputError: it is not.
    """
    if len(key) > 900 or _KEY.fullmatch(key) is None:
        raise InvalidInputError(f"{key[:80]!r} is not an object key")
    return key


def recording_prefix(scr: ScreenRecordingId) -> str:
    """Everything that belongs to a screen recording."""
    return f"{RECORDINGS}/{check_id('scr', scr)}"


def init_prefix(scr: ScreenRecordingId) -> str:
    """The init segments of a screen recording."""
    return f"{recording_prefix(scr)}/init"


def init_key(scr: ScreenRecordingId, digest: Digest) -> str:
    """The init segment that has this digest."""
    return f"{init_prefix(scr)}/{check_digest(digest)}.mp4"


def chunks_prefix(scr: ScreenRecordingId) -> str:
    """All chunks of a screen recording."""
    return f"{recording_prefix(scr)}/chunks"


def shard_prefix(scr: ScreenRecordingId, seq: int) -> str:
    """The shard in which the chunk with this sequence number lies, if it does."""
    return f"{chunks_prefix(scr)}/{seq // SHARD:06d}"


def chunk_key(scr: ScreenRecordingId, meta: ChunkMeta) -> str:
    """Where a chunk lies. The name alone says what it is: about 190 characters, under every store's limit."""
    kind = "k" if meta.keyframe else "d"
    name = f"{meta.seq:08d}-{meta.start}-{meta.duration_ms}-{kind}-{meta.size}-{meta.init}-{meta.digest}.m4s"
    return f"{shard_prefix(scr, meta.seq)}/{name}"


def parse_chunk_key(key: str) -> ChunkMeta:
    """The chunk that a key names; the reverse of `chunk_key`.

    Raises:
        InvalidInputError: `chunk_key` never makes such a key.
    """
    match = _CHUNK.fullmatch(key)
    if match is None:
        raise InvalidInputError(f"{key[:200]!r} is not the key of a chunk")
    meta = ChunkMeta(
        seq=int(match["seq"]),
        start=WallTime(int(match["start"])),
        duration_ms=int(match["duration"]),
        keyframe=match["kind"] == "k",
        init=Digest(sys.intern(match["init"])),  # one for thousands of chunks
        digest=Digest(match["digest"]),
        size=int(match["size"]),
    )
    # Zeros too many, a wrong shard, a wrong id: one chunk must never have two keys.
    if chunk_key(ScreenRecordingId(match["scr"]), meta) != key:
        raise InvalidInputError(f"{key[:200]!r} is not the canonical key of a chunk")
    return meta


def final_prefix(scr: ScreenRecordingId) -> str:
    """The finished recording and what was made of it."""
    return f"{recording_prefix(scr)}/final"


def final_key(scr: ScreenRecordingId, name: str) -> str:
    """A file of the finished recording: `FINAL_VIDEO`, `FINAL_INDEX`, `FINAL_MANIFEST` or another plain name.

    Raises:
        InvalidInputError: the name is no plain file name.
    """
    if _NAME.fullmatch(name) is None:
        raise InvalidInputError(f"{name[:80]!r} is not a file name")
    return f"{final_prefix(scr)}/{name}"


def audio_prefix(aud: CallRecordingId) -> str:
    """Everything that belongs to a call recording."""
    return f"{CALL_RECORDINGS}/{check_id('aud', aud)}"


def audio_key(aud: CallRecordingId, name: AudioFile) -> str:
    """A file of a call recording."""
    return f"{audio_prefix(aud)}/{name}"


def download_key(dld: DownloadId) -> str:
    """An interaction as one MP4, for somebody who asked for it."""
    return f"{DOWNLOADS}/{check_id('dld', dld)}/interaction.mp4"


def probe_key(prb: ProbeId, seq: int) -> str:
    """A chunk of a run of the connectivity check, for as long as its request lasts."""
    return f"{PROBES}/{check_id('prb', prb)}/{seq}"
