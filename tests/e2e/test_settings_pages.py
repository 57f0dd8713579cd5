"""The settings in a real browser, against the real server: what is saved, refused, and met by two people at once."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from deskreel.server import admin
from support.axe import expect_accessible
from support.pages import browsing
from support.postgres import TestPostgres
from support.server import PASSWORD, Deskreel, running

pytestmark = pytest.mark.timeout(240)

PAGES = (
    "/settings/users",
    "/settings/teams",
    "/settings/features",
    "/settings/quality-management",
    "/settings/screen-recording",
    "/settings/recording",
    "/settings/network",
    "/live",
    "/settings/do-not-record",
    "/settings/telephony",
    "/settings/webhooks",
    "/settings/api-keys",
    "/settings/audit",
    "/coverage",
    "/recorders",
    "/enrol",
    "/welcome",
)


@pytest.fixture
async def deskreel(postgres: TestPostgres, tmp_path: Path) -> AsyncIterator[Deskreel]:
    async with running(postgres.fresh(), tmp_path / "data", record=False, outgoing_private=True) as server:
        await server.sign_in()
        yield server


async def put(deskreel: Deskreel, path: str, **body: Any) -> None:
    answer = await deskreel.client.put(path, json=body)
    assert answer.status_code == 200, answer.text


async def switch_on(deskreel: Deskreel) -> None:
    version = (await deskreel.client.get("/api/v1/features")).json()["version"]
    on = {"quality_management": True, "call_recording": True, "screen_recording": True}
    await put(deskreel, "/api/v1/features", version=version, notice="icon", **on)


async def bring_in(deskreel: Deskreel, *lines: str) -> None:
    """Import people."""
    for some in [lines[at : at + 250] for at in range(0, len(lines), 250)]:
        text = "\n".join(("name,email,role,team,extension,qm,screen", *some))
        answer = await deskreel.client.post(
            "/api/v1/users/import", content=text, headers={"content-type": "text/csv"}
        )
        assert answer.status_code == 200, answer.text


async def selection(deskreel: Deskreel) -> dict[str, bool]:
    page = (await deskreel.client.get("/api/v1/screen-recording/users")).json()
    return {item["name"]: item["selected"] for item in page["items"] if item["agent_id"]}


async def save(page: Page) -> None:
    bar = page.get_by_role("region", name="Changes")
    await bar.get_by_role("button", name="Save changes").click()
    await expect(bar.get_by_role("status")).to_have_text("Saved")


async def test_every_page_is_accessible_in_both_schemes(deskreel: Deskreel) -> None:
    await switch_on(deskreel)
    await bring_in(
        deskreel,
        "Ada Lovelace,ada@example.com,agent,Service,1001,yes,yes",
        f"{'Very long name ' * 12},long@example.com,agent,{'Long team ' * 15},1002,no,no",
        "Cy Young,cy@example.com,supervisor,Service,,,",
    )
    client = deskreel.client
    for path, body in (
        ("do-not-record", {"kind": "number", "value": "+49 30 555*", "note": "works council " * 30}),
        ("webhooks", {"url": "http://127.0.0.1:9/" + "part/" * 40}),
        ("api-keys", {"name": "warehouse", "permissions": ["interactions.view", "audit.view"]}),
        ("telephony-sources", {"name": "pbx", "kind": "call_events"}),
    ):
        answer = await client.post(f"/api/v1/{path}", json=body)
        assert answer.status_code == 201, answer.text
    await deskreel.recorder("1001")
    async with browsing(deskreel, PAGES[0]) as (page, noise):
        for path in PAGES:
            await page.goto(f"{deskreel.settings.base_url}{path}")
            await expect(page.get_by_role("heading", level=1)).to_be_visible()
            await expect(page.get_by_role("status", name="Loading")).to_have_count(0)
            for scheme in ("light", "dark"):
                await page.emulate_media(color_scheme=scheme)
                await expect_accessible(page)
            overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert overflow <= 0, f"{path} is {overflow} px too wide"
        assert noise == []


async def test_screen_recording_needs_quality_management_and_a_notice(deskreel: Deskreel) -> None:
    async with browsing(deskreel, "/settings/features") as (page, _):
        button = page.get_by_role("button", name="Save changes")
        await page.get_by_role("switch", name=re.compile("^Screen recording")).check()
        await button.click()
        await expect(page.get_by_role("alert")).to_contain_text("how agents are told")
        await page.get_by_role("radio", name="Banner").check()
        await button.click()
        await expect(page.get_by_role("alert")).to_contain_text("Switch on Quality Management first")
        await page.get_by_role("switch", name=re.compile("^Quality Management")).check()
        await page.get_by_role("switch", name=re.compile("^Call recording")).check()
        await save(page)
    features = (await deskreel.client.get("/api/v1/features")).json()
    assert features["screen_recording"]
    assert features["quality_management"]
    settings = (await deskreel.client.get("/api/v1/recording-settings")).json()
    assert settings["overrides"] == {"notice": "banner"}


async def test_two_admins_select_people_at_once_and_both_selections_hold(deskreel: Deskreel) -> None:
    await switch_on(deskreel)
    await bring_in(
        deskreel,
        "Ada,ada@example.com,agent,Service,1001,yes,no",
        "Ben,ben@example.com,agent,Service,1002,yes,no",
        "Cid,cid@example.com,agent,,1003,no,no",
    )
    async with browsing(deskreel, "/settings/screen-recording") as (page, _):
        await expect(page.get_by_role("checkbox", name="Select Cid")).to_be_disabled()
        await expect(page.get_by_text("Is not enabled in Quality Management")).to_be_visible()
        await page.get_by_role("checkbox", name="Select Ada").check()
        read = (await deskreel.client.get("/api/v1/screen-recording/users")).json()
        ben = next(item["agent_id"] for item in read["items"] if item["name"] == "Ben")
        path = "/api/v1/screen-recording/users"
        await put(deskreel, path, version=read["version"], agent_ids=[ben], team_ids=[])
        await page.get_by_role("button", name="Save changes").click()
        await expect(page.get_by_role("alert")).to_contain_text("Somebody else saved in the meantime")
        await expect(page.get_by_role("checkbox", name="Select Ben")).to_be_checked()
        await expect(page.get_by_role("checkbox", name="Select Ada")).to_be_checked()
        await save(page)
        assert await selection(deskreel) == {"Ada": True, "Ben": True, "Cid": False}

        await page.get_by_role("switch", name=re.compile("^Service")).check()
        await page.get_by_label("Percentage of calls").fill("25")
        await page.get_by_role("link", name="Teams").click()
        dialog = page.get_by_role("dialog", name="Leave without saving?")
        await dialog.get_by_role("button", name="Stay here").click()
        await expect(page).to_have_url(f"{deskreel.settings.base_url}/settings/screen-recording")
        await save(page)
        after = (await deskreel.client.get(path)).json()
        assert len(after["team_ids"]) == 1
        settings = (await deskreel.client.get("/api/v1/recording-settings")).json()
        assert settings["values"]["percentage"] == 25
        await page.get_by_role("link", name="Teams").click()
        await expect(page.get_by_role("heading", level=1, name="Teams")).to_be_visible()


async def test_a_thousand_people_are_listed_searched_and_selected(deskreel: Deskreel) -> None:
    await switch_on(deskreel)
    await bring_in(
        deskreel, *(f"Agent {n:04},a{n}@example.com,agent,,{5000 + n},yes,no" for n in range(1000))
    )
    async with browsing(deskreel, "/settings/users") as (page, noise):
        await expect(page.get_by_text("1001 people")).to_be_visible()  # and the admin
        assert await page.get_by_test_id("row").count() < 60
        await page.get_by_role("searchbox", name="Search").fill("5999")
        await expect(page.get_by_test_id("row")).to_have_count(1)
        await expect(page.get_by_test_id("row")).to_contain_text("Agent 0999")
        await page.get_by_role("link", name="Screen recording users").click()
        await page.get_by_role("checkbox", name="Select the 1000 people shown").check()
        await expect(page.get_by_text("1000 unsaved changes")).to_be_visible()
        await save(page)
        state = (await deskreel.client.get("/api/v1/screen-recording/users", params={"limit": 500})).json()
        assert sum(item["selected"] for item in state["items"]) >= 499
        assert noise == []


async def test_users_are_added_changed_and_imported_with_a_result_per_line(
    deskreel: Deskreel, tmp_path: Path
) -> None:
    await bring_in(deskreel, "Ben,ben@example.com,agent,Service,1002,yes,no")
    async with browsing(deskreel, "/settings/users") as (page, _):
        await page.get_by_role("button", name="Add user").click()
        dialog = page.get_by_role("dialog", name="Add user")
        await dialog.get_by_label("Name").fill("Ada Lovelace")
        await dialog.get_by_label("E-mail").fill("ada@example.com")
        await dialog.get_by_role("button", name="Add identity").click()
        await dialog.get_by_label("Identity", exact=True).fill("1002")
        await dialog.get_by_role("button", name="Add user").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("Another agent has this")
        await dialog.get_by_label("Identity", exact=True).fill("1001")
        await dialog.get_by_role("button", name="Add user").click()
        code = page.get_by_role("dialog", name="Code for the password")
        assert len(await code.get_by_label("One-time code").inner_text()) >= 8
        await expect_accessible(page)
        await code.get_by_role("button", name="I have kept it").click()

        # somebody else renames her while the form is open
        await page.get_by_role("button", name="Ada Lovelace").click()
        form = page.get_by_role("dialog", name="Ada Lovelace")
        await form.get_by_role("switch", name=re.compile("^Active")).uncheck()
        known = (await deskreel.client.get("/api/v1/users", params={"q": "ada"})).json()["items"][0]
        fields = {
            "name": "Ada King",
            "email": known["email"],
            "role": "agent",
            "teams": [],
            "identities": known["agent"]["identities"],
            "version": known["version"],
        }
        await put(deskreel, f"/api/v1/users/{known['id']}", **fields)
        await form.get_by_role("button", name="Save changes").click()
        await expect(form.get_by_role("alert")).to_contain_text("Somebody else saved")
        await form.get_by_label("Name").fill("Ada King")
        await form.get_by_role("button", name="Save changes").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)
        row = page.get_by_test_id("row").filter(has_text="Ada King")
        await expect(row).to_contain_text("Not active")

        people = tmp_path / "people.csv"
        people.write_text("name,email,role\nEve,eve@example.com,boss\nMax,max@example.com,agent\n")
        await page.get_by_role("button", name="Import CSV").click()
        importing = page.get_by_role("dialog", name="Import users")
        await importing.locator("input[type=file]").set_input_files(people)
        await expect(importing.get_by_role("cell", name="role", exact=True)).to_be_visible()
        await expect(importing.get_by_role("button", name="Import", exact=True)).to_be_disabled()
        await expect_accessible(page)
        people.write_text("name,email,role\nEve,eve@example.com,evaluator\nMax,max@example.com,agent\n")
        await importing.get_by_role("button", name="Take the file away").click()
        await importing.locator("input[type=file]").set_input_files(people)
        await importing.get_by_role("button", name="Import", exact=True).click()
        await expect(importing.get_by_text("Imported.")).to_be_visible()
    names = [u["name"] for u in (await deskreel.client.get("/api/v1/users")).json()["items"]]
    assert names == ["Ada King", "Admin", "Ben", "Eve", "Max"]


async def test_recording_settings_show_what_is_inherited_and_take_overrides_back(deskreel: Deskreel) -> None:
    await bring_in(deskreel, "Ada,ada@example.com,agent,Service,1001,yes,no")
    async with browsing(deskreel, "/settings/recording") as (page, _):
        await page.get_by_label("Frame rate", exact=True).fill("3 per second")
        await save(page)
        await page.get_by_text("Team", exact=True).click()
        await page.get_by_role("combobox", name="Team").click()
        await page.get_by_role("option", name="Service").click()
        rate = page.get_by_label("Frame rate", exact=True)
        await expect(rate).to_have_value("3 per second")
        await rate.fill("")
        await expect(page.get_by_role("button", name="Save changes")).to_be_disabled()
        await rate.fill("2 per second")
        await save(page)
        await page.get_by_role("button", name="Inherit again: Frame rate").click()
        await expect(rate).to_have_value("3 per second")
        await save(page)
    team = (await deskreel.client.get("/api/v1/teams")).json()["items"][0]["id"]
    settings = (await deskreel.client.get(f"/api/v1/recording-settings/teams/{team}")).json()
    assert settings["overrides"] == {}
    assert settings["values"]["max_fps"] == 3


async def test_secrets_are_shown_once_and_a_source_is_tested_live(deskreel: Deskreel) -> None:
    async with browsing(deskreel, "/settings/telephony") as (page, _):
        await page.get_by_role("button", name="Add source").click()
        dialog = page.get_by_role("dialog", name="Add source")
        await dialog.get_by_label("Name").fill("my pbx")
        await dialog.get_by_role("button", name="Add source").click()
        shown = page.get_by_role("dialog", name="Signing secret of my pbx")
        secret = await shown.get_by_label("Signing secret").inner_text()
        assert secret.startswith("whsec_")
        await shown.get_by_role("button", name="I have kept it").click()
        card = page.get_by_role("region", name="my pbx")
        await card.get_by_role("button", name="Test now").click()
        await expect(card.get_by_role("status")).to_contain_text("It does not work")
        await expect(card).to_contain_text("Not heard of yet")

        await page.get_by_role("button", name="Add source").click()
        await dialog.get_by_text("Asterisk", exact=True).click()
        await dialog.get_by_label("Name", exact=False).first.fill("asterisk")
        await dialog.get_by_label("Host").fill("127.0.0.1")
        await dialog.get_by_label("Port").fill("1")
        await dialog.get_by_label("User name").fill("deskreel")
        await dialog.get_by_label("Secret", exact=False).first.fill("very secret")
        await expect_accessible(page)
        await dialog.get_by_role("button", name="Add source").click()
        asterisk = page.get_by_role("region", name="asterisk")
        await asterisk.get_by_role("button", name="Test now").click()
        await expect(asterisk.get_by_role("status")).to_contain_text("It does not work", timeout=20_000)

        await page.goto(f"{deskreel.settings.base_url}/settings/api-keys")
        await page.get_by_role("button", name="Make a key").click()
        await page.get_by_label("Name").fill("warehouse")
        await page.get_by_role("checkbox", name="audit.view").check()
        await page.get_by_role("button", name="Make key").click()
        key = await page.get_by_label("API key", exact=True).inner_text()
        await page.get_by_role("button", name="I have kept it").click()
        await expect(page.get_by_text(key)).to_have_count(0)
        answer = await deskreel.client.get("/api/v1/audit", headers={"authorization": f"Bearer {key}"})
        assert answer.status_code == 200
        await page.get_by_role("button", name="Revoke warehouse?").click()
        await page.get_by_role("dialog").get_by_role("button", name="Revoke", exact=True).click()
        await expect(page.get_by_text("Revoked Today")).to_be_visible()

        await page.get_by_role("link", name="Audit log").click()
        await page.get_by_label("Action", exact=True).fill("api_key.")
        await page.get_by_role("button", name="Filter").click()
        await expect(page.get_by_role("row")).to_have_count(3)
        async with page.expect_download(timeout=60_000) as download:
            await page.get_by_role("button", name="Export JSON lines").click()
        exported = await (await download.value).path()
        lines = (await asyncio.to_thread(exported.read_text)).splitlines()
        assert [json.loads(line)["action"] for line in lines] == ["api_key.created", "api_key.revoked"]


async def test_others_see_what_their_role_allows(deskreel: Deskreel) -> None:
    for role in ("supervisor", "evaluator"):
        email = f"{role}@example.com"
        await admin.add_user(email=email, name=role, role=role, password=PASSWORD, settings=deskreel.settings)
    async with browsing(deskreel, "/settings/features", email="supervisor@example.com") as (page, noise):
        await expect(page.get_by_role("switch", name=re.compile("^Screen recording"))).to_be_disabled()
        await expect(page.get_by_role("button", name="Save changes")).to_have_count(0)
        await expect(page.get_by_role("link", name="Audit log")).to_have_count(0)
        await page.goto(f"{deskreel.settings.base_url}/settings/audit")
        await expect(page.get_by_text("This page is not for your account")).to_be_visible()
        for path in ("/settings/users", "/settings/screen-recording", "/settings/telephony", "/welcome"):
            await page.goto(f"{deskreel.settings.base_url}{path}")
            await expect(page.get_by_role("heading", level=1)).to_be_visible()
            await expect_accessible(page)
        assert noise == []
    async with browsing(deskreel, "/settings", email="evaluator@example.com") as (page, _):
        await expect(page.get_by_text("This page is not for your account")).to_be_visible()


async def test_german(deskreel: Deskreel) -> None:
    async with browsing(deskreel, "/settings/features", locale="de-DE") as (page, _):
        await page.get_by_role("switch", name=re.compile("^Bildschirmaufnahme")).check()
        await expect(page.get_by_text("1 Änderung nicht gespeichert")).to_be_visible()
        await page.get_by_role("button", name="Änderungen verwerfen").click()
        await page.get_by_role("link", name="Telefonie").click()
        await expect(page.get_by_text("Es gibt keine Telefoniequelle")).to_be_visible()
