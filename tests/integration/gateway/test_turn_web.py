"""The 404 page of a TURN host, as the unit in deploy/ starts it, over IPv4 and over IPv6."""

from __future__ import annotations

import shlex
import socket
from configparser import ConfigParser
from pathlib import Path

import httpx2
import pytest

from deskreel.demo.processes import Program
from support.waiting import eventually

UNIT = Path(__file__).resolve().parents[3] / "deploy" / "turn-web.service"


async def test_the_page_at_every_path_and_no_data_beside_it(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        port = probe.getsockname()[1]
    unit = ConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(UNIT)
    name, listen = unit["Service"]["Environment"].split("=")
    assert listen == "[::]:80"
    command = shlex.split(unit["Service"]["ExecStart"])
    assert command[0].endswith("/deskreel")
    env = {name: f"[::]:{port}", "DESKREEL_DATA_DIR": str(tmp_path / "data")}
    page = Program("turn-web", ["deskreel", *command[1:]], env=env, log_dir=tmp_path)
    try:
        async with httpx2.AsyncClient() as client:

            async def up() -> bool:
                page.require_running()
                try:
                    return (await client.get(f"http://[::1]:{port}/")).status_code == 404
                except httpx2.TransportError:
                    return False

            await eventually("the page", up, timeout_s=30)
            for host in ("127.0.0.1", "[::1]"):
                for path in ("/", "/health", "/v1/recordings/scr_x/chunks"):
                    answer = await client.get(f"http://{host}:{port}{path}")
                    assert (answer.status_code, answer.text) == (404, "404 page not found")
        assert not (tmp_path / "data").exists()
    finally:
        page.stop()


async def test_a_port_that_is_not_ours_to_take_is_a_clear_error(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        env = {"DESKREEL_LISTEN": f"127.0.0.1:{taken.getsockname()[1]}"}
        page = Program("turn-web", ["deskreel", "serve", "--only", "turn-web"], env=env, log_dir=tmp_path)
        try:
            assert page.process.wait(30) != 0
        finally:
            page.stop()
        assert "is in use" in page.log.read_text()
