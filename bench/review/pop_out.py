"""How far the screen in a tab of its own is from the player's, by what both showed at the same moment."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
from playwright.async_api import Page

from bench.figures import Figure
from bench.processes import temporary_home
from bench.registry import Report
from bench.review.scene import READY, SAMPLER, scene, seek, spread_figures, until
from support.past_call import PastCall

CALL = PastCall(call_id="pair", seconds=120)
P95_MS = 100
SETTLED_MS = 1000  # after an order from either side
_NOTE = "frames of both tabs at the same moment, from 1 s after each order on; a loaded machine is slower"


def run(report: Report) -> list[Figure]:
    """See the module."""
    return asyncio.run(_run(report))


async def _run(report: Report) -> list[Figure]:
    with temporary_home() as home:
        async with scene(report, home, (CALL,)) as set_up:
            page = await set_up.open("pair")
            async with set_up.context.expect_page() as opening:
                await page.get_by_label("Open in new tab").click()
            second = await opening.value
            await second.wait_for_function(READY, timeout=60_000)
            await second.evaluate(SAMPLER)
            await second.wait_for_function(
                "() => document.querySelector('[data-testid=second-screen]').dataset.company === 'together'"
            )
            report("watching in two tabs")
            orders = await _watch(page, second)
            first_samples, second_samples = [
                await tab.evaluate("() => window.samples") for tab in (page, second)
            ]
    errors = apart(first_samples, second_samples, orders)
    return spread_figures("pop_out", errors, p95=P95_MS, most=None, note=_NOTE)


async def _watch(page: Page, second: Page) -> list[float]:
    """Orders from either side; gives when they were given, wall ms."""
    given: list[float] = []

    async def order(act: Any) -> None:
        await act
        given.append(await page.evaluate("() => Date.now()"))

    await order(page.get_by_test_id("play").click())
    await until(page, "at > 9000")
    await order(second.get_by_label("Forward 5 s").click())
    await until(page, "at > 20000")
    await order(seek(page, 60_000))
    await until(page, "at > 66000")
    await order(second.get_by_label("Speed").select_option("2"))
    await until(page, "at > 82000")
    await order(page.get_by_label("Speed").select_option("1"))
    await until(page, "at > 88000")
    await order(second.get_by_test_id("play").click())
    await until(page, "state === 'paused'")
    await order(page.get_by_test_id("play").click())
    await until(page, "at > 96000")
    return given


def apart(first: list[dict[str, Any]], second: list[dict[str, Any]], orders: list[float]) -> list[float]:
    """For each frame of the second tab: what it shows minus what the first one showed then, in media ms."""
    shown = [sample for sample in first if sample["state"] == "playing"]
    times = np.asarray([sample["shown"] for sample in shown])
    clocks = np.asarray([sample["clock"] for sample in shown], dtype=float)
    errors = []
    for sample in second:
        at = sample["shown"]
        if sample["state"] != "playing" or any(-200 < at - order < SETTLED_MS for order in orders):
            continue
        after = int(np.searchsorted(times, at))
        # only between two frames that followed each other: else the first tab stood or jumped in between
        if 0 < after < len(times) and times[after] - times[after - 1] < 400:
            errors.append(sample["clock"] - float(np.interp(at, times, clocks)))
    return errors
