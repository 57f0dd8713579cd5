"""Plays a scripted call against a server in real time."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
    """Send the events of `call`, each at its time and those of one moment together.

    Gives the wall time (ms) at which the call was answered.

    With `audio` the call's audio is delivered as soon as the call has ended, as a telephony does.

    Raises:
        SendError: the server did not take an event.
    """
    sender = EventSender(server_url, source, secret)
    uploads: list[asyncio.Task[str]] = []
    try:
        started = time.monotonic()
        answered_at = _wall_ms()
        numbers = itertools.count()
        for at_s, together in itertools.groupby(cues(call), key=lambda cue: cue.at_s):
            await asyncio.sleep(max(0.0, started + at_s - time.monotonic()))
            batch = list(together)
            for cue in batch:
                on_cue(cue)
            await sender.send([_event(call, cue, next(numbers), answered_at) for cue in batch])
            if audio is not None and any(cue.kind is EventKind.CALL_ENDED for cue in batch):
                uploads.append(asyncio.create_task(sender.upload_audio(call.call_id, answered_at, audio)))
        await asyncio.gather(*uploads)
    finally:
        await sender.close()
    return answered_at


def _event(call: ScriptedCall, cue: Cue, number: int, answered_at: int) -> dict[str, Any]:
    event = {
        "event_id": f"{call.call_id}-{number}",
        "kind": cue.kind.value,
        "agent": call.agent,
        "occurred_at": answered_at + round(cue.at_s * 1000),
        "attributes": cue.attributes,
    }
    return event if cue.call_id is None else {**event, "call_id": cue.call_id}
