"""The ways through a real coturn: open, closed, refused; and that nothing stays behind."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from deskreel.core.live import RELAYED, Rung
from deskreel.rtc.probe import Step, relay, stun
from support.coturn import CONFIG, Coturn, coturn
from support.waiting import eventually


@pytest.fixture(scope="module")
def turn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coturn]:
    with coturn(tmp_path_factory.mktemp("coturn")) as made:
        yield made


def trust(turn: Coturn) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=turn.ca)


async def test_every_way_carries_echoes(turn: Coturn) -> None:
    for rung in RELAYED:
        result = await relay(turn.server(f"way-{rung}"), rung, trusted=trust(turn), echoes=20, apart_s=0.002)
        assert result.ok, result
        assert (result.sent, len(result.rtts_ms), result.relayed) == (20, 20, "127.0.0.1")
        assert min(result.rtts_ms) > 0
        assert result.allocated_ms is not None


async def test_what_a_probe_takes_is_given_back(tmp_path: Path) -> None:
    with coturn(tmp_path, lines=["user-quota=2"]) as turn:
        for rung in RELAYED:  # each needs all that there is; an allocation that stays would last ten minutes

            async def again(rung: Rung = rung) -> bool:
                return (await relay(turn.server(), rung, trusted=trust(turn))).ok

            await eventually("the quota is free", again)


async def test_over_ipv6_to_an_address(turn: Coturn) -> None:
    assert (await relay(turn.server("six"), Rung.TURN_UDP, address="::1")).ok
    assert (await relay(turn.server("six"), Rung.TURN_TCP, address="::1")).ok


async def test_stun_over_both_families_and_to_a_closed_port(turn: Coturn) -> None:
    four, six = await stun("127.0.0.1", turn.port), await stun("::1", turn.port)
    assert (four.mapped, six.mapped) == ("127.0.0.1", "::1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        silent = await stun("127.0.0.1", port, limit_s=0.3)  # a firewall that drops
    assert (silent.ok, silent.error) == (False, "no answer within 0.3 s")
    assert (await stun("127.0.0.1", port)).error == "Connection refused"


@pytest.mark.parametrize(("secret", "lifetime_s"), [("another", 600), (None, -10)])
async def test_a_wrong_and_an_expired_credential(turn: Coturn, secret: str | None, lifetime_s: int) -> None:
    for rung in RELAYED:
        result = await relay(turn.server(secret=secret, lifetime_s=lifetime_s), rung, trusted=trust(turn))
        assert (result.failed, result.error) == (Step.ADMIT, "Unauthorized (401)")


async def test_a_certificate_of_an_authority_that_is_not_trusted(turn: Coturn) -> None:
    result = await relay(turn.server(), Rung.TURN_TLS)
    assert (result.failed, result.allocated_ms) == (Step.TRUST, None)
    assert "issuer certificate" in result.error


async def test_without_udp_the_others_go_on(tmp_path: Path) -> None:
    with coturn(tmp_path, lines=["no-udp"]) as turn:
        closed = await relay(turn.server(), Rung.TURN_UDP, limit_s=0.5)
        assert (closed.failed, closed.error) == (Step.REACH, "no answer within 0.5 s")
        assert (await relay(turn.server(), Rung.TURN_TCP)).ok
        assert (await relay(turn.server(), Rung.TURN_TLS, trusted=trust(turn))).ok
        turn.stop()
        gone = await relay(turn.server(), Rung.TURN_TCP)
        assert (gone.failed, gone.error) == (Step.REACH, "Connection refused")


async def test_the_rules_on_peers_of_the_shipped_configuration(tmp_path: Path) -> None:
    """An allocation is given, and nothing gets through it, until the relay's own address is allowed."""
    shipped = [line for line in CONFIG.read_text().splitlines() if "-peer-ip=" in line]
    assert any(line.startswith("denied-peer-ip=0.0.0.0-") for line in shipped)
    with coturn(tmp_path / "shut", peers=["allow-loopback-peers", *shipped]) as turn:
        for rung in RELAYED:
            result = await relay(turn.server(), rung, trusted=trust(turn))
            assert (result.failed, result.error) == (Step.PERMIT, "Forbidden IP (403)")
            assert result.allocated_ms is not None
    allowed = [*shipped, "allowed-peer-ip=127.0.0.1"]
    with coturn(tmp_path / "open", peers=["allow-loopback-peers", *allowed]) as turn:
        assert (await relay(turn.server(), Rung.TURN_UDP)).ok


async def test_a_server_that_gives_no_more(tmp_path: Path) -> None:
    with coturn(tmp_path, lines=["user-quota=1"]) as turn:
        result = await relay(turn.server(), Rung.TURN_UDP)
        assert (result.failed, result.error) == (Step.ALLOCATE, "Allocation Quota Reached (486)")


async def test_a_server_that_dies_among_the_echoes_leaves_no_task(tmp_path: Path) -> None:
    before = asyncio.all_tasks()
    with coturn(tmp_path) as turn:
        trying = asyncio.create_task(relay(turn.server(), Rung.TURN_TCP, echoes=50, limit_s=0.5))
        await asyncio.wait([trying], timeout=0.4)
        turn.stop()
        result = await trying
    assert 0 < len(result.rtts_ms) < 50
    assert asyncio.all_tasks() - before == set()
