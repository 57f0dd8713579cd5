"""Live connections of the connectivity check: made as for a live view, used for nothing, soon over.

They show whether UDP gets through. What comes in is counted and forgotten, nothing goes out but reports, and no room
knows of them. A probe has one at a time and a process few, so that they never take what live views need.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import structlog

from deskreel.core.ids import ProbeId
from deskreel.gateway.errors import LiveBusyError
from deskreel.gateway.live_limits import LiveLimits
from deskreel.gateway.live_sessions import Kind
from deskreel.rtc.listening import Listening
from deskreel.rtc.port import NoPortError, RtcError

if TYPE_CHECKING:
    from deskreel.rtc.aiortc_receive import AiortcReceiving
    from deskreel.rtc.aiortc_send import AiortcSending

_log = structlog.stdlib.get_logger("deskreel.gateway")
_LIMIT_S = 8.0  # from the answer to the end


class LiveProbes:
    """All of a process."""

    def __init__(self, limits: LiveLimits, listening: Listening) -> None:
        self._limits, self._listening = limits, listening
        self._open: set[ProbeId] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def answer(self, probe: ProbeId, kind: Kind, offer: str, *, loopback: bool) -> str:
        """Our answer to the offer of a sender (`whip`) or of a viewer (`whep`).

        Raises:
            LiveBusyError: this probe has a connection, the process has enough of them, or no UDP port is free.
            RtcError: the offer is none that can be answered.
        """
        self._reserve(probe)
        connection: AiortcReceiving | AiortcSending | None = None
        try:
            connection = self._connect(kind, loopback=loopback)
            answer = await connection.answer(offer)
        except BaseException as error:
            self._open.discard(probe)
            if connection is not None:
                await connection.close()
            if isinstance(error, NoPortError):
                raise LiveBusyError(error.detail, hint=error.hint_text) from error
            raise
        task = asyncio.create_task(self._run(probe, kind, connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return answer

    async def close(self) -> None:
        """End all."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _reserve(self, probe: ProbeId) -> None:
        if probe in self._open:
            raise LiveBusyError("this probe has a live connection already")
        if len(self._open) >= self._limits.probes:
            raise LiveBusyError(f"this gateway process has {len(self._open)} probes already")
        self._open.add(probe)

    def _connect(self, kind: Kind, *, loopback: bool) -> AiortcReceiving | AiortcSending:
        if kind == "whip":
            from deskreel.rtc.aiortc_receive import AiortcReceiving

            return AiortcReceiving(lambda _: None, loopback=loopback, listening=self._listening)
        from deskreel.rtc.aiortc_send import AiortcSending

        return AiortcSending(lambda: None, loopback=loopback, listening=self._listening)

    async def _run(self, probe: ProbeId, kind: Kind, connection: AiortcReceiving | AiortcSending) -> None:
        began_s, connected = time.monotonic(), False
        try:
            async with asyncio.timeout(_LIMIT_S):
                await connection.connected()
                connected = True
                await connection.ended.wait()
        except (TimeoutError, RtcError):
            pass  # over, one way or the other
        finally:
            seconds = round(time.monotonic() - began_s, 1)
            _log.info("live.probed", kind=kind, probe=probe, connected=connected, seconds=seconds)
            await connection.close()
            self._open.discard(probe)
