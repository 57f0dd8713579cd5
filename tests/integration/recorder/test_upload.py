"""The uploader against the real gateway over TCP, through everything that goes wrong on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from recorder_rig import (
    INIT,
    NOW,
    REGION,
    ScriptedServer,
    free_port,
    identity_for,
    problem,
    recording_id,
    sealed,
    serving,
    stored_as,
    until,
)
from starlette.responses import JSONResponse, PlainTextResponse, Response

from deskreel.core.chunk import ChunkMeta, Mark, sha256
from deskreel.core.ids import ScreenRecordingId
from deskreel.core.messages import Desired, Keep, Order, Phase
from deskreel.core.policy import CapturePolicy
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import ClockOffset, WallTime
from deskreel.media.assemble import AssemblyPart, index_json, plan_assembly
from deskreel.media.fmp4 import parse_fragment
from deskreel.recorder.control.backoff import Backoff
from deskreel.recorder.control.view import ServerView
from deskreel.recorder.spool.info import RecordingInfo
from deskreel.recorder.spool.spool import Spool
from deskreel.recorder.spool.thread import SpoolThread
from deskreel.recorder.upload.remote import HttpGateway, HttpServer, new_http_client
from deskreel.recorder.upload.settings import UploadSettings
from deskreel.recorder.upload.uploader import Uploader
from deskreel.storage import layout, recordings

SCR, OTHER = recording_id(1), recording_id(2)
FAR = NOW + 10**9
SETTINGS = UploadSettings(backoff=Backoff(base_s=0.005, cap_s=0.02), not_enrolled_s=0.01, stray_s=60.0)


def keep(*windows: tuple[int, int | None], ended: bool = False, recording: ScreenRecordingId = SCR) -> Keep:
    pairs = tuple((WallTime(a), None if b is None else WallTime(b)) for a, b in windows)
    return Keep(screen_recording_id=recording, windows=pairs, ended=ended)


class Desk:
    """A spool with an uploader in front of a server."""

    def __init__(
        self,
        home: Path,
        server: ScriptedServer,
        client: httpx2.AsyncClient,
        settings: UploadSettings = SETTINGS,
    ) -> None:
        self.home = home
        self.server = server
        self.spool = SpoolThread(Spool(home / "spool", home / "quarantine", max_bytes=10**9))
        self.view = ServerView()
        self.now = NOW + 10**6
        self.uploader = Uploader(
            spool=self.spool,
            gateway=HttpGateway(client),
            server=HttpServer(client, identity_for(server.url)),
            view=lambda: self.view,
            now=lambda: WallTime(self.now),
            clock_offset=lambda: ClockOffset(offset_ms=12.5, uncertainty_ms=1.5),
            settings=settings,
        )

    def say(
        self,
        *keeps: Keep,
        confirmed: int = FAR,
        current: ScreenRecordingId | None = None,
        upload_kbps: int | None = None,
    ) -> None:
        """The server's word, newer than what it said before."""
        order = None
        if current is not None:
            order = Order(
                screen_recording_id=current,
                origin=NOW,
                gateway_url=self.server.gateway_url,
                upload_token=self.server.token(current),
                canvas_width=64,
                canvas_height=48,
                region_key=REGION.newest.text,
            )
        self.view = ServerView().with_desired(
            Desired(
                version=self.view.version + 1,
                as_of=WallTime(confirmed),
                phase=Phase.IDLE if order is None else Phase.RECORDING,
                order=order,
                keep=keeps,
                policy=CapturePolicy(upload_kbps=upload_kbps),
            )
        )
        self.uploader.wake()

    async def capture(
        self, *numbers: int, recording: ScreenRecordingId = SCR, close: bool = True, **how: Any
    ) -> None:
        info = RecordingInfo(
            screen_recording_id=recording, origin=NOW, gateway_url="", region_key=REGION.newest.text
        )
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
async def uploading(
    home: Path, server: ScriptedServer, settings: UploadSettings = SETTINGS
) -> AsyncIterator[Desk]:
    async with new_http_client() as client:
        desk = Desk(home, server, client, settings)
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
    meta = stored_as(chunk, await desk.spool.call(Spool.read, SCR, chunk), SCR)
    await recordings.put_chunk(server.store, SCR, meta, sealed(0).data)
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


async def test_a_credential_that_is_good_again_ends_the_rest(tmp_path: Path, server: ScriptedServer) -> None:
    server.refuse = refuse = Refuse("/chunks/", problem(401, "not_enrolled"), times=1)
    async with uploading(tmp_path, server, replace(SETTINGS, not_enrolled_s=3600.0)) as desk:
        await desk.capture(0)
        desk.say(keep((NOW, NOW + 2_000), ended=True))
        await until(lambda: desk.uploader._rests.get(SCR), "it rests")
        desk.uploader.known_again()
        await desk.finished()
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
    other = ChunkMeta(
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
    ("status", "code"),
    [
        (422, "bad_fragment"),
        (422, "bad_seal"),
        (413, "too_large"),
        (409, "finished"),
        (400, "digest_mismatch"),
    ],
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


@pytest.mark.parametrize("gateway_has_it", [True, False])
async def test_a_damaged_init_costs_chunks_only_where_the_gateway_lacks_it_too(
    tmp_path: Path, server: ScriptedServer, gateway_has_it: bool
) -> None:
    async with uploading(tmp_path, server) as desk:
        await desk.capture(0, 1)
    (path,) = (tmp_path / "spool" / SCR).glob("*.sealed")
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    if gateway_has_it:
        await recordings.put_init(server.store, SCR, sha256(INIT), INIT)
    async with uploading(tmp_path, server) as desk:
        desk.say(keep((NOW, NOW + 4_000), ended=True))
        document = await desk.finished()
    assert [c["seq"] for c in document["chunks"]] == ([1, 2] if gateway_has_it else [])
    assert bool(document["incidents"]) is not gateway_has_it


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


async def test_a_stray_with_chunks_stays_and_goes_at_once_when_it_is_asked_for(
    desk: Desk, server: ScriptedServer
) -> None:
    await desk.capture(0)
    desk.say()
    await until(lambda: desk.uploader._rests.get(SCR), "it was looked at")
    assert await desk.left() == 1
    assert await desk.stored() == []
    desk.say(keep((NOW, NOW + 2_000), ended=True))  # it is asked for after all: it does not wait a minute
    await desk.finished()


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


# --- kept until someone has put it right --------------------------------------------------------------------


async def test_a_chunk_that_is_too_large_for_a_proxy_is_kept_and_the_hint_says_so(
    tmp_path: Path, server: ScriptedServer
) -> None:
    page = PlainTextResponse("<h1>413 Request Entity Too Large</h1>", 413)
    server.refuse = refuse = Refuse("/chunks/1", page)
    async with uploading(tmp_path, server, replace(SETTINGS, kept_s=0.05)) as desk:
        await desk.capture(0, 1)
        desk.say(keep((NOW, NOW + 4_000), ended=True))
        await until(lambda: refuse.count >= 3, "attempts")
        assert await desk.left() >= 1
        assert "client_max_body_size" in desk.uploader.stats().problem_hint
        assert not list((desk.home / "quarantine").rglob("*.ready"))
        server.refuse = lambda method, path: None
        document = await desk.finished()
        assert [c["seq"] for c in document["chunks"]] == [1, 2]
        assert document["incidents"] == []


async def test_chunks_for_a_key_that_the_gateway_lost_wait_for_it(
    tmp_path: Path, server: ScriptedServer
) -> None:
    server.region.keys.clear()
    async with uploading(tmp_path, server, replace(SETTINGS, kept_s=0.05)) as desk:
        await desk.capture(0, 1)
        desk.say(keep((NOW, NOW + 4_000), ended=True))
        await until(lambda: desk.uploader.stats().problem == "unknown_region_key", "the problem shows")
        assert await desk.left() == 2
        assert "DESKREEL_REGION_KEYS" in desk.uploader.stats().problem_hint
        server.region.keys.update(REGION.keys)
        document = await desk.finished()
        assert [c["seq"] for c in document["chunks"]] == [1, 2]
        assert desk.uploader.stats().problem is None


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (PlainTextResponse("Welcome to the hotel's Wi-Fi"), "no_receipt"),
        (JSONResponse({"digest": "0" * 64, "size": "x"}), "no_receipt"),
        (JSONResponse({"digest": "0" * 64, "size": 5}), "stored_otherwise"),
    ],
)
async def test_an_answer_from_something_that_is_no_gateway_acknowledges_nothing(
    tmp_path: Path, server: ScriptedServer, answer: Response, code: str
) -> None:
    server.refuse = Refuse("/chunks/", answer)
    async with uploading(tmp_path, server, replace(SETTINGS, kept_s=0.05)) as desk:
        await desk.capture(0)
        desk.say(keep((NOW, NOW + 2_000), ended=True))
        await until(lambda: desk.uploader.stats().problem == code, "the problem shows")
        assert await desk.left() == 1
        server.refuse = lambda method, path: None
        assert len((await desk.finished())["chunks"]) == 1


@pytest.mark.parametrize(
    "answer", [PlainTextResponse("Welcome to the hotel's Wi-Fi"), JSONResponse(["accepted"])]
)
async def test_an_answer_from_something_that_is_no_server_takes_no_manifest(
    tmp_path: Path, server: ScriptedServer, answer: Response
) -> None:
    server.refuse = Refuse("/manifest", answer)
    async with uploading(tmp_path, server, replace(SETTINGS, kept_s=0.05)) as desk:
        await desk.capture(0)
        desk.say(keep((NOW, NOW + 2_000), ended=True))
        await until(lambda: desk.uploader.stats().problem == "no_receipt", "the problem shows")
        server.refuse = lambda method, path: None
        assert len((await desk.finished())["chunks"]) == 1  # its ledger is still there to make it from


async def test_a_chunk_of_a_recording_that_was_finished_is_put_aside(
    desk: Desk, server: ScriptedServer
) -> None:
    """Its bytes are in the quarantine, the stretch is noted: nothing goes without a trace."""
    other = sealed(9)
    meta = ChunkMeta(
        seq=1,
        start=other.start_ms,
        duration_ms=2000,
        keyframe=True,
        init=sha256(INIT),
        digest=sha256(other.data),
        size=len(other.data),
    )
    part = AssemblyPart(meta=meta, fragment=parse_fragment(other.data), size=meta.size)
    index = index_json(plan_assembly({meta.init: INIT}, [part])).encode()
    await server.store.put(layout.final_key(SCR, layout.FINAL_INDEX), index)
    await desk.capture(0)
    desk.say(keep((NOW, NOW + 2_000), ended=True))
    document = await desk.finished()
    assert document["chunks"] == []
    assert document["incidents"][0]["reason"] == ReasonCode.CHUNK_QUARANTINED
    assert document["incidents"][0]["detail"].startswith("finished")
    assert len(list((desk.home / "quarantine" / SCR).glob("*.ready"))) == 1


# --- a long backlog -----------------------------------------------------------------------------------------


async def test_hundreds_of_chunks_after_hours_offline_and_a_call_goes_on(
    desk: Desk, server: ScriptedServer
) -> None:
    """Oldest first; the call of now does not wait for them."""
    old = [recording_id(n) for n in range(10, 16)]
    for place, recording in enumerate(old):
        await desk.capture(*range(50 * place, 50 * place + 50), recording=recording)
    ended = [keep((NOW, FAR), ended=True, recording=recording) for recording in old]
    await desk.capture(400, close=False)
    desk.say(*ended, keep((NOW, None)), current=SCR)
    for number in range(401, 405):
        await desk.sent(number - 400)
        assert await desk.left() > 30, "long before the backlog is gone"
        await desk.capture(number, close=False)
    await desk.sent(5)
    for recording in old:
        await until(lambda recording=recording: recording in server.manifests, "the manifest")
    for recording in old:
        assert len(await server.stored(recording)) == 50
    order = [path.split("/")[-3] for method, path in server.requests if "/chunks/" in path]
    firsts = [order.index(recording) for recording in old]
    assert firsts == sorted(firsts)
    backlog = [recording for recording in order if recording != SCR]
    assert _nearly(backlog, old)


def _nearly(order: list[str], expected: list[ScreenRecordingId]) -> bool:
    """Up to what is on its way at once."""
    places = [expected.index(ScreenRecordingId(recording)) for recording in order]
    return all(later >= earlier for earlier, later in zip(places, places[3:], strict=False))


async def test_the_rate_limit_holds_for_the_backlog_and_not_for_the_call(
    desk: Desk, server: ScriptedServer
) -> None:
    await desk.capture(*range(12), recording=OTHER, frames=1, size=12_500)
    desk.now = NOW + 2_000_000  # the backlog is old
    await desk.capture(999, close=False)
    begin_s = asyncio.get_running_loop().time()
    desk.say(keep((NOW, FAR), ended=True, recording=OTHER), keep((NOW, None)), current=SCR, upload_kbps=400)
    await desk.sent(1)
    fresh_s = asyncio.get_running_loop().time() - begin_s
    left = await desk.left()
    await until(lambda: OTHER in server.manifests, "the manifest")
    took_s = asyncio.get_running_loop().time() - begin_s
    # 12 chunks of 100 kbit at 400 kbit/s, a second of it at once, the last one into debt
    assert took_s > 12 * 0.25 - 1 - 0.25 - 0.05
    assert fresh_s < took_s / 2
    assert left >= 6
    stats = desk.uploader.stats()
    assert stats.upload_kbps is not None
    assert stats.upload_kbps > 400, "the rate is that of the way, without the pauses"


async def test_the_backlog_can_be_seen(desk: Desk, server: ScriptedServer) -> None:
    assert desk.uploader.stats().chunks == 0
    server.refuse = Refuse("/chunks/", problem(503, "storage_unavailable"))
    await desk.capture(0, 1, 2)
    desk.say(keep((NOW, NOW + 6_000), ended=True))
    await until(lambda: desk.uploader.stats().problem == "storage_unavailable", "the problem shows")
    stats = desk.uploader.stats()
    assert stats.chunks == 3
    assert stats.bytes == sum(h.bytes for h in await desk.spool.call(Spool.holdings, 0))
    assert stats.oldest_backlog_ms == 10**6
    assert (stats.upload_kbps, stats.eta_s) == (None, None)
    server.refuse = lambda method, path: None
    await desk.finished()
    stats = await until(lambda: (s := desk.uploader.stats()).chunks == 0 and s, "nothing waits")
    assert stats.upload_kbps is not None
    assert (stats.oldest_backlog_ms, stats.eta_s, stats.problem) == (None, 0, None)


async def test_what_is_over_the_age_limit_is_given_up_and_noted(
    tmp_path: Path, server: ScriptedServer
) -> None:
    async with uploading(tmp_path, server) as desk:
        await desk.capture(0, 1, 2)
    async with uploading(tmp_path, server, replace(SETTINGS, max_age_ms=10**6 - 3000)) as desk:
        desk.say(keep((NOW, NOW + 6_000), ended=True))
        document = await desk.finished()
        assert [c["seq"] for c in document["chunks"]] == [2, 3]
        assert [i["reason"] for i in document["incidents"]] == [ReasonCode.SPOOL_EXPIRED]


async def test_an_hour_forwards_and_back(desk: Desk, server: ScriptedServer) -> None:
    """The server's clock was set in mid call: what was captured by the wrong time waits for it, nothing is stuck."""
    hour = 3_600_000
    await desk.capture(0, 1, close=False)
    await desk.capture(1, 2, close=False, start=NOW + hour)
    await desk.capture(4, 5, close=False)
    desk.say(keep((NOW, None)), confirmed=NOW + 60_000)
    await desk.sent(2)

    async def second_answered() -> bool:
        return await desk.left() <= 4

    await until(second_answered, "the answer to the second")
    assert await desk.left() == 4, "the times of the third are not confirmed"
    desk.say(keep((NOW, NOW + 12_000), ended=True), confirmed=NOW + 60_000)
    await desk.spool.call(Spool.close, SCR, WallTime(NOW + 12_000))
    desk.uploader.wake()
    document = await desk.finished()
    assert [c["seq"] for c in document["chunks"]] == [1, 2, 5, 6], "what lies outside the call never leaves"


async def test_marks_go_with_the_manifest(desk: Desk) -> None:
    await desk.capture(0, close=False)
    mark = Mark(at=WallTime(NOW + 700), kind="monitor", detail={"name": "DP-1", "x": 0})
    await desk.spool.call(Spool.mark, SCR, mark)
    await desk.spool.call(Spool.close, SCR, WallTime(NOW + 2000))
    desk.say(keep((NOW, NOW + 2_000), ended=True))
    document = await desk.finished()
    assert document["marks"] == [{"at": NOW + 700, "kind": "monitor", "detail": {"name": "DP-1", "x": 0}}]
