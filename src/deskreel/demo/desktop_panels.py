"""What stands around the tabs: top bar with call and status, navigation, customer card, case form."""

from __future__ import annotations

from PySide6.QtCore import QDateTime, Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from deskreel.demo.desktop_data import CHECKLIST, SIMILAR, Customer
from deskreel.demo.desktop_pages import Handles
from deskreel.demo.desktop_style import Palette
from deskreel.demo.desktop_widgets import (
    Select,
    facts,
    field,
    frame,
    label,
    picture,
    pill,
    restyle,
    rule,
    titled,
)

NAV_WIDTH = 216
_NAV = (
    ("home", "Home", ""),
    ("inbox", "My cases", "7"),
    ("phone", "Interactions", ""),
    ("people", "Customers", ""),
    ("box", "Orders", ""),
    ("book", "Knowledge", ""),
    ("chart", "Reports", ""),
    ("gear", "Settings", ""),
)
STATUS_TONE = {"Available": "good", "On a call": "info", "After Call Work": "warn"}


class TopBar(QFrame):
    """Brand, the call with its controls, the recording sign, the agent's status, the wall clock."""

    def __init__(self, agent: str, palette: Palette) -> None:
        super().__init__()
        self.setObjectName("topbar")
        self.setFixedHeight(68)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 20, 0)
        row.setSpacing(14)
        brand_row = QHBoxLayout()
        brand = frame("brand", brand_row, (18, 0, 12, 0), 10)
        brand.setFixedWidth(NAV_WIDTH)
        brand_row.addWidget(picture("chat", "#6fb7f2", 24))
        brand_row.addWidget(label("Harbourline"), 1)
        row.addWidget(brand)
        self._build_call(palette)
        row.addWidget(self._call, 1)
        self._status = pill("Available", "good")
        self._status.setFixedWidth(136)
        self._clock = label("", "clock")
        self._day = label("", "caption")
        row.addSpacing(10)
        row.addLayout(_two_lines(label(agent, "h2"), label("Customer service, Bristol", "caption")))
        row.addWidget(self._status)
        row.addSpacing(10)
        side = rule()
        side.setFixedSize(1, 36)
        row.addWidget(side)
        row.addLayout(_two_lines(self._clock, self._day))
        self._clock.setFixedWidth(92)
        self.tick()

    def _build_call(self, palette: Palette) -> None:
        self._state = label("No call", "h2")
        self._who = label("Waiting for the next call", "soft")
        self._timer = label("00:00", "timer")
        self._recording = pill("Recording", "bad")
        call_row = QHBoxLayout()
        self._call = frame("call", call_row, (14, 5, 10, 5), 14)
        call_row.addWidget(picture("phone", palette.soft, 22))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._state)
        words.addWidget(self._who)
        call_row.addLayout(words)
        call_row.addStretch()
        call_row.addWidget(self._recording)
        call_row.addWidget(self._timer)
        self._buttons = [QPushButton(text) for text in ("Hold", "Mute", "Transfer", "End call")]
        self._buttons[-1].setProperty("kind", "end")
        for button in self._buttons:
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            call_row.addWidget(button)
        self._call.setFixedHeight(52)
        # the words inside change; the bar must not move because of them
        self._call.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        keep = self._recording.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self._recording.setSizePolicy(keep)
        self._recording.setFixedWidth(136)
        self._timer.setFixedWidth(64)

    def tick(self) -> None:
        """Show the wall clock's time."""
        now = QDateTime.currentDateTime()
        self._clock.setText(now.toString("hh:mm:ss"))
        self._day.setText(now.toString("ddd d MMM yyyy"))

    def show_call(self, live: str, state: str, who: str) -> None:
        """The call's state; `live` picks the ground: "true" in a call, "wrap" after it, "" without."""
        self._state.setText(state)
        self._who.setText(who)
        restyle(self._call, "live", live)
        for button in self._buttons:
            button.setEnabled(live == "true")

    def show_timer(self, seconds: int) -> None:
        """The call's length so far."""
        self._timer.setText(f"{seconds // 60:02}:{seconds % 60:02}")

    def show_status(self, status: str) -> None:
        """The agent's status."""
        self._status.setText(status)
        restyle(self._status, "pill", STATUS_TONE[status])

    def show_recording(self, text: str) -> None:
        """The recording sign: "Recording", "Recording paused" or nothing."""
        self._recording.setVisible(bool(text))
        self._recording.setText(text)
        restyle(self._recording, "pill", "warn" if "paused" in text else "bad")


def _two_lines(first: QLabel, second: QLabel) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(1)
    column.addStretch()
    column.addWidget(first)
    column.addWidget(second)
    column.addStretch()
    return column


def navigation(active: str, palette: Palette) -> QFrame:
    """The left bar with the item `active` marked."""
    column = QVBoxLayout()
    made = frame("nav", column, (10, 16, 10, 16), 4)
    made.setFixedWidth(NAV_WIDTH)
    for name, text, count in _NAV:
        row = QHBoxLayout()
        item = frame("navitem", row, (12, 9, 12, 9), 12)
        item.setProperty("active", "true" if text == active else "false")
        row.addWidget(picture(name, "#ffffff" if text == active else palette.nav_text, 18))
        row.addWidget(label(text))
        row.addStretch()
        if count:
            row.addWidget(label(count, "number"))
        column.addWidget(item)
    column.addStretch()
    head = label("QUEUES", "section")
    head.setIndent(12)
    column.addWidget(head)
    for name, waiting in (("Orders and delivery", "3"), ("Guarantee", "1"), ("Business", "0")):
        row = QHBoxLayout()
        row.setContentsMargins(12, 3, 12, 3)
        row.addWidget(label(name))
        row.addStretch()
        row.addWidget(label(waiting, "number"))
        column.addLayout(row)
    return made


def customer_card(customer: Customer) -> QFrame:
    """Who is calling."""
    tier = pill(customer.tier, "info")
    made = titled(
        customer.name,
        label(f"Customer {customer.number}", "soft"),
        rule(),
        facts(
            [
                ("Phone", label(customer.phone)),
                ("E-mail", label(customer.email, "link")),
                ("Address", label(customer.address)),
                ("Since", label(customer.since)),
                ("Language", label("English")),
            ]
        ),
        rule(),
        label("This call", "label"),
        facts(
            [
                ("Queue", label("Orders and delivery")),
                ("Waited", label("0:38")),
                ("Order", label(customer.order, "link")),
                ("Reason", label("Delivery, damage")),
            ]
        ),
        rule(),
        label("Consent", "label"),
        facts(
            [
                ("Recording", pill("Agreed", "good")),
                ("Marketing", pill("By e-mail only", "quiet")),
            ]
        ),
        rule(),
        label("Good to know", "label"),
        label(
            "Works from home, prefers deliveries in the morning. Has the building's goods lift code.",
            wrap=True,
        ),
        rule(),
        label("Next appointments", "label"),
        facts(
            [
                ("12 Jun", label("Call back about chair mat")),
                ("30 Jun", label("Plus membership renews")),
            ]
        ),
        rule(),
        label("Contacts in 12 months", "label"),
        facts(
            [("Calls", label("3")), ("E-mails", label("2")), ("Chats", label("1")), ("Returns", label("1"))]
        ),
        trailing=tier,
    )
    made.setFixedWidth(312)
    return made


def _checked(text: str, palette: Palette) -> QWidget:
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(9)
    row.addWidget(picture("box-open", palette.faint, 16))
    row.addWidget(label(text))
    row.addStretch()
    return made


def case_form(customer: Customer, agent: str, palette: Palette, handles: Handles) -> QFrame:
    """The case that the agent fills in during the call."""
    handles.fields["subject"] = QLineEdit()
    handles.fields["subject"].setPlaceholderText("Short summary")
    handles.fields["description"] = QPlainTextEdit()
    handles.fields["description"].setPlaceholderText("What happened, what was tried, what is wished?")
    handles.selects["category"] = Select("Choose a category", palette)
    handles.selects["priority"] = Select("Not set", palette)
    save = QPushButton("Save case")
    save.setProperty("kind", "primary")
    save.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    close = QPushButton("Escalate")
    close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    buttons = QWidget()
    row = QHBoxLayout(buttons)
    row.setContentsMargins(0, 4, 0, 0)
    row.addWidget(close)
    row.addStretch()
    row.addWidget(save)
    made = titled(
        f"Case {customer.case}",
        field("Subject", handles.fields["subject"]),
        field("Category", handles.selects["category"]),
        field("Priority", handles.selects["priority"]),
        field("Description", handles.fields["description"]),
        rule(),
        facts(
            [
                ("Owner", label(agent)),
                ("Respond by", label("today, 16:00")),
                ("Linked order", label(customer.order, "link")),
            ]
        ),
        rule(),
        label("Checklist", "label"),
        *(_checked(text, palette) for text in CHECKLIST),
        rule(),
        label("Similar cases", "label"),
        facts([(number, label(text, "link")) for number, text in SIMILAR]),
        rule(),
        buttons,
        fills=True,
        trailing=pill("Open", "info"),
    )
    made.setFixedWidth(384)
    return made
