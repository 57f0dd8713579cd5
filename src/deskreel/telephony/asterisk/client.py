"""One connection to an AMI: sign in, ask, receive.

Owns the socket and nothing else. Events go to a queue in the order in which they came, answers to who asked. When the
connection breaks, what has come is still given.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import ipaddress
import itertools
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from deskreel.core.errors import DeskreelError
from deskreel.core.time import WallTime
from deskreel.telephony.asterisk.protocol import AmiProtocolError, Message, Parser, dump
from deskreel.telephony.asterisk.settings import AsteriskSettings

_READ = 64 * 1024
_MAX_WAITING = 200_000  # events that nobody has taken: something is wrong with who should


class AmiUnreachableError(DeskreelError):
    """No connection, or it broke."""

    code = "ami_unreachable"
    status = 502
    title = "Asterisk's manager interface cannot be reached"
    retryable = True
    hint = (
        "Check that Asterisk runs, that manager.conf has enabled = yes and a bindaddr that this machine reaches, "
        "and the firewall."
    )


class AmiRefusedError(DeskreelError):
    """It answered, and said no."""

    code = "ami_refused"
    status = 403
    title = "Asterisk refused"
    hint = (
        "Check user and secret, its permit and deny lines, and its rights in manager.conf: "
        "read = call,agent,dialplan,system and write = reporting."
    )


@dataclass(slots=True, kw_only=True)
class _Question:
    """An action that waits for its answer."""

    done: asyncio.Future[list[Message]]
    messages: list[Message] = field(default_factory=list[Message])


class AmiClient:
    """A connection that is signed in. Make it with `connect`, and close it."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, clock: Callable[[], WallTime]
    ) -> None:
        self._reader, self._writer, self._clock = reader, writer, clock
        self._parser = Parser()
        self._numbers = itertools.count(1)
        self._questions: dict[str, _Question] = {}
        self._events: asyncio.Queue[Message | None] = asyncio.Queue()
        self._error: DeskreelError | None = None
        self.shutdown = False  # the PBX said that it goes down
        self._task = asyncio.create_task(self._receive())

    @classmethod
    async def connect(cls, settings: AsteriskSettings, clock: Callable[[], WallTime]) -> AmiClient:
        """Connect and sign in.

        Raises:
            AmiUnreachableError: nobody there, or the certificate is not good.
            AmiRefusedError: wrong user or secret, or this address may not.
            AmiProtocolError: it is no AMI.
        """
        place = f"{settings.host}:{settings.port}"
        context = ssl.create_default_context(cafile=settings.tls_ca) if settings.tls else None
        try:
            async with asyncio.timeout(settings.answer_s):
                streams = await asyncio.open_connection(settings.host, settings.port, ssl=context)
        except (OSError, TimeoutError) as error:
            raise AmiUnreachableError(f"{place}: {error or 'no answer'}") from error
        client = cls(*streams, clock)
        try:
            await client._sign_in(settings)
        except BaseException:
            await client.close()
            raise
        return client

    @property
    def version(self) -> str:
        """The protocol's, by the banner."""
        return self._parser.version

    async def close(self) -> None:
        """Sign off and give the connection back."""
        with contextlib.suppress(OSError):
            if self._error is None:
                self._writer.write(dump({"Action": "Logoff"}))
            self._writer.close()
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        with contextlib.suppress(OSError, ssl.SSLError):
            await self._writer.wait_closed()

    async def ask(
        self, action: Iterable[tuple[str, str]], *, timeout_s: float, many: bool = False
    ) -> list[Message]:
        """Send an action; gives the answer, with `many` followed by the events that list what was asked for.

        Raises:
            AmiRefusedError: the PBX said no.
            AmiUnreachableError: no whole answer in time, or the connection broke.
        """
        number = f"deskreel-{next(self._numbers)}"
        question = self._questions[number] = _Question(done=asyncio.get_running_loop().create_future())
        name = next(value for key, value in action if key == "Action")
        try:
            if self._error is not None:
                raise self._error
            self._writer.write(dump([*action, ("ActionID", number)]))
            async with asyncio.timeout(timeout_s):
                answer = await question.done
        except (OSError, TimeoutError) as error:
            raise AmiUnreachableError(
                f"no answer to {name}: {error or f'{timeout_s:g} s have passed'}"
            ) from error
        finally:
            del self._questions[number]
        if answer[0].get("Response") == "Error":
            raise AmiRefusedError(f"{name}: {answer[0].get('Message')}")
        return answer if many else answer[:1]

    def abandon(self, error: DeskreelError) -> None:
        """Take the connection for broken: `events` gives what has come, and then raises `error`."""
        self._error = self._error or error
        self._writer.transport.abort()

    async def events(self) -> list[Message]:
        """The events that have come, and the answers to pings among them, at least one; waits for it.

        Raises:
            AmiUnreachableError, AmiProtocolError: the connection is over, and all events have been given.
        """
        out = [await self._events.get()]
        while not self._events.empty():
            out.append(self._events.get_nowait())
        if out[-1] is None:
            self._events.put_nowait(None)
        whole = [message for message in out if message is not None]
        if not whole:
            raise self._error or AmiUnreachableError("the connection was closed")
        return whole

    # --- inside -------------------------------------------------------------------------------------------------

    async def _sign_in(self, settings: AsteriskSettings) -> None:
        user, secret = settings.username, settings.secret.get_secret_value()
        limit = settings.answer_s
        try:
            answer = await self.ask((("Action", "Challenge"), ("AuthType", "MD5")), timeout_s=limit)
            proof = hashlib.md5(
                (answer[0].get("Challenge") + secret).encode(), usedforsecurity=False
            ).hexdigest()
            login = (("Action", "Login"), ("AuthType", "MD5"), ("Username", user), ("Key", proof))
        except AmiRefusedError:
            if not (settings.tls or _is_loopback(self._writer)):
                raise AmiRefusedError(
                    "it offers no challenge, and the secret is not sent in the clear",
                    hint="Use TLS (tls = true, tlsenable in manager.conf), or a connection on this machine.",
                ) from None
            login = (("Action", "Login"), ("Username", user), ("Secret", secret))
        await self.ask((*login, ("Events", "on")), timeout_s=limit)

    async def _receive(self) -> None:
        error: DeskreelError | None = None
        try:
            while data := await self._reader.read(_READ):
                now = self._clock()
                for message in self._parser.feed(data, now):
                    self._sort(message)
                if self._events.qsize() > _MAX_WAITING:
                    error = AmiUnreachableError(f"{_MAX_WAITING} events wait to be taken")
                    break
        except AmiProtocolError as broken:
            error = broken
        except OSError as broken:
            error = AmiUnreachableError(str(broken))
        finally:
            ending = (
                "Asterisk is shutting down"
                if self.shutdown
                else "the connection was closed by the other side"
            )
            self._error = self._error or error or AmiUnreachableError(ending)
            for question in self._questions.values():
                if not question.done.done():
                    question.done.set_exception(self._error)
            self._events.put_nowait(None)

    def _sort(self, message: Message) -> None:
        question = self._questions.get(message.get("ActionID"))
        if question is None:
            if message.event:
                self.shutdown |= message.event == "Shutdown"
                self._events.put_nowait(message)
            return
        if message.get("Ping"):
            self._events.put_nowait(message)  # it says that all was told until then
        question.messages.append(message)
        first = question.messages[0]
        listing = first.get("EventList").casefold() == "start"
        if (not listing or message.get("EventList").casefold() == "complete") and not question.done.done():
            question.done.set_result(question.messages)


def _is_loopback(writer: asyncio.StreamWriter) -> bool:
    peer = writer.get_extra_info("peername")
    try:
        return ipaddress.ip_address(str(peer[0]).partition("%")[0]).is_loopback
    except (ValueError, TypeError, IndexError):
        return False
