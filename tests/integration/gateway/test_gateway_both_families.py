"""A gateway of a region on its own, over IPv4 and over IPv6."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import httpx2
import pytest

from deskreel.serve import Part, serve
from deskreel.server.settings import ServerSettings
from support.waiting import eventually


async def test_the_root_is_the_404_page_over_ipv4_and_ipv6(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        port = probe.getsockname()[1]
    stop = asyncio.Event()
    settings = ServerSettings(data_dir=tmp_path, listen=f"[::]:{port}")
    serving = asyncio.create_task(serve(settings, Part.GATEWAY, region="us", stop=stop))
    try:
        async with httpx2.AsyncClient() as client:

            async def up() -> bool:
                if serving.done():
                    serving.result()
                try:
                    return (await client.get(f"http://[::1]:{port}/health")).is_success
                except httpx2.TransportError:
                    return False

            await eventually("the gateway", up)
            for host in ("127.0.0.1", "[::1]"):
                answer = await client.get(f"http://{host}:{port}/")
                assert (answer.status_code, answer.text) == (404, "404 page not found")
                assert answer.headers["content-type"].startswith("text/plain")
                assert (await client.head(f"http://{host}:{port}/")).status_code == 404
    finally:
        stop.set()
        await serving
