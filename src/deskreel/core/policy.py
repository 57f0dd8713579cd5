"""What an administrator decided about capture, as it reaches the recorder. Pure values and their limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from deskreel.core.errors import InvalidInputError

MAX_FPS = 15
MAX_CANVAS = (3840, 2160)
DEFAULT_CANVAS = (1920, 1080)
MAX_LOOK_BACK_S = 30


class MonitorMode(StrEnum):
    """Which monitors are in the picture."""

    ACTIVE = "active"  # the one the agent works on, followed
    ALL = "all"  # the whole desktop, drawn into one canvas
    PRIMARY = "primary"  # the primary one, whatever the agent does


class Notice(StrEnum):
    """How the agent is told that the screen is recorded."""

    NONE = "none"  # not by Deskreel
    ICON = "icon"  # the tray icon shows it
    BANNER = "banner"  # a strip on the screen while capture is on
    ACKNOWLEDGEMENT = "acknowledgement"  # the icon, and a notice to be confirmed once per shift


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="ignore"))
class CapturePolicy:
    """How to capture; a change applies to the capture under way, but for the canvas."""

    max_fps: int = 5  # frames per second at most, 1 to MAX_FPS
    monitors: MonitorMode = MonitorMode.ACTIVE
    dwell_ms: int = (
        600  # the pointer stays this long on a monitor before the picture follows; a click at once
    )
    max_kbps: int | None = None  # of the video, averaged over minutes; None: no cap
    upload_kbps: int | None = None  # of what waits in the spool; None: no limit
    notice: Notice = Notice.ICON
    agent_may_pause: bool = False  # whether the desktop program offers pause and resume
    look_back_ms: int = 0  # of the screen, remembered in memory while there is nothing to record; 0: nothing
    canvas_width: int = DEFAULT_CANVAS[0]  # of the largest canvas, pixels; for what is remembered
    canvas_height: int = DEFAULT_CANVAS[1]
    live_notice: bool = True  # whether the agent is told while somebody watches the screen live
    agent_may_quit: bool = True  # whether it can be ended from its icon and window

    def __post_init__(self) -> None:
        if not 1 <= self.max_fps <= MAX_FPS:
            raise InvalidInputError(f"{self.max_fps} frames per second: 1 to {MAX_FPS} are possible")
        if self.dwell_ms < 0:
            raise InvalidInputError(f"a dwell of {self.dwell_ms} ms is negative")
        if not 0 <= self.look_back_ms <= MAX_LOOK_BACK_S * 1000:
            raise InvalidInputError(
                f"looking back {self.look_back_ms} ms: 0 to {MAX_LOOK_BACK_S} s are possible"
            )
        if min(self.canvas_width, self.canvas_height) < 2:
            raise InvalidInputError(f"a canvas of {self.canvas_width}x{self.canvas_height} is too small")
        for name, kbps in (("max_kbps", self.max_kbps), ("upload_kbps", self.upload_kbps)):
            if kbps is not None and kbps < 50:
                raise InvalidInputError(f"{name} of {kbps}: 50 kbit/s is the least that shows a screen")


def sizes_in_picture(
    monitors: Sequence[tuple[int, int, int, int, bool]], mode: MonitorMode
) -> tuple[tuple[int, int], ...]:
    """Width and height of what may be in the picture, of `monitors` (x, y, width, height, primary)."""
    if mode is MonitorMode.ALL and monitors:
        left, top = min(m[0] for m in monitors), min(m[1] for m in monitors)
        right, bottom = max(m[0] + m[2] for m in monitors), max(m[1] + m[3] for m in monitors)
        return ((right - left, bottom - top),)
    chosen = [m for m in monitors if m[4]] if mode is MonitorMode.PRIMARY else []
    return tuple((width, height) for _, _, width, height, _ in chosen or monitors)


def canvas_for(monitors: Iterable[tuple[int, int]], largest: tuple[int, int]) -> tuple[int, int]:
    """Width and height of the canvas: the largest of `monitors` (width, height), shrunk to fit `largest`.

    Both even. Without a monitor, `largest` itself.
    """
    width, height = max(monitors, key=lambda size: size[0] * size[1], default=largest)
    scale = min(1.0, largest[0] / width, largest[1] / height)
    return max(2, round(width * scale) & ~1), max(2, round(height * scale) & ~1)
