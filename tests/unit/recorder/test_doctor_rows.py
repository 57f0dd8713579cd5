"""The verdicts of the connectivity check, from facts by hand."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.recorder.doctor.facts import (
    Certificate,
    DirectWay,
    Echoes,
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
    echoes=Echoes(sent=150, late=0, rtts_ms=(20.0, 22.0) * 75),
)
MACHINE = Machine(cpu_percent=12, monitors=2, disk_free_bytes=9 << 30, spool_bytes=4 << 30)
SERVER = Server(url="https://deskreel.example.com", answer=9.0, clock_ms=3, clock_uncertainty_ms=4)
DIRECT = DirectWay(
    host="media-eu.example.com",
    theirs=("192.0.2.10:50007", "10.1.2.3:50007", "[2001:db8:1::7]:50007"),
    ports="50000-50299",
    connected_ms=41.4,
    pair=("10.0.0.5:40012", "192.0.2.10:50007"),
    heard=True,
)
SILENT = replace(DIRECT, connected_ms=None, pair=("", ""), heard=False)
WELL = Facts(machine=MACHINE, server=SERVER, region=REGION, reach=REACH, traffic=TRAFFIC, direct=(DIRECT,))


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
                WELL, traffic=replace(TRAFFIC, echoes=Echoes(sent=100, late=1, rtts_ms=(9.0, 409.0) * 50))
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


def shares_of(late: int, sent: int) -> Row:
    echoes = Echoes(sent=sent, late=late, rtts_ms=(20.0,) * (sent - late))
    return rows_of(replace(WELL, traffic=replace(TRAFFIC, echoes=echoes)))["loss"]


@pytest.mark.parametrize(
    ("late", "sent", "verdict", "measured"),
    [
        (0, 149, Verdict.OK, "0 of 149 (0.0 %)"),
        (1, 100, Verdict.OK, "1 of 100 (1.0 %)"),
        (1, 30, Verdict.NOT_CHECKED, "1 of 30 (3.3 %): too few to tell"),
        (0, 30, Verdict.NOT_CHECKED, "0 of 30 (0.0 %): too few to tell"),
        (3, 120, Verdict.NOT_CHECKED, "3 of 120 (2.5 %): too few to tell"),
        (3, 10, Verdict.WARNING, "3 of 10 (30.0 %)"),
        (8, 400, Verdict.WARNING, "8 of 400 (2.0 %)"),
        (7, 400, Verdict.OK, "7 of 400 (1.8 %)"),
        (0, 0, Verdict.NOT_CHECKED, "no answers"),
    ],
)
def test_a_verdict_on_late_answers_needs_enough_of_them(
    late: int, sent: int, verdict: Verdict, measured: str
) -> None:
    row = shares_of(late, sent)
    assert (row.verdict, row.measured) == (verdict, measured)


@given(st.integers(0, 400), st.integers(0, 400))
def test_only_two_percent_or_more_are_a_warning_and_only_when_it_is_certain(late: int, sent: int) -> None:
    late = min(late, sent)
    row = shares_of(late, sent)
    if row.verdict is Verdict.WARNING:
        assert late >= 3
        assert 100 * late / sent >= 2
    if sent == 400:
        assert row.verdict is (Verdict.WARNING if late >= 8 else Verdict.OK)


def direct_of(*ways: DirectWay) -> Row:
    return rows_of(replace(WELL, direct=ways))["live_direct"]


def test_live_view_directly_says_from_where_to_where() -> None:
    row = direct_of(DIRECT)
    assert row.verdict is Verdict.OK
    assert row.measured == "connected in 41 ms from 10.0.0.5:40012 to 192.0.2.10:50007"


def test_closed_udp_is_a_warning_with_addresses_and_ports_to_open() -> None:
    row = direct_of(SILENT)
    assert row.verdict is Verdict.WARNING
    assert row.measured == "no connection over UDP in time"
    assert "to media-eu.example.com (192.0.2.10, 10.1.2.3, 2001:db8:1::7), ports 50000-50299" in row.advice
    assert "some seconds behind" in row.advice  # without TURN
    assert exit_code([row]) == 1
    assert "DESKREEL_LIVE_PORTS" in direct_of(replace(SILENT, ports="")).advice
    deaf = direct_of(replace(DIRECT, heard=False))
    assert deaf.verdict is Verdict.WARNING
    assert deaf.measured.endswith("but no report that anything arrives")


def test_a_gateway_that_cannot_be_tried_is_no_warning_and_one_that_refuses_is() -> None:
    refused = replace(DirectWay(host="a"), refused=Failure(what="no_route: /", hint="x"))
    assert direct_of(replace(refused, old=True)).verdict is Verdict.NOT_CHECKED
    assert direct_of(replace(refused, busy=True)).measured == "too busy to try"
    row = direct_of(refused)
    assert (row.verdict, row.measured, row.advice) == (Verdict.WARNING, "no_route: /", "x")


def test_of_several_gateways_the_worst_is_shown_by_name() -> None:
    other = replace(SILENT, host="live-2.example.com")
    assert direct_of(DIRECT, other, DIRECT).measured == "live-2.example.com: no connection over UDP in time"
    assert direct_of(DIRECT, DIRECT).verdict is Verdict.OK
