"""First steps: from an account with nothing to a first recorded call, with a real recorder on a real screen."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.async_api import expect

from deskreel.demo.processes import Program
from deskreel.demo.xvfb import XvfbDisplay
from support.axe import expect_accessible
from support.pages import browsing
from support.postgres import TestPostgres
from support.server import Deskreel, running
from support.waiting import eventually

pytestmark = pytest.mark.timeout(240)

LIMIT_S = 300
CODE = re.compile(rb"\b([B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4})\b")


@pytest.fixture
async def deskreel(postgres: TestPostgres, tmp_path: Path) -> AsyncIterator[Deskreel]:
    async with running(postgres.fresh(), tmp_path / "data", record=False) as server:
        await server.sign_in()
        yield server


async def shown_code(enrolment: Program) -> str:
    """The code that `deskreel recorder enroll` shows."""

    async def probe() -> str | None:
        found = CODE.search(enrolment.log.read_bytes())
        if found is None:
            enrolment.require_running()
        return None if found is None else found[1].decode()

    return await eventually("a code", probe, timeout_s=60)


async def test_from_nothing_to_a_first_recorded_call_in_under_five_minutes(
    deskreel: Deskreel, tmp_path: Path
) -> None:
    began = time.monotonic()
    with ExitStack() as stack:
        display = XvfbDisplay("1280x720")
        display.start()
        stack.callback(display.stop)
        env = {"DESKREEL_RECORDER_DIR": str(tmp_path / "recorder"), "DISPLAY": display.name}

        def program(name: str, *arguments: str) -> Program:
            made = Program(name, ("deskreel", "recorder", *arguments), env=env, log_dir=tmp_path)
            stack.callback(made.stop)
            return made

        async with browsing(deskreel, "/activities") as (page, noise):
            await page.wait_for_url("**/welcome")  # opens by itself
            await expect_accessible(page)
            await page.get_by_role("radio", name="Icon").check()
            await page.get_by_role("button", name="Switch on").click()
            await expect(page.get_by_test_id("step-features")).to_have_attribute("data-state", "done")

            await page.get_by_label("Name").fill("Ada Lovelace")
            await page.get_by_label("E-mail").fill("ada@example.com")
            await page.get_by_label("Extension").fill("1001")
            await page.get_by_role("button", name="Add and record them").click()
            await expect(page.get_by_test_id("step-agent")).to_have_attribute("data-state", "done")
            await expect(page.get_by_label("One-time code")).to_be_visible()  # also once the step is done

            # left and come back to: it goes on where it was
            await page.get_by_role("link", name="Later").click()
            await expect(page.get_by_role("heading", level=1, name="Activities")).to_be_visible()
            await page.goto(f"{deskreel.settings.base_url}/welcome")

            desktop = page.get_by_test_id("step-desktop")
            await expect(desktop.get_by_text("deskreel recorder enroll --server")).to_contain_text(
                deskreel.settings.base_url
            )
            enrolment = program(
                "enroll", "enroll", "--server", deskreel.settings.base_url, "--secrets", "file"
            )
            code = await shown_code(enrolment)
            await expect(desktop.get_by_text("Waiting for its code")).to_be_visible(timeout=15_000)
            await desktop.get_by_label("Code").fill(code)
            await desktop.get_by_role("button", name="Continue").click()
            await expect(desktop.get_by_role("combobox", name="Agent")).to_have_value("ada@example.com")
            await expect_accessible(page)
            await desktop.get_by_role("button", name="Approve").click()
            await expect(desktop.get_by_text("is now the recorder of Ada Lovelace")).to_be_visible()
            assert await asyncio.to_thread(enrolment.process.wait, 60) == 0
            program("run", "run", "--headless")
            await expect(desktop).to_have_attribute("data-state", "done", timeout=30_000)

            telephony = page.get_by_test_id("step-telephony")
            await telephony.get_by_label("Length").fill("8 s")
            await telephony.get_by_role("button", name="Make a test call").click()
            await expect(page.get_by_test_id("test-call")).to_have_attribute("data-phase", "talking")
            await expect(telephony.get_by_text("The call is over")).to_be_visible(timeout=30_000)
            watch = page.get_by_role("link", name="Watch it")
            await expect(page.get_by_test_id("step-call")).to_have_attribute(
                "data-state", "done", timeout=15_000
            )
            if not await watch.is_visible():
                await page.get_by_test_id("step-call").get_by_role("button").click()
            await expect_accessible(page)
            await watch.click()
            await expect(page.get_by_test_id("player")).to_be_visible(timeout=20_000)
            assert noise == []
        took = time.monotonic() - began
        print(f"first recorded call after {took:.0f} s")
        assert took < LIMIT_S
    items = (await deskreel.client.get("/api/v1/interactions")).json()["items"]
    assert [item["has_screen_recording"] for item in items] == [True]
    assert items[0]["agents"][0]["name"] == "Ada Lovelace"


async def test_a_call_that_a_reload_left_open_is_ended(deskreel: Deskreel) -> None:
    version = (await deskreel.client.get("/api/v1/features")).json()["version"]
    on = {"quality_management": True, "call_recording": True, "screen_recording": True, "notice": "none"}
    answer = await deskreel.client.put("/api/v1/features", json={"version": version, **on})
    assert answer.status_code == 200, answer.text
    people = "name,email,role,extension,qm,screen\nAda,ada@example.com,agent,1001,yes,yes"
    await deskreel.client.post("/api/v1/users/import", content=people, headers={"content-type": "text/csv"})
    async with browsing(deskreel, "/welcome") as (page, _):
        page.on("dialog", lambda dialog: dialog.accept())
        await page.get_by_test_id("step-telephony").get_by_role("button").first.click()
        await expect(page.get_by_text("No recorder of Ada is online")).to_be_visible()
        await page.get_by_label("Length").fill("600 s")
        await page.get_by_role("button", name="Make a test call").click()
        await expect(page.get_by_test_id("test-call")).to_have_attribute("data-phase", "talking")
        await page.reload()
        await page.get_by_test_id("step-telephony").get_by_role("button").first.click()
        await page.get_by_role("button", name="End it").click()
        await expect(page.get_by_role("button", name="Make a test call")).to_be_visible(timeout=20_000)
    items = (await deskreel.client.get("/api/v1/interactions")).json()["items"]
    assert [item["state"] for item in items] == ["ended"]


async def test_an_account_that_is_set_up_opens_on_its_activities(
    postgres: TestPostgres, tmp_path: Path
) -> None:
    async with running(postgres.fresh(), tmp_path / "data") as server:
        await server.sign_in()
        async with browsing(server, "/activities") as (page, noise):
            await expect(page.get_by_role("heading", level=1, name="Activities")).to_be_visible()
            assert "/welcome" not in page.url
            assert noise == []
