"""The rows about live view on real sockets: a server, a real coturn, an enrolled desktop; and the report sent."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from deskreel.core.ids import RecorderId
from deskreel.gateway.root_page import ROOT_PAGE
from deskreel.recorder.doctor.judge import judge
from deskreel.recorder.doctor.program import run_check
from deskreel.recorder.doctor.rows import Row, Verdict
from deskreel.recorder.doctor.run import examine
from deskreel.recorder.enrol import identity
from deskreel.recorder.settings import RecorderSettings
from deskreel.testing.synthetic_screen import SyntheticDisplay
from support.coturn import Coturn, coturn
from support.postgres import TestPostgres
from support.server import Deskreel, free_port, running

WAYS = {"turn_udp", "turn_tcp", "turn_tls"}


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


class Desk:
    """An enrolled desktop, and the server."""

    def __init__(self, deskreel: Deskreel, home: Path) -> None:
        self.deskreel = deskreel
        self.settings = RecorderSettings(dir=home)
        self.recorder_id = ""

    async def enrol(self) -> None:
        made = await self.deskreel.recorder()
        self.recorder_id = made.recorder_id
        who = identity.Identity(
            server_url=made.base_url,
            recorder_id=RecorderId(made.recorder_id),
            credential=made.credential,
            key=made.key,
        )
        identity.save(self.settings.home, who)

    async def rows(self) -> dict[str, Row]:
        """Of a quick check."""
        who = identity.load(self.settings.home)
        facts = await examine(self.settings, who, quick=True, open_screen=SyntheticDisplay().open)
        return {row.check: row for row in judge(facts)}


@asynccontextmanager
async def desk(postgres: TestPostgres, tmp_path: Path, turn: Coturn, more: str = "") -> AsyncIterator[Desk]:
    """A server whose only region has this TURN server."""
    file = tmp_path / "regions.toml"
    file.write_text(f"[default]\n{turn.region_lines()}{more}")
    async with running(postgres.fresh(), tmp_path / "data", regions=file) as deskreel:
        made = Desk(deskreel, tmp_path / "recorder")
        await made.enrol()
        yield made


@asynccontextmanager
async def web_page() -> AsyncIterator[int]:
    """The 404 page of the TURN host; its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n{ROOT_PAGE}".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def warned(rows: dict[str, Row]) -> set[str]:
    """Without what depends on how busy this machine is."""
    bad = (Verdict.WARNING, Verdict.FAILED)
    return {check for check, row in rows.items() if row.verdict in bad} - {"cpu", "disk", "jitter", "loss"}


async def test_all_ways_are_open_and_the_last_result_is_on_the_server(
    postgres: TestPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with coturn(tmp_path / "turn") as turn:
        async with web_page() as port, desk(postgres, tmp_path, turn, f"turn_web_port = {port}\n") as one:
            monkeypatch.setenv("SSL_CERT_FILE", str(turn.ca))
            rows = await one.rows()
            live = {
                check: rows[check].verdict
                for check in (*WAYS, "live_direct", "turn_dns", "turn_page_ipv4", "stun_ipv4")
            }
            assert set(live.values()) == {Verdict.OK}, rows
            assert rows["udp_loss"].measured == "0 of 150 (0.0 %)"
            assert rows["udp_jitter"].verdict is Verdict.OK
            assert rows["up"].measured == "left out"

            monkeypatch.delenv("DISPLAY", raising=False)
            report = await run_check(one.settings.home, quick=True)
            assert report["exit_code"] == 2  # no screen here
            await one.deskreel.sign_in()
            shown = (await one.deskreel.client.get(f"/api/v1/recorders/{one.recorder_id}/check")).json()
            assert shown["verdict"] == "failed"
            assert shown["rows"] == report["rows"]
            assert {row["check"] for row in shown["rows"]} >= WAYS
            at = shown["at"]

            command = [sys.executable, "-m", "deskreel", "doctor", "--json", "--quick", "--no-send"]
            environment = {**os.environ, "DESKREEL_RECORDER_DIR": str(one.settings.home)}
            program = await asyncio.create_subprocess_exec(
                *command, env=environment, stdout=asyncio.subprocess.PIPE
            )
            printed, _ = await program.communicate()
            assert {row["check"] for row in json.loads(printed)["rows"]} >= WAYS
            again = (await one.deskreel.client.get(f"/api/v1/recorders/{one.recorder_id}/check")).json()
            assert again["at"] == at


async def test_a_certificate_that_is_not_trusted_closes_tls_alone(
    postgres: TestPostgres, tmp_path: Path
) -> None:
    with coturn(tmp_path / "turn") as turn:
        async with desk(postgres, tmp_path, turn, f"turn_web_port = {free_port()}\n") as one:
            rows = await one.rows()
            assert warned(rows) == {"turn_tls"}
            assert rows["turn_tls"].measured.startswith("TLS: unable to get local issuer")
            assert rows["turn_page_ipv4"].measured == "Connection refused; not needed, for TURN answers"


async def test_closed_udp_leaves_the_other_ways(
    postgres: TestPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with coturn(tmp_path / "turn", lines=["no-udp"]) as turn:
        async with web_page() as port, desk(postgres, tmp_path, turn, f"turn_web_port = {port}\n") as one:
            monkeypatch.setenv("SSL_CERT_FILE", str(turn.ca))
            rows = await one.rows()
            assert warned(rows) == {"stun_ipv4", "turn_udp"}
            assert rows["turn_udp"].advice.startswith(f"Open UDP/{turn.port} to localhost (127.0.0.1")
            assert rows["udp_loss"].verdict is Verdict.NOT_CHECKED


async def test_an_allocation_alone_proves_nothing(
    postgres: TestPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with coturn(tmp_path / "turn", peers=["denied-peer-ip=0.0.0.0-255.255.255.255"]) as turn:
        async with web_page() as port, desk(postgres, tmp_path, turn, f"turn_web_port = {port}\n") as one:
            monkeypatch.setenv("SSL_CERT_FILE", str(turn.ca))
            rows = await one.rows()
            assert warned(rows) == WAYS
            for check in WAYS:
                assert rows[check].measured.endswith("but it relays nothing: Forbidden IP (403)")
                assert "allowed-peer-ip" in rows[check].advice


async def test_another_secret_than_the_server_s(
    postgres: TestPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with coturn(tmp_path / "turn") as turn:
        turn.secret_file.write_text("quite another\n")
        async with web_page() as port, desk(postgres, tmp_path, turn, f"turn_web_port = {port}\n") as one:
            monkeypatch.setenv("SSL_CERT_FILE", str(turn.ca))
            rows = await one.rows()
            assert warned(rows) == WAYS
            for check in WAYS:
                assert rows[check].measured == "the credential is refused: Unauthorized (401)"
                assert "static-auth-secret" in rows[check].advice


async def test_a_turn_server_that_is_away(postgres: TestPostgres, tmp_path: Path) -> None:
    with coturn(tmp_path / "turn") as turn:
        turn.stop()
        async with desk(postgres, tmp_path, turn, f"turn_web_port = {free_port()}\n") as one:
            rows = await one.rows()
            assert warned(rows) == {*WAYS, "stun_ipv4", "turn_page_ipv4"}
            assert rows["turn_tcp"].measured == "Connection refused"
            assert "serve --only turn-web" in rows["turn_page_ipv4"].advice
            assert rows["chunk"].verdict is Verdict.OK  # a recording needs none of it
