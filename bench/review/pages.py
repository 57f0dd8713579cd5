"""What a reviewer waits for in the pages, over 10,000 interactions: the figures of Lighthouse, in Chromium.

The browser measures: paints and long tasks as it reports them, and of each key and click the time until the next
paint (Event Timing, what "interaction to next paint" is made of). It rounds those to 8 ms and does not report the
ones below 16 ms: they count as 16. Pages are loaded with an empty cache.

The peer is a page without scripts, a search field and 100 calls with links, that the same server serves to the same
browser: what server, browser and machine cost before we begin.
"""

from __future__ import annotations

import asyncio
import random
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote_plus

from playwright.async_api import Browser, Page, StorageState

from bench.calls.seed import agent_name
from bench.figures import Figure
from bench.processes import temporary_home
from bench.registry import Report
from bench.review.pages_figures import (
    INTERACTIONS,
    SHORTEST_MS,
    Scroll,
    latency_figures,
    load_figures,
    other_figures,
)
from bench.review.scene import Scene, scene
from deskreel.serve import find_web
from deskreel.server.settings import load_settings

LOADS = 6  # of each page, in turns; the first of each warms up
KEYS = 30
OPENINGS = 8
WORDS = ("hello", "queue 7", "0800 765", "reference code")
PLAIN = "plain.html"
ROW = "[data-testid=activity-row]"
LAST_ROW = f"[aria-rowindex='{INTERACTIONS + 1}']"  # counted with the head

_WATCH = f"""
window.figures = {{ lcp: 0, tasks: [], interactions: {{}} }};
new PerformanceObserver((list) => {{ for (const one of list.getEntries()) figures.lcp = one.startTime; }})
  .observe({{ type: 'largest-contentful-paint', buffered: true }});
new PerformanceObserver((list) => {{ for (const one of list.getEntries()) figures.tasks.push(one.duration); }})
  .observe({{ type: 'longtask', buffered: true }});
new PerformanceObserver((list) => {{
  const {{ interactions }} = figures;
  for (const {{ interactionId, duration }} of list.getEntries())
    if (interactionId) interactions[interactionId] = Math.max(interactions[interactionId] ?? 0, duration);
}}).observe({{ type: 'event', durationThreshold: {SHORTEST_MS}, buffered: true }});
"""
_PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
_LOADED = """
() => ({
  first: performance.getEntriesByName('first-contentful-paint')[0].startTime,
  largest: figures.lcp,
  scripts: performance.getEntriesByType('resource')
    .filter((one) => new URL(one.name).pathname.endsWith('.js'))
    .reduce((sum, one) => sum + one.transferSize / 1000, 0),
})
"""
_TAKE = "(name) => { const taken = Object.values(figures[name]); figures[name] = []; return taken; }"
# From the next click until another heading stands there.
_NEXT_HEADING = """
() => { window.headed = new Promise((done) => document.addEventListener('click', () => {
  const began = performance.now();
  const from = document.querySelector('h1');
  const watch = () => {
    const now = document.querySelector('h1');
    if (now !== null && now !== from) requestAnimationFrame((at) => done(at - began));
    else requestAnimationFrame(watch);
  };
  watch();
}, { capture: true, once: true })); }
"""


@dataclass(slots=True)
class Latencies:
    """Times until the next paint, in ms, by what was done."""

    of: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

    async def take(self, page: Page, name: str, made: int) -> None:
        """What the page reported since the last time, of `made` interactions."""
        for _ in range(3):  # the time of a paint is known some frames after it
            await page.evaluate(_PAINTED)
        reported = await page.evaluate(_TAKE, "interactions")
        if len(reported) > made:
            raise RuntimeError(f"{name}: {len(reported)} interactions were reported of {made}")
        self.of.setdefault(name, []).extend([*reported, *[SHORTEST_MS] * (made - len(reported))])


def run(report: Report) -> list[Figure]:
    """See the module."""
    return asyncio.run(_run(report))


async def _run(report: Report) -> list[Figure]:
    ours, plain = Latencies(), Latencies()
    with temporary_home() as home:
        web = with_plain_page(home)
        async with scene(report, home, seeded=INTERACTIONS, web_dir=web) as set_up:
            report("loading")
            loads = await _loads(set_up)
            page = await set_up.context.new_page()
            await page.add_init_script(_WATCH)
            report("the plain page")
            await _plain_interactions(page, set_up, plain)
            report("scrolling through all rows")
            scroll = await _scroll(page, set_up)
            report("keys, words and clicks")
            await _keys(page, ours)
            await _words(page, ours)
            headed = await _openings(page, set_up, ours)
    return [*load_figures(loads), *latency_figures(ours.of, plain.of), *other_figures(headed, scroll)]


def with_plain_page(home: Path) -> Path:
    """A copy of the built web UI with the peer's page beside it.

    Raises:
        RuntimeError: the UI is not built.
    """
    built = find_web(load_settings(data_dir=home))
    if built is None:
        raise RuntimeError("the web UI is not built: run `make web`")
    web = home / "web"
    shutil.copytree(built, web)
    rows = "".join(
        f"<tr><td><a href='#{n}'>{n:02d}:00</a></td><td>{agent_name(n)}</td><td>+49 30 {n:08d}</td></tr>"
        for n in range(100)
    )
    (web / PLAIN).write_text(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Calls</title><h1>Calls</h1>"
        f"<input aria-label=Search><table>{rows}</table></html>"
    )
    return web


async def _loads(set_up: Scene) -> dict[str, list[dict[str, float]]]:
    """Paints and bytes of both pages, in turns."""
    browser = set_up.context.browser
    assert browser is not None
    state = await set_up.context.storage_state()
    base = set_up.deskreel.settings.base_url
    taken: dict[str, list[dict[str, float]]] = {"ours": [], "plain": []}
    for _ in range(LOADS):
        taken["ours"].append(await _load(browser, state, f"{base}/activities", ROW))
        taken["plain"].append(await _load(browser, state, f"{base}/{PLAIN}", "tr"))
    return {name: times[1:] for name, times in taken.items()}


async def _load(browser: Browser, state: StorageState, address: str, content: str) -> dict[str, float]:
    """As somebody who is signed in and was never there before."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, storage_state=state)
    page = await context.new_page()
    await page.add_init_script(_WATCH)
    await page.goto(address)
    await page.locator(content).first.wait_for()
    await page.wait_for_load_state("networkidle")
    await page.evaluate(_PAINTED)
    measured: dict[str, float] = await page.evaluate(_LOADED)
    await context.close()
    return measured


async def _plain_interactions(page: Page, set_up: Scene, taken: Latencies) -> None:
    await page.goto(f"{set_up.deskreel.settings.base_url}/{PLAIN}")
    await page.locator("a").first.focus()
    await _press(page, taken, "keys", ["Tab"] * KEYS)
    await page.locator("input").focus()
    for word in WORDS:
        await _press(page, taken, "words", list(word))
    for number in range(OPENINGS):
        await page.locator("a").nth(number).click()
        await taken.take(page, "clicks", 1)


async def _press(page: Page, taken: Latencies, name: str, keys: Sequence[str]) -> None:
    for key in keys:
        await page.keyboard.press(key)
        await page.evaluate(_PAINTED)
    await taken.take(page, name, len(keys))


async def _scroll(page: Page, set_up: Scene) -> Scroll:
    """By the wheel, as fast as the rows come."""
    await page.goto(f"{set_up.deskreel.settings.base_url}/activities")
    await page.locator(ROW).first.wait_for()
    await page.wait_for_load_state("networkidle")
    await page.evaluate(_TAKE, "tasks")
    await page.mouse.move(640, 500)
    began = asyncio.get_running_loop().time()
    while await page.locator(LAST_ROW).count() == 0:
        await page.mouse.wheel(0, 1500)
        await page.evaluate(_PAINTED)
    seconds = asyncio.get_running_loop().time() - began
    return Scroll(tasks=await page.evaluate(_TAKE, "tasks"), seconds=seconds)


async def _keys(page: Page, taken: Latencies) -> None:
    """From the last row up, while all rows are loaded."""
    await page.locator(LAST_ROW).locator("a").focus()
    await page.evaluate(_TAKE, "interactions")
    await _press(page, taken, "keys", ["ArrowUp"] * KEYS + ["PageUp"] * (KEYS // 2) + ["ArrowDown"] * KEYS)
    await _press(page, taken, "keys", ["Home", "End", "Home"])
    await page.wait_for_function("() => document.activeElement.closest('[aria-rowindex=\"2\"]')")


async def _words(page: Page, taken: Latencies) -> None:
    for word in WORDS:
        await page.keyboard.press("/")
        await page.keyboard.press("Delete")
        await taken.take(page, "words", 2)
        await _press(page, taken, "words", list(word))
        await page.wait_for_url(re.compile(r"text=" + re.escape(quote_plus(word))))
        await page.wait_for_load_state("networkidle")
        await page.keyboard.press("Escape")
        await page.wait_for_url(re.compile("activities$"))
        await taken.take(page, "words", 1)


async def _openings(page: Page, set_up: Scene, taken: Latencies) -> list[float]:
    """Clicks on rows; gives how long the heading of the details took."""
    rng = random.Random(2)
    headed = []
    await page.goto(f"{set_up.deskreel.settings.base_url}/activities")
    for _ in range(OPENINGS + 1):
        await page.locator(ROW).first.wait_for()
        await page.wait_for_load_state("networkidle")
        await page.evaluate(_TAKE, "interactions")
        await page.evaluate(_NEXT_HEADING)
        await page.locator(ROW).nth(rng.randrange(12)).click()
        headed.append(float(await page.evaluate("() => window.headed")))
        await taken.take(page, "clicks", 1)
        await page.go_back()
    return headed[1:]  # the first one loads the page's scripts
