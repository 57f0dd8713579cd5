"""Call audio fetched from a URL, in the forms that telephonies have; transcripts in one form, to be searched."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import httpx2
import numpy as np
import pytest
from sqlalchemy import func, select

from deskreel.core.errors import InvalidInputError
from deskreel.server import backoff
from deskreel.server.outgoing import request
from deskreel.server.recordings.tables import call_recordings, transcripts
from deskreel.telephony.signature import signed_headers
from support.people import signed_in
from support.postgres import TestPostgres
from support.server import Deskreel, Telephony, running, wall_ms
from support.waiting import eventually

FORMS = [("wav", "pcm_s16le"), ("mp3", "libmp3lame"), ("ogg", "libopus")]


def sound(path: Path, form: str, codec: str, channels: int, seconds: float = 3.0) -> bytes:
    """A tone; of two channels the right one is silent."""
    rate = 48_000
    layout = "mono" if channels == 1 else "stereo"
    wave = (np.sin(np.arange(int(rate * seconds)) * 440 * np.pi * 2 / rate) * 9000).astype(np.int16)
    with av.open(str(path), "w", format=form) as out:
        stream = out.add_stream(codec, rate=rate, layout=layout)
        assert isinstance(stream, av.AudioStream)
        plane = wave if channels == 1 else np.stack([wave, np.zeros_like(wave)], axis=1).reshape(-1)
        frame = av.AudioFrame.from_ndarray(plane.reshape(1, -1), format="s16", layout=layout)
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), 0
        resampler = av.AudioResampler(
            format=stream.codec_context.format,
            layout=layout,
            rate=rate,
            frame_size=stream.codec_context.frame_size or None,
        )
        for made in (*resampler.resample(frame), *resampler.resample(None)):
            out.mux(stream.encode(made))
        out.mux(stream.encode(None))
    return path.read_bytes()


@asynccontextmanager
async def files(content: bytes, *, token: str) -> AsyncIterator[tuple[str, list[int]]]:
    """Serves one file to those who have the token; notes its answers."""
    answers: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        good = f"authorization: bearer {token}" in head
        answers.append(200 if good else 401)
        body = content if good else b""
        writer.write(f"HTTP/1.1 {answers[-1]} X\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/call", answers
    finally:
        server.close()
        await server.wait_closed()


async def ask_to_fetch(pbx: Telephony, **fields: Any) -> httpx2.Response:
    body = json.dumps({"call_id": "c1", **fields}).encode()
    headers = signed_headers(pbx.secret, f"msg_{secrets.token_hex(4)}", int(time.time()), body)
    return await pbx.client.post(
        "/api/v1/call-recordings/fetch", params={"source": pbx.name}, content=body, headers=headers
    )


@pytest.fixture
async def inside(postgres: TestPostgres, tmp_path: Path) -> AsyncIterator[Deskreel]:
    async with running(postgres.fresh(), tmp_path / "data", acw_timeout_s=1, outgoing_private=True) as server:
        await server.sign_in()
        yield server


async def call(pbx: Telephony, start: int) -> None:
    await pbx.post([pbx.event("call.answered", start)])
    await pbx.post([pbx.event("recording.started", start + 700)])
    await pbx.post([pbx.event("call.ended", start + 5000)])


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("form", "codec"), FORMS)
async def test_audio_is_fetched_with_credentials_and_placed_by_the_recordings_start(
    inside: Deskreel, tmp_path: Path, form: str, codec: str, channels: int
) -> None:
    content = sound(tmp_path / f"a.{form}", form, codec, channels)
    pbx, start = await inside.telephony(), wall_ms() - 30_000
    await call(pbx, start)
    async with files(content, token="t0ken") as (url, _answers):
        answer = await ask_to_fetch(pbx, url=url, headers={"authorization": "Bearer t0ken"})
        assert answer.status_code == 202, answer.text

        async def ready() -> dict[str, Any] | None:
            audio = (await inside.interaction())["call_recording"]
            assert audio["state"] != "failed", audio
            return audio if audio["state"] == "ready" else None

        audio = await eventually("audio", ready)
    assert (audio["starts_at"], audio["channels"]) == (start + 700, channels)
    assert audio["duration_ms"] == pytest.approx(3000, abs=60)
    assert (await inside.client.get(audio["playlist_url"])).status_code == 200
    async with inside.context.db.begin() as connection:
        row = (await connection.execute(select(call_recordings))).one()
    assert row.credentials_box is None  # not kept any longer than needed


async def test_what_cannot_be_fetched_is_tried_again_and_then_failed(
    inside: Deskreel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "DELAYS_S", (0.05, 0.05))
    pbx = await inside.telephony()
    await call(pbx, wall_ms() - 30_000)
    async with files(b"x", token="right") as (url, answers):
        await ask_to_fetch(pbx, url=url, headers={"authorization": "Bearer wrong"})

        async def failed() -> dict[str, Any] | None:
            audio = (await inside.interaction())["call_recording"]
            return audio if audio["state"] == "failed" else None

        audio = await eventually("failure", failed)
        assert "HTTP 401" in audio["error"]
        assert answers == [401, 401, 401]


@pytest.mark.parametrize(
    ("name", "value"),
    [("authorization", "Bearer grün"), ("Host", "inside.example"), ("x y", "z"), ("x", "a\nb")],
)
async def test_a_header_that_cannot_be_sent_is_refused(inside: Deskreel, name: str, value: str) -> None:
    pbx = await inside.telephony()
    await call(pbx, wall_ms() - 60_000)
    answer = await ask_to_fetch(pbx, url="http://127.0.0.1:9/call", headers={name: value})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input"), answer.text
    assert name in answer.json()["detail"] or name == "Host"
    with pytest.raises(InvalidInputError):  # nor is one sent that was stored before
        async with request(inside.context, "GET", "http://127.0.0.1:9/", headers={name: value}):
            pass


async def test_an_address_inside_is_not_fetched_from(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    await call(pbx, wall_ms() - 30_000)
    answer = await ask_to_fetch(pbx, url="http://169.254.169.254/latest/meta-data")
    assert (answer.status_code, answer.json()["code"]) == (422, "address_not_allowed")


# --- transcripts ----------------------------------------------------------------------------------------------

VTT = """WEBVTT

NOTE a --> b is no cue

1
00:00:01.000 --> 00:00:03.500 align:start
<v Ann Bell>Good <00:00:01.400>morning, <00:00:02.000>Fish &amp; Co

00:04.000 --> 00:05.250
<v.loud Caller><i>my</i> parcel
is late
"""


async def deliver(
    deskreel: Deskreel, content: str | bytes, kind: str = "text/vtt", interaction: str | None = None
) -> httpx2.Response:
    found = interaction or (await deskreel.interaction())["id"]
    return await deskreel.client.post(
        f"/api/v1/interactions/{found}/transcripts", content=content, headers={"content-type": kind}
    )


async def test_webvtt_becomes_segments_with_speakers_and_words(deskreel: Deskreel) -> None:
    pbx, start = await deskreel.telephony(), wall_ms() - 30_000
    await call(pbx, start)
    answer = await deliver(deskreel, VTT)
    assert answer.status_code == 201, answer.text
    interaction = (await deskreel.interaction())["id"]
    got = (await deskreel.client.get(f"/api/v1/interactions/{interaction}/transcripts")).json()["items"][0]
    assert got["starts_at"] == start + 700  # when the call recording began
    first, second = got["segments"]
    assert (first["speaker"], first["text"]) == ("Ann Bell", "Good morning, Fish & Co")
    assert [(w["start_ms"], w["end_ms"], w["text"]) for w in first["words"]] == [
        (1000, 1400, "Good"),
        (1400, 2000, "morning,"),
        (2000, 3500, "Fish & Co"),
    ]
    assert (second["start_ms"], second["end_ms"], second["speaker"]) == (4000, 5250, "Caller")
    assert second["text"] == "my parcel is late"


async def test_json_is_taken_with_word_times_and_a_newer_one_takes_its_place(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    await call(pbx, wall_ms() - 30_000)
    word = {"start_ms": 0, "end_ms": 300, "text": "Hello", "confidence": 0.9}
    document = {
        "language": "en",
        "starts_at": 1_795_000_000_000,
        "segments": [{"start_ms": 0, "end_ms": 300}],
    }
    document["segments"][0] |= {"speaker": "agent", "words": [word], "extra": 1}
    kind = "application/json"
    for _ in range(2):
        answer = await deliver(deskreel, json.dumps(document), kind)
        assert answer.status_code == 201, answer.text
    interaction = (await deskreel.interaction())["id"]
    items = (await deskreel.client.get(f"/api/v1/interactions/{interaction}/transcripts")).json()["items"]
    assert len(items) == 1
    assert items[0]["segments"] == [
        {"start_ms": 0, "end_ms": 300, "speaker": "agent", "text": "Hello", "words": [word]}
    ]


async def test_what_is_said_can_be_searched(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    await call(pbx, wall_ms() - 30_000)
    await deliver(deskreel, VTT)
    query = select(transcripts.c.interaction_id)
    async with deskreel.context.db.begin() as connection:

        async def hits(words: str) -> int:
            asked = func.websearch_to_tsquery("simple", words)
            return len((await connection.scalars(query.where(transcripts.c.search.op("@@")(asked)))).all())

        assert await hits("parcel late") == 1
        assert await hits('"parcel is late"') == 1
        assert await hits("refund") == 0


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"no header", "text/vtt"),
        (b"WEBVTT\n\n00:00:09.000 --> 00:00:01.000\nbackwards", "text/vtt"),
        (b"WEBVTT\n\n1:2 --> 3:4\nx", "text/vtt"),
        (b"WEBVTT\n", "text/vtt"),
        (b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n\xff", "text/vtt"),
        (b"{", "application/json"),
        (b'{"segments": []}', "application/json"),
        (b'{"segments": [{"start_ms": 5, "end_ms": 1, "text": "x"}]}', "application/json"),
        (b'{"segments": [{"start_ms": 0, "end_ms": 1, "text": "a\\u0000b"}]}', "application/json"),
        (b"x", "audio/wav"),
    ],
)
async def test_what_is_no_transcript_is_refused(deskreel: Deskreel, content: bytes, kind: str) -> None:
    pbx = await deskreel.telephony()
    await call(pbx, wall_ms() - 30_000)
    answer = await deliver(deskreel, content, kind)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input"), answer.text


async def test_a_backslash_is_no_nul(deskreel: Deskreel) -> None:
    pbx = await deskreel.telephony()
    await call(pbx, wall_ms() - 60_000)
    path = f"/api/v1/interactions/{(await deskreel.interaction())['id']}/transcripts"
    said = {"segments": [{"start_ms": 0, "end_ms": 1, "text": r"type \u0000 there"}]}
    taken = await deskreel.client.post(path, json=said)
    assert (taken.status_code, taken.json()["segments"][0]["text"]) == (201, r"type \u0000 there")
    said["segments"][0]["speaker"] = "a\0"
    assert (await deskreel.client.post(path, json=said)).status_code == 422


async def test_agents_do_not_read_what_other_agents_said(deskreel: Deskreel) -> None:
    """As with the audio: of a call that went from one agent to another, neither gets the transcript."""
    pbx = await deskreel.telephony()
    start = wall_ms() - 60_000
    for name, agents in (("own", ("ada@people.example",)), ("both", ("ada@people.example", "bo"))):
        for agent in agents:
            for kind in ("call.answered", "recording.started", "call.ended"):
                await pbx.say(kind, start, call=name, agent=agent)
    features = (await deskreel.client.get("/api/v1/features")).json()
    await deskreel.client.put(
        "/api/v1/features", json={"version": features["version"], "agents_see_own": True}
    )
    read: dict[str, int] = {}
    async with signed_in(deskreel, "agent", "ada") as ada, signed_in(deskreel, "supervisor", "sam") as sam:
        for name in ("own", "both"):
            path = f"/api/v1/interactions/{(await deskreel.interaction(name))['id']}/transcripts"
            said = {"segments": [{"start_ms": 0, "end_ms": 1, "text": "hello"}]}
            assert (await deskreel.client.post(path, json=said)).status_code == 201
            assert len((await sam.get(path)).json()["items"]) == 1
            answer = await ada.get(path)
            assert answer.status_code == 200
            read[name] = len(answer.json()["items"])
    assert read == {"own": 1, "both": 0}


async def test_a_transcript_of_no_call_is_refused(deskreel: Deskreel) -> None:
    answer = await deliver(deskreel, VTT, interaction=deskreel.context.new_id("int"))
    assert answer.status_code == 404
