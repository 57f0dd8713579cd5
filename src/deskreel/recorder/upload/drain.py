"""The end of the program: what waits gets a moment to leave."""

from __future__ import annotations

import asyncio

import structlog

from deskreel.recorder.spool.spool import Spool
from deskreel.recorder.spool.thread import SpoolThread

log = structlog.get_logger(__name__)
_LOOK_S = 0.05


async def drain(spool: SpoolThread, *, within_s: float) -> None:
    """Wait until all is sent, or time is up; what stays is sent after the next start."""
    try:
        async with asyncio.timeout(within_s):
            while any(h.count for h in await spool.call(Spool.holdings, 0)):  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        log.info("recorder.left_in_spool", reason="time is up")
