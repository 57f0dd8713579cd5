"""Pointer, clicks, lock and permission on systems that mss grabs: what the pictures alone do not tell.

Each probe asks its system through ctypes; the library is a parameter, so that a test can stand in for it. The
Windows and macOS probes follow the vendors' documentation and have not been run on those systems.
"""
# pyright: reportAttributeAccessIssue=false
# ctypes.windll and library functions exist at run time only

from __future__ import annotations

import ctypes
import ctypes.util
import sys
from typing import Any, Protocol

from deskreel.core.reasons import ReasonCode

_SWITCH_DESKTOP = 0x0100  # DESKTOP_SWITCHDESKTOP
_BUTTONS = (1, 2, 4)  # VK_LBUTTON, VK_RBUTTON, VK_MBUTTON
_COMBINED_SESSION = 0  # kCGEventSourceStateCombinedSessionState
_MOUSE_DOWN = (1, 3, 25)  # kCGEventLeftMouseDown, …RightMouseDown, …OtherMouseDown
_UTF8 = 0x08000100  # kCFStringEncodingUTF8


class SystemProbe(Protocol):
    """What a system tells besides its pictures."""

    def place(self) -> tuple[int, int] | None:
        """Where the pointer is, in the system's own coordinates; None: not known."""
        ...

    def clicked(self) -> bool:
        """Whether a mouse button went down since the last call."""
        ...

    def hidden(self) -> ReasonCode | None:
        """Why there is nothing of the agent's to see."""
        ...


class BlindProbe:
    """Of a system that is not asked."""

    def place(self) -> tuple[int, int] | None:
        """Not known."""
        return None

    def clicked(self) -> bool:
        """Not known."""
        return False

    def hidden(self) -> ReasonCode | None:
        """Not known."""
        return None


class _Point(ctypes.Structure):
    _fields_ = (("x", ctypes.c_long), ("y", ctypes.c_long))


class _PrecisePoint(ctypes.Structure):
    _fields_ = (("x", ctypes.c_double), ("y", ctypes.c_double))


class WindowsProbe:
    """After GetCursorPos, GetAsyncKeyState and OpenInputDesktop of user32."""

    def __init__(self, user32: Any) -> None:
        self._user32 = user32
        user32.OpenInputDesktop.restype = ctypes.c_void_p

    def place(self) -> tuple[int, int] | None:
        """The cursor's position; none while the desktop is not ours."""
        point = _Point()
        return (point.x, point.y) if self._user32.GetCursorPos(ctypes.byref(point)) else None

    def clicked(self) -> bool:
        """The lowest bit says that a button went down since the call before, however briefly."""
        down = [self._user32.GetAsyncKeyState(button) & 1 for button in _BUTTONS]  # each call clears one bit
        return any(down)

    def hidden(self) -> ReasonCode | None:
        """The input desktop of a locked session (Winlogon's) cannot be opened."""
        desktop = self._user32.OpenInputDesktop(0, False, _SWITCH_DESKTOP)
        if not desktop:
            return ReasonCode.LOCKED
        self._user32.CloseDesktop(ctypes.c_void_p(desktop))
        return None


class MacProbe:
    """After CGEventGetLocation, CGEventSourceCounterForEventType and CGSessionCopyCurrentDictionary."""

    def __init__(self, graphics: Any, foundation: Any) -> None:
        self._graphics = graphics
        self._foundation = foundation
        self._count: int | None = None
        graphics.CGEventCreate.restype = ctypes.c_void_p
        graphics.CGEventGetLocation.restype = _PrecisePoint
        graphics.CGEventSourceCounterForEventType.restype = ctypes.c_uint32
        graphics.CGSessionCopyCurrentDictionary.restype = ctypes.c_void_p
        graphics.CGPreflightScreenCaptureAccess.restype = ctypes.c_bool
        foundation.CFStringCreateWithCString.restype = ctypes.c_void_p
        foundation.CFDictionaryGetValue.restype = ctypes.c_void_p
        foundation.CFBooleanGetValue.restype = ctypes.c_bool

    def place(self) -> tuple[int, int] | None:
        """The cursor's position."""
        event = self._graphics.CGEventCreate(None)
        if not event:
            return None
        point = self._graphics.CGEventGetLocation(ctypes.c_void_p(event))
        self._foundation.CFRelease(ctypes.c_void_p(event))
        return int(point.x), int(point.y)

    def clicked(self) -> bool:
        """The system counts its events."""
        count = sum(
            self._graphics.CGEventSourceCounterForEventType(_COMBINED_SESSION, kind) for kind in _MOUSE_DOWN
        )
        before, self._count = self._count, count
        return before is not None and before != count

    def hidden(self) -> ReasonCode | None:
        """Permission first: without it macOS gives pictures without windows."""
        if not self._graphics.CGPreflightScreenCaptureAccess():
            return ReasonCode.PERMISSION_DENIED
        session = self._graphics.CGSessionCopyCurrentDictionary()
        if not session:
            return ReasonCode.SESSION_SWITCHED
        try:
            if self._flag(session, b"CGSSessionScreenIsLocked", absent=False):
                return ReasonCode.LOCKED
            in_front = self._flag(session, b"kCGSSessionOnConsoleKey", absent=True)
            return None if in_front else ReasonCode.SESSION_SWITCHED
        finally:
            self._foundation.CFRelease(ctypes.c_void_p(session))

    def _flag(self, session: int, name: bytes, *, absent: bool) -> bool:
        key = self._foundation.CFStringCreateWithCString(None, name, _UTF8)
        value = self._foundation.CFDictionaryGetValue(ctypes.c_void_p(session), ctypes.c_void_p(key))
        self._foundation.CFRelease(ctypes.c_void_p(key))
        return bool(self._foundation.CFBooleanGetValue(ctypes.c_void_p(value))) if value else absent


def probe_here() -> SystemProbe:
    """The probe for this system."""
    if sys.platform == "win32":
        return WindowsProbe(ctypes.windll.user32)
    if sys.platform == "darwin":
        graphics = ctypes.CDLL(ctypes.util.find_library("CoreGraphics"))
        return MacProbe(graphics, ctypes.CDLL(ctypes.util.find_library("CoreFoundation")))
    return BlindProbe()
