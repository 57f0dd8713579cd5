"""An AsteriskSource following a FakePbx until its capture is over, and the timelines that came of it."""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from deskreel.core.capture_session import CaptureSession, SessionRules
from deskreel.core.events import CallEvent
from deskreel.core.ids import CallId
from deskreel.core.time import WallTime, Window
from deskreel.core.timeline import RecordingTimeline
from deskreel.telephony.asterisk import replay
from deskreel.telephony.asterisk.settings import AsteriskSettings
from deskreel.telephony.asterisk.source import AsteriskSource, LinkState
from deskreel.testing.fake_pbx import FakePbx

LIMIT_S = 60


def arrivals_of(capture: Path) -> Path:
    """The file with the arrival times of `NAME.ami.txt`."""
    return capture.with_name(capture.name.removesuffix(".txt") + ".recv.jsonl")


def understood(capture: Path) -> replay.Capture:
    """A capture as `deskreel telephony replay` understands it, with default settings."""
    messages = replay.messages_of(capture.read_bytes(), arrivals_of(capture).read_bytes())
    return replay.understand(messages, replay.ReplaySettings())


def true_recordings(capture: Path, agent: str) -> tuple[RecordingTimeline, ...]:
    """An agent's timelines when nothing goes wrong."""
    found = replay.views(understood(capture), replay.ReplaySettings())
    return found[agent].recordings if agent in found else ()


def recorded_calls(capture: Path, until: WallTime) -> set[CallId]:
    """The calls whose recording had begun by then, whoever had answered them."""
    messages = replay.messages_of(capture.read_bytes(), arrivals_of(capture).read_bytes())
    begun = [m for m in messages if m.event == "MixMonitorStart" and m.occurred_at < until]
    return {CallId(message.get("Linkedid")) for message in begun}


def settings_for(pbx: FakePbx, **changes: Any) -> AsteriskSettings:
    """Settings of a source that follows `pbx`, and does not wait long before it tries again."""
    given = {"port": pbx.port, "username": "deskreel", "secret": SecretStr("secret"), "retry_s": 0.02}
    return AsteriskSettings.model_validate({**given, "ping_s": 0.2, **changes})


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What came of following a PBX."""

    events: tuple[CallEvent, ...]
    state: LinkState
    ended_at: WallTime  # of the capture

    @property
    def gap(self) -> Window:
        """When the link was away in mid capture."""
        return self.state.lost[0]

    def recordings(self, agent: str, rules: SessionRules | None = None) -> tuple[RecordingTimeline, ...]:
        """As of the capture's end; that the PBX then went away for good is left out."""
        gaps = tuple(window for window in self.state.lost if window.end is not None)
        session = CaptureSession(rules=rules or SessionRules(), lost=gaps)
        return session.apply_all(e for e in self.events if e.agent == agent).at(self.ended_at).recordings


async def follow(pbx: FakePbx, **changes: Any) -> Followed:
    """Follow a fake PBX until its capture is over."""
    events: list[CallEvent] = []
    up, over = asyncio.Event(), asyncio.Event()

    async def deliver(new: list[CallEvent]) -> None:
        events.extend(new)

    async def on_link(state: LinkState) -> None:
        if state.connected:
            up.set()
        elif state.connects > pbx.fired.drops and pbx.over:
            over.set()

    dice = random.Random(1)  # noqa: S311 - spreads retries
    source = AsteriskSource(settings_for(pbx, **changes), pbx.clock, deliver, on_link=on_link, rng=dice)
    running = asyncio.create_task(source.run())
    try:
        async with asyncio.timeout(LIMIT_S):
            await up.wait()
            await pbx.play()
            await over.wait()
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    return Followed(events=tuple(events), state=source.state, ended_at=pbx.ended_at)
