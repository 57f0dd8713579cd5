"""Twelve minutes of capture: a leak of a picture a minute shows, a slope of a few MB an hour is within the noise."""

from __future__ import annotations

import asyncio

from bench.figures import Figure
from bench.recorder.soak import soak
from bench.registry import Report


def run(report: Report) -> list[Figure]:
    """See the module."""
    return asyncio.run(soak(report, name="recorder_soak_short", minutes=12, warm_up_minutes=4))
