"""The uploader against the real gateway over TCP, through everything that goes wrong on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from recorder_rig import (
    INIT,
    NOW,
    ScriptedServer,
    free_port,
    identity_for,
    problem,
    recording_id,
    sealed,
    serving,
    until,
)
from starlette.responses import PlainTextResponse, Response

from deskreel.core.chunk import sha256
from deskreel.core.ids import ScreenRecordingId
from deskreel.core.messages import Desired, Keep, Phase
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import ClockOffset, WallTime
from deskreel.media.fmp4 import parse_fragment
from deskreel.recorder.backoff import Backoff
from deskreel.recorder.remote import HttpGateway, HttpServer, new_http_client
from deskreel.recorder.shelf import RecordingInfo
from deskreel.recorder.spool import Spool
from deskreel.recorder.spool_thread import SpoolThread
from deskreel.recorder.upload import Uploader, UploadSettings
from deskreel.recorder.view import ServerView
from deskreel.storage import recordings

SCR, OTHER = recording_id(1), recording_id(2)
FAR = NOW + 10**9
SETTINGS = UploadSettings(backoff=Backoff(base_s=0.005, cap_s=0.02), not_enrolled_s=0.01, stray_s=60.0)


def keep(*windows: tuple[int, int | None], ended: bool = False, recording: ScreenRecordingId = SCR) -> Keep:
    pairs = tuple((WallTime(a), None if b is None else WallTime(b)) for a, b in windows)
    return Keep(screen_recording_id=recording, windows=pairs, ended=ended)


class Desk:
    """A spool with an uploader in front of a server."""

    def __init__(self, home: Path, server: ScriptedServer, client: httpx2.AsyncClient) -> None:
        self.home = home
        self.server = server
        self.spool = SpoolThread(Spool(home / "spool", home / "quarantine", max_bytes=10**9))
        self.view = ServerView()
        self.uploader = Uploader(
            spool=self.spool,
            gateway=HttpGateway(client),
            server=HttpServer(client, identity_for(server.url)),
            view=lambda: self.view,
            clock_offset=lambda: ClockOffset(offset_ms=12.5, uncertainty_ms=1.5),
            settings=SETTINGS,
        )

    def say(self, *keeps: Keep, confirmed: int = FAR) -> None:
        """The server's word, newer than what it said before."""
        version = self.view.version + 1
        self.view = ServerView().with_desired(
            Desired(version=version, as_of=WallTime(confirmed), phase=Phase.IDLE, order=None, keep=keeps)
        )
        self.uploader.wake()

    async def capture(
        self, *numbers: int, recording: ScreenRecordingId = SCR, close: bool = True, **how: Any
    ) -> None:
        info = RecordingInfo(screen_recording_id=recording, origin=NOW, gateway_url="")
        await self.spool.call(Spool.open, info, NOW)
        for number in numbers:
            await self.spool.call(Spool.add, recording, sealed(number, **how))
        if close:
            await self.spool.call(Spool.close, recording, WallTime(NOW + 10**6))
        self.uploader.wake()

    async def left(self) -> int:
        return sum(h.count for h in await self.spool.call(Spool.holdings, 0))

    async def stored(self, recording: ScreenRecordingId = SCR) -> list[int]:
        return [chunk.seq for chunk in await self.server.stored(recording)]

    async def sent(self, count: int) -> None:
        async def enough() -> bool:
            return len(await self.stored()) >= count

        await until(enough, f"{count} chunks at the gateway")

    async def finished(self, recording: ScreenRecordingId = SCR) -> dict[str, Any]:
        document = await until(lambda: self.server.manifests.get(recording), "the manifest")
        await until(lambda: not (self.home / "spool" / recording).exists(), "the spool is empty")
        return document

    def puts(self, seq: int) -> int:
        return sum(path.endswith(f"/chunks/{seq}") for _, path in self.server.requests)


@asynccontextmanager
async def uploading(home: Path, server: ScriptedServer) -> AsyncIterator[Desk]:
    async with new_http_client() as client:
        desk = Desk(home, server, client)
        task = asyncio.create_task(desk.uploader.run())
        try:
            yield desk
        finally:
            task.cancel()
            results = await asyncio.gather(task, return_exceptions=True)
            desk.spool.close()
        assert isinstance(results[0], asyncio.CancelledError)


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with serving(ScriptedServer()) as made:
        yield made


@pytest.fixture
async def desk(tmp_path: Path, server: ScriptedServer) -> AsyncIterator[Desk]:
    async with uploading(tmp_path, server) as made:
        yield made


class Refuse:
    """Refuses the first `times` requests whose path holds `part`."""

    def __init__(self, part: str, answer: Response, *, times: int = 10**9) -> None:
        self.part, self.answer, self.times, self.count = part, answer, times, 0

    def __call__(self, method: str, path: str) -> Response | None:
        if self.part in path and self.count < self.times:
            self.count += 1
            return self.answer
        return None


async def test_everything_arrives_once_and_the_manifest_says_so(desk: Desk, server: ScriptedServer) -> None:
    await desk.capture(*range(7))
    desk.say(keep((NOW, NOW + 14_000), ended=True))
    document = await desk.finished()
    assert await desk.stored() == [1, 2, 3, 4, 5, 6, 7]
    assert [chunk["seq"] for chunk in document["chunks"]] == [1, 2, 3, 4, 5, 6, 7]
    assert document["incidents"] == []
    assert (document["clock_offset_ms"], document["clock_uncertainty_ms"]) == (12.5, 1.5)
    assert [desk.puts(seq) for seq in range(1, 8)] == [1] * 7
    assert sum("/inits/" in path for _, path in server.requests) == 1
    assert server.tokens_given == 1


async def test_nothing_leaves_before_it_is_confirmed(desk: Desk, server: ScriptedServer) -> None:
    await desk.capture(0, 1, 2, close=False)
    desk.say(keep((NOW, None)), confirmed=NOW + 2299)
    desk.say(keep((NOW, None)), confirmed=NOW + 4300)
    await desk.sent(2)
    await desk.capture(3, close=False)
    assert await desk.stored() == [1, 2]
    desk.say(keep((NOW, None)), confirmed=NOW + 8300)
    await desk.sent(4)


async def test_what_lies_in_a_pause_is_cut_and_deleted(desk: Desk, server: ScriptedServer) -> None:
    await desk.capture(0, 1, 2, 3, frames=20)
    pause, resume = NOW + 2_730, NOW + 5_000
    desk.say(keep((NOW, pause), (resume, NOW + 8_000), ended=True))
    document = await desk.finished()
    stored = await server.stored(SCR)
    assert [(chunk.seq, chunk.duration_ms) for chunk in stored] == [(1, 2000), (2, 730), (4, 2000)]
    data = await recordings.get_chunk(server.store, SCR, stored[1])
    assert len(parse_fragment(data).samples) == 8
    assert [chunk["digest"] for chunk in document["chunks"]] == [chunk.digest for chunk in stored]
    assert sha256(data) == stored[1].digest


async def test_a_narrower_window_that_comes_while_the_gateway_is_down_still_counts(
    desk: Desk, server: ScriptedServer
) -> None:
    server.refuse = refuse = Refuse("/chunks/", problem(503, "storage_unavailable"))
    await desk.capture(0, 1)
    desk.say(keep((NOW, NOW + 4_000), ended=True))
    await until(lambda: refuse.count >= 2, "attempts")
    desk.say(keep((NOW, NOW + 1_000), ended=True))
    server.refuse = lambda method, path: None
    await desk.finished()
    assert [(c.seq, c.duration_ms) for c in await server.stored(SCR)] == [(1, 1000)]


async def test_a_gateway_that_is_down_for_a_while(tmp_path: Path) -> None:
    server, port = ScriptedServer(), free_port()
    server.url = f"http://127.0.0.1:{port}"
    async with uploading(tmp_path, server) as desk:
        await desk.capture(*range(5))
        desk.say(keep((NOW, NOW + 10_000), ended=True))
        await until(lambda: desk.uploader._rests.get(SCR), "a refused connection")
        async with serving(server, port=port):
            await desk.finished()
            assert await desk.stored() == [1, 2, 3, 4, 5]
            assert [desk.puts(seq) for seq in range(1, 6)] == [1] * 5


async def test_a_recorder_started_anew_sends_what_the_old_one_left(
    tmp_path: Path, server: ScriptedServer
) -> None:
    async with uploading(tmp_path, server) as desk:
        await desk.capture(0, 1, 2, close=False)
        desk.say(keep((NOW, None)), confirmed=NOW + 2_300)
        await desk.sent(1)
    async with uploading(tmp_path, server) as desk:
        await desk.capture(5)
        desk.say(keep((NOW, NOW + 12_000), ended=True))
        document = await desk.finished()
        assert await desk.stored() == [1, 2, 3, 4]
        (killed,) = document["incidents"]
        assert killed["reason"] == ReasonCode.RECORDER_KILLED
        assert (killed["start"], killed["end"]) == (NOW + 6_000, NOW + 10_000)


async def test_an_answer_that_was_lost(desk: Desk, server: ScriptedServer) -> None:
    """Stored, but the recorder never heard so: sent again, answered 200, noted once."""
    await desk.capture(0)
    chunk = (await desk.spool.call(Spool.holdings, 1))[0].chunks[0]
    await recordings.put_init(server.store, SCR, chunk.init, INIT)
    await recordings.put_chunk(server.store, SCR, chunk, await desk.spool.call(Spool.read, SCR, chunk))
    desk.say(keep((NOW, NOW + 2_000), ended=True))
    document = await desk.finished()
    assert [c["seq"] for c in document["chunks"]] == [1]


async def test_503s_and_429s_are_waited_out(desk: Desk, server: ScriptedServer) -> None:
    server.refuse = refuse = Refuse("/chunks/", problem(503, "storage_unavailable"), times=9)
    await desk.capture(*range(4))
    desk.say(keep((NOW, NOW + 8_000), ended=True))
    await desk.finished()
    assert refuse.count == 9
    assert await desk.stored() == [1, 2, 3, 4]


async def test_a_proxys_error_page_loses_nothing(desk: Desk, server: ScriptedServer) -> None:
    server.refuse = refuse = Refuse("/chunks/", PlainTextResponse("Forbidden", 403), times=4)
    await desk.capture(0)
    desk.say(keep((NOW, NOW + 2_000), ended=True))
    document = await desk.finished()
    assert refuse.count == 4
    assert len(document["chunks"]) == 1


async def test_retry_after_is_honoured(desk: Desk, server: ScriptedServer) -> None:
    patience = problem(503, "storage_unavailable", **{"retry-after": "30"})
    server.refuse = refuse = Refuse("/chunks/", patience)
    await desk.capture(0)
    desk.say(keep((NOW, NOW + 2_000), ended=True))
    rest = await until(lambda: desk.uploader._rests.get(SCR), "a rest")
    assert rest.until_s - asyncio.get_running_loop().time() > 25
    desk.uploader.wake()
    await desk.capture(0, recording=OTHER)
    desk.say(keep((NOW, NOW + 2_000), ended=True))
    assert refuse.count == 1


async def test_an_expired_token_is_renewed(desk: Desk, server: ScriptedServer) -> None:
    server.token_life_ms = -1000
    desk.uploader.offer_access(SCR, server.access(SCR))
    server.token_life_ms = 3_600_000
    await desk.capture(0, 1, 2)
    desk.say(keep((NOW, NOW + 6_000), ended=True))
    await desk.finished()
    assert await desk.stored() == [1, 2, 3]
    assert server.tokens_given == 1


async def test_a_conflict_goes_to_the_quarantine_and_the_rest_goes_on(
    desk: Desk, server: ScriptedServer
) -> None:
    await desk.capture(0, 1, 2)
    chunk = (await desk.spool.call(Spool.holdings, 3))[0].chunks[1]
    foreign = sealed(1, size=50)
    await recordings.put_init(server.store, SCR, chunk.init, INIT)
    other = type(chunk)(
        seq=2,
        start=chunk.start,
        duration_ms=2000,
        keyframe=True,
        init=chunk.init,
        digest=sha256(foreign.data),
        size=len(foreign.data),
    )
    await recordings.put_chunk(server.store, SCR, other, foreign.data)
    desk.say(keep((NOW, NOW + 6_000), ended=True))
    document = await desk.finished()
    assert [c["seq"] for c in document["chunks"]] == [1, 3]
    (incident,) = document["incidents"]
    assert incident["reason"] == ReasonCode.CHUNK_QUARANTINED
    assert (incident["start"], incident["end"]) == (NOW + 2_000, NOW + 4_000)
    assert len(list((desk.home / "quarantine" / SCR).glob("00000002-*.ready"))) == 1


@pytest.mark.parametrize(
    ("status", "code"), [(422, "bad_fragment"), (413, "too_large"), (400, "digest_mismatch")]
)
async def test_refusals_for_good(desk: Desk, server: ScriptedServer, status: int, code: str) -> None:
    server.refuse = refuse = Refuse("/chunks/1", problem(status, code))
    await desk.capture(0, 1)
    desk.say(keep((NOW, NOW + 4_000), ended=True))
    document = await desk.finished()
    assert [c["seq"] for c in document["chunks"]] == [2]
    assert refuse.count == (5 if code == "digest_mismatch" else 1)


async def test_damage_on_the_disk_goes_to_the_quarantine(desk: Desk, server: ScriptedServer) -> None:
    await desk.capture(0, 1)
    (path,) = (desk.home / "spool" / SCR).glob("00000001-*.ready")
    path.write_bytes(b"rust")
    desk.say(keep((NOW, NOW + 4_000), ended=True))
    document = await desk.finished()
    assert [c["seq"] for c in document["chunks"]] == [2]
    assert document["incidents"][0]["reason"] == ReasonCode.CHUNK_QUARANTINED


async def test_a_gateway_that_forgot_the_init(desk: Desk, server: ScriptedServer) -> None:
    server.refuse = Refuse("/chunks/1", problem(409, "unknown_init"), times=1)
    await desk.capture(0)
    desk.say(keep((NOW, NOW + 2_000), ended=True))
    await desk.finished()
    assert sum("/inits/" in path for _, path in server.requests) == 2


async def test_a_recording_that_is_not_ours_is_put_aside(desk: Desk, server: ScriptedServer) -> None:
    server.unknown.add(SCR)
    await desk.capture(0, 1)
    await desk.capture(0, recording=OTHER)
    desk.say(keep((NOW, NOW + 4_000), ended=True), keep((NOW, NOW + 2_000), ended=True, recording=OTHER))
    await desk.finished(OTHER)
    await until(lambda: not (desk.home / "spool" / SCR).exists(), "it is put aside")
    assert len(list((desk.home / "quarantine" / SCR).glob("*.ready"))) == 2
    assert (desk.home / "quarantine" / f"{SCR}.reason.json").exists()


async def test_a_stray_that_was_finished_before_a_crash_is_cleared_away(
    desk: Desk, server: ScriptedServer
) -> None:
    await desk.capture()
    server.manifests[SCR] = {"known": True}
    desk.say()
    await until(lambda: not (desk.home / "spool" / SCR).exists(), "it is cleared away")


async def test_a_stray_with_chunks_stays(desk: Desk, server: ScriptedServer) -> None:
    await desk.capture(0)
    desk.say()
    await until(lambda: desk.uploader._rests.get(SCR), "it was looked at")
    assert await desk.left() == 1
    assert await desk.stored() == []


async def test_a_lost_spool_is_made_up_for_by_the_gateways_list(
    tmp_path: Path, server: ScriptedServer
) -> None:
    async with uploading(tmp_path / "old", server) as desk:
        await desk.capture(0, 1, close=False)
        desk.say(keep((NOW, None)))
        await desk.sent(2)
    async with uploading(tmp_path / "new", server) as desk:
        desk.say(keep((NOW, NOW + 4_000), ended=True))
        document = await desk.finished()
        assert [c["seq"] for c in document["chunks"]] == [1, 2]


async def test_a_long_backlog_goes_in_parallel_and_in_order(desk: Desk, server: ScriptedServer) -> None:
    await desk.capture(*range(200))
    desk.say(keep((NOW, NOW + 400_000), ended=True))
    document = await desk.finished()
    assert len(document["chunks"]) == 200
    order = [int(path.rsplit("/", 1)[1]) for method, path in server.requests if "/chunks/" in path]
    assert all(abs(seq - place) <= 3 for place, seq in enumerate(order, start=1))
