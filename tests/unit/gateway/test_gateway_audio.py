"""Call audio: taken in at any length, given out by ranges."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from gateway_samples import AUD, SCR, Gateway, bearer, content_digest, token

from deskreel.core.ids import CallRecordingId
from deskreel.storage import layout
from deskreel.testing.memory_store import FlakyStore

AUDIO = bytes(range(256)) * 10_000  # 2.56 MB: several pieces
SOURCE = f"/v1/call-recordings/{AUD}/source"
KEY = layout.audio_key(AUD, "source")


def names(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


async def test_audio_is_stored_as_it_came(gateway: Gateway, tmp_path: Path) -> None:
    gateway.over(gateway.memory, temp_dir=tmp_path)
    response = await gateway.client.put(
        SOURCE,
        content=AUDIO,
        headers={**bearer(token("audio_upload", AUD)), "Content-Digest": content_digest(AUDIO)},
    )
    assert (response.status_code, response.json()["size"]) == (201, len(AUDIO))
    assert gateway.memory.objects == {KEY: AUDIO}
    assert names(tmp_path) == []


async def test_audio_of_unknown_length(gateway: Gateway) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(AUDIO), 70_000):
            yield AUDIO[at : at + 70_000]

    response = await gateway.client.put(SOURCE, content=pieces(), headers=bearer(token("audio_upload", AUD)))
    assert response.status_code == 201
    assert gateway.memory.objects[KEY] == AUDIO


async def test_audio_that_comes_again_replaces_the_first(gateway: Gateway) -> None:
    for body in (b"first", b"second"):
        response = await gateway.client.put(SOURCE, content=body, headers=bearer(token("audio_upload", AUD)))
        assert response.status_code == 201
    assert gateway.memory.objects[KEY] == b"second"


@pytest.mark.parametrize("declared", [True, False])
async def test_audio_over_the_limit(gateway: Gateway, tmp_path: Path, declared: bool) -> None:
    gateway.over(gateway.memory, max_audio_bytes=1000, temp_dir=tmp_path)

    async def pieces() -> AsyncIterator[bytes]:
        yield bytes(600)
        yield bytes(600)

    response = await gateway.client.put(
        SOURCE,
        content=bytes(1200) if declared else pieces(),
        headers=bearer(token("audio_upload", AUD)),
    )
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
    assert gateway.memory.objects == {}
    assert names(tmp_path) == []


async def test_bad_audio_uploads(gateway: Gateway) -> None:
    good = bearer(token("audio_upload", AUD))
    wrong = {**good, "Content-Digest": content_digest(b"else")}
    for path, headers, body, status in (
        (SOURCE, {}, b"x", 401),
        (SOURCE, bearer(token("audio_play", AUD)), b"x", 403),
        (SOURCE.replace(AUD, AUD[:-1] + "z"), good, b"x", 403),
        (SOURCE, wrong, b"x", 400),
        (SOURCE, good, b"", 422),
        (f"/v1/call-recordings/{SCR}/source", bearer(token("audio_upload", SCR)), b"x", 422),
    ):
        response = await gateway.client.put(path, content=body, headers=headers)
        assert response.status_code == status, response.text
    assert gateway.memory.objects == {}


async def test_a_temporary_directory_that_is_gone_is_503(gateway: Gateway, tmp_path: Path) -> None:
    gateway.over(gateway.memory, temp_dir=tmp_path / "gone")
    response = await gateway.client.put(SOURCE, content=b"x", headers=bearer(token("audio_upload", AUD)))
    assert (response.status_code, response.json()["code"]) == (503, "storage_unavailable")


# --- playing ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("audio.m3u8", "application/vnd.apple.mpegurl"),
        ("audio.mp4", "audio/mp4"),
        ("peaks.json", "application/json"),
    ],
)
async def test_the_files_of_a_call(gateway: Gateway, name: layout.AudioFile, content_type: str) -> None:
    gateway.memory.objects[layout.audio_key(AUD, name)] = AUDIO
    url = f"/v1/play/{token('audio_play', AUD)}/{name}"
    response = await gateway.client.get(url)
    assert (response.status_code, response.content) == (200, AUDIO)
    assert response.headers["content-type"] == content_type
    assert response.headers["accept-ranges"] == "bytes"
    head = await gateway.client.head(url)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(AUDIO)))


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=1000000-2000000", 1_000_000, 2_000_001),
        ("bytes=2559999-", 2_559_999, 2_560_000),
        ("bytes=0-99999999", 0, 2_560_000),
        ("bytes=-1", 2_559_999, 2_560_000),
        ("bytes=-99999999", 0, 2_560_000),
    ],
)
async def test_ranges(gateway: Gateway, header: str, start: int, end: int) -> None:
    gateway.memory.objects[layout.audio_key(AUD, "audio.mp4")] = AUDIO
    url = f"/v1/play/{token('audio_play', AUD)}/audio.mp4"
    response = await gateway.client.get(url, headers={"Range": header})
    assert response.status_code == 206
    assert response.headers["content-range"] == f"bytes {start}-{end - 1}/{len(AUDIO)}"
    assert response.content == AUDIO[start:end]


@pytest.mark.parametrize("header", ["bytes=5-4", "items=0-1", "bytes=0-1,5-6", "bytes=", "x", "bytes=a-b"])
async def test_ranges_that_count_as_none(gateway: Gateway, header: str) -> None:
    gateway.memory.objects[layout.audio_key(AUD, "audio.mp4")] = AUDIO
    url = f"/v1/play/{token('audio_play', AUD)}/audio.mp4"
    response = await gateway.client.get(url, headers={"Range": header})
    assert (response.status_code, len(response.content)) == (200, len(AUDIO))


@pytest.mark.parametrize("header", ["bytes=2560000-", "bytes=9999999-99999999", "bytes=-0"])
async def test_ranges_past_the_end(gateway: Gateway, header: str) -> None:
    gateway.memory.objects[layout.audio_key(AUD, "audio.mp4")] = AUDIO
    url = f"/v1/play/{token('audio_play', AUD)}/audio.mp4"
    response = await gateway.client.get(url, headers={"Range": header})
    assert (response.status_code, response.headers["content-range"]) == (416, f"bytes */{len(AUDIO)}")


async def test_audio_that_is_not_there(gateway: Gateway) -> None:
    for text, status in (
        (token("audio_play", AUD), 404),
        (token("play", AUD), 403),
        (token("audio_play", CallRecordingId("aud_../x")), 422),
    ):
        for name in ("audio.m3u8", "audio.mp4", "peaks.json"):
            assert (await gateway.client.get(f"/v1/play/{text}/{name}")).status_code == status


async def test_a_store_that_fails_on_the_stream_is_a_problem_not_half_an_answer(gateway: Gateway) -> None:
    gateway.memory.objects[layout.audio_key(AUD, "audio.mp4")] = AUDIO
    flaky = FlakyStore(gateway.memory, seed=1, rate=1.0, operations=["stream"])
    gateway.over(flaky)
    response = await gateway.client.get(f"/v1/play/{token('audio_play', AUD)}/audio.mp4")
    assert (response.status_code, response.json()["code"]) == (503, "storage_unavailable")
    assert flaky.faults["stream before"] == 1
