"""The manifest as the server takes it: JSON, signed over the chain of chunks. Pure but for the key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deskreel.core.chunk import Manifest

_MAX_INCIDENTS = 10_000


def manifest_document(manifest: Manifest, sign: Callable[[str], str]) -> dict[str, Any]:
    """The body of the manifest's request; `sign` makes a compact JWS over a text."""
    return {
        "screen_recording_id": manifest.screen_recording_id,
        "chunks": [
            {
                "seq": chunk.seq,
                "start": chunk.start,
                "duration_ms": chunk.duration_ms,
                "keyframe": chunk.keyframe,
                "init": chunk.init,
                "digest": chunk.digest,
                "size": chunk.size,
            }
            for chunk in manifest.chunks
        ],
        "incidents": [
            {
                "start": incident.window.start,
                "end": incident.window.limit,
                "reason": str(incident.reason)[:60],
                "detail": incident.detail[:500],
            }
            for incident in manifest.incidents[:_MAX_INCIDENTS]
        ],
        "marks": [
            {"at": mark.at, "kind": mark.kind[:60], "detail": dict(mark.detail)} for mark in manifest.marks
        ],
        "clock_offset_ms": manifest.clock_offset_ms,
        "clock_uncertainty_ms": manifest.clock_uncertainty_ms,
        "signature": sign(manifest.chain()),
    }
