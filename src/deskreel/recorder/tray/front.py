"""A second start of the recorder opens the window of the one that runs.

The one that runs listens on a socket in its directory, which belongs to its user alone. Who connects has the window
opened, and hears so; nothing else can be asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)
_SOCKET = "window.sock"
_DONE = b"opened\n"
_ANSWER_S = 3.0  # a recorder that hangs is no reason to hang


@asynccontextmanager
async def listening(home: Path, open_window: Callable[[], None]) -> AsyncIterator[None]:
    """Call `open_window` for each second start meanwhile. Where sockets have no place, there is just no listening.

    To be entered by the recorder that holds the spool of `home`: it takes over the socket of one that was killed.
    """

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_window()
        with contextlib.suppress(ConnectionError):
            writer.write(_DONE)
            await writer.drain()
        writer.close()

    path = home / _SOCKET
    try:
        server = await asyncio.start_unix_server(answer, path)
        path.chmod(0o600)
    except (OSError, AttributeError) as error:  # a path that is too long; a system without such sockets
        log.warning("window.not_listening", error=str(error))
        yield
        return
    try:
        yield
    finally:
        server.close()
        with contextlib.suppress(OSError):
            path.unlink()


async def opened_elsewhere(home: Path) -> bool:
    """Have a recorder that runs in `home` open its window; False when none answers."""
    try:
        async with asyncio.timeout(_ANSWER_S):
            reader, writer = await asyncio.open_unix_connection(home / _SOCKET)
            try:
                return await reader.readline() == _DONE
            finally:
                writer.close()
    except (OSError, AttributeError):
        return False
