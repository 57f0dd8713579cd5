"""Plays a scripted call against a server in real time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from deskreel.core.events import EventKind
from deskreel.telephony.sender import EventSender
from deskreel.telephony.simulator import Cue, ScriptedCall, cues


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


async def play_call(
    server_url: str,
    source: str,
    secret: str,
    call: ScriptedCall,
    *,
    audio: Path | None = None,
    on_cue: Callable[[Cue], None] = lambda _cue: None,
) -> int:
    """Send the events of `call`, each at its time; gives the wall time (ms) at which the call was answered.

    With `audio` the call's audio is delivered as soon as the call has ended, as a telephony does.

    Raises:
        SendError: the server did not take an event.
    """
    sender = EventSender(server_url, source, secret)
    uploads: list[asyncio.Task[str]] = []
    try:
        started = time.monotonic()
        answered_at = _wall_ms()
        for number, cue in enumerate(cues(call)):
            await asyncio.sleep(max(0.0, started + cue.at_s - time.monotonic()))
            on_cue(cue)
            event = {
                "event_id": f"{call.call_id}-{number}",
                "kind": cue.kind.value,
                "agent": call.agent,
                "occurred_at": answered_at + round(cue.at_s * 1000),
                "attributes": cue.attributes,
            }
            await sender.send([event if cue.call_id is None else {**event, "call_id": cue.call_id}])
            if cue.kind is EventKind.CALL_ENDED and audio is not None:
                uploads.append(asyncio.create_task(sender.upload_audio(call.call_id, answered_at, audio)))
        await asyncio.gather(*uploads)
    finally:
        await sender.close()
    return answered_at
