"""The gateway as it runs: uvicorn on loopback, a directory as the store, a client over TCP."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
import uvicorn

from deskreel.core.chunk import MAX_CHUNK_BYTES, sha256
from deskreel.core.ids import ScreenRecordingId, make_id
from deskreel.core.time import WallTime, Window
from deskreel.core.tokens import Grant, Purpose
from deskreel.gateway.app import create_app
from deskreel.gateway.deps import Deps
from deskreel.gateway.serve import uvicorn_config
from deskreel.media.fmp4 import EncodedFrame, video_init, write_fragment
from deskreel.storage.region_key import RegionKeys
from deskreel.storage.sealed import Sealer
from deskreel.storage.signing import PublicKeys, load_or_create_keypair, sign_grant
from deskreel.storage.store import open_store

NOW = WallTime(1_700_000_000_000)
SCR = ScreenRecordingId(make_id("scr", NOW, bytes(10)))
REGION = RegionKeys.generate()
SEALER = Sealer.for_region(REGION.newest, SCR, bytes(range(32)))
INIT = video_init(width=64, height=48, avcc=bytes.fromhex("0142c00affe1000467420a0a01000168"))


class Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@pytest.fixture
async def base_url(tmp_path: Path) -> AsyncIterator[str]:
    load_or_create_keypair(tmp_path / "keys")
    deps = Deps(
        store=open_store(f"file://{tmp_path}/objects"),
        public_keys=PublicKeys.load([tmp_path / "keys/media-token-key.pub.pem"]),
        region_keys=REGION,
        now=lambda: NOW,
    )
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = Server(uvicorn_config(create_app(deps), host="127.0.0.1", port=0))
        task = asyncio.create_task(server.serve(sockets=[listening]))
        async with asyncio.timeout(10):
            await server.ready.wait()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await task


def fragment(seq: int) -> bytes:
    frame = hashlib.shake_256(str(seq).encode()).digest(100_000)
    return write_fragment(
        sequence=seq,
        decode_time_ms=seq * 2000,
        frames=[EncodedFrame(data=frame, duration_ms=2000, keyframe=True)],
    )


def sealed(seq: int) -> bytes:
    return SEALER.chunk(fragment(seq), seq=seq, start=WallTime(NOW + (seq - 1) * 2000), init=sha256(INIT))


def token(keys: Path, purpose: Purpose, *windows: Window) -> str:
    grant = Grant(
        purpose=purpose,
        subject=SCR,
        expires_at=WallTime(NOW + 60_000),
        windows=windows,
        final=all(window.end is not None for window in windows),
    )
    return sign_grant(load_or_create_keypair(keys), grant)


def chunk_headers(text: str, data: bytes, seq: int) -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    return {
        "Authorization": f"Bearer {text}",
        "Content-Digest": f"sha-256=:{digest}:",
        "Deskreel-Start": str(NOW + (seq - 1) * 2000),
        "Deskreel-Duration": "2000",
        "Deskreel-Keyframe": "?1",
        "Deskreel-Init": sha256(INIT),
    }


async def test_from_the_recorder_to_the_reviewer(base_url: str, tmp_path: Path) -> None:
    upload = token(tmp_path / "keys", "upload")
    recording = f"{base_url}/v1/recordings/{SCR}"
    async with httpx2.AsyncClient() as client:
        stored = await client.put(
            f"{recording}/inits/{sha256(INIT)}",
            content=SEALER.init(INIT),
            headers={"Authorization": f"Bearer {upload}"},
        )
        assert stored.status_code == 201
        answers = await asyncio.gather(
            *(
                client.put(
                    f"{recording}/chunks/{seq}",
                    content=body,
                    headers=chunk_headers(upload, body, seq),
                )
                for seq, body in ((seq, sealed(seq)) for seq in range(1, 11))
            )
        )
        assert [answer.status_code for answer in answers] == [201] * 10

        window = Window(WallTime(NOW + 2000), WallTime(NOW + 8000))
        play = f"{base_url}/v1/play/{token(tmp_path / 'keys', 'play', window)}"
        playlist = await client.get(f"{play}/screen.m3u8")
        uris = [line for line in playlist.text.splitlines() if line.startswith("segments/")]
        assert uris == ["segments/2-2.m4s", "segments/3-3.m4s", "segments/4-4.m4s"]
        assert (await client.get(f"{play}/init/{sha256(INIT)}.mp4")).content == INIT
        for uri, seq in zip(uris, (2, 3, 4), strict=True):
            assert (await client.get(f"{play}/{uri}")).content == fragment(seq)
        part = await client.get(f"{play}/{uris[0]}", headers={"Range": "bytes=100-199"})
        assert (part.status_code, part.content) == (206, fragment(2)[100:200])
        head = await client.head(f"{play}/{uris[0]}")
        assert (head.status_code, head.headers["content-length"]) == (200, str(len(fragment(2))))
        assert (await client.get(f"{play}/segments/5-5.m4s")).status_code == 404


async def test_who_watches_a_call_gets_each_chunk_as_it_comes(base_url: str, tmp_path: Path) -> None:
    upload = token(tmp_path / "keys", "upload")
    recording = f"{base_url}/v1/recordings/{SCR}"
    play = f"{base_url}/v1/play/{token(tmp_path / 'keys', 'play', Window(WallTime(NOW)))}"
    async with httpx2.AsyncClient(timeout=20) as client:

        async def put(seq: int) -> None:
            body = sealed(seq)
            answer = await client.put(
                f"{recording}/chunks/{seq}", content=body, headers=chunk_headers(upload, body, seq)
            )
            assert answer.status_code == 201

        await client.put(
            f"{recording}/inits/{sha256(INIT)}",
            content=SEALER.init(INIT),
            headers={"Authorization": f"Bearer {upload}"},
        )
        await put(1)
        first = (await client.get(f"{play}/screen.m3u8")).text
        assert first.splitlines()[-2:] == ["#EXTINF:2.000,", "parts/1-key.m4s"]
        assert (await client.get(f"{play}/parts/1-key.m4s")).content == fragment(1)
        for none in ("parts/1.m4s", "parts/2-key.m4s", "segments/1-1.m4s0"):
            assert (await client.get(f"{play}/{none}")).status_code == 404
        await put(2)
        second = (await client.get(f"{play}/screen.m3u8")).text
        assert second.startswith(first)
        assert second.splitlines()[-1] == "parts/2-key.m4s"


async def test_a_body_that_never_ends_is_refused_and_the_gateway_goes_on(
    base_url: str, tmp_path: Path
) -> None:
    upload = token(tmp_path / "keys", "upload")
    host, port = base_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = [
        f"PUT /v1/recordings/{SCR}/chunks/1 HTTP/1.1",
        "Host: gateway",
        "Transfer-Encoding: chunked",
        *(f"{name}: {value}" for name, value in chunk_headers(upload, b"", 1).items()),
    ]
    writer.write("\r\n".join(head).encode() + b"\r\n\r\n")

    async def send() -> None:
        piece = b"100000\r\n" + bytes(1 << 20) + b"\r\n"
        for _ in range(4 * MAX_CHUNK_BYTES >> 20):
            writer.write(piece)
            await writer.drain()

    sending = asyncio.create_task(send())
    async with asyncio.timeout(20):
        status = await reader.readline()
    assert status.split()[1] == b"413"
    sending.cancel()
    writer.close()
    with pytest.raises((asyncio.CancelledError, ConnectionError)):
        await sending
    async with httpx2.AsyncClient() as client:
        assert (await client.get(f"{base_url}/health")).status_code == 200
    assert not list((tmp_path / "objects").rglob("*.m4s"))


async def test_a_recorder_that_hangs_up_in_mid_chunk_leaves_nothing(base_url: str, tmp_path: Path) -> None:
    upload = token(tmp_path / "keys", "upload")
    host, port = base_url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    data = sealed(1)
    head = [
        f"PUT /v1/recordings/{SCR}/chunks/1 HTTP/1.1",
        "Host: gateway",
        f"Content-Length: {len(data)}",
        *(f"{name}: {value}" for name, value in chunk_headers(upload, data, 1).items()),
    ]
    writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + data[: len(data) // 2])
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    async with httpx2.AsyncClient() as client:
        assert (await client.get(f"{base_url}/health")).status_code == 200
    assert not list((tmp_path / "objects").rglob("*.m4s"))
