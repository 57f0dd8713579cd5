"""Small parts that the pages and panels of the demo desktop are built from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLayout,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from deskreel.demo.desktop_data import STATUS_TONES
from deskreel.demo.desktop_style import FONTS, Palette

# Line icons on a grid of 24, drawn for this demo.
_ICONS = {
    "home": "M3 11 L12 3 L21 11 M5 9.5 V21 H10 V15 H14 V21 H19 V9.5",
    "inbox": "M3 13 H8 L10 16 H14 L16 13 H21 M3 13 L6 4 H18 L21 13 V20 H3 Z",
    "people": "M9 11 A4 4 0 1 0 9 3 A4 4 0 1 0 9 11 M2 21 C2 12 16 12 16 21 M17 4 A4 4 0 0 1 17 11 "
    "M18 14 C21 15 22 18 22 21",
    "box": "M3 7.5 L12 3 L21 7.5 V16.5 L12 21 L3 16.5 Z M3 7.5 L12 12 L21 7.5 M12 12 V21",
    "book": "M4 4 H10 Q12 4 12 6 V20 Q12 18.5 10 18.5 H4 Z M20 4 H14 Q12 4 12 6 V20 Q12 18.5 14 18.5 H20 Z",
    "chart": "M4 20 H20 M7 20 V12 M12 20 V5 M17 20 V9",
    "phone": "M6 3 L9.5 3.5 L10.5 8 L8.5 10 C9.5 13 11 14.5 14 15.5 L16 13.5 L20.5 14.5 L21 18 "
    "C20 20 18.5 21 17 21 C9 20.5 3.5 15 3 7 C3 5.5 4 4 6 3 Z",
    "chat": "M4 4 H20 V16 H11 L6 20.5 V16 H4 Z",
    "gear": "M4 7 H13 M17 7 H20 M15 5 V9 M4 17 H7 M11 17 H20 M9 15 V19 M4 12 H20",
    "box-open": "M4 4 H20 V20 H4 Z",
    "down": "M7 10 L12 15 L17 10",
    "card": "M3 6 H21 V18 H3 Z M3 10 H21 M6 15 H10",
    "lock": "M6 11 H18 V20 H6 Z M8.5 11 V7.5 A3.5 3.5 0 0 1 15.5 7.5 V11",
}


def icon(name: str, colour: str, size: int = 20) -> QPixmap:
    """A line icon in `colour`, `size` pixels square."""
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='{colour}' "
        f"stroke-width='1.8' stroke-linecap='round' stroke-linejoin='round'><path d='{_ICONS[name]}'/></svg>"
    )
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg.encode())).render(painter)
    painter.end()
    return pixmap


def label(text: str = "", role: str = "", *, wrap: bool = False) -> QLabel:
    """A text; `role` picks its style in the stylesheet."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if role:
        made.setProperty("role", role)
    return made


def picture(name: str, colour: str, size: int = 20) -> QLabel:
    """An icon as a widget."""
    made = QLabel()
    made.setPixmap(icon(name, colour, size))
    made.setFixedSize(size, size)
    return made


def pill(text: str, tone: str) -> QLabel:
    """A short word on a rounded ground; `tone` is good, warn, bad, info or quiet."""
    made = QLabel(text)
    made.setProperty("pill", tone)
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    made.setFixedHeight(22)  # twice the radius of its corners and a bit
    made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    return made


def restyle(widget: QWidget, name: str, value: str) -> None:
    """Set a property that the stylesheet looks at, and let the style look again."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def frame(name: str, layout: QLayout, margins: Sequence[int] = (0, 0, 0, 0), spacing: int = 0) -> QFrame:
    """A styled frame with `layout` inside."""
    made = QFrame()
    made.setObjectName(name)
    layout.setContentsMargins(*margins)
    layout.setSpacing(spacing)
    made.setLayout(layout)
    return made


def rule() -> QFrame:
    """A hairline across."""
    made = QFrame()
    made.setObjectName("rule")
    made.setFixedHeight(1)
    return made


def titled(title: str, *widgets: QWidget, trailing: QWidget | None = None, fills: bool = False) -> QFrame:
    """A card with a heading; its widgets stay at the top unless one of them `fills` the room."""
    column = QVBoxLayout()
    made = frame("card", column, (16, 14, 16, 14), 10)
    head = QHBoxLayout()
    head.addWidget(label(title, "h2"))
    head.addStretch()
    if trailing:
        head.addWidget(trailing)
    column.addLayout(head)
    for widget in widgets:
        column.addWidget(widget)
    if not fills:
        column.addStretch()
    return made


def facts(rows: Sequence[tuple[str, QWidget]]) -> QWidget:
    """Captions and values in two columns."""
    made = QWidget()
    grid = QGridLayout(made)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(14)
    grid.setVerticalSpacing(9)
    grid.setColumnStretch(1, 1)
    for i, (caption, value) in enumerate(rows):
        short = value.property("pill") is not None
        middle, left = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignLeft
        grid.addWidget(label(caption, "soft"), i, 0, middle if short else Qt.AlignmentFlag.AlignTop)
        grid.addWidget(value, i, 1, middle | left)
    return made


def tile(caption: str, value: QLabel | str, note: str) -> QFrame:
    """A figure with what it is and how it compares."""
    column = QVBoxLayout()
    made = frame("tile", column, (14, 11, 14, 11), 2)
    column.addWidget(label(caption, "soft"))
    column.addWidget(label(value, "big") if isinstance(value, str) else value)
    column.addWidget(label(note, "caption"))
    return made


class Select(QFrame):
    """Looks like a closed selection list; the script sets its text."""

    def __init__(self, text: str, palette: Palette) -> None:
        super().__init__()
        self.setObjectName("select")
        row = QHBoxLayout(self)
        row.setContentsMargins(11, 7, 8, 7)
        self._text = label(text)
        row.addWidget(self._text)
        row.addStretch()
        row.addWidget(picture("down", palette.faint, 18))

    def choose(self, text: str) -> None:
        """Show another choice."""
        self._text.setText(text)


def field(caption: str, widget: QWidget) -> QWidget:
    """A form field under its caption."""
    made = QWidget()
    column = QVBoxLayout(made)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(5)
    column.addWidget(label(caption, "label"))
    column.addWidget(widget)
    return made


def pill_pixmap(text: str, palette: Palette) -> QPixmap:
    """A status as a painted pill, for table cells; painted once, so that scrolling runs no Python."""
    ink, ground = {
        "good": (palette.good, palette.good_soft),
        "warn": (palette.warn, palette.warn_soft),
        "bad": (palette.bad, palette.bad_soft),
        "info": (palette.accent, palette.accent_soft),
        "quiet": (palette.soft, palette.hover),
    }[STATUS_TONES.get(text, "quiet")]
    font = QFont(QApplication.font())
    font.setFamilies(list(FONTS))
    font.setPixelSize(12)
    font.setWeight(QFont.Weight.DemiBold)
    made = QPixmap(QFontMetrics(font).horizontalAdvance(text) + 20, 22)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(ground))
    painter.drawRoundedRect(made.rect(), 10, 10)
    painter.setPen(QColor(ink))
    painter.drawText(made.rect(), Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    return made


def table(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths: Sequence[int],
    palette: Palette,
    *,
    right: Sequence[int] = (),
) -> QTableWidget:
    """A read-only table; a width of 0 takes the room that is left, a column named Status shows pills."""
    made = QTableWidget(len(rows), len(headers))
    made.setHorizontalHeaderLabels(list(headers))
    made.verticalHeader().hide()
    made.verticalHeader().setDefaultSectionSize(38)
    made.setShowGrid(False)
    made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    made.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    made.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    made.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    header = made.horizontalHeader()
    header.setHighlightSections(False)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    for column, width in enumerate(widths):
        if width:
            made.setColumnWidth(column, width)
        else:
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
    status = list(headers).index("Status") if "Status" in headers else -1
    pills = {row[status]: pill_pixmap(row[status], palette) for row in rows} if status >= 0 else {}
    made.setIconSize(QSize(120, 22))
    for i, row in enumerate(rows):
        for column, text in enumerate(row):
            item = QTableWidgetItem("" if column == status else text)
            if column == status:
                item.setData(Qt.ItemDataRole.DecorationRole, pills[text])
            if column in right:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            made.setItem(i, column, item)
    for column in right:
        if (header := made.horizontalHeaderItem(column)) is not None:
            header.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return made


def fit_height(made: QTableWidget) -> QTableWidget:
    """The table exactly as high as its rows, without a scroll bar."""
    made.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setFixedHeight(36 + made.rowCount() * made.verticalHeader().defaultSectionSize())
    made.horizontalHeader().setFixedHeight(36)
    return made
