"""Several server processes of one account."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx2

from deskreel.demo.processes import Program
from support.server import free_port
from support.waiting import eventually


@contextmanager
def server_processes(
    database_url: str, data_dir: Path, log_dir: Path, count: int, **settings: str
) -> Iterator[list[tuple[Program, str]]]:
    """Servers of one account, each with its address."""
    made: list[tuple[Program, str]] = []
    try:
        for number in range(count):
            listen = f"127.0.0.1:{free_port()}"
            env = {
                "DESKREEL_DATA_DIR": str(data_dir),
                "DESKREEL_DATABASE_URL": database_url,
                "DESKREEL_LISTEN": listen,
                **settings,
            }
            program = Program(f"server-{number}", ["deskreel", "serve"], env=env, log_dir=log_dir)
            made.append((program, f"http://{listen}"))
        yield made
    finally:
        for program, _ in made:
            program.stop()


@asynccontextmanager
async def answering(servers: list[tuple[Program, str]]) -> AsyncIterator[None]:
    """Once all of them answer."""
    async with httpx2.AsyncClient() as client:
        for program, url in servers:

            async def probe(program: Program = program, url: str = url) -> bool:
                program.require_running()
                try:
                    return (await client.get(f"{url}/api/v1/health")).is_success
                except httpx2.TransportError:
                    return False

            await eventually("server", probe, timeout_s=30)
        yield
