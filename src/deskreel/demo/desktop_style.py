"""The look of the demo desktop: two palettes and the one stylesheet made from them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from string import Template

PAYMENT_RGB = (0x6D, 0x28, 0xD9)  # the payment page's banner, in both themes and nowhere else on the screen
FONTS = ("Inter", "Segoe UI", "Liberation Sans", "DejaVu Sans")  # the first that is installed


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours by their job, as #rrggbb."""

    page: str  # behind everything
    card: str  # panels and cards
    sunken: str  # inputs and table headers
    line: str  # hairlines
    hover: str  # row or button under the pointer
    text: str
    soft: str  # secondary text
    faint: str  # captions, disabled
    accent: str
    accent_soft: str  # behind accent text
    nav: str
    nav_text: str
    nav_active: str
    good: str
    good_soft: str
    warn: str
    warn_soft: str
    bad: str
    bad_soft: str


LIGHT = Palette(
    page="#eef1f5",
    card="#ffffff",
    sunken="#f6f8fa",
    line="#dfe4ea",
    hover="#f0f4f9",
    text="#1b2733",
    soft="#52606d",
    faint="#8593a1",
    accent="#1f6fb5",
    accent_soft="#e3effa",
    nav="#16293b",
    nav_text="#b4c3d1",
    nav_active="#25405a",
    good="#1c7a4c",
    good_soft="#dff3e8",
    warn="#8f5a00",
    warn_soft="#fdefd2",
    bad="#b3312c",
    bad_soft="#fbe4e2",
)
DARK = Palette(
    page="#12171d",
    card="#1b222b",
    sunken="#141a21",
    line="#2c3641",
    hover="#232c37",
    text="#e2e8ee",
    soft="#a3b0bd",
    faint="#71808f",
    accent="#62aef0",
    accent_soft="#1c344b",
    nav="#0d1218",
    nav_text="#93a3b3",
    nav_active="#1c2a39",
    good="#5ecb95",
    good_soft="#17382a",
    warn="#e5b25a",
    warn_soft="#3b2f17",
    bad="#f0827b",
    bad_soft="#43211f",
)

_SHEET = Template("""
* { font-family: $fonts; font-size: 13px; color: $text; }
QWidget#root { background: $page; }
QLabel { background: transparent; }
QLabel[role="h1"] { font-size: 22px; font-weight: 600; }
QLabel[role="h2"] { font-size: 15px; font-weight: 600; }
QLabel[role="big"] { font-size: 24px; font-weight: 600; }
QLabel[role="soft"] { color: $soft; }
QLabel[role="caption"] { color: $faint; font-size: 12px; }
QLabel[role="label"] { color: $soft; font-size: 12px; font-weight: 600; }
QLabel[role="link"] { color: $accent; }
QLabel[role="clock"] { font-size: 20px; font-weight: 600; }
QLabel[role="timer"] { font-size: 20px; font-weight: 600; }
QLabel[pill] { border-radius: 10px; padding: 0 10px; font-size: 12px; font-weight: 600; }
QLabel[pill="good"] { background: $good_soft; color: $good; }
QLabel[pill="warn"] { background: $warn_soft; color: $warn; }
QLabel[pill="bad"] { background: $bad_soft; color: $bad; }
QLabel[pill="info"] { background: $accent_soft; color: $accent; }
QLabel[pill="quiet"] { background: $hover; color: $soft; }

QFrame#card { background: $card; border: 1px solid $line; border-radius: 8px; }
QFrame#tile { background: $sunken; border: 1px solid $line; border-radius: 8px; }
QFrame#rule { background: $line; border: none; }
QFrame#topbar { background: $card; border: none; }
QFrame#call { background: $sunken; border: 1px solid $line; border-radius: 10px; }
QFrame#call[live="true"] { background: $good_soft; border-color: $good; }
QFrame#call[live="wrap"] { background: $warn_soft; border-color: $warn; }

QFrame#nav, QFrame#brand { background: $nav; border: none; }
QFrame#brand QLabel { color: #ffffff; font-size: 16px; font-weight: 600; }
QFrame#nav QLabel { color: $nav_text; }
QFrame#nav QLabel[role="section"] { color: $nav_text; font-size: 11px; font-weight: 600; }
QFrame#nav QLabel[role="number"] { color: #ffffff; font-weight: 600; }
QFrame#navitem { background: transparent; border: none; border-radius: 6px; }
QFrame#navitem[active="true"] { background: $nav_active; }
QFrame#navitem[active="true"] QLabel { color: #ffffff; font-weight: 600; }

QPushButton { background: $card; border: 1px solid $line; border-radius: 6px; padding: 6px 14px; }
QPushButton { font-weight: 600; }
QPushButton:hover { background: $hover; }
QPushButton:disabled { color: $faint; background: $sunken; }
QPushButton[kind="primary"] { background: #1f6fb5; border-color: #1f6fb5; color: #ffffff; }
QPushButton[kind="primary"]:hover { background: #185b96; }
QPushButton[kind="end"] { background: #c23b35; border-color: #c23b35; color: #ffffff; }
QPushButton[kind="end"]:disabled { background: $sunken; border-color: $line; color: $faint; }

QLineEdit, QPlainTextEdit, QFrame#select {
  background: $sunken; border: 1px solid $line; border-radius: 6px; padding: 7px 10px;
  selection-background-color: $accent; selection-color: #ffffff;
}
QPlainTextEdit { padding: 5px 6px; }
QLineEdit:focus, QPlainTextEdit:focus { border: 1px solid $accent; background: $card; }
QFrame#select { padding: 0; }

QTabWidget::pane { background: $card; border: 1px solid $line; border-radius: 8px; top: -1px; }
QTabWidget::tab-bar { left: 12px; }
QTabBar { qproperty-drawBase: 0; }
QTabBar::tab {
  background: transparent; color: $soft; padding: 11px 20px; border: none;
  border-bottom: 3px solid transparent; font-weight: 600;
}
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $accent; border-bottom: 3px solid $accent; }

QTableWidget {
  background: $card; border: none; gridline-color: transparent; outline: 0;
  selection-background-color: $accent_soft; selection-color: $text;
}
QTableWidget::item { border-bottom: 1px solid $line; padding: 0 8px; }
QTableWidget::item:selected { background: $accent_soft; color: $text; }
QHeaderView, QHeaderView::section {
  background: $sunken; color: $soft; font-size: 12px; font-weight: 600; border: none;
}
QHeaderView::section { border-bottom: 1px solid $line; padding: 8px 11px; }

QTextBrowser { background: $card; border: none; padding: 4px 10px; }
QListWidget { background: transparent; border: none; outline: 0; }
QListWidget::item { padding: 10px 10px; border-radius: 6px; color: $text; }
QListWidget::item:selected { background: $accent_soft; color: $accent; }

QScrollBar:vertical { background: transparent; width: 11px; margin: 0; }
QScrollBar::handle:vertical { background: $line; border-radius: 4px; min-height: 36px; margin: 2px; }
QScrollBar::handle:vertical:hover { background: $faint; }
QScrollBar::add-line, QScrollBar::sub-line { height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QFrame#payment { background: $payment; border: none; border-radius: 8px; }
QFrame#payment QLabel { color: #ffffff; }
""")


def stylesheet(palette: Palette) -> str:
    """The application's stylesheet in the colours of `palette`."""
    red, green, blue = PAYMENT_RGB
    return _SHEET.substitute(
        asdict(palette),
        fonts=", ".join(f'"{name}"' for name in FONTS),
        payment=f"#{red:02x}{green:02x}{blue:02x}",
    )
