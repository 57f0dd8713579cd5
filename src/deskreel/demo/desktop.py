"""A contact-centre agent's desktop for the demo and for end-to-end tests: one real window that works by itself.

Run it with `python -m deskreel.demo.desktop --call-seconds 30 --card 10-14 --acw 5`; DISPLAY says where. It
prints `ready` when its window is on the screen, then obeys lines on stdin: `call` starts the scripted call,
`acw` After Call Work, `available` ends it, `quit` or the end of stdin ends the program. All people and data are
invented. The same seed and options give the same script.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence

from PySide6.QtCore import QElapsedTimer, QObject, QSocketNotifier, Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from deskreel.demo.desktop_data import CUSTOMERS, Customer
from deskreel.demo.desktop_script import Step, call_script, wrap_up_script
from deskreel.demo.desktop_style import DARK, LIGHT, Palette, stylesheet
from deskreel.demo.desktop_window import DesktopWindow
from deskreel.qt_compat import keep_constants_alive

_APPEAR_MS = 15_000  # a window that is not on the screen by then never will be
_LOOK_EVERY_MS = 15


class ScriptPlayer(QObject):
    """Carries steps out when they are due; steps that are due together happen before the next repaint."""

    def __init__(self, apply: Callable[[Step], None]) -> None:
        super().__init__()
        self._apply = apply
        self._steps: Sequence[Step] = ()
        self._next = 0
        self._done: Callable[[], None] | None = None
        self._done_ms = 0
        self._time = QElapsedTimer()
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._play_due)

    def play(self, steps: Sequence[Step], *, lasts_ms: int, then: Callable[[], None] | None = None) -> None:
        """Begin `steps` now in place of what is going on; call `then` after `lasts_ms`."""
        self._steps, self._next, self._done, self._done_ms = steps, 0, then, lasts_ms
        self._time.start()
        self._play_due()

    def stop(self) -> None:
        """Leave out what has not happened yet."""
        self._timer.stop()
        self._steps, self._done = (), None

    def _play_due(self) -> None:
        while self._next < len(self._steps) and self._steps[self._next].at_ms <= self._time.elapsed():
            self._apply(self._steps[self._next])
            self._next += 1
        if self._next < len(self._steps):
            self._timer.start(max(0, self._steps[self._next].at_ms - self._time.elapsed()))
        elif self._done is not None and self._time.elapsed() >= self._done_ms:
            done, self._done = self._done, None
            done()
        elif self._done is not None:
            self._timer.start(self._done_ms - self._time.elapsed())


class Director:
    """Turns the words on stdin into what the desktop does."""

    def __init__(self, window: DesktopWindow, options: argparse.Namespace) -> None:
        self._window, self._options = window, options
        self._player = ScriptPlayer(window.apply)
        self._calls = 0

    def obey(self, word: str) -> None:
        """Do what one line says; unknown words are named on stderr and otherwise ignored."""
        match word:
            case "call":
                self._calls += 1
                self._window.begin_call(self._customer)
                options = self._options
                steps = call_script(self._customer, options.call_seconds, options.card, self._seed)
                self._player.play(
                    steps, lasts_ms=round(options.call_seconds * 1000), then=self._window.end_call
                )
            case "acw" if self._calls:
                self._window.begin_wrap_up()
                steps = wrap_up_script(self._customer, self._options.acw, self._seed)
                self._player.play(steps, lasts_ms=0)
            case "available":
                self._player.stop()
                self._window.become_available()
            case "quit":
                QApplication.quit()
            case "":
                pass
            case _:
                print(f"not understood here: {word!r}", file=sys.stderr, flush=True)

    @property
    def _seed(self) -> int:
        return self._options.seed + self._calls

    @property
    def _customer(self) -> Customer:
        return CUSTOMERS[(self._seed - 2) % len(CUSTOMERS)]


class StdinLines(QObject):
    """Gives each line of stdin to `obey` and ends the program with it."""

    def __init__(self, obey: Callable[[str], None]) -> None:
        super().__init__()
        self._obey = obey
        self._rest = b""
        self._notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)

    def _read(self) -> None:
        data = os.read(sys.stdin.fileno(), 4096)
        if not data:
            self._notifier.setEnabled(False)
            QApplication.quit()
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._obey(line.decode(errors="replace").strip())


class Appearance(QObject):
    """Looks at the screen itself until the window is painted there, then calls `then`."""

    def __init__(self, window: DesktopWindow, palette: Palette, then: Callable[[], None]) -> None:
        super().__init__()
        self._window, self._colour, self._then = window, QColor(palette.nav), then
        self._time = QElapsedTimer()
        self._time.start()
        self._timer = QTimer(self, interval=_LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        # one pixel at the foot of the navigation: painted last of what has that colour
        spot = self._window.screen().grabWindow(self._window.winId(), 2, self._window.height() - 3, 1, 1)
        if not spot.isNull() and spot.toImage().pixelColor(0, 0).rgb() == self._colour.rgb():
            self._timer.stop()
            self._then()
        elif self._time.elapsed() > _APPEAR_MS:
            self._timer.stop()
            print("the window did not appear on the screen", file=sys.stderr, flush=True)
            QApplication.exit(1)


def _window_of_seconds(text: str) -> tuple[float, float]:
    start, _, end = text.partition("-")
    try:
        found = float(start), float(end)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"a window of seconds is START-END, not {text!r}") from error
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="desktop", description="A scripted desktop of a contact-centre agent."
    )
    parser.add_argument("--call-seconds", type=float, default=30.0, help="length of the scripted call")
    parser.add_argument(
        "--card", type=_window_of_seconds, help="START-END of the payment, seconds into the call"
    )
    parser.add_argument(
        "--acw", type=float, default=5.0, help="seconds that After Call Work is meant to last"
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed: another caller and rhythm")
    parser.add_argument("--agent", default="Daniel Okafor", help="name of the agent")
    parser.add_argument("--dark", action="store_true", help="dark theme")
    parser.add_argument("--no-pointer", action="store_true", help="leave the mouse pointer alone")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the desktop until stdin says or ends; returns the exit code."""
    parser = _parser()
    options = parser.parse_args(argv)
    try:
        call_script(CUSTOMERS[0], options.call_seconds, options.card, options.seed)
    except ValueError as error:
        parser.error(str(error))
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    keep_constants_alive()
    app = QApplication(["deskreel-demo-desktop"])
    app.setStyle("Fusion")
    palette = DARK if options.dark else LIGHT
    app.setStyleSheet(stylesheet(palette))
    window = DesktopWindow(options.agent, palette, seed=options.seed, moves_pointer=not options.no_pointer)
    window.setGeometry(app.primaryScreen().geometry())
    window.show()
    window.activateWindow()
    director = Director(window, options)
    held: list[QObject] = []

    def begin() -> None:
        print("ready\n", end="", flush=True)  # one write, also when unbuffered
        held.append(StdinLines(director.obey))

    held.append(Appearance(window, palette, begin))
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
