"""The whole recorder on a real display: what a thief finds on its disk, clocks that are set, a sleeping desktop."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from recorder_rig import ScriptedServer, identity_for, problem, serving
from running_recorder import SCR, Recorder, chunks_of, open_keep, started

from deskreel.core.messages import Phase
from deskreel.demo.xvfb import XvfbDisplay
from deskreel.media.fmp4 import parse_fragment, parse_init
from deskreel.recorder.enrol import identity
from deskreel.storage import recordings
from support.waiting import until

PIECE = 12  # bytes: long enough not to be there by chance


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with XvfbDisplay("320x240") as xvfb:
        yield xvfb.name


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with serving(ScriptedServer()) as made:
        yield made


def everything_below(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


async def test_no_byte_of_a_picture_is_on_the_disk(
    tmp_path: Path, server: ScriptedServer, display: str
) -> None:
    identity.save(tmp_path, identity_for(server.url))
    server.refuse = lambda method, path: (
        problem(503, "storage_unavailable") if "/chunks/" in path or "/inits/" in path else None
    )
    recorder = Recorder(tmp_path, display)
    await until(lambda: server.observed, "the recorder reports")
    begin = server.clock()
    await server.set(
        version=1, phase=Phase.RECORDING, recording=SCR, origin=begin, keep=open_keep((begin, None))
    )
    await until(lambda: sum(name.endswith(".ready") for name in recorder.files()) >= 6, "chunks wait")
    stolen = everything_below(tmp_path)
    assert sum(name.endswith(".ready") for name in stolen) >= 6
    assert any(name.endswith(".sealed") for name in stolen)

    server.refuse = lambda method, path: None
    await chunks_of(server, 6)
    end = server.clock()
    await server.set(version=2, phase=Phase.IDLE, keep=open_keep((begin, end), ended=True))
    await until(lambda: server.manifests.get(SCR), "the manifest")
    await recorder.end()

    haystack = b"\0".join(stolen.values())
    for readable in (b"moof", b"mdat", b"moov", b"avcC", b"trun", b"mp4"):
        assert readable not in haystack
    chunks = await server.stored(SCR)
    init = await recordings.get_init(server.store, SCR, chunks[0].init)
    at = init.index(b"avcC") + 4
    parameters = init[at : at + 40]
    assert parse_init(init).codec
    assert parameters[8:] not in haystack, "sequence and picture parameters"
    looked_for = 0
    for chunk in chunks:
        data = await recordings.get_chunk(server.store, SCR, chunk)
        fragment = parse_fragment(data)
        if not any(f"{chunk.seq:08d}-" in name for name in stolen):
            continue
        begin_at = fragment.payload_offset
        for sample in fragment.samples:
            for offset in range(begin_at, begin_at + sample.size - PIECE, PIECE):
                piece = data[offset : offset + PIECE]
                if len(set(piece)) > 4:
                    looked_for += 1
                    assert piece not in haystack
            begin_at += sample.size
    assert looked_for > 50


@pytest.mark.parametrize("step_ms", [3_600_000, -3_600_000])
async def test_a_server_clock_that_is_set_in_mid_call(
    tmp_path: Path, server: ScriptedServer, display: str, step_ms: int
) -> None:
    """An hour away and back: the recorder goes on, and what lies in the call by the server's own windows is kept."""
    identity.save(tmp_path, identity_for(server.url))
    recorder = Recorder(tmp_path, display)
    await until(lambda: server.observed, "the recorder reports")
    begin = server.clock() - 10
    origin = begin - 2 * abs(step_ms)
    call = open_keep((begin, None))
    await server.set(version=1, phase=Phase.RECORDING, recording=SCR, origin=origin, keep=call)
    await chunks_of(server, 3)
    server.skew_ms += step_ms
    reports = len(server.observed)
    await until(
        lambda: any(abs(o.clock_offset_ms or 0) > 3_000_000 for o in server.observed[reports:]),
        "the step is seen",
    )
    await until(recorder.files, "capture goes on")
    server.skew_ms -= step_ms
    reports = len(server.observed)
    await until(
        lambda: any(abs(o.clock_offset_ms or 10**9) < 1_000 for o in server.observed[reports:]), "and back"
    )
    back = server.clock()

    async def goes_on() -> bool:
        return any(back < chunk.start < back + 60_000 for chunk in await server.stored(SCR))

    await until(goes_on, "chunks of the time after it")
    end = server.clock()
    await server.set(version=2, phase=Phase.IDLE, keep=open_keep((begin, end), ended=True))
    document = await until(lambda: server.manifests.get(SCR), "the manifest")
    await until(lambda: not recorder.files(), "the spool is empty")
    stored = await server.stored(SCR)
    assert [chunk["seq"] for chunk in document["chunks"]] == [chunk.seq for chunk in stored]
    assert sum(begin <= chunk.start < end for chunk in stored) >= 4
    await recorder.end()


async def test_a_desktop_that_sleeps_in_mid_call(
    tmp_path: Path, server: ScriptedServer, display: str
) -> None:
    """Stopped as a whole, connections and all: what was spooled arrives, the rest says why it is missing."""
    identity.save(tmp_path, identity_for(server.url))
    async with started(tmp_path, display) as process:
        await until(lambda: server.observed, "the recorder reports")
        begin = server.clock()
        call = open_keep((begin, None))
        await server.set(version=1, phase=Phase.RECORDING, recording=SCR, origin=begin, keep=call)
        await chunks_of(server, 3)
        process.send_signal(signal.SIGSTOP)
        asleep = server.clock()
        await server.hang_up()
        await until(lambda: server.clock() > asleep + 3_000, "it sleeps")
        process.send_signal(signal.SIGCONT)
        awake = server.clock()

        async def goes_on() -> bool:
            return any(chunk.start > awake for chunk in await server.stored(SCR))

        await until(goes_on, "capture and upload go on")
        end = server.clock()
        await server.set(version=2, phase=Phase.IDLE, keep=open_keep((begin, end), ended=True))
        document = await until(lambda: server.manifests.get(SCR), "the manifest")
        stored = await server.stored(SCR)
        assert [chunk["digest"] for chunk in document["chunks"]] == [chunk.digest for chunk in stored]
        spans = [(chunk.start, chunk.window.limit) for chunk in stored]
        spans += [(incident["start"], incident["end"]) for incident in document["incidents"]]
        covered_until = begin + 1_500  # the start itself takes a moment
        for start, limit in sorted(spans):
            assert start <= covered_until + 50, (
                f"from {covered_until - begin} to {start - begin} nobody knows"
            )
            covered_until = max(covered_until, limit)
        assert covered_until >= end - 1_000
