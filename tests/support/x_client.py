"""A client on an X server, for the tests that draw on a display or look at it from outside."""

from __future__ import annotations

from typing import Any, cast

import xcffib
import xcffib.xproto as xp


class XClient(xcffib.Connection):
    """A connection to a display, by its name; without one, to that of DISPLAY.

    xcffib puts the core protocol in at import and gives no types: by its code alone `core` is an extension without
    requests, and every request one without a reply.
    """

    core: Any

    def first_screen(self) -> xp.SCREEN:
        """The screen that every display has."""
        return cast("xp.Setup", self.get_setup()).roots[0]
