"""Telephony sources: made and changed by the API, an Asterisk followed by one server at a time, silence noticed."""

from __future__ import annotations

import asyncio
import io
import math
import os
import struct
import time
import wave
from pathlib import Path
from typing import Any

import httpx2
import jsonschema_rs
import psutil
import pytest
from sqlalchemy import func, select, update

from deskreel.core.errors import DatabaseUnavailableError
from deskreel.core.events import CallEvent, EventKind
from deskreel.core.ids import CallId, SourceId
from deskreel.core.time import WallTime
from deskreel.demo.processes import Program
from deskreel.server.calls import monitor, runner
from deskreel.server.calls.service import take_followed
from deskreel.server.calls.tables import call_events, losses, sources
from deskreel.server.recordings.tables import call_recordings
from deskreel.server.secret_box import SecretBox
from deskreel.telephony.play import script_event
from deskreel.telephony.scripts import moments, parse_script
from deskreel.testing.fake_pbx import FakePbx
from support.asterisk import capture
from support.postgres import TestPostgres
from support.processes import answering, server_processes
from support.server import Deskreel, Telephony, running, wall_ms
from support.waiting import eventually

SECRET = "the-pbx-secret"


def live(name: str, *, speed: float) -> FakePbx:
    """A capture played now: without timestamps its events happen when they come."""
    return FakePbx(capture(name), speed=speed, users={"deskreel": SECRET}, timestamps=False)


async def make_asterisk(deskreel: Deskreel, pbx: FakePbx, **more: Any) -> dict[str, Any]:
    fields = {"host": "127.0.0.1", "port": pbx.port, "username": "deskreel", **more}
    answer = await deskreel.client.post(
        "/api/v1/telephony-sources",
        json={"name": "pbx1", "kind": "asterisk", "asterisk": fields, "secret": SECRET},
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["secret"] is None
    return dict(answer.json()["source"])


async def until_state(client: httpx2.AsyncClient, source_id: str, state: str) -> dict[str, Any]:
    async def probe() -> dict[str, Any] | None:
        found = (await client.get(f"/api/v1/telephony-sources/{source_id}")).json()
        return found if found["status"]["state"] == state else None

    return await eventually(f"source {state}", probe)


def tone(seconds: float) -> bytes:
    """A WAV as a PBX writes it."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        samples = (round(9000 * math.sin(n * 440 * math.tau / 8000)) for n in range(int(8000 * seconds)))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return out.getvalue()


async def hide_while_unsure(deskreel: Deskreel) -> None:
    known = (await deskreel.client.get("/api/v1/recording-settings")).json()
    answer = await deskreel.client.put(
        "/api/v1/recording-settings",
        json={"version": known["version"], "values": {"notice": "icon", "on_unknown_pause": "pause"}},
    )
    assert answer.status_code == 200, answer.text


# --- made and changed -----------------------------------------------------------------------------------------


async def test_a_secret_is_shown_once_and_two_count_while_they_rotate(deskreel: Deskreel) -> None:
    made = (await deskreel.client.post("/api/v1/telephony-sources", json={"name": "cloud"})).json()
    source_id, first = made["source"]["id"], made["secret"]
    assert first.startswith("whsec_")
    pbx = Telephony(client=deskreel.client, name="cloud", secret=first)
    await pbx.say("heartbeat", wall_ms(), call=None)
    shown = await deskreel.client.get(f"/api/v1/telephony-sources/{source_id}")
    assert first not in shown.text
    assert shown.json()["status"]["state"] == "connected"

    rotated = (await deskreel.client.post(f"/api/v1/telephony-sources/{source_id}/rotate")).json()
    assert rotated["source"]["secrets"] == 2
    newer = Telephony(client=deskreel.client, name="cloud", secret=rotated["secret"], numbers=10)
    await pbx.say("heartbeat", wall_ms(), call=None)
    await newer.say("heartbeat", wall_ms(), call=None)

    await deskreel.client.delete(f"/api/v1/telephony-sources/{source_id}/old-secret")
    refused = await pbx.post([pbx.event("heartbeat", wall_ms(), call=None)])
    assert (refused.status_code, refused.json()["code"]) == (401, "bad_signature")
    await newer.say("heartbeat", wall_ms(), call=None)


async def test_an_old_secret_counts_no_longer_than_a_day(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    found = (await deskreel.client.get("/api/v1/telephony-sources")).json()["items"]
    source_id = next(item["id"] for item in found if item["name"] == "pbx")
    await deskreel.client.post(f"/api/v1/telephony-sources/{source_id}/rotate")
    async with deskreel.context.db.begin() as connection:
        await connection.execute(update(sources).values(old_secret_until=wall_ms() - 1))
    assert (await pbx.post([pbx.event("heartbeat", wall_ms(), call=None)])).status_code == 401


async def test_a_source_that_is_off_or_deleted_is_not_heard_and_its_calls_stay(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    await pbx.say("call.answered", wall_ms())
    source_id = (await deskreel.client.get("/api/v1/telephony-sources")).json()["items"][0]["id"]
    url = f"/api/v1/telephony-sources/{source_id}"
    assert (await deskreel.client.patch(url, json={"active": False})).json()["status"]["state"] == "off"
    assert (await pbx.post([pbx.event("call.ended", wall_ms())])).status_code == 401
    assert (await deskreel.client.patch(url, json={"active": True})).status_code == 200
    await pbx.say("call.ended", wall_ms())
    assert (await deskreel.client.delete(url)).status_code == 204
    assert (await pbx.post([pbx.event("call.ended", wall_ms())])).status_code == 401
    assert (await deskreel.client.get("/api/v1/telephony-sources")).json()["items"] == []
    assert (await deskreel.interaction())["call_id"] == "c1"
    again = await deskreel.client.post("/api/v1/telephony-sources", json={"name": "pbx"})
    assert again.status_code == 201  # the name is free


@pytest.mark.parametrize("way", ["off", "deleted"])
async def test_a_call_whose_source_is_switched_off_is_over_and_other_sources_go_on(
    deskreel: Deskreel, way: str
) -> None:
    """Nobody says any more when it ends: capture would go on for as long as it may."""
    await hide_while_unsure(deskreel)
    pbx = await deskreel.telephony()
    start = wall_ms()
    await pbx.post([pbx.event("call.answered", start), pbx.event("recording.started", start)])
    source_id = (await deskreel.client.get("/api/v1/telephony-sources")).json()["items"][0]["id"]
    url = f"/api/v1/telephony-sources/{source_id}"
    if way == "off":
        assert (await deskreel.client.patch(url, json={"active": False})).status_code == 200
    else:
        assert (await deskreel.client.delete(url)).status_code == 204
    over = await deskreel.interaction()
    (recording,) = over["screen_recordings"]
    assert over["state"] == "ended"
    assert start <= recording["spans"][-1]["end"] <= wall_ms()
    newer = await deskreel.telephony("newer")
    now = wall_ms()
    started = {"call": "c2", "at": now}
    await newer.post([newer.event("call.answered", **started), newer.event("recording.started", **started)])
    (recording,) = (await deskreel.interaction("c2"))["screen_recordings"]
    assert [span["state"] for span in recording["spans"]] == ["recorded"]  # no loss stays open
    if way == "off":
        assert (await deskreel.client.patch(url, json={"active": True})).status_code == 200
        await pbx.say("call.ended", wall_ms())
        assert (await deskreel.interaction())["state"] == "ended"


@pytest.mark.parametrize(
    "body",
    [
        {"name": "a", "kind": "asterisk"},
        {"name": "a", "kind": "asterisk", "asterisk": {"host": "h", "username": "u"}},
        {"name": "a", "secret": "x"},
        {"name": "../a"},
        {"name": "a", "call_events": {"silence_s": 1}},
    ],
)
async def test_settings_of_another_kind_are_refused(deskreel: Deskreel, body: dict[str, Any]) -> None:
    answer = await deskreel.client.post("/api/v1/telephony-sources", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def test_the_manager_secret_is_stored_encrypted(deskreel: Deskreel) -> None:
    async with live("unrecorded", speed=10) as pbx:
        source = await make_asterisk(deskreel, pbx)
        async with deskreel.context.db.begin() as connection:
            row = (await connection.execute(select(sources).where(sources.c.id == source["id"]))).one()
        assert SECRET not in str(row)
        folder = deskreel.settings.data_dir.resolve() / "keys"
        assert SecretBox.load_or_create(folder).open(row.secret_box) == SECRET
        assert (folder / "secrets.key").stat().st_mode & 0o077 == 0
        audit = await deskreel.client.get("/api/v1/audit")
        assert SECRET not in audit.text
        await until_state(deskreel.client, source["id"], "connected")


async def test_the_schema_accepts_what_the_parser_takes_and_refuses_what_it_refuses(
    deskreel: Deskreel,
) -> None:
    schema = (await deskreel.client.get("/api/v1/call-events/schema")).json()
    assert jsonschema_rs.meta.is_valid(schema)
    validator = jsonschema_rs.Draft202012Validator(schema)
    pbx = await deskreel.telephony()
    script = parse_script("calls:\n  - {agent: '1001', seconds: 9, pauses: [[2, 3]], queue: support}")
    began = wall_ms() - 60_000
    good = [script_event(moment, n, began, "run") for n, moment in enumerate(moments(script))]
    assert len({event["kind"] for event in good}) >= 7
    assert validator.is_valid({"events": good})
    assert (await pbx.post(good)).status_code == 202
    bad = [
        {name: value for name, value in good[0].items() if name != "call_id"},
        {**good[0], "occurred_at": 12},
        {**good[0], "agent": ""},
        {**good[0], "kind": EventKind.SNAPSHOT.value, "attributes": {}},
    ]
    for event in bad:
        assert not validator.is_valid({"events": [event]}), event
        assert (await pbx.post([event])).status_code == 422


# --- an Asterisk ----------------------------------------------------------------------------------------------


async def test_a_wrong_secret_is_told_with_advice_and_mended_without_a_restart(deskreel: Deskreel) -> None:
    async with live("unrecorded", speed=10) as pbx:
        source = await make_asterisk(deskreel, pbx)
        url = f"/api/v1/telephony-sources/{source['id']}"
        await until_state(deskreel.client, source["id"], "connected")
        found = (await deskreel.client.post(f"{url}/test")).json()
        assert found["ok"], found
        await deskreel.client.patch(url, json={"secret": "wrong"})

        async def refused() -> dict[str, Any] | None:
            found = (await deskreel.client.get(url)).json()
            return found if "ami_refused" in (found["status"]["error"] or "") else None

        lost = await eventually("refusal", refused)
        assert lost["status"]["state"] == "lost"
        assert "manager.conf" in lost["status"]["hint"]
        tested = (await deskreel.client.post(f"{url}/test")).json()
        assert (tested["ok"], "ami_refused" in tested["detail"]) == (False, True)
        await deskreel.client.patch(url, json={"secret": SECRET})
        await until_state(deskreel.client, source["id"], "connected")


async def test_a_call_at_a_pbx_becomes_a_recording_with_its_audio_in_place(
    deskreel: Deskreel, tmp_path: Path
) -> None:
    folder = tmp_path / "monitor"
    folder.mkdir()
    async with live("answered_acw", speed=3) as pbx:
        prefix = "/srv/pbx/prefix/var/spool/asterisk/monitor"
        source = await make_asterisk(deskreel, pbx, monitor_dir=str(folder), monitor_prefix=prefix)
        await until_state(deskreel.client, source["id"], "connected")
        playing = asyncio.create_task(pbx.play())

        async def announced() -> Any:
            async with deskreel.context.db.begin() as connection:
                return (await connection.execute(select(call_recordings))).one_or_none()

        row = await eventually("announced audio", announced)
        file = folder / Path(row.origin["file"]).name
        file.write_bytes(tone(3.7))
        os.utime(file, (time.time() - 60, time.time() - 60))
        await playing

        async def whole() -> dict[str, Any] | None:
            items = (await deskreel.client.get("/api/v1/interactions")).json()["items"]
            details = [await deskreel.interaction(item["call_id"]) for item in items]
            return next(
                (d for d in details if d["call_recording"] and d["call_recording"]["state"] == "ready"), None
            )

        details = await eventually("call with audio", whole, timeout_s=30)
    recording = details["screen_recordings"][0]
    spans = [span for span in recording["spans"] if span["state"] != "missing"]
    assert [span["state"] for span in spans] == ["recorded", "paused", "recorded", "acw"]
    lengths = [span["end"] - span["start"] for span in spans[:3]]
    assert lengths == pytest.approx([4145 / 3, 3014 / 3, 4009 / 3], abs=500)
    assert details["call_recording"]["duration_ms"] == pytest.approx(3700, abs=60)
    assert details["call_recording"]["starts_at"] == pytest.approx(spans[0]["start"], abs=300)
    assert recording["agent"]["name"] == "1001"


async def test_events_and_the_audio_that_they_name_are_kept_together(
    deskreel: Deskreel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The audio was announced in another transaction: when that failed, nobody ever fetched it."""
    async with live("answered_acw", speed=3) as pbx:
        made = await make_asterisk(deskreel, pbx, monitor_dir="/nowhere")
    source_id, now = SourceId(made["id"]), WallTime(wall_ms())
    told = [
        CallEvent(
            event_id=f"x{kind}",
            kind=kind,
            agent="1001",
            occurred_at=now,
            received_at=now,
            call_id=CallId("c9"),
            attributes={"file": "a.wav"} if kind is EventKind.RECORDING_STARTED else {},
        )
        for kind in (EventKind.CALL_ANSWERED, EventKind.RECORDING_STARTED, EventKind.CALL_ENDED)
    ]

    async def counts() -> tuple[int, int]:
        async with deskreel.context.db.begin() as connection:
            events = call_events.c.source_id == source_id
            return (
                await connection.scalar(select(func.count()).select_from(call_events).where(events)) or 0,
                await connection.scalar(select(func.count()).select_from(call_recordings)) or 0,
            )

    with monkeypatch.context() as patch:

        async def away(*_: Any) -> str:
            raise DatabaseUnavailableError("away")

        patch.setattr(monitor, "region_of_call", away)
        with pytest.raises(DatabaseUnavailableError):
            await take_followed(deskreel.context, source_id, told)
        assert await counts() == (0, 0)
    await take_followed(deskreel.context, source_id, told)
    await take_followed(deskreel.context, source_id, told)  # told twice
    assert await counts() == (3, 1)


async def test_a_source_whose_follower_broke_is_followed_again(
    deskreel: Deskreel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was raised while a failure was noted ended its task, and nobody looked."""
    follow, broken = runner._Following.run, asyncio.Event()

    async def break_once(self: Any) -> None:
        if not broken.is_set():
            broken.set()
            raise RuntimeError("no connection in the pool")
        await follow(self)

    monkeypatch.setattr(runner._Following, "run", break_once)
    async with live("answered_acw", speed=3) as pbx:
        source = await make_asterisk(deskreel, pbx)
        await until_state(deskreel.client, source["id"], "connected")
    assert broken.is_set()


async def test_a_file_outside_of_the_monitor_folder_is_not_taken(deskreel: Deskreel, tmp_path: Path) -> None:
    from deskreel.core.errors import NotFoundError
    from deskreel.server.jobs.fetch import monitored_path

    settings = {"monitor_dir": str(tmp_path)}
    assert monitored_path(settings, "/var/spool/asterisk/monitor/a/b.wav") == tmp_path / "a/b.wav"
    assert monitored_path({**settings, "monitor_prefix": "/rec"}, "/rec/b.wav") == tmp_path / "b.wav"
    for file in ("/etc/passwd", "../../etc/passwd", "/var/spool/asterisk/monitor/../../../../etc/passwd"):
        with pytest.raises(NotFoundError):
            monitored_path(settings, file)


# --- several servers ------------------------------------------------------------------------------------------


def followers(servers: list[tuple[Program, str]], port: int) -> list[Program]:
    """Who has a connection to this port."""
    found = []
    for program, _ in servers:
        if program.process.poll() is None:
            peers = psutil.Process(program.process.pid).net_connections("tcp")
            if any(peer.raddr and peer.raddr.port == port and peer.status == "ESTABLISHED" for peer in peers):
                found.append(program)
    return found


async def test_when_the_server_that_follows_dies_another_goes_on_within_five_seconds(
    postgres: TestPostgres, tmp_path: Path
) -> None:
    database_url = postgres.fresh()
    async with running(database_url, tmp_path / "data", acw_timeout_s=1) as deskreel:
        await deskreel.sign_in()
        await hide_while_unsure(deskreel)
        async with live("answered_acw", speed=1) as pbx:
            source = await make_asterisk(deskreel, pbx)
            url = f"/api/v1/telephony-sources/{source['id']}"
            await until_state(deskreel.client, source["id"], "connected")
            with server_processes(database_url, tmp_path / "data", tmp_path, 2) as servers:
                async with answering(servers):
                    assert pbx.asked.count("Login") == 1  # three servers, one follower
                    # the first server stays up for the pages, and gives the source away
                    await deskreel.client.patch(url, json={"active": False})
                    await until_state(deskreel.client, source["id"], "off")

                    async def nobody() -> bool:
                        return not pbx._connections

                    await eventually("hung up", nobody)
                    # whoever is first: wait until one of the two processes has it
                    first = await _taken_by_a_process(deskreel, url, servers, pbx.port)
                    playing = asyncio.create_task(pbx.play())

                    async def recorded() -> bool:
                        items = (await deskreel.client.get("/api/v1/interactions")).json()["items"]
                        return any(item["has_screen_recording"] for item in items)

                    await eventually("recording", recorded)
                    killed_at = time.monotonic()
                    first.process.kill()

                    logins = pbx.asked.count("Login")

                    async def taken_over() -> bool:
                        last = len(pbx.asked) - 1 - pbx.asked[::-1].index("Login")
                        return pbx.asked.count("Login") > logins and "QueueStatus" in pbx.asked[last:]

                    await eventually("taken over", taken_over)
                    assert time.monotonic() - killed_at < 5
                    await playing

                    async def over() -> dict[str, Any] | None:
                        items = (await deskreel.client.get("/api/v1/interactions")).json()["items"]
                        ended = [item for item in items if item["state"] == "ended"]
                        return await deskreel.interaction(ended[0]["call_id"]) if ended else None

                    details = await eventually("the call's end", over, timeout_s=40)
    spans = details["screen_recordings"][0]["spans"]
    reasons = {span["reason"] for span in spans if span["state"] == "missing"}
    assert "telephony_lost" in reasons, spans  # while nobody followed
    assert spans[0]["state"] != "paused"


async def _taken_by_a_process(
    deskreel: Deskreel, url: str, servers: list[tuple[Program, str]], port: int
) -> Program:
    """Hand the source out until one of the processes, not the test's own server, has it."""
    for _ in range(20):
        await deskreel.client.patch(url, json={"active": True})
        await eventually("followed", lambda: _connected(deskreel, url))
        if found := followers(servers, port):
            return found[0]
        await deskreel.client.patch(url, json={"active": False})
        await eventually("let go", lambda: _not_connected(deskreel, url))
    raise AssertionError("the test's own server took it every time")


async def _connected(deskreel: Deskreel, url: str) -> bool:
    status = (await deskreel.client.get(url)).json()["status"]
    return bool(status["state"] == "connected")


async def _not_connected(deskreel: Deskreel, url: str) -> bool:
    status = (await deskreel.client.get(url)).json()["status"]
    return bool(status["state"] == "off")


# --- silence --------------------------------------------------------------------------------------------------


async def test_a_source_that_falls_silent_is_lost_and_what_follows_is_withheld(deskreel: Deskreel) -> None:
    await hide_while_unsure(deskreel)
    pbx = await deskreel.telephony()
    start = wall_ms()
    async with deskreel.context.db.begin() as connection:
        await connection.execute(update(sources).values(settings={"silence_s": 5}))
        await connection.execute(  # of what agents do at their desktops: it is never judged
            sources.insert().values(
                id="src_x",
                name="recorder",
                secrets=[],
                created_at=start,
                last_event_at=start - 60_000,
                settings={"silence_s": 5},
            )
        )
    await pbx.post([pbx.event("call.answered", start), pbx.event("recording.started", start)])

    async def lost() -> dict[str, Any] | None:
        details = await deskreel.interaction()
        spans = details["screen_recordings"][0]["spans"]
        return details if spans[-1]["reason"] == "telephony_lost" else None

    await eventually("withheld", lost)
    state = (await deskreel.client.get("/api/v1/telephony-sources")).json()["items"][0]["status"]
    assert (state["state"], bool(state["hint"])) == ("lost", True)
    await pbx.say("recording.resumed", wall_ms())  # it speaks, and says that nothing is paused

    async def back() -> bool:
        spans = (await deskreel.interaction())["screen_recordings"][0]["spans"]
        return bool(spans[-1]["state"] == "recorded")

    await eventually("recorded again", back)
    async with deskreel.context.db.begin() as connection:
        known = (await connection.execute(select(losses))).all()
    assert {row.source_id for row in known} == {
        item["id"] for item in (await deskreel.client.get("/api/v1/telephony-sources")).json()["items"]
    }
