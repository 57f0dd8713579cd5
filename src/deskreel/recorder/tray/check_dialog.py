"""The dialog with the result of a connectivity check: what it found, and what to do."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from deskreel.recorder.tray.icons import face_icon, face_pixmap
from deskreel.recorder.tray.panel import CheckLine, Face
from deskreel.recorder.tray.parts import column_in, label_of, section
from deskreel.recorder.tray.style import dress, fitting

_WIDTH = 640  # points
_ROOM = 80  # points of the screen's height that are left for title bar and edge
_WORDS = {"ok": "OK", "warning": "Warning", "failed": "Failed", "not checked": "Not checked"}


class CheckDialog(QWidget):
    """Shows the lines of one check after another."""

    def __init__(self) -> None:
        super().__init__(None, Qt.WindowType.Dialog)
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle("Deskreel: connection")
        self.setWindowIcon(face_icon(Face.IDLE))
        self._lines: tuple[CheckLine, ...] = ()
        self._face, self._headline = label_of(""), label_of("headline")
        self._body, self._scroll = QWidget(), QScrollArea()
        self._copy, self._close = QPushButton("C&opy as text"), QPushButton("&Close")
        self._build()
        dress(self)

    def show_lines(self, lines: tuple[CheckLine, ...]) -> None:
        """Show the result of a check in place of the one before, in front."""
        self._lines = lines
        verdicts = [line.verdict for line in lines]
        failures, warnings = verdicts.count("failed"), verdicts.count("warning")
        face = Face.PROBLEM if failures else Face.UPLOADING if warnings else Face.IDLE
        self._face.setPixmap(face_pixmap(face, 32, self.devicePixelRatioF()))
        self._headline.setText(headline(failures, warnings))
        self._body = QWidget()
        self._body.setObjectName("page")
        column = QVBoxLayout(self._body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        advised = [line for line in lines if line.advice]
        if advised:
            column.addWidget(_to_do(advised))
        column.addWidget(_all(lines))
        column.addStretch(1)
        self._scroll.setWidget(self._body)
        dress(self)
        self._copy.setText("C&opy as text")
        self.show()
        self._fit()
        self.raise_()
        self.activateWindow()

    def showEvent(self, event: QShowEvent) -> None:
        """Now the fonts stand."""
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As tall as the lines, or as the screen allows; then they scroll."""
        margins = self.contentsMargins()
        layout = self.layout()
        assert layout is not None  # noqa: S101 - _build has made it
        edges = layout.contentsMargins()
        bar = self._scroll.verticalScrollBar().sizeHint().width()
        body = fitting(self._body, _WIDTH - edges.left() - edges.right() - bar)
        around = layout.sizeHint().height() - self._scroll.sizeHint().height()
        room = self.screen().availableGeometry().height() - _ROOM
        height = min(body.height() + around + margins.top() + margins.bottom(), room)
        self.setFixedSize(body.width() + edges.left() + edges.right() + bar, height)

    def _build(self) -> None:
        whole, head, foot = QVBoxLayout(self), QHBoxLayout(), QHBoxLayout()
        whole.setContentsMargins(20, 20, 20, 16)
        whole.setSpacing(14)
        head.setSpacing(12)
        head.addWidget(self._face)
        head.addWidget(self._headline, 1)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setAccessibleName("Result of the check")
        self._copy.clicked.connect(self._copy_text)
        self._close.clicked.connect(self.close)
        QShortcut(QKeySequence("Escape"), self, self.close)
        for button in (self._copy, self._close):
            button.setAutoDefault(True)
        self._close.setProperty("kind", "primary")
        self._close.setDefault(True)
        foot.addWidget(self._copy)
        foot.addStretch(1)
        foot.addWidget(self._close)
        whole.addLayout(head)
        whole.addWidget(self._scroll, 1)
        whole.addLayout(foot)

    def _copy_text(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(text_of(self._lines)))
        self._copy.setText("Copied")


def headline(failures: int, warnings: int) -> str:
    """The whole check in a few words."""
    if failures:
        return "1 thing does not work" if failures == 1 else f"{failures} things do not work"
    if warnings:
        return "Works, with 1 warning" if warnings == 1 else f"Works, with {warnings} warnings"
    return "The connection is fine"


def text_of(lines: tuple[CheckLine, ...]) -> Iterator[str]:
    """The check as lines of text, to be sent to somebody."""
    for line in lines:
        yield f"{_WORDS[line.verdict]}: {line.title}: {line.measured} (required: {line.required})"
        if line.advice:
            yield f"    {line.advice}"


def _to_do(lines: list[CheckLine]) -> QFrame:
    card = QFrame()
    column = column_in(card)
    card.setObjectName("problem")
    column.addWidget(section("What to do"))
    titles: dict[str, list[str]] = {}  # by what to do: rows often share it
    for line in lines:
        titles.setdefault(line.advice, []).append(line.title)
    for advice, named in titles.items():
        column.addWidget(_wrapped(f"{'; '.join(named)}: {advice}"))
    return card


def _all(lines: tuple[CheckLine, ...]) -> QFrame:
    card, grid = QFrame(), QGridLayout()
    column_in(card).addLayout(grid)
    grid.setHorizontalSpacing(14)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(2, 1)
    for row, line in enumerate(lines):
        mark = label_of("bad" if line.verdict in ("failed", "warning") else "soft")
        mark.setText(_WORDS[line.verdict])
        title = label_of("")
        title.setText(line.title)
        measured = _wrapped(line.measured)
        measured.setToolTip(f"Required: {line.required}")
        for place, label in enumerate((mark, title, measured)):
            grid.addWidget(label, row, place, Qt.AlignmentFlag.AlignTop)
    return card


def _wrapped(text: str) -> QLabel:
    label = label_of("")
    label.setText(text)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
