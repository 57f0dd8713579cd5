"""What players read: nothing outside the token's windows, whatever is asked."""

from __future__ import annotations

import re

import httpx2
import pytest
from gateway_samples import (
    INIT,
    INIT_DIGEST,
    OTHER_SCR,
    SCR,
    Gateway,
    Sample,
    chunk,
    token,
    window,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskreel.core.time import WallTime, Window
from deskreel.media.assemble import AssemblyPart, index_json, plan_assembly
from deskreel.media.fmp4 import parse_fragment
from deskreel.storage import layout, recordings
from deskreel.storage.store import StoredObject
from deskreel.testing.memory_store import FlakyStore

ALL = (window(0, None),)


async def get(gateway: Gateway, text: str, name: str, **headers: str) -> httpx2.Response:
    return await gateway.client.get(f"/v1/play/{text}/{name}", headers=headers)


async def playlist_uris(gateway: Gateway, text: str) -> list[str]:
    response = await get(gateway, text, "screen.m3u8")
    assert response.status_code == 200
    return re.findall(r"^(?:segments|parts)/\S+$", response.text, re.MULTILINE)


async def finish(gateway: Gateway, samples: list[Sample], *, drop: bool = True) -> None:
    """As the server's job does: one file and its index, then no more chunks."""
    plan = plan_assembly(
        {INIT_DIGEST: INIT},
        [
            AssemblyPart(meta=sample.meta, fragment=parse_fragment(sample.data), size=len(sample.data))
            for sample in samples
        ],
    )
    objects = gateway.memory.objects
    objects[layout.final_key(SCR, layout.FINAL_VIDEO)] = plan.header + b"".join(s.data for s in samples)
    objects[layout.final_key(SCR, layout.FINAL_INDEX)] = index_json(plan).encode()
    if drop:
        for key in [key for key in objects if "/chunks/" in key]:
            del objects[key]


# --- the playlist and what it names -------------------------------------------------------------------------


async def test_a_call_in_progress(gateway: Gateway) -> None:
    samples = [chunk(seq) for seq in range(1, 10)]
    await gateway.fill(samples)
    text = token("play", windows=ALL)
    response = await get(gateway, text, "screen.m3u8")
    assert response.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert response.headers["cache-control"] == "no-store"
    assert "#EXT-X-ENDLIST" not in response.text
    assert f'#EXT-X-MAP:URI="init/{INIT_DIGEST}.mp4"' in response.text
    listed = await playlist_uris(gateway, text)
    assert listed == [f"parts/{seq}{'-key' if seq % 4 == 1 else ''}.m4s" for seq in range(1, 10)]
    for uri, sample in zip(listed, samples, strict=True):
        assert (await get(gateway, text, uri)).content == sample.data

    init = await get(gateway, text, f"init/{INIT_DIGEST}.mp4")
    assert (init.content, init.headers["content-type"]) == (INIT, "video/mp4")
    segment = await get(gateway, text, "segments/1-4.m4s")
    assert segment.content == b"".join(sample.data for sample in samples[:4])
    assert segment.headers["content-type"] == "video/mp4"
    assert segment.headers["cache-control"] == "private, max-age=31536000, immutable"


async def test_a_finished_call(gateway: Gateway) -> None:
    await gateway.fill([chunk(seq) for seq in range(1, 10)])
    text = token("play", windows=(window(0, 17_000),), final=True)
    assert await playlist_uris(gateway, text) == ["segments/1-4.m4s", "segments/5-8.m4s", "segments/9-9.m4s"]
    assert "#EXT-X-ENDLIST" in (await get(gateway, text, "screen.m3u8")).text
    last = chunk(9)
    content = (await get(gateway, text, "segments/9-9.m4s")).content
    assert [frame in content for frame in last.frames] == [True, True, False, False]
    assert parse_fragment(content).duration_ms == 1000


async def test_nothing_yet(gateway: Gateway) -> None:
    response = await get(gateway, token("play", windows=ALL), "screen.m3u8")
    assert response.status_code == 200
    assert "segments/" not in response.text


async def test_a_segment_listed_before_a_late_chunk_came_is_still_there(gateway: Gateway) -> None:
    await gateway.fill([chunk(1), chunk(2), chunk(4)])
    text = token("play", windows=ALL)
    early = await get(gateway, text, "segments/1-2.m4s")
    assert (await gateway.put(chunk(3))).status_code == 201
    late = await get(gateway, text, "segments/1-2.m4s")
    assert early.status_code == late.status_code == 200
    assert early.content == late.content


async def test_a_segment_across_shards(gateway: Gateway) -> None:
    samples = [chunk(seq) for seq in range(97, 103)]
    await gateway.fill(samples)
    text = token("play", windows=ALL, final=True)
    assert "segments/97-100.m4s" in await playlist_uris(gateway, text)
    content = (await get(gateway, text, "segments/97-100.m4s")).content
    assert content == b"".join(sample.data for sample in samples[:4])


@pytest.mark.parametrize(
    "name",
    [
        "segments/2-4.m4s",  # begins without a keyframe
        "segments/1-5.m4s",  # two segments
        "segments/1-9.m4s",
        "segments/10-12.m4s",
        "segments/4-1.m4s",
        "segments/0-4.m4s",
        "segments/01-4.m4s",
        "segments/1-99999999.m4s",
        "segments/1-4",
        "segments/1-4.m4s.mp4",
        "segments/..%2f..%2finit",
        f"init/{'0' * 64}.mp4",
        "init/..%2fchunks.mp4",
        "init/x.mp4",
        "recording.mp4",
        "final/index.json",
    ],
)
async def test_what_is_not_there(gateway: Gateway, name: str) -> None:
    await gateway.fill([chunk(seq) for seq in range(1, 9)])
    response = await get(gateway, token("play", windows=ALL, final=True), name)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


async def test_the_token_says_what_is_played(gateway: Gateway) -> None:
    await gateway.fill([chunk(1)])
    for text, status, code in (
        (token("upload"), 403, "token_scope"),
        (token("audio_play"), 403, "token_scope"),
        (token("play", windows=ALL, expires_ms=0), 401, "token_expired"),
        ("x.y.z", 401, "bad_token"),
    ):
        for name in ("screen.m3u8", "segments/1-1.m4s", f"init/{INIT_DIGEST}.mp4"):
            response = await get(gateway, text, name)
            assert (response.status_code, response.json()["code"]) == (status, code)
    other = token("play", OTHER_SCR, windows=ALL, final=True)
    assert await playlist_uris(gateway, other) == []
    assert (await get(gateway, other, "segments/1-1.m4s")).status_code == 404


# --- privacy ------------------------------------------------------------------------------------------------

edges = st.integers(-1000, 30_000)
window_sets = st.lists(
    st.tuples(edges, edges).map(lambda pair: window(min(pair), max(pair))), max_size=4
).map(tuple)


def exposed_frames(samples: list[Sample], windows: tuple[Window, ...]) -> set[bytes]:
    """Frames that may be seen, said independently of the playlist: a chunk that overlaps a window may be
    seen from its start (the decoder needs it) to the end of the first window it overlaps."""
    seen: set[bytes] = set()
    shown = sorted((one.start, one.limit) for one in windows if one.limit > one.start)
    for sample in samples:
        begin, end = sample.meta.start, sample.meta.start + sample.meta.duration_ms
        limits = [limit for start, limit in _joined(shown) if start < end and limit > begin]
        at = begin
        for frame, row in zip(sample.frames, parse_fragment(sample.data).samples, strict=True):
            if limits and at < limits[0]:
                seen.add(frame)
            at = WallTime(at + row.duration_ms)
    return seen


def _joined(shown: list[tuple[WallTime, WallTime]]) -> list[tuple[WallTime, WallTime]]:
    out: list[tuple[WallTime, WallTime]] = []
    for start, limit in shown:
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], limit))
        else:
            out.append((start, limit))
    return out


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(windows=window_sets, final=st.booleans(), finished=st.booleans(), data=st.data())
async def test_no_byte_of_an_unexposed_frame_ever_leaves(
    windows: tuple[Window, ...], final: bool, finished: bool, data: st.DataObject
) -> None:
    gateway = Gateway()
    samples = [
        chunk(seq, frame_ms=(700, 800, 500), keyframe=data.draw(st.booleans(), label=f"key {seq}"))
        for seq in range(1, 13)
    ]
    await gateway.fill(samples)
    if finished:
        await finish(gateway, samples)
    text = token("play", windows=windows, final=final)
    may_leave = exposed_frames(samples, windows)
    hidden = {frame for sample in samples for frame in sample.frames} - may_leave
    answers = [(await get(gateway, text, "screen.m3u8")).content]
    for first in range(1, 13):
        for last in range(first, 13):
            for headers in ({}, {"Range": "bytes=10-"}):
                response = await get(gateway, text, f"segments/{first}-{last}.m4s", **headers)
                assert response.status_code in {200, 206, 404}
                answers.append(response.content)
    for uri in await playlist_uris(gateway, text):
        listed = await get(gateway, text, uri)
        assert listed.status_code == 200
        assert any(frame in listed.content for frame in may_leave)
    everything = b"\n".join(answers)
    assert [frame.hex() for frame in hidden if frame in everything] == []
    await gateway.client.aclose()


# --- the finished file --------------------------------------------------------------------------------------


async def test_the_finished_file_answers_the_same_uris_with_the_same_bytes(gateway: Gateway) -> None:
    samples = [chunk(seq) for seq in range(1, 10)]
    await gateway.fill(samples)
    text = token("play", windows=(window(0, 17_000),), final=True)
    uris = await playlist_uris(gateway, text)
    before = {uri: (await get(gateway, text, uri)).content for uri in uris}
    await finish(gateway, samples)
    assert await playlist_uris(gateway, text) == uris
    assert {uri: (await get(gateway, text, uri)).content for uri in uris} == before
    assert (await get(gateway, text, f"init/{INIT_DIGEST}.mp4")).content == INIT


async def test_a_token_of_the_running_call_sees_the_end_once_it_is_finished(gateway: Gateway) -> None:
    samples = [chunk(seq) for seq in range(1, 6)]
    await gateway.fill(samples)
    await finish(gateway, samples)
    response = await get(gateway, token("play", windows=ALL), "screen.m3u8")
    assert "#EXT-X-ENDLIST" in response.text
    assert "segments/5-5.m4s" in response.text


async def test_chunks_dropped_between_two_look_ups(gateway: Gateway) -> None:
    """The job finishes after the gateway saw no index and before it reads the chunks."""
    samples = [chunk(seq) for seq in range(1, 5)]
    await gateway.fill(samples)
    text = token("play", windows=ALL, final=True)

    class Finishing(FlakyStore):
        async def list(self, prefix: str) -> tuple[StoredObject, ...]:
            found = await super().list(prefix)
            if not self.faults["finished"]:
                self.faults["finished"] += 1
                await finish(gateway, samples)
            return found

    racing = Finishing(gateway.memory, seed=1, rate=0.0)
    gateway.over(racing)
    response = await get(gateway, text, "segments/1-4.m4s")
    assert response.content == b"".join(sample.data for sample in samples)
    assert racing.faults["finished"] == 1


async def test_a_file_made_anew_is_never_read_by_the_old_index(gateway: Gateway) -> None:
    samples = [chunk(seq) for seq in range(1, 9)]
    await gateway.fill(samples)
    await finish(gateway, samples)
    text = token("play", windows=(window(8000, 16_000),), final=True)
    assert await playlist_uris(gateway, text) == ["segments/5-8.m4s"]  # the index is kept now
    await finish(gateway, [*samples[4:], chunk(9, frame_bytes=4000)])
    response = await get(gateway, text, "segments/5-8.m4s")
    assert response.content == b"".join(sample.data for sample in samples[4:])


async def test_a_file_and_an_index_that_do_not_fit_are_unavailable_not_wrong(gateway: Gateway) -> None:
    samples = [chunk(seq) for seq in range(1, 5)]
    await gateway.fill(samples)
    await finish(gateway, samples)
    key = layout.final_key(SCR, layout.FINAL_VIDEO)
    gateway.memory.objects[key] = b"\0" + gateway.memory.objects[key]
    response = await get(gateway, token("play", windows=ALL), "segments/1-4.m4s")
    assert (response.status_code, response.json()["retryable"]) == (503, True)


async def test_what_was_expunged_is_not_played(gateway: Gateway) -> None:
    samples = [chunk(seq) for seq in range(1, 5)]
    await gateway.fill(samples)
    await recordings.expunge(gateway.memory, SCR, [window(3000, 5000)])
    text = token("play", windows=ALL, final=True)
    assert await playlist_uris(gateway, text) == ["segments/1-2.m4s"]  # what follows cannot be decoded
    content = (await get(gateway, text, "segments/1-2.m4s")).content
    assert [frame in content for frame in samples[1].frames] == [True, True, False, False]


# --- HTTP ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["segments/1-4.m4s", f"init/{INIT_DIGEST}.mp4"])
@pytest.mark.parametrize(
    ("header", "cut"),
    [("bytes=0-9", slice(0, 10)), ("bytes=5-", slice(5, None)), ("bytes=-7", slice(-7, None))],
)
async def test_ranges(gateway: Gateway, name: str, header: str, cut: slice) -> None:
    await gateway.fill([chunk(seq) for seq in range(1, 5)])
    text = token("play", windows=ALL, final=True)
    whole = (await get(gateway, text, name)).content
    response = await get(gateway, text, name, Range=header)
    assert response.status_code == 206
    assert response.content == whole[cut]
    start, end, _ = cut.indices(len(whole))
    assert response.headers["content-range"] == f"bytes {start}-{end - 1}/{len(whole)}"


async def test_head_says_what_get_would(gateway: Gateway) -> None:
    await gateway.fill([chunk(seq) for seq in range(1, 5)])
    text = token("play", windows=ALL, final=True)
    for name in ("screen.m3u8", "segments/1-4.m4s", f"init/{INIT_DIGEST}.mp4"):
        got = await get(gateway, text, name)
        head = await gateway.client.head(f"/v1/play/{text}/{name}")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers == got.headers
        assert int(head.headers["content-length"]) == len(got.content)


async def test_a_failing_store_is_503_for_players_too(gateway: Gateway) -> None:
    await gateway.fill([chunk(1)])
    flaky = FlakyStore(gateway.memory, seed=1, rate=1.0)
    gateway.over(flaky)
    response = await get(gateway, token("play", windows=ALL), "screen.m3u8")
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert flaky.faults.total() > 0
