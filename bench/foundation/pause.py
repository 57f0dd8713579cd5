"""What a pause leaves: frames stored from within it (none may be), and what is lost before it.

Several calls with several pauses each; then the finished MP4 is read back frame by frame.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bench.figures import Figure, median, spread
from bench.registry import Report
from bench.stage import Stage, stage
from deskreel.demo.figures import frames_within
from deskreel.media.assemble import IndexEntry, parse_index
from deskreel.media.frame_times import frame_times_ms
from deskreel.storage import layout

CALLS, PAUSES = 2, 6
RECORDED_S, PAUSED_S = 1.7, 0.9  # not a whole number of chunks: a pause comes at any moment
GOAL_LAST = "<= 250"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """What one pause left."""

    frames: int  # stored from within it
    lost_ms: int  # from the end of what is stored before it to its begin
    last_frame_ms: int  # from the last frame stored before it to its begin


def run(report: Report) -> list[Figure]:
    """See the module."""
    return asyncio.run(_run(report))


async def _run(report: Report) -> list[Figure]:
    pauses: list[Pause] = []
    async with stage(report) as set_up:
        for number in range(CALLS):
            report(f"call {number + 1} of {CALLS} with {PAUSES} pauses")
            pauses += await _one_call(set_up)
    lost = [float(pause.lost_ms) for pause in pauses]
    last = [float(pause.last_frame_ms) for pause in pauses]
    return [
        Figure(
            name="pause_frames_after",
            value=sum(pause.frames for pause in pauses),
            unit="frames",
            runs=len(pauses),
            goal="== 0",
            note="frames of the finished MP4 from within any of the pauses",
        ),
        Figure(
            name="pause_lost_before",
            value=median(lost),
            unit="ms",
            runs=len(lost),
            note=f"from the end of the last stored chunk to the pause event; range {spread(lost)} ms",
        ),
        Figure(
            name="pause_last_frame",
            value=median(last),
            unit="ms",
            runs=len(last),
            goal=GOAL_LAST,
            note=f"age of the last stored frame at the pause; at 5 frames/s up to 200; range {spread(last)} ms",
        ),
    ]


async def _one_call(set_up: Stage) -> list[Pause]:
    call = set_up.new_call()
    await call.answer()
    await call.first_frame()
    windows = []
    for _ in range(PAUSES):
        await asyncio.sleep(RECORDED_S)
        paused_at = await call.pause()
        await asyncio.sleep(PAUSED_S)
        windows.append((paused_at, await call.resume()))
    await asyncio.sleep(RECORDED_S)
    await call.end()
    await call.end_acw()
    recording = await call.available()
    index = parse_index(set_up.final_file(recording["id"], layout.FINAL_INDEX).read_bytes())
    video = set_up.final_file(recording["id"], layout.FINAL_VIDEO)
    starts_at = min(entry.meta.start for entry in index)
    frames = [starts_at + at for at in await asyncio.to_thread(frame_times_ms, video)]
    return [
        Pause(
            frames=frames_within(frames, start, end),
            lost_ms=_lost_ms(index, start),
            last_frame_ms=start - max((at for at in frames if at < start), default=0),
        )
        for start, end in windows
    ]


def _lost_ms(index: tuple[IndexEntry, ...], paused_at: int) -> int:
    """From the end of the last chunk that begins before the pause; below 0 if it reaches into the pause."""
    before = [entry.meta for entry in index if entry.meta.start < paused_at]
    return paused_at - max((meta.start + meta.duration_ms for meta in before), default=0)
