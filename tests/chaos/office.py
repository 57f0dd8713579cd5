"""An office behind a bad link: recorder and screen at the desk; server, gateway and TURN at the site.

The test's own thread must be at the site (`with link.at_site()`), so that it reaches the server without the link. The
gateway is a process of its own, so that it can be away while the server is not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from chaos.emulated import EmulatedLink
from chaos.namespaces import outside
from deskreel.demo.processes import Program
from deskreel.demo.xvfb import XvfbDisplay
from support.coturn import Coturn, coturn
from support.server import free_port, wall_ms
from support.waiting import eventually
from support.world import AGENT, World, missing

BEFORE_MS = 3_000  # of call before the trouble
AFTER_MS = 3_000
_AT_THE_DESK = ("clock", "busy", "recorder")
_TESTS = {"PYTHONPATH": str(Path(__file__).parent.parent)}
_WHOLE_S = 600.0
_CLEAN_S = 30.0  # after that


@dataclass(kw_only=True)
class Office(World):
    """Use as `World`; `trouble` happens between two good stretches of a call (`call`)."""

    link: EmulatedLink = field(kw_only=True)
    turn: Coturn | None = None  # of the region, if there is one
    busy: int = 0  # pieces of the screen that change five times a second, beside its clock
    better_s: float | None = None  # until the recorder looks for a better way of a live view; None: its own

    def __post_init__(self) -> None:
        self.gateway_listen = f"{self.link.site()}:{free_port()}"
        more = {"DESKREEL_GATEWAY_URL": f"http://{self.gateway_listen}"}
        if self.turn is not None:
            regions = self.folder / "regions.toml"
            self.folder.mkdir(parents=True, exist_ok=True)
            regions.write_text(f"[default]\n{self.turn.region_lines()}")
            more["DESKREEL_REGIONS"] = str(regions)
        self.settings = {**more, **self.settings}
        super().__post_init__()
        self.listen = f"{self.link.site()}:{free_port()}"
        self.url = f"http://{self.listen}"
        self.server_env |= {"DESKREEL_LISTEN": self.listen, "DESKREEL_PUBLIC_URL": self.url}
        self.client = httpx2.AsyncClient(base_url=self.url, timeout=20)

    def _program(self, name: str, *arguments: str, **more: Any) -> Program:
        if name not in _AT_THE_DESK:
            return super()._program(name, *arguments, **more)
        with self.link.at_desk():
            return super()._program(name, *arguments, **more)

    @property
    def recorder_env(self) -> dict[str, str]:
        """With the TURN server's authority."""
        more = {} if self.turn is None else {"SSL_CERT_FILE": str(self.turn.ca)}
        return {**super().recorder_env, **more}

    async def __aenter__(self) -> Office:
        await super().__aenter__()
        if self.busy:
            self._program("busy", "chaos.busy_window", str(self.busy), env=_TESTS)
        self.gateway = self.start_gateway()
        await self.gateway_up()
        return self

    def start_display(self) -> XvfbDisplay:
        """Recorder and clock reach it by its socket below /tmp, from whatever namespace."""
        with outside():
            return super().start_display()

    def start_recorder(self) -> Program:
        """As patient as it is, or as `better_s` says."""
        if self.better_s is None:
            return super().start_recorder()
        arguments = ("chaos.eager_recorder", str(self.better_s), "--headless")
        return self._program("recorder", *arguments, env={**self.recorder_env, **_TESTS})

    async def new_recorder(self) -> None:
        """Another run of it, which remembers nothing of the network."""
        self.recorder.stop()
        self.recorder = self.start_recorder()
        await self.recorder_online()

    # --- the gateway ------------------------------------------------------------------------------------------

    def start_gateway(self) -> Program:
        """A process of its own on the server's data."""
        env = {**self.server_env, "DESKREEL_LISTEN": self.gateway_listen}
        return self._program("gateway", "deskreel", "serve", "--only", "gateway", env=env)

    async def gateway_up(self) -> None:
        async def probe() -> bool:
            self.gateway.require_running()
            try:
                return (await self.client.get(f"http://{self.gateway_listen}/health")).is_success
            except httpx2.TransportError:
                return False

        await eventually("the gateway", probe, timeout_s=30)

    # --- calls ------------------------------------------------------------------------------------------------

    async def passed(self, since: int, ms: int) -> None:
        """Wait until the wall clock is so far after `since`."""

        async def probe() -> bool:
            self.recorder.require_running()
            return wall_ms() - since >= ms

        await eventually(f"{ms} ms", probe, timeout_s=ms / 1000 + 10)

    async def backlog(self) -> int:
        """Chunks that wait at the desk, as the recorder says."""
        observed = await self.observed()
        return sum(held["chunks"] for held in (observed or {}).get("backlog", ()))

    async def begin(self, call: str) -> int:
        """A recorded call; gives its begin once the first pictures are stored."""
        start = wall_ms()
        await self.telephony.say("call.answered", start, call=call)
        await self.telephony.say("recording.started", start, call=call)
        await self.stored_until(start + BEFORE_MS, call)
        return start

    async def end(self, call: str) -> int:
        """Hang up; gives when."""
        end = wall_ms()
        await self.telephony.say("call.ended", end, call=call)
        await self.telephony.say("agent.status", wall_ms(), call=None, agent=AGENT, status="available")
        return end

    async def outcome(self, call: str, start: int, end: int) -> Outcome:
        """What there is of a call once its recording is whole."""
        details = await self.available(call, timeout_s=_WHOLE_S)
        recording = details["screen_recordings"][0]
        return Outcome(
            holes=tuple(hole for hole in missing(details, start) if hole[2] != "start_delay"),
            findings=await self._findings(),
            whole_after_ms=recording["available_at"] - end,
            captured_ms=recording["captured_ms"],
            expected_ms=recording["expected_ms"],
            recording=recording["id"],
            kbps=recording["bytes"] * 8 / max(1, recording["captured_ms"]),
        )

    async def _findings(self) -> tuple[str, ...]:
        """Of `deskreel check`. The chunks of a finished recording are dropped one after the other: that may go on."""
        found: list[str] = []

        async def clean() -> bool:
            found[:] = await self.check()
            return not found

        with suppress(AssertionError):
            await eventually("nothing to find", clean, timeout_s=_CLEAN_S)
        return tuple(found)

    async def call(self, trouble: Callable[[], Awaitable[None]], call: str = "c1") -> Outcome:
        """A call with `trouble` in its midst; the link is to be good again when that ends."""
        start = await self.begin(call)
        await trouble()
        await self.passed(wall_ms(), AFTER_MS)
        return await self.outcome(call, start, await self.end(call))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a recording."""

    holes: tuple[
        tuple[int, int, str], ...
    ]  # missing, ms from the call's begin, and why; without its start's delay
    findings: tuple[str, ...]  # of `deskreel check`
    whole_after_ms: int  # from the call's end until its MP4
    captured_ms: int
    expected_ms: int
    recording: str
    kbps: float  # of the video

    @property
    def missing_ms(self) -> int:
        """Together."""
        return sum(end - begin for begin, end, _ in self.holes)


async def recording_of(office: Office, call: str) -> str:
    """The screen recording of a call."""
    details = await office.interaction(call)
    assert details is not None
    return str(details["screen_recordings"][0]["id"])


@contextmanager
def turn_at_site(folder: Path, link: EmulatedLink) -> Iterator[Coturn]:
    """A TURN server on the site's second address."""
    addresses = [link.site(2), link.site(2, ipv6=True)]
    with coturn(folder, addresses=addresses, host=link.site(2), peers=()) as made:
        yield made


def folder_of(base: Path, name: str) -> Path:
    """A new folder, short enough for a database's socket."""
    made = base / name
    made.mkdir(parents=True)
    return made
