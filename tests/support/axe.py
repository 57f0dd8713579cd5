"""Accessibility of a page, as axe-core finds it: every rule of WCAG 2.2 A and AA and the best practices."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from playwright.async_api import Page

AXE = Path(__file__).parent.parent.parent / "web" / "node_modules" / "axe-core" / "axe.min.js"

_RUN = """async (within) => {
  // a page that is still fading in has colours that nobody reads
  await Promise.all(document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity)
    .map((one) => one.finished.catch(() => undefined)));
  const { violations } = await window.axe.run(within ?? document, { resultTypes: ["violations"] });
  // tooltips, menus and lists that are open hang at the end of the page, yet belong to what opened them
  const hangs = (node) => document.querySelector(node.target[0])?.closest("[data-portal]");
  return violations
    .map((rule) => (rule.id === "region" ? { ...rule, nodes: rule.nodes.filter((node) => !hangs(node)) } : rule))
    .filter((rule) => rule.nodes.length > 0);
}"""


async def violations(page: Page, within: str | None = None) -> list[str]:
    """What axe finds on the page as it is now, or within a selector: one line for each element."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = await page.evaluate(_RUN, within)
    return [
        f"{rule['id']} ({rule['impact']}): {' '.join(node['target'])}: {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


async def expect_accessible(page: Page, within: str | None = None) -> None:
    """Fail with all that axe finds."""
    found = await violations(page, within)
    assert not found, f"axe finds {len(found)} on {page.url}:\n" + "\n".join(found)


async def look(page: Page, name: str) -> None:
    """In light and in dark: axe finds nothing. Where pictures for the documents are asked for, each gives one."""
    folder = os.environ.get("DESKREEL_TEST_SCREENSHOTS")
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two
        await page.mouse.move(0, 0)
        await expect_accessible(page)
        if folder:
            await page.screenshot(path=str(Path(folder) / f"{name}-{scheme}.png"))
    await page.emulate_media(color_scheme="light")
