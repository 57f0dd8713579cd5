"""How far the picture is from the sound, frame by frame, in Chromium: over all that a reviewer does with a call.

The picture says what time it is, the call audio is laid out by the same clock. Sound is where the audio element
says it is at the moment at which the browser showed the frame; where there is no sound, the player's own clock
stands for it. Frames count from the first one that is shown after a start, a seek or a pause.

Errors are what a person in front of it has: while the sound goes at double speed, 100 ms of the recording go by in
50 ms of the reviewer's time, and 50 ms is what the picture is late then. Both sides are read on the scale that is
played, on which a pause has no length.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from playwright.async_api import Page

from bench.figures import Figure
from bench.processes import temporary_home
from bench.registry import Report
from bench.review.heard import Heard
from bench.review.scene import Scene, scene, seek, spread_figures, until
from support.past_call import PastCall

SHORT = PastCall(call_id="short", seconds=100, pause=(40, 60), acw=20)
P95_MS, MAX_MS = 50, 100
_NOTE = (
    "picture against sound in Chromium, in the reviewer's time, every frame shown while playing; a loaded machine"
    " is slower"
)

Story = Callable[[Page], Awaitable[None]]


def run(report: Report) -> list[Figure]:
    """See the module."""
    return asyncio.run(_run(report))


async def _run(report: Report) -> list[Figure]:
    figures: list[Figure] = []
    with temporary_home() as home:
        async with scene(report, home, (SHORT,)) as set_up:
            for name, story in STORIES:
                report(f"watching: {name}")
                figures += await watched(set_up, SHORT.call_id, name, story)
    return figures


async def watched(set_up: Scene, call_id: str, name: str, story: Story, query: str = "?t=0") -> list[Figure]:
    """A story on a page of its own: how far picture and sound were apart in it."""
    page = await set_up.open(call_id, query)
    await story(page)
    samples, readings = await page.evaluate("() => [window.samples, window.readings]")
    await page.close()
    errors = errors_of(samples, Heard(readings), set_up.calls[call_id])
    return spread_figures(f"sync_{name}", errors, p95=P95_MS, most=MAX_MS, note=_NOTE)


def errors_of(samples: list[dict[str, Any]], heard: Heard, details: dict[str, Any]) -> list[float]:
    """Sound, or the leading clock, minus picture, in ms of the reviewer's time; positive when the picture is late."""
    starts_at = details["call_recording"]["starts_at"]
    pauses = [
        (span["start"], span["end"])
        for recording in details["screen_recordings"]
        for span in recording["spans"]
        if span["state"] == "paused"
    ]
    errors = []
    for sample in samples:
        if sample["state"] != "playing" or sample["seeking"]:
            continue
        if sample["playing"]:
            rate = heard.speed(sample["shown"])
            leading = _played(starts_at + heard.media_ms(sample["shown"]), pauses)
        else:
            rate = sample["rate"]
            leading = _played(sample["wall"], pauses) - sample["late"] * rate
        errors.append((leading - _played(sample["clock"], pauses)) / rate)
    return errors


def _played(wall: float, pauses: Sequence[tuple[int, int]]) -> float:
    """An instant on the scale that is played."""
    return wall - sum(min(max(0, wall - start), end - start) for start, end in pauses)


async def _play(page: Page) -> None:
    await page.get_by_test_id("play").click()
    await until(page, "at > 8000")


async def _pause(page: Page) -> None:
    for at in (2000, 4000, 6000):
        await page.get_by_test_id("play").click()
        await until(page, f"at > {at}")
        await page.get_by_test_id("play").click()
        await until(page, "state === 'paused'")


async def _seek(page: Page) -> None:
    rng = random.Random(5)
    await page.get_by_test_id("play").click()
    for _number in range(6):
        target = rng.randrange(1000, 36_000)
        await seek(page, target)
        await until(page, f"state === 'playing' && at > {target + 2000} && at < {target + 4000}")


async def _speed(page: Page) -> None:
    await page.get_by_test_id("play").click()
    await until(page, "at > 1000")
    for speed, end in (("2", 6000), ("0.5", 7000), ("3", 13_000), ("1.5", 16_000), ("1", 17_500)):
        await page.get_by_label("Speed").select_option(speed)
        await until(page, f"at > {end}")


async def _over_a_pause(page: Page) -> None:
    for _number in range(2):
        await seek(page, 37_500)
        await page.get_by_test_id("play").click()
        await until(page, "at > 62500")
        await page.get_by_test_id("play").click()
        await until(page, "state === 'paused'")


async def _after_call_work(page: Page) -> None:
    await seek(page, 97_000)
    await page.get_by_test_id("play").click()
    await until(page, "at > 106000")


STORIES: tuple[tuple[str, Story], ...] = (
    ("play", _play),
    ("pause", _pause),
    ("seek", _seek),
    ("speed", _speed),
    ("paused_span", _over_a_pause),
    ("acw", _after_call_work),
)
