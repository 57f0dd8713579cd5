"""What the windows are put together from: labels in a role, cards, a combo box."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QVBoxLayout

from deskreel.recorder.tray.icons import eye_pixmap
from deskreel.recorder.tray.style import look

_EYE = 20  # points


class Select(QComboBox):
    """A combo box with an arrow of our own: a styled one has none."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the arrow on top."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.ButtonText), 1.6))
        x, y = self.width() - 18, self.height() / 2 - 2
        painter.drawPolyline([QPointF(x, y), QPointF(x + 4.5, y + 4.5), QPointF(x + 9, y)])
        painter.end()


class WatchedLine(QFrame):
    """Says that somebody watches the screen live; hidden while nobody does."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("watched")
        self._eye, self._words = QLabel(), label_of("watched")
        self._words.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 9, 14, 9)
        row.setSpacing(10)
        row.addWidget(self._eye)
        row.addWidget(self._words, 1)

    def say(self, words: str) -> None:
        """Show them; none hides the line."""
        if words and self._eye.pixmap().isNull():  # now the screen is known that it is drawn for
            self._eye.setPixmap(eye_pixmap(look().watched, _EYE, self.devicePixelRatioF()))
        self._words.setText(words)
        self.setVisible(bool(words))


def label_of(role: str) -> QLabel:
    """A label of plain text in a role of the stylesheet."""
    made = QLabel()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("role", role)
    return made


def set_role(label: QLabel, role: str) -> None:
    """Give a label another role."""
    if label.property("role") != role:
        label.setProperty("role", role)
        label.style().unpolish(label)  # the stylesheet looks at properties only when it polishes
        label.style().polish(label)


def section(title: str) -> QLabel:
    """The heading of a card."""
    made = label_of("section")
    made.setText(title)
    return made


def column_in(card: QFrame) -> QVBoxLayout:
    """Make a frame a card with a column in it."""
    card.setObjectName("card")
    column = QVBoxLayout(card)
    column.setContentsMargins(14, 12, 14, 12)
    column.setSpacing(6)
    return column
