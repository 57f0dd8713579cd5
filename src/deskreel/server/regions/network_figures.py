"""What this installation's recorders measured of their networks, summed up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select

from deskreel.core.live import Rung
from deskreel.server.context import Context
from deskreel.server.recorders.service import ONLINE_MS
from deskreel.server.recorders.tables import recorder_checks, recorders
from deskreel.server.recordings.tables import screen_recordings
from deskreel.server.regions.network_model import CheckCount, FigureSpread, NetworkFigures

LATELY_MS = 7 * 24 * 3_600_000
_MEASURED = ("upload_kbps", "rtt_ms", "loss_percent", "jitter_ms")
_COLUMNS = {"ok": "ok", "warning": "warning", "failed": "failed", "not checked": "not_checked"}


async def figures(context: Context) -> NetworkFigures:
    """Of the recorders and recordings of the last 7 days."""
    now = context.clock()
    lately = now - LATELY_MS
    health, rows = recorders.c.observed["health"], screen_recordings.c
    seen: Any = (
        select(
            recorders.c.last_seen_at,
            *(health[name].as_float().label(name) for name in _MEASURED),
            recorders.c.observed["live"]["rung"].astext.label("rung"),
            recorder_checks.c.verdict,
            recorder_checks.c.rows.label("checks"),
        )
        .outerjoin(recorder_checks, recorder_checks.c.recorder_id == recorders.c.id)
        .where(recorders.c.revoked_at.is_(None), recorders.c.last_seen_at >= lately)
    )
    finished = select(func.sum(rows.bytes), func.sum(rows.captured_ms)).where(
        rows.state == "available", rows.available_at >= lately, rows.captured_ms > 0
    )
    async with context.db.begin() as connection:
        heard = (await connection.execute(seen)).all()
        size, captured_ms = (await connection.execute(finished)).one()
    hours = float(captured_ms or 0) / 3_600_000
    online = [row for row in heard if row.last_seen_at >= now - ONLINE_MS]
    rungs = Counter(Rung(row.rung) for row in online if row.rung in Rung.__members__.values())
    verdicts = Counter(row.verdict for row in heard if row.verdict is not None)
    return NetworkFigures(
        recorders=len(heard),
        online=len(online),
        **{name: spread([getattr(row, name) for row in heard]) for name in _MEASURED},
        checked=verdicts.total(),
        check_warnings=verdicts["warning"],
        check_failures=verdicts["failed"],
        checks=_counts(heard),
        rungs=dict(rungs),
        mb_per_hour=round(float(size or 0) / 1e6 / hours, 2) if hours else None,
        hours=round(hours, 2),
    )


def spread(values: Sequence[float | None]) -> FigureSpread | None:
    """How the known ones lie: nearest ranks. None without any."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return None

    def at(share: float) -> float:
        return round(known[min(len(known) - 1, int(share * len(known)))], 1)

    return FigureSpread(recorders=len(known), p5=at(0.05), median=at(0.5), p95=at(0.95))


def _counts(heard: Sequence[Row[Any]]) -> list[CheckCount]:
    """Rows of the checks, in the order of the longest one."""
    counts: dict[str, Counter[str]] = {}
    titles: dict[str, str] = {}
    for row in sorted(heard, key=lambda row: -len(row.checks or ())):
        for line in row.checks or ():
            titles.setdefault(line["check"], line["title"])
            counts.setdefault(line["check"], Counter())[_COLUMNS[line["verdict"]]] += 1
    return [
        CheckCount(
            check=check,
            title=titles[check],
            **{column: count[column] for column in _COLUMNS.values()},
        )
        for check, count in counts.items()
    ]
