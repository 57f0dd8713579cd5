"""From the end of a call until all of it can be played, and from the end of After Call Work to the MP4.

A reviewer polls the playlist while the recorder goes on with After Call Work, as on a busy desk.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bench.figures import Figure, median, spread
from bench.registry import Report
from bench.stage import POLL_S, Call, Stage, stage, wall_ms
from deskreel.core.reasons import ReasonCode
from deskreel.core.timeline import SpanState

CALLS = 6
CALL_S, ACW_S = 3.3, 2.4
GOAL = "<= 2000"


def run(report: Report) -> list[Figure]:
    """See the module."""
    return asyncio.run(_run(report))


async def _run(report: Report) -> list[Figure]:
    playable: list[float] = []
    finished: list[float] = []
    missing: list[float] = []
    async with stage(report) as set_up:
        for number in range(CALLS):
            report(f"call {number + 1} of {CALLS}")
            outcome = await _one_call(set_up)
            playable.append(float(outcome.playable_ms))
            finished.append(float(outcome.mp4_ms))
            missing.append(float(outcome.missing_ms))
    return [
        Figure(
            name="playable_call",
            value=median(playable),
            unit="ms",
            runs=len(playable),
            goal=GOAL,
            note=(
                "call.ended until the playlist covers the call to its end; polled every "
                f"{POLL_S * 1000:.0f} ms; range {spread(playable)} ms"
            ),
        ),
        Figure(
            name="playable_mp4",
            value=median(finished),
            unit="ms",
            runs=len(finished),
            note=f"end of After Call Work until the finished MP4; range {spread(finished)} ms",
        ),
        Figure(
            name="playable_missing",
            value=max(missing),
            unit="ms",
            runs=len(missing),
            note="missing in a finished recording for another reason than its start's delay; the worst call",
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Of one call."""

    playable_ms: int  # from its end until it plays to the end
    mp4_ms: int  # from the end of After Call Work until the MP4 is there
    missing_ms: int  # for another reason than the delay of the first frame


async def _one_call(set_up: Stage) -> Outcome:
    call = set_up.new_call()
    await call.answer()
    await call.first_frame()
    await asyncio.sleep(CALL_S)
    ended_at = await call.end()
    watching = asyncio.create_task(_playable_at(call))
    try:
        await asyncio.sleep(ACW_S)
        acw_ended_at = await call.end_acw()
        playable_at = await watching
    finally:
        watching.cancel()
    recording = await call.available()
    return Outcome(
        playable_ms=playable_at - ended_at,
        mp4_ms=recording["available_at"] - acw_ended_at,
        missing_ms=sum(
            span["end"] - span["start"]
            for span in recording["spans"]
            if span["state"] == SpanState.MISSING and span["reason"] != ReasonCode.START_DELAY
        ),
    )


async def _playable_at(call: Call) -> int:
    async def probe() -> int | None:
        recording = await call.recording()
        if recording is None:
            return None
        until = await call.stage.reviewer.playable_until(recording["playlist_url"])
        return wall_ms() if until is not None and until >= call.ended_at else None

    return int(await call.stage.wait_for("playback of the whole call", probe))
