"""The list of interactions in a real browser: filters, search, columns, saved filters, the keyboard, many rows."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bench.calls.seed import seed
from playwright.async_api import Page, expect

from deskreel.server import admin
from support.axe import expect_accessible, look
from support.pages import browsing
from support.postgres import TestPostgres
from support.server import PASSWORD, Deskreel, running, wall_ms

WEB = Path(__file__).parent.parent.parent / "web" / "dist"
CALLS = 1500
LAST = CALLS + 1  # the row of the last call, counted with the head


@pytest.fixture
async def deskreel(postgres: TestPostgres, tmp_path: Path) -> AsyncIterator[Deskreel]:
    url = postgres.fresh()
    seed(url, CALLS, lambda _what: None)
    async with running(url, tmp_path / "data", web_dir=WEB) as server:
        await server.sign_in()
        yield server


def rows(page: Page):
    return page.get_by_test_id("activity-row")


async def test_filters_live_in_the_address_and_are_taken_back_one_by_one(deskreel: Deskreel) -> None:
    async with browsing(deskreel, "/activities") as (page, noise):
        await expect(page.get_by_text("1,500 interactions")).to_be_visible()
        await look(page, "activities-list")
        await page.get_by_role("button", name="Filters", exact=True).click()
        await page.get_by_role("combobox", name="Direction").click()
        await page.get_by_role("option", name="Outbound").click()
        await page.get_by_label("Call at least").fill("5")
        await expect(page).to_have_url(re.compile("min_duration_ms=300000.*direction=outbound"))
        await expect_accessible(page)
        await page.keyboard.press("Escape")
        fewer = page.get_by_role("status").filter(has_text=re.compile(r"^\d+ interactions$"))
        await expect(fewer).to_be_visible()
        await page.reload()  # an address can be sent to somebody
        await page.get_by_role("button", name="Remove filter: At least 5 min").click()
        await expect(page).not_to_have_url(re.compile("min_duration_ms"))
        await expect(page).to_have_url(re.compile("direction=outbound"))
        await page.get_by_role("button", name="Clear all").click()
        await expect(page.get_by_text("1,500 interactions")).to_be_visible()
        search = page.get_by_role("textbox", name="Search")
        await expect(search).to_be_focused()
        await search.fill("nobody said this")
        await expect(page.get_by_role("heading", name="No interaction fits")).to_be_visible()
        await expect_accessible(page)
        await page.get_by_role("button", name="Clear all").last.press("Enter")
        await expect(search).to_be_focused()
        await expect(search).to_have_value("")
        assert noise == []


async def test_a_search_leads_to_the_moment_at_which_it_was_said(deskreel: Deskreel) -> None:
    newest = f"int_{CALLS:026d}"
    say = {
        "start_ms": 61_000,
        "end_ms": 64_000,
        "speaker": "agent",
        "text": "I send the Größenverzeichnis today",
    }
    answer = await deskreel.client.post(
        f"/api/v1/interactions/{newest}/transcripts", json={"segments": [say]}
    )
    assert answer.status_code == 201, answer.text
    async with browsing(deskreel, "/activities") as (page, noise):
        await rows(page).first.wait_for()
        await page.keyboard.press("/")
        await page.keyboard.type("größenverzeichnis")
        hit = page.get_by_test_id("hit")
        await expect(hit).to_contain_text("Größenverzeichnis")
        await expect(hit.locator("mark")).to_have_text("Größenverzeichnis")
        await expect(hit).to_contain_text("agent")
        await expect_accessible(page)
        assert noise == []  # the details have media that are rows only
        await hit.click()
        await expect(page).to_have_url(re.compile(rf"/activities/{newest}\?t=\d+"))
        await page.locator("main").get_by_role("link", name="Activities", exact=True).click()
        await expect(page).to_have_url(re.compile("text="))


async def test_the_keyboard_goes_through_the_list_and_back_to_the_same_row(deskreel: Deskreel) -> None:
    async with browsing(deskreel, "/activities") as (page, noise):
        await rows(page).first.wait_for()
        for key in ("j", "j", "j", "k"):
            await page.keyboard.press(key)
        second = rows(page).nth(1)
        await expect(second).to_have_attribute("data-active", "true")
        when = await second.get_by_role("link").first.inner_text()
        assert noise == []  # the details have media that are rows only
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/activities/int_*")
        await page.go_back()
        await expect(page.locator("[data-active=true]").get_by_role("link")).to_have_text(when)
        await expect(page.locator("[data-active=true]").get_by_role("link")).to_be_focused()


async def test_the_last_of_many_rows_is_reached_while_few_are_in_the_page(deskreel: Deskreel) -> None:
    async with browsing(deskreel, "/activities") as (page, noise):
        await rows(page).first.wait_for()
        await page.keyboard.press("j")
        most = 0
        while await page.locator(f"[aria-rowindex='{LAST}']").count() == 0:
            await page.keyboard.press("End")
            most = max(most, await rows(page).count())
            await page.evaluate("() => new Promise(requestAnimationFrame)")
        assert 0 < most < 80
        await expect(page.locator(f"[aria-rowindex='{LAST}'] a")).to_be_visible()
        await page.get_by_role("button", name="Duration").click()  # sorted anew: from the top
        await expect(page.locator("th[aria-sort=descending]")).to_contain_text("Duration")
        await expect(page.locator("[aria-rowindex='2']")).to_be_visible()
        assert noise == []


async def test_filters_are_saved_shared_and_chosen_by_others(deskreel: Deskreel) -> None:
    await admin.add_user(
        email="eve@test.example", name="Eve", role="evaluator", password=PASSWORD, settings=deskreel.settings
    )
    async with browsing(deskreel, "/activities?direction=inbound&range=month") as (page, noise):
        for again in (False, True):
            await page.get_by_role("button", name="Saved filters").click()
            await page.get_by_role("button", name="Save these filters").click()
            dialog = page.get_by_role("dialog")
            await dialog.get_by_label("Name").fill("Inbound, long ones")
            await dialog.get_by_label("Everybody may use it").check()
            await expect_accessible(page, "[role=dialog]")
            await dialog.get_by_role("button", name="Save", exact=True).click()
            if again:
                await expect(dialog.get_by_role("alert")).to_contain_text("Choose another name")
            else:
                await expect(dialog).to_have_count(0)
        assert all("409" in one for one in noise), noise
    async with browsing(deskreel, "/activities", email="eve@test.example") as (page, noise):
        await page.get_by_role("button", name="Saved filters").click()
        await page.get_by_role("button", name="Inbound, long ones by Admin").click()
        await expect(page).to_have_url(re.compile("direction=inbound&range=month"))
        await expect(page.get_by_role("link", name="Settings")).to_have_count(0)
        assert noise == []


async def test_columns_and_language_are_chosen_and_kept(deskreel: Deskreel) -> None:
    async with browsing(deskreel, "/activities", locale="de-DE", width=1024) as (page, noise):
        await expect(page.get_by_text("1.500 Interaktionen")).to_be_visible()
        table, state = page.get_by_test_id("activities"), page.get_by_role("columnheader", name="Zustand")
        await expect(table.get_by_role("columnheader", name="Medien")).to_be_visible()
        assert await table.evaluate("list => list.scrollWidth === list.clientWidth")
        await expect(state).to_have_count(0)  # for want of room, unless it is asked for
        await page.get_by_role("button", name="Spalten").click()
        await page.get_by_role("menuitemcheckbox", name="Zustand").click()
        await page.reload()
        await expect(state).to_be_visible()
        await page.get_by_role("button", name="Spalten").click()
        await page.get_by_role("menuitem", name="Übliche Spalten").click()
        await expect(state).to_have_count(0)
        await page.get_by_role("menuitemcheckbox", name="Warteschlange").click()
        await page.get_by_role("menuitemcheckbox", name="Quelle").click()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("menu")).to_have_count(0)
        await expect_accessible(page)
        await page.reload()
        await expect(page.get_by_role("columnheader", name="Quelle")).to_be_visible()
        await expect(page.get_by_role("columnheader", name="Warteschlange")).to_have_count(0)
        assert noise == []


async def test_new_calls_appear_and_an_agent_without_permission_is_told(deskreel: Deskreel) -> None:
    async with browsing(deskreel, "/activities") as (page, noise):
        await rows(page).first.wait_for()
        pbx = await deskreel.telephony("other")
        await pbx.say("call.answered", wall_ms(), call="new", caller="+4930999000")
        await expect(rows(page).filter(has_text="+4930999000")).to_be_visible(timeout=25_000)
        assert noise == []
    await admin.add_user(
        email="agent@test.example", name="Agent", role="agent", password=PASSWORD, settings=deskreel.settings
    )
    async with browsing(deskreel, "/activities", email="agent@test.example") as (page, noise):
        await expect(page.get_by_role("heading", name="You may not see activities")).to_be_visible()
        await expect_accessible(page)
        assert all("403" in one for one in noise), noise
