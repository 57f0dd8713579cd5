"""What reviewers meet in a real browser: who is on which channel, a comment deleted under one's hands, long lists."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.async_api import expect

from support.axe import look
from support.evaluating import make_form, person
from support.pages import browsing
from support.past_call import Office, PastCall
from support.postgres import TestPostgres
from support.server import Deskreel, running, wall_ms

EVALUATIONS = 10_000
LAST = f"[aria-rowindex='{EVALUATIONS + 1}']"


@pytest.fixture
async def deskreel(postgres: TestPostgres, tmp_path: Path) -> AsyncIterator[Deskreel]:
    async with running(postgres.fresh(), tmp_path / "data") as server:
        await server.sign_in()
        yield server


async def talk(deskreel: Deskreel, folder: Path) -> dict[str, Any]:
    """A finished call whose transcript knows the two who are heard, by turns, on its two channels."""
    office = await Office.open(deskreel, folder)
    details = await office.hold(PastCall(seconds=12))
    segments = [
        {
            "start_ms": 1000 * at,
            "end_ms": 1000 * at + 900,
            "speaker": ("agent", "customer")[at % 2],
            "text": str(at),
        }
        for at in range(12)
    ]
    answer = await deskreel.client.post(
        f"/api/v1/interactions/{details['id']}/transcripts",
        json={"starts_at": details["started_at"], "segments": segments},
    )
    assert answer.status_code == 201, answer.text
    return details


async def test_channels_have_names_and_a_deleted_comment_becomes_a_new_one(
    deskreel: Deskreel, tmp_path: Path
) -> None:
    details = await talk(deskreel, tmp_path)
    path = f"/api/v1/interactions/{details['id']}/comments"
    made = await deskreel.client.post(path, json={"at_ms": 4000, "text": "Before"})
    assert made.status_code == 201, made.text
    async with browsing(deskreel, f"/activities/{details['id']}") as (page, noise):
        await expect(page.get_by_test_id("channel")).to_have_text(["Agent", "Customer"])
        await page.get_by_role("tab", name="Comments").click()
        await page.get_by_role("button", name="Change the comment at 0:04").click()
        await page.get_by_label("Comment", exact=True).fill("Nothing is lost")
        gone = await deskreel.client.delete(f"{path}/{made.json()['id']}")
        assert gone.is_success, gone.text
        await page.get_by_role("button", name="Save comment").click()
        await expect(page.get_by_text("Somebody deleted this comment")).to_be_visible()
        await expect(page.get_by_label("Comment", exact=True)).to_have_value("Nothing is lost")
        assert all("404" in one for one in noise), noise
        noise.clear()
        await expect(page.get_by_role("button", name="Delete the comment at 0:04")).to_have_count(0)
        await look(page, "comment-deleted")
        await page.get_by_role("button", name="Add as a new comment").click()
        await expect(page.get_by_role("button", name="Add as a new comment")).to_have_count(0)
        await expect(page.get_by_test_id("comment")).to_have_count(1)
        await expect(page.get_by_test_id("comment")).to_contain_text("Nothing is lost")
        await expect(page.get_by_test_id("comment")).to_contain_text("0:04")
        await page.get_by_role("tab", name="Evaluations").click()
        await look(page, "activity-evaluations")
        await page.get_by_role("link", name="Calibrate").click()
        await page.wait_for_url(f"**/evaluations/calibrations/new?interaction={details['id']}")
        assert noise == []


async def test_ten_thousand_evaluations_scroll_like_ten(deskreel: Deskreel) -> None:
    form = await make_form(deskreel)
    pbx = await deskreel.telephony()
    await pbx.say("call.answered", wall_ms() - 60_000, call="c1", agent="1001")
    async with person(deskreel, "evaluator", "eva") as eva:
        _evaluations(deskreel, form["id"], eva.id)
    async with browsing(deskreel, "/evaluations?view=all") as (page, noise):
        rows = page.get_by_test_id("evaluation-row")
        await rows.first.wait_for()
        most = 0
        while await page.locator(LAST).count() == 0:
            await page.get_by_role("group", name="Evaluations").press("End")
            most = max(most, await rows.count())
            await page.evaluate("() => new Promise(requestAnimationFrame)")
        assert 0 < most < 60
        await expect(page.locator("table")).to_have_attribute("aria-rowcount", str(EVALUATIONS + 1))
        await look(page, "evaluations-long")
        await page.locator(LAST).get_by_role("link").click()
        await page.wait_for_url("**/evaluations/evl_*")
        await page.go_back()  # to the same place
        await expect(page.locator(LAST)).to_be_visible()
        assert noise == []


def _evaluations(deskreel: Deskreel, form: str, evaluator: str) -> None:
    """Of calls that are gone: the list needs no more of them."""
    with psycopg.connect(deskreel.settings.database_url or "") as database:
        database.execute(
            "INSERT INTO evaluations (id, interaction_started_at, agent_id, form_id, form_version, evaluator_id,"
            " state, assigned_by, score, created_at, updated_at)"
            " SELECT 'evl_' || lpad(n::text, 26, '0'), %(now)s - n * 60000, (SELECT id FROM agents LIMIT 1),"
            " %(form)s, 1, %(evaluator)s, 'published', %(evaluator)s, n %% 101, %(now)s - n, %(now)s"
            " FROM generate_series(1, %(count)s) AS n",
            {"now": wall_ms(), "form": form, "evaluator": evaluator, "count": EVALUATIONS},
        )
