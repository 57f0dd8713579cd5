"""The banner: a slim strip at the top of the recorded monitor that takes neither focus nor clicks.

It stands still: a running clock in it would be a change on the screen each second, captured over and over. On
X11 whatever is on the screen is in the recording, so the banner is too.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPaintEvent, QRegion, QScreen
from PySide6.QtWidgets import QWidget

from deskreel.recorder.tray.icons import COLOURS, paint_face
from deskreel.recorder.tray.panel import Banner, MapMonitor

_LINE = 3  # points, along the whole edge
_HEIGHT = 24  # points, of the tab with the words
_PAD = 12
_ICON = 14
_TAB = "#1b2733"  # behind the words, dark on every theme
_WORDS = "#ffffff"


class BannerStrip(QWidget):
    """Shows one banner, or is hidden."""

    def __init__(self) -> None:
        flags = (
            Qt.WindowType.ToolTip  # never in a taskbar, above other windows
            | Qt.WindowType.FramelessWindowHint
            | Qt.WindowType.WindowStaysOnTopHint
            | Qt.WindowType.X11BypassWindowManagerHint  # no window manager moves or focuses it
            | Qt.WindowType.WindowTransparentForInput
            | Qt.WindowType.WindowDoesNotAcceptFocus
        )
        super().__init__(None, flags)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWindowTitle("Deskreel banner")
        self._banner: Banner | None = None

    def show_banner(self, banner: Banner | None, monitors: Sequence[MapMonitor]) -> None:
        """Show `banner` on the monitor in the picture; None hides it."""
        if banner is None:
            self._banner = None
            self.hide()
            return
        place = QRect(screen_of(monitors).geometry())
        place.setHeight(_HEIGHT)
        if banner == self._banner and place == self.geometry():
            return
        self._banner = banner
        self.setAccessibleName(banner.text)
        self.setGeometry(place)
        self.setMask(QRegion(0, 0, place.width(), _LINE) | QRegion(self._tab()))
        self.update()
        self.show()

    def _tab(self) -> QRect:
        words = "" if self._banner is None else self._banner.text
        width = self.fontMetrics().horizontalAdvance(words) + _ICON + 8 + 2 * _PAD
        return QRect((self.width() - width) // 2, 0, width, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line and the tab."""
        del event
        if self._banner is None:
            return
        painter = QPainter(self)
        tab = self._tab()
        painter.fillRect(tab, QColor(_TAB))
        painter.fillRect(0, 0, self.width(), _LINE, QColor(COLOURS[self._banner.face]))
        icon = QRectF(tab.left() + _PAD, _LINE + (_HEIGHT - _LINE - _ICON) / 2, _ICON, _ICON)
        paint_face(painter, self._banner.face, icon)
        painter.setPen(QColor(_WORDS))
        words = QRectF(tab.adjusted(_PAD + _ICON + 8, _LINE, -_PAD, 0))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self._banner.text)
        painter.end()


def screen_of(monitors: Sequence[MapMonitor]) -> QScreen:
    """The screen of Qt that is the monitor in the picture, else the primary one."""
    screens = QGuiApplication.screens()
    active = next((m for m in monitors if m.active), None)
    if active is not None:
        for screen in screens:
            if screen.name() == active.name:
                return screen
        for screen in screens:  # named otherwise: on X11 its corner is in pixels of the desktop in both
            if (screen.geometry().x(), screen.geometry().y()) == (active.x, active.y):
                return screen
    return QGuiApplication.primaryScreen()
