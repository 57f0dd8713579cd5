"""One hour of capture: does the recorder's memory stay flat? `soak_short` asks the same in twelve minutes."""

from __future__ import annotations

import asyncio
import time

import numpy as np
import psutil

from bench.figures import Figure
from bench.recorder.desktop_names import WORKLOADS
from bench.recorder.live import Desktop, desk_stage, recorder_of
from bench.registry import Report

SAMPLE_S = 5.0
GOAL_MB_PER_HOUR = "<= 5"


def run(report: Report) -> list[Figure]:
    """See the module."""
    return asyncio.run(soak(report, name="recorder_soak", minutes=60, warm_up_minutes=10))


async def soak(report: Report, *, name: str, minutes: float, warm_up_minutes: float) -> list[Figure]:
    """Capture for `minutes`; the slope of what is resident after the warm-up, when caches have found their size."""
    samples: list[tuple[float, float]] = []
    async with desk_stage(report) as on:
        watch = psutil.Process(recorder_of(on).process.pid)
        call = on.new_call()
        await call.answer()
        await call.first_frame()
        began = time.monotonic()
        sampler = asyncio.create_task(_sample(watch, began, samples))
        number = 0
        while (passed := time.monotonic() - began) < minutes * 60:
            report(f"{passed / 60:.0f} of {minutes:.0f} min, {samples[-1][1] if samples else 0:.0f} MB")
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
    late = [sample for sample in samples if sample[0] >= warm_up_minutes * 60]
    seconds, resident = np.array(late).T
    slope = float(np.polyfit(seconds, resident, 1)[0]) * 3600
    return [
        Figure(
            name=f"{name}_rss_slope",
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
