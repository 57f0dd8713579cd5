"""The screen for the system that this program runs on."""

from __future__ import annotations

import sys

from deskreel.recorder.screen.port import Screen


def open_screen() -> Screen:
    """The desktop of the session that this program runs in: X11 on Linux and the BSDs, else by mss.

    Raises:
        NoDisplayError: there is none, or it cannot be captured (Wayland).
    """
    if sys.platform in ("win32", "darwin"):
        from deskreel.recorder.screen.mss_screen import MssScreen

        return MssScreen()
    from deskreel.recorder.screen.x11 import X11Screen

    return X11Screen()
