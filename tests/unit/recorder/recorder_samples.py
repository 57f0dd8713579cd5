"""Small chunks and desired states for the recorder's rules."""

from __future__ import annotations

from dataclasses import asdict

from deskreel.core.chunk import ChunkMeta, sha256
from deskreel.core.ids import Digest, ScreenRecordingId, make_id
from deskreel.core.messages import Desired, Keep, Order, Phase
from deskreel.core.time import WallTime
from deskreel.recorder.spool.spooled import SpooledChunk

SCR = ScreenRecordingId(make_id("scr", WallTime(1_700_000_000_000), b"0123456789"))
OTHER = ScreenRecordingId(make_id("scr", WallTime(1_700_000_000_000), b"9876543210"))
INIT = Digest(sha256(b"init"))


def recording(number: int) -> ScreenRecordingId:
    return ScreenRecordingId(make_id("scr", WallTime(1_700_000_000_000), number.to_bytes(10, "big")))


def meta(seq: int = 1, start: int = 0, duration_ms: int = 2000, *, keyframe: bool = True) -> ChunkMeta:
    return ChunkMeta(
        seq=seq,
        start=WallTime(start),
        duration_ms=duration_ms,
        keyframe=keyframe,
        init=INIT,
        digest=sha256(f"{seq} {start} {duration_ms}".encode()),
        size=100,
    )


def spooled(seq: int, start: int) -> SpooledChunk:
    """The same, waiting in the spool."""
    chunk = meta(seq, start)
    return SpooledChunk(**asdict(chunk), opened_digest=chunk.digest)


def keep(*windows: tuple[int, int | None], ended: bool = False, recording: ScreenRecordingId = SCR) -> Keep:
    pairs = tuple((WallTime(a), None if b is None else WallTime(b)) for a, b in windows)
    return Keep(screen_recording_id=recording, windows=pairs, ended=ended)


def order(recording: ScreenRecordingId = SCR, *, origin: int = 0, boundary: int = 1) -> Order:
    return Order(
        screen_recording_id=recording,
        origin=WallTime(origin),
        gateway_url="http://gateway",
        upload_token="token",
        canvas_width=640,
        canvas_height=480,
        boundary=boundary,
    )


def desired(
    *keeps: Keep,
    version: int = 1,
    as_of: int = 0,
    phase: Phase = Phase.IDLE,
    order: Order | None = None,
) -> Desired:
    return Desired(version=version, as_of=WallTime(as_of), phase=phase, order=order, keep=keeps)
