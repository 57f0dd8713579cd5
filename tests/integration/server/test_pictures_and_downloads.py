"""Pictures of a call while it goes on and afterwards, and the MP4 to take away: nothing that a pause hides."""

from __future__ import annotations

import asyncio
import io
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import httpx2
import psycopg

from deskreel.core.chunk import ChunkMeta, sha256
from deskreel.core.ids import DownloadId, ScreenRecordingId
from deskreel.core.time import WallTime
from deskreel.media.fmp4 import write_fragment
from deskreel.server.jobs.thumbnails import forgotten, make
from deskreel.server.recordings.downloads import make_download, sweep_downloads
from deskreel.storage.layout import DOWNLOADS, final_prefix
from deskreel.testing.memory_store import FlakyStore
from support.people import signed_in
from support.server import Deskreel, FakeRecorder, Telephony, wall_ms
from support.waiting import eventually
from unit.media.x264_samples import encode, read_number

CHUNKS = 6  # of a second and ten frames each
PAUSE = (2000, 3000)


class Film:
    """A recorder that sends real pictures: each spells the number of its frame."""

    def __init__(self, recorder: FakeRecorder, start: int) -> None:
        self.recorder, self.start = recorder, start
        self._film = encode([100] * 10 * CHUNKS, keyframes={10 * n for n in range(CHUNKS)})
        recorder.init = self._film.init

    def chunk(self, seq: int) -> tuple[ChunkMeta, bytes]:
        """Chunk `seq` begins seq - 1 seconds after the start."""
        at = (seq - 1) * 1000
        frames = self._film.frames[10 * (seq - 1) : 10 * seq]
        data = write_fragment(sequence=seq, decode_time_ms=at, frames=frames)
        meta = ChunkMeta(
            seq=seq,
            start=WallTime(self.start + at),
            duration_ms=1000,
            keyframe=True,
            init=sha256(self._film.init),
            digest=sha256(data),
            size=len(data),
        )
        return meta, data


async def film_a_call(deskreel: Deskreel, *, call: str = "c1") -> tuple[Telephony, int, ScreenRecordingId]:
    """A call of six seconds with a pause, recorded and ended; its start."""
    pbx, recorder = await deskreel.telephony(), await deskreel.recorder()
    start = wall_ms() - 30_000
    film = Film(recorder, start)
    async with recorder.control() as socket:
        for kind, at in (("call.answered", 0), ("recording.started", 0)):
            await pbx.say(kind, start + at, call=call)
        await pbx.say("recording.paused", start + PAUSE[0], call=call)
        await pbx.say("recording.resumed", start + PAUSE[1], call=call)
        desired = await recorder.desired(socket, lambda d: d.order is not None)
        assert desired.order is not None
        for seq in (1, 2, 4, 5, 6):
            meta, data = film.chunk(seq)
            assert (await recorder.upload(desired.order, meta, data)).status_code == 201
        await pbx.say("call.ended", start + 6000, call=call)
        ended = await recorder.desired(socket, lambda d: d.order is None)
    recording = ended.keep[0].screen_recording_id
    assert (await recorder.finish(recording)).json() == {"state": "accepted"}
    return pbx, start, recording


async def pause_late(pbx: Telephony, start: int) -> None:
    """It comes out now that the call recording was paused from 4 to 5 s."""
    events = [pbx.event("recording.paused", start + 4000), pbx.event("recording.resumed", start + 5000)]
    assert (await pbx.post(events)).status_code == 202


def number_in(jpeg: bytes) -> int:
    """What a picture spells."""
    with av.open(io.BytesIO(jpeg), "r", format="jpeg_pipe") as container:
        frame = next(container.decode(video=0))
        return read_number(frame.to_ndarray(format="gray"))


async def tiles_of(deskreel: Deskreel) -> tuple[str, list[dict[str, Any]]] | None:
    """Where the thumbnails are, and what they are; None until they are made."""
    url = (await deskreel.interaction())["screen_recordings"][0]["thumbnails_url"]
    if url is None:
        return None
    answer = await deskreel.client.get(url)
    return None if answer.status_code == 404 else (url, answer.json()["tiles"])


async def stored(deskreel: Deskreel, recording: ScreenRecordingId) -> list[str]:
    names = [item.key.rpartition("/")[2] for item in await deskreel.store.list(final_prefix(recording))]
    return [name for name in names if name.startswith("thumbnails")]


async def test_thumbnails_show_no_pause_and_go_when_the_timeline_changes(deskreel: Deskreel) -> None:
    pbx, start, recording = await film_a_call(deskreel)
    url, tiles = await eventually("thumbnails", lambda: tiles_of(deskreel))
    assert [(tile["at"] - start, tile["until"] - start) for tile in tiles] == [
        (0, 1000),
        (1000, 2000),
        (3000, 4000),
        (4000, 5000),
        (5000, 7000),  # with After Call Work
    ]
    for tile in tiles:
        answer = await deskreel.client.get(httpx2.URL(url).join(tile["uri"]))
        assert answer.headers["content-type"] == "image/jpeg"
        assert "immutable" in answer.headers["cache-control"]
        assert number_in(answer.content) == (tile["at"] - start) // 100
    assert await deskreel.check() == ()

    await pause_late(pbx, start)

    async def again() -> tuple[str, list[dict[str, Any]]] | None:
        found = await tiles_of(deskreel)
        return found if found is not None and len(found[1]) == 4 else None

    fresh, fewer = await eventually("fewer thumbnails", again)
    assert [tile["at"] - start for tile in fewer] == [0, 1000, 3000, 5000]
    hidden = f"thumbnails/{start + 4000}.jpg"
    for address in (url, fresh):
        assert (await deskreel.client.get(httpx2.URL(address).join(hidden))).status_code == 404
    assert len(await stored(deskreel, recording)) == 2  # one index, one object with the pictures
    assert await deskreel.check() == ()


async def test_thumbnails_of_a_recording_that_changes_meanwhile_are_not_kept(deskreel: Deskreel) -> None:
    _, _, recording = await film_a_call(deskreel)
    await eventually("thumbnails", lambda: tiles_of(deskreel))
    with psycopg.connect(deskreel.settings.database_url or "", autocommit=True) as database:
        database.execute(
            "UPDATE screen_recordings SET thumbnails = NULL, available_at = available_at - 61000"
        )
        assert await forgotten(deskreel.context) == [(recording, "default")]

        class Meddling(FlakyStore):
            """The store, while somebody has the timeline changed after the pictures were read."""

            async def put(self, key: str, data: bytes | Path, *, if_absent: bool = False) -> bool:
                database.execute("UPDATE screen_recordings SET available_at = available_at + 1")
                return await super().put(key, data, if_absent=if_absent)

        await make(deskreel.context, Meddling(deskreel.store, seed=1, rate=0.0), recording)
        assert await stored(deskreel, recording) == []
        await make(deskreel.context, deskreel.store, recording)
    assert len(await stored(deskreel, recording)) == 2


async def test_the_newest_picture_of_a_call_that_goes_on(deskreel: Deskreel) -> None:
    pbx, recorder = await deskreel.telephony(), await deskreel.recorder()
    start = wall_ms() - 5000
    film = Film(recorder, start)
    async with recorder.control() as socket:
        for kind in ("call.answered", "recording.started"):
            await pbx.say(kind, start)
        desired = await recorder.desired(socket, lambda d: d.order is not None)
        assert desired.order is not None
        url = (await deskreel.interaction())["screen_recordings"][0]["latest_picture_url"]
        assert (await deskreel.client.get(url)).status_code == 404
        for seq in (1, 2):
            meta, data = film.chunk(seq)
            await recorder.upload(desired.order, meta, data)
            answers = await asyncio.gather(*(deskreel.client.get(url) for _ in range(4)))
            for answer in answers:
                assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
                assert number_in(answer.content) == 10 * (seq - 1)
                assert answer.headers["deskreel-at"] == str(meta.start)
        with psycopg.connect(deskreel.settings.database_url or "") as database:
            database.execute("UPDATE screen_recordings SET first_frame_at = started_at")
        (line,) = (await deskreel.client.get("/api/v1/interactions", params={"live": "true"})).json()["items"]
        (shown,) = line["live_pictures"]
        assert (shown["agent"]["name"], shown["paused"]) == ("1001", False)
        assert number_in((await deskreel.client.get(shown["url"])).content) == 10
        # from now on the recording is paused: what was seen before may still be seen
        await pbx.say("recording.paused", start + 2000)
        (line,) = (await deskreel.client.get("/api/v1/interactions", params={"live": "true"})).json()["items"]
        assert line["live_pictures"][0]["paused"]
        assert number_in((await deskreel.client.get(line["live_pictures"][0]["url"])).content) == 10
        # and late: paused a second before
        await pbx.say("recording.paused", start + 900)
        url = (await deskreel.interaction())["screen_recordings"][0]["latest_picture_url"]
        assert number_in((await deskreel.client.get(url)).content) == 0


async def ready(client: httpx2.AsyncClient, path: str) -> dict[str, Any] | None:
    body = (await client.get(path)).json()
    return body if body["state"] != "waiting" else None


async def test_a_download_is_one_mp4_for_who_asked(deskreel: Deskreel) -> None:
    await film_a_call(deskreel)
    known = (await deskreel.available())["id"]
    path = f"/api/v1/interactions/{known}/downloads"
    async with AsyncExitStack() as stack:
        sam = await stack.enter_async_context(signed_in(deskreel, "supervisor", "sam"))
        eve = await stack.enter_async_context(signed_in(deskreel, "evaluator", "eve"))
        asked = await sam.post(path)
        assert asked.status_code == 202, asked.text
        assert (await sam.post(path)).json()["id"] == asked.json()["id"]
        one = f"{path}/{asked.json()['id']}"
        done = await eventually("the download", lambda: ready(sam, one))
        assert done["state"] == "ready", done
        answer = await deskreel.client.get(done["url"])
        assert len(answer.content) == done["bytes"]
        assert answer.headers["content-disposition"] == f'attachment; filename="{known}.mp4"'
        part = await deskreel.client.get(done["url"], headers={"range": "bytes=4-7"})
        assert (part.status_code, part.content) == (206, b"ftyp")
        with av.open(io.BytesIO(answer.content), "r") as container:
            numbers = [read_number(f.to_ndarray(format="gray")) for f in container.decode(video=0)]
        assert numbers == [*range(20), *range(30, 60)]  # without the pause

        assert (await eve.post(path)).status_code == 403
        assert (await deskreel.client.get(one)).status_code == 404  # not even an admin: it is sam's
        told = await deskreel.audited(known)
        before = told.count("interaction.downloaded")
        assert (told.count("interaction.exported"), before >= 1) == (1, True)
        assert (await sam.post(path)).json()["url"]  # asked again: the address is given out once more
        assert (await deskreel.audited(known)).count("interaction.downloaded") == before + 1
    assert await deskreel.check() == ()


async def test_a_download_goes_when_what_may_be_seen_changes(deskreel: Deskreel) -> None:
    pbx, start, _ = await film_a_call(deskreel)
    known = (await deskreel.available())["id"]
    path = f"/api/v1/interactions/{known}/downloads"
    asked = (await deskreel.client.post(path)).json()
    one = f"{path}/{asked['id']}"
    done = await eventually("the download", lambda: ready(deskreel.client, one))
    await pause_late(pbx, start)
    now = await deskreel.client.get(one)  # dropped, or known to be outdated
    assert now.status_code == 404 or (now.json()["state"], now.json()["url"]) == ("failed", None)

    async def removed() -> bool:
        return (await deskreel.client.get(done["url"])).status_code == 404

    await eventually("the file is gone", removed)
    again = (await deskreel.client.post(path)).json() if await deskreel.available() else {}
    assert again["id"] != asked["id"]
    done = await eventually("another download", lambda: ready(deskreel.client, f"{path}/{again['id']}"))
    with av.open(io.BytesIO((await deskreel.client.get(done["url"])).content), "r") as container:
        numbers = [read_number(f.to_ndarray(format="gray")) for f in container.decode(video=0)]
    assert numbers == [*range(20), *range(30, 40), *range(50, 60)]


async def test_downloads_are_made_by_whoever_is_left_and_last_a_day(deskreel: Deskreel) -> None:
    await film_a_call(deskreel)
    known = (await deskreel.available())["id"]
    path = f"/api/v1/interactions/{known}/downloads"
    asked = (await deskreel.client.post(path)).json()
    download = DownloadId(asked["id"])
    await eventually("the download", lambda: ready(deskreel.client, f"{path}/{download}"))
    with psycopg.connect(deskreel.settings.database_url or "", autocommit=True) as database:
        database.execute("UPDATE downloads SET state = 'waiting', created_at = created_at - 61000")
        assert await sweep_downloads(deskreel.context, deskreel.store, "default") == [download]
        await make_download(deskreel.context, deskreel.store, download)
        assert (await deskreel.client.get(f"{path}/{download}")).json()["state"] == "ready"
    later = replace(deskreel.context, clock=lambda: WallTime(asked["expires_at"]))
    assert await sweep_downloads(later, deskreel.store, "default") == []
    assert await deskreel.store.list(DOWNLOADS) == ()
    assert (await deskreel.client.get(f"{path}/{download}")).status_code == 404


async def test_check_knows_thumbnails_and_downloads(deskreel: Deskreel) -> None:
    _, _, recording = await film_a_call(deskreel)
    await eventually("thumbnails", lambda: tiles_of(deskreel))
    known = (await deskreel.available())["id"]
    path = f"/api/v1/interactions/{known}/downloads"
    download = (await deskreel.client.post(path)).json()["id"]
    await eventually("the download", lambda: ready(deskreel.client, f"{path}/{download}"))
    assert await deskreel.check() == ()
    (pictures,) = [name for name in await stored(deskreel, recording) if name.endswith(".jpgs")]
    await deskreel.store.put(f"{final_prefix(recording)}/{pictures}", b"short")
    await deskreel.store.put(f"{DOWNLOADS}/{download}/interaction.mp4", b"short")
    await deskreel.store.put(f"{DOWNLOADS}/dld_{'0' * 26}/interaction.mp4", b"nobody's")
    found = await deskreel.check()
    assert len(found) == 3, found
    assert any("not as long as their index says" in one for one in found)
    assert any("has 5 bytes" in one for one in found)
    assert any("no row knows it" in one for one in found)


async def test_what_is_not_finished_or_not_there_cannot_be_downloaded(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    start = wall_ms() - 5000
    await pbx.say("call.answered", start)
    known = (await deskreel.interaction())["id"]
    path = f"/api/v1/interactions/{known}/downloads"
    refused = await deskreel.client.post(path)
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    await pbx.say("call.ended", start + 1000)
    nothing = await deskreel.client.post(path)
    assert (nothing.status_code, nothing.json()["code"]) == (404, "not_found")
