"""The player in a real browser, on a call that is over: a pause, a loss, After Call Work, and all the keys."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, Route, async_playwright, expect

from deskreel.core.ids import ScreenRecordingId
from deskreel.storage.layout import recording_prefix
from support.axe import expect_accessible
from support.browser import CHROMIUM, listen, sign_in
from support.past_call import Office, PastCall
from support.postgres import TestPostgres
from support.server import Deskreel, running
from support.waiting import eventually

CALL = PastCall(seconds=60, acw=10, pause=(20, 30), lost=(40, 46), silence=(8, 16))
_PICTURE = "() => document.querySelector('[data-testid=screen-video]')?.readyState >= 2"
_PLACED = """() => { const video = document.querySelector('[data-testid=screen-video]');
  return video?.readyState >= 2 && !video.seeking; }"""
_AUDIO = "() => document.querySelector('[data-testid=call-audio]').currentTime"
_IN_PLAYER = """() => { const at = document.activeElement;
  if (at === null || at === document.body) return "nothing";
  return at.closest('[data-testid=player]') ? "player" : "page"; }"""
SEGMENTS = re.compile(r"/segments/\d+-\d+\.m4s")


@dataclass
class Scene:
    """A browser that is signed in, on a server with one call."""

    deskreel: Deskreel
    details: dict[str, Any]
    context: BrowserContext

    @property
    def url(self) -> str:
        return f"{self.deskreel.settings.base_url}/activities/{self.details['id']}"

    async def page(self, query: str = "") -> Page:
        page = await self.context.new_page()
        await page.goto(self.url + query)
        await page.wait_for_function(_PICTURE)
        await page.wait_for_function(
            "() => /paused|playing/.test(document.querySelector('[data-testid=player]')?.dataset.state)"
        )
        return page


@asynccontextmanager
async def _scene(postgres: TestPostgres, folder: Path, call: PastCall = CALL) -> AsyncIterator[Scene]:
    async with running(postgres.fresh(), folder / "data") as deskreel, async_playwright() as playwright:
        await deskreel.sign_in()
        office = await Office.open(deskreel, folder)
        details = await office.hold(call)
        said = [
            {"start_ms": ms, "end_ms": ms + 1800, "speaker": "agent", "text": f"Sentence {ms // 2000}."}
            for ms in range(0, 56_000, 2000)
        ]
        path = f"/api/v1/interactions/{details['id']}/transcripts"
        assert (await deskreel.client.post(path, json={"segments": said})).status_code == 201
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        context = await browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
        first = await context.new_page()
        await sign_in(first, deskreel.settings.base_url)
        await first.close()
        yield Scene(deskreel=deskreel, details=details, context=context)
        await browser.close()


@pytest.fixture
async def scene(postgres: TestPostgres, tmp_path: Path) -> AsyncIterator[Scene]:
    async with _scene(postgres, tmp_path) as made:
        yield made


async def position(page: Page) -> int:
    return int(await page.get_by_test_id("player").get_attribute("data-position-ms") or -1)


async def until_position(page: Page, least: int, most: int = 10**9, *, who: str = "player") -> None:
    await page.wait_for_function(
        f"() => {{ const at = Number(document.querySelector('[data-testid={who}]')?.dataset.positionMs);"
        f" return at >= {least} && at <= {most}; }}"
    )


async def until_state(page: Page, state: str, *, who: str = "player") -> None:
    await page.wait_for_function(
        f"() => document.querySelector('[data-testid={who}]')?.dataset.state === '{state}'"
    )


@pytest.mark.timeout(180)
async def test_everything_under_the_keys(scene: Scene) -> None:
    page = await scene.page("?t=36")
    noise = listen(page)
    await until_position(page, 35940, 36060)
    keys = page.keyboard
    await expect_accessible(page, "[data-testid=player]")

    await keys.press("l")  # 15 s of playable time: over the loss, which is real time
    await until_position(page, 50940, 51060)
    await keys.press("ArrowLeft")
    await until_position(page, 45940, 46060)
    await keys.press("p")
    await until_position(page, 39940, 40060)  # the picture goes missing
    for _ in range(2):
        await keys.press("p")
    await until_position(page, 29940, 30060)
    await page.wait_for_function(_PLACED)  # where nothing was loaded, the frames are not known
    await keys.press(".")
    await until_position(page, 30_105, 30_115)
    await keys.press(",")
    await until_position(page, 29_995, 30_005)

    await keys.press(">")
    await expect(page.get_by_label("Speed")).to_have_value("1.25")
    pitch = "() => [...document.querySelectorAll('audio, video')].every((media) => media.preservesPitch)"
    assert await page.evaluate(pitch)
    await keys.press("<")

    # a loop goes back to its begin
    await page.goto(scene.url + "?t=31")
    await page.wait_for_function(_PICTURE)
    await until_position(page, 31_000, 31_050)
    await keys.press("a")
    await page.get_by_test_id("play").click()
    await until_position(page, 32_200)
    await keys.press("b")
    await expect(page.get_by_test_id("loop")).to_be_visible()
    await until_position(page, 31_900)
    await until_position(page, 31_000, 31_700)
    await keys.press("d")
    await expect(page.get_by_test_id("loop")).to_have_count(0)
    await until_position(page, 33_000)

    await keys.press("c")
    await expect(page.get_by_test_id("caption")).to_contain_text("Sentence")
    await keys.press("?")
    await expect(page.get_by_role("dialog", name="Keys of the player")).to_be_visible()
    await expect_accessible(page, "[role=dialog]")
    await keys.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await keys.press("e")
    await expect(page.get_by_test_id("player")).to_have_attribute("data-expanded", "true")
    reached: set[str] = set()
    for _ in range(40):  # more than the player has controls: what lies behind is out of reach
        await keys.press("Tab")
        reached.add(await page.evaluate(_IN_PLAYER))
    assert "player" in reached
    assert "page" not in reached
    await keys.press("+")
    await expect(page.get_by_text("150 %")).to_be_visible()
    await keys.press("0")
    await keys.press("Escape")
    await expect(page.get_by_test_id("player")).to_have_attribute("data-expanded", "false")
    entry = page.get_by_role("navigation", name="Main").get_by_role("link", name="Activities", exact=True)
    await entry.focus()  # and within reach again
    await expect(entry).to_be_focused()

    async with page.expect_download(timeout=60_000) as downloading:
        await keys.press("x")
    download = await downloading.value
    assert download.suggested_filename.endswith("s.png")
    audit = (await scene.deskreel.client.get("/api/v1/audit")).json()["items"]
    assert any(entry["action"] == "recording.screenshot" for entry in audit)

    # it comes back where it was left, and to the beginning when it was watched to the end
    left = await position(page)
    await page.goto(scene.url)
    await page.wait_for_function(_PICTURE)
    await until_position(page, left - 50, left + 50)
    assert noise == []


@pytest.mark.timeout(180)
async def test_skips(scene: Scene) -> None:
    page = await scene.page("?t=6")
    noise = listen(page)
    await page.get_by_label("More").click()
    await page.get_by_role("menuitem", name="Skip silence").click()
    await expect_accessible(page, "[role=menu]")
    await page.keyboard.press("Escape")
    seen: list[int] = []

    def saw(at: int) -> None:
        seen.append(at)

    await page.expose_function("saw", saw)
    await page.evaluate(
        """() => { const player = document.querySelector('[data-testid=player]');
        new MutationObserver(() => window.saw(Number(player.dataset.positionMs)))
          .observe(player, { attributeFilter: ['data-position-ms'] }); }"""
    )
    await page.get_by_test_id("play").click()
    await until_position(page, 18_000)
    assert not [at for at in seen if 9_500 < at < 15_000], "the silence from 8 s to 16 s was left out"
    assert [at for at in seen if 15_400 < at < 16_500], "and ends with a breath"
    # the pause is skipped, the loss is sat through with its reason, After Call Work plays without sound
    await until_position(page, 30_000, 31_000)
    assert not [at for at in seen if 20_000 < at < 30_000]
    await page.goto(scene.url + "?t=41")
    await page.wait_for_function(
        "() => document.querySelector('[data-testid=player]')?.dataset.state === 'paused'"
    )
    await expect(page.get_by_text("Picture missing until")).to_be_visible()
    await page.goto(scene.url + "?t=59")
    await page.wait_for_function(_PICTURE)
    await page.get_by_test_id("play").click()
    await until_position(page, 62_000)
    await expect(page.get_by_text("After Call Work").first).to_be_visible()
    assert await page.evaluate("() => document.querySelector('[data-testid=call-audio]').paused")
    await until_state(page, "ended")
    assert noise == []


@pytest.mark.timeout(180)
async def test_a_hidden_screen_costs_nothing_and_joins_in_again(
    postgres: TestPostgres, tmp_path: Path
) -> None:
    async with _scene(postgres, tmp_path, PastCall(seconds=240)) as scene:
        page = await scene.page()
        noise = listen(page)
        loads: list[str] = []
        page.on(
            "request", lambda request: loads.append(request.url) if SEGMENTS.search(request.url) else None
        )
        await page.get_by_test_id("play").click()
        await until_position(page, 2000)
        await page.get_by_role("button", name="Hide screen").click()
        await expect(page.get_by_test_id("screen-video")).to_have_count(0)
        loads.clear()
        await page.keyboard.press("l")
        await until_position(page, 19_000)
        assert loads == [], "the picture is not loaded while nobody looks"
        heard = await page.evaluate(_AUDIO)
        await page.evaluate(
            """() => { window.paused = 0;
            document.querySelector('audio').addEventListener('pause', () => window.paused += 1); }"""
        )
        await page.get_by_role("button", name="Show screen").click()
        await page.wait_for_function(_PICTURE)
        await page.wait_for_function("() => !document.querySelector('[data-testid=screen-video]').paused")
        await until_position(page, round(heard * 1000) + 3000)
        assert await page.evaluate("() => window.paused") == 0, (
            "the sound went on while the picture joined in"
        )
        error = float(await page.get_by_test_id("player").get_attribute("data-sync-error-ms") or "nan")
        assert abs(error) < 150
        assert noise == []


@pytest.mark.timeout(240)
async def test_the_screen_in_a_tab_of_its_own(scene: Scene) -> None:
    page = await scene.page()
    noise = listen(page)
    async with scene.context.expect_page() as opening:
        await page.get_by_label("Open in new tab").click()
    second = await opening.value
    noise_there = listen(second)
    await second.wait_for_function(
        "() => document.querySelector('[data-testid=second-screen]')?.dataset.company === 'together'"
    )
    await expect_accessible(second)
    here, there = "player", "second-screen"

    await page.get_by_test_id("play").click()
    await until_state(second, "playing", who=there)
    await second.get_by_label("Forward 5 s").click()
    await until_position(page, 5000, who=here)
    await until_position(second, 5000, who=there)
    await second.get_by_label("Speed").select_option("2")
    await expect(page.get_by_label("Speed")).to_have_value("2")
    await second.get_by_test_id("play").click()
    await until_state(page, "paused", who=here)
    await until_state(second, "paused", who=there)
    # both stand on the same frame
    await second.wait_for_function(
        "(at) => Math.abs(document.querySelector('[data-testid=second-screen]').dataset.positionMs - at) <= 30",
        arg=await position(page),
    )
    await second.get_by_label("Speed").select_option("1")
    await expect(page.get_by_label("Speed")).to_have_value("1")

    # a reload of the second
    await page.get_by_test_id("play").click()
    await second.reload()
    await second.wait_for_function(
        "() => document.querySelector('[data-testid=second-screen]')?.dataset.company === 'together'"
    )
    await until_state(second, "playing", who=there)

    # a reload of the first: the second plays on, and the first goes on from there
    before = await position(page)
    await page.reload()
    await until_position(page, before + 500, who=here)
    await until_state(page, "playing", who=here)
    await second.wait_for_function(
        "() => document.querySelector('[data-testid=second-screen]')?.dataset.company === 'together'"
    )

    # the first is closed: the second plays on alone, by its own buttons
    await page.close()
    await second.wait_for_function(
        "() => document.querySelector('[data-testid=second-screen]').dataset.company === 'alone'"
    )
    await second.keyboard.press("Home")
    await until_position(second, 0, 3000, who=there)
    await until_position(second, 3500, who=there)
    assert noise + noise_there == []


@pytest.mark.timeout(240)
async def test_lost_and_found(postgres: TestPostgres, tmp_path: Path) -> None:
    """The network goes in mid play and comes back, an address expires, the recording is deleted while open."""
    async with _scene(postgres, tmp_path, PastCall(seconds=400)) as scene:
        page = await scene.page()
        await page.get_by_test_id("play").click()
        await until_position(page, 1000)
        await scene.context.set_offline(True)
        await page.keyboard.press("l")
        for _ in range(18):
            await page.keyboard.press("l")  # to where nothing was loaded
        await expect(page.get_by_text("The connection is lost. Trying again")).to_be_visible()
        await until_state(page, "waiting")
        at = await position(page)
        await scene.context.set_offline(False)
        await until_position(page, at + 1500)
        await expect(page.get_by_text("The connection is lost")).to_have_count(0)

        # the gateway refuses the address once: a new one is asked for, and nothing is seen of it
        refused: list[str] = []

        async def refuse(route: Route) -> None:
            if refused:
                await route.continue_()
                return
            refused.append(route.request.url)
            await route.fulfill(status=401, json={"code": "token_expired", "title": "Expired", "status": 401})

        await page.route(SEGMENTS, refuse)
        await page.keyboard.press("Home")
        await until_position(page, 1000, 10_000)
        assert refused

        # deleted while open
        recording = scene.details["screen_recordings"][0]["id"]
        stored = await scene.deskreel.store.list(recording_prefix(ScreenRecordingId(recording)))
        assert stored
        await scene.deskreel.store.delete([item.key for item in stored])
        for _ in range(11):
            await page.keyboard.press("l")
        await expect(page.get_by_text("This recording is no longer there.")).to_be_visible()
        await expect(page.get_by_role("button", name="Try again")).to_be_visible()


@pytest.mark.timeout(120)
async def test_thumbnails(scene: Scene) -> None:
    async def made() -> bool:
        details = await scene.deskreel.interaction()
        return details["screen_recordings"][0]["thumbnails_url"] is not None

    await eventually("thumbnails", made, timeout_s=30)
    page = await scene.page()
    noise = listen(page)
    box = await page.get_by_test_id("timeline").bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 20)
    await expect(page.get_by_test_id("thumbnail")).to_be_visible()
    await page.wait_for_function("() => document.querySelector('[data-testid=thumbnail]').naturalWidth > 0")
    await page.mouse.move(box["x"] + box["width"] * 25 / 70, box["y"] + 20)
    await expect(page.get_by_test_id("thumbnail")).to_have_count(0)  # an instant in the pause has no picture
    assert noise == []
