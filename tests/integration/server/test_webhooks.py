"""Status events: written with the change, placed in order, delivered at least once, given up in the end, resent."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from deskreel.core.errors import SignatureError
from deskreel.core.time import WallTime
from deskreel.server import backoff
from deskreel.server.jobs.tasks import EVENTS_KEPT_MS
from deskreel.server.outgoing import is_public
from deskreel.server.webhooks.outbox import EventType, drop_old, emit, place
from deskreel.server.webhooks.tables import status_events, webhook_endpoints
from deskreel.telephony.signature import verify
from support.postgres import TestPostgres
from support.server import Deskreel, running, wall_ms
from support.waiting import eventually


@dataclass
class Receiver:
    """Another system: keeps what is posted to it, and answers as it is told."""

    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)  # statuses to come; then 204

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.got]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, colon, value in (h.partition(":") for h in head[1:])
            if colon
        }
        body = await reader.readexactly(int(headers["content-length"]))
        self.got.append((headers, body))
        status = self.answers.pop(0) if self.answers else 204
        writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    try:
        yield made
    finally:
        server.close()
        await server.wait_closed()


@pytest.fixture
async def inside(postgres: TestPostgres, tmp_path: Path) -> AsyncIterator[Deskreel]:
    """A server that may send to loopback."""
    async with running(postgres.fresh(), tmp_path / "data", acw_timeout_s=1, outgoing_private=True) as server:
        await server.sign_in()
        yield server


async def hook(deskreel: Deskreel, url: str, **more: Any) -> dict[str, Any]:
    answer = await deskreel.client.post("/api/v1/webhooks", json={"url": url, **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_the_life_of_a_recording_is_told_signed_and_in_the_feed(inside: Deskreel) -> None:
    async with receiver() as other:
        made = await hook(inside, other.url)
        pbx, recorder = await inside.telephony(), await inside.recorder()
        start = wall_ms() - 30_000
        async with recorder.control() as socket:
            await pbx.post([pbx.event("call.answered", start), pbx.event("recording.started", start)])
            desired = await recorder.desired(socket, lambda d: d.order is not None)
            meta, data = recorder.chunk(start, 1, start, 4000)
            assert (await recorder.upload(desired.order, meta, data)).status_code == 201
            await pbx.say("recording.paused", start + 4000)
            await pbx.say("recording.resumed", start + 5000)
            await pbx.say("call.ended", start + 6000)
            await recorder.desired(socket, lambda d: d.order is None)
            assert desired.order is not None
            await recorder.finish(desired.order.screen_recording_id)
        await inside.available()
        wanted = ["started", "paused", "resumed", "ended", "available"]

        async def told() -> bool:
            return len(other.got) >= len(wanted)

        await eventually("deliveries", told)
    assert sorted(other.types()) == sorted(f"screen_recording.{name}" for name in wanted)
    for headers, body in other.got:
        verify([made["secret"]], headers, body, time.time())
        assert headers["webhook-id"] == json.loads(body)["id"]
    with pytest.raises(SignatureError):
        verify([made["secret"]], other.got[0][0], other.got[0][1] + b" ", time.time())
    feed = (await inside.client.get("/api/v1/events")).json()
    assert [event["type"].partition(".")[2] for event in feed["items"]] == wanted
    assert [event["sequence"] for event in feed["items"]] == [1, 2, 3, 4, 5]
    assert feed["items"][0]["data"]["interaction_ids"] == [(await inside.interaction())["id"]]
    assert feed["items"][-1]["data"]["coverage"] == pytest.approx(4 / 6, abs=0.01)  # with a second of ACW
    cursor = {"after": feed["next_cursor"]}
    after = (await inside.client.get("/api/v1/events", params=cursor)).json()
    assert (after["items"], after["next_cursor"]) == ([], feed["next_cursor"])


async def test_a_recording_of_which_nothing_was_captured_is_told_as_failed_with_code_and_advice(
    inside: Deskreel,
) -> None:
    pbx, recorder = await inside.telephony(), await inside.recorder()
    start = wall_ms() - 60_000
    async with recorder.control() as socket:
        await pbx.post([pbx.event("call.answered", start), pbx.event("recording.started", start)])
        desired = await recorder.desired(socket, lambda d: d.order is not None)
        await pbx.say("call.ended", start + 5000)
        await recorder.desired(socket, lambda d: d.order is None)
        assert desired.order is not None
        await recorder.finish(desired.order.screen_recording_id)

    async def failed() -> dict[str, Any] | None:
        page = (await inside.client.get("/api/v1/events", params={"type": "screen_recording.failed"})).json()
        return page["items"][0] if page["items"] else None

    event = await eventually("failure", failed)
    assert event["data"]["code"] == "unknown"
    assert event["data"]["advice"]


async def test_a_refused_delivery_is_tried_again_with_the_same_id_then_dead_then_resent(
    inside: Deskreel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "DELAYS_S", (0.05, 0.05))
    async with receiver() as other:
        other.answers = [500, 503, 500]
        await hook(inside, other.url, events=["screen_recording.started"])
        pbx = await inside.telephony()
        now = wall_ms()
        await pbx.post([pbx.event("call.answered", now), pbx.event("recording.started", now)])
        await pbx.say("call.ended", wall_ms())  # its events are not wanted

        async def dead() -> dict[str, Any] | None:
            page = (await inside.client.get("/api/v1/webhook-deliveries", params={"state": "dead"})).json()
            return page["items"][0] if page["items"] else None

        delivery = await eventually("dead letter", dead)
        assert (delivery["attempts"], delivery["last_status"], len(other.got)) == (3, 500, 3)
        assert len({headers["webhook-id"] for headers, _ in other.got}) == 1
        again = await inside.client.post(f"/api/v1/webhook-deliveries/{delivery['id']}/resend")
        assert again.status_code == 202

        async def delivered() -> bool:
            page = (await inside.client.get("/api/v1/webhook-deliveries")).json()
            return [item["state"] for item in page["items"]] == ["delivered"]

        await eventually("resent", delivered)
        assert len(other.got) == 4


async def test_an_endpoint_that_says_gone_is_switched_off(inside: Deskreel) -> None:
    async with receiver() as other:
        other.answers = [410]
        made = await hook(inside, other.url)
        pbx = await inside.telephony()
        now = wall_ms()
        await pbx.post([pbx.event("call.answered", now), pbx.event("recording.started", now)])

        async def off() -> bool:
            items = (await inside.client.get("/api/v1/webhooks")).json()["items"]
            return items[0]["id"] == made["id"] and not items[0]["active"]

        await eventually("switched off", off)


async def test_both_secrets_sign_while_they_rotate_and_none_is_shown_again(inside: Deskreel) -> None:
    async with receiver() as other:
        made = await hook(inside, other.url)
        rotated = (await inside.client.post(f"/api/v1/webhooks/{made['id']}/rotate")).json()
        assert rotated["secret"] != made["secret"]
        pbx = await inside.telephony()
        now = wall_ms()
        await pbx.post([pbx.event("call.answered", now), pbx.event("recording.started", now)])

        async def told() -> bool:
            return bool(other.got)

        await eventually("delivery", told)
    for secret in (made["secret"], rotated["secret"]):
        verify([secret], other.got[0][0], other.got[0][1], time.time())
    async with inside.context.db.begin() as connection:
        row = (await connection.execute(select(webhook_endpoints))).one()
    listed = (await inside.client.get("/api/v1/webhooks")).text
    for secret in (made["secret"], rotated["secret"]):
        assert secret not in listed + str(row)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/x",
        "http://localhost/x",
        "http://[::1]/x",
        "http://10.0.0.8/x",
        "http://169.254.169.254/latest/meta-data",
        "http://[::ffff:127.0.0.1]/x",
        "http://0/x",
        "http://2130706433/x",
    ],
)
async def test_an_address_inside_is_refused(deskreel: Deskreel, url: str) -> None:
    answer = await deskreel.client.post("/api/v1/webhooks", json={"url": url})
    assert (answer.status_code, answer.json()["code"]) == (422, "address_not_allowed"), answer.text


@pytest.mark.parametrize("url", ["ftp://example.org/x", "https://user:pw@example.org/", "file:///etc/passwd"])
async def test_what_is_no_web_address_is_refused(deskreel: Deskreel, url: str) -> None:
    answer = await deskreel.client.post("/api/v1/webhooks", json={"url": url})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def test_an_address_that_has_come_to_lead_inside_gets_nothing(deskreel: Deskreel) -> None:
    async with receiver() as other:
        async with deskreel.context.db.begin() as connection:  # as a name that has changed its mind
            await connection.execute(
                webhook_endpoints.insert().values(
                    id=deskreel.context.new_id("whk"),
                    url=other.url,
                    events=[],
                    secret_box="x",
                    created_at=wall_ms(),
                )
            )
        folder = deskreel.settings.data_dir.resolve() / "keys"
        from deskreel.server.secret_box import SecretBox

        closed = SecretBox.load_or_create(folder).close("whsec_" + "QUJD" * 11)
        async with deskreel.context.db.begin() as connection:
            await connection.execute(webhook_endpoints.update().values(secret_box=closed))
        pbx = await deskreel.telephony()
        now = wall_ms()
        await pbx.post([pbx.event("call.answered", now), pbx.event("recording.started", now)])

        async def refused() -> bool:
            page = (await deskreel.client.get("/api/v1/webhook-deliveries")).json()
            return any("address_not_allowed" in (item["last_error"] or "") for item in page["items"])

        await eventually("refusal", refused)
        assert other.got == []


def test_public_addresses_are_told_from_others() -> None:
    assert is_public("93.184.216.34")
    assert is_public("2606:2800:220:1:248:1893:25c8:1946")
    inner = ("64:ff9b::7f00:1", "2002:7f00:1::", "::ffff:10.1.1.1", "224.0.0.1", "fe80::1%eth0", "100.64.0.1")
    for address in (*inner, "192.168.1.1", "::", "fd00::1"):
        assert not is_public(address), address


async def test_positions_have_no_gap_and_no_reader_misses_an_event_that_commits_late(
    inside: Deskreel,
) -> None:
    """The event written first commits last: a reader by id would have passed it."""
    context = inside.context

    async def write(connection: Any, name: str) -> None:
        now = WallTime(wall_ms())
        await emit(context, connection, EventType.STARTED, at=now, agent_id=None, data={"name": name})

    seen: list[str] = []
    cursor: dict[str, str] = {}

    async def read() -> None:
        page = (await inside.client.get("/api/v1/events", params=cursor)).json()
        seen.extend(event["data"]["name"] for event in page["items"])
        cursor["after"] = page["next_cursor"]

    async with context.db.begin() as slow:
        await write(slow, "early")
        for number in range(5):
            async with context.db.begin() as quick:
                await write(quick, f"late{number}")
            await asyncio.gather(*(place(context) for _ in range(3)), read())
    await read()
    assert seen == ["late0", "late1", "late2", "late3", "late4", "early"]
    async with context.db.begin() as connection:
        places = (await connection.scalars(select(status_events.c.position))).all()
    assert sorted(places) == [1, 2, 3, 4, 5, 6]


async def test_positions_go_on_though_a_quiet_month_went_by(inside: Deskreel) -> None:
    """A reader who remembers the last position would have missed all that came after."""
    context, month_ms = inside.context, 31 * 24 * 3_600_000

    async def said(at: int) -> None:
        async with context.db.begin() as connection:
            await emit(context, connection, EventType.STARTED, at=WallTime(at), agent_id=None, data={})
        await place(context)

    for n in range(3):
        await said(wall_ms() - month_ms + n)
    await drop_old(context, WallTime(wall_ms() - EVENTS_KEPT_MS))
    await said(wall_ms())
    async with context.db.begin() as connection:
        places = (await connection.scalars(select(status_events.c.position))).all()
    assert sorted(places) == [3, 4]


async def test_an_event_goes_with_its_change_or_not_at_all(inside: Deskreel) -> None:
    async def taken_back() -> None:
        async with inside.context.db.begin() as connection:
            now = WallTime(wall_ms())
            await emit(inside.context, connection, EventType.ENDED, at=now, agent_id=None, data={})
            raise RuntimeError("taken back")

    with pytest.raises(RuntimeError, match="taken back"):
        await taken_back()
    assert (await inside.client.get("/api/v1/events")).json()["items"] == []
