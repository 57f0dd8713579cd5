"""What admins of networks are shown, what a browser's check gets, and the last connectivity check of a recorder."""

from __future__ import annotations

import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deskreel.core.live import RELAYED, LiveReport, LiveState, Rung, TurnServer
from deskreel.core.messages import Health, Observed, Phase
from deskreel.core.time import WallTime
from deskreel.rtc.probe import Step, relay
from deskreel.storage.signing import verify_grant
from support.coturn import coturn
from support.postgres import TestPostgres
from support.server import Deskreel, FakeRecorder, free_port, running, wall_ms
from support.waiting import eventually


def line(check: str, verdict: str = "ok", **more: str) -> dict[str, str]:
    return {
        "check": check,
        "title": check.title(),
        "measured": "3 ms",
        "required": "10 ms",
        "verdict": verdict,
        **more,
    }


async def send(recorder: FakeRecorder, body: Any, **headers: str) -> tuple[int, str]:
    answer = await recorder.client.post(
        "/api/v1/recorder/check", json=body, headers={**recorder.headers, **headers}
    )
    return answer.status_code, answer.json()["code"] if answer.content else ""


async def test_the_last_check_of_a_recorder_is_kept_whole(deskreel: Deskreel) -> None:
    recorder = await deskreel.recorder()
    path = f"/api/v1/recorders/{recorder.recorder_id}/check"
    assert (await deskreel.client.get("/api/v1/recorders")).json()["items"][0]["last_check"] is None
    assert (await deskreel.client.get(path)).status_code == 404
    assert await send(recorder, {"region": "default", "exit_code": 0, "rows": [line("dns")]}) == (204, "")
    rows = [line("dns"), line("udp", "failed", advice="Öffnen Sie UDP/3478."), line("cpu", "warning")]
    assert await send(recorder, {"server": "https://x", "region": "eu", "rows": rows}) == (204, "")
    (shown,) = (await deskreel.client.get("/api/v1/recorders")).json()["items"]
    summary = shown["last_check"]
    assert abs(summary.pop("at") - wall_ms()) < 20_000
    assert summary == {"verdict": "failed", "region": "eu", "warnings": 1, "failures": 1}
    whole = (await deskreel.client.get(path)).json()
    assert [row["check"] for row in whole["rows"]] == ["dns", "udp", "cpu"]
    assert whole["rows"][1]["advice"] == "Öffnen Sie UDP/3478."


async def test_a_check_that_is_none_is_refused(deskreel: Deskreel) -> None:
    recorder = await deskreel.recorder()
    for body, status, code in (
        ({}, 422, "invalid_input"),
        ({"rows": []}, 422, "invalid_input"),
        ({"rows": [line("dns", "fine")]}, 422, "invalid_input"),
        ({"rows": [line("dns", measured="\0")]}, 422, "invalid_input"),
        ({"rows": [line("dns", advice="x" * 2001)]}, 422, "invalid_input"),
        ({"rows": [line("dns")], "more": "x" * 300_000}, 413, "too_large"),
    ):
        assert await send(recorder, body) == (status, code)
    stranger = {"authorization": "Bearer nobody"}
    assert await send(recorder, {"rows": [line("dns")]}, **stranger) == (401, "not_enrolled")


@pytest.fixture
def two_regions(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text("a secret of two\n")
    file = tmp_path / "regions.toml"
    file.write_text(
        '[eu]\nturn_host = "turn.example.com"\nturn_secret_file = "secret"\nipv4 = ["192.0.2.10"]\n'
        f'[us]\ngateway_url = "http://127.0.0.1:{free_port()}"\n'
    )
    return file


async def test_the_turn_server_lets_in_who_was_given_a_credential(
    postgres: TestPostgres, tmp_path: Path
) -> None:
    file = tmp_path / "regions.toml"
    with coturn(tmp_path / "turn") as turn:
        file.write_text(f"[eu]\n{turn.region_lines()}")
        async with running(postgres.fresh(), tmp_path / "data", region="eu", regions=file) as server:
            await server.sign_in()
            plan = (await server.client.post("/api/v1/network-check")).json()
        told = TurnServer(**plan["turn"])
        trusted = ssl.create_default_context(cafile=turn.ca)
        for rung in RELAYED:
            result = await relay(told, rung, trusted=trusted)
            assert result.ok, result
        refused = await relay(replace(told, password="guessed"), Rung.TURN_UDP)
        assert refused.failed is Step.ADMIT


async def test_network_shows_what_to_open_what_answers_and_what_was_measured(
    postgres: TestPostgres, tmp_path: Path, two_regions: Path
) -> None:
    async with running(postgres.fresh(), tmp_path / "data", region="eu", regions=two_regions) as server:
        await server.sign_in()
        recorders = [await server.recorder(f"100{number}") for number in range(3)]
        for number, recorder in enumerate(recorders):
            async with recorder.control() as socket:
                health = Health(upload_kbps=1000.0 * (number + 1), rtt_ms=20.0, jitter_ms=None)
                live = LiveReport(state=LiveState.LIVE, rung=Rung.TURN_TCP) if number else None
                await recorder.say(
                    socket,
                    Observed(version=1, phase=Phase.IDLE, screen_recording_id=None, health=health, live=live),
                )
            verdict = ("ok", "warning", "failed")[number]
            assert await send(recorder, {"rows": [line("udp", verdict), line("tls")]}) == (204, "")

        async def known() -> dict[str, Any] | None:
            report = (await server.client.get("/api/v1/network")).json()
            spread = report["measured"]["upload_kbps"]
            return report if spread is not None and spread["recorders"] == 3 else None

        report = await eventually("the figures", known)
        eu, us = report["regions"]
        listen = server.settings.port
        assert report["server"] == {
            "host": "127.0.0.1",
            "port": listen,
            "protocol": "tcp",
            "purpose": "pages",
            "live_only": False,
        }
        assert {(o["purpose"], o["host"], o["port"], o["protocol"]) for o in eu["openings"]} == {
            ("media", "127.0.0.1", listen, "tcp"),
            ("live_direct", "127.0.0.1", None, "udp"),
            ("turn", "turn.example.com", 3478, "udp"),
            ("turn", "turn.example.com", 3478, "tcp"),
            ("turn_tls", "turn.example.com", 443, "tcp"),
            ("turn_web", "turn.example.com", 80, "tcp"),
        }
        assert (eu["gateway_answered"], eu["warnings"], eu["ipv4"]) == (True, [], ["192.0.2.10"])
        assert abs(eu["worker_seen_at"] - wall_ms()) < 60_000
        assert (us["gateway_answered"], us["worker_seen_at"]) == (False, None)
        assert us["warnings"] == ["worker_silent", "no_turn", "gateway_silent"]
        measured = report["measured"]
        assert measured["upload_kbps"] == {"recorders": 3, "p5": 1000.0, "median": 2000.0, "p95": 3000.0}
        assert (measured["rtt_ms"]["median"], measured["jitter_ms"]) == (20.0, None)
        assert (measured["recorders"], measured["online"], measured["rungs"]) == (3, 3, {"turn-tcp": 2})
        assert (measured["checked"], measured["check_warnings"], measured["check_failures"]) == (3, 1, 1)
        assert measured["checks"] == [
            {"check": "udp", "title": "Udp", "ok": 1, "warning": 1, "failed": 1, "not_checked": 0},
            {"check": "tls", "title": "Tls", "ok": 3, "warning": 0, "failed": 0, "not_checked": 0},
        ]
        assert (measured["mb_per_hour"], measured["hours"]) == (None, 0.0)
        assert report["bandwidth"]["minimum"] == 500

        plan = (await server.client.post("/api/v1/network-check")).json()
        assert (plan["region"]["name"], plan["regions"]) == ("eu", ["eu", "us"])
        grant = verify_grant(server.context.signing_key.public, plan["probe_token"], WallTime(wall_ms()))
        assert (grant.purpose, grant.subject) == ("probe", plan["probe_id"])
        assert (plan["turn"]["host"], plan["turn"]["tls_port"]) == ("turn.example.com", 443)
        assert abs(plan["server_time"] - wall_ms()) < 20_000
        other = (await server.client.post("/api/v1/network-check", params={"region": "us"})).json()
        assert (other["region"]["name"], other["turn"]) == ("us", None)
        unknown = await server.client.post("/api/v1/network-check", params={"region": "mars"})
        assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_region")
        answer = await server.client.post("/api/v1/recorder/probe", headers=recorders[0].headers)
        assert answer.json()["turn"]["username"].split(":")[1].startswith("agt_")
