"""Three monitors of different sizes: how soon the video shows the one that was clicked on, or another when one goes.

The monitors are RandR's, on one virtual screen, each in a grey of its own; time is counted from the click to the
capture of the first frame of the finished MP4 that shows it.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import xcffib
import xcffib.randr
import xcffib.xproto as xp
import xcffib.xtest

from bench.figures import Figure, median, spread
from bench.recorder.live import Ours, desk_stage
from bench.recorder.quality import luma
from bench.recorder.reference import frames
from bench.registry import Report
from bench.stage import wall_ms

CLICKS = 12
REST_S = 1.7  # not a whole number of frames
GOAL_MS = "<= 500"
_MOTION, _PRESS, _RELEASE = 6, 4, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A monitor: name, place in pixels, grey level 0 to 255."""

    name: str
    x: int
    y: int
    width: int
    height: int
    grey: int

    @property
    def luma(self) -> int:
        """In limited range."""
        return 16 + self.grey * 219 // 255


HEADS = (
    Head(name="left", x=0, y=56, width=640, height=1024, grey=32),
    Head(name="middle", x=640, y=0, width=800, height=600, grey=128),
    Head(name="right", x=1440, y=100, width=480, height=800, grey=224),
)


class Screen:
    """The X server's monitors and mouse."""

    def __init__(self, display: str) -> None:
        self._x: Any = xcffib.connect(display=display)
        self._root = self._x.get_setup().roots[0].root
        self._randr = self._x(xcffib.randr.key)
        self._randr.QueryVersion(1, 5).reply()
        self._test = self._x(xcffib.xtest.key)
        for number, head in enumerate(HEADS):
            self._paint(head)
            self._plug(head, primary=number == 0)

    def click(self, head: Head) -> int:
        """In the middle of a monitor; when, in wall ms."""
        at = wall_ms()
        self._test.FakeInput(
            _MOTION, 0, 0, self._root, head.x + head.width // 2, head.y + head.height // 3, 0
        )
        self._test.FakeInput(_PRESS, 1, 0, self._root, 0, 0, 0)
        self._test.FakeInput(_RELEASE, 1, 0, self._root, 0, 0, 0)
        self._sync()
        return at

    def unplug(self, head: Head) -> int:
        at = wall_ms()
        self._randr.DeleteMonitor(self._root, self._atom(head.name))
        self._sync()
        return at

    def close(self) -> None:
        self._x.disconnect()

    def _paint(self, head: Head) -> None:
        window = self._x.generate_id()
        screen = self._x.get_setup().roots[0]
        colour = head.grey * 0x010101
        self._x.core.CreateWindow(
            screen.root_depth, window, self._root, head.x, head.y, head.width, head.height, 0,
            xp.WindowClass.InputOutput, screen.root_visual,
            xp.CW.BackPixel | xp.CW.OverrideRedirect, [colour, 1],
        )  # fmt: skip
        self._x.core.MapWindow(window)
        self._sync()

    def _plug(self, head: Head, *, primary: bool) -> None:
        # the server's own monitor vanishes once another has its output
        outputs = self._randr.GetScreenResources(self._root).reply().outputs if primary else []
        info = xcffib.randr.MonitorInfo.synthetic(
            self._atom(head.name), primary, False, len(outputs), head.x, head.y, head.width, head.height,
            300, 200, list(outputs),
        )  # fmt: skip
        self._randr.SetMonitor(self._root, info)
        self._sync()

    def _atom(self, name: str) -> int:
        return self._x.core.InternAtom(False, len(name), name).reply().atom

    def _sync(self) -> None:
        self._x.core.GetInputFocus().reply()


def run(report: Report) -> list[Figure]:
    """See the module."""
    return asyncio.run(_run(report))


async def _run(report: Report) -> list[Figure]:
    async with desk_stage(report) as on:
        screen = Screen(on.display)
        try:
            screen.click(HEADS[0])
            ours = Ours(on)
            await ours.begin()
            clicks: list[tuple[int, Head]] = []
            report(f"{CLICKS} clicks on other monitors")
            for number in range(CLICKS):
                await asyncio.sleep(REST_S)
                head = HEADS[(number + 1) % len(HEADS)]
                clicks.append((screen.click(head), head))
            await asyncio.sleep(REST_S)
            unplugged_at = screen.unplug(HEADS[0])  # the last clicked on
            await asyncio.sleep(REST_S)
            _, video, began_at = await ours.end()
        finally:
            screen.close()
        seen = [(began_at + at, _head_of(luma(frame))) for at, frame in frames(video)]
    waits = [float(_first(seen, clicked, {head.name}) - clicked) for clicked, head in clicks]
    others = {head.name for head in HEADS[1:]}
    return [
        Figure(
            name="recorder_switch_worst",
            value=max(waits),
            unit="ms",
            runs=len(waits),
            goal=GOAL_MS,
            note=f"from the click to the first frame of that monitor; median {median(waits):.0f}, {spread(waits)}",
        ),
        Figure(
            name="recorder_switch_unplugged",
            value=_first(seen, unplugged_at, others) - unplugged_at,
            unit="ms",
            runs=1,
            goal="<= 1000",
            note="from the removal of the monitor in the picture to the first frame of another, in one recording",
        ),
    ]


def _head_of(picture: Any) -> str | None:
    """Which monitor the middle of a picture shows."""
    height, width = picture.shape
    level = int(picture[height // 2, width // 2])
    return next((head.name for head in HEADS if abs(head.luma - level) <= 4), None)


def _first(seen: list[tuple[int, str | None]], since: int, names: set[str]) -> int:
    """Wall time of the first frame from `since` on that shows one of `names`."""
    found = next((at for at, name in seen if at >= since and name in names), None)
    if found is None:
        raise RuntimeError(f"{', '.join(sorted(names))} is never shown after {time.ctime(since / 1000)}")
    return found
