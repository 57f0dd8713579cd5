"""Three monitors of different sizes and offsets on a real X server: which one is in the video, and how soon."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import av
import numpy as np
import pytest
import xcffib
import xcffib.randr
import xcffib.xproto as xp
import xcffib.xtest
from capture_notes import DEADLINE_S, Notes, WallClock

from deskreel.core.chunk import MarkKind
from deskreel.core.ids import ScreenRecordingId
from deskreel.core.policy import CapturePolicy, MonitorMode
from deskreel.core.reasons import ReasonCode
from deskreel.demo.xvfb import XvfbDisplay
from deskreel.recorder.capture.chunker import ChunkRules
from deskreel.recorder.capture.job import CaptureJob, CaptureSettings
from deskreel.recorder.capture.loop import CaptureLoop
from deskreel.recorder.screen.port import Rect, ScreenRefusedError
from deskreel.recorder.screen.x11 import X11Screen
from support.x_client import XClient

LEFT = ("left", Rect(x=0, y=60, width=1280, height=1024), 0x202020)
MIDDLE = ("middle", Rect(x=1280, y=0, width=1920, height=1080), 0x808080)
RIGHT = ("right", Rect(x=3200, y=100, width=800, height=1280), 0xE0E0E0)
LUMA = {"left": 16 + 0x20 * 219 // 255, "middle": 16 + 0x80 * 219 // 255, "right": 16 + 0xE0 * 219 // 255}
_MOTION, _PRESS, _RELEASE = 6, 4, 5


class Desk:
    """An Xvfb with three monitors, each of its own shade, and a loop that captures it."""

    def __init__(self) -> None:
        self.server = XvfbDisplay("4000x1400").start()
        self.x = XClient(display=self.server.name)
        self.screen = self.x.first_screen()
        self.root = self.screen.root
        self.randr = self.x(xcffib.randr.key)
        self.randr.QueryVersion(1, 5).reply()
        self.xtest = self.x(xcffib.xtest.key)
        self.windows = {}
        for name, rect, shade in (LEFT, MIDDLE, RIGHT):
            self.plug(name, rect, primary=name == "middle")
            self.windows[name] = self.window(rect, shade)
        self.point(2000, 500)
        self.notes = Notes()
        self.loop = CaptureLoop(
            lambda: X11Screen(self.server.name),
            WallClock(),
            self.notes,
            CaptureSettings(
                rules=ChunkRules(
                    chunk_ms=200,
                    first_ms=200,
                    still_ms=200,
                    hold_ms=100,
                    keyframe_min_ms=1000,
                    keyframe_max_ms=5000,
                )
            ),
        )

    def window(self, rect: Rect, shade: int) -> int:
        window = self.x.generate_id()
        self.x.core.CreateWindow(
            self.screen.root_depth, window, self.root, rect.x, rect.y, rect.width, rect.height, 0,
            xp.WindowClass.InputOutput, self.screen.root_visual,
            xp.CW.BackPixel | xp.CW.OverrideRedirect, [shade, 1],
        )  # fmt: skip
        self.x.core.MapWindow(window)
        self.sync()
        return window

    def atom(self, name: str) -> int:
        return self.x.core.InternAtom(False, len(name), name).reply().atom

    def plug(self, name: str, rect: Rect, *, primary: bool = False) -> None:
        # the server's own monitor vanishes once another has its output
        outputs = self.randr.GetScreenResources(self.root).reply().outputs if primary else []
        info = xcffib.randr.MonitorInfo.synthetic(
            self.atom(name), primary, False, len(outputs), rect.x, rect.y, rect.width, rect.height, 300, 200,
            list(outputs),
        )  # fmt: skip
        self.randr.SetMonitor(self.root, info)
        self.sync()

    def unplug(self, name: str) -> None:
        self.randr.DeleteMonitor(self.root, self.atom(name))
        self.sync()

    def point(self, x: int, y: int) -> None:
        self.xtest.FakeInput(_MOTION, 0, 0, self.root, x, y, 0)
        self.sync()

    def click(self) -> None:
        """Shorter than any poll would see."""
        self.xtest.FakeInput(_PRESS, 1, 0, self.root, 0, 0, 0)
        self.xtest.FakeInput(_RELEASE, 1, 0, self.root, 0, 0, 0)
        self.sync()

    def focus(self, name: str) -> None:
        """As a window manager says it."""
        self.x.core.ChangeProperty(
            xp.PropMode.Replace, self.root, self.atom("_NET_ACTIVE_WINDOW"), xp.Atom.WINDOW, 32, 1,
            [self.windows[name]],
        )  # fmt: skip
        self.sync()

    def sync(self) -> None:
        self.x.core.GetInputFocus().reply()

    def start(self, **how: Any) -> None:
        self.loop.start(
            CaptureJob(
                screen_recording_id=ScreenRecordingId("scr_x"),
                origin=WallClock().now(),
                canvas_width=1920,
                canvas_height=1080,
                max_fps=5,
                **how,
            )
        )
        self.notes.until(lambda: self.notes.chunks)

    def until_marks(self, count: int) -> None:
        self.notes.until(lambda: len(self.notes.all("mark")) >= count)

    def stop(self) -> list[tuple[int, str]]:
        """When each frame was taken, in ms of the video, and which monitor it shows."""
        more = len(self.notes.chunks) + 2
        self.notes.until(lambda: len(self.notes.chunks) >= more)
        assert self.loop.stop()
        assert self.loop.flush(DEADLINE_S)
        chunks = self.notes.chunks
        seen = []
        with av.open(io.BytesIO(chunks[0].init + b"".join(chunk.data for chunk in chunks)), "r") as clip:
            for frame in clip.decode(video=0):
                plane = np.frombuffer(memoryview(frame.planes[0]), np.uint8).reshape(frame.height, -1)
                shade = int(np.median(plane[500:580, 920:1000]))
                name = min(LUMA, key=lambda name: abs(LUMA[name] - shade))
                assert abs(LUMA[name] - shade) <= 2
                seen.append((round(frame.time * 1000), name))
        return seen

    def close(self) -> None:
        assert self.loop.close(DEADLINE_S)
        self.x.disconnect()
        self.server.stop()


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.close()


def monitors_shown(desk: Desk) -> list[tuple[str, str]]:
    marks = desk.notes.all("mark")
    return [(m.detail["name"], m.detail["cause"]) for m in marks if m.kind is MarkKind.MONITOR]


def test_the_video_switches_within_half_a_second_of_a_click(desk: Desk):
    desk.start()
    for name, rect in (("right", RIGHT[1]), ("left", LEFT[1]), ("middle", MIDDLE[1])):
        desk.point(rect.x + 50, rect.y + 50)
        clicked = WallClock().now()
        desk.click()
        desk.notes.until(lambda name=name: monitors_shown(desk)[-1] == (name, "click"))
        switched = desk.notes.all("mark")[-1].at
        assert switched - clicked <= 500
    seen = desk.stop()
    order = [name for n, (_, name) in enumerate(seen) if n == 0 or seen[n - 1][1] != name]
    assert order == ["middle", "right", "left", "middle"]
    marks = [m for m in desk.notes.all("mark") if m.kind is MarkKind.MONITOR]
    first = desk.notes.chunks[0].start_ms
    for mark in marks:  # the frame at the mark's time shows the monitor that it names
        shown = [name for at, name in seen if at - seen[0][0] <= mark.at - first + 1]
        assert shown[-1] == mark.detail["name"]


def test_crossing_a_monitor_is_not_seen_and_staying_is(desk: Desk):
    desk.start()
    desk.point(100, 500)
    desk.point(3300, 500)
    stayed = WallClock().now()
    desk.until_marks(2)
    assert monitors_shown(desk) == [("middle", "start"), ("right", "pointer")]
    assert 600 <= desk.notes.all("mark")[-1].at - stayed + 20 <= 1600
    assert {name for _, name in desk.stop()} == {"middle", "right"}


def test_the_keyboard_is_followed_when_the_mouse_rests(desk: Desk):
    desk.start()
    rested = time.monotonic() + 0.7
    desk.notes.until(lambda: time.monotonic() > rested)
    desk.focus("left")
    desk.until_marks(2)
    assert monitors_shown(desk)[-1] == ("left", "focus")


def test_the_monitor_in_the_picture_is_unplugged_and_capture_goes_on(desk: Desk):
    desk.point(3300, 500)
    desk.start()
    desk.unplug("right")
    desk.until_marks(3)
    desk.plug("right", RIGHT[1])
    desk.until_marks(4)
    seen = desk.stop()
    assert monitors_shown(desk)[0] == ("right", "start")
    assert monitors_shown(desk)[1][1] == "layout"
    layouts = [m.detail for m in desk.notes.all("mark") if m.kind is MarkKind.MONITORS]
    assert layouts == [{"monitors": 2, "what": "removed right"}, {"monitors": 3, "what": "added right"}]
    assert not desk.notes.all("problem")
    assert not desk.notes.all("missing")
    assert len({chunk.init for chunk in desk.notes.chunks}) == 1
    assert seen[0][1] == "right"
    assert seen[-1][1] != "right"


def test_a_desktop_that_shrinks_under_the_grab_is_survived(desk: Desk):
    desk.start()
    desk.point(3300, 500)
    desk.click()
    desk.until_marks(2)
    for name in ("left", "middle", "right"):
        desk.unplug(name)
    sizes = desk.randr.GetScreenSizeRange(desk.root).reply()
    width, height = max(1024, sizes.min_width), max(768, sizes.min_height)
    info = desk.randr.GetScreenResources(desk.root).reply()
    config = info.config_timestamp
    for crtc in info.crtcs:
        desk.randr.SetCrtcConfig(crtc, 0, config, 0, 0, 0, 1, 0, []).reply()
    desk.randr.SetScreenSize(desk.root, width, height, 300, 200)
    desk.sync()
    before = len(desk.notes.chunks)
    desk.notes.until(lambda: len(desk.notes.chunks) >= before + 3)
    assert not desk.notes.all("problem")
    (last,) = desk.loop.monitors
    assert (last.width, last.height) == (width, height)


def test_all_monitors_in_one_picture(desk: Desk):
    desk.start(monitors=MonitorMode.ALL)
    desk.loop.apply(CapturePolicy(monitors=MonitorMode.ALL))
    more = len(desk.notes.chunks) + 2
    desk.notes.until(lambda: len(desk.notes.chunks) >= more)
    desk.loop.stop()
    assert desk.loop.flush(DEADLINE_S)
    chunks = desk.notes.chunks
    with av.open(io.BytesIO(chunks[0].init + b"".join(chunk.data for chunk in chunks)), "r") as clip:
        frame = list(clip.decode(video=0))[-1]
    y = np.frombuffer(memoryview(frame.planes[0]), np.uint8).reshape(frame.height, -1)[:, : frame.width]
    scale, top = 1920 / 4000, (1080 - round(1380 * 1920 / 4000 / 2) * 2) // 4 * 2
    for name, rect, _ in (LEFT, MIDDLE, RIGHT):
        x, yy = round((rect.x + rect.width / 2) * scale), top + round((rect.y + rect.height / 2) * scale)
        assert abs(int(y[yy, x]) - LUMA[name]) <= 2


def test_nothing_is_captured_while_the_screen_saver_is_on(desk: Desk):
    desk.start()
    desk.x.core.ForceScreenSaver(xp.ScreenSaver.Active)
    desk.sync()
    desk.notes.until(lambda: desk.notes.all("problem"))
    locked = WallClock().now()
    desk.x.core.ForceScreenSaver(xp.ScreenSaver.Reset)
    desk.sync()
    desk.notes.until(lambda: desk.notes.all("missing"))
    (gap,) = desk.notes.all("missing")
    assert gap.reason == ReasonCode.LOCKED
    assert gap.window.start <= locked <= gap.window.limit
    assert gap.window.limit - locked < 1500


def test_a_server_that_refuses_us_is_named_so(tmp_path, monkeypatch: pytest.MonkeyPatch):
    cookie = tmp_path / "cookies"
    name = b"MIT-MAGIC-COOKIE-1"
    # one entry for any host (family 0xffff): address, display number, name, data; each after its length
    fields = [b"", b"", name, os.urandom(16)]
    cookie.write_bytes(b"\xff\xff" + b"".join(len(f).to_bytes(2, "big") + f for f in fields))
    read_end, write_end = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write_end), "-auth", str(cookie), "-nolisten", "tcp"],
        pass_fds=(write_end,), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write_end)
    try:
        with open(read_end) as line:
            display = ":" + line.readline().strip()
        monkeypatch.setenv("XAUTHORITY", str(tmp_path / "none"))
        with pytest.raises(ScreenRefusedError, match="refused"):
            X11Screen(display)
    finally:
        with contextlib.suppress(ProcessLookupError):
            server.terminate()
        server.wait(10)
