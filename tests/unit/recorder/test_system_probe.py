"""The probes over stand-ins for the systems' libraries: what they make of the answers, not whether those come."""

from __future__ import annotations

import ctypes
from typing import Any

import pytest

from deskreel.core.reasons import ReasonCode
from deskreel.recorder.screen.system_probe import BlindProbe, MacProbe, WindowsProbe


class Function:
    """A library function: its answer, and what it was given."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.calls: list[tuple[Any, ...]] = []

    def __call__(self, *given: Any) -> Any:
        self.calls.append(given)
        return self.answer(*given) if callable(self.answer) else self.answer


class Library:
    CloseDesktop: Function  # these the tests ask how often they were called
    CFStringCreateWithCString: Function
    CFRelease: Function

    def __init__(self, **functions: Any) -> None:
        for name, answer in functions.items():
            setattr(self, name, Function(answer))


def windows(**functions: Any) -> tuple[WindowsProbe, Library]:
    def at(reference: Any) -> int:
        reference._obj.x, reference._obj.y = -120, 40
        return 1

    library = Library(**{"GetCursorPos": at, "OpenInputDesktop": 7, "CloseDesktop": 1, **functions})
    return WindowsProbe(library), library


def test_windows_tells_place_clicks_and_lock():
    pressed = {1: 0, 2: -32767, 4: 0}  # the low bit: since the call before
    probe, library = windows(GetAsyncKeyState=lambda button: pressed[button])
    assert probe.place() == (-120, 40)
    assert probe.clicked()
    pressed[2] = -32768  # held since
    assert not probe.clicked()
    assert probe.hidden() is None
    assert len(library.CloseDesktop.calls) == 1
    locked, _ = windows(OpenInputDesktop=None, GetCursorPos=0)
    assert locked.hidden() is ReasonCode.LOCKED
    assert locked.place() is None


class Mac:
    """A session dictionary, and libraries that serve it."""

    def __init__(self, *, allowed: bool = True, session: dict[bytes, bool] | None = None) -> None:
        self.session = session
        self.downs = 5
        names: dict[int, bytes] = {}

        def string(_: None, name: bytes, __: int) -> int:
            names[len(names) + 1] = name
            return len(names)

        def value(_: ctypes.c_void_p, key: ctypes.c_void_p) -> int | None:
            found = (self.session or {}).get(names[key.value or 0])
            return None if found is None else 100 + found

        class Point:
            x, y = 10.7, 20.2

        self.graphics = Library(
            CGEventCreate=1,
            CGEventGetLocation=lambda _: Point(),
            CGEventSourceCounterForEventType=lambda _, kind: self.downs if kind == 1 else 0,
            CGSessionCopyCurrentDictionary=lambda: None if self.session is None else 2,
            CGPreflightScreenCaptureAccess=allowed,
        )
        self.foundation = Library(
            CFRelease=None,
            CFStringCreateWithCString=string,
            CFDictionaryGetValue=value,
            CFBooleanGetValue=lambda pointer: pointer.value == 101,
        )
        self.probe = MacProbe(self.graphics, self.foundation)


def test_macos_tells_place_and_clicks():
    mac = Mac(session={})
    assert mac.probe.place() == (10, 20)
    assert not mac.probe.clicked()
    mac.downs += 1
    assert mac.probe.clicked()
    assert not mac.probe.clicked()


@pytest.mark.parametrize(
    ("allowed", "session", "hidden"),
    [
        (True, {b"kCGSSessionOnConsoleKey": True}, None),
        (True, {b"kCGSSessionOnConsoleKey": True, b"CGSSessionScreenIsLocked": True}, ReasonCode.LOCKED),
        (True, {b"kCGSSessionOnConsoleKey": False}, ReasonCode.SESSION_SWITCHED),
        (True, None, ReasonCode.SESSION_SWITCHED),
        (False, {b"kCGSSessionOnConsoleKey": True}, ReasonCode.PERMISSION_DENIED),
    ],
)
def test_macos_tells_what_hides_the_desktop(
    allowed: bool, session: dict[bytes, bool] | None, hidden: ReasonCode | None
):
    mac = Mac(allowed=allowed, session=session)
    assert mac.probe.hidden() is hidden
    # what was copied or created is released
    made = len(mac.foundation.CFStringCreateWithCString.calls) + (allowed and session is not None)
    assert len(mac.foundation.CFRelease.calls) == made


def test_a_system_that_is_not_asked_tells_nothing():
    probe = BlindProbe()
    assert (probe.place(), probe.clicked(), probe.hidden()) == (None, False, None)
