"""The whole recorder against a scripted server, the real gateway and a real X display."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from recorder_rig import CHILD_ENV, ScriptedServer, identity_for, recording_id, serving

from deskreel.core.errors import NotEnrolledError, SpoolLockedError
from deskreel.core.messages import Keep, Phase
from deskreel.core.reasons import ReasonCode
from deskreel.core.time import WallTime
from deskreel.demo.xvfb import XvfbDisplay
from deskreel.media.fmp4 import parse_fragment
from deskreel.recorder.app import run
from deskreel.recorder.capture.chunker import ChunkRules
from deskreel.recorder.capture.job import CaptureSettings
from deskreel.recorder.control.backoff import Backoff
from deskreel.recorder.control.channel import ControlSettings, ReplacedError
from deskreel.recorder.enrol import identity
from deskreel.recorder.screen.port import Screen
from deskreel.recorder.screen.x11 import X11Screen
from deskreel.recorder.settings import RecorderSettings
from deskreel.server.recorders.model import ManifestDocument
from deskreel.server.recorders.service import _verify_signature
from deskreel.server.recordings.rows import parse_manifest
from deskreel.storage import recordings
from support.waiting import until

SCR = recording_id(1)
FAST_CAPTURE = CaptureSettings(
    rules=ChunkRules(chunk_ms=250, first_ms=250, keyframe_min_ms=500, keyframe_max_ms=1000)
)
FAST_CONTROL = ControlSettings(ping_s=0.05, report_s=0.1, backoff=Backoff(base_s=0.02, cap_s=0.1))


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with XvfbDisplay("320x240") as xvfb:
        yield xvfb.name


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with serving(ScriptedServer(skew_ms=7_000)) as made:
        yield made


class Recorder:
    """A recorder under way in `home`."""

    def __init__(self, home: Path, display: str) -> None:
        self.settings = RecorderSettings(dir=home, hold_back_ms=50, encoder="x264")
        self.stop = asyncio.Event()

        def screen() -> Screen:
            return X11Screen(display)

        self.task = asyncio.create_task(
            run(
                self.settings,
                screen_factory=screen,
                stop=self.stop,
                capture_settings=FAST_CAPTURE,
                control_settings=FAST_CONTROL,
            )
        )

    @staticmethod
    async def main(home: Path, display: str) -> None:
        await Recorder(home, display).task

    async def end(self) -> None:
        self.stop.set()
        await self.task

    def files(self) -> list[str]:
        return spooled(self.settings.home)


PROGRAM = """
import asyncio, sys
from pathlib import Path
from test_recorder_app import Recorder
asyncio.run(Recorder.main(Path(sys.argv[1]), sys.argv[2]))
"""


def spooled(home: Path) -> list[str]:
    directory = home / "spool" / SCR
    return sorted(path.name for path in directory.iterdir()) if directory.exists() else []


@pytest.fixture
def home(tmp_path: Path, server: ScriptedServer) -> Path:
    identity.save(tmp_path, identity_for(server.url))
    return tmp_path


def open_keep(*windows: tuple[int, int | None], ended: bool = False) -> tuple[Keep, ...]:
    pairs = tuple((WallTime(a), None if b is None else WallTime(b)) for a, b in windows)
    return (Keep(screen_recording_id=SCR, windows=pairs, ended=ended),)


async def chunks_of(server: ScriptedServer, count: int) -> None:
    async def enough() -> bool:
        return len(await server.stored(SCR)) >= count

    await until(enough, f"{count} chunks at the gateway")


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


async def started(home: Path, display: str) -> asyncio.subprocess.Process:
    """The recorder as a process of its own."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(home), display, env={**os.environ, **CHILD_ENV}
    )


async def test_a_killed_recorder_goes_on_and_says_what_is_missing(
    home: Path, server: ScriptedServer, display: str
) -> None:
    program = await started(home, display)
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
    program = await started(home, display)
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
