"""The window: the whole panel, for desktops without a tray and for whoever wants to know more."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QKeySequence,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from deskreel.recorder.tray.icons import NAMES, face_icon, face_pixmap
from deskreel.recorder.tray.monitor_map import MonitorMap
from deskreel.recorder.tray.panel import Fact, Panel, Pausing, Verb, Wish
from deskreel.recorder.tray.parts import Select, WatchedLine, column_in, label_of, section, set_role
from deskreel.recorder.tray.style import dress, fitting

_WIDTH = 520  # points
_FACE = 40  # points
_FRAME = 60  # points of the screen's height that are left for title bar and edge


class StatusWindow(QWidget):
    """Shows panels; what the agent does comes out of `wished`, and `closing` when they close it."""

    wished = Signal(Wish)
    closing = Signal()
    diagnose = Signal()
    leave = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._panel: Panel | None = None
        self._page, self._scroll = QWidget(), QScrollArea()
        self.setObjectName("page")
        self.setWindowTitle("Deskreel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._face, self._headline, self._detail = label_of("face"), label_of("headline"), label_of("soft")
        self._agent = label_of("soft")
        self._detail.setWordWrap(True)
        self._watched = WatchedLine()
        self._problem, self._wrong, self._hint = QFrame(), label_of("bad"), label_of("")
        self._status, self._status_row = Select(), QWidget()
        self._pause = QPushButton()
        self._upload = label_of("")
        self._facts, self._facts_grid = QWidget(), QGridLayout()
        self._fact_labels: list[tuple[QLabel, QLabel]] = []  # name and value, made once and used again
        self._facts_shown = 0
        self._limits, self._limits_title = label_of(""), section("Lowered for now")
        self._map = MonitorMap()
        self._health_card, self._map_card = QFrame(), QFrame()
        self._about = label_of("soft")
        self._check = QPushButton("&Check the connection")
        self._diagnose = QPushButton("&Diagnostics bundle\u2026")
        self._quit, self._staying = QPushButton("&Quit"), label_of("soft")
        self._build()
        QShortcut(QKeySequence("Escape"), self, self.close)
        dress(self)

    # --- what it shows --------------------------------------------------------------------------------------

    def show_panel(self, panel: Panel) -> None:
        """Draw `panel`; what did not change is not painted again."""
        if panel == self._panel:
            return
        self._panel = panel
        if self._face.property("face") != panel.face:
            self._face.setProperty("face", panel.face)
            self._face.setPixmap(face_pixmap(panel.face, _FACE, self.devicePixelRatioF()))
            self._face.setAccessibleName(f"State: {NAMES[panel.face]}")
            self.setWindowIcon(face_icon(panel.face))
            self.setWindowTitle(f"Deskreel: {panel.headline}")
        self._headline.setText(panel.headline)
        self._detail.setText(panel.detail)
        since = f"since {panel.since}" if panel.since else ""
        self._agent.setText(" \u00b7 ".join(filter(None, (panel.agent, since))))
        self._watched.say(panel.watched)
        self._problem.setVisible(bool(panel.problem))
        self._wrong.setText(panel.problem)
        self._hint.setText(panel.hint)
        self._show_choices(panel)
        self._upload.setText(panel.upload)
        self._show_facts(panel.facts)
        self._limits.setText("\n".join(panel.adaptations))
        for widget in (self._limits, self._limits_title):
            widget.setVisible(bool(panel.adaptations))
        self._map.show_monitors(panel.monitors)
        self._map_card.setVisible(bool(panel.monitors))
        self._health_card.setVisible(not panel.final)
        self._about.setText("\n".join(f"{name} {value}" for name, value in panel.about if value))
        self._check.setVisible(not panel.final)
        self._diagnose.setVisible(not panel.final)
        self._quit.setText("&Close" if panel.final else "&Quit")
        self._quit.setEnabled(not panel.staying)
        self._staying.setText(panel.staying)
        self._staying.setVisible(bool(panel.staying))
        self._fit()

    def _fit(self) -> None:
        """As tall as the page, or as the screen allows; then the page scrolls."""
        wanted = fitting(self._page, _WIDTH)
        room = self.screen().availableGeometry().height() - _FRAME
        bar = self._scroll.verticalScrollBar().sizeHint().width() if wanted.height() > room else 0
        self.setFixedSize(wanted.width() + bar, min(wanted.height(), room))

    def _show_choices(self, panel: Panel) -> None:
        self._status_row.setVisible(bool(panel.statuses))
        listed = [self._status.itemText(i) for i in range(self._status.count())]
        wanted = [*panel.statuses]
        if panel.status and panel.status not in wanted:
            wanted.insert(0, panel.status)
        if listed != wanted:
            self._status.clear()
            self._status.addItems(wanted)
        self._status.setCurrentIndex(wanted.index(panel.status) if panel.status else -1)
        self._pause.setVisible(panel.pausing is not Pausing.NO)
        self._pause.setEnabled(panel.pausing is not Pausing.IDLE)
        self._pause.setText("&Resume recording" if panel.pausing is Pausing.RESUME else "&Pause recording")

    def _show_facts(self, facts: tuple[Fact, ...]) -> None:
        self._facts.setVisible(bool(facts))
        half = (len(facts) + 1) // 2
        while len(self._fact_labels) < len(facts):
            self._fact_labels.append((label_of("name"), label_of("")))
        for index, (name, value) in enumerate(self._fact_labels):
            for label in (name, value):
                label.setVisible(index < len(facts))
            if index >= len(facts):
                continue
            fact = facts[index]
            name.setText(fact.name)
            value.setText(f"{fact.value} \u26a0" if fact.warning else fact.value)
            value.setToolTip(fact.warning)
            value.setAccessibleName(f"{fact.name}: {fact.value}" + f" ({fact.warning})" * bool(fact.warning))
            set_role(value, "bad" if fact.warning else "")
            if self._facts_shown != len(facts):
                column, row = divmod(index, half)
                self._facts_grid.addWidget(name, row, column * 3)
                self._facts_grid.addWidget(value, row, column * 3 + 1, Qt.AlignmentFlag.AlignRight)
        self._facts_shown = len(facts)

    def show_checking(self, *, checking: bool) -> None:
        """A check of the connection goes on, or is over."""
        self._check.setEnabled(not checking)
        self._check.setText("Checking\u2026" if checking else "&Check the connection")

    # --- what the agent does --------------------------------------------------------------------------------

    def _choose(self, index: int) -> None:
        chosen = self._status.itemText(index)
        if self._panel is not None:
            if chosen != self._panel.status:
                self.wished.emit(Wish(verb=Verb.CHOOSE_STATUS, text=chosen))
            # what stands is what the server says: the next panel brings it
            standing = self._status.findText(self._panel.status) if self._panel.status else -1
            self._status.setCurrentIndex(standing)

    def _pause_or_resume(self) -> None:
        if self._panel is not None:
            resume = self._panel.pausing is Pausing.RESUME
            self.wished.emit(Wish(verb=Verb.RESUME if resume else Verb.PAUSE))

    def showEvent(self, event: QShowEvent) -> None:
        """Now the fonts stand."""
        super().showEvent(event)
        self._fit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Whoever holds the window decides what closing means."""
        event.ignore()
        self.closing.emit()

    # --- how it is laid out ---------------------------------------------------------------------------------

    def _build(self) -> None:
        self._page.setObjectName("page")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._scroll)
        self._scroll.setWidget(self._page)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page = QVBoxLayout(self._page)
        page.setContentsMargins(18, 18, 18, 16)
        page.setSpacing(12)
        page.addLayout(self._head())
        page.addWidget(self._problem_card())
        page.addWidget(self._watched)
        page.addWidget(self._status_line())
        page.addWidget(self._pause)
        column = column_in(self._health_card)
        column.addWidget(section("Upload"))
        column.addWidget(self._upload)
        column.addSpacing(4)
        column.addWidget(section("Health"))
        self._facts.setLayout(self._facts_grid)
        self._facts_grid.setContentsMargins(0, 0, 0, 0)
        self._facts_grid.setHorizontalSpacing(8)
        self._facts_grid.setVerticalSpacing(4)
        self._facts_grid.setColumnMinimumWidth(2, 20)
        for stretched in (1, 4):
            self._facts_grid.setColumnStretch(stretched, 1)
        column.addWidget(self._facts)
        column.addWidget(self._limits_title)
        self._limits.setWordWrap(True)
        column.addWidget(self._limits)
        page.addWidget(self._health_card)
        column = column_in(self._map_card)
        column.addWidget(section("Monitors"))
        column.addWidget(self._map)
        page.addWidget(self._map_card)
        page.addWidget(self._about)
        page.addWidget(self._staying)
        page.addLayout(self._foot())

    def _head(self) -> QLayout:
        row, words = QHBoxLayout(), QVBoxLayout()
        row.setSpacing(14)
        words.setSpacing(2)
        for label in (self._headline, self._agent, self._detail):
            words.addWidget(label)
        self._face.setFixedSize(_FACE, _FACE)
        row.addWidget(self._face, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        return row

    def _problem_card(self) -> QWidget:
        self._problem.setObjectName("problem")
        column = QVBoxLayout(self._problem)
        for label in (self._wrong, self._hint):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(label)
        return self._problem

    def _status_line(self) -> QWidget:
        row = QHBoxLayout(self._status_row)
        row.setContentsMargins(0, 0, 0, 0)
        name = QLabel("&Status")
        name.setBuddy(self._status)
        self._status.setAccessibleName("Your status")
        self._status.setPlaceholderText("Choose your status")
        self._status.activated.connect(self._choose)
        row.addWidget(name)
        row.addWidget(self._status, 1)
        return self._status_row

    def _foot(self) -> QLayout:
        self._pause.setAccessibleName("Pause or resume the recording of your screen")
        self._pause.clicked.connect(self._pause_or_resume)
        self._check.clicked.connect(lambda: self.wished.emit(Wish(verb=Verb.CHECK)))
        self._diagnose.clicked.connect(self.diagnose)
        self._quit.clicked.connect(self.leave)
        for button in (self._pause, self._check, self._diagnose, self._quit):
            button.setAutoDefault(True)
        row = QHBoxLayout()
        row.addWidget(self._check)
        row.addWidget(self._diagnose)
        row.addStretch(1)
        row.addWidget(self._quit)
        return row
