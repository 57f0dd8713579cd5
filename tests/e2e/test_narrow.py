"""Every page on a tablet held upright, in the longer language: as wide as its window, nothing cut off, axe clean."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from bench.calls.seed import seed
from joserfc.jwk import OKPKey
from playwright.async_api import Page, expect

from deskreel.core.ids import RecorderId
from deskreel.core.messages import Health, Hello, Observed, Phase
from deskreel.server import admin
from support.axe import AXE, expect_accessible
from support.evaluating import GOOD, make_form, person
from support.pages import browsing
from support.past_call import Office, PastCall
from support.postgres import TestPostgres
from support.server import PASSWORD, Deskreel, running, wall_ms

pytestmark = pytest.mark.timeout(240)

TABLET, HALF = 820, 640  # px: held upright; half of a screen of 1280
SETTINGS = (
    "features", "users", "teams", "screen-recording", "quality-management", "recording",
    "do-not-record", "network", "telephony", "webhooks", "api-keys", "audit",
)  # fmt: skip
LONG = "Donaudampfschifffahrtsgesellschaft Kundendienst Süd"
SAID = (
    ("Agent", "Guten Morgen, mein Name ist Ada Lovelace, was kann ich für Sie tun?"),
    ("Customer", "Mein Paket ist verloren gegangen und ich möchte mein Geld zurück"),
    ("Agent", "Ich sehe sofort nach und melde mich"),
)


@dataclass
class House:
    """A contact centre in which every page has something to show."""

    deskreel: Deskreel
    ids: dict[str, str]  # what the addresses of pages need

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """As the admin."""
        answer = await self.deskreel.client.request(method, f"/api/v1{path}", json=body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def pages(self) -> list[str]:
        """Every address that the router knows, and the views of a page that are laid out differently."""
        return [
            path.format(**self.ids)
            for path in (
                "/activities",
                "/activities?direction=inbound&min_duration_ms=60000&text=a",
                "/activities/{call}",
                "/play/{call}",
                "/play/{call}/screen",
                "/live",
                "/live/{live}",
                "/evaluations?view=all",
                "/evaluations/new?interaction={call}",
                "/evaluations/sampling",
                "/evaluations/calibrations",
                "/evaluations/calibrations/new?interaction={call}",
                "/evaluations/calibrations/{calibration}",
                "/evaluations/{open}",
                "/evaluations/{disputed}",
                "/forms",
                "/forms/{form}",
                "/reports",
                "/recorders",
                "/enrol",
                "/enrol?code={code}",
                "/network-check",
                "/coverage",
                *(f"/settings/{name}" for name in SETTINGS),
                "/welcome",
                "/nowhere",
            )
        ]


async def spoken_call(deskreel: Deskreel, folder: Path) -> str:
    """A finished call with a pause, a gap, After Call Work, sound, a transcript and comments; its interaction."""
    office = Office(deskreel=deskreel, pbx=await deskreel.telephony("call-centre-north"), folder=folder)
    details = await office.hold(PastCall(agent="7001", seconds=20, acw=4, pause=(6, 9), lost=(12, 14)))
    segments = []
    for number, (speaker, text) in enumerate(SAID):
        begin = 1000 + 5000 * number
        segments.append({"start_ms": begin, "end_ms": begin + 4500, "speaker": speaker, "text": text})
    call = f"/api/v1/interactions/{details['id']}"
    for path, body in (
        ("transcripts", {"starts_at": details["started_at"], "segments": segments}),
        ("comments", {"at_ms": 4000, "until_ms": 9000, "text": f"{LONG}: so nicht. " * 3}),
    ):
        answer = await deskreel.client.post(f"{call}/{path}", json=body)
        assert answer.status_code == 201, answer.text
    return str(details["id"])


async def set_up(house: House) -> None:
    """Settings with long names in them."""
    people = (
        "Ada Lovelace,ada@example.com,agent,Service,7001,yes,yes",
        f"{LONG},maximilian.mustermann@kundendienst.example.com,agent,{LONG},7002,no,no",
        "Cy Young,cy@example.com,supervisor,Service,,,",
    )
    answer = await house.deskreel.client.post(
        "/api/v1/users/import",
        content="\n".join(("name,email,role,team,extension,qm,screen", *people)),
        headers={"content-type": "text/csv"},
    )
    assert answer.status_code == 200, answer.text
    for path, body in (
        ("/do-not-record", {"kind": "number", "value": "+49 30 555*", "note": "Betriebsrat " * 30}),
        ("/webhooks", {"url": "http://127.0.0.1:9/" + "part/" * 20}),
        ("/api-keys", {"name": "Data warehouse", "permissions": ["interactions.view", "audit.view"]}),
        ("/telephony-sources", {"name": "call-centre-berlin", "kind": "call_events"}),
        ("/saved-filters", {"name": LONG, "query": {"direction": "inbound"}, "shared": True}),
    ):
        await house.ask("POST", path, body)


async def evaluate(house: House, form: str) -> None:
    """One evaluation to do, one disputed, a calibration and a sampling rule."""
    call = house.ids["call"]
    features = await house.ask("GET", "/features")
    await house.ask("PUT", "/features", {"version": features["version"], "agents_see_own": True})
    settings = house.deskreel.settings
    ada = await admin.add_user(
        email="ada@people.example", name="Ada", role="agent", password=PASSWORD, settings=settings
    )
    with psycopg.connect(settings.database_url or "") as database:
        database.execute("UPDATE agents SET user_id = NULL WHERE user_id = %s", [ada])
        database.execute("UPDATE agents SET user_id = %s WHERE key = '7001'", [ada])
    async with (
        person(house.deskreel, "evaluator", "eva") as eva,
        person(house.deskreel, "evaluator", "Friedrich-Wilhelm") as fritz,
    ):
        evaluators = [eva.id, fritz.id]
        done = await eva.ask("POST", f"/interactions/{call}/evaluations", {"form_id": form})
        path = f"/evaluations/{done['id']}"
        draft = await eva.ask("PUT", f"{path}/draft", {"revision": 1, "answers": GOOD})
        note = {"start_ms": 5000, "end_ms": 8000, "text": f"{LONG} " * 2, "question_id": "tone"}
        await eva.ask("POST", f"{path}/feedback", note, status=201)
        await eva.ask("POST", f"{path}/publish", {"revision": draft["revision"]})
    house.ids["disputed"] = str(done["id"])
    async with httpx2.AsyncClient(base_url=settings.base_url, timeout=20) as client:
        session = {"email": "ada@people.example", "password": PASSWORD}
        token = (await client.post("/api/v1/session", json=session)).json()["csrf_token"]
        why = {"text": f"{LONG} ist anders. " * 4}
        answer = await client.post(f"/api/v1{path}/dispute", json=why, headers={"x-csrf-token": token})
        assert answer.is_success, answer.text
    made = await house.ask("POST", f"/interactions/{call}/evaluations", {"form_id": form})
    house.ids["open"] = str(made["id"])
    blind = {"name": LONG, "interaction_id": call, "form_id": form, "evaluator_ids": evaluators}
    house.ids["calibration"] = str((await house.ask("POST", "/calibrations", blind))["id"])
    rule = {"name": LONG, "form_id": form, "per_agent": 2, "evaluator_ids": evaluators, "due_days": 7}
    await house.ask("POST", "/sampling-rules", rule)


@asynccontextmanager
async def open_house(url: str, folder: Path) -> AsyncIterator[House]:
    """The house, with calls in progress."""
    seed(url, 300, lambda _what: None)
    async with running(url, folder / "data", outgoing_private=True) as deskreel:
        await deskreel.sign_in()
        house = House(deskreel, {"call": await spoken_call(deskreel, folder)})
        await set_up(house)
        house.ids["form"] = str((await make_form(deskreel, name=LONG))["id"])
        await evaluate(house, house.ids["form"])
        key = OKPKey.generate_key("Ed25519").as_dict(private=False)
        asks = {"hostname": "desk-7.second-floor.berlin.example", "platform": "Linux 6", "public_key": key}
        code = await deskreel.client.post("/api/v1/recorder/device-codes", json=asks)
        house.ids["code"] = str(code.json()["user_code"])
        telephony = await deskreel.telephony("call-centre-south")
        recorder = await deskreel.recorder("7010")
        async with recorder.control() as socket:
            health = Health(cpu_percent=6.4, encoder="libx264", encoder_why="no other works", frames=17)
            await recorder.say(
                socket,
                Hello(recorder_id=RecorderId(recorder.recorder_id), version="9.9", platform="linux-x11"),
            )
            for number in range(8):
                at = {"call": f"live-{number}", "agent": f"{7010 + number}"}
                await telephony.say("call.answered", wall_ms(), **at, direction="inbound", queue=LONG)
                await telephony.say("recording.started", wall_ms(), **at)
            desired = await recorder.desired(socket, lambda d: d.order is not None)
            assert desired.order is not None
            house.ids["live"] = str(desired.order.screen_recording_id)
            observed = Observed(
                version=1,
                phase=Phase.RECORDING,
                screen_recording_id=desired.order.screen_recording_id,
                problem="no_display",
                health=health,
            )
            await recorder.say(socket, observed)
            yield house


async def settled(page: Page) -> None:
    """The page has what it asked for."""
    await page.locator("h1, [data-testid=second-screen]").first.wait_for()
    await expect(page.get_by_role("status", name="Lädt")).to_have_count(0)


# the whole page, and the bar's entries, which would scroll unseen
SIDEWAYS = """() => [document.scrollingElement, document.querySelector("header nav")]
  .filter((one) => one !== null && one.scrollWidth > one.clientWidth)
  .map((one) => `${one.tagName}: ${one.scrollWidth} px in ${one.clientWidth}`)"""
# WCAG 2.2, 2.5.8: axe leaves it out unless asked
TARGET_SIZE = "; axe.configure({ rules: [{ id: 'target-size', enabled: true }] })"


async def pages_fit(house: House) -> None:
    """No page is wider than its window, and axe finds nothing."""
    url = house.deskreel.settings.base_url
    axe = AXE.read_text(encoding="utf-8")
    async with browsing(house.deskreel, "/activities", locale="de-DE", width=TABLET) as (page, noise):
        for path in house.pages():
            await page.set_viewport_size({"width": TABLET, "height": 1180})
            await page.goto(f"{url}{path}")
            await settled(page)
            assert await page.evaluate(SIDEWAYS) == [], path
            await page.evaluate(axe + TARGET_SIZE)
            await page.keyboard.press("Escape")  # a list of names that opened by itself
            await expect_accessible(page)
            await page.set_viewport_size({"width": HALF, "height": 800})
            print(f"{path} in half a window")
            await page.wait_for_function(f"() => ({SIDEWAYS})().length === 0")  # charts are drawn anew
        assert [line for line in noise if "404" not in line] == []  # nothing of the live call is stored yet


async def call_stays_in_sight(house: House) -> None:
    """While the form of an evaluation is filled in, the player is above it."""
    at = f"/evaluations/{house.ids['open']}"
    async with browsing(house.deskreel, at, locale="de-DE", width=TABLET) as (page, noise):
        for width, height in ((TABLET, 1180), (HALF, 800)):
            await page.set_viewport_size({"width": width, "height": height})
            player, publish = (
                page.get_by_test_id("player"),
                page.get_by_role("button", name="Veröffentlichen"),
            )
            await page.get_by_test_id("screen-video").first.wait_for()
            await publish.scroll_into_view_if_needed()
            await page.get_by_label("Kommentar zum ganzen Gespräch").focus()
            seen = await page.evaluate(
                """([player, field]) => {
                  const [call, form] = [player, field].map((one) => one.getBoundingClientRect());
                  return { shown: call.top >= 0 && call.bottom <= innerHeight, under: form.top >= call.bottom };
                }""",
                [await player.element_handle(), await page.locator("textarea:focus").element_handle()],
            )
            assert seen == {"shown": True, "under": True}, f"{width} px"
            await page.keyboard.press("Shift+Tab")  # what gets the focus is not behind the player
            behind = await page.evaluate(
                """() => document.activeElement.getBoundingClientRect().bottom
                  < document.querySelector("[data-testid=player]").getBoundingClientRect().bottom"""
            )
            assert not behind, f"{width} px"
        assert noise == []


async def columns_can_be_chosen(house: House) -> None:
    """What a narrow list leaves out comes back by choice, and by itself on a wide page."""
    async with browsing(house.deskreel, "/activities", width=TABLET) as (page, noise):
        heads = page.get_by_role("columnheader")
        await page.get_by_test_id("activity-row").first.wait_for()
        box = page.get_by_test_id("activities")
        assert await box.evaluate("one => one.scrollWidth - one.clientWidth") == 0
        await expect(heads.filter(has_text="Queue")).to_have_count(0)
        await page.get_by_role("button", name="Columns").click()
        await page.get_by_role("menuitemcheckbox", name="Queue").click()
        await page.keyboard.press("Escape")
        await expect(heads.filter(has_text="Queue")).to_be_visible()
        await page.get_by_role("button", name="Columns").click()
        await page.get_by_role("menuitem", name="Usual columns").click()
        await expect(heads.filter(has_text="Queue")).to_have_count(0)
        await page.set_viewport_size({"width": 1280, "height": 800})
        await expect(heads.filter(has_text="Queue")).to_be_visible()
        assert noise == []


async def test_every_page_fits_a_tablet_held_upright(postgres: TestPostgres, tmp_path: Path) -> None:
    async with open_house(
        postgres.fresh(), tmp_path
    ) as house:  # to set it up takes longer than to look at it
        await pages_fit(house)
        await call_stays_in_sight(house)
        await columns_can_be_chosen(house)
