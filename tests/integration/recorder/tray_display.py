"""Qt on an X server of its own, once per test process, and an X client that looks at it from outside."""

from __future__ import annotations

import atexit
import contextlib
import os
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import xcffib.xproto as xp
import xcffib.xtest
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from deskreel.demo.xvfb import XvfbDisplay
from deskreel.qt_compat import keep_constants_alive
from support.x_client import XClient

PATIENCE_S = 20.0


@cache
def qt() -> tuple[QApplication, str]:
    """The application and the name of its display; both end with the process, in that order."""
    display = XvfbDisplay("1280x900").start()
    before = {
        name: os.environ.get(name) for name in ("DISPLAY", "QT_QPA_PLATFORM", "DBUS_SESSION_BUS_ADDRESS")
    }
    os.environ.update(
        DISPLAY=display.name, QT_QPA_PLATFORM="xcb", DBUS_SESSION_BUS_ADDRESS="unix:path=/nonexistent"
    )
    keep_constants_alive()
    app = QApplication(["deskreel-test"])
    app.setStyle("Fusion")
    app.setQuitOnLastWindowClosed(False)
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value
    atexit.register(display.stop)
    atexit.register(app.shutdown)  # first: Qt ends a process whose display goes away
    return app, display.name


def until(what: Callable[[], Any], *, patience_s: float = PATIENCE_S) -> Any:
    """Let Qt work until `what` is true; its value."""
    deadline = time.monotonic() + patience_s
    app, _ = qt()
    again = QTimer()
    again.start(5)  # for what another program does: there is always a next event
    while True:
        app.processEvents()
        if value := what():
            return value
        assert time.monotonic() < deadline, "it never came to be"
        app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


class Outside:
    """Another program on the display: no part of Qt's word is taken for anything."""

    def __init__(self, display: str) -> None:
        self.conn = XClient(display=display)
        self.screen = self.conn.first_screen()
        self.root = self.screen.root

    def window(self, x: int, y: int, width: int, height: int) -> int:
        """A plain window that wants clicks and keys."""
        made = self.conn.generate_id()
        mask = xp.EventMask.ButtonPress | xp.EventMask.Exposure
        self.conn.core.CreateWindow(
            *(
                0,
                made,
                self.root,
                x,
                y,
                width,
                height,
                0,
                xp.WindowClass.InputOutput,
                self.screen.root_visual,
            ),
            *(xp.CW.EventMask, [mask]),
            is_checked=True,
        ).check()
        self.conn.core.MapWindow(made, is_checked=True).check()
        return made

    def focus(self, window: int) -> None:
        """Give it the keyboard."""
        self.conn.core.SetInputFocus(xp.InputFocus.PointerRoot, window, 0, is_checked=True).check()

    def focused(self) -> int:
        """Who has the keyboard."""
        return self.conn.core.GetInputFocus().reply().focus

    def click(self, x: int, y: int) -> None:
        """Move the pointer there and press its first button."""
        test = self.conn(xcffib.xtest.key)
        test.FakeInput(6, 0, 0, self.root, x, y, 0)
        for kind in (4, 5):
            test.FakeInput(kind, 1, 0, self.root, 0, 0, 0)
        self.conn.flush()

    def clicks(self) -> list[int]:
        """Which windows of ours were clicked since the last look."""
        found = []
        while (event := self.conn.poll_for_event()) is not None:
            if isinstance(event, xp.ButtonPressEvent):
                found.append(event.event)
        return found

    def titles(self) -> dict[str, int]:
        """The mapped top-level windows that have a title."""
        found = {}
        for window in self.conn.core.QueryTree(self.root).reply().children:
            try:
                if self.conn.core.GetWindowAttributes(window).reply().map_state != xp.MapState.Viewable:
                    continue
                value = self.text(window, "_NET_WM_NAME")
            except xp.WindowError:
                continue  # gone meanwhile
            if value:
                found[value] = window
        return found

    def map_state(self, window: int) -> str:
        """unmapped, unviewable or viewable."""
        state = self.conn.core.GetWindowAttributes(window).reply().map_state
        return ("unmapped", "unviewable", "viewable")[state]

    def middle(self, window: int) -> tuple[int, int]:
        """Where on the screen its middle is."""
        size = self.conn.core.GetGeometry(window).reply()
        at = self.conn.core.TranslateCoordinates(window, self.root, 0, 0).reply()
        return at.dst_x + size.width // 2, at.dst_y + size.height // 2

    def close_window(self, window: int) -> None:
        """Ask it to close, as a window manager does when its cross is clicked."""
        data = xp.ClientMessageData.synthetic([self.atom("WM_DELETE_WINDOW"), 0, 0, 0, 0], "I" * 5)
        said = xp.ClientMessageEvent.synthetic(32, window, self.atom("WM_PROTOCOLS"), data)
        self.conn.core.SendEvent(False, window, xp.EventMask.NoEvent, said.pack(), is_checked=True).check()

    def text(self, window: int, name: str) -> str:
        """A property of a window as text."""
        atom = self.atom(name)
        reply = self.conn.core.GetProperty(False, window, atom, xp.GetPropertyType.Any, 0, 1000).reply()
        return bytes(reply.value.buf()).decode(errors="replace") if reply.value_len else ""

    def atom(self, name: str) -> int:
        """The number of a name."""
        return self.conn.core.InternAtom(False, len(name), name).reply().atom

    def pixel(self, x: int, y: int) -> tuple[int, int, int]:
        """Red, green and blue of a point of the screen."""
        image = self.conn.core.GetImage(xp.ImageFormat.ZPixmap, self.root, x, y, 1, 1, 0xFFFFFFFF).reply()
        blue, green, red = bytes(image.data.buf())[:3]
        return red, green, blue

    def close(self) -> None:
        """Leave."""
        self.conn.disconnect()


class TrayHost(Outside):
    """A system tray after the XEmbed protocol of freedesktop.org: owns the selection, takes icons in."""

    def __init__(self, display: str) -> None:
        super().__init__(display)
        selection = self.atom("_NET_SYSTEM_TRAY_S0")
        self.panel = self.window(1000, 860, 240, 32)
        self.conn.core.SetSelectionOwner(self.panel, selection, 0, is_checked=True).check()
        data = xp.ClientMessageData.synthetic([0, selection, self.panel, 0, 0], "I" * 5)
        said = xp.ClientMessageEvent.synthetic(32, self.root, self.atom("MANAGER"), data)
        self.conn.core.SendEvent(False, self.root, xp.EventMask.StructureNotify, said.pack())
        self.conn.flush()
        self.icons: list[int] = []

    def docked(self) -> list[int]:
        """The icons that have come so far."""
        while (event := self.conn.poll_for_event()) is not None:
            if isinstance(event, xp.ClientMessageEvent) and event.data.data32[1] == 0:
                with contextlib.suppress(xp.WindowError):  # an icon of the test before, gone by now
                    self._dock(event.data.data32[2])
        return self.icons

    def _dock(self, icon: int) -> None:
        core, size = self.conn.core, xp.ConfigWindow.Width | xp.ConfigWindow.Height
        core.ReparentWindow(icon, self.panel, 4 + 32 * len(self.icons), 4, is_checked=True).check()
        core.ConfigureWindow(icon, size, [24, 24], is_checked=True).check()
        core.MapWindow(icon, is_checked=True).check()
        self.icons.append(icon)
