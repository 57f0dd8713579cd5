# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false
# xcffib makes its requests at run time and has no types
"""What the agent does on an X desktop, as far as the picture must follow it: clicks, focus, whether the mouse moves.

XInput 2 raw events say that a button went down, however briefly, and that the mouse begins to move; then they
are turned off and the pointer is polled, because a mouse sends up to a thousand of them a second. Of the
keyboard nothing is read: the window manager says which window has it.
"""

from __future__ import annotations

import time
from typing import Any

import xcffib.xinput
import xcffib.xproto

from deskreel.recorder.screen.connection import GenericEvent, XConnection
from deskreel.recorder.screen.port import Rect

_ALL_MASTER_DEVICES = 1
_RAW_BUTTON_PRESS, _RAW_MOTION = 15, 17
_REST_S = 1.0  # a pointer that did not move for so long rests
_LOOK_S = 1.0  # and is looked at so often all the same: a program may move it without a mouse


class X11Input:
    """Clicks, focus and movement on the root window `root`."""

    def __init__(self, server: XConnection, root: int) -> None:
        self._server = server
        self._root = root
        self._extension: Any | None = None
        self._opcode = -1
        self._armed = False  # the next movement will be told
        self._place: tuple[int, int] | None = None  # of the pointer
        self._moved_s = 0.0  # on the monotonic clock: last seen moving
        self._looked_s = 0.0
        self._clicked = False
        self._focus_atom = _atom(server, "_NET_ACTIVE_WINDOW")
        self._focus_stale = False
        if server.has_extension("XInputExtension"):
            extension = server.x(xcffib.xinput.key)
            version = server.reply_or_none(extension.XIQueryVersion(2, 2))
            if version is not None and version.major_version >= 2:
                self._extension = extension
                self._opcode = server.opcode("XInputExtension")
                self._arm()

    @property
    def stirring(self) -> bool:
        """Whether the pointer may be moving."""
        return not self._armed or time.monotonic() - self._looked_s >= _LOOK_S

    def note(self, event: Any) -> bool:
        """Take note of an event, if it is one of these."""
        if isinstance(event, GenericEvent) and event.extension == self._opcode:
            if event.kind == _RAW_BUTTON_PRESS:
                self._clicked = True
            elif self._armed:
                self._disarm()
            return True
        if isinstance(event, xcffib.xproto.PropertyNotifyEvent) and event.atom == self._focus_atom:
            self._focus_stale = True
            return True
        return False

    def pointer_seen(self, x: int, y: int) -> None:
        """The pointer was asked for, and is there."""
        self._looked_s = time.monotonic()
        if (x, y) != self._place:
            if self._place is not None and self._armed:
                self._disarm()
            self._place, self._moved_s = (x, y), self._looked_s
        elif not self._armed and self._looked_s - self._moved_s >= _REST_S:
            self._arm()

    def click(self) -> tuple[int, int] | None:
        """Where the pointer is, if a button went down since the last call."""
        clicked, self._clicked = self._clicked, False
        if not clicked:
            return None
        place = self._server.reply(self._server.x.core.QueryPointer(self._root))
        self.pointer_seen(place.root_x, place.root_y)
        return place.root_x, place.root_y

    def focus(self) -> Rect | None:
        """Where the window is that got the keyboard, if another did since the last call."""
        stale, self._focus_stale = self._focus_stale, False
        if not stale:
            return None
        core, window_type = self._server.x.core, xcffib.xproto.Atom.WINDOW
        answer = self._server.reply_or_none(
            core.GetProperty(False, self._root, self._focus_atom, window_type, 0, 1)
        )
        if answer is None or not answer.value_len:
            return None
        window = answer.value.to_atoms()[0]
        size = self._server.reply_or_none(core.GetGeometry(window)) if window else None
        place = size and self._server.reply_or_none(core.TranslateCoordinates(window, self._root, 0, 0))
        if not place or not size.width * size.height:  # closed in the meantime
            return None
        return Rect(x=place.dst_x, y=place.dst_y, width=size.width, height=size.height)

    def _arm(self) -> None:
        if self._extension is not None:
            self._armed = True
            self._select(1 << _RAW_BUTTON_PRESS | 1 << _RAW_MOTION)

    def _disarm(self) -> None:
        self._armed = False
        self._moved_s = time.monotonic()
        self._select(1 << _RAW_BUTTON_PRESS)

    def _select(self, mask: int) -> None:
        events = xcffib.xinput.EventMask.synthetic(_ALL_MASTER_DEVICES, 1, [mask])
        self._extension.XISelectEvents(self._root, 1, [events])
        self._server.x.flush()


def _atom(server: XConnection, name: str) -> int:
    return server.reply(server.x.core.InternAtom(False, len(name), name)).atom
