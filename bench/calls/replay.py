"""Every capture of a real Asterisk, followed over TCP at ten times its speed, against the golden timelines.

A round plays all captures at once, each with packets split and merged by a seed. In the first figure's rounds each
link also breaks once, after a seeded number of events; what then must hold is in `deskreel.testing.link_check`.
"""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass, field
from pathlib import Path

from bench.figures import Figure, median, spread
from bench.registry import Report
from deskreel import logs
from deskreel.core.timeline import RecordingTimeline, SpanState
from deskreel.telephony.asterisk import replay
from deskreel.testing.fake_pbx import FakePbx, Faults, Fired
from deskreel.testing.follow_pbx import Followed, follow, recorded_calls, true_recordings
from deskreel.testing.link_check import faults_of, spans_of

BROKEN_ROUNDS, WHOLE_ROUNDS = 100, 20
SPEED = 10
_DATA = Path(__file__).resolve().parent.parent.parent / "tests" / "data" / "asterisk"
_AGENTS = ("1001", "1002")


@dataclass(slots=True)
class Tally:
    """What the rounds came to."""

    good: int = 0
    wrong: list[str] = field(default_factory=list)
    splits: int = 0
    merges: int = 0
    drops: int = 0
    lost: int = 0
    withheld_s: list[float] = field(default_factory=list)

    def count(self, fired: Fired) -> None:
        """Add the faults of one capture."""
        self.splits += fired.splits
        self.merges += fired.merges
        self.drops += fired.drops
        self.lost += fired.lost


def run(report: Report) -> list[Figure]:
    """Play all rounds."""
    logs.configure(level="error")  # a lost link is what is asked for here
    captures = [_DATA / f"{golden.stem}.ami.txt" for golden in sorted((_DATA / "golden").glob("*.json"))]
    check_golden(captures)
    broken, whole = Tally(), Tally()
    for seed in range(BROKEN_ROUNDS):
        asyncio.run(_round(captures, seed, broken, breaks=True))
        if (seed + 1) % 20 == 0:
            report(f"{seed + 1} rounds with a broken link, {broken.good} good")
    for seed in range(WHOLE_ROUNDS):
        asyncio.run(_round(captures, seed, whole, breaks=False))
    for wrong in [*broken.wrong, *whole.wrong][:10]:
        report(wrong)
    faults = f"{len(captures)} captures at once, {SPEED}x"
    return [
        Figure(
            name="replay.broken_link",
            value=broken.good,
            unit="rounds",
            runs=BROKEN_ROUNDS,
            goal=f"== {BROKEN_ROUNDS}",
            note=f"golden wherever it can be known, nothing shown beyond; {faults}, {broken.drops} reconnects, "
            f"{broken.lost} events lost, {broken.splits} packets split, {broken.merges} merged",
        ),
        Figure(
            name="replay.whole_link",
            value=whole.good,
            unit="rounds",
            runs=WHOLE_ROUNDS,
            goal=f"== {WHOLE_ROUNDS}",
            note=f"golden to the ms; {faults}, {whole.splits} packets split, {whole.merges} merged",
        ),
        Figure(
            name="replay.withheld",
            value=median(broken.withheld_s or [0.0]),
            unit="s",
            runs=len(broken.withheld_s),
            note=f"withheld per call by a reconnect in it, median; range {spread(broken.withheld_s or [0.0])}",
        ),
    ]


def check_golden(captures: list[Path]) -> None:
    """The comparison below is with the replay without a network; that one is with the files reviewed by hand."""
    for capture in captures:
        messages = replay.messages_of(
            capture.read_bytes(), capture.with_name(f"{_name(capture)}.ami.recv.jsonl").read_bytes()
        )
        settings = replay.ReplaySettings()
        found = replay.understand(messages, settings)
        expected = json.loads((_DATA / "golden" / f"{_name(capture)}.json").read_text())
        if replay.document(found, replay.views(found, settings)) != expected:
            raise RuntimeError(f"{_name(capture)}: the replay differs from its golden timeline")


def _name(capture: Path) -> str:
    return capture.name.removesuffix(".ami.txt")


async def _round(captures: list[Path], seed: int, tally: Tally, *, breaks: bool) -> None:
    rng = random.Random(seed)
    plans = [
        Faults(
            seed=rng.randrange(2**32),
            split=0.2,
            merge=0.2,
            drop_after=rng.randrange(5, _events_in(capture) - 10) if breaks else None,
            away=rng.randrange(6),
        )
        for capture in captures
    ]
    played = await asyncio.gather(*(_play(c, plan) for c, plan in zip(captures, plans, strict=True)))
    wrong: list[str] = []
    for capture, (followed, fired) in zip(captures, played, strict=True):
        tally.count(fired)
        for agent in _AGENTS:
            got, true = followed.recordings(agent), true_recordings(capture, agent)
            faults = _faults(capture, followed, got, true, breaks=breaks)
            wrong += [f"round {seed}, {_name(capture)}, {agent}: {fault}" for fault in faults]
            tally.withheld_s += _withheld_s(followed, got)
    tally.good += not wrong
    tally.wrong += wrong


def _events_in(capture: Path) -> int:
    return capture.read_bytes().count(b"\r\nEvent: ")


async def _play(capture: Path, plan: Faults) -> tuple[Followed, Fired]:
    async with FakePbx(capture, speed=SPEED, faults=plan) as pbx:
        return await follow(pbx), pbx.fired


def _faults(
    capture: Path,
    followed: Followed,
    got: tuple[RecordingTimeline, ...],
    true: tuple[RecordingTimeline, ...],
    *,
    breaks: bool,
) -> list[str]:
    if not breaks:
        return [] if got == true else [f"{got} instead of {true}"]
    if followed.state.connects != 2:
        return [f"{followed.state.connects} connections"]
    found = recorded_calls(capture, followed.gap.limit)
    return faults_of(got, true, followed.gap, followed.ended_at, found_under_way=found)


def _withheld_s(followed: Followed, got: tuple[RecordingTimeline, ...]) -> list[float]:
    spans = [span for span in spans_of(got) if span.state is SpanState.MISSING]
    ms = sum(span.window.closed_at(followed.ended_at).duration_ms for span in spans)
    return [ms / 1000] if ms else []
