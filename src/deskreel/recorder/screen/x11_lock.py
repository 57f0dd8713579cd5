# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false
# xcffib makes its requests at run time and has no types
"""Whether an X desktop is hidden: its screen saver is on, or another session has the seat.

Lockers turn the screen saver on (MIT-SCREEN-SAVER). The X server itself says on the root window whether it
owns the virtual terminal. What logind knows comes from `logind`.
"""

from __future__ import annotations

from typing import Any

import xcffib.screensaver
import xcffib.xproto

from deskreel.core.reasons import ReasonCode
from deskreel.recorder.screen.connection import XConnection

_NOTIFY = 1  # ScreenSaverNotifyMask
_ON = 1  # ScreenSaverOn


class X11Lock:
    """Watches the root window `root`; `hidden` is why nothing may be captured."""

    def __init__(self, server: XConnection, root: int) -> None:
        self._server = server
        self._root = root
        name = "XFree86_has_VT"
        self._terminal_atom = server.reply(server.x.core.InternAtom(False, len(name), name)).atom
        self._saver_on = False
        self._away = False
        if server.has_extension("MIT-SCREEN-SAVER"):
            saver = server.x(xcffib.screensaver.key)
            saver.SelectInput(root, _NOTIFY)
            self._saver_on = server.reply(saver.QueryInfo(root)).state == _ON
        self._read_terminal()

    @property
    def hidden(self) -> ReasonCode | None:
        """Why there is nothing of the agent's to see."""
        if self._away:
            return ReasonCode.SESSION_SWITCHED
        return ReasonCode.LOCKED if self._saver_on else None

    def note(self, event: Any) -> bool:
        """Take note of an event, if it is one of these."""
        if isinstance(event, xcffib.screensaver.NotifyEvent):
            self._saver_on = event.state == _ON
            return True
        if isinstance(event, xcffib.xproto.PropertyNotifyEvent) and event.atom == self._terminal_atom:
            self._stale = True
            return True
        return False

    def refresh(self) -> None:
        """Ask what an event announced."""
        if self._stale:
            self._read_terminal()

    def _read_terminal(self) -> None:
        self._stale = False
        kind = xcffib.xproto.Atom.INTEGER
        answer = self._server.reply_or_none(
            self._server.x.core.GetProperty(False, self._root, self._terminal_atom, kind, 0, 1)
        )
        # without the property the server has no virtual terminals
        self._away = answer is not None and answer.value_len == 1 and answer.value.to_atoms()[0] == 0
