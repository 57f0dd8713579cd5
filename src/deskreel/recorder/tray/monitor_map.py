"""The monitors as a small map, the one in the picture marked by a thick frame, a dot and its word."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from deskreel.recorder.tray.icons import COLOURS
from deskreel.recorder.tray.panel import Face, MapMonitor
from deskreel.recorder.tray.style import look

_HEIGHT = 104  # points
_GAP = 3.0  # between monitors that touch
_ROOM_FOR_TEXT = 44.0  # points of width below which only the frame is drawn


class MonitorMap(QWidget):
    """Draws `show_monitors`' last argument, to scale."""

    def __init__(self) -> None:
        super().__init__()
        self._monitors: tuple[MapMonitor, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Monitors")

    def show_monitors(self, monitors: Sequence[MapMonitor]) -> None:
        """Draw these from now on; nothing is repainted when they are the same."""
        if tuple(monitors) == self._monitors:
            return
        self._monitors = tuple(monitors)
        self.setAccessibleDescription("; ".join(map(_in_words, monitors)))
        self.setToolTip("\n".join(map(_in_words, monitors)))
        self.update()

    def sizeHint(self) -> QSize:
        """A strip."""
        return QSize(300, _HEIGHT)

    def places(self) -> list[QRectF]:
        """Where each monitor is drawn, in points of this widget."""
        if not self._monitors:
            return []
        left = min(m.x for m in self._monitors)
        top = min(m.y for m in self._monitors)
        width = max(m.x + m.width for m in self._monitors) - left
        height = max(m.y + m.height for m in self._monitors) - top
        scale = min((self.width() - 4) / width, (self.height() - 4) / height)
        return [
            QRectF(
                2 + (m.x - left) * scale + _GAP / 2,
                2 + (m.y - top) * scale + _GAP / 2,
                m.width * scale - _GAP,
                m.height * scale - _GAP,
            )
            for m in self._monitors
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the map."""
        del event
        chosen = look()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for monitor, place in zip(self._monitors, self.places(), strict=True):
            frame = QPen(QColor(COLOURS[Face.RECORDING] if monitor.active else chosen.line))
            frame.setWidthF(3.0 if monitor.active else 1.2)
            painter.setPen(frame)
            painter.setBrush(QColor(chosen.hover))
            painter.drawRoundedRect(place, 4, 4)
            if place.width() < _ROOM_FOR_TEXT:
                continue
            painter.setPen(QColor(chosen.text))
            words = [monitor.name, f"{monitor.width} \u00d7 {monitor.height}"]
            words += ["\u25cf in the picture"] if monitor.active else []
            text = place.adjusted(5, 3, -5, -3)
            metrics = painter.fontMetrics()
            shown = [
                metrics.elidedText(word, Qt.TextElideMode.ElideRight, int(text.width())) for word in words
            ]
            painter.drawText(text, Qt.AlignmentFlag.AlignCenter, "\n".join(shown))
        painter.end()


def _in_words(monitor: MapMonitor) -> str:
    said = f"{monitor.name}, {monitor.width} by {monitor.height}"
    said += ", primary" if monitor.primary else ""
    return said + (", in the picture" if monitor.active else "")
