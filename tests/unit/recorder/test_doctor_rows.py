"""The verdicts of the connectivity check, from facts by hand."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.recorder.control.link import LinkQuality
from deskreel.recorder.doctor.facts import (
    Certificate,
    Facts,
    Failure,
    Family,
    Machine,
    Page,
    Reach,
    Region,
    Server,
    Stored,
    Traffic,
)
from deskreel.recorder.doctor.judge import judge
from deskreel.recorder.doctor.rows import Row, Verdict, exit_code

PAGE = Page(status=404, body="404 page not found")
REGION = Region(
    name="eu",
    gateway_url="https://media-eu.example.com",
    host="media-eu.example.com",
    port=443,
    secure=True,
    turn_host=None,
    ipv4=(IPv4Address("192.0.2.10"),),
    ipv6=IPv6Network("2001:db8:1::/48"),
)
REACH = Reach(
    proxy=None,
    names={Family.IPV4: ("192.0.2.10",), Family.IPV6: ("2001:db8:1::7",)},
    tcp={Family.IPV4: 12.0, Family.IPV6: 11.0},
    tls=Certificate(protocol="TLSv1.3", issuer="CN=Any CA"),
    pages={Family.IPV4: PAGE, Family.IPV6: PAGE},
)
TRAFFIC = Traffic(
    chunk=Stored(size=262_144, took_ms=80, stored_ms=5),
    up_kbps=4000.0,
    down_kbps=9000.0,
    link=LinkQuality(rtt_ms=20, jitter_ms=2, loss_percent=0),
)
MACHINE = Machine(cpu_percent=12, monitors=2, disk_free_bytes=9 << 30, spool_bytes=4 << 30)
SERVER = Server(url="https://deskreel.example.com", answer=9.0, clock_ms=3, clock_uncertainty_ms=4)
WELL = Facts(machine=MACHINE, server=SERVER, region=REGION, reach=REACH, traffic=TRAFFIC)


def rows_of(facts: Facts) -> dict[str, Row]:
    return {row.check: row for row in judge(facts)}


def test_all_is_well_and_turn_is_not_configured() -> None:
    rows = rows_of(WELL)
    strange = {row.check: row for row in rows.values() if row.verdict is not Verdict.OK}
    assert set(strange) == {"stun_ipv4", "turn_udp", "turn_tcp", "turn_tls"}
    assert {row.measured for row in strange.values()} == {"not configured"}
    assert exit_code(judge(WELL)) == 0
    assert not any(row.advice for row in rows.values())


@pytest.mark.parametrize(
    ("facts", "check", "verdict", "says"),
    [
        (
            replace(WELL, reach=replace(REACH, names={Family.IPV4: ("198.51.100.1",)})),
            "dns_ipv4",
            Verdict.FAILED,
            "published",
        ),
        (
            replace(WELL, reach=replace(REACH, names={**REACH.names, Family.IPV6: ("2001:db8:2::7",)})),
            "dns_ipv6",
            Verdict.FAILED,
            "published",
        ),
        (
            replace(WELL, reach=replace(REACH, names={Family.IPV4: ("192.0.2.10",)})),
            "dns_ipv6",
            Verdict.WARNING,
            "resolve",
        ),
        (
            replace(WELL, reach=replace(REACH, tcp={Family.IPV4: Failure(what="Connection refused")})),
            "tcp_ipv4",
            Verdict.FAILED,
            "Open 443/TCP to media-eu.example.com (192.0.2.10)",
        ),
        (
            replace(WELL, reach=replace(REACH, tcp={**REACH.tcp, Family.IPV6: Failure(what="no route")})),
            "tcp_ipv6",
            Verdict.WARNING,
            "Open 443/TCP",
        ),
        (
            replace(
                WELL,
                reach=replace(
                    REACH,
                    tls=Certificate(protocol="", issuer="CN=Box", failure=Failure(what="self-signed")),
                ),
            ),
            "tls",
            Verdict.FAILED,
            "SSL_CERT_FILE",
        ),
        (
            replace(
                WELL, reach=replace(REACH, pages={**REACH.pages, Family.IPV4: Page(status=200, body="Hi")})
            ),
            "page_ipv4",
            Verdict.FAILED,
            "untouched",
        ),
        (replace(WELL, traffic=replace(TRAFFIC, up_kbps=499.0)), "up", Verdict.FAILED, "faster"),
        (replace(WELL, traffic=replace(TRAFFIC, down_kbps=800.0)), "down", Verdict.WARNING, "faster"),
        (
            replace(
                WELL, traffic=replace(TRAFFIC, link=LinkQuality(rtt_ms=9, jitter_ms=400, loss_percent=1))
            ),
            "jitter",
            Verdict.WARNING,
            "cable",
        ),
        (replace(WELL, machine=replace(MACHINE, cpu_percent=80)), "cpu", Verdict.WARNING, "Close"),
        (replace(WELL, machine=replace(MACHINE, disk_free_bytes=1 << 20)), "disk", Verdict.FAILED, "room"),
        (replace(WELL, server=replace(SERVER, clock_ms=-6000)), "clock", Verdict.WARNING, "NTP"),
    ],
)
def test_what_is_wrong_has_its_row_and_what_to_do(
    facts: Facts, check: str, verdict: Verdict, says: str
) -> None:
    row = rows_of(facts)[check]
    assert row.verdict is verdict
    assert says in row.advice
    assert exit_code(judge(facts)) == (2 if verdict is Verdict.FAILED else 1)


def test_without_the_server_the_desktop_is_still_looked_at() -> None:
    away = replace(SERVER, answer=Failure(what="ConnectError"), clock_ms=None, clock_uncertainty_ms=None)
    rows = rows_of(Facts(machine=MACHINE, server=away))
    assert {check: row.verdict for check, row in rows.items()} == {
        "server": Verdict.FAILED,
        "clock": Verdict.NOT_CHECKED,
        "cpu": Verdict.OK,
        "screen": Verdict.OK,
        "disk": Verdict.OK,
    }
    assert "443/TCP" in rows["server"].advice


def test_what_was_left_out_is_no_failure() -> None:
    rows = rows_of(replace(WELL, traffic=replace(TRAFFIC, up_kbps=None, down_kbps=None)))
    assert {rows["up"].verdict, rows["down"].verdict} == {Verdict.NOT_CHECKED}


@given(st.lists(st.sampled_from(Verdict)))
def test_the_exit_code_is_that_of_the_worst_row(verdicts: list[Verdict]) -> None:
    rows = [
        Row(check="x", title="x", measured="", required="", verdict=verdict, advice="")
        for verdict in verdicts
    ]
    severity = {Verdict.OK: 0, Verdict.NOT_CHECKED: 0, Verdict.WARNING: 1, Verdict.FAILED: 2}
    assert exit_code(rows) == max((severity[verdict] for verdict in verdicts), default=0)


@given(st.ip_addresses(v=4), st.lists(st.ip_addresses(v=4), min_size=1, max_size=4))
def test_an_address_is_right_when_it_is_published(found: IPv4Address, published: list[IPv4Address]) -> None:
    region = replace(REGION, ipv4=tuple(published))
    row = rows_of(replace(WELL, region=region, reach=replace(REACH, names={Family.IPV4: (str(found),)})))
    assert (row["dns_ipv4"].verdict is Verdict.OK) == (found in published)
