"""The connectivity check's own live connection, by the recorder's side of it: open, blocked, refused, and bounded.

Blocked is by the kernel, in a network namespace between desk and gateway.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import httpx2
import pytest
from live_gateway import SDP, LiveGateway, gateway_in, live_gateway, publish

from chaos.namespaces import inside, ip, namespace, why_not
from deskreel.core.ids import ProbeId, ScreenRecordingId, make_id
from deskreel.core.time import WallTime
from deskreel.core.tokens import Grant
from deskreel.gateway import live_probes
from deskreel.gateway.live_limits import LiveLimits
from deskreel.recorder.doctor.direct import direct_ways
from deskreel.recorder.doctor.facts import DirectWay, Region
from deskreel.recorder.doctor.judge_direct import judge_direct
from deskreel.recorder.doctor.rows import Row, Verdict
from deskreel.recorder.doctor.traffic import ProbeAccess
from deskreel.rtc.aiortc_receive import AiortcReceiving
from deskreel.rtc.aiortc_send import AiortcSending
from deskreel.rtc.listening import Listening
from deskreel.storage.signing import sign_grant
from support.waiting import until

GATEWAY, DESK = "10.94.0.2", "10.94.0.1"
PORTS = range(50_100, 50_110)
OFFER = {"Content-Type": SDP}


def probe_of(text: str) -> ProbeId:
    return ProbeId(make_id("prb", WallTime(1_700_000_000_000), text.encode().ljust(10)))


def access(gateway: LiveGateway, name: str = "one") -> ProbeAccess:
    expires_at = WallTime(gateway.now() + 60_000)
    token = sign_grant(gateway.key, Grant(purpose="probe", subject=probe_of(name), expires_at=expires_at))
    return ProbeAccess(gateway_url=f"{gateway.origin}/gateway", probe_id=probe_of(name), token=token)


def region(*urls: str) -> Region:
    return Region(
        name="eu",
        gateway_url=urls[0],
        host="gateway",
        port=80,
        secure=False,
        live_urls=urls,
        turn_host=None,
        ipv4=(),
        ipv6=None,
    )


async def tried(gateway: LiveGateway, client: httpx2.AsyncClient, *more: str) -> tuple[Row, list[DirectWay]]:
    one = access(gateway)
    ways = await direct_ways(client, region(one.gateway_url, *more), one)
    (row,) = judge_direct(ways, relayed=True)
    return row, list(ways)


async def test_an_open_way_is_a_connection_over_which_packets_arrive() -> None:
    async with live_gateway() as gateway:
        row, (way,) = await tried(gateway, gateway.client)
        assert row.verdict is Verdict.OK, row
        assert way.heard
        assert way.connected_ms is not None
        assert row.measured.startswith(f"connected in {way.connected_ms:.0f} ms from 127.0.0.1:")
        # nothing was published, and the next may come at once
        report = await gateway.report()
        assert (report["publishing"], report["sessions"], report["process"]["publishers"]) == (False, [], 0)
        again, _ = await tried(gateway, gateway.client)
        assert again.verdict is Verdict.OK


async def test_it_takes_nothing_from_live_views_and_they_nothing_from_it() -> None:
    async with live_gateway(limits=LiveLimits(publishers=1)) as gateway:
        desktop = await publish(gateway)
        row, _ = await tried(gateway, gateway.client)
        assert row.verdict is Verdict.OK
        await gateway.publishing()
        await desktop.end()


async def test_a_browser_has_the_viewers_side() -> None:
    async with live_gateway(listening=Listening(ports=PORTS)) as gateway:
        one = access(gateway)
        viewer = AiortcReceiving(lambda _: None, loopback=True)
        answer = await gateway.client.post(
            one.url("whep"), content=await viewer.offer(), headers={**one.headers, **OFFER}
        )
        assert answer.status_code == 201
        assert answer.headers["deskreel-live-ports"] == "50100-50109"
        assert "location" not in answer.headers
        await viewer.accept(answer.text)
        await asyncio.wait_for(viewer.connected(), 5)
        await viewer.close()


async def test_a_probe_has_one_at_a_time_and_a_process_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_probes, "_LIMIT_S", 2.0)
    async with live_gateway(limits=LiveLimits(probes=2)) as gateway:
        senders = [AiortcSending(lambda: None, loopback=True) for _ in range(4)]
        offers = [await sender.offer() for sender in senders]

        async def ask(name: str, offer: str) -> httpx2.Response:
            one = access(gateway, name)
            return await gateway.client.post(one.url("whip"), content=offer, headers={**one.headers, **OFFER})

        async def codes(*asked: tuple[str, int]) -> list[int]:
            return sorted([(await ask(name, offers[n])).status_code for name, n in asked])

        assert await codes(("one", 0), ("one", 1), ("two", 2), ("three", 3)) == [201, 201, 503, 503]
        assert (await ask("one", offers[1])).json()["code"] == "live_busy"
        busy, (way,) = await tried(gateway, gateway.client)
        assert way.busy
        assert busy.verdict is Verdict.NOT_CHECKED

        async def free() -> bool:  # nobody connected, and the time of the first ones is over
            return (await ask("four", offers[3])).status_code == 201

        await until(free, "room again")
        for sender in senders:
            await sender.close()


async def test_it_ends_by_itself_however_long_the_other_side_would_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live_probes, "_LIMIT_S", 1.0)
    async with live_gateway() as gateway:
        one = access(gateway)
        sending = AiortcSending(lambda: None, loopback=True)
        headers = {**one.headers, **OFFER}
        answer = await gateway.client.post(one.url("whip"), content=await sending.offer(), headers=headers)
        await sending.accept(answer.text)
        await asyncio.wait_for(sending.connected(), 5)
        await asyncio.wait_for(sending.ended.wait(), 5)
        await sending.close()


async def test_only_a_probes_own_token_opens_it_and_only_an_offer_is_taken() -> None:
    async with live_gateway() as gateway:
        one = access(gateway)
        other = gateway.headers("live_publish", subject=ScreenRecordingId(probe_of("one")))
        for headers, status in (
            ({**access(gateway, "two").headers, **OFFER}, 403),
            (other, 403),
            (OFFER, 401),
            (one.headers, 422),
            ({**one.headers, **OFFER}, 400),
        ):
            answer = await gateway.client.post(one.url("whip"), content="no offer", headers=headers)
            assert answer.status_code == status, answer.text
        row, _ = await tried(gateway, gateway.client)  # refusals take nothing
        assert row.verdict is Verdict.OK


async def test_a_gateway_that_knows_nothing_of_it_is_not_called_closed() -> None:
    async with live_gateway() as gateway:
        one = replace(access(gateway), gateway_url=f"{gateway.origin}/gateway/older")
        (way,) = await direct_ways(gateway.client, region(one.gateway_url), one)
        assert way.old
        gone = replace(one, gateway_url="http://127.0.0.1:9")
        ways = await direct_ways(
            gateway.client, region(f"{gateway.origin}/gateway", gone.gateway_url), access(gateway)
        )
        (row,) = judge_direct(ways, relayed=True)
        assert row.verdict is Verdict.WARNING
        assert row.measured.startswith("127.0.0.1: ConnectError")


def _no_firewall() -> str | None:
    return why_not() or (None if shutil.which("nft") else "needs nft (Debian: apt-get install nftables)")


@contextmanager
def networks() -> Iterator[tuple[str, str, Callable[[str], None]]]:
    """The gateway's namespace, the desk's, and a way to have the desk's firewall drop something."""
    with namespace("gateway") as gateway, namespace("desk") as desk:
        ip(desk, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", gateway)
        for space, address in ((gateway, GATEWAY), (desk, DESK)):
            ip(space, "link", "set", "dev", "eth0", "up")
            ip(space, "addr", "add", f"{address}/24", "dev", "eth0")

        def drop(rule: str) -> None:
            rules = "add table inet desk\nadd chain inet desk out { type filter hook output priority 0; }\n"
            rules += f"add rule inet desk out {rule} drop\n"
            with inside(desk):
                subprocess.run(["nft", "-f", "-"], input=rules, check=True, capture_output=True, text=True)

        yield gateway, desk, drop


@pytest.mark.skipif(_no_firewall() is not None, reason=_no_firewall() or "")
@pytest.mark.parametrize("blocked", ["meta l4proto udp", f"udp dport {PORTS[0]}-{PORTS[-1]}", ""])
async def test_a_firewall_that_drops_udp_is_a_warning_with_what_to_open(blocked: str) -> None:
    with ExitStack() as all_of_it:
        gateway_space, desk, drop = all_of_it.enter_context(networks())
        there = all_of_it.enter_context(gateway_in(gateway_space, GATEWAY, Listening(ports=PORTS)))
        if blocked:
            drop(blocked)
        all_of_it.enter_context(inside(desk))
        async with httpx2.AsyncClient(timeout=10) as client:
            row, (way,) = await tried(there, client)
            if not blocked:
                assert row.verdict is Verdict.OK
                assert f"from {DESK}:" in row.measured
                assert f" to {GATEWAY}:501" in row.measured
                return
            assert row.verdict is Verdict.WARNING
            assert way.connected_ms is None
            assert row.measured == "no connection over UDP in time"
            assert f"({GATEWAY}), ports 50100-50109" in row.advice
            assert "TURN" in row.advice
