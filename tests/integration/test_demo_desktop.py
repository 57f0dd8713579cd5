"""The demo's desktop and the test clock on a real X server: they say ready when seen, and they change."""

from __future__ import annotations

import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import xcffib.xproto as xp

from deskreel.demo.desktop_data import CUSTOMERS
from deskreel.demo.desktop_script import Step, Verb, call_script, wrap_up_script
from deskreel.demo.desktop_style import PAYMENT_RGB
from deskreel.demo.xvfb import XvfbDisplay
from deskreel.testing.clock_window import decode_clock
from support.x_client import XClient

PATIENCE_S = 30.0


class Eye:
    """Looks at the root window of a display."""

    def __init__(self, display: str) -> None:
        self._conn = XClient(display=display)
        self._root = self._conn.first_screen()

    def look(self) -> np.ndarray:
        width, height = self._root.width_in_pixels, self._root.height_in_pixels
        cookie = self._conn.core.GetImage(
            *(xp.ImageFormat.ZPixmap, self._root.root, 0, 0, width, height, 0xFFFFFFFF)
        )
        data = np.frombuffer(bytes(cookie.reply().data.buf()), np.uint8)
        return data.reshape(height, width, 4)[..., 2::-1]

    def wait(self, seen: Callable[[np.ndarray], bool]) -> float:
        """Look again and again until `seen`; the time of that look."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            began = time.monotonic()
            if seen(self.look()):
                return began
        raise AssertionError("it was never seen")

    def close(self) -> None:
        self._conn.disconnect()


@pytest.fixture(scope="module")
def display() -> Iterator[XvfbDisplay]:
    with XvfbDisplay("1920x1080") as running:
        yield running


@pytest.fixture
def eye(display: XvfbDisplay) -> Iterator[Eye]:
    made = Eye(display.name)
    yield made
    made.close()


@contextmanager
def running(display: XvfbDisplay, module: str, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", module, *options]
    with subprocess.Popen(
        command, env=display.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as process:
        try:
            assert process.stdout is not None
            assert select.select([process.stdout], [], [], PATIENCE_S)[0], "it never said ready"
            assert process.stdout.readline() == b"ready\n"
            yield process
        finally:
            process.kill()


def say(process: subprocess.Popen[bytes], word: str) -> float:
    assert process.stdin is not None
    process.stdin.write(f"{word}\n".encode())
    return time.monotonic()


def payment_in_front(screen: np.ndarray) -> bool:
    return int((screen[::8, ::8] == PAYMENT_RGB).all(axis=2).sum()) > 50


def fields_changed(before: np.ndarray) -> Callable[[np.ndarray], bool]:
    """Something changed below the top bar, where the wall clock is not."""
    return lambda now: bool((before[80:] != now[80:]).any())


def test_it_is_on_the_screen_when_it_says_ready(display: XvfbDisplay, eye: Eye) -> None:
    with running(display, "deskreel.demo.desktop") as process:
        first = eye.look()
        assert len(np.unique(first.reshape(-1, 3)[::97], axis=0)) > 20, "an empty screen"
        eye.wait(lambda now: bool((first[:80] != now[:80]).any()))  # the wall clock goes on
        assert not fields_changed(first)(eye.look()), "idle, yet something moves"
        say(process, "quit")
        assert process.wait(PATIENCE_S) == 0


def status_is_after_call_work(now: np.ndarray) -> bool:
    """The pill beside the agent's name has its colour; where its text stands depends on the fonts."""
    return int((now[10:60, 1500:1800] == (0xFD, 0xEF, 0xD2)).all(axis=-1).sum()) > 300


def test_a_call_with_payment_and_after_call_work(display: XvfbDisplay, eye: Eye) -> None:
    options = ("--call-seconds", "8", "--card", "3-6", "--acw", "1")
    with running(display, "deskreel.demo.desktop", *options) as process:
        idle = eye.look()
        said = say(process, "call")
        eye.wait(fields_changed(idle))
        shown = eye.wait(payment_in_front) - said
        gone = eye.wait(lambda now: not payment_in_front(now)) - said
        assert 3.0 < shown < gone  # when exactly it goes is up to the machine's load
        typing = eye.look()
        eye.wait(fields_changed(typing))
        say(process, "acw")
        eye.wait(status_is_after_call_work)
        say(process, "available")
        eye.wait(lambda now: not fields_changed(idle)(now))
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(PATIENCE_S) == 0


def test_a_card_window_outside_the_call_is_refused(display: XvfbDisplay) -> None:
    command = [sys.executable, "-m", "deskreel.demo.desktop", "--call-seconds", "5", "--card", "4-9"]
    done = subprocess.run(command, env=display.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "card window" in done.stderr


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("seconds", "card"), [(30, (10, 14)), (600, (200, 260)), (6, (0, 2)), (9, (7, 9))])
def test_card_digits_stand_only_well_within_the_card_window(
    seconds: float, card: tuple[float, float], seed: int
) -> None:
    steps = call_script(CUSTOMERS[seed % 3], seconds, card, seed)
    assert steps == call_script(CUSTOMERS[seed % 3], seconds, card, seed)
    assert [s.at_ms for s in steps] == sorted(s.at_ms for s in steps)
    assert steps[-1].at_ms <= seconds * 1000
    tabs = [s for s in steps if s.verb is Verb.TAB]
    (enter,) = (i for i, s in enumerate(tabs) if s.target == "Payment")
    assert tabs[enter].at_ms == card[0] * 1000 + 500
    assert tabs[enter + 1].at_ms == card[1] * 1000 - 500
    cards = [s for s in steps if s.target in ("card", "holder", "expiry", "code")]
    (clear,) = (s for s in steps if s.verb is Verb.CLEAR_CARD)
    assert all(tabs[enter].at_ms < s.at_ms < clear.at_ms for s in cards)
    assert clear.at_ms == card[1] * 1000 - 500
    assert steps.index(clear) < steps.index(tabs[enter + 1])


def test_a_call_without_a_card_never_shows_the_payment_page() -> None:
    steps = call_script(CUSTOMERS[0], 120, None, 1) + wrap_up_script(CUSTOMERS[0], 5, 1)
    assert "Payment" not in {s.target for s in steps}


def test_the_wrap_up_note_is_done_in_time() -> None:
    steps: tuple[Step, ...] = wrap_up_script(CUSTOMERS[0], 5, 1)
    assert steps[-1].at_ms <= 4000
    assert [s.text for s in steps if s.verb is Verb.TYPE][-1] == CUSTOMERS[0].wrap_up


def test_the_clock_window_shows_the_time_on_a_real_screen(display: XvfbDisplay, eye: Eye) -> None:
    with running(display, "deskreel.testing.clock_window", "--fps", "30", "--until-eof") as process:
        readings: list[int] = []
        for _ in range(20):
            before_ms = time.time_ns() // 1_000_000
            reading = decode_clock(eye.look()[..., 1])
            assert reading is not None, "a torn reading"
            assert before_ms - 500 <= reading <= time.time_ns() // 1_000_000
            readings.append(reading)
        eye.wait(lambda now: decode_clock(now[..., 1]) != readings[-1])
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(PATIENCE_S) == 0


LONG_DAY = """
from PySide6.QtWidgets import QApplication
from deskreel.qt_compat import keep_constants_alive
from deskreel.demo.desktop_data import CUSTOMERS
from deskreel.demo.desktop_script import call_script
from deskreel.demo.desktop_style import LIGHT
from deskreel.demo.desktop_window import DesktopWindow

keep_constants_alive()
app = QApplication([])
window = DesktopWindow("Daniel Okafor", LIGHT, seed=1, moves_pointer=False)
for call in range(3):
    window.begin_call(CUSTOMERS[call])
    for step in call_script(CUSTOMERS[call], 600, (100, 120), call):
        window.apply(step)
    window.become_available()
    app.processEvents()
"""


def test_many_calls_do_not_end_the_interpreter(display: XvfbDisplay) -> None:
    # PySide6 6.12.0 loses a reference to None with each call; unguarded, this ends in none_dealloc
    done = subprocess.run(
        [sys.executable, "-c", LONG_DAY], env=display.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_missing_xvfb_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(RuntimeError, match="Xvfb"):
        XvfbDisplay().start()
