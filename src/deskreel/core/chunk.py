"""A chunk: one fMP4 fragment of about 2 s, the unit of durability and upload.

What stands here is what the upload's headers, the object's key and the manifest say about it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from deskreel.core.errors import InvalidInputError
from deskreel.core.ids import Digest, ScreenRecordingId
from deskreel.core.time import WallTime, Window

MAX_CHUNK_BYTES = 16 * 1024 * 1024  # a 4K keyframe of dense text is under 4 MiB
MAX_INIT_BYTES = 64 * 1024
MAX_CHUNK_MS = 60_000
_DIGEST = re.compile(r"[0-9a-f]{64}")


def sha256(data: bytes) -> Digest:
    """The digest by which chunks are known: sha-256 in lower-case hex."""
    return Digest(hashlib.sha256(data).hexdigest())


def check_digest(text: str) -> Digest:
    """`text` if it is a sha-256 in lower-case hex.

    Raises:
        InvalidInputError: it is not.
    """
    if _DIGEST.fullmatch(text) is None:
        raise InvalidInputError(f"{text[:80]!r} is not a sha-256 in lower-case hex")
    return Digest(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkMeta:
    """What a chunk is, without its bytes."""

    seq: int  # 1, 2, … within the screen recording; holes are allowed, reuse is not
    start: WallTime  # server time of the first frame
    duration_ms: int  # until the next chunk, the pause or the stop
    keyframe: bool  # the first frame decodes by itself
    init: Digest  # the init segment that decodes it
    digest: Digest  # of the bytes
    size: int  # bytes

    def __post_init__(self) -> None:
        if self.seq < 1 or self.start < 0 or self.size < 0:
            raise InvalidInputError(f"chunk {self.seq}: sequence numbers begin at 1, start and size at 0")
        if not 0 < self.duration_ms <= MAX_CHUNK_MS:
            raise InvalidInputError(f"chunk {self.seq}: a duration of {self.duration_ms} ms is out of range")

    @property
    def window(self) -> Window:
        """The wall time it covers."""
        return Window(self.start, WallTime(self.start + self.duration_ms))


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A stretch the recorder could not capture, and why."""

    window: Window
    reason: str  # a ReasonCode value
    detail: str = ""  # for people


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that happened on the desktop at one moment of a screen recording."""

    at: WallTime  # server time
    kind: str  # a MarkKind value; unknown ones come from a newer recorder
    detail: Mapping[str, str | int | float | bool]  # as the kind says


class MarkKind(StrEnum):
    """What a mark tells, and the fields of its detail."""

    MONITOR = "monitor"  # the picture shows this monitor from here on: name, x, y, width, height, cause
    MONITORS = "monitors"  # added, removed, resized or rotated: monitors (how many), what
    QUALITY = "quality"  # the recorder adapted: what, why


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """All that a recorder stored of one screen recording; its last word on it."""

    screen_recording_id: ScreenRecordingId
    chunks: tuple[ChunkMeta, ...]  # acknowledged ones, by sequence number
    incidents: tuple[Incident, ...] = ()
    marks: tuple[Mark, ...] = ()  # in the order of time
    clock_offset_ms: float = 0.0  # server minus recorder clock when the recording ended
    clock_uncertainty_ms: float = 0.0  # ± around it

    def chain(self) -> Digest:
        """One digest over recording, order and bytes of every chunk: the value the recorder signs."""
        return chain_digest(self.screen_recording_id, self.chunks)


def chain_digest(recording: ScreenRecordingId, chunks: Sequence[ChunkMeta]) -> Digest:
    """Digests chained in order: each link covers the one before it and the chunk's place in time."""
    link = hashlib.sha256(recording.encode()).digest()
    for chunk in chunks:
        place = f"{chunk.seq} {chunk.start} {chunk.duration_ms} {int(chunk.keyframe)} {chunk.digest}"
        link = hashlib.sha256(link + place.encode()).digest()
    return Digest(link.hex())
