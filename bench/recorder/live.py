"""A recorder at work on a made-up desktop, and ffmpeg beside it on the same screen."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from bench.processes import cpu_s
from bench.recorder.reference import times_ms
from bench.registry import Report
from bench.stage import Call, Stage, stage
from deskreel.demo.processes import Program
from deskreel.media.assemble import parse_index
from deskreel.storage import layout

PEER = "ffmpeg -f x11grab, x264 veryfast, 5 fps"
_PEER_GRAB = ("-f", "x11grab", "-framerate", "5", "-video_size", "1920x1080", "-i")
_PEER_ENCODE = (
    "-c:v",
    "libx264",
    "-preset",
    "veryfast",
    "-crf",
    "23",
    "-pix_fmt",
    "yuv420p",
    "-threads",
    "1",
)
_DESKTOP_TIMEOUT_S = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What recording a stretch took."""

    cpu_s: float  # of the process and its children, user and system
    bytes: int  # of the video; 0 where it was not looked at
    seconds: float  # how long it was
    rss_mb: float  # the most that was resident
    frames: int = 0  # in the video, where that was counted


@asynccontextmanager
async def desk_stage(report: Report) -> AsyncIterator[Stage]:
    """Server and recorder as in `bench.stage`, with an empty screen instead of the clock.

    Encoding is in software, as the peer's, and does not give way to the load that the peer and the desktop make.
    """
    os.environ |= {"DESKREEL_RECORDER_ENCODER": "x264", "DESKREEL_RECORDER_CPU_LIMIT_PERCENT": "100"}
    async with stage(report) as base:
        base.programs[0].stop()
        yield replace(base, programs=base.programs[1:])


def recorder_of(on: Stage) -> Program:
    return on.programs[-1]


def folder_of(on: Stage) -> Path:
    """Where files may lie until the stage is gone."""
    return on.settings.data_dir.parent


class Desktop:
    """A workload on the screen, still until `play`."""

    def __init__(self, on: Stage, workload: str) -> None:
        self._program = Program(
            f"desktop-{time.monotonic_ns()}",
            ["bench.recorder.desktop", workload],
            env={"DISPLAY": on.display, "QT_QPA_PLATFORM": "xcb"},
            log_dir=folder_of(on),
            talks=True,
        )

    async def ready(self) -> Desktop:
        await self._hear("ready")
        return self

    async def play(self) -> None:
        """From begin to end."""
        self._program.say("go")
        await self._hear("done")

    def close(self) -> None:
        self._program.stop()

    async def _hear(self, word: str) -> None:
        async with asyncio.timeout(_DESKTOP_TIMEOUT_S):
            while await asyncio.to_thread(self._program.read_line) != word:
                pass


class Peer:
    """ffmpeg, recording until `stop`. With `wall_times` the file's times are those of the wall clock."""

    def __init__(self, on: Stage, path: Path, *, wall_times: bool = False) -> None:
        more = ["-copyts", "-f", "matroska"] if wall_times else []
        self._path = path
        self._began = time.monotonic()
        self._process = subprocess.Popen(
            ["ffmpeg", "-y", "-loglevel", "error", *_PEER_GRAB, on.display, *_PEER_ENCODE, *more, str(path)],
            stdin=subprocess.DEVNULL,
        )
        self._watch = psutil.Process(self._process.pid)

    def stop(self) -> Cost:
        """End it as Ctrl-C does; what it took from start to end."""
        rss_mb = self._watch.memory_info().rss / 1e6
        seconds = time.monotonic() - self._began
        self._process.send_signal(signal.SIGINT)
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        return Cost(
            cpu_s=usage.ru_utime + usage.ru_stime,
            bytes=self._path.stat().st_size,
            seconds=seconds,
            rss_mb=rss_mb,
        )


class Ours:
    """The recorder during one call: the meter runs from the call's begin to the end of the upload."""

    def __init__(self, on: Stage) -> None:
        self._stage = on
        self._pid = recorder_of(on).process.pid
        self._cpu_s = cpu_s(self._pid)
        self._began = 0.0
        self._rss_mb = 0.0
        self.call: Call = on.new_call()

    async def begin(self) -> None:
        await self.call.answer()
        await self.call.first_frame()
        self._began = time.monotonic()

    def cpu_so_far(self) -> float:
        """Seconds since this meter was made."""
        return cpu_s(self._pid) - self._cpu_s

    def look(self) -> None:
        """Note how much is resident."""
        self._rss_mb = max(self._rss_mb, psutil.Process(self._pid).memory_info().rss / 1e6)

    async def end(self) -> tuple[Cost, Path, int]:
        """What it took, the video, and the wall time in ms at which that begins."""
        self.look()
        seconds = time.monotonic() - self._began
        await self.call.end()
        await self.call.end_acw()
        recording = await self.call.available()
        video = self._stage.final_file(recording["id"], layout.FINAL_VIDEO)
        index = parse_index(self._stage.final_file(recording["id"], layout.FINAL_INDEX).read_bytes())
        return (
            Cost(
                cpu_s=self.cpu_so_far(),
                bytes=video.stat().st_size,
                seconds=seconds,
                rss_mb=self._rss_mb,
                frames=len(times_ms(video)),
            ),
            video,
            min(entry.meta.start for entry in index),
        )
