"""The five tabs of the demo desktop: Customer, Orders, Knowledge, Notes, Payment.

Each page builds its widgets once and enters those that the script works with into the `Handles`.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as factory

from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from deskreel.demo.desktop_articles import TITLES, article
from deskreel.demo.desktop_data import AMOUNT, HISTORY, PAST_NOTES, PAYMENTS, PRODUCTS, Customer, orders
from deskreel.demo.desktop_style import Palette
from deskreel.demo.desktop_widgets import (
    Select,
    field,
    fit_height,
    frame,
    label,
    picture,
    pill,
    rule,
    table,
    tile,
    titled,
)

CARD_FIELDS = ("card", "holder", "expiry", "code")


@dataclass(slots=True)
class Handles:
    """The widgets that the script names, by name."""

    fields: dict[str, QLineEdit | QPlainTextEdit] = factory(default_factory=dict)
    selects: dict[str, Select] = factory(default_factory=dict)
    scrolls: dict[str, QAbstractScrollArea] = factory(default_factory=dict)
    points: dict[str, QWidget] = factory(default_factory=dict)


def _page(margins: tuple[int, int, int, int] = (18, 16, 18, 16)) -> tuple[QWidget, QVBoxLayout]:
    made = QWidget()
    column = QVBoxLayout(made)
    column.setContentsMargins(*margins)
    column.setSpacing(14)
    return made, column


def customer_page(customer: Customer, palette: Palette) -> QWidget:
    """The overview: figures, history, products."""
    made, column = _page()
    tiles = QHBoxLayout()
    tiles.setSpacing(12)
    for caption, value, note in (
        ("Orders", "120", f"since {customer.since}"),
        ("Lifetime value", "£18,420", "top 10 % of members"),
        ("Open cases", "1", customer.case),
        ("Satisfaction", "4.6", "last 8 answers"),
    ):
        tiles.addWidget(tile(caption, value, note))
    column.addLayout(tiles)
    column.addWidget(label("Recent interactions", "h2"))
    history = table(("Date", "Channel", "Subject", "Status"), HISTORY, (120, 100, 0, 130), palette)
    column.addWidget(fit_height(history))
    column.addWidget(label("Products and guarantee", "h2"))
    products = table(("Product", "Serial number", "Guarantee"), PRODUCTS, (0, 180, 170), palette)
    column.addWidget(fit_height(products))
    column.addStretch()
    return made


def orders_page(customer: Customer, seed: int, palette: Palette, handles: Handles) -> QWidget:
    """The long list of orders."""
    made, column = _page((0, 14, 0, 0))
    bar = QHBoxLayout()
    bar.setContentsMargins(18, 0, 18, 0)
    bar.setSpacing(8)
    search = QLineEdit()
    search.setPlaceholderText("Search in orders")
    search.setFixedWidth(260)
    bar.addWidget(search)
    for text, tone in (
        ("All 120", "info"),
        ("Open 9", "quiet"),
        ("Returns 6", "quiet"),
        ("This year", "quiet"),
    ):
        bar.addWidget(pill(text, tone))
    bar.addStretch()
    bar.addWidget(label("Newest first", "soft"))
    column.addLayout(bar)
    rows = [
        (o.number, o.placed, o.item, o.channel, str(o.quantity), o.total, o.status)
        for o in orders(customer, seed)
    ]
    headers = ("Order", "Date", "Item", "Channel", "Qty", "Total", "Status")
    made_table = table(headers, rows, (120, 120, 0, 90, 56, 110, 128), palette, right=(4, 5))
    handles.scrolls["orders"] = made_table
    column.addWidget(made_table)
    return made


def knowledge_page(palette: Palette, handles: Handles) -> QWidget:
    """The knowledge base: titles on the left, the article on the right."""
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    left, column = _page((14, 14, 10, 14))
    left.setFixedWidth(270)
    search = QLineEdit("damage in transit")
    column.addWidget(search)
    column.addWidget(label(f"{len(TITLES)} articles", "caption"))
    titles = QListWidget()
    titles.addItems(list(TITLES))
    titles.setWordWrap(True)
    column.addWidget(titles)
    text = QTextBrowser()
    text.document().setDocumentMargin(22)
    text.document().setDefaultStyleSheet("p, li, td { font-size: 15px; line-height: 155%; }")
    row.addWidget(left)
    side = rule()
    side.setFixedSize(1, 16777215)
    row.addWidget(side)
    row.addWidget(text, 1)

    def show(index: int) -> None:
        text.setHtml(article(max(0, index), heading=palette.accent, soft=palette.soft))

    titles.currentRowChanged.connect(show)
    titles.setCurrentRow(0)
    handles.scrolls["articles"], handles.scrolls["article"] = titles, text
    return made


def notes_page(palette: Palette, handles: Handles) -> QWidget:
    """Earlier notes, the note of this call, and the wrap-up."""
    made, column = _page()
    column.addWidget(label("Notes of this call", "h2"))
    handles.fields["note"] = QPlainTextEdit()
    handles.fields["note"].setPlaceholderText("What was agreed?")
    handles.fields["note"].setFixedHeight(150)
    column.addWidget(handles.fields["note"])
    column.addWidget(label("Wrap-up", "h2"))
    handles.fields["wrap-up"] = QPlainTextEdit()
    handles.fields["wrap-up"].setPlaceholderText("Summary for the case, written after the call")
    handles.fields["wrap-up"].setFixedHeight(150)
    column.addWidget(handles.fields["wrap-up"])
    row = QHBoxLayout()
    row.setSpacing(12)
    for name in ("outcome", "follow-up"):
        handles.selects[name] = Select("Choose", palette)
        row.addWidget(field(name.capitalize(), handles.selects[name]), 1)
    save = QPushButton("Save wrap-up")
    save.setProperty("kind", "primary")
    handles.points["save"] = save
    end = QVBoxLayout()
    end.addStretch()
    end.addWidget(save)
    row.addLayout(end)
    column.addLayout(row)
    column.addWidget(rule())
    column.addWidget(label("Earlier", "h2"))
    for head, text in PAST_NOTES:
        box = QVBoxLayout()
        note = frame("tile", box, (14, 10, 14, 10), 3)
        box.addWidget(label(head, "caption"))
        box.addWidget(label(text, wrap=True))
        column.addWidget(note)
    column.addStretch(1)
    return made


def payment_page(customer: Customer, palette: Palette, handles: Handles) -> QWidget:
    """The card form under a banner in PAYMENT_RGB, a colour that stands nowhere else on the screen."""
    made, column = _page((28, 22, 28, 22))
    banner_row = QHBoxLayout()
    banner = frame("payment", banner_row, (16, 14, 16, 14), 12)
    banner_row.addWidget(picture("lock", "#ffffff", 22))
    words = QVBoxLayout()
    words.setSpacing(2)
    words.addWidget(label("PAYMENT", "h2"))
    words.addWidget(label("Card details must never be recorded. Screen and voice are paused on this page."))
    banner_row.addLayout(words, 1)
    column.addWidget(banner)
    form = QGridLayout()
    form.setHorizontalSpacing(14)
    form.setVerticalSpacing(14)
    for name in CARD_FIELDS:
        handles.fields[name] = QLineEdit()
    form.addWidget(field("Card number", handles.fields["card"]), 0, 0, 1, 2)
    form.addWidget(field("Name on card", handles.fields["holder"]), 1, 0, 1, 2)
    form.addWidget(field("Expiry", handles.fields["expiry"]), 2, 0)
    form.addWidget(field("Security code", handles.fields["code"]), 2, 1)
    entry = QWidget()
    entry.setLayout(form)
    form.setContentsMargins(0, 0, 0, 0)
    take = QPushButton(f"Take payment of {AMOUNT}")
    take.setProperty("kind", "primary")
    column_left = titled("Card", entry, take)
    amount = label(AMOUNT, "big")
    summary = titled(
        "Summary",
        label(f"Order {customer.order}", "soft"),
        label("Express delivery, next delivery day"),
        rule(),
        label("To pay", "soft"),
        amount,
        label("Receipt by e-mail", "caption"),
    )
    row = QHBoxLayout()
    row.setSpacing(16)
    row.addWidget(column_left, 3)
    row.addWidget(summary, 2)
    column.addLayout(row)
    column.addSpacing(8)
    column.addWidget(label("Earlier payments", "h2"))
    column.addWidget(
        fit_height(table(("Date", "For", "Amount"), PAYMENTS, (130, 0, 120), palette, right=(2,)))
    )
    column.addStretch()
    return made
