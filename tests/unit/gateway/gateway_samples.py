"""Small real fragments, and a gateway in memory with everything to talk to it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field, replace

import httpx2

from deskreel.core.chunk import ChunkMeta, sha256
from deskreel.core.ids import CallRecordingId, Digest, ScreenRecordingId, make_id
from deskreel.core.time import WallTime, Window
from deskreel.core.tokens import Grant, Purpose
from deskreel.gateway.app import create_app
from deskreel.gateway.deps import Deps
from deskreel.media.fmp4 import EncodedFrame, video_init, write_fragment
from deskreel.storage.region_key import RegionKeys
from deskreel.storage.sealed import Sealer
from deskreel.storage.signing import SigningKey, sign_grant
from deskreel.storage.store import ObjectStore
from deskreel.testing.memory_store import MemoryStore

NOW = WallTime(1_700_000_000_000)
SCR = ScreenRecordingId(make_id("scr", NOW, b"0123456789"))
OTHER_SCR = ScreenRecordingId(make_id("scr", NOW, b"9876543210"))
AUD = CallRecordingId(make_id("aud", NOW, b"0123456789"))
INIT = video_init(width=64, height=48, avcc=bytes.fromhex("0142c00affe1000467420a0a01000168"))
INIT_DIGEST = sha256(INIT)
KEY = SigningKey.generate()
REGION = RegionKeys.generate()
SEALER = Sealer.for_region(REGION.newest, SCR, bytes(range(32)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A chunk with its bytes, and as a recorder sends it."""

    meta: ChunkMeta
    data: bytes  # the fragment
    sealed: bytes
    frames: tuple[bytes, ...]  # the NAL unit of each frame, random, so that no other bytes contain it

    def headers(self) -> dict[str, str]:
        return {
            "Content-Digest": content_digest(self.sealed),
            "Deskreel-Start": str(self.meta.start),
            "Deskreel-Duration": str(self.meta.duration_ms),
            "Deskreel-Keyframe": "?1" if self.meta.keyframe else "?0",
            "Deskreel-Init": self.meta.init,
        }


def content_digest(data: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


def chunk(
    seq: int,
    *,
    start_ms: int | None = None,
    frame_ms: tuple[int, ...] = (500, 500, 500, 500),
    keyframe: bool | None = None,
    variant: int = 0,
    init: Digest = INIT_DIGEST,
    frame_bytes: int = 24,
    sealer: Sealer = SEALER,
) -> Sample:
    """Chunk `seq`, by default 2 s long and 2 s after the one before; every fourth is a keyframe."""
    start = (seq - 1) * 2000 if start_ms is None else start_ms
    is_key = (seq - 1) % 4 == 0 if keyframe is None else keyframe
    nals = tuple(
        hashlib.shake_256(f"{seq} {index} {variant}".encode()).digest(frame_bytes)
        for index in range(len(frame_ms))
    )
    frames = [
        EncodedFrame(
            data=len(nal).to_bytes(4, "big") + nal,
            duration_ms=duration,
            keyframe=is_key and index == 0,
        )
        for index, (nal, duration) in enumerate(zip(nals, frame_ms, strict=True))
    ]
    data = write_fragment(sequence=seq, decode_time_ms=start, frames=frames)
    meta = ChunkMeta(
        seq=seq,
        start=WallTime(NOW + start),
        duration_ms=sum(frame_ms),
        keyframe=is_key,
        init=init,
        digest=sha256(data),
        size=len(data),
    )
    sealed = sealer.chunk(data, seq=seq, start=meta.start, init=init)
    return Sample(meta=meta, data=data, sealed=sealed, frames=nals)


def window(start_ms: int, end_ms: int | None) -> Window:
    """A window in ms from NOW."""
    return Window(WallTime(NOW + start_ms), None if end_ms is None else WallTime(NOW + end_ms))


def token(
    purpose: Purpose,
    subject: ScreenRecordingId | CallRecordingId = SCR,
    *,
    windows: tuple[Window, ...] = (),
    final: bool = False,
    expires_ms: int = 60_000,
    key: SigningKey = KEY,
) -> str:
    grant = Grant(
        purpose=purpose,
        subject=subject,
        expires_at=WallTime(NOW + expires_ms),
        windows=windows,
        final=final,
    )
    return sign_grant(key, grant)


@dataclass
class Clock:
    now: WallTime = NOW

    def __call__(self) -> WallTime:
        return self.now


@dataclass
class Gateway:
    """The application over ASGI, and what is behind it."""

    memory: MemoryStore = field(default_factory=MemoryStore)
    clock: Clock = field(default_factory=Clock)
    client: httpx2.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        self.over(self.memory)

    def over(self, store: ObjectStore, **changes: object) -> None:
        """A new application process over `store`."""
        deps = Deps(store=store, public_keys=KEY.public, region_keys=REGION, now=self.clock)
        app = create_app(replace(deps, **changes))
        self.client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://gateway")

    async def put_init(self, scr: ScreenRecordingId = SCR) -> httpx2.Response:
        return await self.client.put(
            f"/v1/recordings/{scr}/inits/{INIT_DIGEST}",
            content=Sealer.for_region(REGION.newest, scr, bytes(32)).init(INIT),
            headers=bearer(token("upload", scr)),
        )

    async def put(self, sample: Sample, **headers: str | None) -> httpx2.Response:
        """PUT a chunk; a header set to None is left out, `_` stands for `-`."""
        given = {**bearer(token("upload")), **sample.headers()}
        for name, value in headers.items():
            given.pop(name.replace("_", "-"), None)
            if value is not None:
                given[name.replace("_", "-")] = value
        return await self.client.put(
            f"/v1/recordings/{SCR}/chunks/{sample.meta.seq}", content=sample.sealed, headers=given
        )

    async def fill(self, samples: list[Sample]) -> None:
        assert (await self.put_init()).status_code in {200, 201}
        for sample in samples:
            assert (await self.put(sample)).status_code == 201


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}
