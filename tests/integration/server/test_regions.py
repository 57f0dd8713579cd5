"""Two media regions with one server: nothing of one is ever in the other's storage."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import time
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from deskreel.core.messages import Desired
from deskreel.serve import Part, serve
from deskreel.server import admin
from deskreel.server.jobs.names import MAKE_THUMBNAILS
from deskreel.server.recordings.export import RegionsDifferError
from deskreel.server.settings import ServerSettings
from deskreel.storage.region_key import RegionKeys
from deskreel.telephony.signature import signed_headers
from support.postgres import TestPostgres
from support.server import Deskreel, FakeRecorder, Telephony, free_port, running, wall_ms
from support.waiting import eventually, until


@dataclass
class World:
    """A server at home in eu, and the gateway and worker of us."""

    eu: Deskreel
    us: ServerSettings
    pbx: Telephony

    def objects(self, region: str) -> dict[str, str]:
        """Digest by key of all that a region stores."""
        root = (self.eu.settings if region == "eu" else self.us).data_dir / "objects"
        return {
            str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in root.rglob("*")
            if path.is_file()
        }

    async def choose(self, region: str | None, place: str = "") -> httpx2.Response:
        """Choose a region as an admin does."""
        path = f"/api/v1/media-region{place}"
        version = (await self.eu.client.get(path)).json()["version"]
        return await self.eu.client.put(path, json={"version": version, "region": region})

    async def check(self) -> list[str]:
        """Findings of both regions."""
        return [*await self.eu.check(), *(await admin.check(self.us)).findings]


@pytest.fixture
async def world(postgres: TestPostgres, tmp_path: Path) -> AsyncIterator[World]:
    url, us_listen = postgres.fresh(), f"127.0.0.1:{free_port()}"
    us_data, file = tmp_path / "us", tmp_path / "regions.toml"
    key = RegionKeys.load_or_create(us_data / "keys").newest.text
    file.write_text(
        f'[eu]\nipv4 = ["192.0.2.10"]\nipv6 = "2001:db8:1::/48"\n\n'
        f'[us]\ngateway_url = "http://{us_listen}/"\npublic_key = "{key}"\nturn_host = "turn-us.example.com"\n'
    )
    more = {"acw_timeout_s": 1, "region": "eu", "regions": file}
    async with running(url, tmp_path / "eu", **more) as eu:
        await eu.sign_in()
        us = ServerSettings(
            data_dir=us_data,
            database_url=url,
            listen=us_listen,
            region="us",
            media_public_keys=tmp_path / "eu/keys/media-token-key.pub.pem",
        )
        async with parts_of_us(us):
            yield World(eu=eu, us=us, pbx=await eu.telephony())


@asynccontextmanager
async def parts_of_us(us: ServerSettings) -> AsyncIterator[None]:
    stop = asyncio.Event()
    parts = [
        asyncio.create_task(serve(us, part, region="us", stop=stop)) for part in (Part.GATEWAY, Part.WORKER)
    ]
    try:
        async with httpx2.AsyncClient() as client:

            async def up() -> bool:
                try:
                    return (await client.get(f"http://{us.listen}/health")).is_success
                except httpx2.TransportError:
                    return False

            await eventually("the gateway of us", up)
        yield
    finally:
        stop.set()
        await asyncio.gather(*parts)


async def film(world: World, recorder: FakeRecorder, call: str, agent: str, *, late: bool = False) -> Desired:
    """A call of four seconds; with `late` it is chosen otherwise in its midst."""
    number = int(call[1:])
    start, fill = wall_ms() - 90_000 + number * 20_000, 100 + number
    recorder.sent.clear()
    async with recorder.control() as socket:
        for kind in ("call.answered", "recording.started"):
            await world.pbx.say(kind, start, call=call, agent=agent)
        desired = await recorder.desired(socket, lambda d: d.order is not None)
        assert desired.order is not None
        if late:
            assert (await world.choose("us")).status_code == 200
        for seq in (1, 2):
            meta, data = recorder.chunk(start, seq, start + (seq - 1) * 2000, 2000, fill=fill)
            assert (await recorder.upload(desired.order, meta, data)).status_code == 201
        await world.pbx.say("call.ended", start + 4000, call=call, agent=agent)
        ended = await recorder.desired(socket, lambda d: d.order is None)
    assert (await recorder.finish(ended.keep[0].screen_recording_id)).json() == {"state": "accepted"}
    return desired


async def speak(world: World, call: str) -> str:
    """Put the call's audio where the server says."""
    sound = io.BytesIO()
    with wave.open(sound, "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(call.encode()[-2:].rjust(2, b"x") * 16_000)
    announced = await signed(world, "/api/v1/call-recordings", {"call_id": call})
    auth = {"authorization": f"Bearer {announced['upload_token']}"}
    put = await world.eu.client.put(announced["upload_url"], content=sound.getvalue(), headers=auth)
    assert put.status_code == 201, put.text
    await signed(world, f"/api/v1/call-recordings/{announced['id']}/uploaded", {})

    async def ready() -> bool:
        heard = (await world.eu.interaction(call))["call_recording"]
        return heard is not None and heard["state"] == "ready"

    await eventually("the audio", ready)
    return str(announced["upload_url"])


async def signed(world: World, path: str, body: dict[str, Any]) -> dict[str, Any]:
    content = json.dumps(body).encode()
    headers = {
        **signed_headers(world.pbx.secret, f"m{wall_ms()}", int(time.time()), content),
        "content-type": "application/json",
    }
    answer = await world.eu.client.post(path, params={"source": "pbx"}, content=content, headers=headers)
    assert answer.is_success, answer.text
    return dict(answer.json()) if answer.content else {}


async def test_no_byte_of_a_region_reaches_the_other_and_a_choice_holds_from_the_next_recording(
    world: World,
) -> None:
    recorder = await world.eu.recorder()
    at_home = await film(world, recorder, "c1", "1001", late=True)  # us is chosen while it goes on
    assert at_home.order is not None
    assert at_home.order.gateway_url == world.eu.settings.media_url
    away = await film(world, recorder, "c2", "1001")
    assert away.order is not None
    assert away.order.gateway_url == f"http://{world.us.listen}"
    assert away.order.region_key != at_home.order.region_key
    assert (await speak(world, "c2")).startswith(f"http://{world.us.listen}/")
    assert (await speak(world, "c1")).startswith(world.eu.settings.media_url)
    assert (await world.choose("eu", "/agents/" + await agent_id(world, "1001"))).status_code == 200
    back = await film(world, recorder, "c3", "1001")
    assert back.order is not None
    assert back.order.gateway_url == world.eu.settings.media_url

    shown = {call: await world.eu.available(call) for call in ("c1", "c2", "c3")}
    for call, host in (("c1", world.eu.settings.listen), ("c2", world.us.listen)):
        screen, sound = shown[call]["screen_recordings"][0], shown[call]["call_recording"]
        for address in (screen["playlist_url"], sound["playlist_url"]):
            assert address.startswith(f"http://{host}/")
            playlist = await world.eu.client.get(address)
            assert playlist.status_code == 200
            assert "#EXT-X-ENDLIST" in playlist.text
        segment = next(line for line in playlist.text.splitlines() if line and not line.startswith("#"))
        base = sound["playlist_url"].rpartition("/")[0]
        assert (await world.eu.client.get(f"{base}/{segment}")).status_code in (200, 206)
    for call, other in (("c1", f"http://{world.us.listen}"), ("c2", world.eu.settings.media_url)):
        token = shown[call]["screen_recordings"][0]["playlist_url"].split("/v1/play/")[1]
        refused = await world.eu.client.get(f"{other}/v1/play/{token}")
        assert (refused.status_code, refused.json()["code"]) == (403, "wrong_region")

    known = shown["c2"]["id"]
    asked = (await world.eu.client.post(f"/api/v1/interactions/{known}/downloads")).json()

    async def made() -> dict[str, Any] | None:
        path = f"/api/v1/interactions/{known}/downloads/{asked['id']}"
        answer = (await world.eu.client.get(path)).json()
        return answer if answer["state"] != "waiting" else None

    download = await eventually("the download", made)
    assert download["state"] == "ready", download["error"]
    assert download["url"].startswith(f"http://{world.us.listen}/")

    eu, us = world.objects("eu"), world.objects("us")
    ids = {call: shown[call]["screen_recordings"][0]["id"] for call in shown}
    heard = {call: shown[call]["call_recording"]["id"] for call in ("c1", "c2")}
    assert all(any(ids[call] in key for key in eu) for call in ("c1", "c3"))
    assert {key.split("/")[1] for key in us} == {ids["c2"], heard["c2"], asked["id"]}
    assert {key.split("/")[1] for key in eu} == {ids["c1"], ids["c3"], heard["c1"]}
    inits = {digest for key, digest in eu.items() if "/init/" in key}
    assert set(eu.values()) & set(us.values()) <= inits  # all have the same camera settings
    assert await world.check() == []


async def test_what_a_late_pause_takes_out_goes_in_the_region_where_it_is(world: World) -> None:
    assert (await world.choose("us")).status_code == 200
    recorder = await world.eu.recorder()
    await film(world, recorder, "c1", "1001")
    shown = await world.eu.available("c1")
    screen = shown["screen_recordings"][0]
    start = screen["window"]["start"]
    await world.pbx.say("recording.paused", start + 2000, call="c1", agent="1001")
    await world.pbx.say("recording.resumed", start + 4000, call="c1", agent="1001")

    async def cut() -> bool:
        row = (await world.eu.interaction("c1"))["screen_recordings"][0]
        return row["state"] == "available" and row["expected_ms"] < screen["expected_ms"]

    await eventually("the recording without the pause", cut)
    with psycopg.connect(world.us.database_url or "", autocommit=True) as database:
        database.execute("UPDATE screen_recordings SET thumbnails = NULL")
        # as an older version left it, in the queue of all
        job = world.eu.context.jobs.configure_task(MAKE_THUMBNAILS)
        await job.defer_async(screen_recording_id=screen["id"])
        query = "SELECT thumbnails FROM screen_recordings WHERE thumbnails IS NOT NULL"
        await until(lambda: database.execute(query).fetchone(), "the thumbnails, made in us")
    assert world.objects("eu") == {}
    assert await world.check() == []


async def test_two_agents_in_two_regions_do_not_become_one_file(world: World) -> None:
    first, second = await world.eu.recorder("1001"), await world.eu.recorder("1002")
    assert (await world.choose("us", "/agents/" + await agent_id(world, "1002"))).status_code == 200
    await film(world, first, "c1", "1001")
    await film(world, second, "c1", "1002")

    async def both() -> dict[str, Any] | None:
        details = await world.eu.interaction("c1")
        screens = details["screen_recordings"]
        return details if len(screens) == 2 and all(s["state"] == "available" for s in screens) else None

    details = await eventually("both", both)
    hosts = {s["playlist_url"].split("/v1/")[0] for s in details["screen_recordings"]}
    assert hosts == {world.eu.settings.media_url, f"http://{world.us.listen}"}
    answer = await world.eu.client.post(f"/api/v1/interactions/{details['id']}/downloads")
    assert (answer.status_code, answer.json()["code"]) == (409, RegionsDifferError.code)


async def test_choosing_is_checked_versioned_and_audited(world: World) -> None:
    client = world.eu.client
    listed = {item["name"]: item for item in (await client.get("/api/v1/regions")).json()["items"]}
    home = world.eu.settings.media_url
    assert {name: listed["eu"][name] for name in ("name", "home", "gateway_url", "ipv4", "ipv6")} == {
        "name": "eu",
        "home": True,
        "gateway_url": home,
        "ipv4": ["192.0.2.10"],
        "ipv6": "2001:db8:1::/48",
    }
    assert (listed["eu"]["live_urls"], listed["eu"]["turn_host"], listed["eu"]["warnings"]) == (
        [home],
        None,
        ["no_turn"],
    )
    assert abs(listed["us"]["worker_seen_at"] - wall_ms()) < 60_000
    assert listed["us"]["warnings"] == ["turn_without_secret"]
    assert (listed["us"]["home"], listed["us"]["turn_host"]) == (False, "turn-us.example.com")
    unknown = await world.choose("mars")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_region")
    assert (await world.choose("us")).json() == {
        "scope": "account",
        "region": "us",
        "effective": "us",
        "version": 1,
    }
    stale = await client.put("/api/v1/media-region", json={"version": 0, "region": "eu"})
    assert (stale.status_code, stale.json()["code"]) == (409, "changed_meanwhile")
    assert (await world.choose(None)).json()["effective"] == "eu"
    entries = (await client.get("/api/v1/audit", params={"action": "region.chosen"})).json()["items"]
    assert [entry["details"]["changes"]["region"] for entry in entries] == [["us", None], [None, "us"]]


async def agent_id(world: World, key: str) -> str:
    """Of an agent whom the telephony has named."""

    async def find() -> str | None:
        items = (await world.eu.client.get("/api/v1/screen-recording/users")).json()["items"]
        return next((item["agent_id"] for item in items if key in (item["name"], item["email"])), None)

    return await eventually(f"agent {key}", find)
