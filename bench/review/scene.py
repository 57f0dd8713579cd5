"""A server with calls that are over, and a browser that is signed in; and how frames are read in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from playwright.async_api import BrowserContext, Page, async_playwright

from bench.calls.seed import seed
from bench.figures import Figure
from bench.registry import Report
from deskreel.testing.clock_window import CLOCK_DECODER_JS
from support.browser import CHROMIUM, sign_in
from support.past_call import Office, PastCall
from support.postgres import TestPostgres
from support.server import Deskreel, running

READY = "() => document.querySelector('[data-testid=screen-video]')?.readyState >= 3"

# Each frame as it comes to the glass: what it shows, and where the clock that leads was when it was read. And where
# the sound was, time and again, for a frame is read some time after it was shown (`bench/review/heard.py`).
SAMPLER = """
() => {
  __DECODER__
  const root = document.querySelector('[data-testid=player], [data-testid=second-screen]');
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  window.samples = [];
  window.readings = [];
  const read = () => {
    const audio = document.querySelector('[data-testid=call-audio]');
    const at = performance.timeOrigin + performance.now();
    if (audio) window.readings.push([at, audio.currentTime * 1000, audio.playbackRate]);
    requestAnimationFrame(read);
  };
  read();
  let last = null;
  // the player says where it is once in each animation frame: time goes on until it is read
  let said = performance.now();
  new MutationObserver(() => { said = performance.now(); })
    .observe(root, { attributeFilter: ['data-wall-ms'] });
  const attach = () => {
    const video = document.querySelector('[data-testid=screen-video]');
    if (video && video !== last) { last = video; video.requestVideoFrameCallback(take(video)); }
    setTimeout(attach, 200);
  };
  const take = (video) => function onFrame(_now, frame) {
    const audio = document.querySelector('[data-testid=call-audio]');
    const now = performance.now();
    const late = now - frame.presentationTime;  // this runs some time after the frame was shown
    canvas.width = video.videoWidth; canvas.height = video.videoHeight;
    context.drawImage(video, 0, 0);
    const clock = decodeClock(context.getImageData(0, 0, canvas.width, canvas.height));
    const rate = audio ? audio.playbackRate : 1;
    if (clock !== null) window.samples.push({
      clock, late, rate, playing: audio !== null && !audio.paused && !audio.ended,
      seeking: video.seeking || (audio?.seeking ?? false), state: root.dataset.state,
      wall: Number(root.dataset.wallMs) + (now - said) * rate, shown: performance.timeOrigin + frame.presentationTime,
    });
    video.requestVideoFrameCallback(onFrame);
  };
  attach();
}
""".replace("__DECODER__", CLOCK_DECODER_JS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is there to look at."""

    deskreel: Deskreel
    office: Office | None  # if there were calls to make
    context: BrowserContext
    calls: dict[str, dict[str, Any]]  # details by call id
    folder: Path

    def address(self, call_id: str, query: str = "") -> str:
        """The page of a call."""
        return f"{self.deskreel.settings.base_url}/activities/{self.calls[call_id]['id']}{query}"

    async def open(self, call_id: str, query: str = "?t=0") -> Page:
        """The page of a call once its picture could run, with the sampler in it."""
        page = await self.context.new_page()
        await page.goto(self.address(call_id, query))
        await page.wait_for_function(READY, timeout=60_000)
        await page.evaluate(SAMPLER)
        return page


@asynccontextmanager
async def scene(
    report: Report,
    home: Path,
    calls: Sequence[PastCall] = (),
    *,
    seeded: int = 0,
    desktop: dict[str, str | float | bool] | None = None,
    **settings: Any,
) -> AsyncIterator[Scene]:
    """Set it up, over so many seeded interactions and by these settings; ends all of it with the block.

    `desktop` is the environment that shows a browser where it is to be seen; without it there is none to see.
    """
    report("starting the server")
    postgres = await asyncio.to_thread(TestPostgres)
    try:
        url = postgres.fresh()
        if seeded:
            await asyncio.to_thread(seed, url, seeded, report)
        async with running(url, home / "data", **settings) as deskreel, async_playwright() as playwright:
            await deskreel.sign_in()
            office = await Office.open(deskreel, home) if calls else None
            details: dict[str, dict[str, Any]] = {}
            for call in calls:
                assert office is not None
                report(f"making the call {call.call_id} of {call.seconds:.0f} s")
                details[call.call_id] = await office.hold(call)
            browser = await playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=CHROMIUM, headless=desktop is None, env=desktop
            )
            context = await browser.new_context(viewport={"width": 1280, "height": 800})
            page = await context.new_page()
            await sign_in(page, deskreel.settings.base_url)
            await page.close()
            yield Scene(deskreel=deskreel, office=office, context=context, calls=details, folder=home)
            await browser.close()
    finally:
        postgres.close()


async def seek(page: Page, position_ms: int) -> None:
    """Press the timeline there, as a reviewer does."""
    bar = page.get_by_test_id("timeline")
    box = await bar.bounding_box()
    total = int(await page.get_by_test_id("player").get_attribute("data-duration-ms") or 0)
    if box is None or total <= 0:
        raise RuntimeError("there is no timeline")
    await page.mouse.click(box["x"] + box["width"] * position_ms / total, box["y"] + 10)


async def until(page: Page, condition: str, *, root: str = "player", timeout_s: float = 30) -> None:
    """Wait for a condition over `at` (position in ms) and `state` of the player."""
    await page.wait_for_function(
        f"""() => {{ const {{ state, positionMs }} = document.querySelector('[data-testid={root}]').dataset;
        const at = Number(positionMs); return {condition}; }}""",
        timeout=timeout_s * 1000,
    )


def spread_figures(
    name: str, errors: Sequence[float], *, p95: float, most: float | None, note: str
) -> list[Figure]:
    """How far off, as people see it: 95 % of the frames, and the worst of them."""
    off = np.abs(np.asarray(errors, dtype=float))
    if not len(off):
        raise RuntimeError(f"{name}: nothing was measured")
    figures = [
        Figure(
            name=f"{name}_p95",
            value=float(np.percentile(off, 95)),
            unit="ms",
            runs=len(off),
            goal=f"<= {p95:.0f}",
            note=note,
        )
    ]
    if most is not None:
        worst = float(off.max())
        figures.append(
            Figure(
                name=f"{name}_max",
                value=worst,
                unit="ms",
                runs=len(off),
                goal=f"<= {most:.0f}",
                note=note,
            )
        )
    return figures
