"""The pages about the network in a real browser: what a browser finds out, what admins are told and choose."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from playwright.async_api import Page, expect

from deskreel.serve import Part, serve
from deskreel.server import admin
from deskreel.server.settings import ServerSettings
from deskreel.storage.region_key import RegionKeys
from support.axe import expect_accessible, look
from support.coturn import Coturn, coturn
from support.pages import browsing
from support.postgres import TestPostgres
from support.server import PASSWORD, Deskreel, free_port, running
from support.waiting import eventually

pytestmark = pytest.mark.timeout(240)

AGENT = "ada@example.com"
# the TURN server is on loopback, and its certificate is of a CA that nobody knows
LOOPBACK = ("--allow-loopback-in-peer-connection", "--ignore-certificate-errors")


@dataclass
class World:
    """A server at home in eu, with a TURN server; the gateway of us, without one."""

    deskreel: Deskreel
    turn: Coturn
    us: ServerSettings
    stop_us: asyncio.Event


@pytest.fixture
async def world(postgres: TestPostgres, tmp_path: Path) -> AsyncIterator[World]:
    us_listen, file = f"127.0.0.1:{free_port()}", tmp_path / "regions.toml"
    key = RegionKeys.load_or_create(tmp_path / "us/keys").newest.text
    url = postgres.fresh()
    with coturn(tmp_path / "turn") as turn:
        file.write_text(
            f'[eu]\nipv4 = ["192.0.2.10", "192.0.2.11"]\nipv6 = "2001:db8:1::/48"\n{turn.region_lines()}\n'
            f'[us]\ngateway_url = "http://{us_listen}"\npublic_key = "{key}"\n'
        )
        settings = {"region": "eu", "regions": file}
        async with running(url, tmp_path / "eu", record=False, **settings) as deskreel:
            await deskreel.sign_in()
            us = ServerSettings(
                data_dir=tmp_path / "us",
                database_url=url,
                listen=us_listen,
                region="us",
                media_public_keys=tmp_path / "eu/keys/media-token-key.pub.pem",
            )
            async with gateway_of(us, deskreel) as stop:
                yield World(deskreel=deskreel, turn=turn, us=us, stop_us=stop)


async def answers(deskreel: Deskreel, us: ServerSettings) -> bool:
    try:
        return (await deskreel.client.get(f"http://{us.listen}/health")).is_success
    except httpx2.TransportError:
        return False


@asynccontextmanager
async def gateway_of(us: ServerSettings, deskreel: Deskreel) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(us, Part.GATEWAY, region="us", stop=stop))

    try:
        await eventually("the gateway of us", lambda: answers(deskreel, us))
        yield stop
    finally:
        stop.set()
        await serving


async def verdicts(page: Page) -> dict[str, str]:
    """Of every row, once the check is done."""
    await expect(page.get_by_test_id("overall")).to_be_visible(timeout=60_000)
    rows = await page.locator("[data-testid^=check-]").evaluate_all(
        "all => all.map((one) => [one.dataset.testid.slice(6), one.dataset.verdict])"
    )
    return dict(rows)


async def test_anybody_checks_the_network_and_takes_the_result_away(world: World) -> None:
    deskreel = world.deskreel
    await admin.add_user(email=AGENT, name="Ada", role="agent", password=PASSWORD, settings=deskreel.settings)
    async with browsing(deskreel, "/network-check", email=AGENT, args=LOOPBACK) as (page, noise):
        found = await verdicts(page)
        assert {check for check, verdict in found.items() if verdict != "ok"} == set()
        live = {"live_direct", "stun", "turn_udp", "turn_tcp", "turn_tls"}
        assert {"server", "page", "chunk", "up", "down", *live} <= set(found)
        await expect(page.get_by_test_id("overall")).to_contain_text("Screen recording works from here")
        await expect(page.get_by_test_id("overall")).to_contain_text("straight to the gateway")
        await expect(page.get_by_test_id("check-loss")).to_contain_text("of 100 messages")
        await look(page, "network-check")

        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await page.get_by_role("button", name="Copy as JSON").click()
        taken = json.loads(await page.evaluate("navigator.clipboard.readText()"))
        assert (taken["region"], taken["verdict"]) == ("eu", "ok")
        assert {row["check"]: row["verdict"] for row in taken["rows"]} == found

        # the gateway of us is on an origin of its own, and there is no TURN server
        await page.get_by_role("combobox", name="Media region").click()
        await page.get_by_role("option", name="us").click()
        await expect(page.get_by_test_id("overall")).to_contain_text("Region us", timeout=60_000)
        found = await verdicts(page)
        assert {check for check, verdict in found.items() if verdict != "ok"} == {
            "stun", "turn_udp", "turn_tcp", "turn_tls", "loss", "ipv6",
        }  # fmt: skip
        await expect(page.get_by_test_id("check-turn_udp")).to_contain_text("no TURN server")
        assert [line for line in noise if "404" not in line] == []  # the 404 page is what is asked for


async def test_what_is_closed_is_told_with_what_to_open(world: World) -> None:
    async with browsing(world.deskreel, "/network-check?region=us", args=LOOPBACK) as (page, _):
        await verdicts(page)
        world.stop_us.set()

        async def gone() -> bool:
            return not await answers(world.deskreel, world.us)

        await eventually("the gateway of us is gone", gone)
        again = page.get_by_role("button", name="Check again")
        await again.press("Enter")
        await expect(page.get_by_test_id("overall")).to_contain_text("does not work", timeout=60_000)
        row = page.get_by_test_id("check-gateway")
        await expect(row).to_contain_text(f"Open {world.us.listen.split(':')[1]}/TCP to 127.0.0.1")
        await expect(again).to_be_focused()
        await look(page, "network-check-closed")

        world.turn.stop()
        await page.get_by_role("combobox", name="Media region").click()
        await page.get_by_role("option", name="eu").click()
        await expect(page.get_by_test_id("overall")).to_contain_text("Region eu", timeout=60_000)
        found = await verdicts(page)
        assert {check for check, verdict in found.items() if verdict == "warning"} == {
            "stun", "turn_udp", "turn_tcp", "turn_tls",
        }  # fmt: skip
        await expect(page.get_by_test_id("check-turn_tls")).to_contain_text(
            f"Open TLS/{world.turn.tls_port} to localhost"
        )
        await expect(page.get_by_test_id("overall")).to_contain_text("straight to the gateway")


async def test_a_wrong_credential_is_called_one(world: World) -> None:
    world.turn.secret_file.write_text("another\n")  # the server has read it long since
    world.turn.stop()
    config = world.turn.log.parent / "coturn.conf"
    config.write_text(config.read_text().replace(world.turn.secret, "another"))
    world.turn.start()
    async with browsing(world.deskreel, "/network-check", args=LOOPBACK) as (page, _):
        found = await verdicts(page)
        assert (found["stun"], found["turn_udp"]) == ("ok", "warning")
        await expect(page.get_by_test_id("check-turn_udp")).to_contain_text("refuses the server's credential")
        await expect(page.get_by_test_id("overall")).to_contain_text("Screen recording works from here")


async def test_admins_see_what_to_open_and_choose_the_region(world: World) -> None:
    client = world.deskreel.client
    team = (await client.post("/api/v1/teams", json={"name": "Service"})).json()["id"]
    async with browsing(world.deskreel, "/settings/network", args=LOOPBACK) as (page, noise):
        eu, us = page.get_by_role("region", name="Region eu"), page.get_by_role("region", name="Region us")
        await expect(eu).to_contain_text("192.0.2.10, 192.0.2.11")
        await expect(eu).to_contain_text("2001:db8:1::/48")
        for port in (f"UDP/{world.turn.port}", f"TCP/{world.turn.port}", f"TLS/{world.turn.tls_port}"):
            await expect(eu.get_by_role("cell", name=port, exact=True)).to_be_visible()
        await expect(us).to_contain_text("deskreel serve --only worker --region us")
        await expect(us).to_contain_text("It has no TURN server")
        await expect(page.get_by_role("region", name="Bandwidth")).to_contain_text(
            "500 kbit/s, on top of 100 kbit/s of call audio"
        )
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await eu.get_by_role("button", name="Copy for the firewall").click()
        taken = await page.evaluate("navigator.clipboard.readText()")
        assert f"localhost {world.turn.port}/udp\n" in taken
        assert "2001:db8:1::/48\n" in taken
        await look(page, "network")

        await page.get_by_role("combobox", name="Media region").click()
        await page.get_by_role("option", name="us", exact=True).click()
        # somebody else chooses meanwhile
        other = await client.put("/api/v1/media-region", json={"version": 0, "region": "eu"})
        assert other.status_code == 200, other.text
        await page.get_by_role("button", name="Save changes").click()
        await expect(page.get_by_role("alert")).to_contain_text("Somebody else saved in the meantime")
        await page.get_by_role("button", name="Save changes").click()
        await expect(page.get_by_text("go to us")).to_be_visible()
        assert (await client.get("/api/v1/media-region")).json()["region"] == "us"

        await page.goto(f"{world.deskreel.settings.base_url}/settings/teams")
        await page.get_by_role("link", name="Media region of Service").click()
        await expect(page.get_by_text("Recordings of this team's agents go to us")).to_be_visible()
        await page.get_by_role("combobox", name="Media region").click()
        await page.get_by_role("option", name="eu", exact=True).click()
        await page.get_by_role("button", name="Save changes").click()
        differing = page.get_by_role("region", name="Who differs from it")
        await expect(differing.get_by_role("row", name="Service")).to_contain_text("eu")
        assert (await client.get(f"/api/v1/media-region/teams/{team}")).json()["region"] == "eu"
        await expect_accessible(page)
        assert [line for line in noise if "409" not in line] == []
        await page.get_by_role("link", name="Check the network from here").click()
        await expect(page.get_by_role("heading", level=1, name="Network check")).to_be_visible()


async def test_the_last_check_of_a_desktop_is_with_its_recorder(world: World) -> None:
    recorder = await world.deskreel.recorder("1001")
    rows = [
        {"check": "server", "title": "Server", "measured": "answers in 9 ms", "required": "an answer",
         "verdict": "ok", "advice": ""},
        {"check": "turn_udp", "title": "TURN over UDP", "measured": "no answer", "required": "UDP/3478",
         "verdict": "warning", "advice": "Open UDP/3478 to turn-eu.example.com."},
    ]  # fmt: skip
    async with browsing(world.deskreel, "/recorders") as (page, noise):
        row = page.get_by_test_id("recorder-row")
        await expect(row).to_contain_text("1001")
        sent = await world.deskreel.client.post(
            "/api/v1/recorder/check", json={"region": "eu", "rows": rows}, headers=recorder.headers
        )
        assert sent.status_code == 204, sent.text
        await expect(row.get_by_text("Warning")).to_be_visible(timeout=15_000)
        await page.get_by_role("button", name="1001").click()
        drawer = page.get_by_role("dialog", name="Recorder of 1001")
        await expect(drawer.get_by_test_id("check-row").first).to_contain_text(
            "Open UDP/3478 to turn-eu.example.com."
        )
        await drawer.get_by_text("1 other row").click()
        await expect(drawer.get_by_text("answers in 9 ms")).to_be_visible()
        await look(page, "recorder-check")
        assert noise == []


async def test_live_view_and_its_notice_are_settings(world: World) -> None:
    async with browsing(world.deskreel, "/settings/recording") as (page, _):
        await page.get_by_role("switch", name=re.compile("^Live view$")).uncheck()
        await page.get_by_role("switch", name="Notice of live view").uncheck()
        await page.get_by_role("button", name="Save changes").click()
        await expect(page.get_by_role("region", name="Changes").get_by_role("status")).to_have_text("Saved")
    values = (await world.deskreel.client.get("/api/v1/recording-settings")).json()["values"]
    assert (values["live_view"], values["live_notice"]) == (False, False)
