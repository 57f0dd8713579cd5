"""The wall of calls in progress: three hundred at once, found by keyboard, for those who may see them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from deskreel.core.live import LiveReport, LiveState, Obstacle, ObstacleCode, Rung
from deskreel.core.messages import Observed, Phase
from deskreel.server import admin
from support.axe import expect_accessible, look
from support.pages import browsing
from support.postgres import TestPostgres
from support.server import PASSWORD, Deskreel, running, wall_ms

CALLS = 300
PER_POST = 100
EVALUATOR = "eva@test.example"


@pytest.fixture
async def deskreel(postgres: TestPostgres, tmp_path: Path) -> AsyncIterator[Deskreel]:
    async with running(postgres.fresh(), tmp_path / "data") as server:
        await server.sign_in()
        yield server


async def busy(deskreel: Deskreel) -> None:
    """So many agents are on the phone at once; every tenth call is paused."""
    telephony = await deskreel.telephony()
    now = wall_ms()
    events = []
    for number in range(CALLS):
        agent = {"call": f"call-{number}", "agent": f"{2000 + number}"}
        begun = now - 1000 * (CALLS - number)
        queue = f"Queue {number % 7}"
        events.append(telephony.event("call.answered", begun, **agent, direction="inbound", queue=queue))
        events.append(telephony.event("recording.started", begun, **agent))
        if number % 10 == 0:
            events.append(telephony.event("recording.paused", begun + 1, **agent))
    for start in range(0, len(events), PER_POST):
        answer = await telephony.post(events[start : start + PER_POST])
        assert answer.status_code == 202, answer.text


@pytest.mark.timeout(120)
async def test_three_hundred_calls_are_searched_by_keyboard(deskreel: Deskreel) -> None:
    await busy(deskreel)
    async with browsing(deskreel, "/live") as (page, noise):
        cards = page.get_by_test_id("live-call")
        await expect(cards).to_have_count(CALLS, timeout=20_000)
        await expect(page.get_by_text(f"{CALLS} calls in progress")).to_be_visible()
        await expect(cards.first.get_by_role("heading")).to_have_text("2000")
        await look(page, "live-wall-300")

        search = page.get_by_role("searchbox", name="Search")
        await search.focus()
        since = time.monotonic()
        await page.keyboard.type("queue 3 2017")
        await expect(cards).to_have_count(1)
        print(f"found after {time.monotonic() - since:.2f} s")
        await expect(page).to_have_url(f"{deskreel.settings.base_url}/live?text=queue+3+2017")
        await search.fill("nobody of this name")
        await expect(page.get_by_role("heading", name="No call fits")).to_be_visible()
        await page.get_by_role("button", name="Clear filters").press("Enter")
        await expect(cards).to_have_count(CALLS)
        await expect(search).to_be_focused()
        await page.goto(f"{deskreel.settings.base_url}/live?state=paused")
        await expect(cards).to_have_count(CALLS // 10)
        await cards.nth(1).get_by_role("link").press("Enter")
        await expect(page.get_by_role("heading", name="Live: 2010")).to_be_visible()
        await expect(page.get_by_test_id("live-stage")).to_have_attribute("data-phase", "paused")
        recording = page.url.rpartition("/")[2]
        asked: set[str] = set()
        page.on("request", lambda request: asked.add(urlsplit(request.url).path))
        for _twice in range(2):  # this one call, and not all of them
            async with page.expect_response(f"**/api/v1/live-calls/{recording}") as answer:
                assert (await (await answer.value).json())["agent"]["name"] == "2010"
        assert "/api/v1/live-calls" not in asked
        await page.goto(f"{deskreel.settings.base_url}/live/scr_01jzzzzzzzzzzzzzzzzzzzzzzz")
        await expect(page.get_by_role("link", name="All live calls")).to_be_visible()
        await expect_accessible(page)
        assert [one for one in noise if "404" not in one] == []


@pytest.mark.timeout(120)
async def test_the_wall_is_for_those_who_may_watch_and_speaks_german(deskreel: Deskreel) -> None:
    await busy(deskreel)
    settings = deskreel.settings
    await admin.add_user(email=EVALUATOR, name="Eva", role="evaluator", password=PASSWORD, settings=settings)
    async with browsing(deskreel, "/live", email=EVALUATOR, locale="de-DE") as (page, _):
        await expect(page.get_by_role("heading", name="Sie dürfen laufende Gespräche nicht")).to_be_visible()
        await expect(page.get_by_role("navigation").get_by_role("link", name="Live")).to_have_count(0)
        await expect_accessible(page)
    async with browsing(deskreel, "/live?text=2010", locale="de-DE", width=1024) as (page, noise):
        await expect(page.get_by_text(f"1 von {CALLS} laufenden Gesprächen")).to_be_visible()
        await look(page, "live-wall-de")
        await page.get_by_test_id("live-call").get_by_role("link").click()
        await expect(page.get_by_text("Die Gesprächsaufnahme ist pausiert")).to_be_visible()
        await look(page, "live-page-de")
        assert noise == []


@pytest.mark.timeout(120)
async def test_what_is_in_the_recorders_way_is_said_in_german(deskreel: Deskreel) -> None:
    telephony, recorder = await deskreel.telephony(), await deskreel.recorder()
    async with recorder.control() as socket:
        for kind in ("call.answered", "recording.started"):
            await telephony.say(kind, wall_ms(), call="c1", agent="1001")
        desired = await recorder.desired(socket, lambda d: d.order is not None)
        assert desired.order is not None
        scr = desired.order.screen_recording_id

        async def says(why: str, *obstacles: Obstacle) -> None:
            live = LiveReport(state=LiveState.OFF, rung=Rung.HTTPS, why=why, obstacles=obstacles)
            said = Observed(version=1, phase=Phase.RECORDING, screen_recording_id=scr, live=live)
            await recorder.say(socket, said)

        await says(
            "direct: no answer within 3 s; turn-udp: timed out",
            Obstacle(code=ObstacleCode.NO_ANSWER, rung=Rung.DIRECT, text="no answer within 3 s"),
            Obstacle(code=ObstacleCode.TURN_UNREACHABLE, rung=Rung.TURN_UDP, text="timed out"),
        )
        async with browsing(deskreel, f"/live/{scr}", locale="de-DE") as (page, noise):
            why = page.get_by_test_id("recorder-why")
            await expect(why).to_have_text(
                [
                    "Direkt: keine rechtzeitige Antwort",
                    "Vermittelt über TURN/UDP: der TURN-Server antwortet nicht",
                ]
            )
            await expect(page.get_by_test_id("live-why")).to_have_text(
                "Der Rekorder sendet nichts an das Gateway."
            )
            await look(page, "live-obstacles-de")
            await says("the live encoder ended: of an older program")
            await expect(why).to_have_text(["the live encoder ended: of an older program"])
            assert noise == []
