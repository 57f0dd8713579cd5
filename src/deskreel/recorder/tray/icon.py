"""The tray icon and its menu. The menu is made once and its entries change, so that it may stand open."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from deskreel.recorder.tray.icons import eye_icon, face_icon
from deskreel.recorder.tray.panel import Face, Panel, Pausing, Verb, Wish

_LONGEST = 70  # characters of an entry


class TrayIcon(QObject):
    """Shows panels as icon, tooltip and menu; what the agent picks comes out as signals."""

    wished = Signal(Wish)
    opened = Signal()
    diagnose = Signal()
    about = Signal()
    leave = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._panel: Panel | None = None
        self.menu = QMenu()
        self._state = self._entry("", self.opened.emit)
        self._watched = self._entry("", self.opened.emit)
        self._watched.setIcon(eye_icon())
        self._agent = self._entry("", self.opened.emit)
        self._problem = self._entry("", self.opened.emit)
        self._hint = self._entry("", self.opened.emit)
        self._problem.setIcon(face_icon(Face.PROBLEM))
        self.menu.addSeparator()
        self._statuses = self.menu.addMenu("&Status")
        self._group: QActionGroup | None = None
        self._pause = self._entry("", self._pause_or_resume)
        self.menu.addSeparator()
        self._network = self._entry("", self.opened.emit)
        self._machine = self._entry("", self.opened.emit)
        self._upload = self._entry("", self.opened.emit)
        self.menu.addSeparator()
        self._entry("&Open Deskreel", self.opened.emit)
        self._check = self._entry("&Check the connection", lambda: self.wished.emit(Wish(verb=Verb.CHECK)))
        self._diagnose = self._entry("&Diagnostics bundle\u2026", self.diagnose.emit)
        self._entry("&About Deskreel", self.about.emit)
        self._quit = self._entry("&Quit", self.leave.emit)
        self._staying = self.menu.addAction("")
        self._staying.setEnabled(False)
        self.icon = QSystemTrayIcon(face_icon(Face.OFFLINE))
        self.icon.setToolTip("Deskreel is starting")
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._activated)
        self.icon.show()  # where no tray is yet, Qt adds the icon when one comes

    def show_panel(self, panel: Panel) -> None:
        """Show `panel` from now on."""
        if self._panel is None or self._panel.face is not panel.face:
            self.icon.setIcon(face_icon(panel.face))
            self._state.setIcon(face_icon(panel.face))
        if self._panel is None or self._panel.tooltip != panel.tooltip:
            self.icon.setToolTip(panel.tooltip)
        state = f"{panel.headline} since {panel.since}" if panel.since else panel.headline
        for entry, text in (
            (self._state, state),
            (self._watched, panel.watched),
            (self._agent, panel.agent),
            (self._problem, panel.problem),
            (self._hint, panel.hint),
            (self._network, panel.network),
            (self._machine, panel.machine),
            (self._upload, panel.sending),
            (self._staying, panel.staying),
        ):
            entry.setText(_short(text).replace("&", "&&"))
            entry.setVisible(bool(text))
        self._check.setVisible(not panel.final)
        self._diagnose.setVisible(not panel.final)
        self._quit.setEnabled(not panel.staying)
        self._pause.setVisible(panel.pausing is not Pausing.NO)
        self._pause.setEnabled(panel.pausing is not Pausing.IDLE)
        self._pause.setText("&Resume recording" if panel.pausing is Pausing.RESUME else "&Pause recording")
        self._show_statuses(panel)
        self._panel = panel

    def show_checking(self, *, checking: bool) -> None:
        """A check of the connection goes on, or is over."""
        self._check.setEnabled(not checking)
        self._check.setText("Checking the connection\u2026" if checking else "&Check the connection")

    def _show_statuses(self, panel: Panel) -> None:
        known = self._panel
        if known is not None and (known.statuses, known.status) == (panel.statuses, panel.status):
            return
        self._statuses.clear()
        self._group = QActionGroup(self)
        for name in panel.statuses:
            entry = self._group.addAction(name.replace("&", "&&"))
            entry.setCheckable(True)
            entry.setChecked(name == panel.status)
            entry.setData(name)
            self._statuses.addAction(entry)
        self._group.triggered.connect(self._choose)
        self._statuses.menuAction().setVisible(bool(panel.statuses))
        self._statuses.setTitle(f"&Status: {panel.status}" if panel.status else "&Status")

    def _choose(self, entry: QAction) -> None:
        self.wished.emit(Wish(verb=Verb.CHOOSE_STATUS, text=str(entry.data())))

    def _pause_or_resume(self) -> None:
        if self._panel is not None:
            resume = self._panel.pausing is Pausing.RESUME
            self.wished.emit(Wish(verb=Verb.RESUME if resume else Verb.PAUSE))

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (
            QSystemTrayIcon.ActivationReason.Trigger,
            QSystemTrayIcon.ActivationReason.DoubleClick,
        ):
            self.opened.emit()

    def _entry(self, text: str, chosen: object) -> QAction:
        entry = self.menu.addAction(text)
        entry.triggered.connect(chosen)
        return entry


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "\u2026"
