"""How far the picture is from the sound, frame by frame, in Chromium: over all that a reviewer does with a call.

The picture says what time it is, the call audio is laid out by the same clock. Sound is where the audio element
says it is at the moment at which the browser showed the frame; where there is no sound, the player's own clock
stands for it. Frames count from the first one that is shown after a start, a seek or a pause.

Errors are what a person in front of it has: at double speed, 100 ms of the recording go by in 50 ms of the
reviewer's time, and 50 ms is what the picture is late then. Both sides are read on the scale that is played, on
which a pause has no length.
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
from bench.review.scene import READY, SAMPLER, Scene, scene, seek, spread_figures, until
from support.past_call import PastCall

DRIFT = 100e-6  # how much faster the server's clock runs than the recorder's: 1.4 s in four hours
FOUR_HOURS = 4 * 3600 - 20  # the most that one screen recording may last is just longer
SHORT = PastCall(call_id="short", seconds=100, pause=(40, 60), acw=20)
LONG = PastCall(
    call_id="long",
    agent="1002",
    seconds=FOUR_HOURS,
    drift=DRIFT,
    shown=tuple((at, at + 60) for at in (0, FOUR_HOURS / 2, FOUR_HOURS - 60)),
    frame_ms=200,
    heard_from=FOUR_HOURS - 900,
)
P95_MS, MAX_MS = 50, 100
_NOTE = (
    "picture against sound in Chromium, in the reviewer's time, every frame shown while playing; a loaded machine"
    " is slower"
)

Story = Callable[[Scene, Page], Awaitable[None]]


def run(report: Report) -> list[Figure]:
    """See the module."""
    return asyncio.run(_run(report, SHORT, STORIES))


def run_long(report: Report) -> list[Figure]:
    """The same at the begin, in the middle and at the end of four hours, of which the last 15 minutes have sound.

    Without sound the player's clock leads, on the same timeline; encoding four hours of sound would take minutes.
    """
    return asyncio.run(_run(report, LONG, LONG_STORIES))


async def _run(report: Report, call: PastCall, stories: Sequence[tuple[str, Story]]) -> list[Figure]:
    figures: list[Figure] = []
    with temporary_home() as home:
        async with scene(report, home, (call,)) as set_up:
            for name, story in stories:
                report(f"watching: {name}")
                page = await set_up.open(call.call_id)
                await story(set_up, page)
                samples = await page.evaluate("() => window.samples")
                await page.close()
                errors = errors_of(samples, set_up.calls[call.call_id])
                figures += spread_figures(f"sync_{name}", errors, p95=P95_MS, most=MAX_MS, note=_NOTE)
    return figures


def errors_of(samples: list[dict[str, Any]], details: dict[str, Any]) -> list[float]:
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
        leading = starts_at + sample["audio"] * 1000 if sample["playing"] else sample["wall"]
        then = _played(leading, pauses) - sample["late"] * sample["rate"]
        errors.append((then - _played(sample["clock"], pauses)) / sample["rate"])
    return errors


def _played(wall: float, pauses: Sequence[tuple[int, int]]) -> float:
    """An instant on the scale that is played."""
    return wall - sum(min(max(0, wall - start), end - start) for start, end in pauses)


async def _play(_: Scene, page: Page) -> None:
    await page.get_by_test_id("play").click()
    await until(page, "at > 8000")


async def _pause(_: Scene, page: Page) -> None:
    for at in (2000, 4000, 6000):
        await page.get_by_test_id("play").click()
        await until(page, f"at > {at}")
        await page.get_by_test_id("play").click()
        await until(page, "state === 'paused'")


async def _seek(_: Scene, page: Page) -> None:
    rng = random.Random(5)
    await page.get_by_test_id("play").click()
    for _number in range(6):
        target = rng.randrange(1000, 36_000)
        await seek(page, target)
        await until(page, f"state === 'playing' && at > {target + 2000} && at < {target + 4000}")


async def _speed(_: Scene, page: Page) -> None:
    await page.get_by_test_id("play").click()
    await until(page, "at > 1000")
    for speed, end in (("2", 6000), ("0.5", 7000), ("3", 13_000), ("1.5", 16_000), ("1", 17_500)):
        await page.get_by_label("Speed").select_option(speed)
        await until(page, f"at > {end}")


async def _over_a_pause(_: Scene, page: Page) -> None:
    for _number in range(2):
        await seek(page, 37_500)
        await page.get_by_test_id("play").click()
        await until(page, "at > 62500")
        await page.get_by_test_id("play").click()
        await until(page, "state === 'paused'")


async def _after_call_work(_: Scene, page: Page) -> None:
    await seek(page, 97_000)
    await page.get_by_test_id("play").click()
    await until(page, "at > 106000")


def _long(second: float) -> Story:
    async def story(set_up: Scene, page: Page) -> None:
        await page.goto(set_up.address("long", f"?t={second:.0f}"))
        await page.wait_for_function(READY, timeout=60_000)
        await page.evaluate(SAMPLER)
        await page.get_by_test_id("play").click()
        await until(page, f"at > {(second + 8) * 1000}", timeout_s=60)

    return story


STORIES: tuple[tuple[str, Story], ...] = (
    ("play", _play),
    ("pause", _pause),
    ("seek", _seek),
    ("speed", _speed),
    ("paused_span", _over_a_pause),
    ("acw", _after_call_work),
)
LONG_STORIES: tuple[tuple[str, Story], ...] = (
    ("4h_begin", _long(10)),
    ("4h_middle", _long(FOUR_HOURS / 2 + 10)),
    ("4h_end", _long(FOUR_HOURS - 40)),
)
