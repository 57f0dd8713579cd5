"""A whole Deskreel server (server, gateway, worker) on loopback, inside the test's event loop."""

from __future__ import annotations

import asyncio
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import websockets
from joserfc import jws
from joserfc.jwk import OKPKey

from deskreel.core.chunk import ChunkMeta, Incident, Manifest, Mark, sha256
from deskreel.core.ids import Digest, RecorderId, ScreenRecordingId
from deskreel.core.messages import RUN_HEADER, Desired, dump, parse_server_message
from deskreel.core.time import WallTime
from deskreel.media.fmp4 import EncodedFrame, video_init, write_fragment
from deskreel.serve import serve
from deskreel.server import admin
from deskreel.server.context import Context
from deskreel.server.settings import ServerSettings
from deskreel.server.startup import open_context
from deskreel.storage.region_key import RegionPublicKey
from deskreel.storage.sealed import Sealer
from deskreel.storage.store import ObjectStore, open_store
from deskreel.telephony.call_events import dump_batch
from deskreel.telephony.signature import signed_headers
from support.waiting import eventually

T = TypeVar("T")
EMAIL, PASSWORD = "admin@test.example", "correct horse battery"
AVCC = bytes.fromhex(
    "0164002affe1001967640029acd940780227e5c05a808080a0000003002000000781e30632c001000568ebecb22c"
)


def free_port() -> int:
    """A port on which nobody listens right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wall_ms() -> int:
    """Now, as servers see it."""
    return time.time_ns() // 1_000_000


@dataclass
class Telephony:
    """A telephony source that signs what it sends."""

    client: httpx2.AsyncClient
    name: str
    secret: str
    numbers: int = 0

    async def post(self, events: list[dict[str, Any]], **changes: Any) -> httpx2.Response:
        """Send events; `changes` overrides headers."""
        body = dump_batch(events)
        headers = {
            **signed_headers(self.secret, f"msg_{secrets.token_hex(4)}", int(time.time()), body),
            **changes,
        }
        return await self.client.post(
            "/api/v1/call-events", params={"source": self.name}, content=body, headers=headers
        )

    def event(
        self, kind: str, at: int, *, call: str | None = "c1", agent: str = "1001", **attributes: Any
    ) -> dict[str, Any]:
        """An event with an id of its own."""
        self.numbers += 1
        return {
            "event_id": f"{self.name}-{self.numbers}",
            "kind": kind,
            "agent": agent,
            "occurred_at": at,
            "attributes": attributes,
            **({"call_id": call} if call else {}),
        }

    async def say(self, kind: str, at: int, **more: Any) -> None:
        """Send one event that must be taken."""
        answer = await self.post([self.event(kind, at, **more)])
        assert answer.status_code == 202, answer.text


@dataclass
class FakeRecorder:
    """Speaks the recorder's protocols, with pictures that need no screen."""

    base_url: str
    recorder_id: RecorderId
    credential: str
    key: OKPKey
    client: httpx2.AsyncClient
    sent: list[ChunkMeta] = field(default_factory=list)
    init: bytes = field(default_factory=lambda: video_init(width=64, height=36, avcc=AVCC))

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.credential}"}

    @asynccontextmanager
    async def control(self, run: str = "") -> AsyncIterator[websockets.ClientConnection]:
        """The control channel, of the program's start `run`."""
        url = self.base_url.replace("http", "ws", 1) + "/api/v1/recorder/control"
        async with websockets.connect(url, additional_headers={**self.headers, RUN_HEADER: run}) as socket_:
            yield socket_

    @staticmethod
    async def desired(
        socket_: websockets.ClientConnection, wanted: Callable[[Desired], bool] = lambda _d: True
    ) -> Desired:
        """The next desired state of which `wanted` holds."""
        async with asyncio.timeout(15):
            while True:
                message = parse_server_message(await socket_.recv())
                if isinstance(message, Desired) and wanted(message):
                    return message

    @staticmethod
    async def say(socket_: websockets.ClientConnection, message: Any) -> None:
        await socket_.send(dump(message))

    def chunk(
        self, origin: int, seq: int, start: int, duration_ms: int, *, fill: int = 0
    ) -> tuple[ChunkMeta, bytes]:
        """A chunk of frames 100 ms apart."""
        count = max(1, duration_ms // 100)
        durations = [100] * (count - 1) + [duration_ms - 100 * (count - 1)]
        frames = [
            EncodedFrame(
                data=b"\0\0\0\x05" + bytes([0x65 if n == 0 else 0x41, seq % 251, n % 251, fill, 1]),
                duration_ms=d,
                keyframe=n == 0,
            )
            for n, d in enumerate(durations)
        ]
        data = write_fragment(sequence=seq, decode_time_ms=start - origin, frames=frames)
        meta = ChunkMeta(
            seq=seq,
            start=WallTime(start),
            duration_ms=duration_ms,
            keyframe=True,
            init=sha256(self.init),
            digest=sha256(data),
            size=len(data),
        )
        return meta, data

    async def upload(self, order: Any, meta: ChunkMeta, data: bytes) -> httpx2.Response:
        """PUT init and chunk, sealed for the region that the order names."""
        region = RegionPublicKey.parse(order.region_key)
        sealer = Sealer.for_region(region, order.screen_recording_id, secrets.token_bytes(32))
        init = sealer.init(self.init)
        sealed = sealer.chunk(data, seq=meta.seq, start=meta.start, init=meta.init)
        base = f"{order.gateway_url}/v1/recordings/{order.screen_recording_id}"
        auth = {"authorization": f"Bearer {order.upload_token}"}
        await self.client.put(f"{base}/inits/{meta.init}", content=init, headers={**auth, **digest_of(init)})
        answer = await self.client.put(
            f"{base}/chunks/{meta.seq}",
            content=sealed,
            headers={
                **auth,
                **digest_of(sealed),
                "deskreel-start": str(meta.start),
                "deskreel-duration": str(meta.duration_ms),
                "deskreel-keyframe": "?1" if meta.keyframe else "?0",
                "deskreel-init": meta.init,
            },
        )
        if answer.is_success:
            self.sent.append(meta)
        return answer

    async def finish(
        self,
        recording: ScreenRecordingId,
        incidents: tuple[Incident, ...] = (),
        marks: tuple[Mark, ...] = (),
    ) -> httpx2.Response:
        """Send the manifest of everything uploaded."""
        manifest = Manifest(
            screen_recording_id=recording, chunks=tuple(self.sent), incidents=incidents, marks=marks
        )
        return await self.client.post(
            f"{self.base_url}/api/v1/recorder/recordings/{recording}/manifest",
            headers=self.headers,
            json=manifest_document(manifest, self.key),
        )


def manifest_document(manifest: Manifest, key: OKPKey) -> dict[str, Any]:
    """A manifest as it is sent."""
    return {
        "screen_recording_id": manifest.screen_recording_id,
        "chunks": [
            {
                "seq": c.seq,
                "start": c.start,
                "duration_ms": c.duration_ms,
                "keyframe": c.keyframe,
                "init": c.init,
                "digest": c.digest,
                "size": c.size,
            }
            for c in manifest.chunks
        ],
        "incidents": [
            {"start": i.window.start, "end": i.window.end, "reason": i.reason, "detail": i.detail}
            for i in manifest.incidents
        ],
        "marks": [{"at": m.at, "kind": m.kind, "detail": m.detail} for m in manifest.marks],
        "signature": jws.serialize_compact({"alg": "Ed25519"}, manifest.chain(), key, algorithms=["Ed25519"]),
    }


def digest_of(data: bytes) -> dict[str, str]:
    """The header Content-Digest (RFC 9530)."""
    import base64
    import hashlib

    return {"content-digest": f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"}


@dataclass
class Deskreel:
    """A running server and how tests get at it."""

    settings: ServerSettings
    context: Context
    store: ObjectStore
    client: httpx2.AsyncClient  # signed in as admin once `sign_in` was called

    async def sign_in(self) -> None:
        await admin.add_user(
            email=EMAIL, name="Admin", role="admin", password=PASSWORD, settings=self.settings
        )
        answer = await self.client.post("/api/v1/session", json={"email": EMAIL, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        self.client.headers["x-csrf-token"] = answer.json()["csrf_token"]

    async def telephony(self, name: str = "pbx") -> Telephony:
        """A source whose clock is known to be right: its first event came at once."""
        made = Telephony(client=self.client, name=name, secret=await admin.add_source(name, self.settings))
        await made.say("heartbeat", wall_ms(), call=None, agent="probe")
        return made

    async def recorder(self, agent: str = "1001") -> FakeRecorder:
        key = OKPKey.generate_key("Ed25519")
        token = await admin.recorder_token(agent, self.settings)
        answer = await self.client.post(
            "/api/v1/recorder/enrolments",
            json={"token": token, "hostname": "desk-1", "public_key": key.as_dict(private=False)},
        )
        assert answer.status_code == 201, answer.text
        enrolled = answer.json()
        return FakeRecorder(
            base_url=self.settings.base_url,
            recorder_id=RecorderId(enrolled["recorder_id"]),
            credential=enrolled["credential"],
            key=key,
            client=self.client,
        )

    async def interaction(self, call: str = "c1") -> dict[str, Any]:
        """Details of the interaction of a call."""
        page = (await self.client.get("/api/v1/interactions")).json()
        found = next(item for item in page["items"] if item["call_id"] == call)
        return dict((await self.client.get(f"/api/v1/interactions/{found['id']}")).json())

    async def available(self, call: str = "c1") -> dict[str, Any]:
        """Its details once every recording of it is finished."""

        async def probe() -> dict[str, Any] | None:
            details = await self.interaction(call)
            done = details["screen_recordings"] and all(
                r["state"] == "available" for r in details["screen_recordings"]
            )
            return details if done else None

        return await eventually(f"recording of {call}", probe)

    async def past_call(self, name: str = "c1", agent: str = "1001") -> str:
        """A call of ten seconds, without a screen; its interaction's id."""
        pbx = await self.telephony(f"pbx-{name}")
        start = wall_ms() - 60_000
        for kind, at in (("call.answered", 0), ("recording.started", 0), ("call.ended", 10_000)):
            await pbx.say(kind, start + at, call=name, agent=agent)
        return str((await self.interaction(name))["id"])

    async def audited(self, subject: str) -> list[str]:
        """Actions on a subject as the audit log has them, the oldest first."""
        page = (await self.client.get("/api/v1/audit", params={"subject": subject})).json()
        return [item["action"] for item in reversed(page["items"])]

    async def check(self) -> tuple[str, ...]:
        """Findings of `deskreel check`."""
        return (await admin.check(self.settings)).findings


@asynccontextmanager
async def running(
    database_url: str, data_dir: Path, *, record: bool = True, **changes: Any
) -> AsyncIterator[Deskreel]:
    """A server with all its parts; with `record` every agent is captured, as soon as one is known."""
    listen = f"127.0.0.1:{free_port()}"
    settings = ServerSettings(
        data_dir=data_dir, database_url=database_url, listen=listen, public_url=f"http://{listen}", **changes
    )
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(settings, stop=stop))
    try:
        async with (
            httpx2.AsyncClient(base_url=settings.base_url, timeout=20) as client,
            open_context(settings) as context,
        ):

            async def healthy() -> bool:
                if serving.done():
                    serving.result()
                try:
                    return (await client.get("/api/v1/health")).is_success
                except httpx2.TransportError:
                    return False

            await eventually("server", healthy)
            if record:
                await admin.record_everybody(settings)
            store = open_store(settings.objects_url)
            yield Deskreel(settings=settings, context=context, store=store, client=client)
    finally:
        stop.set()
        await serving


def init_digest(recorder: FakeRecorder) -> Digest:
    """Digest of the fake's init segment."""
    return sha256(recorder.init)
