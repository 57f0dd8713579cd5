"""The list of recorders with a thousand desktops, in a real browser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from playwright.async_api import expect

from support.axe import look
from support.pages import browsing
from support.postgres import TestPostgres
from support.server import Deskreel, running, wall_ms

RECORDERS = 1000
LAST = f"[aria-rowindex='{RECORDERS + 1}']"
LONG_TASKS = """() => { window.tasks = [];
  new PerformanceObserver((list) => tasks.push(...list.getEntries().map((one) => one.duration)))
    .observe({ type: 'longtask' }); }"""


@pytest.fixture
async def deskreel(postgres: TestPostgres, tmp_path: Path) -> AsyncIterator[Deskreel]:
    async with running(postgres.fresh(), tmp_path / "data", record=False) as server:
        await server.sign_in()
        yield server


def _enrolled(deskreel: Deskreel) -> None:
    """Recorders that were online once, some with a problem, two with several monitors."""
    with psycopg.connect(deskreel.settings.database_url or "") as database:
        database.execute(
            "INSERT INTO agents (id, key, name, created_at)"
            " SELECT 'agt_' || lpad(n::text, 26, '0'), (1000 + n)::text, 'Agent ' || lpad(n::text, 4, '0'), 0"
            " FROM generate_series(1, %s) AS n",
            [RECORDERS],
        )
        database.execute(
            "INSERT INTO recorders (id, agent_id, hostname, platform, version, credential_hash,"
            " credential_expires_at, public_key, created_at, last_seen_at, observed)"
            " SELECT 'rec_' || lpad(n::text, 26, '0'), 'agt_' || lpad(n::text, 26, '0'),"
            " 'desk-' || n || '.floor-two.example', 'linux-x11', '0.1.0', md5(n::text), %(now)s + 86400000,"
            " '{}', %(now)s - 86400000, %(now)s - n * 1000,"
            " jsonb_build_object('type', 'observed', 'version', 0, 'phase', 'idle', 'screen_recording_id', null,"
            "   'problem', CASE WHEN n %% 50 = 0 THEN 'no_display' END,"
            "   'health', jsonb_build_object('cpu_percent', n %% 9, 'machine_cpu_percent', n %% 60,"
            "     'rss_bytes', 90000000 + n, 'encoder', 'libx264', 'rtt_ms', n %% 80))"
            " FROM generate_series(1, %(count)s) AS n",
            {"now": wall_ms(), "count": RECORDERS},
        )


@pytest.mark.timeout(180)
async def test_a_thousand_recorders_scroll_like_ten_and_the_keyboard_reaches_the_last(
    deskreel: Deskreel,
) -> None:
    _enrolled(deskreel)
    async with browsing(deskreel, "/recorders") as (page, noise):
        rows = page.get_by_test_id("recorder-row")
        await rows.first.wait_for()
        await page.evaluate(LONG_TASKS)
        most = 0
        table = page.get_by_role("group", name="Enrolled recorders, by agent")
        for _ in range(40):
            await table.press("PageDown")
            most = max(most, await rows.count())
            await page.evaluate("() => new Promise(requestAnimationFrame)")
        while await page.locator(LAST).count() == 0:
            await table.press("End")
            await page.evaluate("() => new Promise(requestAnimationFrame)")
        assert 0 < most < 60
        tasks: list[float] = await page.evaluate("tasks")
        print(f"longest task {max(tasks, default=0):.0f} ms")
        assert max(tasks, default=0) < 1000, tasks  # others use the processors, too
        await look(page, "recorders-long")

        name = page.locator(LAST).get_by_role("button")
        await name.press("Enter")
        await expect(page.get_by_role("dialog", name=re.compile("^Recorder of Agent"))).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(name).to_be_focused()

        await page.get_by_role("searchbox", name="Search").fill("desk-777.")
        await expect(rows).to_have_count(1)
        await rows.click()
        await expect(page.get_by_role("dialog", name="Recorder of Agent 0777")).to_be_visible()
        assert noise == []
