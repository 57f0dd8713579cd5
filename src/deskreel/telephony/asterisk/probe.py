"""What `deskreel telephony test` prints: connects to a PBX, listens for a while, and says what is seen."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime

from deskreel.core.events import CallEvent, EventKind
from deskreel.core.time import WallTime
from deskreel.telephony.asterisk.client import AmiClient
from deskreel.telephony.asterisk.settings import AsteriskSettings
from deskreel.telephony.asterisk.source import AsteriskSource

Say = Callable[[str], None]


async def probe(settings: AsteriskSettings, seconds: float, say: Say) -> None:
    """Connect, print every call event for `seconds`, then what was learnt.

    Raises:
        AmiUnreachableError, AmiRefusedError, AmiProtocolError: the first connection failed, and why.
    """
    client = await AmiClient.connect(settings, _now)
    await client.close()
    say(f"connected to {settings.host}:{settings.port} as {settings.username}, protocol {client.version}")

    async def deliver(events: list[CallEvent]) -> None:
        for event in events:
            if event.kind is not EventKind.HEARTBEAT:
                say(_line(event))

    source = AsteriskSource(settings, _now, deliver)
    running = asyncio.create_task(source.run())
    try:
        await asyncio.wait([running], timeout=seconds)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    for line in summary(source):
        say(line)


def summary(source: AsteriskSource) -> list[str]:
    """What was learnt of the PBX, and what should be mended there."""
    state = source.state
    agents = sorted(source.follower.known_agents)
    lines = [
        f"agents: {', '.join(agents) or 'none'}",
        f"channels up: {source.follower.channels}, agents in calls: {len(source.follower.agents_in_calls)}",
        f"{state.messages} AMI events made {state.events} call events; connected {state.connects} times",
    ]
    if state.error is not None:
        lines.append(f"→ the link was lost: {state.error}")
    if not agents:
        lines.append("→ no queue members: give the agents' interfaces or extensions in the source's settings")
    if state.timestamps is False:
        lines.append("→ events have no timestamps: set timestampevents = yes in [general] of manager.conf")
    if state.messages == 0:
        lines.append(
            "→ no event came: make a call meanwhile; without any, check read = call,agent,dialplan,system"
        )
    return lines


def _line(event: CallEvent) -> str:
    at = datetime.fromtimestamp(event.occurred_at / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]
    about = " ".join(f"{name}={value}" for name, value in event.attributes.items())
    return f"{at}  {event.kind.value:18} {event.agent}  {event.call_id or ''}  {about}".rstrip()


def _now() -> WallTime:
    return WallTime(time.time_ns() // 1_000_000)
