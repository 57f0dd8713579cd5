"""What is in front between calls: the agent's day, the open cases and the team."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from deskreel.demo.desktop_data import MY_CASES, NEWS, RECENT, TEAM
from deskreel.demo.desktop_style import Palette
from deskreel.demo.desktop_widgets import facts, fit_height, label, pill, rule, table, tile, titled


def home_page(agent: str, palette: Palette) -> QWidget:
    """What is in front between calls: the agent's day and the team."""
    made = QWidget()
    column = QVBoxLayout(made)
    column.setContentsMargins(26, 22, 26, 22)
    column.setSpacing(18)
    column.addWidget(label(f"Welcome back, {agent.partition(' ')[0]}", "h1"))
    tiles = QHBoxLayout()
    tiles.setSpacing(14)
    figures: Sequence[tuple[str, str, str]] = (
        ("Calls today", "8", "team average 7.4"),
        ("Handling time", "4:22", "target 5:00"),
        ("Waiting now", "4", "longest 0:51"),
        ("Service level", "91 %", "in 20 s, target 80 %"),
        ("Satisfaction", "4.7", "31 answers this week"),
    )
    for caption, value, note in figures:
        tiles.addWidget(tile(caption, value, note))
    column.addLayout(tiles)
    row = QHBoxLayout()
    row.setSpacing(16)
    recent = table(
        ("Time", "Customer", "Subject", "Length", "Status"), RECENT, (90, 220, 0, 90, 130), palette
    )
    row.addWidget(titled("My interactions today", fit_height(recent)), 3)
    people = [(name, pill(status, tone)) for name, status, tone in TEAM]
    row.addWidget(titled("Team", facts(people)), 1)
    column.addLayout(row)
    lower = QHBoxLayout()
    lower.setSpacing(16)
    headers = ("Case", "Subject", "Customer", "Respond by", "Status")
    cases = table(headers, MY_CASES, (110, 0, 200, 140, 130), palette)
    lower.addWidget(titled("My open cases", fit_height(cases)), 3)
    news: list[QWidget] = []
    for day, text in NEWS:
        news += [label(day, "caption"), label(text, wrap=True), rule()]
    lower.addWidget(titled("News", *news[:-1]), 1)
    column.addLayout(lower)
    column.addStretch()
    return made
