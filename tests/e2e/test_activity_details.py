"""The details of a call and its playback page in a real browser: transcript, comments, download, who sees what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.async_api import Page, expect

from deskreel.server import admin
from support.axe import expect_accessible, look
from support.pages import browsing
from support.past_call import Office, PastCall
from support.postgres import TestPostgres
from support.server import EMAIL, PASSWORD, Deskreel, running

WEB = Path(__file__).parent.parent.parent / "web" / "dist"
SAID = (
    ("Agent", "Good morning this is Ada"),
    ("Customer", "My parcel is lost I want a refund"),
    ("Agent", "I look into it right away"),
)


@pytest.fixture
async def deskreel(postgres: TestPostgres, tmp_path: Path) -> AsyncIterator[Deskreel]:
    async with running(postgres.fresh(), tmp_path / "data", web_dir=WEB) as server:
        await server.sign_in()
        yield server


async def call(deskreel: Deskreel, folder: Path) -> dict[str, Any]:
    """A finished call of twenty seconds with pictures, audio and a transcript."""
    office = await Office.open(deskreel, folder)
    details = await office.hold(PastCall(seconds=20, acw=4))
    segments = []
    for number, (speaker, text) in enumerate(SAID):
        begin = 1000 + 5000 * number
        words = [
            {"start_ms": begin + 500 * at, "end_ms": begin + 500 * at + 400, "text": word}
            for at, word in enumerate(text.split())
        ]
        segments.append(
            {"start_ms": begin, "end_ms": begin + 4500, "speaker": speaker, "text": text, "words": words}
        )
    path = f"/api/v1/interactions/{details['id']}/transcripts"
    answer = await deskreel.client.post(path, json={"starts_at": details["started_at"], "segments": segments})
    assert answer.status_code == 201, answer.text
    return details


async def position(page: Page) -> int:
    return int(await page.get_by_test_id("player").get_attribute("data-position-ms") or "-1")


async def at_position(page: Page, low: int, high: int) -> None:
    await page.wait_for_function(
        "([low, high]) => { const at = Number(document.querySelector('[data-testid=player]').dataset.positionMs);"
        " return low <= at && at < high; }",
        arg=[low, high],
    )


async def test_the_transcript_runs_with_the_player_and_leads_it(deskreel: Deskreel, tmp_path: Path) -> None:
    details = await call(deskreel, tmp_path)
    async with browsing(deskreel, f"/activities/{details['id']}") as (page, noise):
        said = page.get_by_test_id("transcript").locator("[data-segment]")
        await expect(said).to_have_count(3)
        await look(page, "activity-transcript")
        await said.nth(1).get_by_text("refund").click()  # a word leads to its moment
        await at_position(page, 9000, 10_500)
        await expect(said.nth(1)).to_have_attribute("data-current", "true")
        await expect(page.locator("[data-now]")).to_have_text("refund")
        await page.get_by_test_id("play").click()
        await expect(said.nth(2)).to_have_attribute("data-current", "true", timeout=15_000)
        await page.get_by_test_id("play").click()
        await page.get_by_label("Search the transcript").fill("REFUND")
        await expect(page.get_by_text("1 of 1")).to_be_visible()
        await expect(page.get_by_test_id("transcript").locator("mark")).to_have_text("refund")
        await page.get_by_role("button", name="Follow the player").click()
        await page.get_by_role("button", name="Go to 0:01").press("Enter")  # without a mouse
        await at_position(page, 1000, 1500)
        assert noise == []


async def test_comments_are_written_changed_and_survive_a_lost_session(
    deskreel: Deskreel, tmp_path: Path
) -> None:
    details = await call(deskreel, tmp_path)
    async with browsing(deskreel, f"/activities/{details['id']}?t=4") as (page, noise):
        await page.get_by_test_id("transcript").wait_for()
        await at_position(page, 3900, 4300)
        await page.get_by_role("tab", name="Comments").click()
        box = page.get_by_label("Comment on this moment")
        await box.fill("x" * 4001)
        await expect(page.get_by_text("4,001 characters; 4,000 are the most")).to_be_visible()
        await expect(page.get_by_role("button", name="Add comment")).to_be_disabled()
        await expect_accessible(page)
        await box.fill("Müsste den Namen nennen")
        await page.reload()  # nothing is lost
        await page.get_by_role("tab", name="Comments").click()
        await expect(box).to_have_value("Müsste den Namen nennen")
        await _end_sessions(deskreel)
        noise.clear()
        await box.press("Control+Enter")
        dialog = page.get_by_role("dialog", name="Your session has ended")
        await dialog.wait_for()
        await expect_accessible(page, "[role=dialog]")
        await dialog.get_by_label(f"Password of {EMAIL}").fill("wrong password")
        await dialog.get_by_role("button", name="Sign in and go on").click()
        await expect(dialog.get_by_role("alert")).to_be_visible()
        await dialog.get_by_label(f"Password of {EMAIL}").fill(PASSWORD)
        await dialog.get_by_role("button", name="Sign in and go on").click()
        comment = page.get_by_test_id("comment")
        await expect(comment).to_contain_text("Müsste den Namen nennen")
        await expect(comment).to_contain_text("0:04")
        await expect(box).to_have_value("")
        await look(page, "activity-comments")
        assert all("401" in one for one in noise), noise  # the refusals themselves
        noise.clear()

        await page.get_by_role("button", name="Change the comment at 0:04").click()
        await page.get_by_label("Comment", exact=True).fill("Mine")
        await _change_elsewhere(deskreel, details["id"], "Theirs")
        await page.get_by_role("button", name="Save comment").click()
        await expect(page.get_by_text("Meanwhile it says:")).to_be_visible()
        await expect(comment).to_contain_text("Theirs")
        await page.get_by_role("button", name="Keep mine").click()
        await page.get_by_role("button", name="Save comment").click()
        await expect(page.get_by_role("button", name="Save comment")).to_have_count(0)
        await expect(comment).to_contain_text("Mine")
        assert all("409" in one for one in noise), noise
        noise.clear()

        await page.get_by_role("button", name="Delete the comment at 0:04").click()
        await page.get_by_role("button", name="Delete", exact=True).click()
        await expect(page.get_by_text("No comments yet.")).to_be_visible()
        assert noise == []


async def _end_sessions(deskreel: Deskreel) -> None:
    with psycopg.connect(deskreel.settings.database_url or "") as database:
        database.execute("DELETE FROM sign_ins")
    await deskreel.client.post("/api/v1/session", json={"email": EMAIL, "password": PASSWORD})


async def _change_elsewhere(deskreel: Deskreel, interaction: str, text: str) -> None:
    path = f"/api/v1/interactions/{interaction}/comments"
    answer = await deskreel.client.post("/api/v1/session", json={"email": EMAIL, "password": PASSWORD})
    deskreel.client.headers["x-csrf-token"] = answer.json()["csrf_token"]
    (one,) = (await deskreel.client.get(path)).json()["items"]
    body = {"at_ms": one["at_ms"], "text": text, "revision": one["revision"]}
    changed = await deskreel.client.put(f"{path}/{one['id']}", json=body)
    assert changed.status_code == 200, changed.text


async def test_a_call_is_taken_away_as_one_file_and_told_when_it_is_deleted(
    deskreel: Deskreel, tmp_path: Path
) -> None:
    details = await call(deskreel, tmp_path)
    async with browsing(deskreel, f"/activities/{details['id']}") as (page, noise):
        await page.get_by_test_id("transcript").wait_for()
        async with page.expect_download(timeout=60_000) as download:
            await page.get_by_role("button", name="Download MP4").click()
        saved = await (await download.value).path()
        assert (await asyncio.to_thread(saved.read_bytes))[4:8] == b"ftyp"
        assert noise == []
        with psycopg.connect(deskreel.settings.database_url or "") as database:
            _delete(database, details["id"])
        await expect(page.get_by_role("heading", name="This interaction is no longer there")).to_be_visible(
            timeout=30_000
        )
        await expect_accessible(page)
        assert all("404" in one for one in noise), noise


def _delete(database: psycopg.Connection[Any], interaction: str) -> None:
    """All rows of a call, in whatever tables they are."""
    tables = database.execute(
        "SELECT table_name FROM information_schema.columns WHERE column_name = 'interaction_id' "
        "AND table_name IN (SELECT tablename FROM pg_tables WHERE schemaname = 'public')"
    ).fetchall()
    for (table,) in tables:
        database.execute(f'DELETE FROM "{table}" WHERE interaction_id = %s', [interaction])  # type: ignore[arg-type]
    database.execute("DELETE FROM interactions WHERE id = %s", [interaction])


async def test_the_playback_page_has_all_in_one_view_in_german_too(
    deskreel: Deskreel, tmp_path: Path
) -> None:
    details = await call(deskreel, tmp_path)
    async with browsing(deskreel, f"/play/{details['id']}?t=7", locale="de-DE", width=1024) as (page, noise):
        await expect(page.get_by_test_id("transcript").locator("[data-current=true]")).to_contain_text(
            "parcel"
        )
        await expect(page.get_by_test_id("player")).to_be_visible()
        await expect(page.get_by_role("navigation")).to_have_count(0)
        await look(page, "playback")
        await page.get_by_role("link", name="Alle Einzelheiten").click()
        await expect(page.get_by_role("tab", name="Kommentare")).to_be_visible()
        await expect(page.get_by_role("heading", name="Beteiligte")).to_be_visible()
        await expect_accessible(page)
        assert noise == []


async def test_agents_see_their_own_calls_and_nothing_that_is_for_reviewers(
    deskreel: Deskreel, tmp_path: Path
) -> None:
    await call(deskreel, tmp_path)
    features = (await deskreel.client.get("/api/v1/features")).json()
    answer = await deskreel.client.put(
        "/api/v1/features", json={"version": features["version"], "agents_see_own": True}
    )
    assert answer.is_success, answer.text
    user = await admin.add_user(
        email="ada@test.example", name="Ada", role="agent", password=PASSWORD, settings=deskreel.settings
    )
    with psycopg.connect(deskreel.settings.database_url or "") as database:
        database.execute("UPDATE agents SET user_id = NULL WHERE user_id = %s", [user])
        database.execute("UPDATE agents SET user_id = %s WHERE key = '1001'", [user])
    async with browsing(deskreel, "/activities", email="ada@test.example") as (page, noise):
        await page.get_by_test_id("activity-row").first.click()
        await expect(page.get_by_role("tab", name="Evaluations")).to_be_visible()
        await expect(page.get_by_test_id("transcript").locator("[data-segment]")).to_have_count(3)
        await expect(page.get_by_role("tab", name="Comments")).to_have_count(0)
        await expect(page.get_by_role("button", name="Download MP4")).to_have_count(0)
        await expect(page.get_by_role("button", name="Evaluate")).to_have_count(0)
        await expect(page.get_by_role("link", name="Recorders")).to_have_count(0)
        await expect_accessible(page)
        assert noise == []
        await page.goto(f"{deskreel.settings.base_url}/activities/int_{'0' * 26}")
        await expect(page.get_by_role("heading", name="There is no such interaction")).to_be_visible()
