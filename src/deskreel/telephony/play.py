"""Plays scripted calls against a server in real time."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deskreel.core.events import EventKind
from deskreel.telephony.scripts import Moment, Script, moments
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


async def play_script(
    server_url: str,
    source: str,
    secret: str,
    script: Script,
    *,
    run_id: str,
    on_moment: Callable[[Moment], None] = lambda _moment: None,
) -> int:
    """Send the events of `script`, each at its time and those of one moment together; gives how many.

    `run_id` makes the ids of calls and events those of this run.

    Raises:
        SendError: the server did not take an event.
    """
    sender = EventSender(server_url, source, secret)
    sent = 0
    try:
        started, began_at = time.monotonic(), _wall_ms()
        for at_s, together in itertools.groupby(moments(script), key=lambda moment: moment.at_s):
            await asyncio.sleep(max(0.0, started + at_s - time.monotonic()))
            batch = list(together)
            for moment in batch:
                on_moment(moment)
            await sender.send(
                [script_event(moment, sent + n, began_at, run_id) for n, moment in enumerate(batch)]
            )
            sent += len(batch)
    finally:
        await sender.close()
    return sent


def script_event(moment: Moment, number: int, began_at: int, run_id: str) -> dict[str, Any]:
    """A moment as the call-events API takes it."""
    event = {
        "event_id": f"{run_id}-{number}",
        "kind": moment.kind.value,
        "agent": moment.agent,
        "occurred_at": began_at + round(moment.at_s * 1000),
        "attributes": moment.attributes,
    }
    return event if moment.call is None else {**event, "call_id": f"{run_id}-call-{moment.call}"}
