"""From call events to a finished recording, with a recorder that needs no screen: every stage on real services."""

from __future__ import annotations

import asyncio
import io
import json
import wave
from typing import Any

import httpx2
import pytest
import websockets

from deskreel.core.chunk import ChunkMeta, Incident, Manifest, Mark
from deskreel.core.ids import ScreenRecordingId
from deskreel.core.messages import Desired, Health, Observed, Phase, Ping, Pong, parse_server_message
from deskreel.core.time import WallTime, Window
from deskreel.server.calls.service import secret_of
from deskreel.server.jobs import finish, tasks
from deskreel.storage.layout import FINAL_MANIFEST, FINAL_VIDEO, final_key
from deskreel.storage.recordings import list_chunks
from deskreel.telephony.signature import signed_headers
from support.server import Deskreel, FakeRecorder, Telephony, manifest_document, wall_ms
from support.waiting import eventually


async def begin(pbx: Telephony, at: int, **more: Any) -> None:
    await pbx.say("call.answered", at, **more)
    await pbx.say("recording.started", at, **more)


async def drain(socket: websockets.ClientConnection) -> None:
    """Receive until the connection is closed."""
    while True:
        await socket.recv()


def shown(recording: dict[str, Any], state: str, start: int) -> list[tuple[int, int]]:
    """Spans of a state, relative to `start`."""
    return [(s["start"] - start, s["end"] - start) for s in recording["spans"] if s["state"] == state]


async def record_call(
    deskreel: Deskreel,
    chunks: list[tuple[int, int]],
    *,
    seconds: float = 4,
    incidents: tuple[Incident, ...] = (),
    marks: tuple[Mark, ...] = (),
) -> tuple[FakeRecorder, int, Desired]:
    """A call in the recent past whose recorder uploads `chunks` (offset and length in ms) and finishes."""
    pbx, recorder = await deskreel.telephony(), await deskreel.recorder()
    start = wall_ms() - 60_000
    async with recorder.control() as socket:
        await begin(pbx, start)
        desired = await recorder.desired(socket, lambda d: d.order is not None)
        assert desired.order is not None
        for number, (offset, length) in enumerate(chunks):
            meta, data = recorder.chunk(start, number + 1, start + offset, length)
            assert (await recorder.upload(desired.order, meta, data)).status_code == 201
        await pbx.say("call.ended", start + round(seconds * 1000))
        ended = await recorder.desired(socket, lambda d: d.order is None)
    shifted = tuple(
        Incident(
            window=Window(WallTime(start + i.window.start), WallTime(start + i.window.limit)), reason=i.reason
        )
        for i in incidents
    )
    moved = tuple(Mark(at=WallTime(start + m.at), kind=m.kind, detail=m.detail) for m in marks)
    answer = await recorder.finish(ended.keep[0].screen_recording_id, shifted, moved)
    assert answer.json() == {"state": "accepted"}
    return recorder, start, ended


async def test_the_whole_way(deskreel: Deskreel) -> None:
    _, start, _ = await record_call(deskreel, [(0, 2000), (2000, 2000), (4000, 1000)])
    details = await deskreel.available()
    recording = details["screen_recordings"][0]
    assert (recording["coverage"], recording["expected_ms"], recording["captured_ms"]) == (1.0, 5000, 5000)
    assert [(s["state"], s["start"] - start, s["end"] - start) for s in recording["spans"]] == [
        ("recorded", 0, 4000),
        ("acw", 4000, 5000),
    ]
    playlist = (await deskreel.client.get(recording["playlist_url"])).text
    assert "#EXT-X-ENDLIST" in playlist
    assert playlist.count("#EXTINF") == 3
    assert await deskreel.check() == ()


async def test_a_finished_recording_has_no_chunks_left_and_one_mp4(deskreel: Deskreel) -> None:
    _, _, ended = await record_call(deskreel, [(0, 2000)])
    await deskreel.available()
    recording = ended.keep[0].screen_recording_id
    assert (await list_chunks(deskreel.store, recording)).chunks == ()
    assert await deskreel.store.size(final_key(recording, FINAL_VIDEO)) > 100


async def test_a_pause_that_becomes_known_while_the_file_is_made_is_not_in_it(
    deskreel: Deskreel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assemble, is_finished, said = finish._assemble, tasks.is_finished, asyncio.Event()

    async def and_then_it_is_known(*given: Any) -> None:
        await assemble(*given)
        if not said.is_set():
            said.set()
            await pbx.say("recording.paused", begun + 2_000)

    async def once_it_can_be_watched(*given: Any) -> bool:  # the other job for it comes late
        await deskreel.available()
        return await is_finished(*given)

    monkeypatch.setattr(finish, "_assemble", and_then_it_is_known)
    monkeypatch.setattr(tasks, "is_finished", once_it_can_be_watched)
    pbx, begun = await deskreel.telephony(), wall_ms() - 60_000
    recorder = await deskreel.recorder()
    async with recorder.control() as socket:
        await begin(pbx, begun)
        desired = await recorder.desired(socket, lambda d: d.order is not None)
        for number in range(2):
            meta, data = recorder.chunk(begun, number + 1, begun + 2000 * number, 2000)
            assert (await recorder.upload(desired.order, meta, data)).status_code == 201
        await pbx.say("call.ended", begun + 4_000)
        ended = await recorder.desired(socket, lambda d: d.order is None)
    await recorder.finish(ended.keep[0].screen_recording_id)
    await asyncio.wait_for(said.wait(), 20)
    details = await deskreel.available()
    assert shown(details["screen_recordings"][0], "recorded", begun) == [(0, 2000)]
    assert await deskreel.check() == ()


async def test_marks_stand_on_the_recording(deskreel: Deskreel) -> None:
    monitor = {"name": "DP-1", "x": -1280, "y": 0, "width": 1280, "height": 1024, "cause": "click"}
    marks = (
        Mark(at=WallTime(500), kind="monitor", detail=monitor),
        Mark(at=WallTime(1500), kind="from_a_newer_recorder", detail={"scale": 1.5, "on": True}),
        Mark(at=WallTime(900_000), kind="monitor", detail={"name": "after the end"}),
    )
    _, start, ended = await record_call(deskreel, [(0, 2000)], marks=marks)
    details = await deskreel.available()
    assert details["screen_recordings"][0]["marks"] == [
        {"at": start + mark.at, "kind": mark.kind, "detail": mark.detail} for mark in marks[:2]
    ]
    recording = ended.keep[0].screen_recording_id
    stored = json.loads(await deskreel.store.get(final_key(recording, FINAL_MANIFEST)))
    assert [mark["kind"] for mark in stored["marks"]] == [mark.kind for mark in marks]
    assert await deskreel.check() == ()


async def test_it_can_be_played_before_it_is_finished(deskreel: Deskreel) -> None:
    pbx, recorder = await deskreel.telephony(), await deskreel.recorder()
    start = wall_ms() - 5000
    async with recorder.control() as socket:
        await begin(pbx, start)
        desired = await recorder.desired(socket, lambda d: d.order is not None)
        for number in range(2):
            await recorder.upload(
                desired.order, *recorder.chunk(start, number + 1, start + 2000 * number, 2000)
            )
        details = await deskreel.interaction()
        assert details["state"] == "in_progress"
        playlist = (await deskreel.client.get(details["screen_recordings"][0]["playlist_url"])).text
    assert "#EXT-X-PLAYLIST-TYPE:EVENT" in playlist
    assert "#EXT-X-ENDLIST" not in playlist
    assert playlist.count("#EXTINF") == 2  # chunk by chunk while it grows


async def test_missing_seconds_have_reasons(deskreel: Deskreel) -> None:
    killed = Incident(window=Window(WallTime(1000), WallTime(3000)), reason="recorder_killed")
    _, start, _ = await record_call(deskreel, [(50, 950), (3000, 1000)], incidents=(killed,))
    recording = (await deskreel.available())["screen_recordings"][0]
    missing = [
        (s["start"] - start, s["end"] - start, s["reason"])
        for s in recording["spans"]
        if s["state"] == "missing"
    ]
    assert missing == [(0, 50, "start_delay"), (1000, 3000, "recorder_killed"), (4000, 5000, "unknown")]
    assert all(s["advice"] for s in recording["spans"] if s["state"] == "missing")
    assert recording["captured_ms"] == 1950
    assert await deskreel.check() == ()


async def test_without_a_recorder_the_coverage_says_not_enrolled(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    start = wall_ms() - 120_000
    await begin(pbx, start)
    await pbx.say("call.ended", start + 4000)

    async def assessed() -> dict[str, Any] | None:
        recording = (await deskreel.interaction())["screen_recordings"][0]
        return recording if recording["state"] == "available" else None

    await deskreel.context.jobs.configure_task("sweep").defer_async(timestamp=0)
    recording = await eventually("assessment", assessed)
    assert recording["coverage"] == 0
    assert {s["reason"] for s in recording["spans"]} == {"not_enrolled"}
    assert await deskreel.check() == ()


async def test_a_pause_that_comes_late_removes_what_was_stored(deskreel: Deskreel) -> None:
    """The chunks of the pause were uploaded before anyone knew of it."""
    pbx, recorder = await deskreel.telephony(), await deskreel.recorder()
    start = wall_ms() - 20_000
    async with recorder.control() as socket:
        await begin(pbx, start)
        desired = await recorder.desired(socket, lambda d: d.order is not None)
        assert desired.order is not None
        for number in range(4):
            await recorder.upload(
                desired.order, *recorder.chunk(start, number + 1, start + 2000 * number, 2000)
            )
        recording = desired.order.screen_recording_id
        await pbx.say("recording.paused", start + 3000)
        await pbx.say("recording.resumed", start + 6500)

        async def expunged() -> tuple[ChunkMeta, ...] | None:
            chunks = (await list_chunks(deskreel.store, recording)).chunks
            return chunks if sum(c.duration_ms for c in chunks) == 3000 else None

        left = await eventually("removal", expunged)
        assert [(c.seq, c.start - start, c.duration_ms) for c in left] == [(1, 0, 2000), (2, 2000, 1000)]
        spans = (await deskreel.interaction())["screen_recordings"][0]["spans"]
        assert [s["state"] for s in spans] == ["recorded", "paused", "recorded"]
        await pbx.say("call.ended", start + 8000)
        await recorder.desired(socket, lambda d: d.order is None)
    await recorder.finish(recording)
    finished = (await deskreel.available())["screen_recordings"][0]
    assert [(s["start"] - start, s["end"] - start) for s in finished["spans"] if s["state"] == "paused"] == [
        (3000, 6500)
    ]
    assert await deskreel.check() == ()


async def test_the_desired_state_follows_the_call(deskreel: Deskreel) -> None:
    pbx, recorder = await deskreel.telephony(), await deskreel.recorder()
    async with recorder.control() as socket:
        assert (await recorder.desired(socket)).phase is Phase.IDLE
        await begin(pbx, wall_ms())
        first = await recorder.desired(socket, lambda d: d.phase is Phase.RECORDING)
        await pbx.say("recording.paused", wall_ms())
        paused = await recorder.desired(socket, lambda d: d.phase is Phase.PAUSED)
        assert paused.keep[0].windows[-1][1] is not None
        await pbx.say("recording.resumed", wall_ms())
        resumed = await recorder.desired(socket, lambda d: d.phase is Phase.RECORDING)
        assert first.order is not None
        assert resumed.order is not None
        assert resumed.order.screen_recording_id == first.order.screen_recording_id
        await pbx.say("call.ended", wall_ms())
        acw = await recorder.desired(socket, lambda d: d.phase is Phase.ACW)
        assert acw.order is not None
        assert acw.order.boundary > first.order.boundary
        # no event ends it: the durable timer does (ACW timeout is 1 s here)
        idle = await recorder.desired(socket, lambda d: d.phase is Phase.IDLE)
        assert idle.keep[0].ended
        assert first.version < paused.version < resumed.version < acw.version < idle.version


async def test_a_reconnecting_recorder_is_told_everything_again(deskreel: Deskreel) -> None:
    pbx, recorder = await deskreel.telephony(), await deskreel.recorder()
    await begin(pbx, wall_ms())
    seen = []
    for _ in range(2):
        async with recorder.control() as socket:
            seen.append(await recorder.desired(socket))
    assert seen[0].order is not None
    assert seen[1].order is not None
    assert (seen[0].version, seen[0].phase, seen[0].keep) == (seen[1].version, seen[1].phase, seen[1].keep)


async def test_pongs_confirm_the_version_and_carry_the_time(deskreel: Deskreel) -> None:
    recorder = await deskreel.recorder()
    async with recorder.control() as socket:
        desired = await recorder.desired(socket)
        before = wall_ms()
        await recorder.say(socket, Ping(sent_ms=12.5))
        pong = parse_server_message(await socket.recv())
    assert isinstance(pong, Pong)
    assert (pong.sent_ms, pong.version) == (12.5, desired.version)
    assert before <= pong.server_time <= wall_ms() + 1


async def test_what_a_recorder_observes_is_shown(deskreel: Deskreel) -> None:
    recorder = await deskreel.recorder()
    async with recorder.control() as socket:
        report = Observed(
            version=0,
            phase=Phase.IDLE,
            screen_recording_id=None,
            problem="no_display",
            health=Health(cpu_percent=1.5),
        )
        await recorder.say(socket, report)

        async def shown() -> dict[str, Any] | None:
            item = (await deskreel.client.get("/api/v1/recorders")).json()["items"][0]
            return item if item["observed"] else None

        item = await eventually("report", shown)
    assert item["online"]
    assert item["observed"]["problem"] == "no_display"


@pytest.mark.parametrize(
    ("older_run", "newer_run", "code"),
    [("", "", 4409), ("one", "other", 4409), ("", "other", 4409), ("one", "one", 1001)],
    ids=["unsaid", "another-program", "an-older-version", "the-same-that-came-again"],
)
async def test_two_connections_of_one_recorder_the_newer_stays(
    deskreel: Deskreel, older_run: str, newer_run: str, code: int
) -> None:
    recorder = await deskreel.recorder()
    async with recorder.control(older_run) as older, recorder.control(newer_run) as newer:
        await recorder.desired(newer)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await drain(older)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == code


async def test_bad_credentials_and_bad_messages(deskreel: Deskreel) -> None:
    recorder = await deskreel.recorder()
    async with recorder.control() as socket:
        await socket.send('{"type":"format_disk"}')
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await drain(socket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4400
    recorder.credential = "stolen"
    async with recorder.control() as socket:
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401


async def test_an_enrolment_token_works_once(deskreel: Deskreel) -> None:
    key = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    body = {"token": "not-a-token", "hostname": "desk", "public_key": key}
    refused = await deskreel.client.post("/api/v1/recorder/enrolments", json=body)
    assert (refused.status_code, refused.json()["code"]) == (401, "not_enrolled")
    bad_key = await deskreel.client.post(
        "/api/v1/recorder/enrolments", json={**body, "public_key": {"kty": "oct", "k": "AAAA"}}
    )
    assert (bad_key.status_code, bad_key.json()["code"]) == (422, "invalid_input")


async def test_manifests_that_cannot_be_trusted_are_refused(deskreel: Deskreel) -> None:
    pbx, recorder = await deskreel.telephony(), await deskreel.recorder()
    stranger = await deskreel.recorder("1002")
    start = wall_ms() - 30_000
    async with recorder.control() as socket:
        await begin(pbx, start)
        desired = await recorder.desired(socket, lambda d: d.order is not None)
        assert desired.order is not None
        recording = desired.order.screen_recording_id
        early = await recorder.finish(recording)
        assert (early.status_code, early.json()["code"]) == (422, "invalid_input")
        await pbx.say("call.ended", start + 1000)
        await recorder.desired(socket, lambda d: d.order is None)
    other = await stranger.finish(recording)
    assert (other.status_code, other.json()["code"]) == (404, "not_found")
    forged = manifest_document(Manifest(screen_recording_id=recording, chunks=()), stranger.key)
    url = f"/api/v1/recorder/recordings/{recording}/manifest"
    answer = await deskreel.client.post(url, headers=recorder.headers, json=forged)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert (await recorder.finish(recording)).json() == {"state": "accepted"}
    assert (await recorder.finish(recording)).json() == {"state": "known"}


async def test_a_fresh_upload_token_is_for_the_owner_only(deskreel: Deskreel) -> None:
    recorder, _, ended = await record_call(deskreel, [(0, 2000)])
    stranger = await deskreel.recorder("1002")
    recording = ended.keep[0].screen_recording_id
    url = f"/api/v1/recorder/recordings/{recording}/upload-token"
    assert (await deskreel.client.post(url, headers=recorder.headers)).json()["upload_token"]
    assert (await deskreel.client.post(url, headers=stranger.headers)).status_code == 404
    async with httpx2.AsyncClient(base_url=deskreel.settings.base_url) as nobody:
        assert (await nobody.post(url)).status_code == 401


async def test_overlapping_calls_share_one_recording_each_sees_its_own_window(deskreel: Deskreel) -> None:
    pbx, recorder = await deskreel.telephony(), await deskreel.recorder()
    start = wall_ms() - 30_000
    async with recorder.control() as socket:
        await begin(pbx, start, call="a")
        desired = await recorder.desired(socket, lambda d: d.order is not None)
        await begin(pbx, start + 2000, call="b")
        for number in range(4):
            await recorder.upload(
                desired.order, *recorder.chunk(start, number + 1, start + 2000 * number, 2000)
            )
        await pbx.say("call.ended", start + 4000, call="a")
        await pbx.say("call.ended", start + 8000, call="b")
        ended = await recorder.desired(socket, lambda d: d.order is None)
    await recorder.finish(ScreenRecordingId(ended.keep[0].screen_recording_id))
    a, b = await deskreel.available("a"), await deskreel.available("b")
    assert a["screen_recordings"][0]["id"] == b["screen_recordings"][0]["id"]
    shown = []
    for details in (a, b):
        playlist = (await deskreel.client.get(details["screen_recordings"][0]["playlist_url"])).text
        shown.append([line for line in playlist.splitlines() if line.startswith("segments/")])
    assert shown == [["segments/1-1.m4s", "segments/2-2.m4s"], [f"segments/{n}-{n}.m4s" for n in (2, 3, 4)]]


async def test_check_finds_what_was_tampered_with(deskreel: Deskreel) -> None:
    _, _, ended = await record_call(deskreel, [(0, 2000), (2000, 2000)])
    await deskreel.available()
    assert await deskreel.check() == ()
    key = final_key(ended.keep[0].screen_recording_id, FINAL_VIDEO)
    video = bytearray(await deskreel.store.get(key))
    video[-3] ^= 0xFF
    await deskreel.store.put(key, bytes(video))
    await deskreel.store.put("recordings/scr_00000000000000000000000000/final/recording.mp4", b"x")
    findings = await deskreel.check()
    assert len(findings) == 2
    assert "does not match its digest" in findings[0]
    assert "no row knows it" in findings[1]


# --- call audio ---------------------------------------------------------------------------------------------


def tone(seconds: float) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(range(256)) * int(seconds * 8000 * 4 / 256))
    return out.getvalue()


async def signed(deskreel: Deskreel, pbx: Telephony, path: str, body: bytes) -> httpx2.Response:
    headers = signed_headers(pbx.secret, "msg_a", wall_ms() // 1000, body)
    return await deskreel.client.post(
        "/api/v1" + path, params={"source": pbx.name}, content=body, headers=headers
    )


async def deliver(deskreel: Deskreel, pbx: Telephony, audio: bytes, at: int) -> str:
    body = f'{{"call_id":"c1","starts_at":{at}}}'.encode()
    announced = (await signed(deskreel, pbx, "/call-recordings", body)).json()
    auth = {"authorization": f"Bearer {announced['upload_token']}"}
    put = await deskreel.client.put(announced["upload_url"], content=audio, headers=auth)
    assert put.status_code in (200, 201, 204), put.text
    assert (
        await signed(deskreel, pbx, f"/call-recordings/{announced['id']}/uploaded", b"")
    ).status_code == 204
    return str(announced["id"])


async def processed(deskreel: Deskreel) -> dict[str, Any]:
    async def probe() -> dict[str, Any] | None:
        audio = (await deskreel.interaction())["call_recording"]
        return audio if audio["state"] in ("ready", "failed") else None

    return await eventually("audio", probe)


async def test_call_audio_becomes_playable(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    start = wall_ms() - 10_000
    await pbx.say("call.answered", start)
    recording = await deliver(deskreel, pbx, tone(3), start)
    audio = await processed(deskreel)
    assert (audio["state"], audio["channels"], audio["starts_at"]) == ("ready", 2, start)
    assert abs(audio["duration_ms"] - 3000) <= 30
    playlist = await deskreel.client.get(audio["playlist_url"])
    assert playlist.headers["content-type"].startswith("application/vnd.apple.mpegurl")
    assert (await deskreel.client.get(audio["peaks_url"])).json()["channels"] == 2
    again = await signed(deskreel, pbx, f"/call-recordings/{recording}/uploaded", b"")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert await deskreel.check() == ()


async def test_audio_that_cannot_be_read_fails_with_the_reason(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    await pbx.say("call.answered", wall_ms())
    await deliver(deskreel, pbx, b"this is no audio at all", wall_ms())
    audio = await processed(deskreel)
    assert audio["state"] == "failed"
    assert audio["error"]
    assert audio["playlist_url"] is None


async def test_audio_for_an_unknown_call_or_a_bad_announcement_is_refused(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    unknown = await signed(deskreel, pbx, "/call-recordings", b'{"call_id":"nope","starts_at":1}')
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    bad = await signed(deskreel, pbx, "/call-recordings", b'{"starts_at":1}')
    assert (bad.status_code, bad.json()["code"]) == (422, "invalid_input")


async def test_a_telephony_that_counts_its_calls_ends_none_of_another(deskreel: Deskreel) -> None:
    pbx, other = await deskreel.telephony(), await deskreel.telephony("other")
    start = wall_ms() - 60_000
    await begin(pbx, start)
    await other.say("snapshot", start + 1_000, call=None, calls=[])
    (one,) = (await deskreel.interaction())["screen_recordings"]
    assert one["state"] == "recording"
    await pbx.say("snapshot", start + 2_000, call=None, calls=[])
    (one,) = (await deskreel.interaction())["screen_recordings"]
    assert one["state"] != "recording"


async def test_what_a_late_pause_makes_undecodable_has_its_reason(deskreel: Deskreel) -> None:
    _, start, _ = await record_call(deskreel, [(0, 2000), (2000, 2000)])
    await deskreel.available()
    secret = await secret_of(deskreel.context, "pbx")
    pbx = Telephony(client=deskreel.client, name="pbx", secret=secret, numbers=100)
    late = [pbx.event("recording.paused", start + 1000), pbx.event("recording.resumed", start + 3000)]
    assert (await pbx.post(late)).status_code == 202

    async def assessed() -> dict[str, Any] | None:
        found = (await deskreel.interaction())["screen_recordings"][0]
        return found if found["state"] == "available" and shown(found, "paused", start) else None

    found = await eventually("the new file", assessed)
    lost = [
        (s["start"] - start, s["end"] - start, s["reason"]) for s in found["spans"] if s["state"] == "missing"
    ]
    assert lost[0] == (3000, 4000, "cut_for_privacy")
    assert await deskreel.check() == ()


async def test_a_pause_that_comes_after_the_end_is_cut_out_of_the_finished_mp4(deskreel: Deskreel) -> None:
    _, start, ended = await record_call(deskreel, [(0, 2000), (2000, 2000)])
    await deskreel.available()
    recording = ended.keep[0].screen_recording_id
    before = await deskreel.store.size(final_key(recording, FINAL_VIDEO))
    secret = await secret_of(deskreel.context, "pbx")
    pbx = Telephony(client=deskreel.client, name="pbx", secret=secret, numbers=100)
    late = [pbx.event("recording.paused", start + 1000), pbx.event("recording.resumed", start + 2000)]
    assert (await pbx.post(late)).status_code == 202

    async def made_anew() -> dict[str, Any] | None:
        found = (await deskreel.interaction())["screen_recordings"][0]
        return found if found["state"] == "available" else None

    made = await eventually("a new MP4", made_anew)
    assert shown(made, "paused", start) == [(1000, 2000)]
    assert await deskreel.store.size(final_key(recording, FINAL_VIDEO)) < before
    assert await deskreel.check() == ()


async def test_a_resume_that_comes_later_still_cannot_bring_pictures_back(deskreel: Deskreel) -> None:
    _, start, ended = await record_call(deskreel, [(0, 2000), (2000, 2000)])
    await deskreel.available()
    recording = ended.keep[0].screen_recording_id
    secret = await secret_of(deskreel.context, "pbx")
    pbx = Telephony(client=deskreel.client, name="pbx", secret=secret, numbers=100)
    await pbx.say("recording.paused", start + 1000)

    async def cut() -> bool:
        return bool((await deskreel.interaction())["screen_recordings"][0]["state"] == "available")

    await eventually("the cut", cut)
    await pbx.say("recording.resumed", start + 2000)

    async def assessed() -> dict[str, Any] | None:
        found = (await deskreel.interaction())["screen_recordings"][0]
        missing = [s for s in found["spans"] if s["reason"] == "cut_for_privacy"]
        return found if found["state"] == "available" and missing else None

    found = await eventually("the reason", assessed)
    assert shown(found, "paused", start) == [(1000, 2000)]
    assert found["captured_ms"] == 1000
    assert await deskreel.store.size(final_key(recording, FINAL_VIDEO)) > 0
    assert await deskreel.check() == ()


async def test_a_recording_that_should_never_have_been_leaves_nothing(deskreel: Deskreel) -> None:
    """The call turns out to have ended before its recording began."""
    pbx, recorder = await deskreel.telephony(), await deskreel.recorder()
    start = wall_ms() - 5000
    async with recorder.control() as socket:
        await begin(pbx, start)
        desired = await recorder.desired(socket, lambda d: d.order is not None)
        assert desired.order is not None
        await recorder.upload(desired.order, *recorder.chunk(start, 1, start, 2000))
        await pbx.say("call.ended", start - 50)
        idle = await recorder.desired(socket, lambda d: d.order is None)
        assert idle.keep[0].ended
        assert idle.keep[0].windows == ()

        async def gone() -> bool:
            return not (await list_chunks(deskreel.store, desired.order.screen_recording_id)).chunks  # type: ignore[union-attr]

        await eventually("removal", gone)
    assert await deskreel.check() == ()


async def test_two_sources_may_use_the_same_call_ids(deskreel: Deskreel) -> None:
    one, other = await deskreel.telephony("one"), await deskreel.telephony("other")
    start = wall_ms() - 60_000
    await begin(one, start, call="1", agent="a")
    await begin(other, start + 5000, call="1", agent="a")
    await one.say("call.ended", start + 10_000, call="1", agent="a")
    page = (await deskreel.client.get("/api/v1/interactions")).json()["items"]
    assert {(item["source"], item["state"]) for item in page} == {("one", "ended"), ("other", "in_progress")}
