"""A real browser on our pages: how it is started, how to sign in, what it complains of."""

from __future__ import annotations

from playwright.async_api import Page, expect

from support.server import PASSWORD
from support.world import EMAIL

CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]

# Five seconds by default: on a busy machine that is less than what a page takes to give up one way for another.
expect.set_options(timeout=20_000)


def listen(page: Page) -> list[str]:
    """What the browser complains of, from now on."""
    noise: list[str] = []
    page.on(
        "console", lambda m: noise.append(f"{m.type}: {m.text}") if m.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda e: noise.append(f"page error: {e}"))
    page.on("requestfailed", lambda r: noise.append(f"failed: {r.url}") if _counts(r.failure) else None)
    return noise


def _counts(failure: str | None) -> bool:
    """Requests that the player itself gives up (a seek, a page left) are no failures."""
    return failure is not None and "ERR_ABORTED" not in failure


async def sign_in(page: Page, url: str) -> None:
    """As the world's admin; ends on the activities page."""
    await page.goto(f"{url}/")
    await page.get_by_label("E-mail").fill(EMAIL)
    await page.get_by_label("Password", exact=False).first.fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url("**/activities")
