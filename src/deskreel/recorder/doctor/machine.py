"""The desktop itself: CPU, screen, disk."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path

import psutil

from deskreel.core.errors import DeskreelError
from deskreel.recorder.doctor.facts import Failure, Machine
from deskreel.recorder.screen.port import Screen

_LOOK_S = 1.0


def machine(home: Path, spool_bytes: int, open_screen: Callable[[], Screen]) -> Machine:
    """Look at this machine; takes a second."""
    return Machine(
        cpu_percent=psutil.cpu_percent(interval=_LOOK_S),
        monitors=_monitors(open_screen),
        disk_free_bytes=_free(home),
        spool_bytes=spool_bytes,
    )


def _monitors(open_screen: Callable[[], Screen]) -> int | Failure:
    try:
        with contextlib.closing(open_screen()) as screen:
            monitors = screen.desktop().monitors
            screen.grab(monitors[0].rect)  # in memory alone, and forgotten
            return len(monitors)
    except DeskreelError as error:
        return Failure(what=f"{error.code}: {error.detail}", hint=error.hint_text)


def _free(home: Path) -> int | Failure:
    """Where the directory is, or will be."""
    place = next((one for one in (home, *home.parents) if one.exists()), Path("/"))
    try:
        return shutil.disk_usage(place).free
    except OSError as error:
        return Failure(what=f"{place}: {error.strerror}")
