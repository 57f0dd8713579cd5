"""The pages on which a person approves a desktop and looks after recorders, in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from joserfc.jwk import OKPKey
from playwright.async_api import Page, async_playwright, expect

from deskreel.core.ids import RecorderId
from deskreel.core.messages import Health, Hello, Observed, Phase
from support.postgres import TestPostgres
from support.server import EMAIL, PASSWORD, Deskreel, running
from support.waiting import eventually

WEB = Path(__file__).parent.parent.parent / "web" / "dist"


@asynccontextmanager
async def browsing(deskreel: Deskreel, at: str) -> AsyncIterator[tuple[Page, list[str]]]:
    """A page that was asked for without a session, and got one; and what the browser complained of."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        noise: list[str] = []
        page.on("console", lambda m: noise.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: noise.append(str(e)))
        await page.goto(f"{deskreel.settings.base_url}{at}")
        await page.get_by_label("E-mail").fill(EMAIL)
        await page.get_by_label("Password", exact=False).first.fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        yield page, noise
        await browser.close()


@pytest.fixture
async def deskreel(postgres: TestPostgres, tmp_path: Path) -> AsyncIterator[Deskreel]:
    async with running(postgres.fresh(), tmp_path / "data", web_dir=WEB) as server:
        await server.sign_in()
        yield server


async def ask(deskreel: Deskreel, hostname: str) -> dict[str, str]:
    key = OKPKey.generate_key("Ed25519").as_dict(private=False)
    answer = await deskreel.client.post(
        "/api/v1/recorder/device-codes", json={"hostname": hostname, "platform": "Linux 6", "public_key": key}
    )
    return dict(answer.json())


async def test_a_desktop_is_approved_with_the_keyboard(deskreel: Deskreel) -> None:
    code = await ask(deskreel, "desk-7")
    address = code["verification_uri_complete"].removeprefix(deskreel.settings.base_url)
    async with browsing(deskreel, address) as (page, noise):
        await expect(page.get_by_label("Code", exact=True)).to_have_text(code["user_code"])
        await expect(page.get_by_text("desk-7")).to_be_visible()
        await expect(page.get_by_role("button", name="Approve")).to_be_disabled()
        await page.get_by_role("combobox", name="Agent").press_sequentially("1001")
        await page.keyboard.press("Escape")  # the list of agents
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_have_text("desk-7 is now the recorder of 1001.")
        assert noise == []
    answer = await deskreel.client.post(
        "/api/v1/recorder/device-tokens", json={"device_code": code["device_code"]}
    )
    assert answer.json()["agent_name"] == "1001"


async def test_a_code_is_typed_a_wrong_one_explained_and_the_right_one_refused(deskreel: Deskreel) -> None:
    code = await ask(deskreel, "desk-8")
    wrong = "BBBB-BBBB" if code["user_code"] != "BBBB-BBBB" else "CCCC-CCCC"
    async with browsing(deskreel, "/enrol") as (page, _):
        await page.get_by_label("Code").fill(wrong)
        await page.get_by_role("button", name="Continue").click()
        await expect(page.get_by_role("alert")).to_contain_text("recorder enroll")
        await page.get_by_role("button", name="Enter another code").click()
        await page.get_by_label("Code").fill(code["user_code"].replace("-", "").lower())
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Refuse").click()
        await expect(page.get_by_role("status")).to_have_text("desk-8 was refused.")
    answer = await deskreel.client.post(
        "/api/v1/recorder/device-tokens", json={"device_code": code["device_code"]}
    )
    assert answer.json()["code"] == "access_denied"


async def test_recorders_are_listed_looked_into_and_revoked(deskreel: Deskreel) -> None:
    recorder = await deskreel.recorder("1001")
    async with recorder.control() as socket, browsing(deskreel, "/recorders") as (page, noise):
        await expect(page.get_by_text("Not connected yet")).to_be_visible()
        await recorder.say(
            socket, Hello(recorder_id=RecorderId(recorder.recorder_id), version="9.9", platform="linux-x11")
        )
        health = Health(cpu_percent=6.4, encoder="libx264", encoder_why="no other works", frames=17)
        report = Observed(
            version=0, phase=Phase.IDLE, screen_recording_id=None, problem="no_display", health=health
        )
        await recorder.say(socket, report)
        row = page.get_by_test_id("recorder-row")
        await expect(row).to_contain_text("No display", timeout=15_000)
        await expect(row).to_contain_text("the session was closed or restarted")
        await ask(deskreel, "desk-9")
        await expect(page.get_by_role("region", name="Waiting for approval")).to_contain_text(
            "desk-9", timeout=15_000
        )
        await page.get_by_role("button", name="1001").press("Enter")
        drawer = page.get_by_role("dialog", name="Recorder of 1001")
        await expect(drawer).to_contain_text("no other works")
        await drawer.get_by_role("button", name="Revoke this recorder…").click()
        await drawer.get_by_role("button", name="Revoke it").click()
        await expect(page.get_by_text("No recorder is enrolled")).to_be_visible()
        assert noise == []

        async def closed() -> bool:
            return socket.close_code == 4401

        await eventually("the connection is closed", closed)
