"""A server and a gateway on the loopback for a recorder under test: real sockets, real gateway, scripted server."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from deskreel.core.chunk import ChunkMeta, sha256
from deskreel.core.errors import PROBLEM_CONTENT_TYPE, DeskreelError
from deskreel.core.ids import RecorderId, ScreenRecordingId, make_id
from deskreel.core.messages import (
    Desired,
    Keep,
    Observed,
    Order,
    Phase,
    Ping,
    Pong,
    dump,
    parse_recorder_message,
)
from deskreel.core.policy import CapturePolicy
from deskreel.core.time import FAR_FUTURE, WallTime
from deskreel.core.tokens import Grant
from deskreel.gateway.app import create_app
from deskreel.gateway.deps import Deps
from deskreel.media.fmp4 import EncodedFrame, video_init, write_fragment
from deskreel.recorder.capture.chunker import FinishedChunk
from deskreel.recorder.enrol.identity import Identity, new_key
from deskreel.recorder.spool.spooled import SpooledChunk, StoredAs
from deskreel.recorder.upload.remote import Access
from deskreel.storage import recordings
from deskreel.storage.region_key import RegionKeys
from deskreel.storage.sealed import open_chunk, open_init
from deskreel.storage.signing import SigningKey, sign_grant
from deskreel.storage.store import ObjectStore
from deskreel.testing.memory_store import MemoryStore
from support.waiting import until

NOW = WallTime(1_700_000_000_000)
_HERE = Path(__file__).parent
CHILD_ENV = {
    "PYTHONPATH": os.pathsep.join([str(_HERE), str(_HERE.parents[1])])
}  # finds this rig and `support`
RCD = RecorderId(make_id("rcd", NOW, b"0123456789"))
INIT = video_init(width=64, height=48, avcc=bytes.fromhex("0142c00affe1000467420a0a01000168"))
REGION = RegionKeys.generate()
CREDENTIAL = "credential-of-the-recorder"
DEADLINE_S = 20.0


def recording_id(number: int = 0) -> ScreenRecordingId:
    return ScreenRecordingId(make_id("scr", NOW, bytes([number]) * 10))


def sealed(
    index: int, *, start: int = NOW, keyframe: bool = True, frames: int = 4, size: int = 40
) -> FinishedChunk:
    """Chunk number `index` from 0 on, 2 s long, of bytes like no other's."""
    step_ms = 2000 // frames
    at = start + 2000 * index
    data = write_fragment(
        sequence=index + 1,
        decode_time_ms=at - start,
        frames=[
            EncodedFrame(
                data=f"{index}.{n}".encode().ljust(size, b"."),
                duration_ms=step_ms,
                keyframe=keyframe and n == 0,
            )
            for n in range(frames)
        ],
    )
    return FinishedChunk(start_ms=WallTime(at), duration_ms=2000, keyframe=keyframe, init=INIT, data=data)


def opened(data: bytes, recording: ScreenRecordingId) -> bytes:
    """The fragment in a sealed chunk."""
    return open_chunk(data, recording, REGION).fragment


def opened_init(data: bytes, recording: ScreenRecordingId) -> bytes:
    return open_init(data, recording, REGION)


def stored_as(chunk: SpooledChunk, data: bytes, recording: ScreenRecordingId) -> ChunkMeta:
    """What the gateway makes of the sealed bytes of a chunk."""
    fragment = opened(data, recording)
    return chunk.stored(StoredAs(digest=sha256(fragment), size=len(fragment)))


def identity_for(url: str) -> Identity:
    return Identity(server_url=url, recorder_id=RCD, credential=CREDENTIAL, key=new_key())


@dataclass
class ScriptedServer:
    """Plays the server's part; `gateway` is the real one, in front of `store`."""

    store: ObjectStore = field(default_factory=MemoryStore)
    key: SigningKey = field(default_factory=SigningKey.generate)
    region: RegionKeys = field(
        default_factory=lambda: RegionKeys(newest=REGION.newest, keys=dict(REGION.keys))
    )
    skew_ms: int = 0  # the server's clock ahead of ours
    desired: Desired | None = None
    observed: list[Observed] = field(default_factory=list)
    manifests: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens_given: int = 0
    token_life_ms: int = 3_600_000
    unknown: set[str] = field(default_factory=set)  # recordings that are not this recorder's
    refuse: Callable[[str, str], Response | None] = lambda method, path: None
    requests: list[tuple[str, str]] = field(default_factory=list)
    sockets: list[WebSocket] = field(default_factory=list)
    url: str = ""

    def clock(self) -> WallTime:
        return WallTime(time.time_ns() // 1_000_000 + self.skew_ms)

    @property
    def gateway_url(self) -> str:
        return f"{self.url}/gateway"

    def app(self) -> Starlette:
        deps = Deps(store=self.store, public_keys=self.key.public, region_keys=self.region, now=self.clock)
        api = "/api/v1/recorder"
        return Starlette(
            routes=[
                WebSocketRoute(f"{api}/control", self._control),
                Route(f"{api}/recordings/{{id}}/upload-token", self._token, methods=["POST"]),
                Route(f"{api}/recordings/{{id}}/manifest", self._manifest, methods=["POST"]),
                Mount("/gateway", self._guarded(create_app(deps))),
            ]
        )

    def _guarded(self, app: Any) -> Any:
        async def guard(scope: Any, receive: Any, send: Any) -> None:
            self.requests.append((scope["method"], scope["path"]))
            refusal = self.refuse(scope["method"], scope["path"])
            await (refusal or app)(scope, receive, send)

        return guard

    def token(self, recording: str) -> str:
        expires_at = WallTime(self.clock() + self.token_life_ms)
        grant = Grant(purpose="upload", subject=ScreenRecordingId(recording), expires_at=expires_at)
        return sign_grant(self.key, grant)

    def access(self, recording: str) -> Access:
        return Access(gateway_url=self.gateway_url, token=self.token(recording))

    async def stored(self, recording: str) -> tuple[ChunkMeta, ...]:
        listing = await recordings.list_chunks(self.store, ScreenRecordingId(recording))
        return tuple(sorted(listing.chunks, key=lambda chunk: chunk.seq))

    async def set(
        self,
        *,
        version: int,
        phase: Phase,
        keep: tuple[Keep, ...],
        recording: ScreenRecordingId | None = None,
        origin: int = 0,
        boundary: int = 0,
        look_back_ms: int = 0,
    ) -> None:
        """A new desired state, pushed to whoever is connected."""
        order = None
        if recording is not None:
            order = Order(
                screen_recording_id=recording,
                origin=WallTime(origin),
                gateway_url=self.gateway_url,
                upload_token=self.token(recording),
                canvas_width=320,
                canvas_height=240,
                boundary=boundary,
                region_key=self.region.newest.text,
            )
        self.desired = Desired(
            version=version,
            as_of=self.clock(),
            phase=phase,
            order=order,
            keep=keep,
            policy=CapturePolicy(max_fps=10, look_back_ms=look_back_ms),
            look_back_until=FAR_FUTURE if look_back_ms else None,
        )
        for one in self.sockets:
            await one.send_text(dump(self.desired))

    async def hang_up(self, code: int = 1012) -> None:
        for one in list(self.sockets):
            await one.close(code)

    async def _control(self, one: WebSocket) -> None:
        await one.accept()
        assert one.headers["authorization"] == f"Bearer {CREDENTIAL}"
        self.sockets.append(one)
        try:
            if self.desired is not None:
                await one.send_text(dump(self.desired))
            while True:
                match parse_recorder_message(await one.receive_text()):
                    case Ping(sent_ms=sent_ms):
                        version = -1 if self.desired is None else self.desired.version
                        pong = Pong(sent_ms=sent_ms, server_time=float(self.clock()), version=version)
                        await one.send_text(dump(pong))
                    case Observed() as report:
                        self.observed.append(report)
                    case _:
                        pass
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            self.sockets.remove(one)

    async def _token(self, request: Request) -> Response:
        recording = request.path_params["id"]
        if recording in self.unknown:
            return problem(404, "not_found", "not a screen recording of this recorder")
        self.tokens_given += 1
        return JSONResponse({"upload_token": self.token(recording), "gateway_url": self.gateway_url})

    async def _manifest(self, request: Request) -> Response:
        if (refusal := self.refuse(request.method, request.url.path)) is not None:
            return refusal
        recording = request.path_params["id"]
        if recording in self.unknown:
            return problem(404, "not_found", "not a screen recording of this recorder")
        known = recording in self.manifests
        self.manifests.setdefault(recording, json.loads(await request.body()))
        return JSONResponse({"state": "known" if known else "accepted"})


def problem(status: int, code: str, detail: str = "", **headers: str) -> Response:
    body = {**DeskreelError(detail).problem(), "code": code, "status": status}
    return JSONResponse(body, status_code=status, media_type=PROBLEM_CONTENT_TYPE, headers=headers)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def serving(server: ScriptedServer, *, port: int | None = None) -> AsyncIterator[ScriptedServer]:
    """The server on a loopback port while the block lasts."""
    port = port or free_port()
    server.url = f"http://127.0.0.1:{port}"
    config = uvicorn.Config(
        server.app(), host="127.0.0.1", port=port, log_config=None, timeout_graceful_shutdown=2
    )
    program = uvicorn.Server(config)
    task = asyncio.create_task(program._serve())  # serve() would take over the signals
    try:
        await until(lambda: program.started, "the server listens")
        yield server
    finally:
        program.should_exit = True
        await task
