"""Watching a call while it is up: the picture is seconds behind, and goes over into the finished recording."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright

from deskreel.telephony.play import play_call
from deskreel.telephony.simulator import ScriptedCall
from support.browser import CHROMIUM, listen, sign_in
from support.picture_age import sample_ages
from support.postgres import TestPostgres
from support.waiting import eventually
from support.world import World

SECONDS = 30.0
BEHIND_MS = 15_000  # what a viewer may be behind: keyframes may be a minute apart, chunks are 2 to 5 s


@pytest.mark.measures
@pytest.mark.timeout(180)
async def test_a_call_is_watched_while_it_is_up(tmp_path: Path, postgres: TestPostgres) -> None:
    async with World(tmp_path / "world", postgres.fresh()) as world:
        call = ScriptedCall(agent="1001", call_id="c1", seconds=SECONDS, pause=None, acw=0.5)
        playing = asyncio.create_task(play_call(world.url, "pbx", world.telephony.secret, call))

        async def begun() -> dict[str, Any] | None:
            details = await world.interaction()
            return details if details is not None and details["screen_recordings"] else None

        details = await eventually("the call", begun)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
            page = await browser.new_page(viewport={"width": 1440, "height": 900})
            noise = listen(page)
            await sign_in(page, world.url)
            await page.goto(f"{world.url}/activities/{details['id']}")
            await page.wait_for_function(
                "() => document.querySelector('[data-testid=screen-video]')?.readyState >= 2", timeout=20_000
            )
            await sample_ages(page, "[data-testid=screen-video]")
            await page.get_by_test_id("play").click()
            await page.wait_for_function("() => window.behind.length > 40", timeout=40_000)
            assert not playing.done(), "the call was over before enough was seen of it"
            behind = await page.evaluate("() => window.behind")
            await playing
            # it goes over into the finished recording without a reload
            await page.wait_for_function(
                "() => document.querySelector('[data-position-ms]').dataset.state === 'ended'", timeout=60_000
            )
            await browser.close()
        print(f"behind: median {sorted(behind)[len(behind) // 2]} ms, max {max(behind)} ms")
        assert sorted(behind)[len(behind) // 2] <= BEHIND_MS
        assert noise == [], "the browser's console must be clean"
