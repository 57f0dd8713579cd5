"""Fixtures for every suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("deskreel", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("deskreel")


@pytest.fixture(scope="session")
def postgres() -> Iterator[object]:
    """A real PostgreSQL."""
    from support.postgres import TestPostgres

    server = TestPostgres()
    yield server
    server.close()
