"""A stage for benchmarks of whole calls: server, recorder and a moving screen, each a process of its own.

Nothing here is a stand-in: `deskreel serve` with its embedded PostgreSQL, `deskreel recorder run` on a virtual
screen of 1920x1080 with a clock that changes 30 times a second, and events that are signed and posted.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.processes import temporary_home
from deskreel.core.events import AFTER_CALL_WORK, EventKind
from deskreel.core.ids import ScreenRecordingId
from deskreel.demo.client import Reviewer, wait_for
from deskreel.demo.processes import Program, free_address
from deskreel.demo.xvfb import XvfbDisplay
from deskreel.server import admin
from deskreel.server.settings import ServerSettings, load_settings
from deskreel.storage import layout
from deskreel.telephony.sender import EventSender

AGENT = "bench-agent"
EMAIL = "admin@deskreel.example"
SOURCE = "bench"
POLL_S = 0.02
ENROL_TIMEOUT_S = 30
LOG_LEVEL = ("--log-level", "warning")


def wall_ms() -> int:
    """Now."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A running server and an enrolled, connected recorder."""

    settings: ServerSettings
    display: str
    reviewer: Reviewer
    sender: EventSender
    programs: tuple[Program, ...]

    def require_running(self) -> None:
        """Pass while all programs run."""
        for program in self.programs:
            program.require_running()

    def new_call(self) -> Call:
        """A call that nobody has heard of."""
        return Call(stage=self, call_id=f"bench-{secrets.token_hex(6)}")

    def final_file(self, recording: str, name: str) -> Path:
        """A file of a finished recording in the store."""
        objects = self.settings.data_dir / "objects"
        return objects / layout.final_key(ScreenRecordingId(recording), name)

    async def wait_for(
        self, what: str, probe: Callable[[], Awaitable[Any]], *, timeout_s: float = 30.0
    ) -> Any:
        """The first answer of `probe` that is neither None nor False."""

        async def alive() -> Any:
            self.require_running()
            return await probe()

        return await wait_for(what, alive, timeout_s=timeout_s, every_s=POLL_S)


@dataclass(slots=True, kw_only=True)
class Call:
    """A recorded call of the agent, as its telephony tells it. Each method gives the event's time."""

    stage: Stage
    call_id: str
    answered_at: int = 0
    ended_at: int = 0
    _events: int = 0
    _interaction: str | None = field(default=None)

    async def answer(self) -> int:
        """Answered, and recorded from the first moment."""
        self.answered_at = await self._say(EventKind.CALL_ANSWERED, EventKind.RECORDING_STARTED)
        return self.answered_at

    async def pause(self) -> int:
        """The recording is paused."""
        return await self._say(EventKind.RECORDING_PAUSED)

    async def resume(self) -> int:
        """It goes on."""
        return await self._say(EventKind.RECORDING_RESUMED)

    async def end(self) -> int:
        """Hung up; After Call Work begins."""
        self.ended_at = await self._say(
            EventKind.RECORDING_STOPPED, EventKind.CALL_ENDED, EventKind.AGENT_STATUS, status=AFTER_CALL_WORK
        )
        return self.ended_at

    async def end_acw(self) -> int:
        """The agent is available again."""
        return await self._say(EventKind.AGENT_STATUS, status="available")

    async def details(self) -> dict[str, Any]:
        """The interaction, as soon as the server knows it."""
        known = self._interaction
        if known is None:
            known = await self.stage.wait_for(
                "the interaction", lambda: self.stage.reviewer.interaction_of(self.call_id)
            )
            self._interaction = known
        return await self.stage.reviewer.details(known)

    async def recording(self) -> dict[str, Any] | None:
        """Its screen recording, if there is one yet."""
        recordings = (await self.details())["screen_recordings"]
        return recordings[0] if recordings else None

    async def first_frame(self) -> int:
        """When the first frame was captured; waits for it."""

        async def probe() -> int | None:
            recording = await self.recording()
            return recording["first_frame_at"] if recording else None

        return int(await self.stage.wait_for("the first frame", probe))

    async def available(self) -> dict[str, Any]:
        """Its screen recording once the MP4 is finished; waits for it."""

        async def probe() -> dict[str, Any] | None:
            recording = await self.recording()
            return recording if recording and recording["state"] == "available" else None

        return dict(await self.stage.wait_for("the finished recording", probe, timeout_s=60))

    async def _say(self, *kinds: EventKind, **attributes: Any) -> int:
        at = wall_ms()
        events = []
        for kind in kinds:
            self._events += 1
            event: dict[str, Any] = {
                "event_id": f"{self.call_id}-{self._events}",
                "kind": kind.value,
                "agent": AGENT,
                "occurred_at": at,
                "attributes": attributes if kind is EventKind.AGENT_STATUS else {},
            }
            if kind is not EventKind.AGENT_STATUS:
                event["call_id"] = self.call_id
            events.append(event)
        await self.stage.sender.send(events)
        return at


@asynccontextmanager
async def stage(report: Callable[[str], None]) -> AsyncIterator[Stage]:
    """Set everything up, and end and remove it all at the end of the block."""
    with ExitStack() as stack:
        home = stack.enter_context(temporary_home())
        report("starting a screen")
        display = stack.enter_context(XvfbDisplay())
        clock = _program(
            stack, home, "clock", ["deskreel.testing.clock_window"], {"DISPLAY": display.name}, talks=True
        )
        if await asyncio.to_thread(clock.read_line) != "ready":
            raise RuntimeError(f"the clock window does not come up: see {clock.log}")
        report("starting the server")
        listen = free_address(0)
        settings = load_settings(data_dir=home / "data", listen=listen, public_url=f"http://{listen}")
        env = {
            "DESKREEL_DATA_DIR": str(settings.data_dir),
            "DESKREEL_LISTEN": listen,
            "DESKREEL_PUBLIC_URL": settings.base_url,
        }
        server = _program(stack, home, "server", ["deskreel", *LOG_LEVEL, "serve"], env)
        reviewer = Reviewer(settings.base_url)
        sender: EventSender | None = None
        try:
            await _until_up(server, reviewer)
            await admin.record_everybody(settings)
            sender = EventSender(settings.base_url, SOURCE, await admin.add_source(SOURCE, settings))
            recorder = await _recorder(stack, home, settings, display.name, reviewer)
            yield Stage(
                settings=settings,
                display=display.name,
                reviewer=reviewer,
                sender=sender,
                programs=(clock, server, recorder),
            )
        finally:
            await reviewer.close()
            if sender is not None:
                await sender.close()


def _program(
    stack: ExitStack, home: Path, name: str, arguments: list[str], env: dict[str, str], *, talks: bool = False
) -> Program:
    program = Program(name, arguments, env=env, log_dir=home, talks=talks)
    stack.callback(program.stop)
    return program


async def _until_up(server: Program, reviewer: Reviewer) -> None:
    async def up() -> bool:
        server.require_running()
        return await reviewer.healthy()

    await wait_for("the server", up, timeout_s=60)


async def _recorder(
    stack: ExitStack, home: Path, settings: ServerSettings, display: str, reviewer: Reviewer
) -> Program:
    """Enrolled and connected."""
    password = secrets.token_urlsafe(12)
    await admin.add_user(email=EMAIL, name="Bench", role="admin", password=password, settings=settings)
    await reviewer.sign_in(EMAIL, password)
    token = await admin.recorder_token(AGENT, settings)
    directory = home / "recorder"
    env = {"DESKREEL_RECORDER_DIR": str(directory), "DISPLAY": display}
    await asyncio.to_thread(_enrol, settings.base_url, token, env)
    recorder = _program(
        stack, home, "recorder", ["deskreel", *LOG_LEVEL, "recorder", "run", "--headless"], env
    )

    async def connected() -> bool:
        recorder.require_running()
        return await reviewer.recorder_online(AGENT)

    await wait_for("the recorder", connected, timeout_s=30)
    return recorder


def _enrol(server_url: str, token: str, env: dict[str, str]) -> None:
    """As on a desktop: by the command line."""
    subprocess.run(
        [sys.executable, "-m", "deskreel", "recorder", "enroll", "--server", server_url, "--token", "-"],
        input=f"{token}\n".encode(),
        env={**os.environ, **env},
        stdout=subprocess.DEVNULL,
        timeout=ENROL_TIMEOUT_S,
        check=True,
    )
