"""The rows about live view, from facts by hand."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskreel.core.live import RELAYED, Rung, TurnServer
from deskreel.recorder.doctor.facts import Failure, Family, LiveWays, Page, Region
from deskreel.recorder.doctor.judge_live import judge_live
from deskreel.recorder.doctor.rows import Row, Verdict
from deskreel.rtc.probe import RelayResult, Step, StunResult

TURN = TurnServer(host="turn-eu.example.com", username="9:rcd", password="x")
REGION = Region(
    name="eu",
    gateway_url="https://media-eu.example.com",
    host="media-eu.example.com",
    port=443,
    secure=True,
    turn_host=TURN.host,
    turn=TURN,
    ipv4=(IPv4Address("192.0.2.20"),),
    ipv6=IPv6Network("2001:db8:1::/48"),
)
PAGE = Page(status=404, body="404 page not found")
OPEN = RelayResult(failed=None, allocated_ms=31, relayed="192.0.2.20", sent=1, rtts_ms=(22.0,))
UDP = replace(OPEN, sent=100, rtts_ms=(22.0,) * 100)
WELL = LiveWays(
    names={Family.IPV4: ("192.0.2.20",), Family.IPV6: ("2001:db8:1::20",)},
    pages={Family.IPV4: PAGE, Family.IPV6: PAGE},
    stun={
        Family.IPV4: StunResult(ms=20, mapped="198.51.100.7"),
        Family.IPV6: StunResult(ms=20, mapped="2001:db8:9::7"),
    },
    relays={Rung.TURN_UDP: UDP, Rung.TURN_TCP: OPEN, Rung.TURN_TLS: OPEN},
    ipv6=OPEN,
)
CHECKS = {Rung.TURN_UDP: "turn_udp", Rung.TURN_TCP: "turn_tcp", Rung.TURN_TLS: "turn_tls"}


def rows_of(live: LiveWays | None, region: Region = REGION) -> dict[str, Row]:
    return {row.check: row for row in judge_live(region, live)}


def one(rung: Rung, step: Step, error: str = "no answer within 3 s") -> LiveWays:
    """One way is closed at a step."""
    got = step in (Step.PERMIT, Step.ECHO)
    closed = RelayResult(failed=step, error=error, allocated_ms=12 if got else None)
    return replace(WELL, relays={**WELL.relays, rung: closed})


def test_all_is_well() -> None:
    rows = rows_of(WELL)
    assert {row.verdict for row in rows.values()} == {Verdict.OK}
    assert not any(row.advice for row in rows.values())
    assert rows["turn_tls"].measured == "allocated in 31 ms, echo in 22.0 ms"
    assert rows["stun_ipv4"].measured == "answers in 20 ms, sees 198.51.100.7"
    assert rows["udp_loss"].measured == "0 of 100 (0.0 %)"


def test_without_a_turn_server_or_its_secret_nothing_is_checked() -> None:
    none = rows_of(None, replace(REGION, turn=None, turn_host=None))
    assert {(row.measured, row.verdict) for row in none.values()} == {("not configured", Verdict.NOT_CHECKED)}
    secretless = rows_of(None, replace(REGION, turn=None))
    assert all("turn_secret_file" in row.measured for row in secretless.values())


@pytest.mark.parametrize(
    ("step", "measured", "says"),
    [
        (
            Step.REACH,
            "no answer within 3 s",
            "Open {port} to turn-eu.example.com (192.0.2.20, 2001:db8:1::20)",
        ),
        (Step.TRUST, "TLS: no answer within 3 s", "SSL_CERT_FILE"),
        (Step.ADMIT, "the credential is refused: no answer within 3 s", "static-auth-secret"),
        (Step.ALLOCATE, "no relayed address: no answer within 3 s", "total-quota"),
        (Step.PERMIT, "allocated in 12 ms, but it relays nothing: no answer within 3 s", "allowed-peer-ip"),
        (Step.ECHO, "allocated in 12 ms, but no echo: no answer within 3 s", "relay ports"),
    ],
)
@pytest.mark.parametrize(
    ("rung", "port"),
    [(Rung.TURN_UDP, "UDP/3478"), (Rung.TURN_TCP, "TCP/3478"), (Rung.TURN_TLS, "TLS/443")],
)
def test_a_way_that_is_closed_says_how_far_it_goes_and_what_to_do(
    rung: Rung, port: str, step: Step, measured: str, says: str
) -> None:
    row = rows_of(one(rung, step))[CHECKS[rung]]
    assert (row.verdict, row.measured) == (Verdict.WARNING, measured)
    assert says.format(port=port) in row.advice
    assert row.required == f"an echo from the relay, {port}, for live view alone"


def test_without_udp_its_loss_is_not_known() -> None:
    rows = rows_of(one(Rung.TURN_UDP, Step.REACH))
    assert {rows["udp_loss"].verdict, rows["udp_jitter"].verdict} == {Verdict.NOT_CHECKED}
    assert "more delay" in rows["turn_udp"].advice


@given(lost=st.integers(0, 399), step_ms=st.integers(0, 1000))
def test_loss_and_jitter_of_the_echoes(lost: int, step_ms: int) -> None:
    rtts_ms = tuple(20.0 + step_ms * (number % 2) for number in range(400 - lost))
    over_udp = replace(UDP, sent=400, rtts_ms=rtts_ms)
    rows = rows_of(replace(WELL, relays={**WELL.relays, Rung.TURN_UDP: over_udp}))
    assert (rows["udp_loss"].verdict is Verdict.WARNING) == (lost >= 8)
    jittery = len(rtts_ms) > 1 and step_ms >= 400
    assert (rows["udp_jitter"].verdict is Verdict.WARNING) == jittery


def test_the_page_is_not_needed_while_turn_answers() -> None:
    silent: dict[Family, Page | Failure] = {Family.IPV4: Failure(what="Connection refused")}
    rows = rows_of(replace(WELL, pages=silent))
    assert rows["turn_page_ipv4"].verdict is Verdict.NOT_CHECKED
    shut = RelayResult(failed=Step.REACH, error="no answer within 3 s")
    rows = rows_of(replace(WELL, pages=silent, relays=dict.fromkeys(RELAYED, shut)))
    assert rows["turn_page_ipv4"].verdict is Verdict.WARNING
    assert "80/TCP" in rows["turn_page_ipv4"].advice
    other: dict[Family, Page | Failure] = {Family.IPV4: Page(status=200, body="Sign in to the guest network")}
    rows = rows_of(replace(WELL, pages=other))
    assert rows["turn_page_ipv4"].verdict is Verdict.WARNING
    assert "untouched" in rows["turn_page_ipv4"].advice


def test_names_that_lead_elsewhere_or_nowhere() -> None:
    elsewhere = rows_of(
        replace(WELL, names={Family.IPV4: ("198.51.100.99",), Family.IPV6: ("2001:db8:1::20",)})
    )
    assert elsewhere["turn_dns"].verdict is Verdict.WARNING
    assert "198.51.100.99, which the region does not publish" in elsewhere["turn_dns"].advice
    shut = RelayResult(failed=Step.REACH, error="Name or service not known")
    nowhere = LiveWays(names={Family.IPV4: (), Family.IPV6: ()}, relays=dict.fromkeys(RELAYED, shut))
    rows = rows_of(nowhere)
    assert "resolve turn-eu.example.com" in rows["turn_dns"].advice
    assert rows["turn_ipv6"].verdict is Verdict.NOT_CHECKED
    assert "()" not in "".join(row.advice for row in rows.values())
