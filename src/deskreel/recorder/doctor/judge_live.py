"""The rows about live view: the TURN host, and the ways through its relay. Pure.

Nothing here fails the check: a recording needs none of it.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from deskreel.core.live import RELAYED, Rung, TurnServer
from deskreel.recorder.doctor.facts import Failure, Family, LiveWays, Page, Region
from deskreel.recorder.doctor.judge_quality import judge_packets
from deskreel.recorder.doctor.limits import PAGE_BODY, PAGE_STATUS
from deskreel.recorder.doctor.rows import Row, Verdict, row, skipped
from deskreel.rtc.probe import RelayResult, Step, StunResult

_TITLES = {
    Rung.TURN_UDP: ("turn_udp", "TURN over UDP"),
    Rung.TURN_TCP: ("turn_tcp", "TURN over TCP"),
    Rung.TURN_TLS: ("turn_tls", "TURN over TLS"),
}
_BEHIND = "Without any of the three, live view is some seconds behind."
_NO_UDP = "UDP to any destination is best; without it live view has more delay."
_FOR_LIVE = "for live view alone"


def judge_live(region: Region, live: LiveWays | None) -> Iterator[Row]:
    """All of them."""
    turn = region.turn
    if live is None or turn is None:
        yield from _not_configured(region)
        return
    yield _names(region, turn, live)
    open_way = any(result.ok for result in live.relays.values())
    for family, page in live.pages.items():
        yield _page(family, page, region, open_way=open_way)
    for family, answer in live.stun.items():
        yield _stun(family, answer, turn, live.names[family][0])
    found = ", ".join(address for addresses in live.names.values() for address in addresses)
    at = f"{turn.host} ({found})" if found else turn.host
    for rung in RELAYED:
        check, title = _TITLES[rung]
        yield _relay(check, title, live.relays[rung], _port(turn, rung), at)
    required = "an echo from the relay over IPv6, or IPv4"
    if live.ipv6 is None:
        yield skipped("turn_ipv6", "TURN over IPv6", ("no IPv6 address", required))
    else:
        at = f"{turn.host} ({', '.join(live.names[Family.IPV6])})"
        yield _relay("turn_ipv6", "TURN over IPv6", live.ipv6, f"UDP/{turn.port}", at)
    yield from judge_packets(live.relays[Rung.TURN_UDP])


def _port(turn: TurnServer, rung: Rung) -> str:
    if rung is Rung.TURN_TLS:
        return f"TLS/{turn.tls_port}"
    return f"{'UDP' if rung is Rung.TURN_UDP else 'TCP'}/{turn.port}"


def _not_configured(region: Region) -> Iterator[Row]:
    why = "not configured"
    if region.turn_host is not None:
        why = f"{region.turn_host}: the server has no secret for it (turn_secret_file)"
    for check, title, port in (
        ("stun_ipv4", "STUN over UDP", "UDP/3478"),
        ("turn_udp", "TURN over UDP", "UDP/3478"),
        ("turn_tcp", "TURN over TCP", "TCP/3478"),
        ("turn_tls", "TURN over TLS", "TLS/443"),
    ):
        yield skipped(check, title, (why, f"{port}, {_FOR_LIVE}"))


def _names(region: Region, turn: TurnServer, live: LiveWays) -> Row:
    found = [address for addresses in live.names.values() for address in addresses]
    published = [*map(str, region.ipv4), *([] if region.ipv6 is None else [str(region.ipv6)])]
    required = f"published: {', '.join(published)}" if published else "an address"
    held = (", ".join(found) or "none", required)
    title = "Addresses (TURN host)"
    if not found:
        return row(
            "turn_dns", title, held, Verdict.WARNING, f"Let this network resolve {turn.host} (DNS, port 53)."
        )
    strange = [one for one in found if not region.publishes(one)]
    advice = (
        f"{turn.host} leads to {', '.join(strange)}, which the region does not publish: mend the name server or "
        "hosts file of this network, or have the published list of the region corrected."
    )
    return row("turn_dns", title, held, Verdict.WARNING if strange else None, advice)


def _page(family: Family, page: Page | Failure, region: Region, *, open_way: bool) -> Row:
    check, title = f"turn_page_ipv{family}", f"404 page of the TURN host over IPv{family}"
    required = f'status {PAGE_STATUS} and "{PAGE_BODY}"'
    if isinstance(page, Failure):
        if open_way:
            return skipped(check, title, (f"{page.what}; not needed, for TURN answers", required))
        advice = (
            f"The way to {region.turn_host} may be closed as a whole: open {region.turn_web_port}/TCP to it, too, to "
            "tell; or nobody serves the page there (deskreel serve --only turn-web)."
        )
        return row(check, title, (page.what, required), Verdict.WARNING, advice)
    right = (page.status, page.body.strip()) == (PAGE_STATUS, PAGE_BODY)
    measured = f'status {page.status} and "{page.body[:40]}"'
    advice = (
        f"Something else answers in its place: have proxy and firewall let {region.turn_host} pass untouched."
    )
    return row(check, title, (measured, required), None if right else Verdict.WARNING, advice)


def _stun(family: Family, answer: StunResult, turn: TurnServer, address: str) -> Row:
    check, title = f"stun_ipv{family}", f"STUN over UDP, IPv{family}"
    required = f"an answer from UDP/{turn.port}, {_FOR_LIVE}"
    if answer.ms is None:
        advice = f"Open UDP/{turn.port} to {turn.host} ({address}). {_NO_UDP}"
        return row(check, title, (answer.error, required), Verdict.WARNING, advice)
    return row(check, title, (f"answers in {answer.ms:.0f} ms, sees {answer.mapped}", required))


def _relay(check: str, title: str, result: RelayResult, port: str, at: str) -> Row:
    required = f"an echo from the relay, {port}, {_FOR_LIVE}"
    if result.failed is not None:
        held = _how_far(result), required
        return row(check, title, held, Verdict.WARNING, _advice(result.failed, port, at))
    echo_ms = statistics.median(result.rtts_ms)
    return row(
        check, title, (f"allocated in {result.allocated_ms:.0f} ms, echo in {echo_ms:.1f} ms", required)
    )


def _how_far(result: RelayResult) -> str:
    match result.failed:
        case Step.TRUST:
            return f"TLS: {result.error}"
        case Step.ADMIT:
            return f"the credential is refused: {result.error}"
        case Step.ALLOCATE:
            return f"no relayed address: {result.error}"
        case Step.PERMIT:
            return f"allocated in {result.allocated_ms:.0f} ms, but it relays nothing: {result.error}"
        case Step.ECHO:
            return f"allocated in {result.allocated_ms:.0f} ms, but no echo: {result.error}"
        case _:
            return result.error


def _advice(step: Step, port: str, at: str) -> str:
    host = at.partition(" ")[0]
    match step:
        case Step.REACH:
            return f"Open {port} to {at}. {_NO_UDP if port.startswith('UDP') else _BEHIND}"
        case Step.TRUST:
            return (
                f"If this network inspects TLS, exempt {host}; or name its own CA's certificate file in "
                "SSL_CERT_FILE for the recorder."
            )
        case Step.ADMIT:
            return (
                "Give the region's turn_secret_file and the static-auth-secret of its coturn.conf the same text, "
                "and both machines the right time."
            )
        case Step.ALLOCATE:
            return f"Raise user-quota and total-quota in the coturn.conf of {host}, or its range of ports."
        case Step.PERMIT:
            return (
                f"In the coturn.conf of {host}, allow its own addresses and the gateways' (allowed-peer-ip)."
            )
        case Step.ECHO:
            return (
                f"Let UDP pass between the relay ports of {host} (min-port to max-port) and the gateways, and to "
                "itself."
            )
