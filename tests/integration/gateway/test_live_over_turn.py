"""A recorder reaches the gateway, and a viewer too, through a real TURN server by each of its ways."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from live_gateway import live_gateway, publish, watch

from deskreel.core.live import RELAYED, Rung
from deskreel.rtc.aiortc_send import AiortcSending
from deskreel.rtc.port import RtcError, SendStats
from support.coturn import Coturn, coturn
from support.waiting import until


@pytest.fixture(scope="module")
def turn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coturn]:
    with coturn(tmp_path_factory.mktemp("coturn")) as made:
        yield made


def _trust(turn: Coturn) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(turn.ca))


@pytest.mark.parametrize("rung", RELAYED)
async def test_pictures_come_through_the_relay(turn: Coturn, rung: Rung) -> None:
    way = {"rung": rung, "turn": turn.server(), "ssl_context": _trust(turn)}
    async with live_gateway() as gateway:
        desktop = await publish(gateway, **way)
        watcher = await watch(gateway, **way)
        await until(lambda: len(watcher.units) > 8, "pictures")
        assert desktop.sending.route() == {"local": "relay", "remote": "host", "family": "ipv4"}
        report = await gateway.report()
        assert report["publishing"]
        await until(lambda: _stats(desktop.sending).rtt_ms is not None, "a report")
        await desktop.end()
        await watcher.receiving.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_the_server_may_be_an_address(turn: Coturn, host: str) -> None:
    way = {"rung": Rung.TURN_UDP, "turn": replace(turn.server(), host=host)}
    async with live_gateway() as gateway:
        desktop = await publish(gateway, **way)
        await gateway.publishing()
        await desktop.end()


async def test_what_cannot_be_had_is_an_error_within_its_limit(turn: Coturn) -> None:
    ways = [
        (Rung.TURN_TLS, turn.server(), None),  # its authority is not the system's
        (Rung.TURN_UDP, turn.server(secret="another"), None),
        (Rung.TURN_UDP, turn.server(lifetime_s=-60), None),
        (Rung.TURN_TCP, replace(turn.server(), port=1), None),
        (Rung.TURN_UDP, replace(turn.server(), port=1), None),
    ]
    for rung, server, context in ways:
        sending = AiortcSending(lambda: None, rung=rung, turn=server, ssl_context=context)
        began = time.monotonic()
        with pytest.raises(RtcError):
            await sending.offer()
        assert time.monotonic() - began < 5
        await sending.close()
    with pytest.raises(RtcError):
        AiortcSending(lambda: None, rung=Rung.TURN_UDP)


async def test_a_connection_whose_relay_has_died_closes_soon(tmp_path: Path) -> None:
    with coturn(tmp_path) as server:
        async with live_gateway() as gateway:
            desktop = await publish(gateway, rung=Rung.TURN_TCP, turn=server.server())
            watcher = await watch(gateway)
            await until(lambda: len(watcher.units) > 2, "pictures")
            server.stop()
            count = len(watcher.units)
            await until(
                lambda: desktop.sending.ended.is_set() or (_stats(desktop.sending).report_age_s or 0) > 3,
                "silence",
            )
            began = time.monotonic()
            await asyncio.wait_for(desktop.end(), 5)
            assert time.monotonic() - began < 4
            fresh = await publish(gateway)
            await until(lambda: len(watcher.units) > count + 2, "pictures by another way")
            await fresh.end()
            await watcher.receiving.close()


def _stats(sending: AiortcSending) -> SendStats:
    return sending.stats()
