"""Eight hours of calls without a network, then the network comes back in the middle of a call. In virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recorder_samples import recording
from virtual_time import run

from deskreel.core.chunk import ChunkMeta, Manifest
from deskreel.core.ids import Digest, ScreenRecordingId
from deskreel.core.messages import Desired, Keep, Order, Phase
from deskreel.core.time import ClockOffset, WallTime
from deskreel.media.fmp4 import EncodedFrame, video_init, write_fragment
from deskreel.recorder.capture.chunker import FinishedChunk
from deskreel.recorder.control.view import ServerView
from deskreel.recorder.files import OsFilesystem
from deskreel.recorder.spool.info import RecordingInfo
from deskreel.recorder.spool.spool import Spool
from deskreel.recorder.spool.spooled import SpooledChunk, StoredAs
from deskreel.recorder.upload.remote import Access
from deskreel.recorder.upload.uploader import Uploader
from deskreel.storage.region_key import RegionKeys

NOW = 1_700_000_000_000
REGION = RegionKeys.generate()
INIT = video_init(width=64, height=48, avcc=bytes.fromhex("0142c00affe1000467420a0a01000168"))
CALLS, CHUNKS = 48, 60  # calls of two minutes, one every ten minutes: 8 hours, 2 880 chunks
CALL_MS = 600_000
LIVE = recording(999)
LIVE_FROM = NOW + CALLS * CALL_MS
CHUNK_S = 0.12  # 60 kB at 4 Mbit/s


class Unsynced(OsFilesystem):
    """No power fails here."""

    def sync_dir(self, path: Path) -> None:
        pass

    @staticmethod
    def _put(path: Path, data: bytes, mode: int) -> None:
        with path.open("ab" if path.name == "ledger.jsonl" else "wb") as out:
            out.write(data)


class Inline:
    """A spool thread that is no thread."""

    def __init__(self, spool: Spool) -> None:
        self.spool = spool

    async def call(self, method: Callable[..., Any], *args: Any) -> Any:
        return method(self.spool, *args)


@dataclass
class Far:
    """Gateway and server at the other end of one slow line."""

    line: asyncio.Lock = field(default_factory=asyncio.Lock)
    stored: list[tuple[ScreenRecordingId, ChunkMeta, float]] = field(default_factory=list)
    manifests: dict[ScreenRecordingId, Manifest] = field(default_factory=dict)

    async def upload_access(self, recording: ScreenRecordingId) -> Access:
        return Access(gateway_url="http://gateway", token=f"for {recording}")

    async def put_init(
        self, access: Access, recording: ScreenRecordingId, digest: Digest, data: bytes
    ) -> None:
        pass

    async def put_chunk(
        self, access: Access, recording: ScreenRecordingId, meta: SpooledChunk, data: bytes
    ) -> StoredAs:
        async with self.line:
            await asyncio.sleep(CHUNK_S)
        self.stored.append((recording, meta, asyncio.get_running_loop().time()))
        assert meta.opened_digest is not None
        return StoredAs(digest=meta.opened_digest, size=meta.size)

    async def list_chunks(self, access: Access, recording: ScreenRecordingId) -> tuple[ChunkMeta, ...]:
        return ()

    async def post_manifest(self, manifest: Manifest) -> None:
        self.manifests[manifest.screen_recording_id] = manifest


def chunk(at: int, origin: int) -> FinishedChunk:
    frame = EncodedFrame(data=at.to_bytes(8, "big"), duration_ms=2000, keyframe=True)
    data = write_fragment(sequence=1, decode_time_ms=at - origin, frames=[frame])
    return FinishedChunk(start_ms=WallTime(at), duration_ms=2000, keyframe=True, init=INIT, data=data)


def info(scr: ScreenRecordingId, origin: int) -> RecordingInfo:
    return RecordingInfo(
        screen_recording_id=scr,
        origin=WallTime(origin),
        gateway_url="http://gateway",
        region_key=REGION.newest.text,
    )


def capture(spool: Spool, scr: ScreenRecordingId, begin: int) -> None:
    spool.open(info(scr, begin), WallTime(begin))
    for number in range(CHUNKS):
        spool.add(scr, chunk(begin + 2000 * number, begin))
    spool.close(scr, WallTime(begin + 2000 * CHUNKS))


def desired(version: int, now: int, old: list[Keep]) -> Desired:
    order = Order(
        screen_recording_id=LIVE,
        origin=WallTime(LIVE_FROM),
        gateway_url="http://gateway",
        upload_token="token",
        canvas_width=64,
        canvas_height=48,
        region_key=REGION.newest.text,
    )
    live = Keep(screen_recording_id=LIVE, windows=((WallTime(LIVE_FROM), None),), ended=False)
    return Desired(
        version=version, as_of=WallTime(now), phase=Phase.RECORDING, order=order, keep=(*old, live)
    )


def test_a_day_offline_is_made_up_for_without_hurting_the_call(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", tmp_path / "quarantine", max_bytes=10**9, fs=Unsynced())
    begins = {recording(n): NOW + n * CALL_MS for n in range(CALLS)}
    for scr, begin in begins.items():
        capture(spool, scr, begin)
    old = [
        Keep(
            screen_recording_id=scr,
            windows=((WallTime(begin), WallTime(begin + 2000 * CHUNKS)),),
            ended=True,
        )
        for scr, begin in begins.items()
    ]
    far, etas = run(_connected(spool, old))
    spool.release()

    assert set(far.manifests) == set(begins)
    assert all(len(manifest.chunks) == CHUNKS for manifest in far.manifests.values())
    assert len({(scr, meta.seq) for scr, meta, _ in far.stored}) == len(far.stored), "each was sent once"
    ages = [meta.start for scr, meta, _ in far.stored if scr != LIVE]
    assert len(ages) == CALLS * CHUNKS
    assert all(later >= earlier for earlier, later in zip(ages, ages[3:], strict=False)), "the oldest first"
    delays_s = [at - (meta.window.limit - LIVE_FROM) / 1000 for scr, meta, at in far.stored if scr == LIVE]
    assert len(delays_s) > 100
    assert max(delays_s) < 0.5 + 3 * CHUNK_S + 0.01, (
        "of the call going on: confirmation, and its turn on the line"
    )
    took_s = far.stored[-1][2]
    assert took_s < 1.05 * CHUNK_S * len(far.stored) + 1, "the line was never idle"
    for at_s, eta_s in etas[2:]:
        assert abs(eta_s - (took_s - at_s)) < 0.25 * took_s, "the estimate is near"


async def _connected(spool: Spool, old: list[Keep]) -> tuple[Far, list[tuple[float, float]]]:
    loop, far = asyncio.get_running_loop(), Far()
    etas: list[tuple[float, float]] = []

    def now() -> WallTime:
        return WallTime(LIVE_FROM + round(loop.time() * 1000))

    view = ServerView()
    uploader = Uploader(
        spool=Inline(spool),  # type: ignore[arg-type]
        gateway=far,
        server=far,
        view=lambda: view,
        now=now,
        clock_offset=lambda: ClockOffset(offset_ms=0, uncertainty_ms=1),
    )
    uploading = asyncio.create_task(uploader.run())
    spool.open(info(LIVE, LIVE_FROM), WallTime(LIVE_FROM))
    for tick in range(10**6):
        left = [keep for keep in old if keep.screen_recording_id not in far.manifests]
        view = ServerView().with_desired(desired(tick, now(), left))
        uploader.wake()
        if not left:
            break
        await asyncio.sleep(0.5)
        if tick % 4 == 3:  # every two seconds of the call
            spool.add(LIVE, chunk(now() - 2000, LIVE_FROM))
            uploader.wake()
        if tick % 100 == 0 and (eta_s := uploader.stats().eta_s) is not None:
            etas.append((loop.time(), eta_s))
    uploading.cancel()
    await asyncio.gather(uploading, return_exceptions=True)
    return far, etas
