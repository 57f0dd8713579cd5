"""The recorder is killed (SIGKILL) again and again in the middle of one call: what is lost each time.

The instants are random: in turns some time after the program's start, which on a busy machine is before it captures,
and some time after its first chunk. A chunk that the store had at a kill must be in the finished recording; what is
missing before a kill is at most the chunk that was being written.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, replace

from bench.figures import Figure, median, spread
from bench.recorder.live import folder_of
from bench.registry import Report
from bench.stage import LOG_LEVEL, POLL_S, Stage, stage, wall_ms
from deskreel.core.chunk import ChunkMeta
from deskreel.core.ids import ScreenRecordingId
from deskreel.demo.client import wait_for
from deskreel.demo.processes import Program
from deskreel.media.assemble import parse_index
from deskreel.recorder.capture.chunker import ChunkRules
from deskreel.recorder.spool.names import parse_chunk_name
from deskreel.storage import layout

KILLS = 100
SEED = 11
ALIVE_S = (0.5, 4.0)  # from the start of the program to the kill
CAPTURING_S = (0.0, 4.0)  # from its first chunk to the kill
FIRST_CHUNK_S = 30.0  # it has one by then
SLACK_MS = 400  # a frame's slot, and the write itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """One."""

    at: int  # wall ms
    stored: frozenset[str]  # digests of the chunks in the store


def run(report: Report) -> list[Figure]:
    """See the module."""
    return asyncio.run(_run(report))


async def _run(report: Report) -> list[Figure]:
    chance = random.Random(SEED)
    kills: list[Kill] = []
    async with stage(report) as on:
        call = on.new_call()
        await call.answer()
        await call.first_frame()
        recording = await call.recording()
        assert recording is not None
        recorder, began = on.programs[-1], wall_ms()
        try:
            for number in range(KILLS):
                report(f"kill {number + 1} of {KILLS}")
                if number % 2:
                    await _first_chunk(on, began)
                    await asyncio.sleep(chance.uniform(*CAPTURING_S))
                else:
                    await asyncio.sleep(chance.uniform(*ALIVE_S))
                stored = frozenset(meta.digest for meta in _stored(on, recording["id"]))
                recorder.require_running()
                at = wall_ms()
                recorder.process.kill()
                recorder.process.wait()
                kills.append(Kill(at=at, stored=stored))
                began = wall_ms()
                recorder = _start(on, number)
            call.stage = replace(on, programs=(*on.programs[:-1], recorder))
            await asyncio.sleep(6)
            await call.end()
            await call.end_acw()
            finished = await call.available()
        finally:
            recorder.stop()
        index = parse_index(on.final_file(finished["id"], layout.FINAL_INDEX).read_bytes())
    return _figures(kills, [entry.meta for entry in index])


def _start(on: Stage, number: int) -> Program:
    env = {"DESKREEL_RECORDER_DIR": str(folder_of(on) / "recorder"), "DISPLAY": on.display}
    arguments = ["deskreel", *LOG_LEVEL, "recorder", "run", "--headless"]
    return Program(f"recorder-{number}", arguments, env=env, log_dir=folder_of(on))


async def _first_chunk(on: Stage, began: int) -> None:
    """Until the recorder that was started at `began` (wall ms) has spooled a chunk."""
    spool = folder_of(on) / "recorder" / "spool"

    async def spooled() -> bool:
        chunks = (parse_chunk_name(path.name, 1) for path in spool.glob("*/*.ready"))
        return any(chunk is not None and chunk.start >= began for chunk in chunks)

    await wait_for("a chunk of the recorder", spooled, timeout_s=FIRST_CHUNK_S, every_s=POLL_S)


def _stored(on: Stage, recording: str) -> list[ChunkMeta]:
    """Chunks of the recording that the store has."""
    objects = on.settings.data_dir / "objects"
    folder = objects / layout.chunks_prefix(ScreenRecordingId(recording))
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return [layout.parse_chunk_key(path.relative_to(objects).as_posix()) for path in files]


def _figures(kills: list[Kill], kept: list[ChunkMeta]) -> list[Figure]:
    digests = {meta.digest for meta in kept}
    gone = {digest for kill in kills for digest in kill.stored} - digests
    # a kill before the first frame of its run lost nothing: nothing begins after the kill before it
    lost: list[float] = []
    for before, kill in zip([0, *(k.at for k in kills)], kills, strict=False):
        ends = [meta.window.limit for meta in kept if before <= meta.start < kill.at]
        if ends:
            lost.append(float(max(0, kill.at - max(ends))))
    rules = ChunkRules()
    return [
        Figure(
            name="recorder_kills_acknowledged_lost",
            value=len(gone),
            unit="chunks",
            runs=len(kills),
            goal="== 0",
            note=f"of {len({d for k in kills for d in k.stored})} that were in the store at one of the kills",
        ),
        Figure(
            name="recorder_kills_lost",
            value=max(lost),
            unit="ms",
            runs=len(lost),
            goal=f"<= {rules.chunk_ms + SLACK_MS}",
            note=(
                f"from the end of what is kept to the kill, the worst: a chunk of {rules.chunk_ms} ms and a frame; "
                f"median {median(lost):.0f}, range {spread(lost)} ms; "
                f"{len(kills) - len(lost)} kills came before there was anything to lose"
            ),
        ),
    ]
