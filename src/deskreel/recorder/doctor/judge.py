"""From facts to the rows of the report: measured, required, verdict, what to do. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from deskreel.recorder.doctor.facts import (
    Facts,
    Failure,
    Family,
    Machine,
    Page,
    Reach,
    Region,
    Server,
    Traffic,
)
from deskreel.recorder.doctor.judge_direct import judge_direct
from deskreel.recorder.doctor.judge_live import judge_live
from deskreel.recorder.doctor.judge_quality import judge_echoes
from deskreel.recorder.doctor.limits import (
    GOOD_KBPS,
    MAX_CLOCK_MS,
    MAX_CPU_PERCENT,
    MIN_DISK_BYTES,
    MIN_KBPS,
    PAGE_BODY,
    PAGE_STATUS,
)
from deskreel.recorder.doctor.rows import Row, Verdict, row, skipped

_MIB = 1024 * 1024


def judge(facts: Facts) -> list[Row]:
    """The rows, in the order of the way from the desktop to the storage."""
    rows = [_server(facts.server)]
    if facts.region is not None and facts.reach is not None:
        rows += _reach(facts.region, facts.reach)
        if facts.traffic is not None:
            rows += _traffic(facts.traffic)
        relayed = facts.live is not None and any(way.ok for way in facts.live.relays.values())
        rows += judge_direct(facts.direct, relayed=relayed)
        rows += judge_live(facts.region, facts.live)
    rows += [_clock(facts.server), *_machine(facts.machine)]
    return rows


def _server(server: Server) -> Row:
    needed = "an answer"
    if isinstance(server.answer, Failure):
        hint = server.answer.hint or f"Let this desktop reach {server.url} over HTTPS (443/TCP)."
        return row("server", "Server", (server.answer.what, needed), Verdict.FAILED, hint)
    return row("server", "Server", (f"answers in {server.answer:.0f} ms", needed))


# --- the way --------------------------------------------------------------------------------------------------


def _reach(region: Region, reach: Reach) -> Iterator[Row]:
    if reach.proxy is not None:
        yield row(
            "proxy", "Proxy", (f"{reach.proxy}, named by the environment", "none, or one that lets pass")
        )
        yield _page("page", "404 page", region, reach.proxied_page)
        return
    for family in Family:
        yield _names(family, region, reach)
        yield _tcp(family, region, reach)
    yield _tls(region, reach)
    for family in Family:
        if isinstance(reach.tcp.get(family), float):
            yield _page(f"page_ipv{family}", f"404 page over IPv{family}", region, reach.pages.get(family))


def _names(family: Family, region: Region, reach: Reach) -> Row:
    check, title = f"dns_ipv{family}", f"Addresses (IPv{family})"
    found = reach.names.get(family, ())
    if family is Family.IPV4:
        published = ", ".join(map(str, region.ipv4))
    else:
        published = "" if region.ipv6 is None else str(region.ipv6)
    strange = [one for one in found if not region.publishes(one)]
    required = f"published: {published}" if published else "nothing is published"
    if strange:
        advice = (
            "The name leads elsewhere than the region's published addresses: mend the name server or hosts file "
            "of this network, or have the published list of the region corrected."
        )
        return row(check, title, (", ".join(found), required), Verdict.FAILED, advice)
    resolve = f"Let this network resolve {region.host} (DNS, port 53)."
    if not found and published:
        alone = family is Family.IPV4 and not reach.names.get(Family.IPV6)
        bad = Verdict.FAILED if alone else Verdict.WARNING
        return row(check, title, ("none", required), bad, resolve)
    if not found and not any(reach.names.values()):
        return row(check, title, ("none", "an address"), Verdict.FAILED, resolve)
    return row(check, title, (", ".join(found) or "none", required))


def _tcp(family: Family, region: Region, reach: Reach) -> Row:
    check, title = f"tcp_ipv{family}", f"TCP over IPv{family}"
    required = "a connection over IPv4 or IPv6"
    known = reach.tcp.get(family)
    if known is None:
        return skipped(check, title, (f"no IPv{family} address", required))
    if isinstance(known, Failure):
        other = any(isinstance(one, float) for one in reach.tcp.values())
        advice = f"Open {region.port}/TCP to {region.host} ({', '.join(reach.names.get(family, ()))})."
        return row(check, title, (known.what, required), Verdict.WARNING if other else Verdict.FAILED, advice)
    return row(check, title, (f"connected in {known:.0f} ms", required))


def _tls(region: Region, reach: Reach) -> Row:
    required = "a certificate that this machine trusts"
    if not region.secure:
        local = region.host in ("localhost", "127.0.0.1", "::1")
        advice = "Give the gateway an https address; recordings are sealed, but tokens are not."
        return row("tls", "TLS", ("http: no TLS", required), None if local else Verdict.WARNING, advice)
    if reach.tls is None:
        return skipped("tls", "TLS", ("nothing to connect to", required))
    by = f", issued by {reach.tls.issuer}" if reach.tls.issuer else ""
    if reach.tls.failure is not None:
        advice = (
            f"If this network inspects TLS, exempt {region.host}; or name its own CA's certificate file in "
            "SSL_CERT_FILE for the recorder."
        )
        return row("tls", "TLS", (reach.tls.failure.what + by, required), Verdict.FAILED, advice)
    return row("tls", "TLS", (reach.tls.protocol + by, required))


def _page(check: str, title: str, region: Region, page: Page | Failure | None) -> Row:
    required = f'status {PAGE_STATUS} and "{PAGE_BODY}"'
    if page is None:
        return skipped(check, title, ("nothing to ask", required))
    if isinstance(page, Failure):
        return row(
            check, title, (page.what, required), Verdict.FAILED, page.hint or _UNTOUCHED.format(region.host)
        )
    measured = f'status {page.status} and "{page.body[:40]}"'
    right = (page.status, page.body.strip()) == (PAGE_STATUS, PAGE_BODY)
    return row(
        check, title, (measured, required), None if right else Verdict.FAILED, _UNTOUCHED.format(region.host)
    )


_UNTOUCHED = "Something else answers in the gateway's place: have proxy and firewall let {} pass untouched."


# --- what goes over it ----------------------------------------------------------------------------------------


def _traffic(traffic: Traffic) -> Iterator[Row]:
    chunk, required = traffic.chunk, "stored, and found again"
    if isinstance(chunk, Failure):
        advice = chunk.hint or "Have the proxy let PUT requests of up to 17 MiB pass."
        yield row("chunk", "A chunk is stored", (chunk.what, required), Verdict.FAILED, advice)
    else:
        whole = f"{chunk.size // 1024} KiB in {chunk.took_ms:.0f} ms"
        measured = f"{whole}, {chunk.stored_ms:.0f} ms of it in the storage"
        yield row("chunk", "A chunk is stored", (measured, required))
    yield _throughput("up", "Throughput up", traffic.up_kbps)
    yield _throughput("down", "Throughput down", traffic.down_kbps)
    yield from judge_echoes(traffic.echoes)


def _throughput(check: str, title: str, found: float | Failure | None) -> Row:
    required = f"{MIN_KBPS} kbit/s at least, {GOOD_KBPS} kbit/s for each client at once"
    if found is None:
        return skipped(check, title, ("left out", required))
    if isinstance(found, Failure):
        return row(check, title, (found.what, required), Verdict.FAILED, found.hint or "See the rows above.")
    bad = Verdict.FAILED if found < MIN_KBPS else Verdict.WARNING if found < GOOD_KBPS else None
    advice = (
        "Recordings are sent late, or cost the call its bandwidth: get a faster link, or cap it (max_kbps)."
    )
    return row(check, title, (f"{found:,.0f} kbit/s", required), bad, advice)


# --- the desktop ----------------------------------------------------------------------------------------------


def _clock(server: Server) -> Row:
    required = f"within {MAX_CLOCK_MS / 1000:g} s of the server's"
    if server.clock_ms is None:
        return skipped("clock", "Clock", ("the server did not answer", required))
    measured = f"{server.clock_ms:+.0f} ms ± {server.clock_uncertainty_ms or 0:.0f} ms to the server's"
    bad = Verdict.WARNING if abs(server.clock_ms) > MAX_CLOCK_MS else None
    return row(
        "clock", "Clock", (measured, required), bad, "Switch on time synchronisation (NTP) on this machine."
    )


def _machine(machine: Machine) -> Iterator[Row]:
    bad = Verdict.WARNING if machine.cpu_percent >= MAX_CPU_PERCENT else None
    held = f"{machine.cpu_percent:.0f} %", f"below {MAX_CPU_PERCENT:g} %"
    advice = "Close what is not needed; above this the recorder makes the picture coarser."
    yield row("cpu", "CPU of the machine", held, bad, advice)
    if isinstance(machine.monitors, Failure):
        hint = machine.monitors.hint or "Run this in the agent's desktop session."
        yield row(
            "screen", "Access to the screen", (machine.monitors.what, "one monitor"), Verdict.FAILED, hint
        )
    else:
        count = f"{machine.monitors} monitor{'s' if machine.monitors != 1 else ''}"
        yield row("screen", "Access to the screen", (count, "one monitor"))
    required = f"{MIN_DISK_BYTES // _MIB} MiB free, {machine.spool_bytes // _MIB} MiB for the whole spool"
    free = machine.disk_free_bytes
    if isinstance(free, Failure):
        yield row(
            "disk", "Disk", (free.what, required), Verdict.FAILED, "Let the recorder write its directory."
        )
        return
    poor = (
        Verdict.FAILED if free < MIN_DISK_BYTES else Verdict.WARNING if free < machine.spool_bytes else None
    )
    yield row("disk", "Disk", (f"{free // _MIB:,} MiB free", required), poor, "Make room on this disk.")
