"""The demo desktop's one window: puts panels and pages together and carries out the script's steps."""

from __future__ import annotations

from typing import assert_never

from PySide6.QtCore import QElapsedTimer, QPoint, QRect, Qt, QTime, QTimer
from PySide6.QtGui import QCursor, QTextCursor
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QStackedWidget,
    QTableWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from deskreel.demo.desktop_data import Customer
from deskreel.demo.desktop_home import home_page
from deskreel.demo.desktop_pages import (
    CARD_FIELDS,
    Handles,
    customer_page,
    knowledge_page,
    notes_page,
    orders_page,
    payment_page,
)
from deskreel.demo.desktop_panels import TopBar, case_form, customer_card, navigation
from deskreel.demo.desktop_script import Step, Verb
from deskreel.demo.desktop_style import Palette

TABS = ("Customer", "Orders", "Knowledge", "Notes", "Payment")
_POINTER_STEPS = 10


class DesktopWindow(QWidget):
    """Home between calls, the customer's workspace from the call to the end of After Call Work."""

    def __init__(self, agent: str, palette: Palette, *, seed: int, moves_pointer: bool) -> None:
        super().__init__(None, Qt.WindowType.FramelessWindowHint)
        self.setObjectName("root")
        self.setWindowTitle("Harbourline Service Desk")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._agent, self._palette, self._seed = agent, palette, seed
        self._handles, self._tabs = Handles(), QTabWidget()
        self._call_time = QElapsedTimer()
        self._seconds = QTimer(self, interval=1000, timerType=Qt.TimerType.PreciseTimer)
        self._seconds.timeout.connect(self._show_call_time)
        self._wall = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._wall.timeout.connect(self._tick)
        self._pointer = _Pointer(self) if moves_pointer else None
        self._top = TopBar(agent, palette)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._with_navigation("Home", home_page(agent, palette)))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._top)
        column.addWidget(self._stack, 1)
        self.become_available()
        self._tick()

    def begin_call(self, customer: Customer) -> None:
        """The call is answered: a fresh workspace for `customer` comes to the front."""
        self.drop_workspace()
        self._handles = Handles()
        self._stack.addWidget(self._with_navigation("Interactions", self._workspace(customer)))
        self._stack.setCurrentIndex(1)
        self._top.show_call(
            "true", f"On a call with {customer.name}", f"{customer.phone}  ·  Orders and delivery"
        )
        self._top.show_status("On a call")
        self._top.show_recording("Recording")
        self._call_time.start()
        self._show_call_time()
        self._seconds.start()

    def end_call(self) -> None:
        """The caller is gone: the timer stands, nothing is recorded by the telephony any more."""
        self._seconds.stop()
        self._top.show_call("wrap", "Call ended", "Finish the notes and set your status")
        self._top.show_recording("")

    def begin_wrap_up(self) -> None:
        """After Call Work begins."""
        self._leave_payment()
        self.end_call()
        self._top.show_call("wrap", "After Call Work", "Finish the notes and set your status")
        self._top.show_status("After Call Work")

    def become_available(self) -> None:
        """Ready for the next call: home is in front."""
        self.drop_workspace()
        self._seconds.stop()
        self._stack.setCurrentIndex(0)
        self._top.show_call("", "No call", "Waiting for the next call")
        self._top.show_status("Available")
        self._top.show_recording("")
        self._top.show_timer(0)

    def drop_workspace(self) -> None:
        """Take the last caller's workspace away."""
        self._handles = Handles()
        while (old := self._stack.widget(1)) is not None:
            self._stack.removeWidget(old)
            old.deleteLater()

    def apply(self, step: Step) -> None:
        """Do one step of the script on the workspace."""
        match step.verb:
            case Verb.TAB:
                self._tabs.setCurrentIndex(TABS.index(step.target))
            case Verb.TYPE:
                _type(self._handles.fields[step.target], step.text)
            case Verb.SCROLL:
                bar = self._handles.scrolls[step.target].verticalScrollBar()
                bar.setValue(bar.value() + step.amount)
            case Verb.PICK:
                self._pick(step)
            case Verb.POINT:
                self._point(step.target)
            case Verb.CHOOSE:
                self._handles.selects[step.target].choose(step.text)
            case Verb.RECORDING:
                self._top.show_recording(step.text)
            case Verb.CLEAR_CARD:
                self._clear_card()
            case _:
                assert_never(step.verb)

    def _workspace(self, customer: Customer) -> QWidget:
        handles, palette = self._handles, self._palette
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(16, 14, 16, 16)
        row.setSpacing(14)
        self._tabs = QTabWidget()
        self._tabs.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        pages = (
            customer_page(customer, palette),
            orders_page(customer, self._seed, palette, handles),
            knowledge_page(palette, handles),
            notes_page(palette, handles),
            payment_page(customer, palette, handles),
        )
        for name, page in zip(TABS, pages, strict=True):
            self._tabs.addTab(page, name)
        row.addWidget(customer_card(customer))
        row.addWidget(self._tabs, 1)
        row.addWidget(case_form(customer, self._agent, palette, handles))
        return made

    def _with_navigation(self, active: str, content: QWidget) -> QWidget:
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(navigation(active, self._palette))
        row.addWidget(content, 1)
        return made

    def _leave_payment(self) -> None:
        if self._handles.fields:
            self._clear_card()
            if self._tabs.currentIndex() == TABS.index("Payment"):
                self._tabs.setCurrentIndex(TABS.index("Notes"))

    def _clear_card(self) -> None:
        for name in CARD_FIELDS:
            self._handles.fields[name].clear()

    def _pick(self, step: Step) -> None:
        view = self._handles.scrolls[step.target]
        if isinstance(view, QTableWidget):
            view.selectRow(view.rowAt(0) + step.amount % 10 + 3)
        elif isinstance(view, QListWidget):
            view.setCurrentRow(step.amount)

    def _point(self, target: str) -> None:
        if self._pointer is None:
            return
        kind, _, name = target.partition(" ")
        if kind == "tab":
            bar = self._tabs.tabBar()
            self._pointer.go(bar.mapToGlobal(bar.tabRect(TABS.index(name)).center()))
            return
        sources = (self._handles.fields, self._handles.scrolls, self._handles.points)
        widget = next(found[target] for found in sources if target in found)
        area = QRect(0, 0, widget.width(), min(widget.height(), 420))
        self._pointer.go(widget.mapToGlobal(area.center()))

    def _show_call_time(self) -> None:
        self._top.show_timer(round(self._call_time.elapsed() / 1000))

    def _tick(self) -> None:
        """The wall clock, just after each whole second."""
        self._top.tick()
        self._wall.start(1001 - QTime.currentTime().msec())


class _Pointer:
    """Moves the mouse pointer as a hand does: a few steps, fast and then slow."""

    def __init__(self, owner: QWidget) -> None:
        self._from, self._to, self._done = QPoint(), QPoint(), _POINTER_STEPS
        self._timer = QTimer(owner, interval=22)
        self._timer.timeout.connect(self._step)

    def go(self, target: QPoint) -> None:
        """Begin the way to `target`, in pixels of the screen."""
        self._from, self._to, self._done = QCursor.pos(), target, 0
        self._timer.start()

    def _step(self) -> None:
        self._done += 1
        left = (1 - self._done / _POINTER_STEPS) ** 2
        way = self._from - self._to
        QCursor.setPos(self._to.x() + round(way.x() * left), self._to.y() + round(way.y() * left))
        if self._done >= _POINTER_STEPS:
            self._timer.stop()


def _type(widget: QLineEdit | QPlainTextEdit, text: str) -> None:
    """Let the field read `text`; only what is new is inserted, so that the page does not jump."""
    if not widget.hasFocus():
        widget.setFocus()
    if isinstance(widget, QLineEdit):
        widget.setText(text)
        return
    now = widget.toPlainText()
    if not text.startswith(now):
        widget.clear()
        now = ""
    widget.moveCursor(QTextCursor.MoveOperation.End)
    widget.insertPlainText(text[len(now) :])
    widget.ensureCursorVisible()
