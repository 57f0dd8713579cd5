"""The windows on a real X server: what they say in each state, what the agent's hands do, and what nothing does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
import xcffib.xproto as xp
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QFrame, QLabel, QWidget
from tray_display import Outside, TrayHost, qt, until

from deskreel.core.policy import CapturePolicy, Notice
from deskreel.recorder.status.status import Mood
from deskreel.recorder.tray.banner import screen_of
from deskreel.recorder.tray.describe import (
    NOTICE_TEXT,
    STAYING_TEXT,
    WATCHED_TEXT,
    describe,
    describe_failure,
)
from deskreel.recorder.tray.desktop import TrayDesktop
from deskreel.recorder.tray.icons import COLOURS, WATCHED, face_icon, face_pixmap
from deskreel.recorder.tray.panel import Answer, CheckLine, Face, MapMonitor, Panel, Verb, Wish
from deskreel.recorder.tray.style import DARK, LIGHT, Look, look
from support.tray import status

BANNER = CapturePolicy(notice=Notice.BANNER, agent_may_pause=True)
LATER_MS = 10_000_000  # no test waits for the tray to be given up


class Agent:
    """The tray's process as the agent has it, without the pipe."""

    def __init__(self) -> None:
        self.wishes: list[Wish] = []
        self.desktop = TrayDesktop(self.wishes.append, tray_comes_ms=LATER_MS)

    def sees(self, mood: Mood = Mood.IDLE, *, acknowledge: bool = False, **changes: Any) -> Panel:
        """The recorder is so now."""
        panel = describe(status(mood, **changes), acknowledge=acknowledge, zone=UTC)
        self.desktop.show_panel(panel)
        return panel

    def words(self, widget: QWidget | None = None) -> str:
        """All text that is to be seen in a window."""
        widget = widget or self.desktop.window
        return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())

    def button(self, text: str, widget: QWidget | None = None) -> QAbstractButton:
        """The button of that name."""
        widget = widget or self.desktop.window
        return next(b for b in widget.findChildren(QAbstractButton) if b.text().replace("&", "") == text)

    def entries(self) -> list[str]:
        """What the menu offers now."""
        actions = self.desktop.icon.menu.actions()
        return [a.text().replace("&", "") for a in actions if a.isVisible() and not a.isSeparator()]

    def pick(self, text: str) -> None:
        """Choose an entry of the menu."""
        menus = [self.desktop.icon.menu, *(a.menu() for a in self.desktop.icon.menu.actions() if a.menu())]
        actions = [a for menu in menus for a in menu.actions()]
        next(a for a in actions if a.text().replace("&", "") == text).trigger()

    def close(self) -> None:
        """Take everything off the screen."""
        desktop = self.desktop
        desktop.icon.icon.hide()
        for widget in (desktop.window, desktop.banner, desktop.notice, desktop.check, desktop.box):
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        desktop.deleteLater()


@pytest.fixture(scope="module")
def display() -> str:
    return qt()[1]


@pytest.fixture
def agent(display: str) -> Iterator[Agent]:
    made = Agent()
    yield made
    made.close()
    qt()[0].processEvents()


@pytest.fixture
def outside(display: str) -> Iterator[Outside]:
    made = Outside(display)
    yield made
    made.close()


@pytest.fixture
def tray(display: str) -> Iterator[TrayHost]:
    made = TrayHost(display)
    yield made
    made.close()


# --- the window -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mood", list(Mood))
def test_the_window_says_state_agent_and_since(agent: Agent, outside: Outside, mood: Mood) -> None:
    panel = agent.sees(mood)
    agent.desktop.open_window()
    title = f"Deskreel: {panel.headline}"
    until(lambda: title in outside.titles())
    words = agent.words()
    for wanted in (
        panel.headline,
        panel.detail,
        "Ada Lovelace \u00b7 since 11:59",
        "All sent",
        "Version 0.1.0",
    ):
        assert wanted in words


def test_a_problem_and_its_hint_stand_in_the_window_until_it_is_over(agent: Agent) -> None:
    agent.sees(Mood.PROBLEM, problem_text="The disk is full", hint="Free some space")
    agent.desktop.open_window()
    assert "The disk is full\nFree some space" in agent.words()
    agent.sees()
    assert "Free some space" not in agent.words()


def test_nothing_is_cut_off(agent: Agent) -> None:
    agent.sees(
        Mood.PROBLEM, problem_text="Something is wrong here " * 6, hint="And that is what to do about it " * 9
    )
    agent.desktop.open_window()
    qt()[0].processEvents()
    labels = [
        label for label in agent.desktop.window.findChildren(QLabel) if label.isVisible() and label.text()
    ]
    assert len(labels) > 8
    for label in labels:
        needed = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
        assert label.height() >= needed, label.text()
        assert label.wordWrap() or label.width() >= label.sizeHint().width(), label.text()


def test_a_live_view_has_a_line_with_a_sign_of_its_own_while_it_lasts(agent: Agent) -> None:
    agent.sees(Mood.RECORDING)
    agent.desktop.open_window()
    qt()[0].processEvents()
    without = agent.desktop.window.height()
    assert WATCHED_TEXT not in agent.words()
    assert WATCHED_TEXT not in agent.entries()
    agent.sees(Mood.RECORDING, watched=True, problem_text="The disk is full", hint="Free some space")
    qt()[0].processEvents()
    line = next(w for w in agent.desktop.window.findChildren(QFrame) if w.objectName() == "watched")
    assert line.isVisible()
    eye, words = line.findChildren(QLabel)
    assert words.text() == WATCHED_TEXT
    assert not eye.pixmap().isNull()
    problem = next(w for w in agent.desktop.window.findChildren(QFrame) if w.objectName() == "problem")
    assert problem.geometry().bottom() < line.geometry().top()  # what is wrong comes first
    colours = {
        picture.pixelColor(x, y).name()
        for picture in [line.grab().toImage()]
        for x in range(picture.width())
        for y in range(picture.height())
    }
    assert {look().watched, look().watched_soft} <= colours
    assert agent.entries()[:2] == ["Recording since 11:59", WATCHED_TEXT]
    assert agent.desktop.icon.icon.toolTip().splitlines()[1] == WATCHED_TEXT
    agent.sees(Mood.RECORDING)
    qt()[0].processEvents()
    assert not line.isVisible()
    assert WATCHED_TEXT not in agent.entries()
    assert agent.desktop.window.height() == without


def test_the_map_marks_the_monitor_in_the_picture(agent: Agent) -> None:
    agent.sees(Mood.RECORDING)
    agent.desktop.open_window()
    drawn = agent.desktop.window.findChildren(QWidget)
    shown = next(w for w in drawn if w.accessibleName() == "Monitors" and w.isVisible())
    assert shown.accessibleDescription() == "DP-1, 1920 by 1080, primary; DP-2, 1280 by 1024, in the picture"
    picture = shown.grab().toImage()
    first, second = shown.places()  # type: ignore[attr-defined]
    red = QColor(COLOURS[Face.RECORDING])

    def frame(place: Any) -> QColor:
        return picture.pixelColor(round(place.center().x()), round(place.top()))

    assert frame(second) == red
    assert frame(first) != red
    assert first.right() < second.left()
    assert first.width() / first.height() == pytest.approx(1920 / 1080, rel=0.1)


def test_every_control_has_a_name_and_can_be_reached_by_keyboard(agent: Agent) -> None:
    agent.sees(Mood.RECORDING, policy=BANNER)
    agent.desktop.open_window()
    window = agent.desktop.window
    until(window.isActiveWindow)
    controls = [
        c for c in (*window.findChildren(QAbstractButton), *window.findChildren(QComboBox)) if c.isVisible()
    ]
    assert len(controls) == 5  # status, pause, check, diagnostics, quit
    for control in controls:
        named = control.accessibleName() or (control.text() if isinstance(control, QAbstractButton) else "")
        assert named
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus
    seen = set()
    for _ in range(2 * len(controls)):
        QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_Tab)
        seen.add(window.focusWidget())
    assert seen.issuperset(controls)


def test_keys_pause_and_close(agent: Agent) -> None:
    agent.sees(Mood.RECORDING, policy=BANNER)
    agent.desktop.open_window()
    until(agent.desktop.window.isActiveWindow)
    pause = agent.button("Pause recording")
    pause.setFocus()
    QTest.keyClick(pause, Qt.Key.Key_Space)
    assert agent.wishes == [Wish(verb=Verb.PAUSE)]


def test_a_panel_that_is_the_same_paints_nothing(agent: Agent, outside: Outside) -> None:
    panel = agent.sees(Mood.RECORDING)
    agent.desktop.open_window()
    until(lambda: f"Deskreel: {panel.headline}" in outside.titles())
    qt()[0].processEvents()
    painted: list[int] = []

    class Eye(QWidget):
        def eventFilter(self, _: Any, event: Any) -> bool:
            if event.type() == event.Type.Paint:
                painted.append(1)
            return False

    eye = Eye()
    for widget in agent.desktop.window.findChildren(QWidget):
        widget.installEventFilter(eye)

    def paints() -> int:
        painted.clear()
        for _ in range(5):
            agent.desktop.show_panel(replace(panel))
            qt()[0].processEvents()
        return len(painted)

    # the display may still ask for the first picture of a window that has just appeared
    until(lambda: paints() == 0)
    agent.sees(Mood.ACW)
    until(lambda: painted)


# --- menu and tray --------------------------------------------------------------------------------------------


def test_the_menu_has_what_the_policy_allows_and_tells_the_recorder(agent: Agent) -> None:
    agent.sees(Mood.RECORDING, policy=BANNER)
    entries = agent.entries()
    assert entries[:2] == ["Recording since 11:59", "Ada Lovelace"]
    for wanted in (
        "Status: Available",
        "Pause recording",
        "Network: good",
        "Upload: all sent",
        "Open Deskreel",
    ):
        assert wanted in entries
    agent.pick("Away")
    agent.pick("Pause recording")
    agent.sees(Mood.PAUSED, policy=BANNER)
    agent.pick("Resume recording")
    assert agent.wishes == [
        Wish(verb=Verb.CHOOSE_STATUS, text="Away"),
        Wish(verb=Verb.PAUSE),
        Wish(verb=Verb.RESUME),
    ]


def test_without_statuses_and_without_leave_to_pause_neither_is_offered(agent: Agent) -> None:
    agent.sees(Mood.RECORDING, agent=None)
    assert not [e for e in agent.entries() if e.startswith(("Status", "Pause", "Resume"))]
    agent.desktop.open_window()
    assert not any(c.isVisible() for c in agent.desktop.window.findChildren(QComboBox))


def test_the_status_shown_is_the_server_s_not_the_one_asked_for(agent: Agent) -> None:
    agent.sees()
    agent.desktop.open_window()
    (box,) = agent.desktop.window.findChildren(QComboBox)
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    box.activated.emit(1)
    assert Wish(verb=Verb.CHOOSE_STATUS, text="Away") in agent.wishes
    assert box.currentText() == "Available"


def test_an_icon_docks_in_a_real_tray_and_closing_hides_the_window(
    tray: TrayHost, agent: Agent, outside: Outside
) -> None:
    agent.sees(Mood.RECORDING)
    until(tray.docked)
    icon = tray.icons[-1]
    until(lambda: outside.conn.core.GetWindowAttributes(icon).reply().map_state == xp.MapState.Viewable)
    assert agent.desktop.icon.icon.toolTip().startswith("Deskreel: Recording since 11:59")
    agent.desktop.open_window()
    until(lambda: "Deskreel: Recording" in outside.titles())
    agent.desktop.window.close()
    until(lambda: "Deskreel: Recording" not in outside.titles())
    assert agent.wishes == []


def test_where_there_is_no_tray_the_window_comes_by_itself_without_the_focus(
    display: str, outside: Outside
) -> None:
    mine = outside.window(900, 700, 50, 50)
    until(lambda: outside.conn.core.GetWindowAttributes(mine).reply().map_state == xp.MapState.Viewable)
    outside.focus(mine)
    made = TrayDesktop(lambda _: None, tray_comes_ms=1)
    made.show_panel(describe(status(Mood.IDLE), zone=UTC))
    until(lambda: "Deskreel: Not recording" in outside.titles())
    assert made.window.isVisible()
    made.window.close()
    assert made.window.isMinimized()  # there is no icon to bring it back
    made.window.hide()
    made.icon.icon.hide()
    made.deleteLater()


def test_quitting_asks_only_while_recording(agent: Agent) -> None:
    agent.sees(Mood.RECORDING)
    agent.pick("Quit")
    assert agent.desktop.box is not None
    assert "being recorded" in agent.words(agent.desktop.box)
    assert agent.wishes == []
    agent.button("Keep recording", agent.desktop.box).click()
    assert agent.wishes == []
    agent.pick("Quit")
    agent.button("Quit anyway", agent.desktop.box).click()
    assert agent.wishes == [Wish(verb=Verb.QUIT)]
    agent.sees()
    agent.pick("Quit")
    assert agent.wishes == [Wish(verb=Verb.QUIT)] * 2


def test_without_leave_to_quit_menu_and_window_say_why_and_do_nothing(agent: Agent) -> None:
    agent.sees(Mood.RECORDING, policy=CapturePolicy(agent_may_quit=False))
    agent.desktop.open_window()
    agent.pick("Quit")
    assert not agent.button("Quit").isEnabled()
    agent.button("Quit").click()
    assert (agent.wishes, agent.desktop.box) == ([], None)
    assert STAYING_TEXT in agent.entries()
    assert STAYING_TEXT in agent.words()
    agent.sees()
    agent.button("Quit").click()
    assert agent.wishes == [Wish(verb=Verb.QUIT)]
    assert STAYING_TEXT not in agent.entries()
    assert STAYING_TEXT not in agent.words()


def test_what_failed_is_said_with_its_hint(agent: Agent) -> None:
    agent.desktop.answered(Answer(verb=Verb.PAUSE, failed="no answer", hint="Check the network"))
    assert agent.desktop.box is not None
    words = agent.words(agent.desktop.box)
    assert "no answer" in words
    assert "Check the network" in words


def test_the_bundle_s_place_is_said(agent: Agent) -> None:
    agent.sees()
    agent.pick("Diagnostics bundle\u2026")
    (wish,) = agent.wishes
    assert wish.verb is Verb.DIAGNOSE
    assert Path(wish.text).name.startswith("deskreel-diagnostics-")
    agent.desktop.answered(Answer(verb=Verb.DIAGNOSE, text=wish.text))
    assert agent.desktop.box is not None
    assert wish.text in agent.words(agent.desktop.box)


def test_the_connection_is_checked_and_its_result_can_be_copied(agent: Agent, outside: Outside) -> None:
    agent.sees()
    agent.desktop.open_window()
    agent.button("Check the connection").click()
    assert agent.wishes == [Wish(verb=Verb.CHECK)]
    assert not agent.button("Checking\u2026").isEnabled()
    assert "Checking the connection\u2026" in agent.entries()
    shut = ("no answer within 3 s", "an echo", "warning", "Open UDP/3478 to turn.example.")
    lines = (
        CheckLine(title="Server", measured="answers in 9 ms", required="an answer", verdict="ok", advice=""),
        *(
            CheckLine(title=title, measured=shut[0], required=shut[1], verdict=shut[2], advice=shut[3])
            for title in ("STUN over UDP", "TURN over UDP")
        ),
    )
    agent.desktop.answered(Answer(verb=Verb.CHECK, lines=lines))
    assert agent.button("Check the connection").isEnabled()
    until(lambda: "Deskreel: connection" in outside.titles())
    dialog = agent.desktop.check
    words = agent.words(dialog)
    assert "Works, with 2 warnings" in words
    assert words.count("STUN over UDP; TURN over UDP: Open UDP/3478") == 1
    agent.button("Copy as text", dialog).click()
    copied = QGuiApplication.clipboard().text()
    assert "Warning: TURN over UDP: no answer within 3 s (required: an echo)" in copied
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    agent.desktop.answered(Answer(verb=Verb.CHECK, lines=lines[:1]))
    assert "The connection is fine" in agent.words(dialog)
    assert "What to do" not in agent.words(dialog)


def test_a_check_that_broke_is_said_and_can_be_asked_for_again(agent: Agent) -> None:
    agent.sees()
    agent.pick("Check the connection")
    agent.desktop.answered(Answer(verb=Verb.CHECK, failed="it took longer than 180 s", hint="Run it by hand"))
    assert agent.desktop.box is not None
    assert "it took longer" in agent.words(agent.desktop.box)
    assert "Check the connection" in agent.entries()


def test_a_recorder_that_cannot_run_opens_the_window_and_offers_only_to_close(agent: Agent) -> None:
    agent.desktop.show_panel(describe_failure("This recorder is not enrolled", "Enrol it", "0.1.0"))
    assert "This recorder is not enrolled\nEnrol it" in agent.words()
    assert "Health" not in agent.words()
    assert "Monitors" not in agent.words()
    agent.button("Close").click()
    assert agent.wishes == [Wish(verb=Verb.QUIT)]


# --- the banner -----------------------------------------------------------------------------------------------


def test_the_banner_is_on_top_and_takes_neither_focus_nor_clicks(agent: Agent, outside: Outside) -> None:
    below = outside.window(0, 0, 1280, 200)
    until(lambda: outside.conn.core.GetWindowAttributes(below).reply().map_state == xp.MapState.Viewable)
    outside.focus(below)
    agent.sees(Mood.RECORDING, policy=BANNER)
    red = QColor(COLOURS[Face.RECORDING])
    until(lambda: outside.pixel(640, 1) == (red.red(), red.green(), red.blue()))
    strip = outside.titles()["Deskreel banner"]
    assert outside.conn.core.GetWindowAttributes(strip).reply().override_redirect
    assert outside.focused() == below
    outside.click(640, 10)  # in the middle of the tab
    assert until(outside.clicks) == [below]
    assert outside.focused() == below
    assert agent.wishes == []


def test_the_banner_leaves_the_rest_of_the_screen_alone(agent: Agent, outside: Outside) -> None:
    ground = outside.pixel(100, 12)
    agent.sees(Mood.RECORDING, policy=BANNER)
    red = QColor(COLOURS[Face.RECORDING])
    until(lambda: outside.pixel(100, 1) == (red.red(), red.green(), red.blue()))
    assert outside.pixel(100, 12) == ground  # beside the tab
    agent.sees(Mood.PAUSED, policy=BANNER)
    amber = QColor(COLOURS[Face.PAUSED])
    until(lambda: outside.pixel(100, 1) == (amber.red(), amber.green(), amber.blue()))
    agent.sees(Mood.IDLE, policy=BANNER)
    until(lambda: "Deskreel banner" not in outside.titles())
    until(lambda: outside.pixel(100, 1) == ground)


def test_no_banner_without_the_policy(agent: Agent, outside: Outside) -> None:
    agent.sees(Mood.RECORDING)
    qt()[0].processEvents()
    assert "Deskreel banner" not in outside.titles()


def test_the_screen_of_the_banner_is_found_by_name_then_by_corner_else_the_primary(display: str) -> None:
    (only,) = qt()[0].screens()

    def monitor(name: str, x: int) -> MapMonitor:
        return MapMonitor(name=name, x=x, y=0, width=9, height=9, primary=False, active=True)

    for monitors in ([monitor(only.name(), 5)], [monitor("?", 0)], [monitor("?", 7)], []):
        assert screen_of(monitors) == only


# --- the notice -----------------------------------------------------------------------------------------------


def test_the_notice_is_asked_for_and_confirmed_once(agent: Agent, outside: Outside) -> None:
    agent.sees(acknowledge=True)
    until(lambda: "Deskreel: recording at this desktop" in outside.titles())
    assert NOTICE_TEXT in agent.words(agent.desktop.notice)
    agent.button("I understand", agent.desktop.notice).click()
    assert agent.wishes == [Wish(verb=Verb.ACKNOWLEDGE, text=NOTICE_TEXT)]
    agent.sees()
    agent.sees(Mood.RECORDING)
    assert not agent.desktop.notice.isVisible()


def test_a_notice_put_off_comes_back_with_the_next_recording(agent: Agent) -> None:
    agent.sees(acknowledge=True)
    agent.button("Later", agent.desktop.notice).click()
    agent.sees(acknowledge=True, backlog_chunks=1)
    assert not agent.desktop.notice.isVisible()
    agent.sees(Mood.RECORDING, acknowledge=True)
    assert agent.desktop.notice.isVisible()
    assert agent.wishes == []


# --- the icons ------------------------------------------------------------------------------------------------


def luminance(colour: QColor) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted(luminance(QColor(colour)) for colour in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("colour", [*COLOURS.values(), WATCHED])
@pytest.mark.parametrize("panel", ["#ffffff", "#000000", "#2e3436"])
def test_each_icon_stands_out_on_light_and_dark_panels(colour: str, panel: str) -> None:
    assert contrast(colour, panel) >= 3.0


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_what_is_said_in_a_colour_can_be_read_on_its_ground(theme: Look) -> None:
    assert contrast(theme.watched, theme.watched_soft) >= 4.5
    assert contrast(theme.bad, theme.bad_soft) >= 4.5
    assert contrast(theme.soft, theme.page) >= 4.5


def shape(face: Face, side: int) -> list[bool]:
    image = face_pixmap(face, side).toImage().convertToFormat(QImage.Format.Format_ARGB32)
    return [image.pixelColor(x, y).alpha() > 127 for y in range(side) for x in range(side)]


def test_the_icons_differ_in_shape_not_only_in_colour(display: str) -> None:
    shapes = {face: shape(face, 16) for face in Face}
    for face in Face:
        for other in Face:
            if face is not other:
                assert sum(a != b for a, b in zip(shapes[face], shapes[other], strict=True)) > 16, (
                    face,
                    other,
                )


@pytest.mark.parametrize("face", list(Face))
def test_icons_have_the_sizes_of_panels_at_one_and_two_times(display: str, face: Face) -> None:
    sizes = {size.width() for size in face_icon(face).availableSizes()}
    assert sizes >= {16, 22, 24, 32, 44, 48, 64}
    sharp = face_pixmap(face, 22, 2.0)
    assert (sharp.width(), sharp.devicePixelRatio()) == (44, 2.0)


# --- the traps of the binding ---------------------------------------------------------------------------------


def test_a_long_day_of_panels_does_not_end_the_interpreter(display: str) -> None:
    # PySide6 6.12.0 loses a reference to None with each call and to True with each signal
    program = """
from support.tray import status
from PySide6.QtWidgets import QApplication
from deskreel.qt_compat import keep_constants_alive
from deskreel.recorder.status.status import Mood
from deskreel.recorder.tray.describe import describe
from deskreel.recorder.tray.desktop import TrayDesktop
keep_constants_alive()
app = QApplication([])
desktop = TrayDesktop(print)
desktop.open_window()
for number in range(600):
    desktop.show_panel(describe(status(Mood.RECORDING if number % 2 else Mood.IDLE)))
    for _ in range(5):
        desktop.window.closing.emit()
    app.processEvents()
"""
    env = {
        **os.environ,
        "DISPLAY": display,
        "QT_QPA_PLATFORM": "xcb",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
