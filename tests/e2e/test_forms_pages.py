"""Building a form in a real browser against the real server: rules, order, versions, two editors."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from support.axe import expect_accessible, look
from support.evaluating import FORM, make_form
from support.pages import browsing
from support.postgres import TestPostgres
from support.server import Deskreel, running

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def deskreel(postgres: TestPostgres, tmp_path: Path) -> AsyncIterator[Deskreel]:
    async with running(postgres.fresh(), tmp_path / "data") as server:
        await server.sign_in()
        yield server


async def add_question(page: Page, kind: str, text: str) -> Locator:
    """To the first section; it is open afterwards."""
    await page.get_by_role("button", name="Add a question").first.click()
    await page.get_by_role("menuitem", name=kind).click()
    card = page.get_by_test_id("question-card").last
    await card.get_by_label("Question", exact=True).fill(text)
    return page.get_by_test_id("question-card").filter(has_text=text)


async def choose(page: Page, label: Locator, option: str) -> None:
    """In a select or a multiple one."""
    box = label.and_(page.get_by_role("combobox"))
    await box.focus()
    await box.press("ArrowDown")
    await page.get_by_role("option", name=option, exact=True).click()


async def save(page: Page) -> None:
    bar = page.get_by_role("region", name="Changes")
    await bar.get_by_role("button", name="Save changes").click()
    await expect(bar.get_by_role("status")).to_have_text("Saved")


def texts(page: Page) -> Locator:
    return page.get_by_test_id("question-card").locator("button[aria-expanded]")


async def test_a_form_is_built_tried_published_and_changed(deskreel: Deskreel) -> None:
    async with browsing(deskreel, "/forms") as (page, noise):
        await expect(page.get_by_role("heading", name="No forms yet")).to_be_visible()
        await expect_accessible(page)
        await page.get_by_role("button", name="New form").click()
        await page.wait_for_url(re.compile(r"/forms/\w+_\w+$"))
        await page.get_by_label("Name", exact=True).fill("Service 2026")
        await page.get_by_label("Title of the section").fill("Conversation")

        solved = await add_question(page, "Yes or no", "Was the matter solved?")
        await choose(page, solved.get_by_label("Automatic failure"), "Fails the section")
        await expect(solved.get_by_role("combobox", name="…on these answers")).to_be_visible()
        why = await add_question(page, "Text", "Why was it not solved?")
        await choose(page, why.get_by_label("Asked"), "Only after “Was the matter solved?”")
        tone = await add_question(page, "Scale", "Tone of voice")
        await tone.get_by_label("Weight").fill("3")
        await tone.get_by_label("Can be “not applicable”").check()
        await expect_accessible(page)
        await look(page, "form-builder")

        # what is not ready is said where it is
        await page.get_by_role("button", name="Publish").click()
        await expect(page.get_by_text("2 things keep this form from being published")).to_be_visible()
        noise.clear()  # the refusal
        await expect(solved.get_by_role("alert")).to_have_text("Choose which answers fail.")
        await expect(why.get_by_role("alert")).to_have_text("Choose on which answers it is asked.")
        await solved.locator("button[aria-expanded]").click()
        await choose(page, solved.get_by_label("…on these answers"), "No")
        await page.keyboard.press("Escape")
        await why.locator("button[aria-expanded]").click()
        await choose(page, why.get_by_label("…if that was answered"), "No")
        await page.keyboard.press("Escape")
        await save(page)

        # order by the keyboard, which keeps the focus
        grip = page.get_by_role("button", name="Move “Tone of voice”")
        await grip.focus()
        await grip.press("ArrowUp")
        await expect(page.get_by_text("Now question 2 of 3")).to_be_attached()
        await expect(grip).to_be_focused()
        await grip.press("ArrowUp")
        await expect(texts(page)).to_have_text(
            ["Tone of voice", "Was the matter solved?", "Why was it not solved?"]
        )
        # and by dragging
        await why.locator("button[aria-expanded]").click()
        await grip.drag_to(page.get_by_test_id("question-card").last, target_position={"x": 200, "y": 34})
        await expect(texts(page).last).to_have_text("Tone of voice")
        await expect(page.get_by_role("button", name="Save changes")).to_be_disabled()  # as it was saved

        await page.get_by_role("tab", name="Preview").click()
        await expect(page.get_by_text("Why was it not solved?")).to_have_count(0)
        await page.get_by_role("radio", name="No").check()
        await expect(page.get_by_text("Why was it not solved?")).to_be_visible()
        await page.get_by_role("radio", name="5").check()
        await expect(page.get_by_text("Section failed")).to_be_visible()
        await page.get_by_role("radio", name="Yes").check()
        await expect(page.get_by_test_id("total")).to_have_text("100")
        await expect_accessible(page)
        await look(page, "form-preview")

        await page.get_by_role("button", name="Publish").click()
        await expect(page.get_by_text("Version 1 is published")).to_be_visible()
        await page.get_by_role("tab", name="Versions (1)").click()
        await page.get_by_role("button", name="Show version 1").click()
        await expect(page.get_by_role("dialog").get_by_text("Was the matter solved?")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect_accessible(page)
        await page.get_by_role("link", name="Forms").first.click()
        await expect(page.get_by_test_id("form-row")).to_contain_text("Service 2026")
        await look(page, "forms")
        assert noise == []


async def test_two_people_change_a_form_at_once_and_nothing_is_lost(deskreel: Deskreel) -> None:
    form = await make_form(deskreel)
    address = f"/forms/{form['id']}"
    async with browsing(deskreel, address) as (page, noise):
        await page.get_by_label("Description").fill("Mine")
        theirs = await deskreel.client.put(
            f"/api/v1{address}",
            json={"revision": form["revision"], "name": "Theirs", "description": "Theirs", "content": FORM},
        )
        assert theirs.status_code == 200, theirs.text
        noise.clear()
        await page.get_by_role("button", name="Save changes").click()
        await expect(page.get_by_role("alert")).to_contain_text("Somebody else saved this form meanwhile")
        await expect(page.get_by_label("Description")).to_have_value("Mine")
        await look(page, "form-conflict")
        await expect_accessible(page)
        await page.get_by_role("button", name="Look at theirs").click()
        await expect(page.get_by_role("dialog", name="Saved meanwhile: Theirs")).to_contain_text(
            "Tone of voice"
        )
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Save mine as a copy").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Copy of Service")
        await expect(page.get_by_label("Description")).to_have_value("Mine")
    kept = (await deskreel.client.get(f"/api/v1{address}")).json()
    assert (kept["name"], kept["description"]) == ("Theirs", "Theirs")


async def test_the_builder_is_guarded_and_speaks_german(deskreel: Deskreel) -> None:
    form = await make_form(deskreel)
    async with browsing(deskreel, f"/forms/{form['id']}", locale="de-DE", width=1024) as (page, noise):
        await page.get_by_label("Beschreibung").fill("Nicht gespeichert")
        await page.get_by_role("link", name="Aktivitäten").click()
        await page.get_by_role("dialog").get_by_role("button", name="Hier bleiben").click()
        await expect(page.get_by_label("Beschreibung")).to_have_value("Nicht gespeichert")
        await page.get_by_role("button", name="Verwerfen", exact=True).click()
        await page.get_by_role("button", name="Archivieren").click()
        await page.get_by_role("dialog").get_by_role("button", name="Archivieren").click()
        await expect(page.get_by_text("Archiviert")).to_be_visible()
        await expect_accessible(page)
        await page.get_by_role("button", name="Wiederherstellen").click()
        await expect(page.get_by_role("button", name="Archivieren")).to_be_visible()
        assert noise == []
