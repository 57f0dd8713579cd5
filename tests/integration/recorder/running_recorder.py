"""The whole recorder under way, in this process or in one of its own, for tests that have a server and a display.

python running_recorder.py HOME DISPLAY
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from recorder_rig import CHILD_ENV, ScriptedServer, recording_id

from deskreel.core.messages import Keep
from deskreel.core.time import WallTime
from deskreel.recorder.app import run
from deskreel.recorder.capture.chunker import ChunkRules
from deskreel.recorder.capture.job import CaptureSettings
from deskreel.recorder.control.backoff import Backoff
from deskreel.recorder.control.channel import ControlSettings
from deskreel.recorder.screen.port import Screen
from deskreel.recorder.screen.x11 import X11Screen
from deskreel.recorder.settings import RecorderSettings
from support.waiting import until

SCR = recording_id(1)
FAST_CAPTURE = CaptureSettings(
    rules=ChunkRules(chunk_ms=250, first_ms=250, keyframe_min_ms=500, keyframe_max_ms=1000)
)
FAST_CONTROL = ControlSettings(ping_s=0.05, report_s=0.1, backoff=Backoff(base_s=0.02, cap_s=0.1))


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

    async def end(self) -> None:
        self.stop.set()
        await self.task

    def files(self) -> list[str]:
        return spooled(self.settings.home)


def spooled(home: Path) -> list[str]:
    directory = home / "spool" / SCR
    return sorted(path.name for path in directory.iterdir()) if directory.exists() else []


def open_keep(*windows: tuple[int, int | None], ended: bool = False) -> tuple[Keep, ...]:
    pairs = tuple((WallTime(a), None if b is None else WallTime(b)) for a, b in windows)
    return (Keep(screen_recording_id=SCR, windows=pairs, ended=ended),)


async def chunks_of(server: ScriptedServer, count: int) -> None:
    async def enough() -> bool:
        return len(await server.stored(SCR)) >= count

    await until(enough, f"{count} chunks at the gateway")


@asynccontextmanager
async def started(home: Path, display: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The recorder as a process of its own, which ends with the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, str(home), display, env={**os.environ, **CHILD_ENV}
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _main(home: Path, display: str) -> None:
    await Recorder(home, display).task


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), sys.argv[2]))
