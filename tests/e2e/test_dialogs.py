"""Dialogs in a real browser: Escape closes the topmost, the focus goes back, a secret is shown this once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from deskreel.server import admin
from support.axe import look
from support.pages import browsing
from support.postgres import TestPostgres
from support.server import PASSWORD, Deskreel, running


@pytest.fixture
async def deskreel(postgres: TestPostgres, tmp_path: Path) -> AsyncIterator[Deskreel]:
    async with running(postgres.fresh(), tmp_path / "data", record=False) as server:
        await server.sign_in()
        yield server


async def test_escape_closes_the_topmost_dialog_and_the_focus_goes_back(deskreel: Deskreel) -> None:
    email = "eva@example.com"
    await admin.add_user(
        email=email, name="Eva", role="evaluator", password=PASSWORD, settings=deskreel.settings
    )
    async with browsing(deskreel, "/settings/users") as (page, noise):
        add = page.get_by_role("button", name="Add user")
        await add.press("Enter")
        await expect(page.get_by_role("dialog").get_by_label("Name")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(add).to_be_focused()

        eva = page.get_by_role("button", name="Eva", exact=True)
        await eva.press("Enter")
        form = page.get_by_role("dialog", name="Eva", exact=True)
        await form.get_by_label("Name").fill("Eva B.")
        end = form.get_by_role("button", name="Sign out everywhere")
        await end.press("Enter")
        question = page.get_by_role("dialog").filter(has_text="Sign Eva out")
        await expect(question.get_by_role("button", name="Cancel")).to_be_focused()
        await look(page, "dialog-over-dialog")
        await page.keyboard.press("Escape")
        await expect(question).to_have_count(0)
        await expect(end).to_be_focused()
        await expect(form.get_by_label("Name")).to_have_value("Eva B.")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(eva).to_be_focused()
        assert noise == []
    people = (await deskreel.client.get("/api/v1/users", params={"q": email})).json()["items"]
    assert [one["name"] for one in people] == ["Eva"]


async def test_a_secret_stays_until_it_is_put_away_and_is_not_shown_again(deskreel: Deskreel) -> None:
    async with browsing(deskreel, "/settings/api-keys") as (page, noise):
        make = page.get_by_role("button", name="Make a key")
        await make.press("Enter")
        await page.get_by_label("Name").fill("warehouse")
        await page.get_by_role("checkbox", name="audit.view").check()
        await page.get_by_role("button", name="Make key").click()
        shown = page.get_by_label("API key", exact=True)
        secret = await shown.inner_text()
        await page.keyboard.press("Escape")
        await page.mouse.click(5, 400)
        await expect(shown).to_have_text(secret)
        await look(page, "secret-shown")
        await page.get_by_role("button", name="I have kept it").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(make).to_be_focused()
        assert secret not in await page.content()
        stored = "() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }])"
        assert secret not in await page.evaluate(stored)
        await page.reload()
        await expect(page.get_by_text("warehouse")).to_be_visible()
        assert secret not in await page.content()
        assert noise == []
    assert secret not in (await deskreel.client.get("/api/v1/api-keys")).text
