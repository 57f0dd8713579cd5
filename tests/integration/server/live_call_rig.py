"""A recorded call that is up, with its recorder's connection, and the people who watch it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import websockets

from deskreel.core.messages import Desired
from support.postgres import TestPostgres
from support.server import Deskreel, FakeRecorder, Telephony, running, wall_ms

SECRET = "a secret that the TURN server shares"


@dataclass
class Call:
    """A recorded call that is up, and its recorder's connection."""

    server: Deskreel
    pbx: Telephony
    recorder: FakeRecorder
    socket: websockets.ClientConnection
    scr: str
    began: int

    async def say(self, kind: str, **more: Any) -> None:
        await self.pbx.say(kind, wall_ms(), call="c1", agent="1001", **more)

    async def desired(self, live: bool) -> Desired:
        """The next desired state with, or without, a live order."""
        return await self.recorder.desired(self.socket, lambda d: (d.live is not None) is live)

    async def wall(self, client: httpx2.AsyncClient | None = None) -> list[dict[str, Any]]:
        answer = await (client or self.server.client).get("/api/v1/live-calls")
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    async def one(
        self, client: httpx2.AsyncClient | None = None, *, scr: str | None = None
    ) -> httpx2.Response:
        return await (client or self.server.client).get(f"/api/v1/live-calls/{scr or self.scr}")

    async def audited(self, action: str) -> list[dict[str, Any]]:
        answer = await self.server.client.get("/api/v1/audit", params={"action": action})
        return [entry["details"] for entry in answer.json()["items"]]


@asynccontextmanager
async def recorded_call(postgres: TestPostgres, tmp_path: Path) -> AsyncIterator[Call]:
    """A server with a TURN server's secret, and a call of agent 1001 in the queue sales."""
    (tmp_path / "turn-secret").write_text(SECRET)
    regions = tmp_path / "regions.toml"
    regions.write_text('[eu]\nturn_host = "turn.example.com"\nturn_secret_file = "turn-secret"\n')
    more = {"acw_timeout_s": 60, "region": "eu", "regions": regions}
    async with running(postgres.fresh(), tmp_path / "data", **more) as server:
        await server.sign_in()
        pbx, recorder, began = await server.telephony(), await server.recorder(), wall_ms()
        async with recorder.control() as socket:
            for kind in ("call.answered", "recording.started"):
                await pbx.say(kind, began, call="c1", agent="1001", queue="sales")
            desired = await recorder.desired(socket, lambda d: d.order is not None)
            assert desired.order is not None
            scr = desired.order.screen_recording_id
            assert desired.live is None
            yield Call(server=server, pbx=pbx, recorder=recorder, socket=socket, scr=scr, began=began)


async def watch(client: httpx2.AsyncClient, scr: str) -> dict[str, Any]:
    answer = await client.post(f"/api/v1/screen-recordings/{scr}/live")
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def renew(client: httpx2.AsyncClient, view: dict[str, Any]) -> dict[str, Any]:
    answer = await client.put(f"/api/v1/live-views/{view['id']}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def problem(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]
