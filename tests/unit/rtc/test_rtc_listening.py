"""UDP ports and public addresses of a process: what an operator may write, what is opened and what is announced."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from typing import Any

import pytest
from aioice import Candidate
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.errors import SettingsError
from deskreel.rtc.aiortc_patch import ice_of
from deskreel.rtc.aiortc_receive import AiortcReceiving
from deskreel.rtc.aiortc_send import AiortcSending
from deskreel.rtc.host_sockets import bind, public_candidates
from deskreel.rtc.listening import Listening, parse_addresses, parse_ports
from deskreel.rtc.port import NoPortError
from support.waiting import until

ports = st.integers(1024, 65535)


@given(ports, ports, st.sampled_from(["-", " - "]))
def test_a_range_is_read_as_it_is_written(one: int, other: int, dash: str) -> None:
    if one == other:
        return
    first, last = sorted((one, other))
    assert parse_ports(f" {first}{dash}{last} ") == range(first, last + 1)
    with pytest.raises(SettingsError, match="ends before"):
        parse_ports(f"{last}-{first}")


def test_nothing_written_is_any_port_and_the_machines_own_addresses() -> None:
    assert Listening(ports=parse_ports(" "), public=parse_addresses(" , ")) == Listening()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("50000", "no range"),
        ("50000-", "no range"),
        ("50000-50010,50020-50030", "no range"),
        ("fünf-sechs", "no range"),
        ("\u0665\u0660\u0660\u0660-\u0665\u0660\u0660\u0661", "no range"),
        ("1000-2000", "outside 1024-65535"),
        ("50000-65536", "outside 1024-65535"),
        ("50000-50000", "takes 2"),
    ],
)
def test_what_is_no_range_of_ports_says_what_to_write(text: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why) as caught:
        parse_ports(text)
    assert "50000-50299" in caught.value.hint_text


def test_addresses_are_read_in_their_usual_form_and_each_once() -> None:
    text = "203.0.113.7, 2001:DB8:0::7 ,203.0.113.7,10.0.0.9"
    assert parse_addresses(text) == ("203.0.113.7", "2001:db8::7", "10.0.0.9")


@pytest.mark.parametrize(
    "text",
    [
        "media.example.com",
        "203.0.113.7:50000",
        "203.0.113.300",
        "[2001:db8::7]",
        "203.0.113.0/24",
        "0.0.0.0",
        "::",
        "127.0.0.1",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "2001:db8::1%eth0",
        "::ffff:203.0.113.7",
        "224.0.0.1",
        "255.255.255.255",
        ",".join(f"203.0.113.{number}" for number in range(9)),
    ],
)
def test_what_nobody_can_reach_is_no_public_address(text: str) -> None:
    with pytest.raises(SettingsError, match="DESKREEL_LIVE_ADDRESSES") as caught:
        parse_addresses(text)
    assert caught.value.hint_text


def _host(address: str, port: int = 50_000) -> Any:
    return Candidate.from_sdp(f"f 1 udp 1 {address} {port} typ host")


_addresses = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str)


@given(st.lists(_addresses, unique=True, max_size=6), st.lists(_addresses, unique=True, max_size=6), ports)
def test_each_public_address_of_a_family_that_is_there_is_announced_with_the_port(
    own: list[str], public: list[str], port: int
) -> None:
    found = public_candidates([_host(address, port) for address in own], public)
    families = {":" in address for address in own}
    assert [one.host for one in found] == [a for a in public if a not in own and (":" in a) in families]
    for one in found:
        assert (one.type, one.port, one.related_port) == ("srflx", port, port)
        assert one.related_address in own
        assert (":" in one.related_address) == (":" in one.host)


def test_a_public_address_stands_for_a_socket_that_a_nat_can_reach() -> None:
    (found,) = public_candidates([_host("127.0.0.1"), _host("10.0.0.2")], ["203.0.113.7"])
    assert found.to_sdp().endswith("203.0.113.7 50000 typ srflx raddr 10.0.0.2 rport 50000")


@contextmanager
def _bound(addresses: list[str], among: range) -> Iterator[list[socket.socket]]:
    made = bind(addresses, among)
    try:
        yield made
    finally:
        for one in made:
            one.close()


def _free_pair() -> range:
    """Two ports side by side that are free on both loopback addresses."""
    for first in range(20_000, 30_000, 2):
        pair = range(first, first + 2)
        try:
            with _bound(["127.0.0.1", "::1"], pair[:1]), _bound(["127.0.0.1", "::1"], pair[1:]):
                return pair
        except NoPortError:
            continue
    raise AssertionError("no two ports are free")


@pytest.mark.parametrize("among", [range(0), range(20_000, 30_000)])
def test_all_addresses_share_a_port(among: range) -> None:
    with _bound(["127.0.0.1", "::1", "192.0.2.1", "127.0.0.1"], among) as made:
        names = [one.getsockname()[:2] for one in made]
    assert [host for host, _ in names] == ["127.0.0.1", "::1"]  # 192.0.2.1 is not of this machine
    (port,) = {port for _, port in names}
    assert not among or port in among


@pytest.mark.parametrize("place", [0, 1])
def test_a_port_that_one_address_has_in_use_is_not_taken_for_the_others(place: int) -> None:
    pair = _free_pair()
    with closing(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)) as stranger:
        stranger.bind(("::1", pair[place]))
        for _ in range(8):  # it begins anywhere
            with _bound(["127.0.0.1", "::1"], pair) as made:
                assert {one.getsockname()[1] for one in made} == {pair[1 - place]}
                with pytest.raises(NoPortError, match=f"between {pair[0]} and {pair[1]}"):
                    bind(["127.0.0.1", "::1"], pair)


@asynccontextmanager
async def _pair(listening: Listening) -> AsyncIterator[tuple[AiortcSending, AiortcReceiving]]:
    sending = AiortcSending(lambda: None, loopback=True)
    receiving = AiortcReceiving(lambda _: None, loopback=True, listening=listening)
    try:
        yield sending, receiving
    finally:
        await asyncio.gather(sending.close(), receiving.close())


async def test_a_connection_says_and_keeps_its_place_and_gives_it_back() -> None:
    pair = _free_pair()
    at = Listening(ports=pair, public=("203.0.113.7", "2001:db8::7"))
    for _ in range(3):  # more than there are ports
        async with _pair(at) as (sending, receiving):
            answer = await receiving.answer(await sending.offer())
            found = [
                Candidate.from_sdp(line.removeprefix("a=candidate:"))
                for line in answer.splitlines()
                if line.startswith("a=candidate:")
            ]
            (port,) = {one.port for one in found}
            assert port in pair
            hosts = {one.host for one in found if one.type == "host"}
            assert {"127.0.0.1", "::1"} <= hosts
            assert [one.host for one in found if one.type == "srflx"] == ["203.0.113.7", "2001:db8::7"]
            await sending.accept(answer)
            await asyncio.gather(sending.connected(), receiving.connected())
    with _bound(["127.0.0.1", "::1"], pair[:1]), _bound(["127.0.0.1", "::1"], pair[1:]):
        pass  # both are free again


async def test_a_connection_without_a_port_says_so_and_holds_nothing() -> None:
    pair = _free_pair()
    with _bound(["127.0.0.1", "::1"], pair[:1]), _bound(["127.0.0.1"], pair[1:]):
        async with _pair(Listening(ports=pair)) as (sending, receiving):
            with pytest.raises(NoPortError):
                await receiving.answer(await sending.offer())
            assert ice_of(receiving._pc.getTransceivers()[0])._protocols == []
        with _bound(["::1"], pair[1:]):
            pass


async def test_sockets_that_come_after_nobody_waits_any_more_are_closed() -> None:
    pair = _free_pair()
    sending = AiortcSending(lambda: None, loopback=True, listening=Listening(ports=pair))
    ice = ice_of(sending._pc.getTransceivers()[0])
    offering = asyncio.create_task(sending.offer())
    await until(lambda: ice._protocols, "a first socket")
    offering.cancel()
    await asyncio.wait({offering})
    await sending.close()

    def free() -> bool:
        try:
            with _bound(["127.0.0.1", "::1"], pair[:1]), _bound(["127.0.0.1", "::1"], pair[1:]):
                return True
        except NoPortError:
            return False

    await until(free, "both ports free")
    assert ice._protocols == []
