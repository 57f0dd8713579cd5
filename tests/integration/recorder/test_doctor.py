"""The connectivity check on real sockets: a whole server, a blocked port, a wrong address, a CA of one's own."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from deskreel.core.ids import RecorderId
from deskreel.recorder.doctor.judge import judge
from deskreel.recorder.doctor.rows import Row, Verdict, exit_code
from deskreel.recorder.doctor.run import examine
from deskreel.recorder.enrol import identity
from deskreel.recorder.settings import RecorderSettings
from deskreel.testing.synthetic_screen import SyntheticDisplay
from support.authority import make_authority
from support.postgres import TestPostgres
from support.server import Deskreel, free_port, running

NOT_LIVE = {"stun_ipv4", "turn_udp", "turn_tcp", "turn_tls"}
PAGE = b"HTTP/1.1 404 Not Found\r\ncontent-length: 18\r\nconnection: close\r\n\r\n404 page not found"


class Bench:
    """A server and an enrolled desktop."""

    def __init__(self, deskreel: Deskreel, home: Path) -> None:
        self.deskreel = deskreel
        self.settings = RecorderSettings(dir=home)

    async def enrol(self) -> None:
        made = await self.deskreel.recorder()
        who = identity.Identity(
            server_url=made.base_url,
            recorder_id=RecorderId(made.recorder_id),
            credential=made.credential,
            key=made.key,
        )
        identity.save(self.settings.home, who)

    async def rows(self, region: str | None = None) -> dict[str, Row]:
        who = identity.load(self.settings.home)
        facts = await examine(self.settings, who, region=region, open_screen=SyntheticDisplay().open)
        return {row.check: row for row in judge(facts)}


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@asynccontextmanager
async def bench(postgres: TestPostgres, tmp_path: Path, regions: str) -> AsyncIterator[Bench]:
    """With a regions file of this text, whose home region is `default`."""
    file = tmp_path / "regions.toml"
    file.write_text(regions)
    async with running(postgres.fresh(), tmp_path / "data", regions=file) as deskreel:
        made = Bench(deskreel, tmp_path / "recorder")
        await made.enrol()
        yield made


def failed(rows: dict[str, Row]) -> set[str]:
    return {row.check for row in rows.values() if row.verdict is Verdict.FAILED}


async def test_all_is_well_and_nothing_is_left_of_it(postgres: TestPostgres, tmp_path: Path) -> None:
    async with bench(postgres, tmp_path, '[default]\nipv4 = ["127.0.0.1"]\n') as desk:
        rows = await desk.rows()
        assert failed(rows) == set()
        assert {check for check, row in rows.items() if row.verdict is Verdict.NOT_CHECKED} >= NOT_LIVE
        for check in (
            "server",
            "dns_ipv4",
            "tcp_ipv4",
            "tls",
            "page_ipv4",
            "chunk",
            "screen",
            "disk",
            "clock",
        ):
            assert rows[check].verdict is Verdict.OK, rows[check]
        assert rows["page_ipv4"].measured == 'status 404 and "404 page not found"'
        assert rows["chunk"].measured.startswith("256 KiB in ")
        assert await desk.deskreel.store.list("probes") == ()

        command = [sys.executable, "-m", "deskreel", "doctor", "--json"]
        environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
        environment["DESKREEL_RECORDER_DIR"] = str(desk.settings.home)
        program = await asyncio.create_subprocess_exec(
            *command, env=environment, stdout=asyncio.subprocess.PIPE
        )
        printed, _ = await program.communicate()
        document = json.loads(printed)
        assert (document["region"], document["exit_code"], program.returncode) == ("default", 2, 2)
        assert [row["check"] for row in document["rows"] if row["verdict"] == "failed"] == ["screen"]


async def test_an_address_that_is_not_published(postgres: TestPostgres, tmp_path: Path) -> None:
    async with bench(postgres, tmp_path, '[default]\nipv4 = ["192.0.2.10"]\n') as desk:
        rows = await desk.rows()
        assert failed(rows) == {"dns_ipv4"}
        assert (rows["dns_ipv4"].measured, rows["dns_ipv4"].required) == (
            "127.0.0.1",
            "published: 192.0.2.10",
        )
        assert exit_code(list(rows.values())) == 2


async def test_a_blocked_port(postgres: TestPostgres, tmp_path: Path) -> None:
    port = free_port()
    text = f'[far]\ngateway_url = "http://127.0.0.1:{port}"\n'
    async with bench(postgres, tmp_path, text) as desk:
        rows = await desk.rows("far")
        assert failed(rows) == {"tcp_ipv4", "chunk", "up", "down"}
        assert rows["tcp_ipv4"].advice == f"Open {port}/TCP to 127.0.0.1 (127.0.0.1)."
        unknown = await desk.rows("mars")
        assert failed(unknown) == {"server"}
        assert unknown["server"].measured.startswith("unknown_region: ")


async def test_a_certificate_of_a_ca_of_ones_own(
    postgres: TestPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, chain, key = make_authority(tmp_path, ["gateway"], ["127.0.0.1"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(PAGE)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    async with (
        server,
        bench(postgres, tmp_path, f'[far]\ngateway_url = "https://127.0.0.1:{port}"\n') as desk,
    ):
        rows = await desk.rows("far")
        assert rows["tls"].verdict is Verdict.FAILED
        assert "issued by CN=Test authority" in rows["tls"].measured
        assert rows["page_ipv4"].verdict is Verdict.NOT_CHECKED
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        rows = await desk.rows("far")
        assert rows["tls"].verdict is Verdict.OK
        assert rows["tls"].measured.startswith("TLSv1.3")
        assert rows["page_ipv4"].verdict is Verdict.OK
        assert rows["chunk"].verdict is Verdict.FAILED  # what answers is no gateway


async def test_a_proxy_that_answers_itself(
    postgres: TestPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n")).decode())
        writer.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 7\r\nconnection: close\r\n\r\nblocked")
        await writer.drain()
        writer.close()

    proxy = await asyncio.start_server(answer, "127.0.0.1", 0)
    text = '[far]\ngateway_url = "http://media.example.invalid"\n'
    async with proxy, bench(postgres, tmp_path, text) as desk:
        port = proxy.sockets[0].getsockname()[1]
        monkeypatch.setenv("HTTP_PROXY", f"http://someone:secret@127.0.0.1:{port}")
        monkeypatch.setenv("http_proxy", f"http://someone:secret@127.0.0.1:{port}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        rows = await desk.rows("far")
        assert rows["proxy"].measured == f"http://127.0.0.1:{port}, named by the environment"
        assert rows["page"].measured == 'status 403 and "blocked"'
        assert failed(rows) >= {"page", "chunk"}
        assert asked[0].startswith("GET http://media.example.invalid/ ")
