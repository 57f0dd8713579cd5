"""What a reviewer does with a call, in a stock Firefox, which may have no H.264 for WebRTC and no loudspeaker."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from deskreel.telephony.play import play_call
from deskreel.telephony.simulator import ScriptedCall
from support.browser import sign_in
from support.evaluating import make_form
from support.firefox import complaints, firefox
from support.past_call import Office, PastCall
from support.postgres import TestPostgres
from support.server import Deskreel, running
from support.waiting import eventually
from support.world import World

CALL = PastCall(seconds=60, acw=4, pause=(20, 30))
IN_STEP_MS = 250  # a busy machine; docs/design/player-sync.md has what was measured
_PICTURE = "() => document.querySelector('[data-testid=screen-video]')?.readyState >= 2"


async def until(page: Page, condition: str, *, who: str = "player") -> None:
    """Wait for a condition over `at` (ms), `state`, `company`, and what is measured, in ms or "".

    `off` is how far the picture is from the sound, `apart` how far the other tab is.
    """
    await page.wait_for_function(
        f"""() => {{ const root = document.querySelector('[data-testid={who}]'); if (!root) return false;
        const {{ positionMs, state, company, syncErrorMs: off, apartMs: apart }} = root.dataset;
        const at = Number(positionMs); return {condition}; }}""",
        timeout=40_000,
    )


IN_STEP = f"state === 'playing' && off !== '' && Math.abs(Number(off)) < {IN_STEP_MS}"


async def held(deskreel: Deskreel, folder: Path, call: PastCall) -> dict[str, Any]:
    await deskreel.sign_in()
    return await (await Office.open(deskreel, folder)).hold(call)


@pytest.mark.measures
@pytest.mark.timeout(240)
async def test_a_call_is_reviewed(postgres: TestPostgres, tmp_path: Path) -> None:
    async with running(postgres.fresh(), tmp_path / "data") as deskreel:
        call = await held(deskreel, tmp_path, CALL)
        form = await make_form(deskreel)
        async with firefox(tmp_path / "firefox") as context:
            page = await context.new_page()
            await sign_in(page, deskreel.settings.base_url)
            noise = complaints(page)
            await page.get_by_test_id("activity-row").get_by_role("link").click()
            await page.wait_for_function(_PICTURE)
            await play_seek_and_change_speed(page)
            await hide_and_show(page)
            await in_a_tab_of_its_own(page, noise)
            made = await deskreel.client.post(
                f"/api/v1/interactions/{call['id']}/evaluations", json={"form_id": form["id"]}
            )
            await page.goto(f"{deskreel.settings.base_url}/evaluations/{made.json()['id']}")
            await page.wait_for_function(_PICTURE)
            question = page.get_by_test_id("question").filter(has_text="Greeted by name?")
            await question.get_by_label("Yes").check()
            await expect(page.get_by_test_id("save-state")).to_have_text("Saved")
            assert noise == []


async def play_seek_and_change_speed(page: Page) -> None:
    await page.get_by_test_id("play").click()
    await until(page, f"at > 3000 && {IN_STEP}")
    sound, picture = await page.evaluate(
        "() => ['call-audio', 'screen-video'].map((id) => document.querySelector(`[data-testid=${id}]`).currentTime)"
    )
    assert min(sound, picture) > 2.5
    await page.keyboard.press("l")  # 15 s on, over the pause by its length
    await until(page, f"at > 30000 && {IN_STEP}")
    await page.get_by_label("Speed").select_option("2")
    await until(page, f"at > 36000 && {IN_STEP}")
    pitch = "() => [...document.querySelectorAll('audio, video')].every((media) => media.preservesPitch)"
    assert await page.evaluate(pitch)
    await page.get_by_label("Speed").select_option("1")
    await page.get_by_test_id("play").click()
    await until(page, "state === 'paused'")


async def hide_and_show(page: Page) -> None:
    await page.get_by_role("button", name="Hide screen").click()
    await expect(page.get_by_test_id("screen-video")).to_have_count(0)
    await page.get_by_role("button", name="Show screen").click()
    await page.wait_for_function(_PICTURE)
    await page.keyboard.press("Home")
    await until(page, "at === 0")


async def in_a_tab_of_its_own(page: Page, noise: list[str]) -> None:
    async with page.context.expect_page() as opening:
        await page.get_by_label("Open in new tab").click()
    second = await opening.value
    noise_there = complaints(second)
    await until(second, "company === 'together'", who="second-screen")
    await second.get_by_test_id("play").click()
    await until(page, f"at > 2000 && {IN_STEP}")
    near = f"apart !== '' && Math.abs(Number(apart)) < {IN_STEP_MS}"
    await until(second, f"at > 3000 && state === 'playing' && {near}", who="second-screen")
    await page.get_by_test_id("play").click()
    await until(second, "state === 'paused'", who="second-screen")
    at = await page.get_by_test_id("player").get_attribute("data-position-ms")
    await until(second, f"Math.abs(at - {at}) <= 30", who="second-screen")
    await second.close()
    noise += noise_there


@pytest.mark.timeout(240)
async def test_a_computer_without_sound_shows_the_picture_and_says_so(
    postgres: TestPostgres, tmp_path: Path
) -> None:
    async with running(postgres.fresh(), tmp_path / "data") as deskreel:
        call = await held(deskreel, tmp_path, PastCall(seconds=20))
        async with firefox(tmp_path / "firefox", silent=True) as context:
            page = await context.new_page()
            await sign_in(page, deskreel.settings.base_url)
            await page.goto(f"{deskreel.settings.base_url}/activities/{call['id']}")
            await page.wait_for_function(_PICTURE)
            await page.get_by_test_id("play").click()
            await expect(page.get_by_text("This computer has no sound output.")).to_be_visible()
            await until(page, f"at > 6000 && {IN_STEP}")


@pytest.mark.measures
@pytest.mark.timeout(240)
async def test_a_call_is_watched_while_it_is_up(postgres: TestPostgres, tmp_path: Path) -> None:
    async with (
        World(tmp_path / "world", postgres.fresh()) as world,
        firefox(tmp_path / "firefox") as context,
    ):
        call = ScriptedCall(agent="1001", call_id="c1", seconds=30, pause=None, acw=0.5)
        playing = asyncio.create_task(play_call(world.url, "pbx", world.telephony.secret, call))
        page = await context.new_page()
        await sign_in(page, world.url)
        noise = complaints(page)

        async def begun() -> dict[str, Any] | None:
            details = await world.interaction()
            return details if details is not None and details["screen_recordings"] else None

        details = await eventually("the call", begun)
        await page.goto(f"{world.url}/live")
        await page.get_by_test_id("live-call").get_by_role("link").click()
        await page.wait_for_selector("[data-attempt=https][data-shown=true]", timeout=30_000)
        await expect(page.get_by_test_id("live-why")).to_contain_text("H.264")
        await page.goto(f"{world.url}/activities/{details['id']}")
        await page.wait_for_function(_PICTURE)
        await page.get_by_test_id("play").click()
        await until(page, "at > 2000 && state === 'playing'")
        assert not playing.done(), "the call was over before it was watched"
        await playing
        await page.keyboard.press("End")  # it goes over into the finished recording
        await until(page, "state === 'ended'")
        assert noise == []
