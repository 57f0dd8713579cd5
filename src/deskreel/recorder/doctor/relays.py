"""How far live view would come: the TURN host's names, its 404 page, STUN, and echoes through its relay.

All of it goes straight to the TURN host: no proxy passes UDP or TURN.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx2

from deskreel.core.live import RELAYED, Rung, TurnServer
from deskreel.recorder.control.loss import surely_above
from deskreel.recorder.doctor.facts import Failure, Family, LiveWays, Page, Region
from deskreel.recorder.doctor.limits import MOST_MESSAGES
from deskreel.recorder.doctor.reach import page_at, resolve
from deskreel.rtc.probe import RelayResult, StunResult, relay, stun

ECHOES = 150  # over UDP: if none of them is lost, a link loses less than the limit…
APART_S = 0.02  # as packets of voice


async def live_ways(region: Region) -> LiveWays | None:
    """Try all ways at once; None where the region has no TURN server."""
    turn = region.turn
    if turn is None:
        return None
    names = {family: await resolve(turn.host, turn.port, family) for family in Family}
    stuns, pages, relays, ipv6 = await asyncio.gather(
        _stuns(names, turn.port),
        _pages(names, turn.host, region.turn_web_port),
        _relays(turn),
        _over_ipv6(names, turn),
    )
    return LiveWays(names=names, pages=pages, stun=stuns, relays=relays, ipv6=ipv6)


async def _stuns(names: dict[Family, tuple[str, ...]], port: int) -> dict[Family, StunResult]:
    asked = {family: addresses[0] for family, addresses in names.items() if addresses}
    answers = await asyncio.gather(*(stun(address, port) for address in asked.values()))
    return dict(zip(asked, answers, strict=True))


async def _pages(names: dict[Family, tuple[str, ...]], host: str, port: int) -> dict[Family, Page | Failure]:
    asked = {family: addresses[0] for family, addresses in names.items() if addresses}
    url = httpx2.URL(scheme="http", host=host, port=port, path="/")
    answers = await asyncio.gather(*(page_at(url, address) for address in asked.values()))
    return dict(zip(asked, answers, strict=True))


async def _relays(turn: TurnServer) -> dict[Rung, RelayResult]:
    trusted = httpx2.create_ssl_context()  # what the recorder trusts, with SSL_CERT_FILE
    results = await asyncio.gather(
        *(
            relay(turn, rung, trusted=trusted, echoes=ECHOES if rung is Rung.TURN_UDP else 1, apart_s=APART_S)
            for rung in RELAYED
        )
    )
    found: dict[Rung, RelayResult] = dict(zip(RELAYED, results, strict=True))
    found[Rung.TURN_UDP] = await _told(turn, found[Rung.TURN_UDP])
    return found


async def _told(turn: TurnServer, first: RelayResult) -> RelayResult:
    """…and if some are, more have to say whether that was chance."""
    lost = first.sent - len(first.rtts_ms)
    if not first.ok or lost == 0 or surely_above(lost, first.sent):
        return first
    more = MOST_MESSAGES - first.sent
    second = await relay(turn, Rung.TURN_UDP, echoes=more, apart_s=APART_S)
    if not second.ok:  # the first has shown that the way is open
        return first
    return replace(first, sent=first.sent + second.sent, rtts_ms=(*first.rtts_ms, *second.rtts_ms))


async def _over_ipv6(names: dict[Family, tuple[str, ...]], turn: TurnServer) -> RelayResult | None:
    if not names[Family.IPV6]:
        return None
    return await relay(turn, Rung.TURN_UDP, address=names[Family.IPV6][0])
