"""Evaluating in a real browser against the real server: from the assignment to the report, and what can go wrong."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.async_api import Locator, Page, expect

from deskreel.server import admin
from support.axe import expect_accessible, look
from support.evaluating import GOOD, make_form, person
from support.pages import browsing
from support.past_call import Office, PastCall
from support.postgres import TestPostgres
from support.server import PASSWORD, Deskreel, running

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def deskreel(postgres: TestPostgres, tmp_path: Path) -> AsyncIterator[Deskreel]:
    async with running(postgres.fresh(), tmp_path / "data") as server:
        await server.sign_in()
        yield server


@dataclass
class Floor:
    """A recorded call of Ada's, a published form, and those who deal with it."""

    deskreel: Deskreel
    call: dict[str, Any]
    form: dict[str, Any]
    eva: str  # user ids
    sam: str

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """As the admin."""
        answer = await self.deskreel.client.request(method, f"/api/v1{path}", json=body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def assigned(self) -> str:
        """An evaluation that the admin is to do."""
        made = await self.ask(
            "POST", f"/interactions/{self.call['id']}/evaluations", {"form_id": self.form["id"]}
        )
        return str(made["id"])

    @asynccontextmanager
    async def page(self, who: str, at: str, **more: Any) -> AsyncIterator[tuple[Page, list[str]]]:
        """A page as somebody."""
        async with browsing(self.deskreel, at, email=f"{who}@people.example", **more) as opened:
            yield opened


@pytest.fixture
async def floor(deskreel: Deskreel, tmp_path: Path) -> Floor:
    features = (await deskreel.client.get("/api/v1/features")).json()
    await deskreel.client.put(
        "/api/v1/features", json={"version": features["version"], "agents_see_own": True}
    )
    office = await Office.open(deskreel, tmp_path)
    call = await office.hold(PastCall(seconds=20, acw=4))
    async with person(deskreel, "evaluator", "eva") as eva, person(deskreel, "supervisor", "sam") as sam:
        people = (eva.id, sam.id)
    user = await admin.add_user(
        email="ada@people.example", name="Ada", role="agent", password=PASSWORD, settings=deskreel.settings
    )
    with psycopg.connect(deskreel.settings.database_url or "") as database:
        database.execute("UPDATE agents SET user_id = NULL WHERE user_id = %s", [user])
        database.execute("UPDATE agents SET user_id = %s, name = 'Ada' WHERE key = '1001'", [user])
    return Floor(deskreel, call, await make_form(deskreel), *people)


def question(page: Page, text: str) -> Locator:
    return page.get_by_test_id("question").filter(has_text=text)


async def saved(page: Page) -> None:
    await expect(page.get_by_test_id("save-state")).to_have_text("Saved")


async def playing(page: Page) -> None:
    """The player has a picture."""
    await page.get_by_test_id("screen-video").first.wait_for()
    await page.wait_for_function(
        "() => document.querySelector('[data-testid=screen-video]')?.readyState >= 2"
    )


async def at_position(page: Page, low: int, high: int) -> None:
    await page.wait_for_function(
        "([low, high]) => { const at = Number(document.querySelector('[data-testid=player]').dataset.positionMs);"
        " return low <= at && at < high; }",
        arg=[low, high],
    )


async def test_from_the_assignment_to_the_report(floor: Floor) -> None:
    async with floor.page("sam", f"/evaluations/new?interaction={floor.call['id']}") as (page, noise):
        await page.get_by_role("combobox", name="Evaluator").click()
        await page.get_by_role("option", name="eva (0 to do)").click()
        await look(page, "evaluation-new")
        await page.get_by_role("button", name="Assign").click()
        await expect(page.get_by_text("Assigned to eva")).to_be_visible()
        assert noise == []

    async with floor.page("eva", "/evaluations") as (page, noise):
        row = page.get_by_test_id("evaluation-row")
        await expect(row).to_contain_text("Assigned")
        await look(page, "evaluations")
        await row.get_by_role("link").click()
        await playing(page)
        await page.get_by_role("button", name="Publish").click()
        await expect(page.get_by_text("3 questions are not complete")).to_be_visible()
        await expect(question(page, "Greeted by name?")).to_contain_text("This needs an answer.")
        await question(page, "Greeted by name?").get_by_label("Yes").check()
        await question(page, "Tone of voice").get_by_label("1", exact=True).check()
        await expect(question(page, "Tone of voice")).to_contain_text("This answer needs a comment.")
        await question(page, "Tone of voice").get_by_role("textbox").fill("Interrupts the caller twice")
        await question(page, "Was the matter solved?").get_by_label("No", exact=True).check()
        await question(page, "Why not?").get_by_role("textbox").fill("The refund was not looked for")
        await saved(page)
        await expect(page.get_by_test_id("total")).to_have_text("12.5")

        # a note to a stretch, with a rectangle on the picture, to a question
        noise.clear()
        await page.goto(f"{page.url}?t=5")
        await playing(page)
        await at_position(page, 4900, 5200)
        await page.get_by_role("button", name="Add feedback here").click()
        note = page.get_by_role("form", name="Add feedback here")
        await note.get_by_label("What is there to say?").fill("Here the caller is cut off")
        await note.get_by_role("combobox", name="Speaks to no question").click()
        await page.get_by_role("option", name="Tone of voice").click()
        await note.get_by_role("button", name="Mark in the picture").click()
        canvas = page.get_by_test_id("picture-canvas")
        box = await canvas.bounding_box()
        assert box is not None
        await page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.3)
        await page.mouse.down()
        await page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.7, steps=5)
        await page.mouse.up()
        await expect(page.get_by_role("button", name="Mark in the picture: arrows move it")).to_be_focused()
        await page.keyboard.press("ArrowRight")
        await expect(page.get_by_role("button", name="Publish")).to_be_disabled()
        await look(page, "evaluating")
        await note.get_by_role("button", name="Add feedback").click()
        item = page.get_by_test_id("feedback")
        await expect(item).to_contain_text("Here the caller is cut off")
        await expect(page.get_by_test_id("picture-mark")).to_be_visible()
        await page.keyboard.press("End")
        await expect(page.get_by_test_id("picture-mark")).to_have_count(0)
        await item.get_by_role("button", name="Go to 0:05").click()
        await at_position(page, 4900, 5200)
        await (
            question(page, "Tone of voice").get_by_role("button", name="Feedback on the timeline (1)").click()
        )
        await page.get_by_role("button", name="Publish").click()
        await expect(page.get_by_text("The evaluation is published")).to_be_visible()
        await expect(page.get_by_role("button", name="Publish")).to_have_count(0)
        assert noise == []

    kept = (await floor.ask("GET", "/evaluations?kind=any"))["items"][0]
    feedback = (await floor.ask("GET", f"/evaluations/{kept['id']}"))["feedback"][0]
    assert feedback["question_id"] == "tone"
    rectangle = feedback["rectangle"]
    assert (round(rectangle["x"], 1), round(rectangle["width"], 1)) == (0.2, 0.4)

    address = f"/evaluations/{kept['id']}"
    async with floor.page("ada", "/evaluations") as (page, noise):
        await page.get_by_test_id("evaluation-row").get_by_role("link").click()
        await expect(page.get_by_text("The refund was not looked for")).to_be_visible()
        await look(page, "evaluation-agent")
        await page.get_by_role("button", name="Dispute").click()
        dialog = page.get_by_role("dialog", name="Dispute this evaluation")
        await expect(dialog.get_by_role("button", name="Dispute")).to_be_disabled()
        await dialog.get_by_role("textbox").fill("The caller spoke over me")
        await dialog.get_by_role("button", name="Dispute").click()
        await expect(page.get_by_text("Ada disputes this")).to_be_visible()
        assert noise == []

    async with floor.page("sam", "/evaluations?view=disputed") as (page, noise):
        await page.get_by_test_id("evaluation-row").get_by_role("link").click()
        await expect(page.get_by_text("The caller spoke over me").first).to_be_visible()
        await page.get_by_role("button", name="Answer the dispute").click()
        await page.get_by_text("Change the answers").click()
        await question(page, "Tone of voice").get_by_label("5").check()
        await question(page, "Tone of voice").get_by_role("textbox").fill("")
        await expect(page.get_by_test_id("total")).to_have_text("25")
        await page.get_by_label("Answer to the agent").fill("You are right about that")
        await look(page, "evaluation-review")
        await page.get_by_role("button", name="Send the answer").click()
        await expect(page.get_by_text("sam has changed the score")).to_be_visible()
        await expect(page.get_by_role("region", name="History").get_by_role("listitem")).to_have_count(4)
        assert noise == []

    async with floor.page("ada", address) as (page, noise):
        await expect(page.get_by_text("You are right about that").first).to_be_visible()
        await page.get_by_role("button", name="Acknowledge").click()
        await page.get_by_role("dialog").get_by_role("button", name="Acknowledge").click()
        await expect(page.get_by_text("Ada has acknowledged this")).to_be_visible()
        assert noise == []

    async with floor.page("sam", "/reports") as (page, noise):
        row = page.get_by_test_id("report-row")
        await expect(row).to_contain_text("Ada")
        await expect(row).to_contain_text("25")
        await expect(page.locator(".recharts-surface").first).to_be_visible()
        await page.get_by_text("Question", exact=True).click()
        await expect(row).to_have_count(4)
        await look(page, "reports")
        async with page.expect_download(timeout=60_000) as download:
            await page.get_by_role("link", name="Export as CSV").click()
        path = await (await download.value).path()
        assert "Ada" in await asyncio.to_thread(path.read_text, encoding="utf-8-sig")
        noise[:] = [line for line in noise if "evaluations.csv" not in line]
        assert noise == []


async def test_two_windows_a_lost_network_and_a_lost_session_lose_nothing(floor: Floor) -> None:
    evaluation = await floor.assigned()
    path = f"/evaluations/{evaluation}"
    async with browsing(floor.deskreel, path) as (page, _):
        async with page.expect_popup() as opened:
            await page.evaluate("open(location.href, '_blank')")
        other = await opened.value
        await question(other, "Greeted by name?").get_by_label("Yes").check()
        await saved(other)
        # another question: taken in
        await question(page, "Tone of voice").get_by_label("4").check()
        await expect(page.get_by_text("Its answers were taken in")).to_be_visible()
        await expect(question(page, "Greeted by name?").get_by_label("Yes")).to_be_checked()
        await saved(page)
        # the same question: asked
        await question(other, "Greeted by name?").get_by_label("No", exact=True).check()
        await expect(other.get_by_test_id("total")).not_to_have_text("100")
        await saved(other)
        await question(page, "Greeted by name?").get_by_label("Not applicable").check()
        clash = page.get_by_role("alert", name="Answered differently in another window")
        await expect(clash).to_be_visible()
        await look(page, "evaluation-clash")
        await clash.get_by_label("The other window: No").check()
        await clash.get_by_role("button", name="Save the choice").click()
        await saved(page)
        await other.close()
        kept = (await floor.ask("GET", path))["answers"]
        assert (kept["greeted"]["value"], kept["greeted"]["na"], kept["tone"]["value"]) == ("no", False, 4)

        # the network is lost; what is written stays here, also over a reload
        await page.context.route("**/draft", lambda route: route.abort())
        await page.get_by_label("Comment on the whole call").fill("Written without a network")
        await expect(page.get_by_text("Not saved: the server cannot be reached.")).to_be_visible()
        await page.reload()
        await expect(page.get_by_label("Comment on the whole call")).to_have_value(
            "Written without a network"
        )
        await page.context.unroute("**/draft")
        await page.evaluate("window.dispatchEvent(new Event('online'))")
        await saved(page)
        assert (await floor.ask("GET", path))["comment"] == "Written without a network"

        # the session ends in the middle
        with psycopg.connect(floor.deskreel.settings.database_url or "") as database:
            database.execute("DELETE FROM sign_ins")
        await page.get_by_label("Comment on the whole call").fill("Written after the session")
        dialog = page.get_by_role("dialog", name="Your session has ended")
        await dialog.locator("input[type=password]").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await saved(page)
    await floor.deskreel.client.post(
        "/api/v1/session", json={"email": "admin@test.example", "password": PASSWORD}
    )
    assert (await floor.ask("GET", path))["comment"] == "Written after the session"


async def test_a_calibration_is_blind_until_all_have_published(floor: Floor) -> None:
    async with floor.page("sam", f"/evaluations/calibrations/new?interaction={floor.call['id']}") as (
        page,
        noise,
    ):
        await page.get_by_role("textbox", name="Name").fill("November")
        await page.get_by_role("combobox", name="Form", exact=True).click()
        await page.get_by_role("option", name="Service").click()
        await page.get_by_role("combobox", name="Evaluators").click()
        for name in ("eva (0 to do)", "sam (0 to do)"):
            await page.get_by_role("option", name=name).click()
        await page.keyboard.press("Escape")
        await expect_accessible(page)
        await page.get_by_role("button", name="Begin the calibration").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("November")
        people = page.get_by_test_id("participant")
        await expect(people.filter(has_text="eva")).to_contain_text("hidden")
        await look(page, "calibration-open")
        address = page.url.removeprefix(floor.deskreel.settings.base_url)
        assert noise == []

    for who, greeted in (("eva", "No"), ("sam", "Yes")):
        async with floor.page(who, "/evaluations") as (page, noise):
            await page.get_by_test_id("evaluation-row").get_by_role("link").click()
            await question(page, "Greeted by name?").get_by_label(greeted, exact=True).check()
            await question(page, "Tone of voice").get_by_label("5").check()
            await question(page, "Was the matter solved?").get_by_label("Yes").check()
            await page.get_by_role("button", name="Publish for the calibration").click()
            await expect(page.get_by_text("The evaluation is published")).to_be_visible()
            assert noise == []

    async with floor.page("eva", address) as (page, noise):
        spread = page.get_by_test_id("question-spread")
        await expect(spread.filter(has_text="Greeted by name?")).to_contain_text("Apart")
        await expect(spread.filter(has_text="Tone of voice")).not_to_contain_text("Apart")
        await look(page, "calibration")
        assert noise == []


async def test_sampling_rules_are_made_run_and_changed_by_two(floor: Floor) -> None:
    async with floor.page("sam", "/evaluations/sampling") as (page, noise):
        await expect(page.get_by_role("heading", name="No sampling rules yet")).to_be_visible()
        await page.get_by_role("button", name="New rule").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Name").fill("Two a week")
        await dialog.get_by_role("combobox", name="Form", exact=True).click()
        await page.get_by_role("option", name="Service").click()
        await dialog.get_by_role("combobox", name="Evaluators").click()
        await page.get_by_role("option", name="eva (0 to do)").click()
        await page.keyboard.press("Escape")
        await expect_accessible(page)
        await dialog.get_by_role("button", name="Save changes").click()
        rule = page.get_by_test_id("sampling-rule")
        await expect(rule).to_contain_text("2 of each agent and week")
        await rule.get_by_role("button", name="Run now: Two a week").click()
        await expect(rule).to_contain_text(re.compile(r"W\d+: 0 calls"))
        await look(page, "sampling")
        await rule.get_by_role("button", name="Two a week", exact=True).click()
        found = (await floor.ask("GET", "/sampling-rules"))["items"][0]
        fields = ("name", "form_id", "per_agent", "evaluator_ids", "due_days", "revision")
        theirs = {key: found[key] for key in fields} | {"per_agent": 7}
        await floor.ask("PUT", f"/sampling-rules/{found['id']}", theirs)
        noise.clear()
        await dialog.get_by_label("Calls of each agent and week").fill("3")
        await dialog.get_by_role("button", name="Save changes").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("Two a week, 7 calls")
        await dialog.get_by_role("button", name="Keep mine and save again").click()
        await dialog.get_by_role("button", name="Save changes").click()
        await expect(rule).to_contain_text("3 of each agent and week")


async def test_pages_speak_german_fit_a_tablet_and_refuse_whom_they_must(floor: Floor) -> None:
    evaluation = await floor.assigned()
    draft = await floor.ask("PUT", f"/evaluations/{evaluation}/draft", {"revision": 1, "answers": GOOD})
    await floor.ask("POST", f"/evaluations/{evaluation}/publish", {"revision": draft["revision"]})
    paths = {
        "/evaluations?view=all": "Veröffentlicht",
        f"/evaluations/{evaluation}": "Verlauf",
        "/evaluations/new": "Neue Bewertung",
        "/evaluations/calibrations": "Noch keine Kalibrierungen",
        "/evaluations/sampling": "Noch keine Regeln",
        "/forms": "Service",
        "/reports": "Punkte je Woche",
    }
    async with browsing(floor.deskreel, "/evaluations", locale="de-DE", width=800) as (page, noise):
        for path, text in paths.items():
            await page.goto(f"{floor.deskreel.settings.base_url}{path}")
            await expect(page.get_by_text(text).first).to_be_visible()
            await expect(page.get_by_role("status", name="Lädt")).to_have_count(0)
            await look(page, "de-" + re.sub(r"\W+", "-", path.split("?")[0]).strip("-")[:24])
            overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert overflow <= 0, f"{path} is {overflow} px too wide"
        assert noise == []
    async with floor.page("eva", "/reports") as (page, noise):
        await expect(page.get_by_role("heading", name="Reports are not for you")).to_be_visible()
        await page.goto(f"{floor.deskreel.settings.base_url}/evaluations/sampling")
        await expect(page.get_by_role("heading", name="Evaluations are not for you")).to_be_visible()
        await page.goto(f"{floor.deskreel.settings.base_url}/evaluations/evl_{'0' * 26}")
        await expect(page.get_by_role("heading", name="This evaluation is not there")).to_be_visible()
        await expect_accessible(page)
