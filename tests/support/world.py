"""A whole contact centre in miniature: server and recorder as processes, a real X server, a telephony that signs."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from deskreel.demo.processes import Program
from deskreel.demo.xvfb import XvfbDisplay
from deskreel.recorder.enrol.enrol import enrol
from deskreel.recorder.settings import RecorderSettings
from deskreel.server import admin
from deskreel.server.settings import ServerSettings
from support.server import PASSWORD, Telephony, free_port, wall_ms
from support.waiting import eventually

AGENT = "1001"
EMAIL = "admin@test.example"


def cli(
    env: dict[str, str], *arguments: str, stdin: str = "", check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run `deskreel …` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "deskreel", *arguments],
        env={**os.environ, **env},
        input=stdin,
        capture_output=True,
        text=True,
        check=check,
        timeout=60,
    )


@dataclass
class World:
    """Everything a story needs; use as an asynchronous context manager."""

    folder: Path
    database_url: str
    settings: dict[str, str] = field(default_factory=dict)  # more environment for server and recorder
    screen: str = "1920x1080"

    def __post_init__(self) -> None:
        self.listen = f"127.0.0.1:{free_port()}"
        self.url = f"http://{self.listen}"
        self.recorder_dir = self.folder / "recorder"
        self.server_env = {
            "DESKREEL_DATA_DIR": str(self.folder / "data"),
            "DESKREEL_DATABASE_URL": self.database_url,
            "DESKREEL_LISTEN": self.listen,
            "DESKREEL_PUBLIC_URL": self.url,
            **{k: v for k, v in self.settings.items() if not k.startswith("DESKREEL_RECORDER_")},
        }
        self.client = httpx2.AsyncClient(base_url=self.url, timeout=20)
        self._stack = ExitStack()
        self._runs = 0

    async def __aenter__(self) -> World:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.display = self.start_display()
        self._stack.callback(self.display.stop)
        self.clock = self._program("clock", "deskreel.testing.clock_window", "--fps", "60", talks=True)
        while self.clock.read_line() != "ready":
            pass
        self.server = self.start_server()
        await self.healthy()
        await admin.record_everybody(self.server_settings)
        # as the commands `user add`, `telephony source add`, `recorder token` and `recorder enroll` do
        await admin.add_user(
            email=EMAIL, name="Admin", role="admin", password=PASSWORD, settings=self.server_settings
        )
        answer = await self.client.post("/api/v1/session", json={"email": EMAIL, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        secret = await admin.add_source("pbx", self.server_settings)
        self.telephony = Telephony(client=self.client, name="pbx", secret=secret)
        await self.telephony.say("heartbeat", wall_ms(), call=None, agent=AGENT)
        token = await admin.recorder_token(AGENT, self.server_settings)
        await asyncio.to_thread(enrol, self.url, token, settings=RecorderSettings(dir=self.recorder_dir))
        self.recorder = self.start_recorder()
        await self.recorder_online()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()
        self._stack.close()

    @property
    def server_settings(self) -> ServerSettings:
        return ServerSettings(
            data_dir=self.folder / "data",
            database_url=self.database_url,
            listen=self.listen,
            public_url=self.url,
        )

    @property
    def recorder_env(self) -> dict[str, str]:
        return {
            "DESKREEL_RECORDER_DIR": str(self.recorder_dir),
            "DISPLAY": self.display.name,
            # a browser and the servers share the machine: the recorder is not to spare it
            "DESKREEL_RECORDER_CPU_LIMIT_PERCENT": "100",
            **{k: v for k, v in self.settings.items() if k.startswith("DESKREEL_RECORDER_")},
        }

    def _program(
        self, name: str, *arguments: str, env: dict[str, str] | None = None, talks: bool = False
    ) -> Program:
        self._runs += 1
        program = Program(
            f"{name}-{self._runs}",
            arguments,
            env={"DISPLAY": self.display.name, **(env or {})},
            log_dir=self.folder,
            talks=talks,
        )
        self._stack.callback(program.stop)
        return program

    # --- processes ------------------------------------------------------------------------------------------

    def start_display(self) -> XvfbDisplay:
        return XvfbDisplay(self.screen).start()

    def start_server(self, *arguments: str) -> Program:
        return self._program("server", "deskreel", "serve", *arguments, env=self.server_env)

    def start_recorder(self) -> Program:
        return self._program("recorder", "deskreel", "recorder", "run", "--headless", env=self.recorder_env)

    @staticmethod
    def kill(program: Program) -> None:
        """SIGKILL, as a crash or the out-of-memory killer does."""
        program.process.send_signal(signal.SIGKILL)
        program.process.wait()

    async def healthy(self) -> None:
        async def probe() -> bool:
            self.server.require_running()
            try:
                return (await self.client.get("/api/v1/health")).is_success
            except httpx2.TransportError:
                return False

        await eventually("server", probe, timeout_s=30)

    async def recorder_online(self) -> None:
        since = time.time_ns() // 1_000_000

        async def probe() -> bool:
            self.recorder.require_running()
            items = (await self.client.get("/api/v1/recorders")).json()["items"]
            return any(i["observed"] and i["online"] and i["last_seen_at"] >= since for i in items)

        await eventually("recorder", probe, timeout_s=30)

    # --- what a reviewer sees -------------------------------------------------------------------------------

    async def interaction(self, call: str = "c1") -> dict[str, Any] | None:
        page = (await self.client.get("/api/v1/interactions")).json()
        found = next((item["id"] for item in page["items"] if item["call_id"] == call), None)
        return (
            None if found is None else dict((await self.client.get(f"/api/v1/interactions/{found}")).json())
        )

    async def observed(self) -> dict[str, Any]:
        items = (await self.client.get("/api/v1/recorders")).json()["items"]
        return dict(items[0]["observed"] or {})

    async def stored_until(self, at: int, call: str = "c1") -> int:
        """Wait until playback is possible up to `at` (wall ms)."""
        from deskreel.demo.client import Reviewer

        reviewer = Reviewer(self.url)

        async def probe() -> int | None:
            details = await self.interaction(call)
            if details is None or not details["screen_recordings"]:
                return None
            until = await reviewer.playable_until(details["screen_recordings"][0]["playlist_url"])
            return until if until is not None and until >= at else None

        try:
            return await eventually("stored pictures", probe, timeout_s=60)
        finally:
            await reviewer.close()

    async def available(self, call: str = "c1", *, timeout_s: float = 60) -> dict[str, Any]:
        async def probe() -> dict[str, Any] | None:
            self.server.require_running()
            details = await self.interaction(call)
            if details is None or not details["screen_recordings"]:
                return None
            return details if all(r["state"] == "available" for r in details["screen_recordings"]) else None

        return await eventually("the finished recording", probe, timeout_s=timeout_s)

    async def check(self) -> list[str]:
        """Findings of `deskreel check`."""
        return list((await admin.check(self.server_settings)).findings)


def missing(details: dict[str, Any], start: int) -> list[tuple[int, int, str]]:
    """Missing spans of the first recording: begin and end relative to `start`, and the reason."""
    spans = details["screen_recordings"][0]["spans"]
    return [(s["start"] - start, s["end"] - start, s["reason"]) for s in spans if s["state"] == "missing"]
