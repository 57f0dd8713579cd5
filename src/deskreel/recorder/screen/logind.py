"""What systemd-logind knows of the session: locked, in front, about to sleep. Asked once, then told.

A connection of our own to the system bus, a few hundred bytes of traffic in all; where there is no logind, or
it goes away, the rest of the recorder knows less and works on. Properties after org.freedesktop.login1(5).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from typing import Any, Self

import structlog

from deskreel.core.errors import InvalidInputError
from deskreel.core.reasons import ReasonCode
from deskreel.recorder.screen.dbus_wire import Field, Kind, Message, length, unpack

log = structlog.get_logger(__name__)

SYSTEM_BUS = "/run/dbus/system_bus_socket"
_ANSWER_S = 1.0
_BUS, _BUS_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"
_LOGIND, _MANAGER_PATH = "org.freedesktop.login1", "/org/freedesktop/login1"
_MANAGER, _SESSION = "org.freedesktop.login1.Manager", "org.freedesktop.login1.Session"
_PROPERTIES = "org.freedesktop.DBus.Properties"


class Logind:
    """The session that this program belongs to. `connect` makes one.

    `fd` can be polled; `read` then takes in the news. `gone` says that no more will come.
    """

    def __init__(self, bus: socket.socket) -> None:
        self._bus = bus
        self._serial = 0
        self._inbox = b""
        self._locked = False
        self._active = True
        self._sleeping = False
        self.gone = False

    @classmethod
    def connect(cls, address: str = SYSTEM_BUS) -> Self | None:
        """Our session, None when there is no bus, no logind or no session."""
        bus = socket.socket(socket.AF_UNIX)
        bus.settimeout(_ANSWER_S)
        session = cls(bus)
        try:
            bus.connect(address)
            session._greet()
            session._subscribe()
        except OSError:
            bus.close()
            return None
        except (InvalidInputError, _RefusedError) as error:
            log.info("logind.not_watched", why=str(error))
            bus.close()
            return None
        bus.setblocking(False)
        return session

    @property
    def fd(self) -> int:
        """What to poll."""
        return self._bus.fileno()

    @property
    def hidden(self) -> ReasonCode | None:
        """Why there is nothing of the agent's to see."""
        if self._sleeping:
            return ReasonCode.SUSPENDED
        if not self._active:
            return ReasonCode.SESSION_SWITCHED
        return ReasonCode.LOCKED if self._locked else None

    def read(self) -> bool:
        """Take in what has arrived, without waiting; whether `hidden` became another."""
        before = self.hidden
        try:
            while True:
                data = self._bus.recv(65536)
                if not data:
                    self.gone = True
                    break
                self._inbox += data
        except BlockingIOError:
            pass
        except OSError:
            self.gone = True
        try:
            for message in self._messages():
                self._note(message)
        except InvalidInputError as error:
            log.warning("logind.damaged", error=str(error))
            self.gone = True
        return self.hidden is not before or self.gone

    def close(self) -> None:
        """Disconnect; harmless when repeated."""
        self._bus.close()

    def _greet(self) -> None:
        self._bus.sendall(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
        said = b""
        while not said.endswith(b"\r\n"):
            piece = self._bus.recv(256)
            if not piece:
                raise _RefusedError("the bus hung up")
            said += piece
        if not said.startswith(b"OK"):
            raise _RefusedError(said.decode(errors="replace").strip())
        self._bus.sendall(b"BEGIN\r\n")
        self._call(_BUS, _BUS_PATH, _BUS, "Hello")

    def _subscribe(self) -> None:
        auto = _MANAGER_PATH + "/session/auto"
        (name,) = self._call(_LOGIND, auto, _PROPERTIES, "Get", "ss", _SESSION, "Id")
        (path,) = self._call(_LOGIND, _MANAGER_PATH, _MANAGER, "GetSession", "s", name)
        sender = f"type='signal',sender='{_LOGIND}'"
        for rule in (
            f"{sender},interface='{_PROPERTIES}',path='{path}'",
            f"{sender},interface='{_MANAGER}',member='PrepareForSleep'",
        ):
            self._call(_BUS, _BUS_PATH, _BUS, "AddMatch", "s", rule)
        # after the subscription, so that no change falls between
        (state,) = self._call(_LOGIND, path, _PROPERTIES, "GetAll", "s", _SESSION)
        self._take(state)

    def _call(
        self, destination: str, path: str, interface: str, member: str, signature: str = "", *body: Any
    ) -> tuple[Any, ...]:
        self._serial += 1
        fields: dict[int, Any] = {
            Field.PATH: path,
            Field.INTERFACE: interface,
            Field.MEMBER: member,
            Field.DESTINATION: destination,
        }
        if signature:
            fields[Field.SIGNATURE] = signature
        self._bus.sendall(Message(kind=Kind.CALL, serial=self._serial, fields=fields, body=body).pack())
        while True:
            for message in self._messages():
                if message.fields.get(Field.ANSWERS) != self._serial:
                    self._note(message)
                elif message.kind == Kind.ERROR:
                    raise _RefusedError(f"{member}: {message.body}")
                else:
                    return message.body
            data = self._bus.recv(65536)
            if not data:
                raise _RefusedError("the bus hung up")
            self._inbox += data

    def _messages(self) -> Iterator[Message]:
        while (size := length(self._inbox)) is not None and len(self._inbox) >= size:
            data, self._inbox = self._inbox[:size], self._inbox[size:]
            yield unpack(data)

    def _note(self, message: Message) -> None:
        if message.kind != Kind.SIGNAL:
            return
        member = message.fields.get(Field.MEMBER)
        if member == "PrepareForSleep" and message.body:
            self._sleeping = bool(message.body[0])
        elif member == "PropertiesChanged" and len(message.body) > 1 and message.body[0] == _SESSION:
            self._take(message.body[1])

    def _take(self, state: dict[str, Any]) -> None:
        self._locked = bool(state.get("LockedHint", self._locked))
        self._active = bool(state.get("Active", self._active))


class _RefusedError(Exception):
    """There is no session to watch."""
