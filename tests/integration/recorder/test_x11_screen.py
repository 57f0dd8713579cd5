"""One contract for every screen: synthetic, X11 and mss, the last two on a real X server; then what only X has."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest
import xcffib
import xcffib.randr
import xcffib.xproto as xp
import xcffib.xtest
from mss import MSS

from deskreel.core.errors import NoDisplayError
from deskreel.core.reasons import ReasonCode
from deskreel.demo.xvfb import XvfbDisplay
from deskreel.recorder.screen.mss_screen import MssScreen
from deskreel.recorder.screen.port import OutsideError, Rect, Screen, main_monitor
from deskreel.recorder.screen.rows import Rows
from deskreel.recorder.screen.system_probe import BlindProbe
from deskreel.recorder.screen.x11 import X11Screen
from deskreel.testing.synthetic_screen import SyntheticDisplay
from support.x_client import XClient

WIDTH, HEIGHT = 640, 400
DEADLINE_S = 20.0


class Desktop(Protocol):
    """What the contract suite does to whatever the screen shows."""

    def open(self) -> Screen: ...
    def change(self) -> None: ...
    def move_pointer(self, x: int, y: int) -> None: ...
    def fail(self) -> None: ...
    def close(self) -> None: ...


class SyntheticDesktop(SyntheticDisplay):
    def close(self) -> None:
        pass


class XDesktop:
    """An Xvfb with a client that paints on it."""

    def __init__(self) -> None:
        self.server = XvfbDisplay(f"{WIDTH}x{HEIGHT}").start()
        self.name = self.server.name
        self.x = XClient(display=self.name)
        screen = self.x.first_screen()
        self.root = screen.root
        self._colour = 0
        self.window = self.x.generate_id()
        self.x.core.CreateWindow(
            screen.root_depth, self.window, self.root, 0, 0, WIDTH, HEIGHT, 0,
            xp.WindowClass.InputOutput, screen.root_visual, xp.CW.OverrideRedirect, [1],
        )  # fmt: skip
        self.x.core.MapWindow(self.window)
        self.gc = self.x.generate_id()
        self.x.core.CreateGC(self.gc, self.window, 0, [])
        self.fill(0, Rect(x=0, y=0, width=WIDTH, height=HEIGHT))

    def open(self) -> Screen:
        return self.screen()

    def screen(self, *, share_memory: bool = True, answer_timeout_s: float = 2.0) -> X11Screen:
        return X11Screen(self.name, share_memory=share_memory, answer_timeout_s=answer_timeout_s)

    def fill(self, rgb: int, rect: Rect) -> None:
        self.x.core.ChangeGC(self.gc, xp.GC.Foreground, [rgb])
        area = xp.RECTANGLE.synthetic(rect.x, rect.y, rect.width, rect.height)
        self.x.core.PolyFillRectangle(self.window, self.gc, 1, [area])
        self.sync()

    def change(self) -> None:
        self._colour += 0x10203
        self.fill(self._colour, Rect(x=0, y=0, width=WIDTH, height=HEIGHT))

    def move_pointer(self, x: int, y: int) -> None:
        self.x.core.WarpPointer(0, self.root, 0, 0, 0, 0, x, y)
        self.sync()

    def sync(self) -> None:
        self.x.core.GetInputFocus().reply()

    def fail(self) -> None:
        os.kill(self.server.pid, signal.SIGKILL)

    def close(self) -> None:
        self.x.disconnect()
        self.server.stop()


@pytest.fixture
def x11() -> Iterator[XDesktop]:
    desktop = XDesktop()
    yield desktop
    desktop.close()


class MssDesktop(XDesktop):
    """The same, looked at by mss; the pointer, which mss does not tell, is asked of the X server."""

    def open(self) -> Screen:
        return MssScreen(lambda: MSS(display=self.name), probe=lambda: XProbe(self))


class XProbe(BlindProbe):
    def __init__(self, desktop: XDesktop) -> None:
        self._desktop = desktop

    def place(self) -> tuple[int, int]:
        try:
            answer = self._desktop.x.core.QueryPointer(self._desktop.root).reply()
        except xcffib.ConnectionException as error:
            raise NoDisplayError("the X server is gone") from error
        return answer.root_x, answer.root_y


@pytest.fixture(params=["synthetic", "x11", "mss"])
def desktop(request: pytest.FixtureRequest) -> Iterator[Desktop]:
    if request.param == "synthetic":
        made: Desktop = SyntheticDesktop(WIDTH, HEIGHT)
    else:
        made = XDesktop() if request.param == "x11" else MssDesktop()
    yield made
    made.close()


@pytest.fixture
def screen(desktop: Desktop) -> Iterator[Screen]:
    made = desktop.open()
    yield made
    made.close()


def nothing_changed(screen: Screen) -> bool:
    """Whether the screen knows that, or finds it when it looks."""
    return not screen.wait_for_change(0) or screen.grab(whole(screen)).changed == ()


def whole(screen: Screen) -> Rect:
    return main_monitor(screen.desktop().monitors).rect


# --- the contract -------------------------------------------------------------------------------------------


def test_there_is_a_monitor_inside_the_desktop(screen: Screen):
    desktop = screen.desktop()
    (monitor,) = desktop.monitors
    assert desktop.hidden is None
    assert monitor.name
    assert monitor.rect == Rect(x=0, y=0, width=WIDTH, height=HEIGHT)


def test_a_grab_has_the_size_asked_for(screen: Screen):
    for rect in (whole(screen), Rect(x=11, y=7, width=101, height=33)):
        picture = screen.grab(rect)
        assert picture.pixels.shape == (rect.height, rect.width, 4)
        assert picture.pixels.dtype == np.uint8
        assert picture.stride >= rect.width * 4
        assert picture.rect == rect


def test_a_part_shows_what_the_whole_shows_there(desktop: Desktop, screen: Screen):
    desktop.change()
    everything = screen.grab(whole(screen)).pixels[..., :3].copy()
    part = screen.grab(Rect(x=30, y=20, width=50, height=40)).pixels[..., :3]
    assert (part == everything[20:60, 30:80]).all()


def test_pictures_share_one_buffer(screen: Screen):
    first = screen.grab(whole(screen))
    second = screen.grab(whole(screen))
    assert np.shares_memory(first.pixels, second.pixels)


def test_a_rectangle_outside_the_desktop_is_refused(screen: Screen):
    with pytest.raises(OutsideError):
        screen.grab(Rect(x=WIDTH - 10, y=0, width=20, height=20))
    assert screen.grab(whole(screen)).rect == whole(screen)  # and is of use all the same


def test_a_screen_never_grabbed_has_changed(screen: Screen):
    assert screen.wait_for_change(DEADLINE_S)


def test_a_change_is_seen_once(desktop: Desktop, screen: Screen):
    screen.grab(whole(screen))
    assert nothing_changed(screen)
    before = screen.grab(whole(screen)).pixels.copy()
    desktop.change()
    assert screen.wait_for_change(1)
    assert screen.wait_for_change(1)  # until it is grabbed
    after = screen.grab(whole(screen))
    assert (after.pixels != before).any()
    assert after.changed is None or after.changed
    assert nothing_changed(screen)


def test_rows_said_not_to_have_changed_have_not(desktop: Desktop, screen: Screen):
    before = screen.grab(whole(screen)).pixels.copy()
    for _ in range(3):
        desktop.change()
        screen.wait_for_change(1)
        picture = screen.grab(whole(screen))
        same = np.ones(HEIGHT, bool)
        for top, bottom in picture.changed if picture.changed is not None else [(0, HEIGHT)]:
            same[top:bottom] = False
        assert (picture.pixels[same] == before[same]).all()
        before = picture.pixels.copy()


def test_another_part_is_all_new(screen: Screen):
    screen.grab(whole(screen))
    assert screen.grab(Rect(x=10, y=10, width=100, height=100)).changed is None
    assert screen.grab(whole(screen)).changed is None
    assert screen.grab(whole(screen)).changed == ()


def test_a_change_ends_a_wait(desktop: Desktop, screen: Screen):
    screen.grab(whole(screen))
    change = threading.Thread(target=desktop.change)
    change.start()
    assert screen.wait_for_change(2 if isinstance(screen, MssScreen) else DEADLINE_S)  # mss waits it out
    change.join()  # it uses a connection that is closed next


def test_a_wake_before_the_wait_is_not_lost(screen: Screen):
    screen.grab(whole(screen))
    screen.wake()
    assert not screen.wait_for_change(600)


def test_a_wake_from_another_thread_ends_a_wait(screen: Screen):
    screen.grab(whole(screen))
    threading.Thread(target=screen.wake).start()
    assert not screen.wait_for_change(600)


def test_the_pointer_is_where_it_was_put(desktop: Desktop, screen: Screen):
    desktop.move_pointer(123, 45)
    pointer = screen.pointer()
    assert pointer is not None
    assert (pointer.x, pointer.y) == (123, 45)
    assert pointer == screen.pointer()
    assert pointer.image is not None
    assert pointer.image.pixels.shape[2] == 4
    desktop.move_pointer(124, 45)
    assert pointer != screen.pointer()


def test_moving_the_pointer_changes_no_pixel(desktop: Desktop, screen: Screen):
    desktop.move_pointer(50, 50)
    screen.grab(whole(screen))
    before = screen.grab(whole(screen)).pixels.copy()
    desktop.move_pointer(200, 100)
    assert (screen.grab(whole(screen)).pixels == before).all()


def test_a_display_that_went_away_is_an_error_everywhere(desktop: Desktop, screen: Screen):
    rect = whole(screen)
    screen.grab(rect)
    desktop.fail()
    if not isinstance(screen, MssScreen):  # which is told nothing, and has old news of the monitors
        with pytest.raises(NoDisplayError):
            screen.wait_for_change(DEADLINE_S)
        with pytest.raises(NoDisplayError):
            screen.desktop()
    for call in (screen.pointer, lambda: screen.grab(rect)):
        with pytest.raises(NoDisplayError):
            call()
    screen.close()
    with pytest.raises(NoDisplayError):
        desktop.open()


def test_close_and_wake_may_be_repeated_in_any_order(screen: Screen):
    screen.wake()
    screen.close()
    screen.wake()
    screen.close()


# --- what only X has ----------------------------------------------------------------------------------------


def test_only_the_rows_drawn_on_are_grabbed(x11: XDesktop):
    screen = x11.open()
    rect = Rect(x=100, y=50, width=300, height=300)
    screen.grab(rect)
    x11.fill(0xFF8040, Rect(x=110, y=150, width=10, height=5))
    assert screen.wait_for_change(DEADLINE_S)
    picture = screen.grab(rect)
    assert picture.changed == (Rows(96, 112),)
    assert (picture.pixels[100:105, 10:20, :3] == (0x40, 0x80, 0xFF)).all()
    x11.fill(0xFF8040, Rect(x=500, y=150, width=10, height=5))  # beside the part
    assert screen.wait_for_change(DEADLINE_S)
    assert screen.grab(rect).changed == ()
    screen.close()


@pytest.mark.parametrize("share_memory", [True, False])
def test_changes_here_and_there_are_all_seen(x11: XDesktop, share_memory: bool):
    rng = np.random.default_rng(1)
    screen = x11.screen(share_memory=share_memory)
    screen.grab(whole(screen))
    for _ in range(30):
        for _ in range(rng.integers(1, 6)):
            left, top = int(rng.integers(0, WIDTH - 40)), int(rng.integers(0, HEIGHT - 40))
            x11.fill(
                int(rng.integers(0, 1 << 24)), Rect(x=left, y=top, width=40, height=int(rng.integers(1, 40)))
            )
        assert screen.wait_for_change(DEADLINE_S)
        kept = screen.grab(whole(screen)).pixels[..., :3].copy()
        fresh = x11.screen(share_memory=False)
        assert (fresh.grab(whole(fresh)).pixels[..., :3] == kept).all()
        fresh.close()
    screen.close()


def test_drawing_while_the_damage_is_taken_is_seen(x11: XDesktop, monkeypatch: pytest.MonkeyPatch):
    """The news of it comes with the answer that takes the damage before it, and there is no other news."""
    screen = x11.screen()
    try:
        whole = main_monitor(screen.desktop().monitors).rect
        screen.grab(whole)
        x11.change()
        assert screen.wait_for_change(DEADLINE_S)
        server = screen._server
        fetch, drawn = server.raw_reply, []

        def draw_meanwhile(cookie: object) -> memoryview:
            answer = fetch(cookie)
            x11.change()
            server.read_events()
            drawn.append(1)
            return answer

        with monkeypatch.context() as patch:
            patch.setattr(server, "raw_reply", draw_meanwhile)
            screen.grab(whole)
        assert drawn
        assert screen.wait_for_change(DEADLINE_S)
    finally:
        screen.close()


def test_a_mouse_at_rest_is_not_polled_and_one_that_moves_is_noticed(x11: XDesktop):
    screen = x11.open()
    screen.grab(whole(screen))
    screen.pointer()
    assert not screen.desktop().stirring
    xtest = x11.x(xcffib.xtest.key)
    for x in range(100, 150):
        xtest.FakeInput(6, 0, 0, x11.root, x, 100, 0)
    x11.sync()
    assert not screen.wait_for_change(DEADLINE_S)
    assert screen.desktop().stirring
    pointer = screen.pointer()
    assert pointer is not None
    assert pointer.x == 149
    assert screen.desktop().click is None
    screen.close()


def test_a_click_shorter_than_a_poll_is_told_once(x11: XDesktop):
    screen = x11.open()
    screen.grab(whole(screen))
    xtest = x11.x(xcffib.xtest.key)
    for kind, x in ((6, 77), (4, 0), (5, 0)):
        xtest.FakeInput(kind, 0 if kind == 6 else 1, 0, x11.root, x, x, 0)
    x11.sync()
    assert not screen.wait_for_change(DEADLINE_S)
    assert screen.desktop().click == (77, 77)
    assert screen.desktop().click is None
    screen.close()


def test_a_console_that_shows_another_session_is_hidden(x11: XDesktop):
    screen = x11.open()
    atom = x11.x.core.InternAtom(False, 14, "XFree86_has_VT").reply().atom
    for owned, hidden in ((0, ReasonCode.SESSION_SWITCHED), (1, None)):
        x11.x.core.ChangeProperty(xp.PropMode.Replace, x11.root, atom, xp.Atom.INTEGER, 32, 1, [owned])
        x11.sync()
        assert screen.desktop().hidden is hidden
    screen.close()


@pytest.mark.parametrize("share_memory", [True, False])
def test_pixels_are_blue_green_red(x11: XDesktop, share_memory: bool):
    x11.fill(0x102030, Rect(x=0, y=0, width=WIDTH, height=HEIGHT))
    x11.fill(0xFF8040, Rect(x=100, y=50, width=10, height=20))
    screen = x11.screen(share_memory=share_memory)
    pixels = screen.grab(whole(screen)).pixels
    assert (pixels[50:70, 100:110, :3] == (0x40, 0x80, 0xFF)).all()
    assert (pixels[:50, :, :3] == (0x30, 0x20, 0x10)).all()
    screen.close()


def test_a_view_kept_too_long_is_no_fault(x11: XDesktop):
    screen = x11.open()
    picture = screen.grab(whole(screen))
    screen.close()
    assert picture.pixels.sum() >= 0


def segments() -> set[str]:
    return {line.split()[1] for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]}


def test_a_crash_leaves_no_shared_memory_behind(x11: XDesktop):
    before = segments()
    program = (
        "import os, sys\n"
        "from deskreel.recorder.screen.port import main_monitor\n"
        "from deskreel.recorder.screen.x11 import X11Screen\n"
        "screen = X11Screen(sys.argv[1])\n"
        "screen.grab(main_monitor(screen.desktop().monitors).rect)\n"
        "print(screen._pixels.segment.id, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    crashed = subprocess.run(
        [sys.executable, "-c", program, x11.name], capture_output=True, text=True, check=False
    )
    assert crashed.returncode == -9
    assert crashed.stdout.strip().isdigit(), crashed.stderr
    probe = x11.open()  # once it is served, the server has let go of the crashed client's segment
    probe.grab(whole(probe))
    probe.close()
    assert crashed.stdout.strip() not in segments() - before


def test_a_server_that_hangs_is_an_error_in_time(x11: XDesktop):
    screen = x11.screen(answer_timeout_s=0.2)
    screen.grab(whole(screen))
    os.kill(x11.server.pid, signal.SIGSTOP)
    try:
        with pytest.raises(NoDisplayError, match="did not answer"):
            screen.pointer()
    finally:
        os.kill(x11.server.pid, signal.SIGCONT)
    screen.close()


def test_monitors_set_later_are_seen(x11: XDesktop):
    screen = x11.open()
    assert len(screen.desktop().monitors) == 1
    randr = x11.x(xcffib.randr.key)
    randr.QueryVersion(1, 5).reply()
    for name, left, primary in ((b"left", 0, False), (b"right", WIDTH // 2, True)):
        atom = x11.x.core.InternAtom(False, len(name), name.decode()).reply().atom
        info = xcffib.randr.MonitorInfo.synthetic(
            atom, primary, False, 0, left, 0, WIDTH // 2, HEIGHT, 100, 100, []
        )
        randr.SetMonitor(x11.root, info)
    x11.sync()
    found = {monitor.name: monitor for monitor in screen.desktop().monitors}
    assert found["right"].rect == Rect(x=WIDTH // 2, y=0, width=WIDTH // 2, height=HEIGHT)
    assert main_monitor(screen.desktop().monitors).name == "right"
    assert screen.wait_for_change(0)
    screen.close()


def test_another_cursor_is_another_image(x11: XDesktop):
    screen = x11.open()
    before = screen.pointer()
    font, cursor = x11.x.generate_id(), x11.x.generate_id()
    x11.x.core.OpenFont(font, len("cursor"), "cursor")
    x11.x.core.CreateGlyphCursor(cursor, font, font, 68, 69, 0, 0, 0, 65535, 65535, 65535)
    x11.x.core.ChangeWindowAttributes(x11.window, xp.CW.Cursor, [cursor])
    x11.sync()
    after = screen.pointer()
    assert after != before
    assert after is not None
    assert after.image is not None
    assert after.image.pixels[..., 3].max() == 255
    screen.close()


def test_wayland_without_x_is_refused_with_advice(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    with pytest.raises(NoDisplayError) as refused:
        X11Screen()
    assert "Wayland" in refused.value.detail
    assert "X11" in refused.value.hint_text


def test_no_display_at_all_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(NoDisplayError, match="DISPLAY is not set"):
        X11Screen()


def test_sixteen_bit_pixels_are_refused():
    with XvfbDisplay("64x64", depth=16) as server, pytest.raises(NoDisplayError, match="16-bit"):
        X11Screen(server.name)
