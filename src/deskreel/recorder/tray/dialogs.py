"""The dialogs: the notice to acknowledge, the question before quitting, and short messages. None blocks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QCloseEvent, QDesktopServices, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMessageBox, QPushButton, QVBoxLayout, QWidget

from deskreel.recorder.tray.icons import face_icon, face_pixmap
from deskreel.recorder.tray.panel import Face
from deskreel.recorder.tray.style import dress, fitting

_WIDTH = 460  # points


class NoticeDialog(QWidget):
    """The notice about recording: `understood` with its text when the agent confirms it."""

    understood = Signal(str)

    def __init__(self) -> None:
        super().__init__(None, Qt.WindowType.Dialog | Qt.WindowType.WindowStaysOnTopHint)
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle("Deskreel: recording at this desktop")
        self.setWindowIcon(face_icon(Face.RECORDING))
        self._put_off = False
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setAccessibleName("Notice")
        title = QLabel("Your screen may be recorded")
        title.setProperty("role", "headline")
        picture = QLabel()
        picture.setPixmap(face_pixmap(Face.RECORDING, 32, self.devicePixelRatioF()))
        self._yes, self._later = QPushButton("I &understand"), QPushButton("&Later")
        self._yes.setProperty("kind", "primary")
        self._yes.setDefault(True)
        for button in (self._yes, self._later):
            button.setAutoDefault(True)
        self._yes.clicked.connect(self._confirm)
        self._later.clicked.connect(self.close)
        head, column, row = QHBoxLayout(), QVBoxLayout(self), QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(picture)
        head.addWidget(title, 1)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(14)
        column.addLayout(head)
        column.addWidget(self._text)
        row.addStretch(1)
        row.addWidget(self._later)
        row.addWidget(self._yes)
        column.addLayout(row)
        dress(self)

    def ask(self, text: str, *, again: bool) -> None:
        """Show the notice `text`; empty hides it. `again`: also when the agent put it off."""
        self._put_off = self._put_off and not again and bool(text)
        self._text.setText(text)
        if not text:
            self.hide()
        elif not self._put_off and not self.isVisible():
            self.show()

    def showEvent(self, event: QShowEvent) -> None:
        """Now the fonts stand."""
        super().showEvent(event)
        self.setFixedSize(fitting(self, _WIDTH))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Put off, until the next recording."""
        self._put_off = True
        super().closeEvent(event)

    def _confirm(self) -> None:
        self.understood.emit(self._text.text())
        self.hide()


def ask_to_quit(parent: QWidget | None, quit_now: Callable[[], None]) -> QMessageBox:
    """Ask before a hole is made in a recording."""
    box = QMessageBox(parent)
    box.setIconPixmap(face_pixmap(Face.PROBLEM, 40, box.devicePixelRatioF()))
    box.setWindowTitle("Quit Deskreel?")
    box.setText("Your screen is being recorded with a call.")
    box.setInformativeText("If you quit now, the rest is missing, and the recording will say so.")
    stay = box.addButton("&Keep recording", QMessageBox.ButtonRole.RejectRole)
    leave = box.addButton("&Quit anyway", QMessageBox.ButtonRole.DestructiveRole)
    stay.setProperty("kind", "primary")
    box.setDefaultButton(stay)
    box.setEscapeButton(stay)
    leave.clicked.connect(quit_now)
    return _opened(box)


def tell_failure(parent: QWidget | None, failed: str, hint: str) -> QMessageBox:
    """Say that what the agent asked for did not happen."""
    box = QMessageBox(parent)
    box.setIconPixmap(face_pixmap(Face.PROBLEM, 40, box.devicePixelRatioF()))
    box.setWindowTitle("Deskreel: that did not work")
    box.setText(failed)
    box.setInformativeText(hint)
    box.addButton("&Close", QMessageBox.ButtonRole.RejectRole)
    return _opened(box)


def tell_saved(parent: QWidget | None, path: Path) -> QMessageBox:
    """Say where the diagnostics bundle is."""
    box = QMessageBox(parent)
    box.setIconPixmap(face_pixmap(Face.UPLOADING, 40, box.devicePixelRatioF()))
    box.setWindowTitle("Diagnostics bundle")
    box.setText("The diagnostics bundle is saved. Send it to whoever looks after Deskreel.")
    box.setInformativeText(
        f"{path}\n\nIt has versions, settings, state and log, and the names and sizes of files that wait. "
        "It has no pictures, no credential and no names of people."
    )
    folder = box.addButton("Open &folder", QMessageBox.ButtonRole.ActionRole)
    close = box.addButton("&Close", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(close)
    folder.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent))))
    return _opened(box)


def tell_about(parent: QWidget | None, about: tuple[tuple[str, str], ...]) -> QMessageBox:
    """Name, version and whom this recorder belongs to."""
    box = QMessageBox(parent)
    box.setIconPixmap(face_pixmap(Face.IDLE, 40, box.devicePixelRatioF()))
    box.setWindowTitle("About Deskreel")
    box.setText("Deskreel records the screen while a recorded call is up.")
    box.setInformativeText("\n".join(f"{name}: {value}" for name, value in about if value))
    box.addButton("&Close", QMessageBox.ButtonRole.RejectRole)
    return _opened(box)


def _opened(box: QMessageBox) -> QMessageBox:
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowModality(Qt.WindowModality.NonModal)
    dress(box)
    box.show()
    return box
