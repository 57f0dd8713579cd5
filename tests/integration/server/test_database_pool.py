"""A pool of which every connection is busy."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from deskreel.core.errors import DatabaseUnavailableError
from deskreel.server.db.engine import Database
from support.postgres import TestPostgres


async def test_no_free_connection_is_an_error_that_is_tried_again(postgres: TestPostgres) -> None:
    url = postgres.fresh()
    engine = create_async_engine(
        f"postgresql+psycopg://{url.partition('://')[2]}", pool_size=1, max_overflow=0, pool_timeout=0.2
    )
    database = Database(engine, url)
    try:
        async with database.begin() as first:
            await first.execute(text("SELECT 1"))
            with pytest.raises(DatabaseUnavailableError, match="no connection was free") as told:
                async with database.begin():
                    pass
        assert (told.value.status, told.value.retryable) == (503, True)
        async with database.begin() as again:
            assert await again.scalar(text("SELECT 1")) == 1
    finally:
        await database.close()
