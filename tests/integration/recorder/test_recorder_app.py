"""The whole recorder against a scripted server, the real gateway and a real X display."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from recorder_rig import ScriptedServer, identity_for, serving
from running_recorder import (
    SCR,
    Recorder,
    chunks_of,
    open_keep,
    spooled,
    started,
)

from deskreel.core.errors import NotEnrolledError, SpoolLockedError
from deskreel.core.messages import Phase
from deskreel.core.reasons import ReasonCode
from deskreel.demo.xvfb import XvfbDisplay
from deskreel.media.fmp4 import parse_fragment
from deskreel.recorder.app import run
from deskreel.recorder.control.channel import ReplacedError
from deskreel.recorder.enrol import identity
from deskreel.recorder.settings import RecorderSettings
from deskreel.server.recorders.model import ManifestDocument
from deskreel.server.recorders.service import _verify_signature
from deskreel.server.recordings.rows import parse_manifest
from deskreel.storage import recordings
from support.waiting import until


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with XvfbDisplay("320x240") as xvfb:
        yield xvfb.name


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with serving(ScriptedServer(skew_ms=7_000)) as made:
        yield made


@pytest.fixture
def home(tmp_path: Path, server: ScriptedServer) -> Path:
    identity.save(tmp_path, identity_for(server.url))
    return tmp_path


async def test_a_call_is_recorded_uploaded_and_signed(
    home: Path, server: ScriptedServer, display: str
) -> None:
    recorder = Recorder(home, display)
    await until(lambda: server.observed, "the recorder reports")
    begin = server.clock()
    await server.set(
        version=1, phase=Phase.RECORDING, recording=SCR, origin=begin, keep=open_keep((begin, None))
    )
    await chunks_of(server, 4)
    end = server.clock()
    await server.set(version=2, phase=Phase.IDLE, keep=open_keep((begin, end), ended=True))
    document = await until(lambda: server.manifests.get(SCR), "the manifest")
    await until(lambda: not recorder.files(), "the spool is empty")

    manifest = parse_manifest(ManifestDocument.model_validate(document).model_dump())
    who = identity.load(home)
    _verify_signature(identity.public_jwk(who.key), document["signature"], manifest.chain())
    stored = await server.stored(SCR)
    assert manifest.chunks == stored
    assert [chunk.seq for chunk in stored] == list(range(1, len(stored) + 1))
    assert begin <= stored[0].start < begin + 2_000, "the server's clock, 7 s ahead of ours, is the one used"
    assert stored[-1].window.limit <= end
    for chunk in stored:
        data = await recordings.get_chunk(server.store, SCR, chunk)
        assert parse_fragment(data).decode_time_ms == chunk.start - begin
    assert abs(document["clock_offset_ms"] - 7_000) < 500
    started = next(report for report in server.observed if report.first_frame_at is not None)
    assert started.phase is Phase.RECORDING
    assert started.screen_recording_id == SCR
    await recorder.end()


async def test_frames_after_a_late_pause_never_leave(
    home: Path, server: ScriptedServer, display: str
) -> None:
    recorder = Recorder(home, display)
    await until(lambda: server.observed, "the recorder reports")
    begin = server.clock()
    await server.set(
        version=1, phase=Phase.RECORDING, recording=SCR, origin=begin, keep=open_keep((begin, None))
    )
    await chunks_of(server, 2)
    await server.hang_up()  # the control channel is down; calls go on
    server.desired, before = None, len(await server.stored(SCR))
    pause = server.clock()
    await until(lambda: len([f for f in recorder.files() if f.endswith(".ready")]) >= 6, "chunks wait")
    assert len(await server.stored(SCR)) <= before + 2, "unconfirmed chunks stay on the desktop"
    resume = server.clock()
    await server.set(
        version=3,
        phase=Phase.RECORDING,
        recording=SCR,
        origin=begin,
        keep=open_keep((begin, pause), (resume, None)),
    )

    async def resumed() -> bool:
        return any(chunk.start >= resume for chunk in await server.stored(SCR))

    await until(resumed, "chunks after the pause")
    end = server.clock()
    await server.set(version=4, phase=Phase.IDLE, keep=open_keep((begin, pause), (resume, end), ended=True))
    await until(lambda: server.manifests.get(SCR), "the manifest")
    for chunk in await server.stored(SCR):
        outside = not (begin <= chunk.start and chunk.window.limit <= pause) and not (
            resume <= chunk.start and chunk.window.limit <= end
        )
        assert not outside, chunk
    await recorder.end()


async def test_a_killed_recorder_goes_on_and_says_what_is_missing(
    home: Path, server: ScriptedServer, display: str
) -> None:
    async with started(home, display) as program:
        begin = server.clock()
        await server.set(
            version=1, phase=Phase.RECORDING, recording=SCR, origin=begin, keep=open_keep((begin, None))
        )
        await chunks_of(server, 2)
        program.kill()
        assert await program.wait() == -signal.SIGKILL
    assert "open" in spooled(home)
    dead = await server.stored(SCR)
    again = Recorder(home, display)
    await chunks_of(server, len(dead) + 3)
    end = server.clock()
    await server.set(version=2, phase=Phase.IDLE, keep=open_keep((begin, end), ended=True))
    document = await until(lambda: server.manifests.get(SCR), "the manifest")
    stored = await server.stored(SCR)
    assert len({chunk.seq for chunk in stored}) == len(stored)
    (hole,) = [i for i in document["incidents"] if i["reason"] == ReasonCode.RECORDER_KILLED]
    after = min(chunk.start for chunk in stored if chunk.start >= hole["end"])
    before = max(chunk.window.limit for chunk in stored if chunk.window.limit <= hole["start"])
    assert (hole["start"], hole["end"]) == (before, after)
    await again.end()


async def test_sigterm_seals_sends_and_leaves_the_recording_open(
    home: Path, server: ScriptedServer, display: str
) -> None:
    async with started(home, display) as program:
        begin = server.clock()
        await server.set(
            version=1, phase=Phase.RECORDING, recording=SCR, origin=begin, keep=open_keep((begin, None))
        )
        await chunks_of(server, 2)
        program.terminate()
        assert await program.wait() == 0
    left = spooled(home)
    assert "open" in left
    assert not [name for name in left if name.endswith((".ready", ".part"))], "all was sent"


async def test_what_was_never_captured_gets_its_manifest(
    home: Path, server: ScriptedServer, display: str
) -> None:
    await server.set(version=1, phase=Phase.IDLE, keep=open_keep((1, 2), ended=True))
    recorder = Recorder(home, display)
    document = await until(lambda: server.manifests.get(SCR), "the manifest")
    assert document["chunks"] == []
    await recorder.end()


async def test_without_a_display_the_problem_is_reported_and_the_hole_explained(
    home: Path, server: ScriptedServer
) -> None:
    recorder = Recorder(home, ":987")
    begin = server.clock()
    await server.set(
        version=1, phase=Phase.RECORDING, recording=SCR, origin=begin, keep=open_keep((begin, None))
    )
    await until(
        lambda: any(r.problem == "no_display" and r.phase is Phase.RECORDING for r in server.observed),
        "the problem",
    )
    end = server.clock()
    await server.set(version=2, phase=Phase.IDLE, keep=open_keep((begin, end), ended=True))
    document = await until(lambda: server.manifests.get(SCR), "the manifest")
    assert {i["reason"] for i in document["incidents"]} == {"no_display"}
    await recorder.end()


async def test_two_recorders_on_one_directory(home: Path, server: ScriptedServer, display: str) -> None:
    recorder = Recorder(home, display)
    await until(lambda: server.observed, "the first one runs")
    with pytest.raises(SpoolLockedError):
        await Recorder(home, display).task
    await recorder.end()


async def test_a_replaced_recorder_stops(home: Path, server: ScriptedServer, display: str) -> None:
    recorder = Recorder(home, display)
    await until(lambda: server.observed, "the recorder reports")
    await server.hang_up(4409)
    with pytest.raises(ReplacedError):
        await recorder.task


async def test_not_enrolled(tmp_path: Path) -> None:
    with pytest.raises(NotEnrolledError):
        await run(RecorderSettings(dir=tmp_path))
