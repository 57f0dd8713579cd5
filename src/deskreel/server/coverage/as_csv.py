"""The coverage report as CSV, for spreadsheets."""

from __future__ import annotations

from collections.abc import AsyncIterator

from deskreel.server.context import Context
from deskreel.server.coverage.service import Wanted, report
from deskreel.server.csv_lines import csv_line
from deskreel.server.permissions import Scope


async def csv_lines(context: Context, wanted: Wanted, scope: Scope) -> AsyncIterator[str]:
    """The report as CSV, a line at a time."""
    columns = [
        "key",
        "name",
        "interactions",
        "expected_ms",
        "captured_ms",
        "missing_ms",
        "coverage",
        "advice",
    ]
    yield csv_line(columns)
    for item in (await report(context, wanted, scope)).items:
        yield csv_line([getattr(item, column) for column in columns])
