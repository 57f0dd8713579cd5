"""logind's lock, seat and sleep over a real bus (dbus-daemon), with a stand-in for logind itself behind it."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deskreel.core.reasons import ReasonCode
from deskreel.demo.xvfb import XvfbDisplay
from deskreel.recorder.screen.dbus_wire import Field, Kind, Message, length, unpack
from deskreel.recorder.screen.logind import Logind
from deskreel.recorder.screen.x11 import X11Screen

DEADLINE_S = 20.0
SESSION_PATH = "/org/freedesktop/login1/session/_32"
SESSION = "org.freedesktop.login1.Session"
BUS = "org.freedesktop.DBus"
CONFIG = """<busconfig><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy>
</busconfig>"""


class FakeLogind:
    """Owns org.freedesktop.login1 on a bus of its own and answers what the recorder asks; says what it is told to."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder / "bus")
        config = folder / "bus.conf"
        config.write_text(CONFIG.format(path=self.address))
        self._daemon = subprocess.Popen(
            ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address=1"],
            stdout=subprocess.PIPE,
        )
        assert self._daemon.stdout is not None
        assert select.select([self._daemon.stdout], [], [], DEADLINE_S)[0]
        self._daemon.stdout.readline()
        self.state: dict[str, Any] = {
            "Id": ("s", "2"),
            "LockedHint": ("b", False),
            "Active": ("b", True),
            "User": ("(uo)", (1000, "/org/freedesktop/login1/user/_1000")),
            "IdleSinceHint": ("t", 7),
        }
        self._serial = 0
        self._bus = socket.socket(socket.AF_UNIX)
        self._bus.settimeout(DEADLINE_S)
        self._bus.connect(self.address)
        self._bus.sendall(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
        assert self._bus.recv(256).startswith(b"OK")
        self._bus.sendall(b"BEGIN\r\n")
        named = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(named,), daemon=True)
        for member, signature, body in (
            ("Hello", "", ()),
            ("RequestName", "su", ("org.freedesktop.login1", 4)),
        ):
            fields: dict[int, Any] = {
                Field.PATH: "/org/freedesktop/DBus", Field.INTERFACE: BUS, Field.MEMBER: member,
                Field.DESTINATION: BUS,
            }  # fmt: skip
            self._send(Kind.CALL, {**fields, Field.SIGNATURE: signature} if signature else fields, body)
        self._thread.start()
        assert named.wait(DEADLINE_S)

    def change(self, name: str, value: bool) -> None:
        self.state[name] = ("b", value)
        fields: dict[int, Any] = {
            Field.PATH: SESSION_PATH, Field.INTERFACE: "org.freedesktop.DBus.Properties",
            Field.MEMBER: "PropertiesChanged", Field.SIGNATURE: "sa{sv}as",
        }  # fmt: skip
        self._send(Kind.SIGNAL, fields, (SESSION, {name: ("b", value)}, ["IdleHint"]))

    def sleep(self, begins: bool) -> None:
        fields: dict[int, Any] = {
            Field.PATH: "/org/freedesktop/login1", Field.INTERFACE: "org.freedesktop.login1.Manager",
            Field.MEMBER: "PrepareForSleep", Field.SIGNATURE: "b",
        }  # fmt: skip
        self._send(Kind.SIGNAL, fields, (begins,))

    def close(self) -> None:
        self._daemon.terminate()
        self._daemon.wait(DEADLINE_S)
        self._thread.join(DEADLINE_S)
        self._bus.close()
        if self._daemon.stdout is not None:
            self._daemon.stdout.close()

    def _serve(self, named: threading.Event) -> None:
        inbox = b""
        while True:
            try:
                data = self._bus.recv(65536)
            except OSError:
                return
            if not data:
                return
            inbox += data
            while (size := length(inbox)) is not None and len(inbox) >= size:
                message, inbox = unpack(inbox[:size]), inbox[size:]
                if message.fields.get(Field.ANSWERS) == 2:
                    named.set()
                if message.kind == Kind.CALL:
                    self._answer(message)

    def _answer(self, call: Message) -> None:
        match call.fields[Field.MEMBER], call.body:
            case "Get", (_, name):
                signature, body = "v", (self.state[name],)
            case "GetSession", _:
                signature, body = "o", (SESSION_PATH,)
            case _:
                signature, body = "a{sv}", (self.state,)
        fields: dict[int, Any] = {
            Field.ANSWERS: call.serial, Field.DESTINATION: call.fields[7], Field.SIGNATURE: signature,
        }  # fmt: skip
        self._send(Kind.ANSWER, fields, body)

    def _send(self, kind: Kind, fields: dict[int, Any], body: tuple[Any, ...]) -> None:
        self._serial += 1
        self._bus.sendall(Message(kind=kind, serial=self._serial, fields=fields, body=body).pack())


@pytest.fixture
def logind(tmp_path: Path) -> Iterator[FakeLogind]:
    fake = FakeLogind(tmp_path)
    yield fake
    fake.close()


def until(session: Logind, what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not what():
        left = deadline - time.monotonic()
        assert left > 0
        select.select([session.fd], [], [], left)
        session.read()


def test_lock_seat_and_sleep_are_told(logind: FakeLogind):
    session = Logind.connect(logind.address)
    assert session is not None
    assert session.hidden is None
    logind.change("LockedHint", True)
    until(session, lambda: session.hidden is ReasonCode.LOCKED)
    logind.change("Active", False)
    until(session, lambda: session.hidden is ReasonCode.SESSION_SWITCHED)
    logind.sleep(True)
    until(session, lambda: session.hidden is ReasonCode.SUSPENDED)
    logind.sleep(False)
    logind.change("Active", True)
    logind.change("LockedHint", False)
    until(session, lambda: session.hidden is None)
    session.close()


def test_a_session_locked_before_is_known_as_locked(logind: FakeLogind):
    logind.state["LockedHint"] = ("b", True)
    session = Logind.connect(logind.address)
    assert session is not None
    assert session.hidden is ReasonCode.LOCKED
    session.close()


def test_a_bus_that_goes_away_is_noticed(logind: FakeLogind):
    session = Logind.connect(logind.address)
    assert session is not None
    logind.close()
    until(session, lambda: session.gone)
    session.close()


def test_without_a_bus_or_logind_there_is_none(tmp_path: Path):
    assert Logind.connect(str(tmp_path / "nothing")) is None
    silent = socket.socket(socket.AF_UNIX)
    silent.bind(str(tmp_path / "silent"))
    silent.listen()
    assert Logind.connect(str(tmp_path / "silent")) is None  # accepts and says nothing
    silent.close()


def test_the_screen_is_woken_and_hidden_by_logind_and_outlives_it(logind: FakeLogind):
    with XvfbDisplay("64x64") as server:
        screen = X11Screen(server.name, logind=lambda: Logind.connect(logind.address))
        screen.grab(screen.desktop().monitors[0].rect)
        assert screen.desktop().hidden is None
        logind.change("LockedHint", True)
        assert not screen.wait_for_change(DEADLINE_S)
        assert screen.desktop().hidden is ReasonCode.LOCKED
        logind.close()
        deadline = time.monotonic() + DEADLINE_S
        while screen.desktop().hidden is not None:
            assert time.monotonic() < deadline
            screen.wait_for_change(0.1)
        screen.close()
