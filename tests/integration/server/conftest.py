"""A running server for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.postgres import TestPostgres
from support.server import Deskreel, running


@pytest.fixture
async def deskreel(postgres: TestPostgres, tmp_path: Path) -> AsyncIterator[Deskreel]:
    """Server, gateway and worker on loopback, an admin signed in."""
    async with running(postgres.fresh(), tmp_path / "data", acw_timeout_s=1) as server:
        await server.sign_in()
        yield server
