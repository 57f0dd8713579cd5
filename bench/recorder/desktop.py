"""Two made-up desktops that always do the same: the workloads of the recorder's benchmarks.

`office` is light (forms, tables, articles), `console` dark (log, code, dialogs). What is shown depends on nothing
but the time since the beginning, so a frame of any recorder can be compared with any other of that moment.

    python -m bench.recorder.desktop office [--speed 2]    prints "ready"; a line on stdin starts it; then "done"
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QCursor, QFont, QPainter, QPen
from PySide6.QtWidgets import (
    QApplication,
    QFormLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

WIDTH, HEIGHT = 1920, 1080
TICK_MS = 40  # how often the desktop looks what to show
# fmt: off
WORDS = [
    "account", "address", "agent", "answer", "balance", "billing", "branch", "button", "cable", "caller",
    "card", "change", "charge", "claim", "contact", "contract", "copy", "credit", "customer", "date",
    "deliver", "deposit", "device", "email", "entry", "error", "estimate", "evening", "field", "first",
    "follow", "form", "freight", "garden", "history", "house", "insurance", "invoice", "item", "keyboard",
    "letter", "limit", "line", "list", "meter", "minute", "mobile", "month", "morning", "name", "network",
    "notice", "number", "offer", "office", "open", "order", "package", "page", "parcel", "payment",
    "period", "phone", "plan", "policy", "price", "printer", "problem", "product", "question", "quote",
    "rate", "reason", "receipt", "record", "refund", "region", "report", "request", "return", "review",
    "router", "sale", "school", "screen", "second", "section", "service", "session", "shipping", "signal",
    "status", "street", "supply", "support", "system", "table", "tariff", "ticket", "total", "transfer",
    "travel", "update", "user", "value", "visit", "voice", "warranty", "water", "week", "window", "winter",
    "wire", "world", "year",
]
# fmt: on


@dataclass(frozen=True, slots=True)
class Look:
    """Colours of a desktop."""

    back: str
    panel: str
    text: str
    faint: str
    accent: str


LOOKS = {
    "office": Look("#f3f5f8", "#ffffff", "#1d2430", "#8a94a6", "#2463d1"),
    "console": Look("#16181d", "#1f2229", "#d6dae2", "#767d8b", "#58a6ff"),
}


def prose(seed: int, words: int) -> str:
    """Sentences of made-up English."""
    source, out = random.Random(seed), []
    while len(out) < words:
        sentence = source.choices(WORDS, k=source.randint(6, 14))
        out += [sentence[0].title(), *sentence[1:-1], sentence[-1] + "."]
    return " ".join(out[:words])


def paragraphs(seed: int, count: int) -> str:
    return "\n\n".join(prose(seed * 100 + n, 40 + n * 7 % 50) for n in range(count))


def code(seed: int, lines: int) -> str:
    source, out = random.Random(seed), []
    for n in range(lines):
        a, b, c = source.choices(WORDS, k=3)
        indent = "    " * source.choice((0, 1, 1, 2, 2, 3))
        out.append(
            source.choice(
                (
                    f"{indent}def {a}_{b}(self, {c}: int) -> None:",
                    f"{indent}{a} = self.{b}.get({c!r}, {n})",
                    f"{indent}if {a} is not None and {b} > {n * 7 % 90}:",
                    f"{indent}# {a} of the {b} before the {c}",
                    f"{indent}return {a}({b}={n}, {c}=True)",
                    "",
                )
            )
        )
    return "\n".join(out)


def log_line(n: int) -> str:
    a, b, c = random.Random(n).choices(WORDS, k=3)
    at = f"2026-03-{n % 28 + 1:02} 10:{n // 60 % 60:02}:{n % 60:02}.{n * 37 % 1000:03}"
    return f"{at} INFO  {a}.{b} {c}={n * 7919 % 10007}"


class Spinner(QWidget):
    """Turns as `turn` says."""

    def __init__(self, colour: str) -> None:
        super().__init__()
        self.setFixedSize(56, 56)
        self._colour = QColor(colour)
        self.turn = 0

    def show_turn(self, turn: int) -> None:
        if turn != self.turn:
            self.turn = turn
            self.update()

    def paintEvent(self, _: object) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._colour, 6))
        painter.drawArc(QRectF(6, 6, 44, 44), -self.turn * 24 * 16, 270 * 16)


class Desktop(QWidget):
    """A full screen of pages; `show_at` makes it look as `seconds` after the beginning."""

    def __init__(self, name: str) -> None:
        super().__init__(None, Qt.WindowType.FramelessWindowHint)
        self.look = look = LOOKS[name]
        self.setFixedSize(WIDTH, HEIGHT)
        self.setStyleSheet(
            f"QWidget {{background:{look.back};color:{look.text};font-family:'DejaVu Sans';font-size:15px}}"
            "QPlainTextEdit,QTableWidget,QLineEdit,QFrame#panel "
            f"{{background:{look.panel};border:1px solid {look.faint}}}"
            f"QHeaderView::section {{background:{look.back};border:0;padding:4px}}"
            f"QTableWidget::item:selected {{background:{look.accent};color:white}}"
        )
        self.header = QLabel(f"  {name.title()}   Home   Search   Tickets   Help")
        self.header.setFixedHeight(44)
        self.header.setStyleSheet(f"background:{look.accent};color:white;font-size:17px")
        self.clock = QLabel("09:00:00")
        self.spinner = Spinner(look.accent)
        self.pages = QStackedWidget()
        side = QVBoxLayout()
        for n in range(14):
            side.addWidget(QLabel(f"{WORDS[n * 5].title()} {WORDS[n * 7 + 1]}"))
        side.addStretch(1)
        side.addWidget(self.spinner)
        side.addWidget(self.clock)
        body = QHBoxLayout()
        body.addLayout(side, 1)
        body.addWidget(self.pages, 8)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 8, 8)
        whole.addWidget(self.header)
        whole.addLayout(body, 1)
        self.texts: dict[str, QPlainTextEdit] = {}
        self.tables: list[QTableWidget] = []
        self.typed: dict[QPlainTextEdit, int] = {}
        self.dialog = QFrame(self)
        self.dialog.setObjectName("panel")
        QVBoxLayout(self.dialog).addWidget(_wrapped(prose(77, 90)))
        self.dialog.setGeometry(620, 300, 640, 380)
        self.dialog.hide()

    def page(self, *parts: QWidget) -> None:
        holder = QWidget()
        grid = QGridLayout(holder)
        for n, part in enumerate(parts):
            grid.addWidget(part, 0, n)
        self.pages.addWidget(holder)

    def text(self, name: str, content: str = "", *, mono: bool = False, size: int = 11) -> QPlainTextEdit:
        edit = QPlainTextEdit(content)
        edit.setReadOnly(True)
        edit.setCursorWidth(0)
        font = QFont("DejaVu Sans Mono" if mono else "DejaVu Sans", size)
        edit.setFont(font)
        edit.setStyleSheet(f"font-family:'{font.family()}';font-size:{size + 4}px")
        self.texts[name] = edit
        return edit

    def form(self, seed: int) -> QWidget:
        holder = QFrame()
        holder.setObjectName("panel")
        layout = QFormLayout(holder)
        for n in range(18):
            layout.addRow(WORDS[(seed + n * 3) % len(WORDS)].title(), QLineEdit(prose(seed + n, 5)))
        return holder

    def table(self, seed: int, rows: int = 34) -> QTableWidget:
        made = QTableWidget(rows, 7)
        made.setHorizontalHeaderLabels([WORDS[seed + n].title() for n in range(7)])
        made.verticalHeader().setDefaultSectionSize(27)
        source = random.Random(seed)
        for row in range(rows):
            for column in range(7):
                made.setItem(
                    row, column, QTableWidgetItem(f"{source.choice(WORDS)} {source.randint(1, 99999)}")
                )
            made.setColumnWidth(row % 7, 215)
        made.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.tables.append(made)
        return made

    def type_into(self, name: str, content: str, count: int) -> None:
        """Show the first `count` characters, added as a typist adds them."""
        edit = self.texts[name]
        have = self.typed.get(edit, 0)
        if count > have:
            cursor = edit.textCursor()
            cursor.movePosition(cursor.MoveOperation.End)
            cursor.insertText(content[have:count])
            edit.ensureCursorVisible()
            self.typed[edit] = min(count, len(content))

    def scroll_to(self, name: str, lines: int) -> None:
        self.texts[name].verticalScrollBar().setValue(lines)

    def point(self, x: float, y: float) -> None:
        QCursor.setPos(self.mapToGlobal(QPoint(int(x), int(y))))


def _wrapped(text: str) -> QLabel:
    made = QLabel(text)
    made.setWordWrap(True)
    return made


@dataclass(frozen=True, slots=True)
class Act:
    """A stretch of a workload."""

    name: str
    seconds: float
    play: Callable[[Desktop, float], None]  # the desktop, seconds since the act began


def nothing(_desktop: Desktop, _at: float) -> None:
    pass


def show_page(number: int) -> Callable[[Desktop, float], None]:
    return lambda desktop, _at: desktop.pages.setCurrentIndex(number)


def _office() -> tuple[Callable[[Desktop], None], list[Act]]:
    note = prose(5, 60)

    def build(d: Desktop) -> None:
        d.page(d.form(1), d.text("note", "Note: "))
        d.page(d.text("article", paragraphs(2, 40), size=12))
        d.page(d.table(3))
        d.page(d.form(40), d.form(60))

    def typing(d: Desktop, at: float) -> None:
        d.type_into("note", note, int(at * 6))

    def scrolling(d: Desktop, at: float) -> None:  # four notches of the wheel, then a look at it
        d.pages.setCurrentIndex(1)
        burst, within = divmod(at, 2.5)
        d.scroll_to("article", int(burst) * 12 + min(4, int(within / 0.15)) * 3)

    def reading(d: Desktop, at: float) -> None:
        d.pages.setCurrentIndex(2)
        row = int(at * 1.5) % 30
        d.point(300 + at * 60, 130 + row * 27 + at * 10 % 20)
        d.tables[0].selectRow(row)

    return build, [
        Act("static", 8, show_page(0)),
        Act("typing", 14, typing),
        Act("scrolling", 12.5, scrolling),
        Act("tabs", 12, lambda d, at: d.pages.setCurrentIndex((3, 2, 0, 1)[int(at / 3) % 4])),
        Act("reading", 10, reading),
        Act("spinner", 8, lambda d, at: d.spinner.show_turn(int(at * 20))),
        Act("static", 8, show_page(3)),
    ]


def _console() -> tuple[Callable[[Desktop], None], list[Act]]:
    text = code(9, 60)
    lines = [log_line(n) for n in range(400)]

    def build(d: Desktop) -> None:
        d.page(d.text("log", "\n".join(lines[:40]), mono=True))
        d.page(d.text("editor", code(8, 30) + "\n", mono=True), d.text("tree", code(31, 60), mono=True))
        d.page(d.text("source", code(10, 900), mono=True, size=10))
        d.page(d.table(50), d.text("wiki", paragraphs(12, 8)))

    def logging(d: Desktop, at: float) -> None:
        d.type_into(
            "log", "\n" + "\n".join(lines[40:]), sum(len(line) + 1 for line in lines[40 : 40 + int(at * 4)])
        )

    def typing(d: Desktop, at: float) -> None:
        d.pages.setCurrentIndex(1)
        d.type_into("editor", text, int(at * 8))

    def scrolling(d: Desktop, at: float) -> None:  # by dragging: at once, then page by page
        d.pages.setCurrentIndex(2)
        d.scroll_to("source", int(at * 25) if at < 5 else 125 + int((at - 5) / 1.5) * 45)

    def dialogs(d: Desktop, at: float) -> None:
        d.pages.setCurrentIndex(int(at / 4) % 2 * 2 + 1)
        d.dialog.setVisible(at % 4 > 2)
        d.dialog.raise_()

    def hovering(d: Desktop, at: float) -> None:
        d.dialog.hide()
        d.pages.setCurrentIndex(3)
        d.point(400 + 500 * abs(at / 2 % 2 - 1), 200 + at * 50)
        d.tables[0].selectRow(int(at * 50 / 27) + 2)

    def clock(d: Desktop, at: float) -> None:
        d.clock.setText(f"09:00:{int(at):02}")

    return build, [
        Act("log", 10, logging),
        Act("typing", 14, typing),
        Act("scrolling", 12.5, scrolling),
        Act("dialogs", 12, dialogs),
        Act("reading", 10, hovering),
        Act("spinner", 6, lambda d, at: d.spinner.show_turn(int(at * 20))),
        Act("clock", 10, clock),
    ]


WORKLOADS = {"office": _office, "console": _console}


class Play:
    """A workload on a desktop."""

    def __init__(self, name: str) -> None:
        build, self.acts = WORKLOADS[name]()
        self.seconds = sum(act.seconds for act in self.acts)
        self.desktop = Desktop(name)
        build(self.desktop)
        self.desktop.show()
        self.show_at(0)

    def show_at(self, seconds: float) -> None:
        """Look as that long after the beginning; acts passed over end as they should."""
        for act in self.acts:
            if seconds < act.seconds:
                act.play(self.desktop, seconds)
                return
            seconds -= act.seconds


def run(name: str, speed: float) -> int:
    app = QApplication([sys.argv[0]])
    app.setCursorFlashTime(0)  # a caret that blinks is not of the script
    play = Play(name)
    app.processEvents()
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.monotonic()

    def tick() -> None:
        at = (time.monotonic() - began) * speed
        if at >= play.seconds:
            app.quit()
        else:
            play.show_at(at)

    timer = QTimer(timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start(TICK_MS)
    app.exec()
    print("done", flush=True)
    sys.stdin.readline()  # the picture stays until the other side has seen enough
    return 0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("workload", choices=sorted(WORKLOADS))
    parser.add_argument("--speed", type=float, default=1.0)
    arguments = parser.parse_args()
    return run(arguments.workload, arguments.speed)


if __name__ == "__main__":
    raise SystemExit(main())
