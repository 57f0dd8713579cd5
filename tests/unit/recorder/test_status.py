"""The status: what is shown first, the file that it is kept in, and the lines that it is printed as."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
import structlog
from recorder_samples import SCR
from typer.testing import CliRunner

from deskreel import cli
from deskreel.core.messages import AgentDesk, Health, MonitorInfo, Phase
from deskreel.core.policy import CapturePolicy
from deskreel.core.time import WallTime
from deskreel.recorder.spool.spool import Spool
from deskreel.recorder.status import status as status_of
from deskreel.recorder.status.status import Mood, RecorderStatus, StatusFile, load, mood_of, runs
from deskreel.recorder.status.table import lines
from support.waiting import turns, until

STATUS = RecorderStatus(
    at=WallTime(1_700_000_005_000),
    mood=Mood.RECORDING,
    connected=True,
    server_url="https://deskreel.example",
    recorder_id="rcd_1",
    agent=AgentDesk(name="Ada", statuses=("Available", "Away"), status="Available"),
    policy=CapturePolicy(),
    screen_recording_id=SCR,
    since=WallTime(1_700_000_000_000),
    problem=None,
    problem_text="",
    hint="",
    backlog_chunks=3,
    backlog_bytes=2 * 2**20,
    health=Health(
        cpu_percent=4.2,
        machine_cpu_percent=31,
        rss_bytes=120 * 2**20,
        rtt_ms=23.4,
        jitter_ms=2,
        loss_percent=0,
        frames=100,
        fps_limit=3,
        frame_ms_p50=8,
        frame_ms_p95=41,
        dropped_slots={"encoder_slow": 2},
        oldest_backlog_ms=75_000,
        backlog_eta_s=4_000,
        upload_kbps=900,
        adaptations=("3 frames per second: machine CPU 95 %, limit 80 %",),
    ),
    monitors=(MonitorInfo(name="DP-1", x=0, y=0, width=1920, height=1080, primary=True, active=True),),
    version="1.2.3",
)


@pytest.mark.parametrize(
    ("phase", "problem", "connected", "mood"),
    [
        (Phase.IDLE, False, True, Mood.IDLE),
        (Phase.IDLE, False, False, Mood.OFFLINE),
        (Phase.RECORDING, False, False, Mood.RECORDING),  # it goes on without the server
        (Phase.PAUSED, False, True, Mood.PAUSED),
        (Phase.ACW, False, True, Mood.ACW),
        (Phase.RECORDING, True, True, Mood.PROBLEM),
        (Phase.IDLE, True, False, Mood.PROBLEM),
    ],
)
def test_what_is_shown_first(phase: Phase, problem: bool, connected: bool, mood: Mood) -> None:
    assert mood_of(phase=phase, problem=problem, connected=connected) is mood


def test_the_file_says_all_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    file = StatusFile(tmp_path)
    file.write()
    assert not (tmp_path / status_of.FILE).exists(), "nothing to say yet"
    file.put(STATUS)
    file.write()
    assert load(tmp_path) == STATUS
    assert stat.S_IMODE((tmp_path / status_of.FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [status_of.FILE]


def test_a_file_that_is_none(tmp_path: Path) -> None:
    assert load(tmp_path) is None
    (tmp_path / status_of.FILE).write_bytes(b'{"at": 1}')
    assert load(tmp_path) is None


def test_a_disk_that_does_not_take_it_is_survived(tmp_path: Path) -> None:
    file = StatusFile(tmp_path / "gone")
    file.put(STATUS)
    file.write()
    (tmp_path / "gone").mkdir()
    file.write()
    assert load(tmp_path / "gone") == STATUS


async def test_the_newest_is_written_and_not_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    real = StatusFile.write

    def write(file: StatusFile) -> None:
        real(file)
        found = load(tmp_path)
        written.append(0 if found is None else found.backlog_chunks)

    monkeypatch.setattr(StatusFile, "write", write)
    file = StatusFile(tmp_path, every_s=0.05)
    running = asyncio.create_task(file.run())
    for chunks in range(20):
        file.put(replace(STATUS, backlog_chunks=chunks))
        await turns(1)
    await until(lambda: written[-1:] == [19])
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(written) <= 3


def test_a_recorder_runs_while_it_holds_its_spool(tmp_path: Path) -> None:
    spool_dir = tmp_path / "spool"
    assert not runs(tmp_path, spool_dir)
    spool = Spool(spool_dir, tmp_path / "quarantine", max_bytes=2**20)
    assert runs(tmp_path, spool_dir)
    spool.release()
    assert not runs(tmp_path, spool_dir), "the lock file is still there, and stale"
    Spool(spool_dir, tmp_path / "quarantine", max_bytes=2**20).release()


def test_lines_for_a_terminal() -> None:
    said = lines(STATUS, zone=UTC)
    assert said[0] == ("state", "recording since 2023-11-14 22:13:20")
    assert ("agent", "Ada, Available") in said
    assert ("server", "https://deskreel.example, connected") in said
    assert ("backlog", "3 chunks, 2.0 MB, oldest 1 min 15 s, sent in 1 h 6 min, 900 kbit/s") in said
    assert ("link", "round trip 23 ms, jitter 2 ms, loss 0.0 %") in said
    assert ("machine", "recorder 4.2 % of a core, machine 31 %, memory 120 MB") in said
    assert ("frames", "100, at most 3 per second, each 8 ms (95 %: 41 ms), 2 missed: encoder_slow") in said
    assert ("gave up", "3 frames per second: machine CPU 95 %, limit 80 %") in said
    assert ("monitor", "DP-1 1920x1080+0+0, primary, in the picture") in said
    assert "problem" not in dict(said)


@pytest.fixture
def logs_as_they_were() -> Iterator[None]:
    """The command sets logging up for its own standard error, which is closed afterwards."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.mark.usefixtures("logs_as_they_were")
def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKREEL_RECORDER_DIR", str(tmp_path))
    runner = CliRunner()
    never = runner.invoke(cli.app, ["recorder", "status", "--json"])
    assert (never.exit_code, json.loads(never.stdout)) == (1, {"running": False, "status": None})
    file = StatusFile(tmp_path)
    file.put(STATUS)
    file.write()
    spool = Spool(tmp_path / "spool", tmp_path / "quarantine", max_bytes=2**20)
    up = runner.invoke(cli.app, ["recorder", "status", "--json"])
    assert up.exit_code == 0
    document = json.loads(up.stdout)
    assert (document["running"], document["status"]["mood"]) == (True, "recording")
    spool.release()
    down = runner.invoke(cli.app, ["recorder", "status", "--json"])
    assert (down.exit_code, json.loads(down.stdout)["running"]) == (1, False)
