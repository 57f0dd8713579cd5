"""The tray's process as a whole: which of icon, window, banner and dialogs shows what, and when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QSystemTrayIcon

from deskreel.recorder.tray import dialogs
from deskreel.recorder.tray.banner import BannerStrip
from deskreel.recorder.tray.check_dialog import CheckDialog
from deskreel.recorder.tray.icon import TrayIcon
from deskreel.recorder.tray.panel import Answer, Panel, Verb, Wish
from deskreel.recorder.tray.style import dress
from deskreel.recorder.tray.window import StatusWindow

_TRAY_COMES_MS = 3000  # panels of a desktop that is starting up may come after us


class TrayDesktop(QObject):
    """Icon, window, banner and notice of one recorder. `send` takes wishes to it."""

    def __init__(self, send: Callable[[Wish], None], *, tray_comes_ms: int = _TRAY_COMES_MS) -> None:
        super().__init__()
        self._send = send
        self._panel: Panel | None = None
        self.box: QMessageBox | None = None  # the message shown last
        self.window, self.banner, self.notice = StatusWindow(), BannerStrip(), dialogs.NoticeDialog()
        self.icon, self.check = TrayIcon(), CheckDialog()
        for part in (self.window, self.icon):
            part.wished.connect(self._wish)
            part.diagnose.connect(self._diagnose)
            part.leave.connect(self._quit)
        self.icon.opened.connect(self.open_window)
        self.icon.about.connect(self._about)
        self.window.closing.connect(self._close_window)
        self.notice.understood.connect(lambda text: send(Wish(verb=Verb.ACKNOWLEDGE, text=text)))
        QApplication.styleHints().colorSchemeChanged.connect(self._dress)
        QTimer.singleShot(tray_comes_ms, self, self._look_for_tray)

    def show_panel(self, panel: Panel) -> None:
        """The recorder is so now."""
        before, self._panel = self._panel, panel
        self.icon.show_panel(panel)
        self.window.show_panel(panel)
        self.banner.show_banner(panel.banner, panel.monitors)
        began = panel.capturing and (before is None or not before.capturing)
        self.notice.ask(panel.notice, again=began)
        if panel.final:
            self.open_window()

    def answered(self, answer: Answer) -> None:
        """A wish was carried out, or was not."""
        if answer.verb is Verb.CHECK:
            self._show_checking(checking=False)
        if answer.failed:
            self.box = dialogs.tell_failure(None, answer.failed, answer.hint)
        elif answer.verb is Verb.DIAGNOSE:
            self.box = dialogs.tell_saved(None, Path(answer.text))
        elif answer.verb is Verb.CHECK:
            self.check.show_lines(answer.lines)

    def open_window(self) -> None:
        """Bring the window to the front."""
        self.window.setWindowState(self.window.windowState() & ~Qt.WindowState.WindowMinimized)
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()

    def _wish(self, wish: Wish) -> None:
        if wish.verb is Verb.CHECK:
            self._show_checking(checking=True)
        self._send(wish)

    def _show_checking(self, *, checking: bool) -> None:
        self.window.show_checking(checking=checking)
        self.icon.show_checking(checking=checking)

    def _look_for_tray(self) -> None:
        if not QSystemTrayIcon.isSystemTrayAvailable() and not self.window.isVisible():
            self.window.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
            self.window.show()
            self.window.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating, False)

    def _close_window(self) -> None:
        if self._panel is not None and self._panel.final:
            self._quit()
        elif QSystemTrayIcon.isSystemTrayAvailable():
            self.window.hide()
        else:
            self.window.showMinimized()  # there is no icon to bring it back

    def _diagnose(self) -> None:
        kind = QStandardPaths.StandardLocation.DownloadLocation
        folder = Path(QStandardPaths.writableLocation(kind))
        folder = folder if folder.is_dir() else Path.home()
        name = f"deskreel-diagnostics-{datetime.now():%Y%m%d-%H%M%S}.zip"
        self._send(Wish(verb=Verb.DIAGNOSE, text=str(folder / name)))

    def _about(self) -> None:
        self.box = dialogs.tell_about(None, () if self._panel is None else self._panel.about)

    def _quit(self) -> None:
        if self._panel is not None and self._panel.capturing:
            self.box = dialogs.ask_to_quit(None, lambda: self._send(Wish(verb=Verb.QUIT)))
        else:
            self._send(Wish(verb=Verb.QUIT))

    def _dress(self) -> None:
        dress(self.window)
        dress(self.notice)
        dress(self.check)
