"""The bus: PostgreSQL's LISTEN/NOTIFY. Carries hints only ("look again at this agent"), never state."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

log = structlog.get_logger()
CHANNEL = "deskreel_agent"


async def announce(connection: AsyncConnection, agent_id: str) -> None:
    """Tell every server process, once this transaction commits, that an agent's state changed."""
    await connection.execute(
        text("SELECT pg_notify(:channel, :agent)"), {"channel": CHANNEL, "agent": agent_id}
    )


class Listener:
    """Calls `on_agent` for every announcement; reconnects by itself and says when it is deaf."""

    def __init__(
        self, url: str, on_agent: Callable[[str], Awaitable[None]], on_connect: Callable[[], Awaitable[None]]
    ) -> None:
        self._url = url
        self._on_agent = on_agent
        self._on_connect = on_connect
        self.connected = asyncio.Event()

    async def run(self) -> None:
        """Listen until cancelled."""
        delay_s = 0.1
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self.connected.set()
                    await self._on_connect()  # what was announced while we were deaf
                    delay_s = 0.1
                    async for notice in connection.notifies():
                        await self._on_agent(notice.payload)
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                log.warning("bus.lost", error=str(error).strip(), retry_s=delay_s)
            finally:
                self.connected.clear()
            await asyncio.sleep(delay_s)
            delay_s = min(2.0, delay_s * 2)
