"""The control channel, the recorder's end: a WebSocket that is always up, or being brought up again.

Owns the connection and its clock measurements. Desired states and pongs flow out to a `Peer`, its reports flow
in. Nothing depends on a message getting through: after every reconnect both sides say all there is.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from deskreel.core.enrolment import EnrolmentEndedError
from deskreel.core.errors import ConflictError, DeskreelError, InvalidInputError, NotEnrolledError
from deskreel.core.messages import (
    RUN_HEADER,
    Desired,
    Hello,
    Observed,
    Ping,
    Pong,
    dump,
    parse_server_message,
)
from deskreel.core.time import ClockSample
from deskreel.recorder.control.backoff import Backoff
from deskreel.recorder.control.clock import ServerClock
from deskreel.recorder.control.link import LinkMeter
from deskreel.recorder.problems import UnreachableError

log = structlog.get_logger(__name__)
CLOSE_NOT_ENROLLED, CLOSE_REPLACED = 4401, 4409
_FIRST_PINGS = 8
_MAX_MESSAGE = 4 * 1024 * 1024  # a desired state with days of unfinished recordings


class ReplacedError(ConflictError):
    """Another program came with our credential."""

    code = "recorder_replaced"
    title = "Another recorder took over with the same identity"
    hint = "One identity serves one recorder: stop the other program, or enrol this desktop by itself."


class Peer(Protocol):
    """Whom the channel serves; called on the event loop's thread."""

    def desired(self, desired: Desired, *, first_of_connection: bool) -> None:
        """What should be."""
        ...

    def pong(self, pong: Pong) -> None:
        """The server is there."""
        ...

    async def observed(self) -> Observed:
        """What is, now."""
        ...

    def connection_changed(self) -> None:
        """`ControlClient.connected` or `error` did."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlSettings:
    """The channel's paces, all in seconds."""

    # between the first pings of a connection: the very first one waits for the start of both programs, and a capture
    # that begins now goes by the clock as these pings tell it
    first_ping_s: float = 0.03
    ping_s: float = 2.0  # between pings; a chunk that waits for confirmation asks for one of its own
    report_s: float = 10.0  # a report at least this often
    dead_s: float = 5.0  # without a pong: the connection is dead
    open_s: float = 10.0  # for connecting
    not_enrolled_s: float = 30.0  # between attempts while the server does not know us
    backoff: Backoff = field(default_factory=lambda: Backoff(base_s=0.2, cap_s=5.0))


class ControlClient:
    """Keeps the channel up. `url` is the server's address, `hello` the first message."""

    def __init__(
        self,
        *,
        url: str,
        credential: str,
        hello: Hello,
        clock: ServerClock,
        peer: Peer,
        link: LinkMeter | None = None,
        settings: ControlSettings | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._url = "ws" + url.removeprefix("http") + "/api/v1/recorder/control"
        # tells the server our own connections from those of another program with our identity
        self._run = secrets.token_urlsafe(12)
        self._headers = self._headers_with(credential)
        self._hello = hello
        self._clock = clock
        self._peer = peer
        self._settings = settings or ControlSettings()
        self._rng = rng or random.Random()  # noqa: S311  # jitter
        self._news = asyncio.Event()  # something to report
        self._ping_now = asyncio.Event()
        self.link = link or LinkMeter()
        self.connected = False
        self.error: DeskreelError | None = None  # why it is not connected, once that is known

    def use_credential(self, credential: str) -> None:
        """From the next connection on; the one that is up stays."""
        self._headers = self._headers_with(credential)

    def _headers_with(self, credential: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {credential}", RUN_HEADER: self._run}

    def report(self) -> None:
        """Something changed: tell the server at once."""
        self._news.set()

    def confirm_in(self, delay_s: float) -> None:
        """Ping then: something waits for the server's confirmation."""
        asyncio.get_running_loop().call_later(delay_s, self._ping_now.set)

    async def run(self) -> None:
        """Hold the channel for ever.

        Raises:
            ReplacedError: another recorder has our identity.
        """
        attempt = 0
        while True:
            session = _Session(self._clock, self._peer, self.link)
            error = await self._hold(session)
            self.error = error
            self._peer.connection_changed()
            if isinstance(error, ReplacedError):
                raise error
            attempt = 0 if session.greeted else attempt + 1
            if isinstance(error, NotEnrolledError):
                delay_s = self._settings.not_enrolled_s
            else:
                delay_s = self._settings.backoff.delay_s(attempt, self._rng)
            log.warning(
                "control.down",
                code=error.code,
                detail=error.detail,
                hint=error.hint_text,
                retry_in_s=round(delay_s, 3),
            )
            await asyncio.sleep(delay_s)

    async def _hold(self, session: _Session) -> DeskreelError:
        """One connection from beginning to end; why it ended."""
        try:
            await self._connect(session)
        except DeskreelError as error:
            return error
        except ExceptionGroup as group:
            if (error := _most_telling(group)) is not None:
                return error
            log.exception("control.crashed")
        return UnreachableError("the connection ended")

    async def _connect(self, session: _Session) -> None:
        try:
            async with (
                connect(
                    self._url,
                    additional_headers=self._headers,
                    open_timeout=self._settings.open_s,
                    close_timeout=1.0,
                    ping_interval=None,  # our own pings measure the clock as well
                    max_size=_MAX_MESSAGE,
                ) as socket,
                asyncio.TaskGroup() as tasks,
            ):
                log.info("control.connected", url=self._url)
                self.connected, self.error = True, None
                self._peer.connection_changed()
                await self._until_closed(socket.send, dump(self._hello))
                tasks.create_task(self._until_closed(session.receive, socket))
                tasks.create_task(self._until_closed(self._ping, socket, session))
                tasks.create_task(self._until_closed(self._report, socket))
        except InvalidStatus as error:
            status = error.response.status_code
            if status in (401, 403):
                raise NotEnrolledError(f"the server answered {status}") from error
            raise UnreachableError(f"the server answered {status}") from error
        except (OSError, TimeoutError, EOFError, WebSocketException) as error:
            raise UnreachableError(f"{type(error).__name__}: {error}") from error
        finally:
            self.connected = False

    async def _until_closed(self, task: Callable[..., Awaitable[None]], *args: object) -> None:
        """Run a part of the session; the end of the connection is an error, so that the others end too."""
        try:
            await task(*args)
        except ConnectionClosed as closed:
            raise _why(closed) from closed

    async def _ping(self, socket: ClientConnection, session: _Session) -> None:
        loop = asyncio.get_running_loop()
        session.alive_s = loop.time()
        for number in itertools.count(1):
            if loop.time() - session.alive_s > self._settings.dead_s:
                raise UnreachableError(f"no pong for {self._settings.dead_s} s")
            sent_ms = self._clock.local_ms()
            self.link.sent(sent_ms)
            await socket.send(dump(Ping(sent_ms=sent_ms)))
            pace_s = self._settings.first_ping_s if number < _FIRST_PINGS else self._settings.ping_s
            await _wait(self._ping_now, min(pace_s, self._settings.dead_s))

    async def _report(self, socket: ClientConnection) -> None:
        while True:
            self._news.clear()
            await socket.send(dump(await self._peer.observed()))
            await _wait(self._news, self._settings.report_s)


class _Session:
    """What is known of one connection."""

    def __init__(self, clock: ServerClock, peer: Peer, link: LinkMeter) -> None:
        self._clock = clock
        self._peer = peer
        self._link = link
        self.greeted = False  # a desired state came
        self.alive_s = 0.0  # of the last pong, on the event loop's clock

    async def receive(self, socket: ClientConnection) -> None:
        while True:
            text = await socket.recv()
            received_ms = self._clock.local_ms()
            try:
                message = parse_server_message(text)
            except InvalidInputError as error:  # a newer server's: the rest still counts
                log.warning("control.bad_message", detail=error.detail)
                continue
            match message:
                case Desired():
                    first, self.greeted = not self.greeted, True
                    self._peer.desired(message, first_of_connection=first)
                case Pong():
                    self.alive_s = asyncio.get_running_loop().time()
                    self._link.answered(message.sent_ms, received_ms)
                    self._clock.add(
                        ClockSample(
                            sent_ms=message.sent_ms, server_ms=message.server_time, received_ms=received_ms
                        )
                    )
                    if self.greeted:  # an older connection's version says nothing about this server
                        self._peer.pong(message)


def _why(closed: ConnectionClosed) -> DeskreelError:
    code = closed.rcvd.code if closed.rcvd is not None else None
    reason = closed.rcvd.reason if closed.rcvd is not None else "the connection broke"
    if code == CLOSE_NOT_ENROLLED:
        return EnrolmentEndedError("the server does not know this recorder any more")
    if code == CLOSE_REPLACED:
        return ReplacedError(reason)
    return UnreachableError(f"closed by the server: {code} {reason}")


def _most_telling(group: BaseExceptionGroup[Exception]) -> DeskreelError | None:
    """Of the errors that ended a session: enrolment before the loss of the connection; None: a bug of ours."""
    found: list[DeskreelError] = []
    ahead: list[BaseException] = [group]
    while ahead:
        error = ahead.pop()
        if isinstance(error, BaseExceptionGroup):
            ahead.extend(error.exceptions)
        elif isinstance(error, DeskreelError):
            found.append(error)
        else:
            return None
    return min(found, key=lambda error: isinstance(error, UnreachableError), default=None)


async def _wait(event: asyncio.Event, timeout_s: float) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        pass
    event.clear()
