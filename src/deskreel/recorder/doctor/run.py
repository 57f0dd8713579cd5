"""The connectivity check from begin to end: who we are, what the server says, the way, the desktop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Network
from typing import Any

import httpx2
from pydantic import TypeAdapter

from deskreel.core.live import TurnServer
from deskreel.recorder.doctor.direct import direct_ways
from deskreel.recorder.doctor.facts import Facts, Failure, Machine, Region, Server
from deskreel.recorder.doctor.machine import machine
from deskreel.recorder.doctor.reach import PORTS, reach
from deskreel.recorder.doctor.relays import live_ways
from deskreel.recorder.doctor.traffic import ProbeAccess, traffic
from deskreel.recorder.enrol.identity import Identity
from deskreel.recorder.problems import error_from_problem
from deskreel.recorder.screen.port import Screen
from deskreel.recorder.settings import RecorderSettings
from deskreel.recorder.upload.remote import new_http_client

_TURN = TypeAdapter(TurnServer)


async def examine(
    settings: RecorderSettings,
    who: Identity,
    *,
    region: str | None = None,
    quick: bool = False,
    open_screen: Callable[[], Screen],
) -> Facts:
    """Find out all there is to judge.

    Args:
        settings: The recorder's.
        who: As whom the server is asked.
        region: The way to that region's gateway; by default to the one of this agent.
        quick: Without the throughput.
        open_screen: How pictures are had.
    """
    # first, and alone: the rest of the check is work for the machine too
    desktop = await asyncio.to_thread(
        machine, settings.home, settings.max_spool_mb * 1024 * 1024, open_screen
    )
    async with new_http_client() as client:
        return await _over(client, who, region, desktop, quick=quick)


async def _over(
    client: httpx2.AsyncClient, who: Identity, region: str | None, desktop: Machine, *, quick: bool
) -> Facts:
    url = f"{who.server_url}/api/v1/recorder/probe"
    headers = {"Authorization": f"Bearer {who.credential}"}
    sent_ms, began = time.time() * 1000, time.perf_counter()
    try:
        answer = await client.post(url, params={"region": region} if region else {}, headers=headers)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        failure = Failure(what=f"{type(error).__name__} {error}".strip())
        return Facts(machine=desktop, server=_server(who, failure))
    took_ms = (time.perf_counter() - began) * 1000
    if not answer.is_success:
        problem = error_from_problem(answer)
        failure = Failure(what=f"{problem.code}: {problem.detail}", hint=problem.hint_text)
        return Facts(machine=desktop, server=_server(who, failure))
    plan: dict[str, Any] = answer.json()
    clock_ms = float(plan["server_time"]) - (sent_ms + took_ms / 2)
    wanted = _region(plan)
    access = ProbeAccess(
        gateway_url=wanted.gateway_url, probe_id=str(plan["probe_id"]), token=str(plan["probe_token"])
    )
    return Facts(
        machine=desktop,
        server=Server(
            url=who.server_url, answer=took_ms, clock_ms=clock_ms, clock_uncertainty_ms=took_ms / 2
        ),
        region=wanted,
        reach=await reach(client, wanted),
        traffic=await traffic(client, access, quick=quick),
        direct=await direct_ways(client, wanted, access),
        live=await live_ways(wanted),
    )


def _server(who: Identity, failure: Failure) -> Server:
    return Server(url=who.server_url, answer=failure, clock_ms=None, clock_uncertainty_ms=None)


def _region(plan: dict[str, Any]) -> Region:
    told, url = plan["region"], httpx2.URL(str(plan["gateway_url"]))
    return Region(
        name=str(told["name"]),
        gateway_url=str(plan["gateway_url"]).rstrip("/"),
        host=url.host,
        port=url.port or PORTS[url.scheme],
        secure=url.scheme == "https",
        live_urls=tuple(str(one).rstrip("/") for one in told.get("live_urls", ())),
        turn_host=told["turn_host"],
        turn=None if plan.get("turn") is None else _TURN.validate_python(plan["turn"]),
        turn_web_port=int(told.get("turn_web_port", 80)),
        ipv4=tuple(IPv4Address(one) for one in told["ipv4"]),
        ipv6=None if told["ipv6"] is None else IPv6Network(told["ipv6"]),
    )
