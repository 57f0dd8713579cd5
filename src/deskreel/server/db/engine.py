"""One asynchronous engine per process, over psycopg 3."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from deskreel.core.errors import DatabaseUnavailableError


def make_engine(url: str, *, pool_size: int = 10) -> AsyncEngine:
    """An engine for a `postgresql://` URL."""
    scheme, _, rest = url.partition("://")
    if scheme.split("+")[0] not in ("postgresql", "postgres"):
        raise DatabaseUnavailableError(f"DESKREEL_DATABASE_URL must be postgresql://…, not {scheme}://…")
    return create_async_engine(f"postgresql+psycopg://{rest}", pool_size=pool_size, pool_pre_ping=True)


class Database:
    """Transactions over an engine; connection trouble becomes a retryable error of ours."""

    def __init__(self, engine: AsyncEngine, url: str) -> None:
        self.engine = engine
        self.url = url  # for psycopg itself: the bus and Procrastinate

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """A transaction: committed at the end, rolled back on error.

        Raises:
            DatabaseUnavailableError: PostgreSQL is away, or every connection of the pool is busy for too long.
        """
        try:
            async with self.engine.begin() as connection:
                yield connection
        except (OperationalError, InterfaceError) as error:
            raise DatabaseUnavailableError(str(error.orig).strip()) from error
        except PoolTimeoutError as error:
            raise DatabaseUnavailableError(f"no connection was free: {error}") from error

    async def close(self) -> None:
        """Give the connections back."""
        await self.engine.dispose()
