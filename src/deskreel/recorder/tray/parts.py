"""What the windows are put together from: labels in a role, cards, a combo box."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QComboBox, QFrame, QLabel, QVBoxLayout


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
