"""A stock Firefox under Playwright, by WebDriver BiDi: no build of Playwright's own is needed, Debian's will do."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page, Playwright, async_playwright

from support import firefox_relay
from support.sound_card import sound_card

NO_SOUND: dict[str, str | float | bool] = {
    "media.cubeb.force_null_context": True
}  # as on a computer without loudspeakers


async def launch(
    playwright: Playwright, folder: Path, *, env: dict[str, str] | None = None, silent: bool = False
) -> Browser:
    """Start it with a fresh profile; `folder` takes the program that stands in its place."""
    program = folder / "firefox"
    relay = shlex.join([sys.executable, firefox_relay.__file__])
    program.write_text(f'#!/bin/sh\nexec {relay} "$@"\n')
    program.chmod(0o755)
    return await playwright.firefox.launch(
        channel="moz-firefox",
        executable_path=program,
        env={**os.environ, **(env or {})},
        firefox_user_prefs=NO_SOUND if silent else None,
    )


@asynccontextmanager
async def firefox(folder: Path, *, silent: bool = False) -> AsyncIterator[BrowserContext]:
    """A window of 1280 by 800 in a Firefox of its own, with a sound card or without, which ends with the block."""
    async with sound_card(folder / "sound") as env, async_playwright() as playwright:
        browser = await launch(playwright, folder, env=env, silent=silent)
        yield await browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
        await browser.close()


def complaints(page: Page) -> list[str]:
    """What the page's console complains of, from now on."""
    noise: list[str] = []
    page.on(
        "console", lambda m: noise.append(f"{m.type}: {m.text}") if m.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda e: noise.append(f"page error: {e}"))
    return noise
