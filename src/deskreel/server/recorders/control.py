"""The control channel: one WebSocket per recorder, desired state down, observed state up.

A `Hub` per process knows the recorders that are connected here. It pushes the desired state when the bus says
that an agent changed, and answers pings. A pong with the version that stands confirms to the recorder that the
timeline is complete until now; while this process is deaf (bus down), it confirms nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Row
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from deskreel.core.errors import DeskreelError, InvalidInputError, NotEnrolledError
from deskreel.core.ids import AgentId, RecorderId
from deskreel.core.messages import Desired, Hello, Observed, Ping, Pong, dump, parse_recorder_message
from deskreel.server.context import Context
from deskreel.server.db.bus import Listener
from deskreel.server.recorders import service
from deskreel.server.recorders.arrivals import arrive
from deskreel.server.recorders.desired import desired_states
from deskreel.server.recorders.together import Together

log = structlog.get_logger()
UNCONFIRMED = -1  # the version of a pong that confirms nothing
MAX_MESSAGE = 256 * 1024
CLOSE_BAD_MESSAGE, CLOSE_NOT_ENROLLED, CLOSE_REPLACED, CLOSE_FAILED = 4400, 4401, 4409, 1011
CLOSE_AGAIN = 1001  # the same program has come again: it may stay


class Connection:
    """One connected recorder."""

    def __init__(self, socket: WebSocket, recorder_id: RecorderId, agent_id: AgentId, run: str) -> None:
        self.socket = socket
        self.run = run  # of the program, made anew at each start; empty: it does not say
        self.recorder_id = recorder_id
        self.agent_id = agent_id
        self.sent_version = UNCONFIRMED
        self.settled = False  # the recorder was sent all that is known here
        self._wanted = asyncio.Event()
        self.want()

    def want(self) -> None:
        """Have the desired state sent (again)."""
        self.settled = False
        self._wanted.set()

    async def push_changes(self, states: Together[RecorderId, Desired]) -> None:
        """Send the desired state whenever it is wanted, until the connection ends."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                desired = await states.ask(self.recorder_id)
            except NotEnrolledError as error:
                await _close(self.socket, CLOSE_NOT_ENROLLED, error.code)
                return
            except DeskreelError as error:
                log.warning("control.desired_failed", recorder=self.recorder_id, error=error.detail)
                self.want()
                await asyncio.sleep(0.5)
                continue
            except Exception:  # it must not go on without ever being told anything
                log.exception("control.desired_failed", recorder=self.recorder_id)
                await _close(self.socket, CLOSE_FAILED, "the server failed")
                return
            self.sent_version = desired.version
            await self.socket.send_text(dump(desired))
            self.settled = not self._wanted.is_set()


class Hub:
    """The recorders connected to this process."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._connections: dict[RecorderId, Connection] = {}
        self._arrivals: Together[str, Row[Any]] = Together(partial(arrive, context))
        self._greetings = Together(partial(service.greeted, context))
        self._states = Together(partial(desired_states, context))
        self._reports = Together(partial(service.observed, context))
        self.listener = Listener(context.db.url, self._agent_changed, self._all_changed)

    async def _agent_changed(self, agent_id: str) -> None:
        for connection in self._connections.values():
            if connection.agent_id == agent_id:
                connection.want()

    async def _all_changed(self) -> None:
        for connection in self._connections.values():
            connection.want()

    async def admit(self, credential: str) -> Row[Any]:
        """The recorder that this credential is of, online from now on.

        Raises:
            NotEnrolledError: unknown, revoked or expired.
        """
        return await self._arrivals.ask(credential)

    async def serve(self, socket: WebSocket, recorder_id: RecorderId, agent_id: AgentId, run: str) -> None:
        """Hold one recorder's connection until it ends.

        On a bad link a connection that its recorder has long given up may arrive after the one in use: that one is
        closed, but only another program (`run`) is told to stop.
        """
        connection = Connection(socket, recorder_id, agent_id, run)
        if (older := self._connections.get(recorder_id)) is not None:
            if run and older.run == run:
                await _close(older.socket, CLOSE_AGAIN, "the same recorder came again")
            else:
                await _close(older.socket, CLOSE_REPLACED, "replaced by a newer connection")
        self._connections[recorder_id] = connection
        pusher = asyncio.create_task(connection.push_changes(self._states))
        log.info("control.connected", recorder=recorder_id)
        try:
            while _is_open(socket):
                text = await socket.receive_text()
                if _is_open(socket):  # a pusher may have closed it meanwhile: revoked
                    await self._receive(connection, text)
        except WebSocketDisconnect:
            pass
        except InvalidInputError as error:
            log.warning("control.bad_message", recorder=recorder_id, error=error.detail)
            await _close(socket, CLOSE_BAD_MESSAGE, error.detail[:100])
        finally:
            pusher.cancel()
            await asyncio.gather(pusher, return_exceptions=True)
            if self._connections.get(recorder_id) is connection:
                del self._connections[recorder_id]
            log.info("control.disconnected", recorder=recorder_id)

    async def _receive(self, connection: Connection, text: str) -> None:
        if len(text) > MAX_MESSAGE:
            raise InvalidInputError("the message is too large")
        match parse_recorder_message(text):
            case Ping(sent_ms=sent_ms):
                sure = self.listener.connected.is_set() and connection.settled
                pong = Pong(
                    sent_ms=sent_ms,
                    server_time=time.time_ns() / 1_000_000,  # the clock of the context, with its fractions
                    version=connection.sent_version if sure else UNCONFIRMED,
                )
                await connection.socket.send_text(dump(pong))
            case Observed() as report:
                await self._reports.ask((connection.recorder_id, report))
            case Hello() as hello:
                log.info("control.hello", recorder=connection.recorder_id, version=hello.version)
                await self._greetings.ask((connection.recorder_id, hello))

    async def close(self) -> None:
        """End every connection; recorders come back to another server."""
        for connection in list(self._connections.values()):
            await _close(connection.socket, 1012, "the server restarts")


def _is_open(socket: WebSocket) -> bool:
    return socket.application_state is WebSocketState.CONNECTED


async def _close(socket: WebSocket, code: int, reason: str) -> None:
    if _is_open(socket):
        with contextlib.suppress(RuntimeError):  # it closed meanwhile
            await socket.close(code, reason)
