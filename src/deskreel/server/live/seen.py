"""What recorders said last, as live views need it: whether they are there, and how sending goes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Row

from deskreel.core.live import LiveReport
from deskreel.core.time import WallTime
from deskreel.server.recorders.service import ONLINE_MS
from deskreel.server.recorders.tables import recorders

MAX_WHY = 500  # characters of a recorder's text that a page of many calls carries
MAX_OBSTACLES = 8  # a recorder has one for each rung, or one in all
_REPORT: TypeAdapter[LiveReport] = TypeAdapter(LiveReport)

# of a row that `is_online` and `report_of` read; outer-join `recorders` to it
SEEN = (
    recorders.c.last_seen_at,
    recorders.c.observed["live"].label("live_report"),
    recorders.c.observed["screen_recording_id"].astext.label("reported_recording"),
    recorders.c.observed["problem"].astext.label("reported_problem"),
)


def is_online(row: Row[Any], now: WallTime) -> bool:
    """Whether the recorder was heard of lately."""
    return (row.last_seen_at or 0) >= now - ONLINE_MS


def report_of(row: Row[Any], now: WallTime) -> LiveReport | None:
    """What the recorder says of sending this recording live; None if it says nothing, or is not there."""
    if not row.live_report or row.reported_recording != row.id or not is_online(row, now):
        return None
    try:
        report = _REPORT.validate_python(row.live_report)
    except ValidationError:  # of a program whose reports are of another kind
        return None
    obstacles = tuple(replace(one, text=one.text[:MAX_WHY]) for one in report.obstacles[:MAX_OBSTACLES])
    return replace(report, why=report.why[:MAX_WHY], obstacles=obstacles)
