"""A page of the web UI in a real browser, asked for without a session and reached by signing in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from playwright.async_api import Page, async_playwright

from support.browser import CHROMIUM, listen
from support.server import EMAIL, PASSWORD, Deskreel


@asynccontextmanager
async def browsing(
    deskreel: Deskreel,
    at: str,
    *,
    email: str = EMAIL,
    locale: str = "en-GB",
    width: int = 1280,
    args: Sequence[str] = (),
) -> AsyncIterator[tuple[Page, list[str]]]:
    """The page, and what the browser complains of; `args` are more switches of the browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=[*CHROMIUM, *args]
        )
        page = await browser.new_page(viewport={"width": width, "height": 800}, locale=locale)
        noise = listen(page)
        await page.goto(f"{deskreel.settings.base_url}{at}")
        await page.locator("input[type=email]").fill(email)
        await page.locator("input[type=password]").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**{at}**")
        yield page, noise
        await browser.close()
