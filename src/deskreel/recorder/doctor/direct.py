"""A live connection straight to each gateway that carries live views: what a live view tries first.

It is a real one, by ICE, DTLS and SRTP over UDP, and carries packets of no picture, of which the gateway reports.
"""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import replace
from ipaddress import ip_address

import httpx2

from deskreel.recorder.doctor.facts import DirectWay, Failure, Family, Region
from deskreel.recorder.doctor.reach import PORTS, resolve
from deskreel.recorder.doctor.traffic import ProbeAccess
from deskreel.recorder.problems import error_from_problem
from deskreel.rtc.port import LivePicture, RtcError, Sending

MOST_GATEWAYS = 8
CONNECT_S = 3.0  # as a live view waits before it takes the next way
_MOST_PACKETS = 60  # in three seconds; the gateway reports within 0.8 s
_APART_MS = 50
_PACKET_BYTES = 1_200  # one RTP packet, nearly as large as any
_SDP = "application/sdp"


async def direct_ways(
    client: httpx2.AsyncClient, region: Region, access: ProbeAccess
) -> tuple[DirectWay, ...]:
    """Try all gateways at once."""
    urls = (region.live_urls or (region.gateway_url,))[:MOST_GATEWAYS]
    # aiortc takes a second to load, in which nothing could be measured
    await asyncio.to_thread(__import__, "deskreel.rtc.aiortc_send")
    return tuple(await asyncio.gather(*(_direct(client, replace(access, gateway_url=url)) for url in urls)))


async def _direct(client: httpx2.AsyncClient, access: ProbeAccess) -> DirectWay:
    from deskreel.rtc.aiortc_send import AiortcSending

    url = httpx2.URL(access.gateway_url)
    way = DirectWay(host=url.host)
    sending = AiortcSending(lambda: None, loopback=await _is_local(url))
    try:
        way, answer = await _offer(client, access, way, await sending.offer())
        if answer is None:
            return way
        began_s = time.perf_counter()
        async with asyncio.timeout(CONNECT_S):
            await sending.accept(answer)
            await sending.connected()
        connected_ms = (time.perf_counter() - began_s) * 1000
        way = replace(way, connected_ms=connected_ms, pair=sending.addresses() or ("", ""))
        return await _heard(sending, way)
    except TimeoutError:
        return way
    except RtcError as error:
        return way if way.theirs else replace(way, refused=Failure(what=error.detail))
    finally:
        await sending.close()


async def _is_local(url: httpx2.URL) -> bool:
    """Whether the gateway is on this machine; its own addresses are of no use to any other."""
    port = url.port or PORTS.get(url.scheme, 443)
    found = [address for family in Family for address in await resolve(url.host, port, family)]
    return any(ip_address(address.partition("%")[0]).is_loopback for address in found)


async def _offer(
    client: httpx2.AsyncClient, access: ProbeAccess, way: DirectWay, offer: str
) -> tuple[DirectWay, str | None]:
    """The gateway's answer, or why there is none."""
    from deskreel.rtc.connection import addresses_in

    headers = {**access.headers, "Content-Type": _SDP}
    try:
        answer = await client.post(access.url("whip"), content=offer, headers=headers)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        return replace(way, refused=Failure(what=f"{type(error).__name__} {error}".strip())), None
    if answer.status_code != 201:
        error = error_from_problem(answer)
        return replace(
            way,
            refused=Failure(what=f"{error.code}: {error.detail}", hint=error.hint_text),
            old=error.code in ("no_route", "method_not_allowed"),
            busy=error.code == "live_busy",
        ), None
    ports = answer.headers.get("deskreel-live-ports", "")
    return replace(way, theirs=addresses_in(answer.text), ports=ports), answer.text


async def _heard(sending: Sending, way: DirectWay) -> DirectWay:
    """Send packets until the gateway says something of them."""
    for number in range(_MOST_PACKETS):
        # an IDR slice by its first byte, so that it leaves as a picture does
        data = b"\x00\x00\x00\x01\x65" + os.urandom(_PACKET_BYTES).replace(b"\x00", b"\x01")
        sending.send(LivePicture(data=data, at_ms=number * _APART_MS, keyframe=True))
        await asyncio.sleep(_APART_MS / 1000)
        if sending.stats().report_age_s is not None:
            return replace(way, heard=True)
    return way
