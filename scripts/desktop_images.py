"""Writes docs/images/desktop-*.png: the desktop program's windows and icons on an X server of their own.

`python scripts/desktop_images.py [DIRECTORY [THEME…]]`: the light theme unless `dark` is named, too. Everything shown
is invented; the recorder's state is a value, the windows are the real ones.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from datetime import UTC
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from deskreel.core.ids import ScreenRecordingId
from deskreel.core.messages import AgentDesk, Health, MonitorInfo
from deskreel.core.policy import CapturePolicy, Notice
from deskreel.core.time import WallTime
from deskreel.demo.xvfb import XvfbDisplay
from deskreel.qt_compat import keep_constants_alive
from deskreel.recorder.status.status import Mood, RecorderStatus
from deskreel.recorder.tray import dialogs
from deskreel.recorder.tray.banner import BannerStrip
from deskreel.recorder.tray.describe import NOTICE_TEXT, describe
from deskreel.recorder.tray.icon import TrayIcon
from deskreel.recorder.tray.icons import NAMES, face_pixmap
from deskreel.recorder.tray.panel import Face
from deskreel.recorder.tray.style import DARK, LIGHT, palette_of
from deskreel.recorder.tray.window import StatusWindow

NOON = WallTime(1_800_014_400_000)
GOOD = Health(
    cpu_percent=3.4,
    machine_cpu_percent=31,
    rss_bytes=126_000_000,
    disk_free_bytes=84_300_000_000,
    encoder="libx264",
    fps_limit=5,
    frame_ms_p95=14,
    upload_kbps=5200,
    rtt_ms=23,
    loss_percent=0,
    jitter_ms=2,
)
RECORDING = RecorderStatus(
    at=NOON,
    mood=Mood.RECORDING,
    connected=True,
    server_url="https://deskreel.example",
    recorder_id="rcd_4t2m9v7k",
    agent=AgentDesk(
        name="Daniel Okafor", statuses=("Available", "Away", "After Call Work"), status="Available"
    ),
    policy=CapturePolicy(notice=Notice.BANNER, agent_may_pause=True),
    screen_recording_id=ScreenRecordingId("scr_1"),
    since=WallTime(NOON - 184_000),
    problem=None,
    problem_text="",
    hint="",
    backlog_chunks=0,
    backlog_bytes=0,
    health=GOOD,
    monitors=(
        MonitorInfo(name="DP-1", x=0, y=0, width=2560, height=1440, primary=True),
        MonitorInfo(name="HDMI-1", x=2560, y=180, width=1920, height=1080, primary=False, active=True),
    ),
    version="0.1.0",
)
WATCHED = replace(RECORDING, watched=True)
TROUBLE = replace(
    RECORDING,
    mood=Mood.PROBLEM,
    problem="disk_full",
    problem_text="The disk of this desktop is full",
    hint="Free space on the disk, or ask your administrator to move the spool. The seconds missing meanwhile "
    "are listed with the recording.",
    backlog_chunks=1204,
    backlog_bytes=38_400_000,
    health=replace(
        GOOD,
        machine_cpu_percent=93,
        loss_percent=4.5,
        rtt_ms=310,
        upload_kbps=240,
        disk_free_bytes=31_000_000,
        oldest_backlog_ms=52 * 60_000,
        backlog_eta_s=1280,
        fps_limit=2,
        adaptations=("2 pictures per second: the CPU of this desktop is at 93 %",),
    ),
)
IDLE = replace(
    RECORDING, mood=Mood.IDLE, screen_recording_id=None, monitors=RECORDING.monitors[:1], since=NOON
)


def settle() -> None:
    """Let Qt lay out and paint."""
    for _ in range(5):
        QApplication.processEvents()


def shot(widget: QWidget) -> QPixmap:
    """The widget as it is on the screen."""
    widget.show()
    settle()
    made = widget.grab()
    widget.hide()
    return made


def side_by_side(pictures: list[QPixmap], *, ground: str) -> QPixmap:
    """Pictures in a row."""
    gap = 24
    width = sum(p.width() for p in pictures) + gap * (len(pictures) + 1)
    made = QPixmap(width, max(p.height() for p in pictures) + 2 * gap)
    made.fill(QColor(ground))
    painter, x = QPainter(made), gap
    for picture in pictures:
        painter.drawPixmap(x, gap, picture)
        x += picture.width() + gap
    painter.end()
    return made


def icons() -> QPixmap:
    """All faces on light and dark panels, at the sizes of panels."""
    panels, sides = ("#ffffff", "#dfe3e8", "#2e3436", "#000000"), (16, 22, 32, 48)
    cell, name = 64, 24
    made = QPixmap(len(Face) * 128, len(panels) * cell * 2 + name)
    made.fill(QColor("#ffffff"))
    painter = QPainter(made)
    painter.setPen(QColor("#1b2733"))
    for column, face in enumerate(Face):
        painter.drawText(QRect(column * 128, 0, 128, name), Qt.AlignmentFlag.AlignCenter, NAMES[face])
        for row, panel in enumerate(panels):
            area = QRect(column * 128, name + row * cell * 2, 128, cell * 2)
            painter.fillRect(area, QColor(panel))
            for side, at in zip(sides, ((16, 16), (56, 16), (88, 16), (40, 64)), strict=True):
                painter.drawPixmap(area.x() + at[0], area.y() + at[1], face_pixmap(face, side))
    painter.end()
    return made


def banner() -> QPixmap:
    """The banner as it is on the screen, in each state."""
    strip, rows = BannerStrip(), []
    states = [RECORDING, WATCHED, *(replace(RECORDING, mood=mood) for mood in (Mood.PAUSED, Mood.ACW))]
    for status in states:
        panel = describe(status, zone=UTC)
        strip.show_banner(panel.banner, panel.monitors)
        settle()
        rows.append(QGuiApplication.primaryScreen().grabWindow(0, 200, 0, 1000, 40))
    strip.hide()
    made = QPixmap(1000, 40 * len(rows))
    painter = QPainter(made)
    for row, picture in enumerate(rows):
        painter.drawPixmap(QPoint(0, 40 * row), picture)
    painter.end()
    return made


def draw(out: Path, theme: str) -> None:
    """All windows in one theme."""
    QApplication.setPalette(palette_of(DARK if theme == "dark" else LIGHT))
    ground = "#3a4450" if theme == "dark" else "#c9d2dc"
    windows = []
    for status in (WATCHED, TROUBLE, IDLE):
        window = StatusWindow()
        window.show_panel(describe(status, zone=UTC))
        windows.append(shot(window))
        window.deleteLater()  # left to Python, it is freed twice
    side_by_side(windows, ground=ground).save(str(out / f"desktop-window-{theme}.png"))
    menus = []
    for status in (WATCHED, TROUBLE):
        tray = TrayIcon()
        tray.show_panel(describe(status, zone=UTC))
        menus.append(shot(tray.menu))
    side_by_side(menus, ground=ground).save(str(out / f"desktop-menu-{theme}.png"))
    notice = dialogs.NoticeDialog()
    notice.ask(NOTICE_TEXT, again=False)
    boxes: list[QWidget] = [
        notice,
        dialogs.ask_to_quit(None, lambda: None),
        dialogs.tell_failure(None, "deskreel.example: no answer", "Check the network, then pause again."),
        dialogs.tell_saved(None, Path("Downloads/deskreel-diagnostics-20270115-120000.zip")),
        dialogs.tell_about(None, describe(RECORDING).about),
    ]
    side_by_side([shot(box) for box in boxes], ground=ground).save(str(out / f"desktop-dialogs-{theme}.png"))


def main() -> None:
    """Write all pictures."""
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images")
    with XvfbDisplay("1600x1000") as display:
        os.environ.update(DISPLAY=display.name, QT_QPA_PLATFORM="xcb")
        keep_constants_alive()
        app = QApplication(["deskreel"])
        app.setStyle("Fusion")
        for theme in sys.argv[2:] or ["light"]:
            draw(out, theme)
        icons().save(str(out / "desktop-icons.png"))
        banner().save(str(out / "desktop-banner.png"))
        sys.stdout.flush()
        app.shutdown()


if __name__ == "__main__":
    main()
