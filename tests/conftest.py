"""Fixtures for every suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog
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


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    """A command run in this process sets up logging for the output it has then, which is closed after its test."""
    yield
    structlog.reset_defaults()
