"""A gateway behind a 1:1 NAT that lets a range of UDP ports through, and a range that is used up.

The NAT is the kernel's, in a network namespace between the gateway's and that of recorder and viewer.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from aioice.ice import get_host_addresses
from live_gateway import LiveGateway, gateway_in, live_gateway, publish, watch
from playwright.async_api import async_playwright

from chaos.namespaces import inside, ip, namespace, why_not
from deskreel.rtc.aiortc_patch import LOOPBACK
from deskreel.rtc.aiortc_receive import AiortcReceiving
from deskreel.rtc.host_sockets import bind
from deskreel.rtc.listening import Listening
from deskreel.rtc.port import NoPortError
from support.browser import CHROMIUM
from support.waiting import until

PORTS = range(50_000, 50_004)
INNER = {4: "10.93.0.2", 6: "fd93:de5c::2"}  # of the gateway itself
PUBLIC = {4: "198.51.100.9", 6: "2001:db8:93::9"}
LISTENING = Listening(ports=PORTS, public=tuple(PUBLIC.values()))
# What goes out of the gateway's network by itself is dropped, as a NAT at the desks would: without it the gateway's
# own checks would open the way and hide that nobody knows its public address.
RULES = f"""
table inet nat {{
  chain in {{
    type nat hook prerouting priority -100;
    ip daddr {PUBLIC[4]} udp dport {PORTS[0]}-{PORTS[-1]} dnat ip to {INNER[4]}
    ip6 daddr {PUBLIC[6]} udp dport {PORTS[0]}-{PORTS[-1]} dnat ip6 to {INNER[6]}
    ip daddr {PUBLIC[4]} meta l4proto tcp dnat ip to {INNER[4]}
    ip6 daddr {PUBLIC[6]} meta l4proto tcp dnat ip6 to {INNER[6]}
  }}
  chain through {{
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    ct status dnat accept
    meta l4proto ipv6-icmp accept
  }}
}}
"""

_PLAY = """
async ([url, token]) => {
  const pc = window.pc = new RTCPeerConnection();
  pc.addTransceiver('video', { direction: 'recvonly' });
  pc.ontrack = ({ track }) => { document.querySelector('video').srcObject = new MediaStream([track]); };
  await pc.setLocalDescription();
  while (pc.iceGatheringState !== 'complete')
    await new Promise((done) => pc.addEventListener('icegatheringstatechange', done, { once: true }));
  const answer = await fetch(url, {
    method: 'POST', body: pc.localDescription.sdp,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/sdp' },
  });
  if (answer.status !== 201) throw new Error(await answer.text());
  await pc.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
}
"""
_WAY = """
async () => {
  const stats = await window.pc.getStats();
  const pair = [...stats.values()].find((one) => one.type === 'candidate-pair' && one.nominated);
  return stats.get(pair.remoteCandidateId);
}
"""


def _no_nat() -> str | None:
    return why_not() or (
        None if shutil.which("nft") else "a NAT needs nft (Debian: apt-get install nftables)"
    )


needs_nat = pytest.mark.skipif(_no_nat() is not None, reason=_no_nat() or "")


@contextmanager
def _networks() -> Iterator[tuple[str, str]]:
    """The gateway's namespace and that of all others, with the NAT between them."""
    with namespace("gateway") as gateway, namespace("nat") as nat, namespace("outside") as outside:
        for there, device, addresses in (
            (gateway, "inner", ("10.93.0.1/24", "fd93:de5c::1/64")),
            (
                outside,
                "outer",
                ("198.51.100.1/24", "198.51.100.9/24", "2001:db8:93::1/64", "2001:db8:93::9/64"),
            ),
        ):
            ip(nat, "link", "add", device, "type", "veth", "peer", "name", "eth0", "netns", there)
            _address(nat, device, *addresses)
        _address(gateway, "eth0", f"{INNER[4]}/24", f"{INNER[6]}/64")
        _address(outside, "eth0", "198.51.100.50/24", "2001:db8:93::50/64")
        for there, via in (
            (gateway, ("10.93.0.1", "fd93:de5c::1")),
            (outside, ("198.51.100.1", "2001:db8:93::1")),
        ):
            for address in via:
                ip(there, "route", "add", "default", "via", address)
        with inside(nat):
            for knob in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
                Path("/proc/sys/net", knob).write_text("1")
            subprocess.run(["nft", "-f", "-"], input=RULES, check=True, capture_output=True, text=True)
        yield gateway, outside


def _address(space: str, device: str, *addresses: str) -> None:
    ip(space, "link", "set", "dev", device, "up")
    for address in addresses:
        ip(space, "addr", "add", address, "dev", device, *(("nodad",) if ":" in address else ()))


@pytest.fixture(params=[4, 6], ids=["ipv4", "ipv6"])
def family(request: pytest.FixtureRequest) -> int:
    return request.param


def _from_outside(gateway: LiveGateway, family: int, client: httpx2.AsyncClient) -> LiveGateway:
    host = PUBLIC[4] if family == 4 else f"[{PUBLIC[6]}]"
    return replace(gateway, client=client, origin=f"http://{host}:{gateway.origin.rpartition(':')[2]}")


@needs_nat
async def test_recorder_and_viewer_reach_a_gateway_at_its_public_address(family: int) -> None:
    at = Listening(ports=PORTS, public=(PUBLIC[family],))
    with _networks() as (inner, outer), gateway_in(inner, INNER[family], at) as there, inside(outer):
        async with httpx2.AsyncClient(timeout=10) as client:
            gateway = _from_outside(there, family, client)
            desktop = await publish(gateway, loopback=False)
            watcher = await watch(gateway, loopback=False)
            await until(lambda: len(watcher.units) > 8, "pictures")
            for connection in (desktop.sending, watcher.receiving):
                assert connection.route() == {"local": "host", "remote": "srflx", "family": f"ipv{family}"}
            await desktop.end()
            await watcher.receiving.close()


@needs_nat
async def test_a_browser_outside_sees_the_pictures() -> None:
    with _networks() as (inner, outer), gateway_in(inner, INNER[4], LISTENING) as there, inside(outer):
        async with httpx2.AsyncClient(timeout=10) as client, async_playwright() as playwright:
            gateway = _from_outside(there, 4, client)
            desktop = await publish(gateway, loopback=False)
            browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
            page = await browser.new_page()
            await page.goto(f"{gateway.origin}/gateway/health")  # any page of an origin that may fetch
            await page.set_content("<video autoplay muted playsinline></video>")
            await page.evaluate(_PLAY, [f"{gateway.url}/whep", gateway.token("live_watch")])
            await page.wait_for_function("() => document.querySelector('video').currentTime > 0.5")
            way = await page.evaluate(_WAY)
            assert way["candidateType"] == "srflx"
            assert way["address"] in PUBLIC.values()  # which of them the browser chooses
            assert way["port"] in PORTS
            await browser.close()
            await desktop.end()


@needs_nat
async def test_without_its_public_address_nobody_outside_reaches_it() -> None:
    with _networks() as (inner, outer):
        only_ports = Listening(ports=PORTS)
        with gateway_in(inner, INNER[4], only_ports) as there, inside(outer):
            async with httpx2.AsyncClient(timeout=10) as client:
                gateway = _from_outside(there, 4, client)
                viewer = AiortcReceiving(lambda _: None)
                answer = await client.post(
                    f"{gateway.url}/whep", content=await viewer.offer(), headers=gateway.headers("live_watch")
                )
                assert answer.status_code == 201
                assert INNER[4] in answer.text
                assert PUBLIC[4] not in answer.text
                await viewer.accept(answer.text)
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(viewer.connected(), 2)
                await viewer.close()


@needs_nat
async def test_who_is_in_the_gateways_own_network_goes_there_directly() -> None:
    with _networks() as (inner, _), gateway_in(inner, INNER[4], LISTENING) as there, inside(inner):
        async with httpx2.AsyncClient(timeout=10) as client:
            gateway = replace(there, client=client)
            desktop = await publish(gateway, loopback=False)
            await gateway.publishing()
            route = desktop.sending.route()
            assert route is not None
            assert route["remote"] == "host"
            await desktop.end()


def _free_pair() -> range:
    """Two ports side by side that are free on all addresses of this machine."""
    addresses = [*LOOPBACK, *get_host_addresses(use_ipv4=True, use_ipv6=True)]
    for first in range(20_000, 30_000, 2):
        pair = range(first, first + 2)
        try:
            for port in pair:
                for made in bind(addresses, range(port, port + 1)):
                    made.close()
        except NoPortError:
            continue
        return pair
    raise AssertionError("no two ports are free")


async def test_a_range_of_two_has_two_sessions_and_room_again_when_one_has_ended() -> None:
    pair = _free_pair()
    async with live_gateway(listening=Listening(ports=pair)) as gateway:
        desktop = await publish(gateway)
        watcher = await watch(gateway)
        await until(lambda: watcher.units, "pictures")
        viewer = AiortcReceiving(lambda _: None, loopback=True)
        offer = await viewer.offer()
        for _ in range(2):  # a refusal takes nothing
            refused = await gateway.client.post(
                f"{gateway.url}/whep", content=offer, headers=gateway.headers("live_watch")
            )
            assert (refused.status_code, refused.json()["code"]) == (503, "live_busy")
            assert f"between {pair[0]} and {pair[1]}" in refused.json()["detail"]
            assert "DESKREEL_LIVE_PORTS" in refused.json()["hint"]
            assert "retry-after" in refused.headers
        assert (await gateway.report())["process"]["viewers"] == 1
        ended = await gateway.client.delete(watcher.location, headers=gateway.headers("live_watch"))
        assert ended.status_code == 200
        await watcher.receiving.close()
        again = await watch(gateway)
        await until(lambda: again.units, "pictures again")
        await again.receiving.close()
        await viewer.close()
        await desktop.end()


async def test_many_at_once_never_share_a_port() -> None:
    pair = _free_pair()
    async with live_gateway(listening=Listening(ports=pair)) as gateway:
        viewers = [AiortcReceiving(lambda _: None, loopback=True) for _ in range(6)]
        headers = gateway.headers("live_watch")
        offers = [await viewer.offer() for viewer in viewers]
        answers = await asyncio.gather(
            *(gateway.client.post(f"{gateway.url}/whep", content=offer, headers=headers) for offer in offers)
        )
        assert sorted(answer.status_code for answer in answers) == [201, 201, 503, 503, 503, 503]
        taken = [answer.text for answer in answers if answer.status_code == 201]
        assert [sum(f" {port} typ host" in text for text in taken) for port in pair] == [1, 1]
        await asyncio.gather(*(viewer.close() for viewer in viewers))
