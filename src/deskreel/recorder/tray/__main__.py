"""The tray's process: `python -m deskreel.recorder.tray`, started by the recorder. Panels in, wishes out."""

from __future__ import annotations

import os
import signal
import sys
import threading

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication

from deskreel.qt_compat import keep_constants_alive
from deskreel.recorder.tray.desktop import TrayDesktop
from deskreel.recorder.tray.panel import Answer, Panel, Show, Wish, from_line, to_line


class Pipe(QObject):
    """The recorder's lines, read on a thread of their own, as signals on Qt's thread."""

    panel = Signal(Panel)
    answer = Signal(Answer)
    show = Signal()
    ended = Signal()

    def start(self) -> None:
        """Begin to read."""
        threading.Thread(target=self._read, name="pipe", daemon=True).start()

    def _read(self) -> None:
        for line in sys.stdin.buffer:
            message = from_line(line)
            if isinstance(message, Panel):
                self.panel.emit(message)
            elif isinstance(message, Answer):
                self.answer.emit(message)
            elif isinstance(message, Show):
                self.show.emit()
        self.ended.emit()


def send(wish: Wish) -> None:
    """Hand a wish to the recorder."""
    try:
        sys.stdout.buffer.write(to_line(wish))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        leave()


def leave() -> None:
    """End; `quit` would ask the window first, which does not let itself be closed."""
    QApplication.exit(0)


def main() -> int:
    """Show what the recorder says until it ends; returns the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ^C is for the recorder: its pipe ends us
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    keep_constants_alive()
    QApplication.setApplicationName("Deskreel")
    QApplication.setDesktopFileName("deskreel")
    app = QApplication(["deskreel"])
    app.setStyle("Fusion")
    app.setQuitOnLastWindowClosed(False)
    desktop, pipe = TrayDesktop(send), Pipe()
    queued = Qt.ConnectionType.QueuedConnection
    pipe.panel.connect(desktop.show_panel, queued)
    pipe.answer.connect(desktop.answered, queued)
    pipe.show.connect(desktop.open_window, queued)
    pipe.ended.connect(leave, queued)
    pipe.start()
    return app.exec()


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # the reading thread may sit in read(): end without waiting for it
