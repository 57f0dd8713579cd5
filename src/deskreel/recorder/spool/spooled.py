"""A sealed chunk as the spool knows it, and what became of it at the gateway. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from deskreel.core.chunk import ChunkMeta
from deskreel.core.ids import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class SpooledChunk(ChunkMeta):
    """A sealed chunk that waits in the spool; `digest` and `size` are those of the sealed bytes."""

    opened_digest: (
        Digest | None
    )  # of the fragment inside; None after a privacy cut: only the gateway can tell

    def cut(self, *, duration_ms: int, digest: Digest, size: int) -> SpooledChunk:
        """The same chunk after a privacy cut, by its new sealed bytes."""
        return replace(self, duration_ms=duration_ms, digest=digest, size=size, opened_digest=None)

    def stored(self, opened: StoredAs) -> ChunkMeta:
        """The chunk as the gateway stored it: what ledger and manifest say."""
        return ChunkMeta(
            seq=self.seq,
            start=self.start,
            duration_ms=self.duration_ms,
            keyframe=self.keyframe,
            init=self.init,
            digest=opened.digest,
            size=opened.size,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAs:
    """The gateway's answer: what it stored of a sealed chunk."""

    digest: Digest  # of the opened fragment
    size: int  # bytes of the opened fragment
