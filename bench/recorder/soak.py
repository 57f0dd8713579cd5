"""One hour of capture: does the recorder's memory stay flat?"""

from __future__ import annotations

import asyncio
import time

import numpy as np
import psutil

from bench.figures import Figure
from bench.recorder.desktop_names import WORKLOADS
from bench.recorder.live import Desktop, desk_stage, recorder_of
from bench.registry import Report

HOURS = 1.0
WARM_UP_S = 600  # caches and buffers find their size
SAMPLE_S = 5.0
GOAL_MB_PER_HOUR = "<= 5"


def run(report: Report) -> list[Figure]:
    """See the module."""
    return asyncio.run(_run(report))


async def _run(report: Report) -> list[Figure]:
    samples: list[tuple[float, float]] = []
    async with desk_stage(report) as on:
        watch = psutil.Process(recorder_of(on).process.pid)
        call = on.new_call()
        await call.answer()
        await call.first_frame()
        began = time.monotonic()
        sampler = asyncio.create_task(_sample(watch, began, samples))
        number = 0
        while (passed := time.monotonic() - began) < HOURS * 3600:
            report(f"{passed / 60:.0f} of {HOURS * 60:.0f} min, {samples[-1][1] if samples else 0:.0f} MB")
            desktop = await Desktop(on, WORKLOADS[number % len(WORKLOADS)]).ready()
            try:
                await desktop.play()
            finally:
                desktop.close()
            number += 1
        sampler.cancel()
        await call.end()
        await call.end_acw()
        await call.available()
    late = [sample for sample in samples if sample[0] >= min(WARM_UP_S, HOURS * 1800)]
    seconds, resident = np.array(late).T
    slope = float(np.polyfit(seconds, resident, 1)[0]) * 3600
    return [
        Figure(
            name="recorder_soak_rss_slope",
            value=slope,
            unit="MB an hour",
            runs=len(late),
            goal=GOAL_MB_PER_HOUR,
            note=(
                f"{resident[0]:.0f} MB after the warm-up, {resident[-1]:.0f} at the end, "
                f"at most {resident.max():.0f}"
            ),
        )
    ]


async def _sample(watch: psutil.Process, began: float, samples: list[tuple[float, float]]) -> None:
    while True:
        samples.append((time.monotonic() - began, watch.memory_info().rss / 1e6))
        await asyncio.sleep(SAMPLE_S)
