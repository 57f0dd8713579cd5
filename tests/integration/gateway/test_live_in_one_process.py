"""A person opens a live view at the server: its tokens and addresses lead both sides to the gateway."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
from live_gateway import SDP, Desktop

from deskreel.rtc.aiortc_receive import AiortcReceiving
from deskreel.rtc.aiortc_send import AiortcSending
from deskreel.rtc.wire import Unit
from support.postgres import TestPostgres
from support.server import running, wall_ms
from support.waiting import until


async def _post(client: httpx2.AsyncClient, url: str, token: str, offer: str) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": SDP}
    answer = await client.post(url, content=offer, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer


async def test_what_the_server_hands_out_opens_the_way_and_its_end_ends_both(
    postgres: TestPostgres, tmp_path: Path
) -> None:
    units: list[Unit] = []
    watching = AiortcReceiving(units.append, loopback=True)
    sending = AiortcSending(lambda: desktop.keyframes_asked.append(0.0), loopback=True)
    desktop = Desktop(sending)
    async with running(postgres.fresh(), tmp_path / "data") as server:
        await server.sign_in()
        recorder, pbx = await server.recorder(), await server.telephony()
        async with recorder.control() as socket:
            await recorder.desired(socket)
            for kind in ("call.answered", "recording.started"):
                await pbx.say(kind, wall_ms(), call="c1", agent="1001")
            order = (await recorder.desired(socket, lambda d: d.order is not None)).order
            assert order is not None
            opened = await server.client.post(f"/api/v1/screen-recordings/{order.screen_recording_id}/live")
            assert opened.is_success, opened.text
            view = opened.json()
            live = (await recorder.desired(socket, lambda d: d.live is not None)).live
            assert live is not None
            answer = await _post(server.client, view["whep_url"], view["token"], await watching.offer())
            await watching.accept(answer.text)
            assert answer.headers["location"].startswith(urlsplit(view["whep_url"]).path + "/")
            answer = await _post(server.client, live.whip_url, live.token, await sending.offer())
            await sending.accept(answer.text)
            await asyncio.wait_for(sending.connected(), 10)
            desktop.begin()
            await until(lambda: len(units) > 3, "pictures")
            renewed = (await server.client.put(f"/api/v1/live-views/{view['id']}")).json()
            where = httpx2.URL(view["whep_url"]).join(answer.headers["location"])
            fresh = await server.client.put(
                f"{where!s}/token", headers={"Authorization": f"Bearer {live.token}"}
            )
            assert fresh.status_code == 204
            report = await server.client.get(
                view["whep_url"].removesuffix("/whep"),
                headers={"Authorization": f"Bearer {renewed['token']}"},
            )
            assert report.json()["publishing"]
    await asyncio.wait_for(asyncio.gather(sending.ended.wait(), watching.ended.wait()), 2)
    await desktop.end()
    await watching.close()
