"""The look of the windows: two palettes and the one stylesheet made from them; follows the desktop's theme."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from string import Template

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Colours by their job, as #rrggbb."""

    page: str  # behind everything
    card: str
    line: str  # hairlines and borders
    hover: str
    text: str
    soft: str  # secondary text
    accent: str
    on_accent: str
    bad: str  # text of what is wrong
    bad_soft: str  # behind it
    watched: str  # text and sign of a live view
    watched_soft: str  # behind them


LIGHT = Look(
    page="#f3f5f8",
    card="#ffffff",
    line="#d3dae2",
    hover="#e9eef4",
    text="#1b2733",
    soft="#52606d",
    accent="#1f6fb5",
    on_accent="#ffffff",
    bad="#a33a00",
    bad_soft="#fdeee3",
    watched="#5b3a99",
    watched_soft="#ece5f9",
)
DARK = Look(
    page="#14191f",
    card="#1d242c",
    line="#36414d",
    hover="#2a343f",
    text="#e6ebf0",
    soft="#a9b5c1",
    accent="#62aef0",
    on_accent="#0d1218",
    bad="#ffb27a",
    bad_soft="#3d2614",
    watched="#cdb9f7",
    watched_soft="#30274a",
)

_SHEET = Template("""
QWidget#page { background: $page; }
QLabel { color: $text; background: transparent; }
QLabel[role="headline"] { font-size: 17pt; font-weight: 600; }
QLabel[role="soft"], QLabel[role="name"] { color: $soft; }
QLabel[role="section"] { color: $soft; font-weight: 600; }
QLabel[role="bad"] { color: $bad; font-weight: 600; }
QFrame#card { background: $card; border: 1px solid $line; border-radius: 8px; }
QLabel[role="watched"] { color: $watched; font-weight: 600; }
QFrame#watched { background: $watched_soft; border: none; border-radius: 8px; }
QFrame#problem { background: $bad_soft; border: 1px solid $bad; border-radius: 8px; }
QPushButton, QComboBox {
  background: $card; color: $text; border: 1px solid $line; border-radius: 6px; padding: 6px 14px;
}
QComboBox::drop-down { border: none; width: 26px; }
QPushButton:hover, QComboBox:hover { background: $hover; }
QPushButton:focus, QComboBox:focus { border: 2px solid $accent; padding: 5px 13px; }
QPushButton:disabled, QComboBox:disabled { color: $soft; background: $page; }
QPushButton[kind="primary"] { background: $accent; border-color: $accent; color: $on_accent; font-weight: 600; }
QPushButton[kind="primary"]:focus { border: 2px solid $text; }
QScrollArea { border: none; background: $page; }
""")


def look() -> Look:
    """The one that fits the desktop's theme now."""
    scheme = QApplication.styleHints().colorScheme()
    if scheme is Qt.ColorScheme.Unknown:  # a desktop that does not say: its palette does
        return DARK if QApplication.palette().color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT
    return DARK if scheme is Qt.ColorScheme.Dark else LIGHT


def dress(window: QWidget) -> None:
    """Give a top-level window the look of now."""
    chosen = look()
    window.setPalette(palette_of(chosen))
    window.setStyleSheet(_SHEET.substitute(asdict(chosen)))


def palette_of(chosen: Look) -> QPalette:
    """The colours of `chosen` for what the stylesheet does not reach."""
    palette = QPalette(QColor(chosen.card), QColor(chosen.page))
    for role, colour in (
        (QPalette.ColorRole.Window, chosen.page),
        (QPalette.ColorRole.Base, chosen.card),
        (QPalette.ColorRole.Button, chosen.card),
        (QPalette.ColorRole.Text, chosen.text),
        (QPalette.ColorRole.WindowText, chosen.text),
        (QPalette.ColorRole.ButtonText, chosen.text),
        (QPalette.ColorRole.Highlight, chosen.accent),
        (QPalette.ColorRole.HighlightedText, chosen.on_accent),
    ):
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(chosen.soft))
    return palette


def fitting(window: QWidget, width: int) -> QSize:
    """The size that the content of `window` needs, wrapped texts included, at `width` points or what it must have.

    Right once the window has been shown: only then do its fonts stand.
    """
    layout = window.layout()
    if layout is None:
        return window.sizeHint()
    layout.activate()
    width = max(width, layout.totalMinimumSize().width())
    return QSize(width, layout.totalHeightForWidth(width))
